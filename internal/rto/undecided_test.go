package rto_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// silent is a probe that ended without an answer.
func silent(send, recv float64, o rto.Outcome) rto.ProbeResult {
	r := probed("a", send, recv, false)
	r.Outcome = o
	return r
}

func held(r rto.ProbeResult, d time.Duration) rto.ProbeResult {
	r.Held = d
	return r
}

// TestRecoverWhenTheProberWasHeldUp is what a drill on an overloaded machine showed: the service was back at 9 s, its answers lay there while the
// tracker did not run, and the report said that it had not been back before 12 s.
func TestRecoverWhenTheProberWasHeldUp(t *testing.T) {
	t.Parallel()
	usual := rto.Stability{Results: 3, Hold: 3 * time.Second}
	outage, back := every("a", 0, "+++------"), every("a", 9, "+++")
	after := every("a", 14, "+++++")
	never := rto.Moment{}
	type said struct{ failed, recovered rto.Moment }
	for name, c := range map[string]struct {
		results  []rto.ProbeResult
		injected rto.Moment
		want     said
		flaps    int
		late     int
		least    float64
	}{
		"it came back late":                     {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.TimedOut)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(8, 14.2)}, late: 1},
		"its own time-out held it up":           {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.Broken)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(8, 14.2)}, late: 1},
		"it stood still, and came back in time": {results: slices.Concat(outage, back, []rto.ProbeResult{held(silent(12, 13.01, rto.TimedOut), 500*time.Millisecond)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(8, 14.2)}, late: 1},
		"it stood still for less than half":     {results: slices.Concat(outage, back, []rto.ProbeResult{held(silent(12, 13.01, rto.TimedOut), 499*time.Millisecond)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(12, 14.2)}, flaps: 1},
		"it came back in time":                  {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.013, rto.TimedOut)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(12, 14.2)}, flaps: 1},
		"an answer is one, however late":        {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.OK)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(12, 14.2)}, flaps: 1},
		"nobody listened, however late":         {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.Refused)}, after), injected: exactly(2.5), want: said{exactly(2.5), within(12, 14.2)}, flaps: 1},
		"in the outage it changes nothing":      {results: slices.Concat(every("a", 0, "+++---"), []rto.ProbeResult{silent(6, 7.5, rto.TimedOut)}, every("a", 8, "-+++++")), injected: exactly(2.5), want: said{exactly(2.5), within(8, 9.2)}, late: 1},
		"at the end of the outage":              {results: slices.Concat(outage, []rto.ProbeResult{silent(9, 10.5, rto.TimedOut)}, every("a", 11, "+++++")), injected: exactly(2.5), want: said{exactly(2.5), within(8, 11.2)}, late: 1},
		"at the begin, and nobody injected":     {results: slices.Concat(every("a", 0, "++"), []rto.ProbeResult{silent(2, 3.5, rto.TimedOut)}, every("a", 4, "--+++++")), want: said{within(1, 4.2), within(5, 6.2)}, late: 1},
		"it is all there was, of a failure":     {results: slices.Concat(every("a", 0, "++"), []rto.ProbeResult{silent(2, 3.5, rto.TimedOut)}, every("a", 4, "+++++")), want: said{within(1, 3.5), within(2, 4.2)}, late: 1},
		"no run lasts without it or with":       {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.TimedOut)}), injected: exactly(2.5), want: said{exactly(2.5), never}, late: 1, least: 5.5},
		"a run lasts without it only":           {results: slices.Concat(outage, back, []rto.ProbeResult{silent(12, 13.4, rto.TimedOut)}, every("a", 14, "++")), injected: exactly(2.5), want: said{exactly(2.5), never}, late: 1, least: 5.5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := c.injected.Lo
			got := rto.Recover(pathsOf("a"), c.results, from, c.injected, usual)
			if s := (said{got.Failed, got.Recovered}); s != c.want {
				t.Errorf("want %v\ngot  %v", c.want, s)
			}
			if got.Paths[0].Late != c.late || got.Paths[0].Flaps != c.flaps {
				t.Errorf("%d late and %d flaps, want %d and %d", got.Paths[0].Late, got.Paths[0].Flaps, c.late, c.flaps)
			}
			if unproven := !c.want.recovered.Valid(); got.RTO.Unbounded != unproven || unproven && (got.RTO.Lo.Seconds() != c.least || got.Stable != 0 || got.Paths[0].Recovered.Valid()) {
				t.Errorf("RTO %v, stable at %v", got.RTO, got.Stable)
			}
		})
	}
	got := rto.Recover(pathsOf("a"), slices.Concat(every("a", 0, "++"), []rto.ProbeResult{silent(2, 3.5, rto.TimedOut)}, every("a", 4, "+++++")), 0, rto.Moment{}, usual)
	if got.RTO.Lo != 0 || got.RTO.Unbounded {
		t.Errorf("perhaps nothing failed, and the recovery took %v", got.RTO)
	}
}

// TestRecoverContainsTheTruthOfAProberThatIsHeldUp is TestRecoverContainsTheTruth on a machine that stands still now and then: some probes that
// would have been answered come back late and without an answer.
func TestRecoverContainsTheTruthOfAProberThatIsHeldUp(t *testing.T) {
	t.Parallel()
	judged, wrong := 0, 0
	for seed := range uint64(250) {
		r := rand.New(rand.NewPCG(seed, 11))
		all := []script{scripted(r), scripted(r)}
		if ambiguous(all) {
			continue
		}
		judged++
		failed, recovered := truth(all)
		paths, hidden := pathsOf("a", "b"), pathsOf("a", "b")
		var results []rto.ProbeResult
		for i := range paths {
			paths[i].Timeout = modelTimeout
			hidden[i].Timeout = 0
			results = append(results, stalled(r, all[i].probes(r, paths[i].Name, recovered.Add(6*modelHold)), recovered.Add(modelHold))...)
		}
		injected, from := rto.At(failed), failed
		s := rto.Stability{Results: 3, Hold: modelHold}
		got := rto.Recover(paths, results, from, injected, s)
		if !spans(got.Recovered, recovered) || !got.RTO.Contains(recovered.Sub(failed)) || got.RTO.Unbounded {
			t.Errorf("seed %d: truth %v to %v, said %v, %v", seed, failed, recovered, got.Recovered, got.RTO)
			return
		}
		if !rto.Recover(hidden, results, from, injected, s).RTO.Contains(recovered.Sub(failed)) {
			wrong++ // taken for the path's, they would have said something that is not so
		}
	}
	if judged < 60 || wrong < judged/2 {
		t.Errorf("%d scripts were judged, and it mattered in %d", judged, wrong)
	}
}

// stalled has one in twenty good probes until a moment come back late and without its answer.
func stalled(r *rand.Rand, results []rto.ProbeResult, until rto.Instant) []rto.ProbeResult {
	for i, p := range results {
		if !p.Good {
			results[i].Outcome = rto.Refused
		}
		if p.Good && p.Send <= until && r.IntN(20) == 0 {
			results[i].Good, results[i].Outcome, results[i].Recv = false, rto.TimedOut, p.Send.Add(modelTimeout+between(r, 30*time.Millisecond, modelInterval))
		}
	}
	return results
}
