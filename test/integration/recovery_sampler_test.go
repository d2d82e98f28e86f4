//go:build integration

package integration

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// becomes asks until it is so.
func becomes(t testing.TB, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so after 30 s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// do executes statements on a server.
func do(t testing.TB, s *database.Server, statements ...string) {
	t.Helper()
	if err := s.Do(context.WithoutCancel(t.Context()), statements...); err != nil {
		t.Fatal(err)
	}
}

// TestSampler looks at real servers with every account there is, and while they come and go.
func TestSampler(t *testing.T) {
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			p, now := startPair(t, flavour, suiteOf(flavour)), trackerClock()
			o := mysql.Options{Store: "main", Name: "r", Heartbeat: "drheartbeat.heartbeat"}
			do(t, p.Source, fmt.Sprintf("INSERT INTO drheartbeat.heartbeat VALUES (1, %d)", time.Now().UnixMicro()))
			if err := p.CaughtUp(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
			t.Run("monitor", func(t *testing.T) { seesAll(t, p, now, o) })
			t.Run("nobody", func(t *testing.T) {
				s := sampler(t, p.Replica.Account(database.Nobody), now, o)
				r := s.Replica(t.Context())
				if r.Outcome != rto.OK || r.Applied.Empty() || r.ReceivedKnown || !r.Received.Empty() || r.Threads != nil || r.Estimates != (rto.Estimates{}) || !r.ReadOnly || r.Clock == nil {
					t.Errorf("an account without privileges sees %+v", r)
				}
				asked := s.Queries()
				for range 10 {
					s.Replica(t.Context())
				}
				if n := s.Queries() - asked; n != 10 {
					t.Errorf("%d questions in 10 looks: what was denied is asked again each time", n)
				}
				privilege := map[mysql.Flavour]string{mysql.MariaDB: "SLAVE MONITOR", mysql.MySQL: "REPLICATION CLIENT"}[flavour]
				do(t, p.Source, "GRANT "+privilege+" ON *.* TO 'nobody'@'127.0.0.1'")
				becomes(t, "a right that was given is noticed", func() bool { return s.Replica(t.Context()).ReceivedKnown })
				do(t, p.Source, "REVOKE "+privilege+" ON *.* FROM 'nobody'@'127.0.0.1'")
			})
			t.Run("wrong password", func(t *testing.T) {
				a := p.Replica.Account(database.Monitor)
				a.Password = "hunter2"
				s := sampler(t, a, now, o)
				if got := s.Source(t.Context()); got.Outcome != rto.Denied || !got.At.Empty() {
					t.Errorf("%+v", got)
				}
			})
			t.Run("locked heartbeat", func(t *testing.T) { lockedHeartbeat(t, p, now, o) })
			t.Run("comes and goes", func(t *testing.T) { comesAndGoes(t, p, now, o) })
		})
	}
}

// seesAll checks what the monitoring account sees, and what that costs.
func seesAll(t *testing.T, p *database.Pair, now func() rto.Instant, o mysql.Options) {
	source, replica := sampler(t, p.Source.Account(database.Monitor), now, o), sampler(t, p.Replica.Account(database.Monitor), now, o)
	s, r := source.Source(t.Context()), replica.Replica(t.Context())
	if s.Outcome != rto.OK || s.At.Empty() || s.Server == "" || s.ReadOnly {
		t.Errorf("source %+v", s)
	}
	if !r.ReceivedKnown || !r.Received.Equal(s.At) || !r.Applied.Equal(s.At) || !r.ReadOnly || r.Server == s.Server || r.Threads == nil || r.Threads.Receiving != "Yes" || r.Threads.Applying != "Yes" {
		t.Errorf("replica %+v %+v", r, r.Threads)
	}
	e := r.Estimates
	if e.SecondsBehind == nil || e.Heartbeat == nil || *e.Heartbeat < 0 || *e.Heartbeat > 3600 {
		t.Errorf("estimates %+v", e)
	}
	if mine := p.Program.Flavour == mysql.MySQL; mine != (e.AppliedAge != nil && e.QueuedAge != nil) {
		t.Errorf("commit stamps %+v of %s", e, p.Program.Flavour)
	}
	if c := s.Clock; c == nil || c.Offset.Abs() > c.Error+5*time.Millisecond { // one machine, one clock, but for the tracker's own
		t.Errorf("clock %+v", c)
	}
	a, b := source.Queries(), replica.Queries()
	for range 10 {
		source.Source(t.Context())
		replica.Replica(t.Context())
	}
	most := map[mysql.Flavour]uint64{mysql.MariaDB: 3, mysql.MySQL: 4}[p.Program.Flavour]
	if n, m := source.Queries()-a, replica.Queries()-b; n != 10 || m != 10*most {
		t.Errorf("%d questions to the source in 10 looks and %d to the replica, want 10 and %d", n, m, 10*most)
	}
	threads, err := p.Source.Number(t.Context(), "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'monitor'")
	if err != nil || threads != 1 {
		t.Errorf("%d connections of the tracker, %v: want one", threads, err)
	}
}

// lockedHeartbeat locks a table that the sampler reads: what is vital must be seen all the same, and soon without waiting for the lock.
func lockedHeartbeat(t *testing.T, p *database.Pair, now func() rto.Instant, o mysql.Options) {
	conn, err := p.Replica.Root().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "LOCK TABLES drheartbeat.heartbeat WRITE"); err != nil {
		t.Fatal(err)
	}
	s := sampler(t, p.Replica.Account(database.Monitor), now, o)
	for range 5 {
		r := s.Replica(t.Context())
		if r.Outcome != rto.OK || r.Applied.Empty() || !r.ReceivedKnown || r.Threads == nil || r.Estimates.Heartbeat != nil {
			t.Errorf("%+v", r)
		}
	}
	asked := s.Queries()
	s.Replica(t.Context())
	if n := s.Queries() - asked; n > 4 {
		t.Errorf("%d questions: a table that is locked costs the connection in each look", n)
	}
	if _, err := conn.ExecContext(t.Context(), "UNLOCK TABLES"); err != nil {
		t.Fatal(err)
	}
	becomes(t, "the heartbeat is read again", func() bool { return s.Replica(t.Context()).Estimates.Heartbeat != nil })
}

// standsStill tells whether all threads of a process have been stopped (proc_pid_stat(5): state T). A signal is sent before that is so, and a
// thread that still runs on a busy machine may answer yet.
func standsStill(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid)) // the pattern is sound
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil || !strings.HasPrefix(string(text[bytes.LastIndexByte(text, ')')+1:]), " T") {
			return false
		}
	}
	return len(threads) > 0
}

// comesAndGoes stops, hangs, kills and restarts the replica: looks end in time, say how, and find it again by themselves.
func comesAndGoes(t *testing.T, p *database.Pair, now func() rto.Instant, o mysql.Options) {
	s := sampler(t, p.Replica.Account(database.Monitor), now, o)
	good := func() bool { return s.Replica(t.Context()).Outcome == rto.OK }
	becomes(t, "first look", good)
	before := runtime.NumGoroutine()
	if err := p.Replica.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	becomes(t, "each thread stands still", func() bool { return standsStill(p.Replica.Process.Pid()) })
	for range 3 {
		if r := s.Replica(t.Context()); r.Outcome != rto.TimedOut || !r.Applied.Empty() || r.Recv.Sub(r.Send) < mysql.DefaultLimit/2 {
			t.Errorf("of a server that hangs: %+v", r)
		}
	}
	if err := p.Replica.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	becomes(t, "after it hung", good)
	if err := p.Replica.Kill(); err != nil {
		t.Fatal(err)
	}
	becomes(t, "a dead server is refused", func() bool { return s.Replica(t.Context()).Outcome == rto.Refused })
	if err := p.Replica.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	becomes(t, "after its restart", good)
	becomes(t, "goroutines", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// TestUnfitSource takes the binlog, or the GTIDs, from a source that writes on.
func TestUnfitSource(t *testing.T) {
	t.Parallel()
	p, now := startPair(t, mysql.MySQL, suiteOf(mysql.MySQL)), trackerClock()
	s := sampler(t, p.Source.Account(database.Monitor), now, mysql.Options{})
	if got := s.Source(t.Context()); got.Outcome != rto.OK {
		t.Fatalf("%+v", got)
	}
	do(t, p.Source, "SET GLOBAL gtid_mode = ON_PERMISSIVE")
	if got := s.Source(t.Context()); got.Outcome != rto.Unfit || !got.At.Empty() {
		t.Errorf("a source that may write without GTIDs: %+v", got)
	}
}

// trapsOf are the traps that are sprung on a pair.
func trapsOf(t *testing.T, p *database.Pair, replicaAs database.User) map[mysql.Trap]mysql.Finding {
	t.Helper()
	now := trackerClock()
	r := sampler(t, p.Replica.Account(replicaAs), now, mysql.Options{}).ReplicaFacts(t.Context())
	s := sampler(t, p.Source.Account(database.Nobody), now, mysql.Options{}).SourceFacts(t.Context())
	sprung := map[mysql.Trap]mysql.Finding{}
	for _, f := range mysql.Examine(s, r) {
		t.Logf("%-8s %-15s %-8s %s; %s", f.Server, f.Trap, f.State, f.Measured, f.Fix)
		if f.State != mysql.Good {
			sprung[f.Trap] = f
		}
	}
	return sprung
}

// TestDoctor examines a pair as the laboratory makes it, and then with traps laid out.
func TestDoctor(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p := startPair(t, flavour, suiteOf(flavour))
			known := map[mysql.Trap]bool{mysql.TrapNetTimeout: true, mysql.TrapReadOnly: flavour == mysql.MySQL, mysql.TrapRetryCount: flavour == mysql.MariaDB}
			for trap, f := range trapsOf(t, p, database.Monitor) {
				if !known[trap] { // the servers' own defaults
					t.Errorf("%+v", f)
				}
			}
			w := p.Word()
			do(t, p.Source, "SET GLOBAL sync_binlog = 0", "SET GLOBAL binlog_format = MIXED", "SET GLOBAL binlog_expire_logs_seconds = 3600")
			follow, ignore := "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 30, SOURCE_RETRY_COUNT = 10", "CHANGE REPLICATION FILTER REPLICATE_IGNORE_DB = (lab)"
			if flavour == mysql.MariaDB {
				follow, ignore = "CHANGE MASTER TO MASTER_DELAY = 30", "SET GLOBAL replicate_ignore_db = 'lab'"
			}
			do(t, p.Replica, "STOP "+w, follow, ignore, "START "+w+" IO_THREAD", "SET GLOBAL read_only = 0", "CREATE DATABASE stray")
			found := trapsOf(t, p, database.Monitor)
			for _, trap := range []mysql.Trap{mysql.TrapSyncBinlog, mysql.TrapBinlogFormat, mysql.TrapRetention, mysql.TrapDelay, mysql.TrapThreads, mysql.TrapFilters, mysql.TrapErrant, mysql.TrapReadOnly, mysql.TrapNetTimeout, mysql.TrapRetryCount} {
				if f, ok := found[trap]; !ok || f.Fix == "" {
					t.Errorf("%s was laid out and not found: %+v", trap, f)
				}
			}
			if f := trapsOf(t, p, database.Nobody)[mysql.TrapReceived]; f.State != mysql.Trapped || !strings.Contains(f.Fix, "GRANT") {
				t.Errorf("an account that sees nothing received: %+v", f)
			}
		})
	}
}

// TestCanaryThroughAFailover writes canaries, loses some in a partition, promotes the replica, and counts.
func TestCanaryThroughAFailover(t *testing.T) {
	t.Parallel()
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			t.Parallel()
			p, now := startPair(t, flavour, suiteOf(flavour)), trackerClock()
			c, err := mysql.NewCanary(p.Source.Account(database.Canary), now, mysql.CanaryOptions{Store: "main", Vantage: "test"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			o := mysql.Options{Store: "main", Name: "r"}
			source, replica := sampler(t, p.Source.Account(database.Monitor), now, o), sampler(t, p.Replica.Account(database.Monitor), now, o)
			first := source.Source(t.Context())
			write := func(n int) mysql.Written {
				var w mysql.Written
				for range n {
					if w = c.Write(t.Context()); w.Outcome != rto.OK || !w.ReadBack || w.Server != first.Server {
						t.Fatalf("%+v", w)
					}
				}
				return w
			}
			write(12)
			if err := p.CaughtUp(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
			p.Link.Pause()
			oldest := write(1)
			write(6)
			if err := p.Source.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			if w := c.Write(t.Context()); w.Outcome != rto.TimedOut || !w.Uncertain {
				t.Errorf("a write to a server that hangs: %+v", w)
			}
			failed := now()
			if err := p.Source.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := p.Promote(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if s := replica.Source(t.Context()); s.Outcome != rto.OK || s.ReadOnly {
				t.Errorf("promoted: %+v", s)
			}
			got, err := c.Compare(t.Context(), p.Replica.Account(database.Canary), failed)
			want := rto.Canaries{Store: "main", Acknowledged: 19, Lost: 7, Uncertain: 1, OldestLost: rto.Moment{Lo: oldest.Send, Hi: oldest.Recv}}
			if err != nil || got != want {
				t.Errorf("%+v, %v, want %+v", got, err, want)
			}
			if _, err := c.Compare(t.Context(), p.Source.Account(database.Canary), failed); err == nil || !strings.Contains(err.Error(), "refused") {
				t.Errorf("a survivor that is dead was read: %v", err)
			}
		})
	}
}
