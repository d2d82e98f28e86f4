//go:build integration

package integration

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/database"
	"github.com/voipbin/observability/internal/rto/mysql"
)

// mostClients are as many as keep the source's processor busy: they share the disk's syncs.
const mostClients = 32

// replicasWatched is how many replicas one tracker is measured with.
const replicasWatched = 20

// spent is what a server's own books say of a user: statements, how long they took, and the processor time that they used.
type spent struct {
	statements   int64
	took, burned time.Duration
}

func (a spent) less(b spent) spent {
	return spent{a.statements - b.statements, a.took - b.took, a.burned - b.burned}
}

// keepBooks makes the server count processor time, which it does not do by itself.
func keepBooks(t *testing.T, p *database.Pair) {
	t.Helper()
	if p.Program.Flavour == mysql.MariaDB {
		do(t, p.Source, "SET GLOBAL userstat = 1")
		return
	}
	do(t, p.Source, "UPDATE performance_schema.setup_consumers SET enabled = 'YES' WHERE name = 'events_statements_cpu'")
}

func spentBy(t *testing.T, p *database.Pair, user database.User) spent {
	t.Helper()
	var s spent
	var took, burned float64
	column := "SUM(sum_cpu_time)"
	if p.Program.Flavour == mysql.MariaDB {
		column = "1e12 * (SELECT cpu_time FROM information_schema.user_statistics WHERE user = '" + string(user) + "')"
	}
	err := p.Source.Root().QueryRowContext(t.Context(), "SELECT COALESCE(SUM(count_star), 0), COALESCE(SUM(sum_timer_wait), 0), COALESCE("+column+", 0) "+
		"FROM performance_schema.events_statements_summary_by_user_by_event_name WHERE user = ? AND event_name LIKE 'statement/%'", string(user)).Scan(&s.statements, &took, &burned)
	if err != nil {
		t.Fatal(err)
	}
	s.took, s.burned = time.Duration(took/1000), time.Duration(burned/1000) // of picoseconds
	return s
}

// booked is what the monitor spent, when the server has booked all of it: it answers first and counts then.
func booked(t *testing.T, p *database.Pair) spent {
	t.Helper()
	before := spentBy(t, p, database.Monitor)
	for {
		time.Sleep(20 * time.Millisecond)
		now := spentBy(t, p, database.Monitor)
		if now.statements == before.statements {
			return now
		}
		before = now
	}
}

// cpu is the processor time that this process has used.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		t.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// each calls look once a second n times.
func each(n int, look func()) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for range n {
		look()
		<-tick.C
	}
}

// TestTheCostOfLooking measures what a look a second costs a busy source, and what twenty replicas cost the tracker. It asserts only what does
// not depend on the machine: one question a look.
func TestTheCostOfLooking(t *testing.T) {
	var report strings.Builder
	for _, flavour := range flavours() {
		t.Run(string(flavour), func(t *testing.T) {
			p, now := startPair(t, flavour, suiteOf(flavour)), trackerClock()
			seconds := amount(5, 30)
			keepBooks(t, p)
			s := sampler(t, p.Source.Account(database.Monitor), now, mysql.Options{})
			s.Source(t.Context())
			fmt.Fprintf(&report, "%s %s\n", flavour, p.Program.Package)
			report.WriteString(source(t, p, s, 0, seconds))
			w := newWriters(t, p, now, mostClients)
			for _, clients := range []int{4, mostClients} { // few wait for the disk, many keep the server busy
				w.run(clients, 0)
				report.WriteString(source(t, p, s, clients, seconds))
				w.halt()
			}
			oneTracker(t, p, &report, seconds)
		})
	}
	proof(t, "cost", report.String())
}

// source measures what looks cost the source while so many clients write flat out.
func source(t *testing.T, p *database.Pair, s *mysql.Sampler, clients, seconds int) string {
	t.Helper()
	mine, theirs, asked, began := booked(t, p), spentBy(t, p, database.Writer), s.Queries(), time.Now()
	each(seconds, func() { s.Source(t.Context()) })
	took := time.Since(began)
	mine, theirs = booked(t, p).less(mine), spentBy(t, p, database.Writer).less(theirs)
	if got := s.Queries() - asked; got != uint64(seconds) || mine.statements != int64(seconds) {
		t.Errorf("%d questions and %d statements in %d looks", got, mine.statements, seconds)
	}
	n := float64(mine.statements)
	load := "idle"
	if clients > 0 {
		load = fmt.Sprintf("with %d clients flat out", clients)
	}
	line := fmt.Sprintf("  source %s: %.2f statements a second of the tracker, beside %.0f of theirs; each takes %.0f µs and %.0f µs of processor time: %.4f %% of a core",
		load, n/took.Seconds(), float64(theirs.statements)/took.Seconds(), float64(mine.took.Microseconds())/n, float64(mine.burned.Microseconds())/n, 100*mine.burned.Seconds()/took.Seconds())
	if theirs.statements > 0 {
		line += fmt.Sprintf(", %.4f %% of what all statements burn (%.0f %% of a core), %.4f %% of the time they take",
			100*mine.burned.Seconds()/(mine.burned+theirs.burned).Seconds(), 100*(mine.burned+theirs.burned).Seconds()/took.Seconds(), 100*mine.took.Seconds()/(mine.took+theirs.took).Seconds())
	}
	return line + "\n"
}

// oneTracker measures this process while it looks at one source and twenty replicas.
func oneTracker(t *testing.T, p *database.Pair, report *strings.Builder, seconds int) {
	now := trackerClock()
	o := mysql.Options{Heartbeat: "drheartbeat.heartbeat"}
	all := make([]*mysql.Sampler, replicasWatched)
	for i := range all {
		all[i] = sampler(t, p.Replica.Account(database.Monitor), now, o)
		all[i].Replica(t.Context())
	}
	source := sampler(t, p.Source.Account(database.Monitor), now, o)
	source.Source(t.Context())
	before, began := cpu(t), time.Now()
	var looking sync.WaitGroup
	looking.Go(func() { each(seconds, func() { source.Source(t.Context()) }) })
	for _, s := range all {
		looking.Go(func() { each(seconds, func() { s.Replica(t.Context()) }) })
	}
	looking.Wait()
	took := time.Since(began)
	fmt.Fprintf(report, "  tracker: 1 source and %d replicas, a look a second each with threads, estimates and heartbeat: %.2f %% of a core\n", replicasWatched, 100*(cpu(t)-before).Seconds()/took.Seconds())
}
