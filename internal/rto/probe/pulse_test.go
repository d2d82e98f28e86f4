package probe

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

func TestPulse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var jumped time.Duration
		now := func() rto.Instant { return rto.InstantOf(time.Now()).Add(jumped) }
		p := NewPulse(now)
		if got := p.Held(now(), now()); got != 0 {
			t.Errorf("nothing has happened, and it was held for %v", got)
		}
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); p.Run(ctx) }()
		began := now()
		time.Sleep(time.Second + time.Millisecond)
		if got := p.Held(began, now()); got != 0 {
			t.Errorf("it ran all the while, and was held for %v", got)
		}
		// The clock goes on while no timer runs: nobody let the process run.
		from := now()
		jumped = 300 * time.Millisecond
		to := now()
		if got := p.Held(from, to); got != 300*time.Millisecond {
			t.Errorf("before the next beat: held for %v", got)
		}
		time.Sleep(time.Second)
		if got := p.Held(from, to); got != 300*time.Millisecond {
			t.Errorf("held for %v", got)
		}
		if got := p.Held(from.Add(100*time.Millisecond), to.Add(-50*time.Millisecond)); got != 150*time.Millisecond {
			t.Errorf("in the middle of it: held for %v", got)
		}
		if got := p.Held(to.Add(100*time.Millisecond), now()); got != 0 {
			t.Errorf("after it: held for %v", got)
		}
		if got := p.Stood(); len(got) != 1 || got[0].Lo > from || got[0].Hi < to {
			t.Errorf("it stood still %v, want from %v to %v", got, from, to)
		}
		time.Sleep(pulseKept + time.Second)
		if got := len(p.Stood()); got != 0 {
			t.Errorf("%d times are remembered for ever", got)
		}
		end()
		<-done
		time.Sleep(time.Second)
		if got := p.Held(now().Add(-500*time.Millisecond), now()); got != 500*time.Millisecond {
			t.Errorf("it does not beat any more, and was held for %v", got)
		}
	})
}

// TestRunTellsOfStandingStill notes it where no answer came, and nowhere else.
func TestRunTellsOfStandingStill(t *testing.T) {
	t.Parallel()
	held := func(from, to rto.Instant) time.Duration { return to.Sub(from) / 2 }
	var now rto.Instant
	target := Target{Path: "p", Want: rto.Accepted, Now: func() rto.Instant { now += 1000; return now }, Held: held}
	for o, want := range map[rto.Outcome]time.Duration{rto.TimedOut: 500, rto.Broken: 500, rto.OK: 0, rto.Refused: 0, rto.Denied: 0} {
		if r := target.Run(func() Finding { return Finding{Outcome: o} }); r.Held != want {
			t.Errorf("%s: held for %v, want %v", o, r.Held, want)
		}
	}
}
