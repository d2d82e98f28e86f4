package tracker_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/clock"
	"github.com/voipbin/observability/internal/tracker"
)

// stepping is a clock that somebody sets, and a pair that is looked at by it.
type stepping struct {
	*pair
	skew atomic.Int64
}

func (c *stepping) now() rto.Instant { return instant().Add(time.Duration(c.skew.Load())) }

// ask has the pair looked at and puts this clock's times in the place of the true ones.
func ask[S any](c *stepping, look func() S, times func(*S) (send, recv *rto.Instant)) S {
	before := c.now()
	s := look()
	send, recv := times(&s)
	*send, *recv = before, c.now()
	return s
}

// Source implements tracker.Source.
func (c *stepping) Source(ctx context.Context) rto.SourceSample {
	return ask(c, func() rto.SourceSample { return c.pair.Source(ctx) }, func(s *rto.SourceSample) (*rto.Instant, *rto.Instant) { return &s.Send, &s.Recv })
}

// Replica implements tracker.Replica.
func (c *stepping) Replica(ctx context.Context) rto.ReplicaSample {
	return ask(c, func() rto.ReplicaSample { return c.pair.Replica(ctx) }, func(s *rto.ReplicaSample) (*rto.Instant, *rto.Instant) { return &s.Send, &s.Recv })
}

// Probe implements tracker.Prober.
func (c *stepping) Probe(ctx context.Context) rto.ProbeResult {
	return ask(c, func() rto.ProbeResult { return c.pair.Probe(ctx) }, func(p *rto.ProbeResult) (*rto.Instant, *rto.Instant) { return &p.Send, &p.Recv })
}

// stepsIn are the steps of a clock in the evidence.
func stepsIn(t *testing.T, m *memory) []time.Duration {
	t.Helper()
	var out []time.Duration
	for _, r := range m.all() {
		if r.kind != rto.RecordClock {
			continue
		}
		var step rto.ClockStep
		if err := json.Unmarshal(r.body, &step); err != nil {
			t.Fatal(err)
		}
		out = append(out, step.Offset)
	}
	return out
}

// neverTooGood runs for a minute and holds each exposure, ten times a second, against the truth.
func neverTooGood(t *testing.T, s *tracker.Service, p *pair) {
	t.Helper()
	for range 600 {
		time.Sleep(100 * time.Millisecond)
		truth := p.truth(time.Now())
		for _, e := range s.Snapshot().Exposures {
			if !e.Window.Unbounded && e.Window.Hi < truth {
				t.Fatalf("%s: upper edge %v below the truth %v", e.Side, e.Window.Hi, truth)
			}
		}
	}
}

// whole is the time that a tally has counted.
func whole(v rto.Tally) time.Duration { return v.Inside + v.Outside + v.Unprovable }

// TestTheWallClockSteps by ten seconds, at the worst moment, with the clock that the tracker has: no exposure and no second changes, the step is in
// the evidence and in the metrics.
func TestTheWallClockSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{10 * time.Second, -10 * time.Second} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began, set := time.Now(), atomic.Int64{}
				c := clock.New(clock.Sources{
					Wall:    func() time.Time { return time.Now().Add(time.Duration(set.Load())) },
					Elapsed: func() time.Duration { return time.Since(began) + time.Hour },
				}, rto.Session{}, 0)
				p, m := newPair(), &memory{}
				o := options(p, m)
				o.Now, o.Offset = c.Now, c.Offset
				s, end := running(t, o)
				defer end()
				time.Sleep(30*time.Second + 50*time.Millisecond)
				p.set(func(p *pair) { p.cutAt = time.Now() })
				set.Store(int64(step))
				neverTooGood(t, s, p)
				if got := stepsIn(t, m); len(got) != 1 || got[0] != step {
					t.Errorf("the evidence has the steps %v, want %v", got, step)
				}
				v := tally(t, s)
				if off := (whole(v) - time.Since(began)).Abs(); off > 2*time.Second || v.Outside != 0 {
					t.Errorf("%v passed, counted %+v", time.Since(began), v)
				}
				told := told{Service: s, t: t}
				if text, want := told.exposition(), metric.RecoveryClockStep.Name+map[bool]string{true: " 10\n", false: " -10\n"}[step > 0]; !strings.Contains(text, want) {
					t.Errorf("no %q in the metrics", want)
				}
			})
		})
	}
}

// TestItsOwnClockSteps although it never should: whatever the tracker's clock does, no second that was not good counts as good, what is not known is
// unprovable, and the evidence shows it.
func TestItsOwnClockSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []time.Duration{10 * time.Second, -10 * time.Second} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				c, m := &stepping{pair: newPair()}, &memory{}
				o := options(c.pair, m)
				o.Stores[0].Source, o.Stores[0].Replicas, o.Paths[0].Prober = c, map[string]tracker.Replica{"dr": c}, c
				o.Now, o.Offset = c.now, func() time.Duration { return -time.Duration(c.skew.Load()) }
				s, end := running(t, o)
				defer end()
				time.Sleep(30*time.Second + 50*time.Millisecond)
				before := tally(t, s)
				// Somebody sets the clock, in the midst of a look at a source that is slow, and the link breaks at that moment.
				c.set(func(p *pair) { p.source = rto.TimedOut })
				time.Sleep(time.Second)
				c.set(func(p *pair) { p.cutAt = time.Now() })
				c.skew.Store(int64(step))
				time.Sleep(100 * time.Millisecond)
				c.set(func(p *pair) { p.source = rto.OK })
				neverTooGood(t, s, c.pair)
				if got := stepsIn(t, m); len(got) == 0 {
					t.Error("the evidence has no step")
				}
				after := tally(t, s)
				if after.Unprovable-before.Unprovable < flushTime {
					t.Errorf("nothing of it is unprovable: before %+v, after %+v", before, after)
				}
				if good := after.Inside - before.Inside; good > time.Since(began)-30*time.Second {
					t.Errorf("%v passed since the step, %v of them good", time.Since(began)-30*time.Second, good)
				}
				// The link heals: what is proven is proven again.
				c.set(func(p *pair) { p.cutAt = time.Time{} })
				time.Sleep(15 * time.Second)
				if e := exposure(t, s, rto.Applied); e.Window.Unbounded || e.Window.Hi > 3*time.Second {
					t.Errorf("a healthy pair is not proven again: %+v", e)
				}
			})
		})
	}
}

// flushTime is how often what was seen is counted.
const flushTime = time.Second
