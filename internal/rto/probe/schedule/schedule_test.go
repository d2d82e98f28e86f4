package schedule_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe/schedule"
)

// prober is a probe that takes a time of its own.
type prober func(ctx context.Context) rto.ProbeResult

func (p prober) Probe(ctx context.Context) rto.ProbeResult { return p(ctx) }

// takes answers after a time, or at the end of its context.
func takes(path string, d func(n int) time.Duration) prober {
	n := 0
	return func(ctx context.Context) rto.ProbeResult {
		n++
		r := rto.ProbeResult{Path: path, Send: now(), Outcome: rto.OK}
		select {
		case <-ctx.Done():
			r.Outcome = rto.TimedOut
		case <-time.After(d(n)):
		}
		r.Recv = now()
		return r
	}
}

func now() rto.Instant { return rto.InstantOf(time.Now()) }

// record keeps what a runner tells.
type record struct {
	mu      sync.Mutex
	results []rto.ProbeResult
	late    []schedule.Late
}

func (r *record) runner(clock func() rto.Instant) schedule.Runner {
	return schedule.Runner{
		Now: clock,
		Result: func(p rto.ProbeResult) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.results = append(r.results, p)
		},
		Late: func(l schedule.Late) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.late = append(r.late, l)
		},
	}
}

// sends is when the probes of a path began, after the start.
func (r *record) sends(path string, start rto.Instant) []time.Duration {
	var all []time.Duration
	for _, p := range r.results {
		if p.Path == path {
			all = append(all, p.Send.Sub(start))
		}
	}
	return all
}

// during runs the jobs for a time and waits for their end.
func during(t *testing.T, d time.Duration, r schedule.Runner, jobs ...schedule.Job) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := r.Run(ctx, jobs); err != nil {
		t.Error(err)
	}
}

func every(d time.Duration, n int, offset time.Duration) []time.Duration {
	var all []time.Duration
	for i := range n {
		all = append(all, offset+time.Duration(i)*d)
	}
	return all
}

func TestTheGridDoesNotDrift(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got record
		start := now()
		slow := func(int) time.Duration { return 300 * time.Millisecond }
		during(t, 1000*time.Second-time.Millisecond, got.runner(now),
			schedule.Job{Path: "a", Prober: takes("a", slow), Interval: time.Second, Timeout: time.Second},
			schedule.Job{Path: "b", Prober: takes("b", slow), Interval: time.Second, Timeout: time.Second})
		if diff := cmp.Diff(every(time.Second, 1000, 0), got.sends("a", start)); diff != "" {
			t.Errorf("probes of a (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(every(time.Second, 1000, 500*time.Millisecond)[:999], got.sends("b", start)[:999]); diff != "" {
			t.Errorf("probes of b, half an interval later (-want +got):\n%s", diff)
		}
		if len(got.late) != 0 {
			t.Errorf("nothing was late, got %v", got.late)
		}
	})
}

// A hung path holds up itself only, and never has two probes under way.
func TestASlowPathSkipsItsOwnProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got record
		start := now()
		under, most := 0, 0
		slow := takes("slow", func(n int) time.Duration {
			if n == 3 {
				return time.Hour
			}
			return 0
		})
		counted := prober(func(ctx context.Context) rto.ProbeResult {
			under++
			most = max(most, under)
			defer func() { under-- }()
			return slow(ctx)
		})
		during(t, 10*time.Second+time.Millisecond, got.runner(now),
			schedule.Job{Path: "slow", Prober: counted, Interval: time.Second, Timeout: 2500 * time.Millisecond},
			schedule.Job{Path: "other", Prober: takes("other", func(int) time.Duration { return 0 }), Interval: time.Second, Timeout: time.Second})
		want := []time.Duration{0, 1 * time.Second, 2 * time.Second, 5 * time.Second, 6 * time.Second, 7 * time.Second, 8 * time.Second, 9 * time.Second, 10 * time.Second}
		if diff := cmp.Diff(want, got.sends("slow", start)); diff != "" {
			t.Errorf("probes of the slow path (-want +got):\n%s", diff)
		}
		if n := len(got.sends("other", start)); n != 10 || most != 1 {
			t.Errorf("want 10 probes of the other path and never two of one, got %d and %d", n, most)
		}
		if diff := cmp.Diff([]schedule.Late{{Path: "slow", Due: start.Add(3 * time.Second), Skipped: 2, Busy: true}}, got.late); diff != "" {
			t.Errorf("left out (-want +got):\n%s", diff)
		}
		i := slices.IndexFunc(got.results, func(p rto.ProbeResult) bool { return p.Outcome == rto.TimedOut })
		if i < 0 || got.results[i].Recv.Sub(got.results[i].Send) != 2500*time.Millisecond {
			t.Errorf("want the hung probe to end at its time limit, got %v", got.results)
		}
	})
}

// A tracker that was suspended wakes up to find that much time has passed: it must not catch up.
func TestASuspendedTrackerLeavesAHole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			got    record
			mu     sync.Mutex
			asleep time.Duration
		)
		clock := func() rto.Instant {
			mu.Lock()
			defer mu.Unlock()
			return now().Add(asleep)
		}
		start := clock()
		time.AfterFunc(2500*time.Millisecond, func() {
			mu.Lock()
			defer mu.Unlock()
			asleep = 100 * time.Second // CLOCK_BOOTTIME goes on while the machine sleeps; timers do not
		})
		var sends []time.Duration
		p := prober(func(context.Context) rto.ProbeResult {
			sends = append(sends, clock().Sub(start))
			return rto.ProbeResult{Path: "p"}
		})
		during(t, 6*time.Second, got.runner(clock), schedule.Job{Path: "p", Prober: p, Interval: time.Second, Timeout: time.Second})
		want := append(every(time.Second, 3, 0), 103*time.Second, 104*time.Second, 105*time.Second)
		if diff := cmp.Diff(want, sends[:6]); diff != "" {
			t.Errorf("probes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]schedule.Late{{Path: "p", Due: start.Add(3 * time.Second), Skipped: 100}}, got.late); diff != "" {
			t.Errorf("left out (-want +got):\n%s", diff)
		}
	})
}

func TestWhatTheEndCutsOffIsNoResult(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var got record
		during(t, 1500*time.Millisecond, got.runner(now), schedule.Job{
			Path: "p", Prober: takes("p", func(n int) time.Duration { return time.Duration(n-1) * time.Hour }), Interval: time.Second, Timeout: time.Minute,
		})
		if len(got.results) != 1 || got.results[0].Outcome != rto.OK {
			t.Errorf("want the first result only, for the second was cut off by our own end; got %v", got.results)
		}
	})
}

func TestJobsAreChecked(t *testing.T) {
	t.Parallel()
	p := takes("p", func(int) time.Duration { return 0 })
	good := schedule.Job{Path: "p", Prober: p, Interval: time.Second, Timeout: time.Second}
	var got record
	f := func(want string, r schedule.Runner, change func(*schedule.Job)) {
		t.Helper()
		j := good
		change(&j)
		if err := r.Run(t.Context(), []schedule.Job{j}); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f("path p: no prober", got.runner(now), func(j *schedule.Job) { j.Prober = nil })
	f("path p: interval 1ms: want at least 10ms", got.runner(now), func(j *schedule.Job) { j.Interval = time.Millisecond })
	f("path p: a probe needs a time limit", got.runner(now), func(j *schedule.Job) { j.Timeout = 0 })
	f("a schedule needs a clock and somebody who takes the results", schedule.Runner{}, func(*schedule.Job) {})
}
