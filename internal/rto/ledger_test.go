package rto_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// look is a look at the source that took from send to recv, in seconds.
func look(t testing.TB, at string, send, recv float64) rto.SourceSample {
	t.Helper()
	return rto.SourceSample{Send: seconds(send), Recv: seconds(recv), Outcome: rto.OK, At: position(t, at)}
}

func seconds(s float64) rto.Instant { return rto.Instant(s * float64(time.Second)) }

// ledger is one that saw the looks.
func ledger(looks ...rto.SourceSample) *rto.Ledger {
	var l rto.Ledger
	for _, s := range looks {
		l.Observe(s)
	}
	return &l
}

func TestLedgerBrackets(t *testing.T) {
	t.Parallel()
	mysql := ledger(look(t, a+":1-5", 1, 1.1), look(t, a+":1-5", 2, 2.1), look(t, a+":1-9", 3, 3.1), look(t, a+":1-12", 4, 4.1))
	mariadb := ledger(look(t, "0-1-5", 1, 1.1), look(t, "0-1-9", 2, 2.1), look(t, "0-2-10", 3, 3.1), look(t, "0-2-12", 4, 4.1))
	two := ledger(look(t, "0-1-5,1-1-5", 1, 1.1), look(t, "0-1-5,1-1-6", 2, 2.1))
	for _, c := range []struct {
		name              string
		l                 *rto.Ledger
		q                 string
		complete, missing float64 // 0 is none
	}{
		{"nothing", mysql, "", 0, 1.1},
		{"less than the first", mysql, a + ":1-4", 0, 1.1},
		{"just the first: the last question that it answers counts", mysql, a + ":1-5", 2, 3.1},
		{"between two", mysql, a + ":1-8", 2, 3.1},
		{"a hole", mysql, a + ":1-6:8-12", 2, 3.1},
		{"all", mysql, a + ":1-12", 4, 0},
		{"more than all", mysql, a + ":1-20," + b + ":1", 4, 0},
		{"of another source", mysql, b + ":1-12", 0, 1.1},
		{"MariaDB, between two", mariadb, "0-1-7", 1, 2.1},
		{"MariaDB, over a change of the writing server", mariadb, "0-2-11", 3, 4.1},
		{"MariaDB, a server at the number of another", mariadb, "0-3-9", 0, 2.1},
		{"MariaDB, a server that nobody saw, beyond all numbers", mariadb, "0-3-50", 0, 0},
		{"MariaDB, one of two domains is behind", two, "0-1-5,1-1-5", 1, 2.1},
		{"MariaDB, a domain is not there", two, "0-1-5", 0, 1.1},
	} {
		complete, ok := c.l.Complete(position(t, c.q))
		if ok != (c.complete != 0) || ok && complete != seconds(c.complete) {
			t.Errorf("%s: complete up to %v (%v), want %v s", c.name, complete.Sub(0), ok, c.complete)
		}
		missing, ok := c.l.Missing(position(t, c.q))
		if ok != (c.missing != 0) || ok && missing != seconds(c.missing) {
			t.Errorf("%s: missing by %v (%v), want %v s", c.name, missing.Sub(0), ok, c.missing)
		}
	}
}

func TestLedgerLeavesOut(t *testing.T) {
	t.Parallel()
	failed := look(t, a+":1-50", 5, 5.1)
	failed.Outcome = rto.TimedOut
	l := ledger(look(t, a+":1-5", 1, 1.1), failed, look(t, a+":1-50", 6, 5.9), look(t, a+":1-50", 0.5, 7), look(t, "", 8, 8.1))
	at, when, ok := l.Newest()
	if !ok || at.String() != a+":1-5" || when.Lo != seconds(1) || l.Len() != 1 {
		t.Errorf("newest is %v at %v: something was taken that tells nothing", at, when)
	}
}

// TestLedgerOfASourceWithoutALog has a source that shows no position, because it writes no binlog: nothing may be proven by it.
func TestLedgerOfASourceWithoutALog(t *testing.T) {
	t.Parallel()
	l := ledger(look(t, "", 1, 1.1), look(t, "", 2, 2.1))
	if at, ok := l.Complete(position(t, a+":1-5")); ok {
		t.Errorf("everything up to %v counts as proven", at)
	}
}

func TestLedgerOfASourceThatWentBackwards(t *testing.T) {
	t.Parallel()
	l := ledger(look(t, a+":1-10", 1, 1.1), look(t, a+":1-5", 2, 2.1), look(t, a+":1-5,"+b+":1", 3, 3.1))
	q := position(t, a+":1-5,"+b+":1")
	if l.Backwards() != 1 {
		t.Errorf("went backwards %d times, want 1", l.Backwards())
	}
	for _, step := range []string{"as seen", "dropped", "thinned"} {
		if at, ok := l.Complete(q); ok {
			t.Errorf("%s: proven up to %v, although what the source lost is in nobody", step, at)
		}
		if at, ok := l.Missing(q); !ok || at != seconds(1.1) {
			t.Errorf("%s: missing by %v, %v", step, at, ok)
		}
		switch step {
		case "as seen":
			l.Drop(q)
		case "dropped":
			l.Observe(look(t, a+":1-5,"+b+":1-2", 4, 4.1))
			l.Thin(seconds(1000), time.Second, time.Hour)
		}
	}
}

func TestLedgerFence(t *testing.T) {
	t.Parallel()
	var l rto.Ledger
	if _, fenced := l.Fenced(); fenced {
		t.Error("fenced from the start")
	}
	l.Fence(seconds(3))
	if at, fenced := l.Fenced(); !fenced || at != seconds(3) {
		t.Errorf("fenced at %v, %v", at, fenced)
	}
	l.Unfence()
	if _, fenced := l.Fenced(); fenced {
		t.Error("still fenced")
	}
}

// commit is one transaction of a made-up source: when a look could see it, and when its client was told.
type commit struct {
	text         string
	seen, acked  float64
	acknowledged bool
}

// history makes a source up, with looks at it that take their time.
func history(t testing.TB, r *rand.Rand) ([]commit, []rto.SourceSample) {
	t.Helper()
	sources := []string{a, b, a + ":tag"}
	next := map[string]int{}
	var commits []commit
	at := 0.0
	for range 5 + r.IntN(40) {
		at += r.ExpFloat64()
		s := sources[r.IntN(len(sources))]
		next[s]++
		commits = append(commits, commit{fmt.Sprintf("%s:%d", s, next[s]), at, at + r.Float64()/2, r.IntN(10) > 0})
	}
	var looks []rto.SourceSample
	for send := r.Float64(); send < at+2; send += 0.2 + r.ExpFloat64() {
		recv := send + r.Float64()
		read := send + (recv-send)*r.Float64()
		s := look(t, "", send, recv)
		for _, c := range commits {
			if c.seen <= read {
				s.At = s.At.Union(position(t, c.text))
			}
		}
		looks = append(looks, s)
		send = recv
	}
	return commits, looks
}

// TestLedgerAgainstAModel holds the ledger against the definitions, read off a history that is known whole: nothing acknowledged before
// Complete is missing, something missing could be seen by Missing, and neither edge is further away than the looks allow. Dropping and
// thinning may widen the bracket and never make it untrue.
func TestLedgerAgainstAModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		commits, looks := history(t, r)
		var q rto.Position
		gaps := r.IntN(2) == 0
		upTo := r.IntN(len(commits) + 1)
		for i, c := range commits {
			if i < upTo && (!gaps || r.IntN(8) > 0) {
				q = q.Union(position(t, c.text))
			}
		}
		l := ledger(looks...)
		exact(t, seed, l, looks, q)
		holds(t, seed, l, commits, q)
		l.Drop(q)
		exact(t, seed, l, looks, q)
		l.Thin(seconds(1000), time.Second, time.Duration(r.IntN(10))*time.Second)
		holds(t, seed, l, commits, q)
	}
}

// exact compares with max{send: P in q} and min{recv: P not in q}.
func exact(t *testing.T, seed uint64, l *rto.Ledger, looks []rto.SourceSample, q rto.Position) {
	t.Helper()
	var complete, missing rto.Instant
	for _, s := range looks {
		switch {
		case s.At.Empty():
		case q.Contains(s.At):
			complete = max(complete, s.Send)
		case missing == 0:
			missing = s.Recv
		}
	}
	if got, ok := l.Complete(q); got != complete || ok != (complete != 0) {
		t.Fatalf("seed %d: complete %v, %v, want %v", seed, got, ok, complete)
	}
	if got, ok := l.Missing(q); got != missing || ok != (missing != 0) {
		t.Fatalf("seed %d: missing %v, %v, want %v", seed, got, ok, missing)
	}
}

// holds checks what the edges promise.
func holds(t *testing.T, seed uint64, l *rto.Ledger, commits []commit, q rto.Position) {
	t.Helper()
	lost := slices.DeleteFunc(slices.Clone(commits), func(c commit) bool { return q.Contains(position(t, c.text)) })
	if complete, ok := l.Complete(q); ok {
		for _, c := range lost {
			if c.acknowledged && seconds(c.acked) < complete {
				t.Fatalf("seed %d: %s was acknowledged before %v and is missing", seed, c.text, complete)
			}
		}
	}
	if missing, ok := l.Missing(q); ok && !slices.ContainsFunc(lost, func(c commit) bool { return seconds(c.seen) <= missing }) {
		t.Fatalf("seed %d: nothing was missing by %v", seed, missing)
	}
}

func BenchmarkLedger(b *testing.B) {
	var l rto.Ledger
	for i := range 86_400 {
		l.Observe(look(b, fmt.Sprintf("%s:1-%d", a, i+1), float64(i), float64(i)+0.1))
	}
	q := position(b, a+":1-43000")
	for b.Loop() {
		l.Complete(q)
		l.Missing(q)
	}
}
