package tracker_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// TestExposureInEveryState takes a pair through everything that can happen to it. In each state the exposure is there for both sides, and its upper
// edge is never below the truth, which the simulation knows, nor its lower edge above it.
func TestExposureInEveryState(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(p *pair)
		// check looks at the exposure after a minute in the state.
		check func(t *testing.T, e rto.Exposure)
	}{
		"healthy": {func(*pair) {}, func(t *testing.T, e rto.Exposure) {
			if e.Window.Hi > 3*time.Second || !e.SourceSeen || !e.ReplicaSeen {
				t.Errorf("got %+v", e)
			}
		}},
		"lagging":        {func(p *pair) { p.lag = 20 * time.Second }, wantBetween(19*time.Second, 23*time.Second)},
		"partition":      {func(p *pair) { p.cutAt = time.Now() }, wantBetween(58*time.Second, 63*time.Second)},
		"source hangs":   {func(p *pair) { p.source = rto.TimedOut }, wantUnseen(true, false)},
		"source refuses": {func(p *pair) { p.source = rto.Refused }, wantUnseen(true, false)},
		"replica hangs":  {func(p *pair) { p.replica = rto.TimedOut }, wantUnseen(false, true)},
		"both dead":      {func(p *pair) { p.source, p.replica = rto.Refused, rto.Refused }, wantUnseen(true, true)},
		"fenced": {func(p *pair) { p.readOnly, p.stopped = true, time.Now() }, func(t *testing.T, e rto.Exposure) {
			if e.Window.Hi > 3*time.Second {
				t.Errorf("a fenced source loses nothing more, got %v", e.Window)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPair()
				s, end := running(t, options(p, &memory{}))
				defer end()
				time.Sleep(30*time.Second + 50*time.Millisecond)
				p.set(tc.change)
				for range 600 {
					time.Sleep(100 * time.Millisecond)
					truth := p.truth(time.Now())
					for _, side := range []rto.Side{rto.Applied, rto.Received} {
						e := exposure(t, s, side)
						if !e.Window.Unbounded && e.Window.Hi < truth {
							t.Fatalf("%s: upper edge %v below the truth %v", side, e.Window.Hi, truth)
						}
					}
				}
				tc.check(t, exposure(t, s, rto.Applied))
			})
		})
	}
}

func wantBetween(lo, hi time.Duration) func(*testing.T, rto.Exposure) {
	return func(t *testing.T, e rto.Exposure) {
		t.Helper()
		if e.Window.Unbounded || e.Window.Hi < lo || e.Window.Hi > hi || e.Transactions == 0 {
			t.Errorf("window %v with %d transactions, want an upper edge from %v to %v", e.Window, e.Transactions, lo, hi)
		}
	}
}

func wantUnseen(source, replica bool) func(*testing.T, rto.Exposure) {
	return func(t *testing.T, e rto.Exposure) {
		t.Helper()
		if e.SourceSeen == source || e.ReplicaSeen == replica {
			t.Errorf("seen: source %v, replica %v", e.SourceSeen, e.ReplicaSeen)
		}
		if e.Window.Unbounded || e.Window.Hi < 59*time.Second || e.Window.Lo != 0 && replica {
			t.Errorf("an edge that nobody sees grows by a second a second, got %v", e.Window)
		}
	}
}

// TestNeverSeen shows an exposure without an upper edge, not none and not zero, of servers that never answered.
func TestNeverSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair()
		p.source = rto.TimedOut
		s, end := running(t, options(p, &memory{}))
		defer end()
		time.Sleep(time.Minute)
		if e := exposure(t, s, rto.Applied); !e.Window.Unbounded || e.Known || e.Proven != 0 {
			t.Errorf("got %+v", e)
		}
		if sum := tally(t, s); sum.Inside != 0 || sum.Outside != 0 || sum.Unprovable == 0 {
			t.Errorf("nothing was proven, got %+v", sum)
		}
	})
}
