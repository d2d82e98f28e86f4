package mysql

import (
	"maps"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// healthyFacts are of a pair without a trap.
func healthyFacts(t *testing.T, version string) (source, replica Facts) {
	t.Helper()
	v, err := ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	clock := rto.ClockOffset{Offset: time.Millisecond, Error: time.Millisecond}
	all := map[string]string{
		"binlog_expire_logs_seconds": "2592000", "binlog_format": "ROW", "enforce_gtid_consistency": "ON", "gtid_mode": "ON", "gtid_strict_mode": "1",
		"innodb_flush_log_at_trx_commit": "1", "log_bin": "ON", "sync_binlog": "1", "read_only": "ON", "super_read_only": "ON",
	}
	source = Facts{Outcome: rto.OK, Version: v, Clock: clock, Variables: all, Position: position(t, uuid+":1-9")}
	row := map[string]string{"Replica_IO_Running": "Yes", "Replica_SQL_Running": "Yes", "Source_Retry_Count": "86400", "Connect_Retry": "1", "SQL_Delay": "0", "Auto_Position": "1"}
	replica = Facts{Outcome: rto.OK, Version: v, Clock: clock, Variables: maps.Clone(all), Position: position(t, uuid+":1-8"), Status: []map[string]string{row}, StatusKnown: true}
	replica.Variables["replica_net_timeout"], replica.Variables["log_replica_updates"] = "5", "ON"
	if v.Flavour == MariaDB {
		source.Position, replica.Position = position(t, "0-1-9"), position(t, "0-1-8")
		delete(replica.Variables, "replica_net_timeout")
		replica.Variables["slave_net_timeout"], replica.Variables["gtid_binlog_pos"] = "5", "0-1-8"
		replica.Status = []map[string]string{{"Slave_IO_Running": "Yes", "Slave_SQL_Running": "Yes", "SQL_Delay": "0", "Using_Gtid": "Slave_Pos"}}
	}
	replica.Sample = &rto.ReplicaSample{Applied: replica.Position, Received: source.Position, ReceivedKnown: true}
	return source, replica
}

func states(findings []Finding) map[Trap]State {
	all := map[Trap]State{}
	for _, f := range findings {
		if old, ok := all[f.Trap]; !ok || f.State == Trapped || f.State == Unknown && old == Good {
			all[f.Trap] = f.State
		}
	}
	return all
}

func TestExamineAHealthyPair(t *testing.T) {
	t.Parallel()
	for version, unknown := range map[string]Trap{"9.7.4": "", "10.11.19-MariaDB": TrapRetryCount} {
		source, replica := healthyFacts(t, version)
		for _, f := range Examine(source, replica) {
			want := Good
			if f.Trap == unknown {
				want = Unknown // MariaDB does not tell it
			}
			if f.State != want || f.Measured == "" || f.State == Good && f.Fix != "" || f.State != Good && f.Fix == "" {
				t.Errorf("%s: %+v", version, f)
			}
		}
	}
}

func TestExamineFindsEachTrap(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version string
		trap    Trap
		want    State
		spoil   func(source, replica *Facts)
	}{
		"GTIDs off":           {"9.7.4", TrapGTID, Trapped, func(s, _ *Facts) { s.Outcome, s.Variables["gtid_mode"] = rto.Unfit, "OFF" }},
		"not strict":          {"10.11.19-MariaDB", TrapGTID, Trapped, func(s, _ *Facts) { s.Variables["gtid_strict_mode"] = "OFF" }},
		"MIXED":               {"10.11.19-MariaDB", TrapBinlogFormat, Trapped, func(s, _ *Facts) { s.Variables["binlog_format"] = "MIXED" }},
		"binlog not synced":   {"9.7.4", TrapSyncBinlog, Trapped, func(s, _ *Facts) { s.Variables["sync_binlog"] = "1000" }},
		"redo log not synced": {"9.7.4", TrapRedoFlush, Trapped, func(s, _ *Facts) { s.Variables["innodb_flush_log_at_trx_commit"] = "2" }},
		"an hour of binlog":   {"9.7.4", TrapRetention, Trapped, func(s, _ *Facts) { s.Variables["binlog_expire_logs_seconds"] = "3600" }},
		"days of binlog": {"10.11.19-MariaDB", TrapRetention, Trapped, func(s, _ *Facts) {
			delete(s.Variables, "binlog_expire_logs_seconds")
			s.Variables["expire_logs_days"] = "0.5"
		}},
		"retention not told": {"9.7.4", TrapRetention, Unknown, func(s, _ *Facts) { delete(s.Variables, "binlog_expire_logs_seconds") }},
		"clock ahead":        {"9.7.4", TrapClock, Trapped, func(s, _ *Facts) { s.Clock.Offset = -5 * time.Second }},
		"clock not read":     {"9.7.4", TrapClock, Unknown, func(_, r *Facts) { r.Clock = rto.ClockOffset{} }},
		"no privilege":       {"9.7.4", TrapReceived, Trapped, func(_, r *Facts) { r.Status, r.StatusKnown = nil, false }},
		"ten tries":          {"9.7.4", TrapRetryCount, Trapped, func(_, r *Facts) { r.Status[0]["Source_Retry_Count"] = "10" }},
		"a minute's silence": {"9.7.4", TrapNetTimeout, Trapped, func(_, r *Facts) { r.Variables["replica_net_timeout"] = "60" }},
		"late on purpose":    {"9.7.4", TrapDelay, Trapped, func(_, r *Facts) { r.Status[0]["SQL_Delay"] = "3600" }},
		"applier stopped":    {"9.7.4", TrapThreads, Trapped, func(_, r *Facts) { r.Status[0]["Replica_SQL_Running"] = "No" }},
		"of nobody":          {"9.7.4", TrapThreads, Trapped, func(_, r *Facts) { r.Status = nil }},
		"errant":             {"9.7.4", TrapErrant, Trapped, func(_, r *Facts) { r.Position = position(t, uuid+":1-8,"+other+":1") }},
		"errant, MariaDB":    {"10.11.19-MariaDB", TrapErrant, Trapped, func(_, r *Facts) { r.Variables["gtid_binlog_pos"] = "0-2-9" }},
		"errant, not known":  {"9.7.4", TrapErrant, Unknown, func(s, _ *Facts) { s.Position = rto.Position{} }},
		"writable":           {"9.7.4", TrapReadOnly, Trapped, func(_, r *Facts) { r.Variables["super_read_only"] = "OFF" }},
		"writable, MariaDB":  {"10.11.19-MariaDB", TrapReadOnly, Trapped, func(_, r *Facts) { r.Variables["read_only"] = "OFF" }},
		"backlog":            {"9.7.4", TrapRelayBacklog, Trapped, func(_, r *Facts) { r.Sample.Received = position(t, uuid+":1-5000") }},
		"filters":            {"9.7.4", TrapFilters, Trapped, func(_, r *Facts) { r.Status[0]["Replicate_Ignore_DB"] = "cdr" }},
		"files and offsets":  {"10.11.19-MariaDB", TrapAutoPosition, Trapped, func(_, r *Facts) { r.Status[0]["Using_Gtid"] = "No" }},
		"no binlog":          {"9.7.4", TrapReplicaBinlog, Trapped, func(_, r *Facts) { r.Variables["log_replica_updates"] = "OFF" }},
		"dead":               {"9.7.4", TrapUnseen, Trapped, func(_, r *Facts) { *r = Facts{Outcome: rto.TimedOut} }},
	} {
		source, replica := healthyFacts(t, c.version)
		c.spoil(&source, &replica)
		if got := states(Examine(source, replica))[c.trap]; got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.trap, got, c.want)
		}
	}
}
