package rto_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// script is the truth of one path: when it is down, in order.
type script []rto.Moment

// down tells whether the path is down at any, and at every instant of a span.
func (s script) down(a, b rto.Instant) (some, whole bool) {
	for _, d := range s {
		if d.Lo <= b && a < d.Hi {
			some = true
			whole = whole || d.Lo <= a && b < d.Hi
		}
	}
	return some, whole
}

const (
	modelInterval = time.Second
	modelTimeout  = 800 * time.Millisecond
	modelHold     = 20 * time.Second
)

func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Int64N(int64(hi-lo)))
}

// scripted fails once between 30 and 40 s, may come back for less than Hold, and comes back for good. Each spell is long enough to be probed.
func scripted(r *rand.Rand) script {
	var s script
	at := rto.Instant(0).Add(between(r, 30*time.Second, 40*time.Second))
	for range 1 + r.IntN(4) {
		end := at.Add(between(r, 5*time.Second, 30*time.Second))
		s = append(s, rto.Moment{Lo: at, Hi: end})
		at = end.Add(between(r, 5*time.Second, modelHold-5*time.Second))
	}
	return s
}

// probes are what a prober on a jittering grid sees: what is wholly up answers, what is wholly down does not, and what changes meanwhile
// does either. While it is down it refuses at once or swallows until the time-out.
func (s script) probes(r *rand.Rand, path string, until rto.Instant) []rto.ProbeResult {
	var all []rto.ProbeResult
	phase := between(r, 0, modelInterval)
	for k := 0; ; k++ {
		send := rto.Instant(0).Add(phase + time.Duration(k)*modelInterval + between(r, 0, modelInterval/10))
		if send > until {
			break
		}
		took := between(r, time.Millisecond, modelTimeout)
		if r.IntN(3) == 0 {
			took = modelTimeout
		}
		some, whole := s.down(send, send.Add(took))
		good := !some || !whole && r.IntN(2) == 0
		all = append(all, rto.ProbeResult{Path: path, Send: send, Recv: send.Add(took), Good: good})
	}
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// truth is, by brute force over every change of every path: the first failure, and the first instant at which all are up and stay so for Hold.
func truth(all []script) (failed, recovered rto.Instant) {
	var ends []rto.Instant
	failed = rto.Instant(1<<62 - 1)
	for _, s := range all {
		for _, d := range s {
			failed, ends = min(failed, d.Lo), append(ends, d.Hi)
		}
	}
	slices.Sort(ends)
	for _, e := range ends {
		up := true
		for _, s := range all {
			some, _ := s.down(e, e.Add(modelHold))
			up = up && !some
		}
		if up {
			return failed, e
		}
	}
	return failed, 0
}

// ambiguous says that a spell in which all are up is so close to Hold that probes cannot tell on which side of it it is.
func ambiguous(all []script) bool {
	const slack = 5 * time.Second
	var edges []rto.Moment
	for _, s := range all {
		edges = append(edges, s...)
	}
	slices.SortFunc(edges, func(a, b rto.Moment) int { return int(a.Lo - b.Lo) })
	end := edges[0].Hi
	for _, d := range edges[1:] {
		if up := d.Lo.Sub(end); up > 0 && (up < slack || (up-modelHold).Abs() < slack) {
			return true // too short to be seen by the probes of all, or too close
		}
		end = max(end, d.Hi)
	}
	return false
}

// TestRecoverContainsTheTruth holds Recover against scripted services: whatever the probes' times, each bracket contains what was so, and is no
// wider than two intervals and time-outs (and the jitter of the grid).
func TestRecoverContainsTheTruth(t *testing.T) {
	t.Parallel()
	const limit = 2*(modelInterval+modelTimeout) + 2*modelInterval/10
	judged := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		names := []string{"a", "b", "c", "d"}[:1+r.IntN(4)]
		all := make([]script, len(names))
		for i := range all {
			if i == 0 || r.IntN(4) > 0 { // the others may never fail
				all[i] = scripted(r)
			}
		}
		if ambiguous(all) {
			continue
		}
		judged++
		failed, recovered := truth(all)
		var results []rto.ProbeResult
		for i, n := range names {
			results = append(results, all[i].probes(r, n, recovered.Add(3*modelHold))...)
		}
		injected := rto.Moment{}
		from := rto.Instant(0).Add(time.Second)
		if r.IntN(2) == 0 {
			injected, from = rto.At(failed), failed
		}
		paths := pathsOf(names...)
		for i := range paths {
			paths[i].Timeout = modelTimeout
		}
		got := rto.Recover(paths, results, from, injected, rto.Stability{Results: 3, Hold: modelHold})
		switch {
		case !spans(got.Failed, failed) || !spans(got.Recovered, recovered) || !got.RTO.Contains(recovered.Sub(failed)) || got.RTO.Unbounded:
			t.Errorf("seed %d: truth %v to %v, said %v to %v, %v", seed, failed, recovered, got.Failed, got.Recovered, got.RTO)
		case got.RTO.Width() > limit:
			t.Errorf("seed %d: %v is wider than %v", seed, got.RTO, limit)
		case got.Stable < recovered.Add(modelHold):
			t.Errorf("seed %d: stable at %v, after %v only", seed, got.Stable, got.Stable.Sub(recovered))
		}
		if t.Failed() {
			return
		}
	}
	if judged < 1500 {
		t.Errorf("only %d scripts were judged", judged)
	}
	t.Logf("%d scripts judged", judged)
}

func spans(m rto.Moment, i rto.Instant) bool { return m.Lo <= i && i <= m.Hi }
