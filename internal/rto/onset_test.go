package rto_test

import (
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

func TestFrom(t *testing.T) {
	t.Parallel()
	long := []rto.ProbeResult{probed("a", 0, 1, true)}
	for i := range 150 {
		long = append(long, probed("a", float64(60+60*i), float64(61+60*i), false))
	}
	for name, c := range map[string]struct {
		began, declared, injected rto.Moment
		paths                     []string
		results                   int // enough in a row
		probes                    []rto.ProbeResult
		want                      float64
	}{
		"injected":                          {began: exactly(5), injected: within(7, 8), results: 3, probes: every("a", 0, "+++------"), want: 7},
		"well when it began":                {began: exactly(5), results: 3, probes: every("a", 0, "++++++---"), want: 5},
		"nobody looked":                     {began: exactly(5), results: 3, want: 5},
		"declared later":                    {began: exactly(5), declared: exactly(9), results: 3, probes: every("a", 0, "+++++++++++"), want: 9},
		"failing when declared":             {began: exactly(2), declared: exactly(9), results: 3, probes: every("a", 0, "++++------"), want: 3},
		"inside an outage":                  {began: exactly(6), results: 3, probes: every("a", 0, "++++---++"), want: 3},
		"a flap is of the same outage":      {began: exactly(8), results: 3, probes: every("a", 0, "+++-++---"), want: 2},
		"an outage before, recovered from":  {began: exactly(9), results: 3, probes: every("a", 0, "+++-+++---"), want: 6},
		"results 0 counts as one":           {began: exactly(8), results: 0, probes: every("a", 0, "+++-++---"), want: 5},
		"out of order":                      {began: exactly(6), results: 3, probes: backwards(every("a", 0, "++++---++")), want: 3},
		"few were good before":              {began: exactly(6), results: 3, probes: every("a", 0, "++-----"), want: 1},
		"a time-out that ends afterwards":   {began: exactly(3.5), results: 1, probes: append(every("a", 0, "+++"), probed("a", 3, 5, false)), want: 2},
		"the earliest path":                 {began: exactly(6), results: 2, paths: []string{"a", "b"}, probes: slices.Concat(every("a", 0, "+++++--"), every("b", 0, "+++----")), want: 2},
		"a path that is not of the drill":   {began: exactly(6), results: 2, probes: slices.Concat(every("a", 0, "+++++++"), every("b", 0, "+++----")), want: 6},
		"never seen well: any time":         {began: exactly(6), results: 2, probes: every("a", 0, "-------"), want: 6 - 7200},
		"down for longer than the lookback": {began: exactly(9000), results: 2, probes: long, want: 9000 - 7200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.paths == nil {
				c.paths = []string{"a"}
			}
			d := &rto.Drill{Began: c.began, Declared: c.declared, Injected: c.injected}
			d.Start.Paths, d.Start.Stability = pathsOf(c.paths...), rto.Stability{Results: c.results}
			if got := d.From(c.probes); got.Sub(second(c.want)).Abs() > time.Microsecond {
				t.Errorf("from %v, want %v", got, second(c.want))
			}
		})
	}
}

// TestUnknownOnset does not let a tracker that was started into an outage make it shorter than it may have been.
func TestUnknownOnset(t *testing.T) {
	t.Parallel()
	d := &rto.Drill{Began: exactly(2)}
	d.Start.Paths, d.Start.Stability = pathsOf("a"), rto.Stability{Results: 2, Hold: time.Second}
	probes := every("a", 0, "----++++++")
	r := rto.Recover(d.Start.Paths, probes, d.From(probes), d.Injected, d.Start.Stability)
	if v := rto.Judge(r.RTO, 30*time.Minute); v != rto.NotProven || !r.Recovered.Valid() {
		t.Errorf("%v is %s: nobody knows when it failed", r.RTO, v)
	}
}
