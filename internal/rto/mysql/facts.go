package mysql

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// Facts are what a server says of its set-up, for Examine to judge.
type Facts struct {
	Outcome rto.Outcome
	Version Version
	// Position is the binlog's (source) or the applied one (replica), and Clock the server's clock.
	Position rto.Position
	Clock    rto.ClockOffset
	// Variables are global variables by name, in lower case.
	Variables map[string]string
	// Status is SHOW REPLICA STATUS, a row for each channel; StatusKnown is false if the account may not ask.
	Status      []map[string]string
	StatusKnown bool
	// Sample is the replica's look, if it is one.
	Sample *rto.ReplicaSample
}

// variables are those that the traps are about; not every version has each.
func variables() []string {
	return []string{
		"binlog_expire_logs_seconds", "binlog_format", "enforce_gtid_consistency", "expire_logs_days", "gtid_binlog_pos", "gtid_mode", "gtid_slave_pos",
		"gtid_strict_mode", "innodb_flush_log_at_trx_commit", "log_bin", "log_replica_updates", "log_slave_updates", "read_only", "replica_net_timeout",
		"slave_net_timeout", "super_read_only", "sync_binlog",
	}
}

// SourceFacts asks a source for its set-up; anybody may ask.
func (s *Sampler) SourceFacts(ctx context.Context) Facts {
	s.wantClock()
	look := s.Source(ctx)
	f := s.facts(ctx, look.Outcome, false)
	f.Position = look.At
	if look.Clock != nil {
		f.Clock = *look.Clock
	}
	return f
}

// ReplicaFacts asks a replica for its set-up.
func (s *Sampler) ReplicaFacts(ctx context.Context) Facts {
	s.wantClock()
	look := s.Replica(ctx)
	f := s.facts(ctx, look.Outcome, true)
	f.Position, f.Sample = look.Applied, &look
	if look.Clock != nil {
		f.Clock = *look.Clock
	}
	return f
}

// wantClock has the next look ask for the server's clock.
func (s *Sampler) wantClock() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clockIn = 0
}

// facts asks for variables, and for the replication's status. A server that is not fit to be sampled is asked all the same.
func (s *Sampler) facts(ctx context.Context, outcome rto.Outcome, replica bool) Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := Facts{Outcome: outcome, Variables: map[string]string{}}
	if outcome != rto.OK && outcome != rto.Unfit {
		return f
	}
	if err := s.connect(ctx); err != nil {
		f.Outcome = outcomeOf(err)
		return f
	}
	f.Version = s.version
	rows, err := s.rows(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('"+strings.Join(variables(), "','")+"')")
	if err == nil && replica {
		f.Status, f.StatusKnown, err = s.optional(ctx, s.version.statusQuery())
		f.Status = ofChannel(f.Status, s.options.Channel)
	}
	if err != nil {
		f.Outcome = outcomeOf(err)
		if !keepsConnection(err) {
			s.drop()
		}
	}
	for _, row := range rows {
		f.Variables[strings.ToLower(row["Variable_name"])] = row["Value"]
	}
	return f
}
