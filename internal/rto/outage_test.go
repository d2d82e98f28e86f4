package rto_test

import (
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// every makes probes of a path, one a second from the given second on: + is good, - is bad, a space is none. Each takes 0.2 s.
func every(path string, from float64, pattern string) []rto.ProbeResult {
	var all []rto.ProbeResult
	for i, c := range pattern {
		if c != ' ' {
			all = append(all, probed(path, from+float64(i), from+float64(i)+0.2, c == '+'))
		}
	}
	return all
}

func probed(path string, send, recv float64, good bool) rto.ProbeResult {
	return rto.ProbeResult{Path: path, Send: second(send), Recv: second(recv), Good: good}
}

func pathsOf(names ...string) []rto.Path {
	paths := make([]rto.Path, len(names))
	for i, n := range names {
		paths[i] = rto.Path{Name: n, Want: rto.Served, Interval: time.Second, Timeout: time.Second}
	}
	return paths
}

func TestRecover(t *testing.T) {
	t.Parallel()
	usual := rto.Stability{Results: 3, Hold: 3 * time.Second}
	type said struct{ failed, recovered, partial rto.Moment }
	never := rto.Moment{}
	for name, c := range map[string]struct {
		paths    []string
		results  []rto.ProbeResult
		from     float64
		injected rto.Moment
		s        *rto.Stability
		want     said
		stable   float64 // 0 is never
		flaps    int     // of the first path
		least    float64 // the RTO's lower edge if nothing recovered
	}{
		"one outage":                 {results: every("a", 0, "+++---+++++"), want: said{within(2, 3.2), within(5, 6.2), within(5, 6.2)}, stable: 9.2},
		"injected":                   {results: every("a", 0, "+++---+++++"), from: 2.5, injected: exactly(2.5), want: said{exactly(2.5), within(5, 6.2), within(5, 6.2)}, stable: 9.2},
		"out of order":               {results: backwards(every("a", 0, "+++---+++++")), want: said{within(2, 3.2), within(5, 6.2), within(5, 6.2)}, stable: 9.2},
		"unknown paths are skipped":  {results: slices.Concat(every("z", 0, "-----------------"), every("a", 0, "+++---+++++")), want: said{within(2, 3.2), within(5, 6.2), within(5, 6.2)}, stable: 9.2},
		"nothing fails":              {results: every("a", 0, "++++++++"), want: said{never, never, never}},
		"nothing fails in a drill":   {results: every("a", 0, "++++++++"), from: 2, injected: exactly(2), want: said{exactly(2), never, never}},
		"no results at all":          {injected: exactly(2), from: 2, want: said{exactly(2), never, never}},
		"flapping":                   {results: every("a", 0, "++-+-++-+++++"), want: said{within(1, 2.2), within(7, 8.2), within(2, 3.2)}, stable: 11.2, flaps: 2},
		"flapping without an end":    {results: every("a", 0, "++-+-++-"), want: said{within(1, 2.2), never, within(2, 3.2)}, flaps: 2, least: 4.8},
		"relapse within Hold":        {results: every("a", 0, "+---+++-+++++"), want: said{within(0, 1.2), within(7, 8.2), within(3, 4.2)}, stable: 11.2, flaps: 1},
		"relapse after Hold":         {results: every("a", 0, "+---+++++-----"), want: said{within(0, 1.2), within(3, 4.2), within(3, 4.2)}, stable: 7.2},
		"not long enough yet":        {results: every("a", 0, "+---+++"), want: said{within(0, 1.2), never, within(3, 4.2)}, least: 1.8},
		"long enough, too few":       {results: slices.Concat(every("a", 0, "+---"), every("a", 4, "+  +")), s: &rto.Stability{Results: 3, Hold: 2 * time.Second}, want: said{within(0, 1.2), never, within(3, 4.2)}, least: 1.8},
		"the prober dies":            {results: every("a", 0, "+---+"), want: said{within(0, 1.2), never, within(3, 4.2)}, least: 1.8},
		"results 0, hold 0":          {results: every("a", 0, "+---+"), s: &rto.Stability{}, want: said{within(0, 1.2), within(3, 4.2), within(3, 4.2)}, stable: 4.2},
		"results 0 and nobody looks": {paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+---+++"), every("b", 0, "++")), s: &rto.Stability{}, want: said{within(0, 1.2), never, within(3, 4.2)}, least: 1.8},
		"bad before from only":       {results: every("a", 0, "--+++++"), from: 2, want: said{never, never, never}},
		"from inside an outage":      {results: every("a", 0, "+-----++++++"), from: 2.5, want: said{within(2.5, 3.2), within(5, 6.2), within(5, 6.2)}, stable: 9.2},
		"joint: the later one counts": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+--+++++++++++"), every("b", 0.5, "++---+++++++++")),
			want: said{within(0, 1.2), within(4.5, 5.7), within(2, 3.2)}, stable: 9.2,
		},
		"joint: the first relapses while the second is down": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+--+++++--+++++++"), every("b", 0.5, "+------++++++++++")),
			want: said{within(0, 1.2), within(9, 10.2), within(2, 3.2)}, stable: 13.7, flaps: 1,
		},
		"joint: good in turns, never at once": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+--+++++-----+++++"), every("b", 0.5, "+-------+++++-----")),
			want: said{within(0, 1.2), never, within(2, 3.2)}, flaps: 1, least: 16.3,
		},
		"a path that never failed, and is looked at": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "++--++++++"), every("b", 0.5, "++++++++++")),
			want: said{within(1, 2.2), within(3, 4.2), within(3, 4.2)}, stable: 7.7,
		},
		"a path that never failed, and whose prober died": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "++--++++++"), every("b", 0.5, "+++++")),
			want: said{within(1, 2.2), never, within(3, 4.2)}, least: 0.8,
		},
		"a path that nobody probed": {
			paths: []string{"a", "b"}, results: every("a", 0, "++--++++++"), want: said{within(1, 2.2), never, within(3, 4.2)}, least: 0.8,
		},
		"a path that never failed and was not seen for long": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "++--+++++++++++++++"), every("b", 0.5, "++          +++++++")),
			want: said{within(1, 2.2), within(3, 12.7), within(3, 4.2)}, stable: 16.2,
		},
		"a path that was bad when it began": {
			paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+++-++++++++++"), every("b", 0, "++-  +++++++++")), from: 2.5, injected: exactly(2.5),
			want: said{exactly(2.5), within(3, 5.2), within(3, 4.2)}, stable: 9.2,
		},
		"a hole in the proof": {
			results: every("a", 0, "+--++       +++++"), want: said{within(0, 1.2), within(2, 12.2), within(2, 3.2)}, stable: 15.2,
		},
		"a hole after the proof":         {results: every("a", 0, "+--+++++         +++"), want: said{within(0, 1.2), within(2, 3.2), within(2, 3.2)}, stable: 6.2},
		"a hole in the outage":           {results: every("a", 0, "+--        +++++"), want: said{within(0, 1.2), within(2, 11.2), within(2, 11.2)}, stable: 14.2},
		"one that is missed is no hole":  {results: every("a", 0, "+--++ ++++"), want: said{within(0, 1.2), within(2, 3.2), within(2, 3.2)}, stable: 6.2},
		"the slower path failed earlier": {paths: []string{"a", "b"}, results: slices.Concat(every("a", 0, "+++--+++++++"), []rto.ProbeResult{probed("b", 0.5, 0.7, true), probed("b", 4, 4.9, false)}, every("b", 5, "+++++++")), want: said{within(0.5, 3.2), within(4, 5.2), within(4, 5.2)}, stable: 9.2},
		"two vantages: a time-out that was sent before a good answer": {
			results: slices.Concat(every("a", 0, "++"), []rto.ProbeResult{probed("a", 2, 4, false), probed("a", 2.5, 2.6, true), probed("a", 3.5, 3.6, true)}, every("a", 4.1, "++++++")),
			want:    said{within(1, 4), within(2, 4.3), within(2, 4.3)}, stable: 7.3,
		},
		"two vantages: a slow good answer sent before a refusal": {
			results: slices.Concat(every("a", 0, "+"), []rto.ProbeResult{probed("a", 2, 4, true), probed("a", 3, 3.1, false)}, every("a", 4.1, "+++++")),
			want:    said{within(0, 3.1), within(3, 4.3), within(3, 4.3)}, stable: 7.3,
		},
		"two vantages: the refusal ends before the time-out": {
			results: slices.Concat(every("a", 0, "+"), []rto.ProbeResult{probed("a", 1, 3, false), probed("a", 1.5, 1.6, false)}, every("a", 4, "+++++")),
			want:    said{within(0, 1.6), within(1.5, 4.2), within(1.5, 4.2)}, stable: 7.2,
		},
		"two vantages: a late answer does not prove beyond a bad result": {
			results: slices.Concat(every("a", 0, "+-+++"), []rto.ProbeResult{probed("a", 5, 6.5, true), probed("a", 5.1, 5.2, false)}),
			want:    said{within(0, 1.2), never, within(1, 2.2)}, flaps: 1, least: 3.9,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.paths == nil {
				c.paths = []string{"a"}
			}
			if c.s == nil {
				c.s = &usual
			}
			got := rto.Recover(pathsOf(c.paths...), c.results, second(c.from), c.injected, *c.s)
			if s := (said{got.Failed, got.Recovered, got.Partial}); s != c.want {
				t.Errorf("want %v\ngot  %v", c.want, s)
			}
			if c.stable > 0 && got.Stable.Sub(second(c.stable)).Abs() > time.Microsecond || c.stable == 0 && got.Stable != 0 {
				t.Errorf("stable at %v, want %v", got.Stable, second(c.stable))
			}
			if got.Paths[0].Flaps != c.flaps {
				t.Errorf("%d flaps, want %d", got.Paths[0].Flaps, c.flaps)
			}
			want := rto.Bracket{Unbounded: true, Lo: time.Duration(c.least * float64(time.Second))}
			if c.want.recovered.Valid() {
				want = c.want.recovered.Since(c.want.failed)
			}
			if d := got.RTO.Lo - want.Lo; got.RTO.Unbounded != want.Unbounded || got.RTO.Hi != want.Hi || d.Abs() > time.Microsecond {
				t.Errorf("RTO %v, want %v", got.RTO, want)
			}
		})
	}
}

func backwards(r []rto.ProbeResult) []rto.ProbeResult {
	slices.Reverse(r)
	return r
}

func TestHole(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]float64{"+--   +++": 3.8, "+--+++++": 0.8, "+++   +++": 3.8, "+": 0} {
		got := rto.Recover(pathsOf("a"), every("a", 0, pattern), second(0), rto.Moment{}, rto.Stability{Results: 1}).Paths[0].Hole
		if (got - time.Duration(want*float64(time.Second))).Abs() > time.Microsecond {
			t.Errorf("%q: %v, want %v s", pattern, got, want)
		}
	}
}

// TestSilenceWithoutAnInterval holds no silence against a path whose interval is not known.
func TestSilenceWithoutAnInterval(t *testing.T) {
	t.Parallel()
	got := rto.Recover([]rto.Path{{Name: "a"}}, every("a", 0, "+-+         ++"), second(0), rto.Moment{}, rto.Stability{Results: 3})
	if got.Recovered != within(1, 2.2) {
		t.Errorf("%v", got.Recovered)
	}
}
