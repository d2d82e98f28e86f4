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
	// FirstGood is when it first served again, whether or not that lasted: after the start of the last bad probe, before the end of the first
	// good one that was sent after the bad one had ended.
	FirstGood Moment `json:"first_good,omitzero"`
	// Recovered is when the run of good results began that belongs to the joint recovery.
	Recovered Moment `json:"recovered,omitzero"`
	// Flaps counts runs of good results that did not last.
	Flaps int `json:"flaps,omitempty"`
	// Hole is the longest time without any result since the failure, or since `from` without one: nothing can be said of it.
	Hole time.Duration `json:"hole_ns,omitempty"`
	// Late counts results without an answer that came back later than their time limit allows: the prober was held up, and they say nothing.
	Late int `json:"late,omitempty"`
}

// Recovery is what all critical paths together say.
type Recovery struct {
	// Failed is T0: the injection, or the earliest failure of any path. Which path failed first need not be known.
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

// goodRun is a run of good results of one path without a bad one in between and without a hole.
type goodRun struct {
	begin  Moment
	recvs  []Instant
	broken bool // a bad result followed, or a hole: it can get no longer
	failed bool // a bad result followed
}

// Recover finds the failure at or after `from` and the recovery of all paths from it. injected is the moment of the injection in a drill; with
// the zero Moment the failure is bracketed by the path that failed first. Results of unknown paths are skipped.
//
// The clock stops at the start of the run, so that waiting for proof is not charged, but a path that fails again within Hold starts it anew
// (recovery evidence 2.4). Where a path was not looked at for longer than its probes' intervals explain, before its run had lasted, the
// recovery may lie anywhere up to the first result after that hole. A result that says nothing of its path, because its prober was held up,
// may have been bad or not: the brackets span both.
func Recover(paths []Path, results []ProbeResult, from Instant, injected Moment, s Stability) Recovery {
	r := recovered(paths, results, from, injected, s)
	kept, late := decided(paths, results, from)
	if len(kept) == len(results) {
		return r
	}
	r = either(r, recovered(paths, kept, from, injected, s))
	for i := range r.Paths {
		r.Paths[i].Late = late[r.Paths[i].Path]
	}
	return r
}

// recovered is Recover for results that each say what they say.
func recovered(paths []Path, results []ProbeResult, from Instant, injected Moment, s Stability) Recovery {
	r := Recovery{Failed: injected, RTO: Bracket{Unbounded: true}}
	runs := make([][]goodRun, 0, len(paths))
	for _, p := range paths {
		o, good := readPath(p, results, from)
		r.Paths, runs = append(r.Paths, o), append(runs, good)
		if !o.Failed.Valid() {
			continue
		}
		if !injected.Valid() {
			r.Failed = first(r.Failed, o.Failed)
		}
		r.Partial = first(r.Partial, o.FirstGood)
	}
	if !r.Failed.Valid() {
		return r
	}
	if !slices.ContainsFunc(r.Paths, func(o Outage) bool { return o.Failed.Valid() }) {
		return r // nothing was seen to fail, so nothing can be seen to recover
	}
	chosen, ok := joint(runs, s)
	if !ok {
		for i := range runs {
			r.Paths[i].Flaps = flaps(runs[i])
		}
		r.RTO.Lo = max(lastBad(paths, results).Sub(r.Failed.Hi), 0)
		return r
	}
	for i, run := range chosen {
		r.Paths[i].Flaps = flaps(runs[i][:run])
		begin := runs[i][run].begin
		if r.Paths[i].Failed.Valid() {
			r.Paths[i].Recovered = begin
		}
		r.Recovered = r.Recovered.Later(begin)
	}
	for i, run := range chosen {
		at, _ := runs[i][run].provenAt(r.Recovered.Hi, s)
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

// first is the moment at which the earlier of both happened; one that is not known is passed over.
func first(a, b Moment) Moment {
	switch {
	case !a.Valid():
		return b
	case !b.Valid():
		return a
	}
	return Moment{Lo: min(a.Lo, b.Lo), Hi: min(a.Hi, b.Hi)}
}

// readPath reads one path's results: its failure, and its runs of good results from there on. The first run of a path that never failed
// begins at `from` if it was good just before, else with its first good result.
func readPath(p Path, results []ProbeResult, from Instant) (Outage, []goodRun) {
	mine := make([]ProbeResult, 0, len(results))
	for _, r := range results {
		if r.Path == p.Name {
			mine = append(mine, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b ProbeResult) int { return cmp.Compare(a.Send, b.Send) })
	o := Outage{Path: p.Name}
	if i := o.fail(mine, from); i >= 0 {
		return o, o.runs(mine[i:], reading{limit: p.hole(), lo: mine[i].Send, until: from})
	}
	now := reading{limit: p.hole(), lo: from, until: from}
	i := 0
	for ; i < len(mine) && mine[i].Recv < from; i++ {
		now.seen, now.last = true, max(now.last, mine[i].Recv)
	}
	if now.seen && mine[i-1].Good {
		now.open = &goodRun{begin: At(from)}
	}
	return o, o.runs(mine[i:], now)
}

// hole is the time without a result from which on it is not known whether the service went on: more than the widest bracket that probes at
// their interval leave. 0 if the interval is not known; then no silence is one.
func (p Path) hole() time.Duration {
	if p.Interval <= 0 {
		return 0
	}
	return 2 * (p.Interval + p.Timeout)
}

// fail sets Failed and returns the index of the first bad result that ends at or after from, -1 without one. What was good before bounds the
// failure from below, and so does from. Where probes overlap, as those of two vantage points do, only one that had ended when the bad one was
// sent was certainly before it, and the bad one that ended first bounds the failure from above.
func (o *Outage) fail(results []ProbeResult, from Instant) int {
	at := slices.IndexFunc(results, func(r ProbeResult) bool { return !r.Good && r.Recv >= from })
	if at < 0 {
		return -1
	}
	o.Failed = Moment{Lo: from, Hi: results[at].Recv}
	for _, r := range results {
		switch {
		case r.Good && r.Recv <= results[at].Send:
			o.Failed.Lo = max(o.Failed.Lo, r.Send)
		case !r.Good && r.Recv >= from:
			o.Failed.Hi = min(o.Failed.Hi, r.Recv)
		}
	}
	return at
}

// reading is how far one path's results are read.
type reading struct {
	limit time.Duration
	// lo is the start of the last bad result, until the latest end of any: service is proven from the first good one on that was sent after it.
	lo, until Instant
	seen      bool
	last      Instant // the latest end of any result
	open      *goodRun
}

// runs reads results on from a state.
func (o *Outage) runs(results []ProbeResult, now reading) []goodRun {
	var runs []goodRun
	end := func(failed bool) {
		if now.open != nil {
			now.open.broken, now.open.failed = true, failed
			runs = append(runs, *now.open)
			now.open = nil
		}
	}
	for _, r := range results {
		silent := time.Duration(0)
		if now.seen {
			silent = r.Send.Sub(now.last)
			o.Hole = max(o.Hole, silent)
		}
		now.seen, now.last = true, max(now.last, r.Recv)
		switch {
		case !r.Good:
			if now.open != nil { // an answer that came after this was sent does not show that the run lasted longer
				now.open.recvs = slices.DeleteFunc(now.open.recvs, func(i Instant) bool { return i > r.Send })
			}
			end(true)
			now.lo, now.until = r.Send, max(now.until, r.Recv)
			continue
		case now.open != nil && now.limit > 0 && silent > now.limit:
			// It may have failed and recovered unseen, or have gone on: it recovered between the old run's begin and this result.
			lo := now.open.begin.Lo
			end(false)
			now.open = &goodRun{begin: Moment{Lo: lo, Hi: r.Recv}}
		case now.open == nil && r.Send < now.until:
			continue // it overlaps a bad one: nobody knows which was first
		case now.open == nil:
			now.open = &goodRun{begin: Moment{Lo: now.lo, Hi: r.Recv}}
		}
		now.open.recvs = append(now.open.recvs, r.Recv)
	}
	if now.open != nil {
		runs = append(runs, *now.open)
	}
	if o.Failed.Valid() && len(runs) > 0 {
		o.FirstGood = runs[0].begin
	}
	return runs
}

// joint chooses a run of each path, by its index, so that all of them last from the latest begin on.
func joint(runs [][]goodRun, s Stability) ([]int, bool) {
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
			return at, true
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

// flaps counts the runs that ended with a bad result.
func flaps(runs []goodRun) int {
	n := 0
	for _, r := range runs {
		if r.failed {
			n++
		}
	}
	return n
}
