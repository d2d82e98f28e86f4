package rto

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Path is a critical path: the service is back when all of them are.
type Path struct {
	Name string `json:"name"`
	// Want is the grade that counts as good.
	Want Grade `json:"want"`
	// Region is who must answer after the failover; empty if anybody may.
	Region string `json:"region,omitempty"`
	// Interval and Timeout of its probes; they bound how wide its brackets can be.
	Interval time.Duration `json:"interval_ns"`
	Timeout  time.Duration `json:"timeout_ns"`
}

// Stability is when a recovery counts: every critical path has been good for at least Results probes and for Hold of time.
type Stability struct {
	Results int           `json:"results"`
	Hold    time.Duration `json:"hold_ns"`
}

// Outage is what the probes of one path say of a failure.
type Outage struct {
	Path string `json:"path"`
	// Failed is when it stopped serving: after the start of the last good probe, before the end of the first that failed.
	Failed Moment `json:"failed,omitzero"`
	// FirstGood is when it first served again, whether or not that lasted: after the start of the last bad probe, before the end of the good one.
	FirstGood Moment `json:"first_good,omitzero"`
	// Recovered is when the run of good results began that belongs to the joint recovery.
	Recovered Moment `json:"recovered,omitzero"`
	// Flaps counts runs of good results that did not last.
	Flaps int `json:"flaps,omitempty"`
	// Hole is the longest time without any result since the failure: nothing can be said of it.
	Hole time.Duration `json:"hole_ns,omitempty"`
}

// Recovery is what all critical paths together say.
type Recovery struct {
	// Failed is T0: the injection, or the failure of the path that failed first.
	Failed Moment `json:"failed,omitzero"`
	// Recovered is the start of the first run in which every path was good and that lasted.
	Recovered Moment `json:"recovered,omitzero"`
	// Stable is when that run had lasted long enough to be called one: the end of verification. 0 if none did.
	Stable Instant `json:"stable,omitempty"`
	// Partial is when the first path that had failed served again.
	Partial Moment `json:"partial,omitzero"`
	// RTO is from Failed to Recovered. As long as nothing recovered it is unbounded, and at least the time to the newest bad result.
	RTO   Bracket  `json:"rto"`
	Paths []Outage `json:"paths"`
}

// goodRun is an unbroken run of good results of one path.
type goodRun struct {
	begin  Moment
	recvs  []Instant
	broken bool // a bad result followed
}

// Recover finds the failure at or after `from` and the recovery of all paths from it. injected is the moment of the injection in a drill; with
// the zero Moment the failure is bracketed by the path that failed first. Results of unknown paths are skipped.
//
// The clock stops at the start of the run, so that waiting for proof is not charged, but a path that fails again within Hold starts it anew
// (recovery evidence 2.4).
func Recover(paths []Path, results []ProbeResult, from Instant, injected Moment, s Stability) Recovery {
	r := Recovery{Failed: injected, RTO: Bracket{Unbounded: true}}
	runs := make([][]goodRun, 0, len(paths))
	for _, p := range paths {
		o, good := readPath(p.Name, results, from)
		r.Paths, runs = append(r.Paths, o), append(runs, good)
		if !o.Failed.Valid() {
			continue
		}
		if !injected.Valid() && (!r.Failed.Valid() || o.Failed.Hi < r.Failed.Hi) {
			r.Failed = o.Failed
		}
		if o.FirstGood.Valid() && (!r.Partial.Valid() || o.FirstGood.Hi < r.Partial.Hi) {
			r.Partial = o.FirstGood
		}
	}
	if !r.Failed.Valid() {
		return r
	}
	chosen, ok := joint(runs, s)
	if !ok {
		r.RTO.Lo = max(lastBad(paths, results).Sub(r.Failed.Hi), 0)
		return r
	}
	for i, run := range chosen {
		r.Paths[i].Flaps = flapsBefore(runs[i], run)
		if r.Paths[i].Failed.Valid() {
			r.Paths[i].Recovered = run.begin
			r.Recovered = r.Recovered.Later(run.begin)
		}
	}
	if !r.Recovered.Valid() {
		return r
	}
	for _, run := range chosen {
		at, _ := run.provenAt(r.Recovered.Hi, s)
		r.Stable = max(r.Stable, at)
	}
	r.RTO = r.Recovered.Since(r.Failed)
	return r
}

// lastBad is the start of the newest bad result of any path: no recovery that lasted began before it.
func lastBad(paths []Path, results []ProbeResult) Instant {
	last := Instant(math.MinInt64 / 2)
	for _, r := range results {
		if !r.Good && slices.ContainsFunc(paths, func(p Path) bool { return p.Name == r.Path }) {
			last = max(last, r.Send)
		}
	}
	return last
}

// readPath reads one path's results: its failure, and its runs of good results from there on. Of a path that never failed the one run
// that counts begins at `from`.
func readPath(name string, results []ProbeResult, from Instant) (Outage, []goodRun) {
	mine := make([]ProbeResult, 0, len(results))
	for _, r := range results {
		if r.Path == name {
			mine = append(mine, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b ProbeResult) int { return cmp.Compare(a.Send, b.Send) })
	o := Outage{Path: name}
	first := o.fail(mine, from)
	if first < 0 {
		run := goodRun{begin: At(from)}
		for _, r := range mine {
			run.recvs = append(run.recvs, r.Recv)
		}
		return o, []goodRun{run}
	}
	return o, o.runs(mine[first:])
}

// fail sets Failed and returns the index of the first bad result that ends at or after from, -1 without one. What was good before bounds the
// failure from below, and so does from.
func (o *Outage) fail(results []ProbeResult, from Instant) int {
	lo := from
	for i, r := range results {
		if r.Good {
			lo = max(lo, r.Send)
			continue
		}
		if r.Recv < from {
			continue
		}
		o.Failed = Moment{Lo: min(lo, r.Recv), Hi: r.Recv}
		return i
	}
	return -1
}

// runs reads results from the first bad one on.
func (o *Outage) runs(results []ProbeResult) []goodRun {
	var runs []goodRun
	bad, open := results[0], false
	for i, r := range results {
		if i > 0 {
			o.Hole = max(o.Hole, r.Send.Sub(results[i-1].Recv))
		}
		if !r.Good {
			if open {
				runs[len(runs)-1].broken = true
			}
			bad, open = r, false
			continue
		}
		if !open {
			runs, open = append(runs, goodRun{begin: Moment{Lo: bad.Send, Hi: max(r.Recv, bad.Send)}}), true
		}
		runs[len(runs)-1].recvs = append(runs[len(runs)-1].recvs, r.Recv)
	}
	if len(runs) > 0 {
		o.FirstGood = runs[0].begin
	}
	return runs
}

// joint chooses a run of each path so that all of them last from the latest begin on.
func joint(runs [][]goodRun, s Stability) ([]goodRun, bool) {
	at := make([]int, len(runs))
	for {
		var begin Moment
		for i := range runs {
			if at[i] == len(runs[i]) {
				return nil, false
			}
			begin = begin.Later(runs[i][at[i]].begin)
		}
		moved := false
		for i := range runs {
			_, lasts := runs[i][at[i]].provenAt(begin.Hi, s)
			if lasts {
				continue
			}
			if !runs[i][at[i]].broken {
				return nil, false // it may yet last, but has not
			}
			at[i]++
			moved = true
		}
		if !moved {
			chosen := make([]goodRun, len(runs))
			for i := range runs {
				chosen[i] = runs[i][at[i]]
			}
			return chosen, true
		}
	}
}

// provenAt is the end of the result with which the run had lasted long enough from begin on; false if it never had.
func (g goodRun) provenAt(begin Instant, s Stability) (Instant, bool) {
	n := 0
	for _, recv := range g.recvs {
		if recv < begin {
			continue
		}
		n++
		if n >= s.Results && recv.Sub(begin) >= s.Hold {
			return recv, true
		}
	}
	return 0, false
}

func flapsBefore(runs []goodRun, chosen goodRun) int {
	n := 0
	for _, r := range runs {
		if r.begin.Lo < chosen.begin.Lo {
			n++
		}
	}
	return n
}
