// Package schedule makes the probes of many paths at their intervals, on a grid that never drifts. It refuses to make up for what it
// missed: a probe whose time has passed is left out and shows as a hole, because a burst of late ones would prove nothing of the time in
// between.
package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Job is a path and when it is probed.
type Job struct {
	// Path is for messages.
	Path   string
	Prober probe.Prober
	// Interval is from one probe's beginning to the next one's, Timeout how long each may take. A time-out may be longer than the
	// interval: the next probe then waits for the next point of the grid after its end.
	Interval, Timeout time.Duration
}

// minInterval keeps a mistake in a configuration from becoming a flood.
const minInterval = 10 * time.Millisecond

// Late is a probe that was not made.
type Late struct {
	Path string
	// Due is when it should have been, Skipped how many in a row there were. They are the hole from Due to the next probe.
	Due     rto.Instant
	Skipped int
	// Busy says that the probe before was still under way, which is a slow path; else the tracker itself was late, which is a hole in
	// its own looking.
	Busy bool
}

// Runner makes the probes.
type Runner struct {
	// Now is the tracker's clock; it may go on while no timer runs, as in a suspended machine.
	Now func() rto.Instant
	// Result gets each result, Late what was left out; Late may be nil. They are called by many goroutines at a time and must return
	// soon, for the path's next probe waits for them.
	Result func(rto.ProbeResult)
	Late   func(Late)
}

// Run probes until ctx ends and returns once nothing is under way; that takes no longer than the probers' answer to the end of their context.
// What was under way at the end gives no result: it was cut off by us.
func (r Runner) Run(ctx context.Context, jobs []Job) error {
	for _, j := range jobs {
		if err := j.check(); err != nil {
			return err
		}
	}
	if r.Now == nil || r.Result == nil {
		return errors.New("a schedule needs a clock and somebody who takes the results")
	}
	origin := r.Now()
	var wg sync.WaitGroup
	for i, j := range jobs {
		// Spread over the interval, so that a hundred paths do not start in one millisecond and measure each other.
		first := origin.Add(j.Interval * time.Duration(i) / time.Duration(len(jobs)))
		wg.Go(func() { r.path(ctx, j, grid{first, j.Interval}) })
	}
	wg.Wait()
	return nil
}

func (j Job) check() error {
	switch {
	case j.Prober == nil:
		return fmt.Errorf("path %s: no prober", j.Path)
	case j.Interval < minInterval:
		return fmt.Errorf("path %s: interval %v: want at least %v", j.Path, j.Interval, minInterval)
	case j.Timeout <= 0:
		return fmt.Errorf("path %s: a probe needs a time limit", j.Path)
	}
	return nil
}

// grid is the points first, first + interval, and so on.
type grid struct {
	first    rto.Instant
	interval time.Duration
}

func (g grid) at(k int) rto.Instant { return g.first.Add(time.Duration(k) * g.interval) }

// after is the first point that is not before i.
func (g grid) after(i rto.Instant) int {
	d := i.Sub(g.first)
	if d <= 0 {
		return 0
	}
	return int((d + g.interval - 1) / g.interval)
}

// path makes the probes of one path, one after the other.
func (r Runner) path(ctx context.Context, j Job, g grid) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for k := 0; ; k++ {
		if !r.wait(ctx, timer, g.at(k)) {
			return
		}
		// Late by half an interval is closer to the next point than to this one.
		if now := r.Now(); now.Sub(g.at(k)) > g.interval/2 {
			next := g.after(now)
			r.late(Late{Path: j.Path, Due: g.at(k), Skipped: next - k})
			k = next - 1
			continue
		}
		if !r.one(ctx, j) {
			return
		}
		if next := g.after(r.Now()); next > k+1 {
			r.late(Late{Path: j.Path, Due: g.at(k + 1), Skipped: next - k - 1, Busy: true})
			k = next - 1
		}
	}
}

// wait waits until the clock shows the instant; false if ctx ended before. A timer may be early by the clock, so it looks again.
func (r Runner) wait(ctx context.Context, timer *time.Timer, until rto.Instant) bool {
	for {
		left := until.Sub(r.Now())
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer.Reset(left)
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
		}
	}
}

// one makes one probe; false if ctx ended meanwhile.
func (r Runner) one(ctx context.Context, j Job) bool {
	limited, cancel := context.WithTimeout(ctx, j.Timeout)
	defer cancel()
	result := j.Prober.Probe(limited)
	if ctx.Err() != nil {
		return false
	}
	r.Result(result)
	return true
}

func (r Runner) late(l Late) {
	if r.Late != nil {
		r.Late(l)
	}
}
