package mysql

import (
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// fixtures are the versions that are read by what their manuals say. No server of them was run.
func fixtures() []string { return []string{"8.0.21", "8.0.36", "8.4.3"} }

// look is a sampler of a fake.
func look(t *testing.T, f *fake, o Options) *Sampler {
	t.Helper()
	o.Limit = 5 * time.Second
	now := func() rto.Instant { return rto.InstantOf(time.Date(2026, 11, 28, 4, 0, 10, 0, time.UTC)) }
	s, err := New(f.start(t), now, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestFixtureOfASource reads a source of each version, with no right but to connect.
func TestFixtureOfASource(t *testing.T) {
	t.Parallel()
	for _, version := range fixtures() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, version)
			f.client, f.schema = false, false
			f.variables["read_only"], f.variables["super_read_only"] = "OFF", "OFF"
			s := look(t, f, Options{Store: "main"})
			for i := range 2*clockEvery + 1 {
				got := s.Source(t.Context())
				if asked := got.Clock != nil; asked != (i%clockEvery == 0) {
					t.Errorf("look %d asked for the clock: %v", i, asked)
				}
				if got.Outcome != rto.OK || !got.At.Equal(position(t, f.variables["gtid_executed"])) || got.ReadOnly || got.Server != f.variables["server_uuid"] {
					t.Errorf("%+v", got)
				}
			}
			if got := s.Version().String(); got != "mysql "+version {
				t.Errorf("it is %s", got)
			}
			if facts := s.SourceFacts(t.Context()); facts.Clock == (rto.ClockOffset{}) {
				t.Error("an examination did not ask for the clock")
			}
			f.variables["gtid_mode"] = "ON_PERMISSIVE"
			if got := s.Source(t.Context()); got.Outcome != rto.Unfit || !got.At.Empty() {
				t.Errorf("a source that writes transactions without GTIDs proves %+v", got)
			}
		})
	}
}

// TestFixtureOfAReplica reads a replica of each version: positions, threads, and what others go by.
func TestFixtureOfAReplica(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]struct{ received, threads, behind string }{
		"8.0.21": {uuid + ":1-97", "Yes Yes 0", "2"},
		"8.0.36": {uuid + ":1-97," + other + ":1-12", "Yes Yes 0", "2"}, // of two channels
		"8.4.3":  {uuid + ":1-97", "Connecting Yes 2003", ""},
	} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, version)
			s := look(t, f, Options{Store: "main", Name: "r"})
			got := s.Replica(t.Context())
			if got.Outcome != rto.OK || !got.ReceivedKnown || !got.ReadOnly || !got.Applied.Equal(position(t, f.variables["gtid_executed"])) || got.Received.String() != want.received {
				t.Errorf("%+v", got)
			}
			behind, threads := said(got)
			if behind != want.behind || threads != want.threads {
				t.Errorf("behind %q, threads %q", behind, threads)
			}
			if e := got.Estimates; e.QueuedAge == nil || *e.QueuedAge != 0.5 || e.AppliedAge == nil || *e.AppliedAge != 1.75 {
				t.Errorf("estimates %+v", e)
			}
		})
	}
}

func TestFixtureOfOneChannel(t *testing.T) {
	t.Parallel()
	s := look(t, newFake(t, "8.0.36"), Options{Channel: "billing"})
	got := s.Replica(t.Context())
	if behind, _ := said(got); behind != "0" || got.Received.String() != uuid+":1-90,"+other+":1-12" {
		t.Errorf("the channel is %s s behind and received %s", behind, got.Received)
	}
}

// TestFixtureWithFewerRights takes the rights away one by one: what needs none is seen all the same, and the doctor says which is missing.
func TestFixtureWithFewerRights(t *testing.T) {
	t.Parallel()
	for _, version := range fixtures() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, version)
			f.schema = false
			got := look(t, f, Options{}).Replica(t.Context())
			if got.Outcome != rto.OK || !got.ReceivedKnown || got.Estimates.QueuedAge != nil || got.Estimates.AppliedAge != nil {
				t.Errorf("without performance_schema: %+v", got)
			}
			f = newFake(t, version)
			f.client, f.schema = false, false
			s := look(t, f, Options{})
			got = s.Replica(t.Context())
			if got.Outcome != rto.OK || got.Applied.Empty() || got.ReceivedKnown || !got.Received.Empty() || got.Threads != nil || got.Estimates != (rto.Estimates{}) {
				t.Errorf("with USAGE alone: %+v", got)
			}
			facts := s.ReplicaFacts(t.Context())
			if st := states(Examine(facts, facts)); facts.StatusKnown || st[TrapReceived] != Trapped || st[TrapThreads] != Unknown || st[TrapNetTimeout] != Trapped {
				t.Errorf("with USAGE alone: %+v", st)
			}
		})
	}
}

// TestFixtureOfTraps examines a pair of each version as it is by default, and with each trap taken out of it.
func TestFixtureOfTraps(t *testing.T) {
	t.Parallel()
	for _, version := range fixtures() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			f, source := newFake(t, version), newFake(t, version)
			source.variables["gtid_executed"] = uuid + ":1-97," + other + ":1-12"
			examine := func() map[Trap]State {
				r := look(t, f, Options{}).ReplicaFacts(t.Context())
				s := look(t, source, Options{}).SourceFacts(t.Context())
				r.Clock, s.Clock = rto.ClockOffset{Error: time.Millisecond}, rto.ClockOffset{Error: time.Millisecond} // the fake's clock is another's
				return states(Examine(s, r))
			}
			want := map[Trap]State{TrapNetTimeout: Trapped}
			if version == "8.4.3" { // gives up after ten tries, and is at one of them
				want[TrapRetryCount], want[TrapThreads] = Trapped, Trapped
			}
			for trap, state := range examine() {
				if wanted, ok := want[trap]; state != Good && !ok || ok && state != wanted {
					t.Errorf("%s is %s", trap, state)
				}
			}
			for name := range f.variables {
				if strings.HasSuffix(name, "_net_timeout") {
					f.variables[name] = "5"
				}
			}
			for _, row := range f.status {
				for _, c := range f.columns {
					switch {
					case strings.HasSuffix(c, "_Retry_Count"):
						row[c] = "86400"
					case strings.HasSuffix(c, "_IO_Running"):
						row[c] = "Yes"
					case c == "SQL_Delay":
						row[c] = "3600"
					case c == "Auto_Position":
						row[c] = "0"
					case c == "Replicate_Do_DB":
						row[c] = "calls"
					}
				}
			}
			f.variables["super_read_only"], source.variables["gtid_mode"], source.variables["binlog_format"] = "OFF", "OFF", "STATEMENT"
			for name := range f.variables {
				if strings.HasPrefix(name, "log_") && strings.HasSuffix(name, "_updates") {
					f.variables[name] = "OFF"
				}
			}
			want = map[Trap]State{
				TrapDelay: Trapped, TrapAutoPosition: Trapped, TrapFilters: Trapped, TrapReadOnly: Trapped, TrapGTID: Trapped, TrapBinlogFormat: Trapped,
				TrapReplicaBinlog: Trapped, TrapErrant: Unknown, // of a source without GTIDs no position is taken
			}
			for trap, state := range examine() {
				if wanted, ok := want[trap]; state != Good && !ok || ok && state != wanted {
					t.Errorf("spoilt: %s is %s", trap, state)
				}
			}
		})
	}
}

// TestFixtureThatPreparesNothing is a server with as many prepared statements as it may have: it is asked by text, and no less is known.
func TestFixtureThatPreparesNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t, "8.0.36")
	f.unprepared = true
	s := look(t, f, Options{})
	for range 3 {
		if got := s.Source(t.Context()); got.Outcome != rto.OK || got.At.Empty() {
			t.Errorf("%+v", got)
		}
	}
	if n := s.Queries(); n != 2+1+3 { // setting up, one try to prepare, three looks
		t.Errorf("%d questions", n)
	}
}
