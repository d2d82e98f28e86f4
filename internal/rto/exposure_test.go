package rto_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// state is a look at the replica.
func state(t testing.TB, applied, received string, send, recv float64) rto.ReplicaSample {
	t.Helper()
	r := rto.ReplicaSample{Send: seconds(send), Recv: seconds(recv), Outcome: rto.OK, Applied: position(t, applied)}
	if received != "?" {
		r.Received, r.ReceivedKnown = position(t, received), true
	}
	return r
}

func survivor(states ...rto.ReplicaSample) *rto.Survivor {
	var s rto.Survivor
	for _, r := range states {
		s.Observe(r)
	}
	return &s
}

func TestExposed(t *testing.T) {
	t.Parallel()
	source := []rto.SourceSample{look(t, a+":1-5", 1, 1.1), look(t, a+":1-9", 2, 2.1), look(t, a+":1-12", 3, 3.1)}
	fenced := ledger(source...)
	fenced.Fence(seconds(3.05))
	for _, c := range []struct {
		name string
		l    *rto.Ledger
		s    *rto.Survivor
		side rto.Side
		now  float64
		want rto.Bracket
		// seen are the source and the replica
		source, replica bool
		transactions    uint64
	}{
		{"nobody was ever seen", &rto.Ledger{}, &rto.Survivor{}, rto.Applied, 4, rto.Bracket{Unbounded: true}, false, false, 0},
		{"the source was never seen", &rto.Ledger{}, survivor(state(t, a+":1-5", "?", 1, 1.1)), rto.Applied, 1.5, rto.Bracket{Unbounded: true}, false, true, 0},
		{"the replica was never seen", ledger(source...), &rto.Survivor{}, rto.Applied, 3.5, rto.Bracket{Unbounded: true}, true, false, 0},
		{"it has all", ledger(source...), survivor(state(t, a+":1-12", "?", 3.2, 3.3)), rto.Applied, 3.4, bracket(0, 0.4), true, true, 0},
		{"it lacks something", ledger(source...), survivor(state(t, a+":1-7", a+":1-12", 3.2, 3.3)), rto.Applied, 3.4, bracket(1.1, 2.4), true, true, 5},
		{"but has received it", ledger(source...), survivor(state(t, a+":1-7", a+":1-12", 3.2, 3.3)), rto.Received, 3.4, bracket(0, 0.4), true, true, 0},
		{"what it received is not told for a while: it grows", ledger(source...), survivor(state(t, a+":1-7", a+":1-9", 2.2, 2.3), state(t, a+":1-8", "?", 4.2, 4.3)), rto.Received, 4.4, bracket(0, 2.4), true, false, 3},
		{"and was applied meanwhile", ledger(source...), survivor(state(t, a+":1-7", a+":1-9", 2.2, 2.3), state(t, a+":1-12", "?", 4.2, 4.3)), rto.Received, 4.4, bracket(0, 1.4), true, false, 0},
		{"what it received is not told", ledger(source...), survivor(state(t, a+":1-7", "?", 3.2, 3.3)), rto.Received, 3.4, rto.Bracket{Unbounded: true}, true, false, 0},
		{"the source is not seen: it grows", ledger(source...), survivor(state(t, a+":1-12", "?", 63.2, 63.3)), rto.Applied, 63.4, bracket(0, 60.4), false, true, 0},
		{"the replica is not seen: it grows, and the lower edge is gone", ledger(append(source, look(t, a+":1-12", 63, 63.1))...), survivor(state(t, a+":1-7", "?", 3.2, 3.3)), rto.Applied, 63.4, bracket(0, 62.4), true, false, 5},
		{"a fence stops it", fenced, survivor(state(t, a+":1-12", "?", 3.2, 3.3)), rto.Applied, 63.4, bracket(0, 0.05), false, false, 0},
		{"a fence stops it, and something is missing", fenced, survivor(state(t, a+":1-7", "?", 63.2, 63.3)), rto.Applied, 63.4, bracket(0.95, 2.05), false, true, 5},
		{"a replica of something else", ledger(source...), survivor(state(t, b+":1-7", "?", 3.2, 3.3)), rto.Applied, 3.4, rto.Bracket{Lo: 2100 * time.Millisecond, Unbounded: true}, true, true, 12},
	} {
		e := rto.Exposed(c.l, c.s, "main", "r", c.side, seconds(c.now), 1500*time.Millisecond)
		if e.Window.Unbounded != c.want.Unbounded || near(e.Window.Lo, c.want.Lo) || near(e.Window.Hi, c.want.Hi) {
			t.Errorf("%s: %v, want %v", c.name, e.Window, c.want)
		}
		if e.SourceSeen != c.source || e.ReplicaSeen != c.replica || e.Transactions != c.transactions || e.Provable() == c.want.Unbounded {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
}

// near tells whether two durations differ by more than what floating seconds lose.
func near(a, b time.Duration) bool { return a-b > time.Microsecond || b-a > time.Microsecond }

func bracket(lo, hi float64) rto.Bracket {
	return rto.Bracket{Lo: seconds(lo).Sub(0), Hi: seconds(hi).Sub(0)}
}

// TestErrant finds what the replica wrote itself, whoever of the two is looked at first, and takes nothing for it that the source has
// written meanwhile.
func TestErrant(t *testing.T) {
	t.Parallel()
	own := a + ":1-5," + b + ":1-2"
	for name, c := range map[string]struct {
		looks  []rto.SourceSample
		states []rto.ReplicaSample
		want   uint64
	}{
		"the source is looked at after the replica": {[]rto.SourceSample{look(t, a+":1-5", 2, 2.1)}, []rto.ReplicaSample{state(t, own, "?", 1, 1.1)}, 2},
		"the source is looked at first": {
			[]rto.SourceSample{look(t, a+":1-5", 1, 1.1), look(t, a+":1-5", 2, 2.1)},
			[]rto.ReplicaSample{state(t, own, "?", 1.2, 1.3), state(t, own, "?", 2.2, 2.3)}, 2,
		},
		"it may have come from the source since": {[]rto.SourceSample{look(t, a+":1-5", 1, 1.1)}, []rto.ReplicaSample{state(t, a+":1-7", "?", 1.05, 1.3)}, 0},
		"MariaDB at one number":                  {[]rto.SourceSample{look(t, "0-1-5", 2, 2.1)}, []rto.ReplicaSample{state(t, "0-2-5", "?", 1, 1.1)}, 1},
		"nothing":                                {[]rto.SourceSample{look(t, a+":1-5", 2, 2.1)}, []rto.ReplicaSample{state(t, a+":1-5", "?", 1, 1.1)}, 0},
	} {
		e := rto.Exposed(ledger(c.looks...), survivor(c.states...), "main", "r", rto.Applied, seconds(2.5), time.Minute)
		if e.Errant != c.want {
			t.Errorf("%s: %d errant, want %d", name, e.Errant, c.want)
		}
	}
}

func TestSurvivorKeepsTheNewest(t *testing.T) {
	t.Parallel()
	failed := state(t, a+":1-9", "?", 5, 5.1)
	failed.Outcome = rto.Denied
	s := survivor(state(t, a+":1-5", a+":1-6", 2, 2.1), failed, state(t, a+":1-3", "?", 1, 1.1), state(t, a+":1-3", "?", 4, 3))
	newest, ok := s.Newest()
	if !ok || newest.Send != seconds(2) {
		t.Errorf("newest is %+v, %v", newest, ok)
	}
	if q, ok := s.Position(rto.Received); !ok || q.String() != a+":1-6" {
		t.Errorf("received %v, %v", q, ok)
	}
	if _, ok := survivor().Position(rto.Applied); ok {
		t.Error("a replica that was never seen has a position")
	}
}

func TestLoss(t *testing.T) {
	t.Parallel()
	l := ledger(look(t, a+":1-5", 1, 1.1), look(t, a+":1-9", 2, 2.1))
	failed := rto.Moment{Lo: seconds(2.5), Hi: seconds(2.6)}
	for q, want := range map[string]rto.Bracket{
		a + ":1-9": bracket(0, 0.6),
		a + ":1-5": bracket(0.4, 1.6),
		a + ":1-4": {Lo: 1400 * time.Millisecond, Unbounded: true},
	} {
		got := l.Loss(position(t, q), failed)
		if got.Unbounded != want.Unbounded || near(got.Lo, want.Lo) || near(got.Hi, want.Hi) {
			t.Errorf("%s: %v, want %v", q, got, want)
		}
	}
	l.Observe(look(t, a+":1-9", 3, 3.1)) // the old source, read after its death
	if got := l.Loss(position(t, a+":1-9"), failed); got != (rto.Bracket{}) {
		t.Errorf("nothing was lost, but the loss is %v", got)
	}
}

// TestExposureAgainstAModel holds the exposure against a history that is known whole, at many moments: it is never below the age of the oldest
// acknowledged write that the replica lacks, and its lower edge never above the age of what the replica lacked when it was read.
func TestExposureAgainstAModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		commits, looks := history(t, r)
		lag := r.Float64() * 8
		var l rto.Ledger
		for _, s := range looks {
			l.Observe(s)
			send := s.Recv.Add(-time.Duration(r.IntN(int(time.Second))))
			recv := send.Add(time.Duration(r.IntN(int(500 * time.Millisecond))))
			now := max(recv, s.Recv).Add(time.Duration(r.IntN(int(time.Second))))
			var q rto.Position
			var oldest, seen rto.Instant
			for _, c := range commits {
				switch at := seconds(c.seen + lag); {
				case at <= send:
					q = q.Union(position(t, c.text))
				default:
					if c.acknowledged && seconds(c.acked) <= now && oldest == 0 {
						oldest = seconds(c.acked)
					}
					if c.acknowledged && oldest != 0 {
						oldest = min(oldest, seconds(c.acked))
					}
					if seen == 0 {
						seen = seconds(c.seen)
					}
				}
			}
			e := rto.Exposed(&l, survivor(rto.ReplicaSample{Send: send, Recv: recv, Outcome: rto.OK, Applied: q}), "", "", rto.Applied, now, time.Minute)
			if !e.Window.Unbounded && oldest != 0 && oldest <= now && e.Window.Hi < now.Sub(oldest) {
				t.Fatalf("seed %d at %v: %v is below the truth %v", seed, now, e.Window, now.Sub(oldest))
			}
			if e.Window.Lo > 0 && (seen == 0 || e.Window.Lo > now.Sub(seen)) {
				t.Fatalf("seed %d at %v: the lower edge of %v is above the truth %v", seed, now, e.Window, now.Sub(seen))
			}
			if !e.Window.Unbounded && e.Window.Lo > e.Window.Hi {
				t.Fatalf("seed %d: %v is upside down", seed, e.Window)
			}
		}
	}
}
