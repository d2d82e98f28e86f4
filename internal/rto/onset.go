package rto

import (
	"cmp"
	"slices"
	"time"
)

// lookback bounds how long before its declaration a real failure is looked for.
const lookback = 2 * time.Hour

// From is the instant from which on failures are this drill's: the injection's, or else the onset of what was failing when somebody declared it.
// A path that had been good for Stability.Results in a row since an earlier failure had recovered from that one.
func (d *Drill) From(results []ProbeResult) Instant {
	if d.Injected.Valid() {
		return d.Injected.Lo
	}
	began := d.Began.Lo
	if d.Declared.Valid() {
		began = max(began, d.Declared.Lo)
	}
	from := began
	for _, p := range d.Start.Paths {
		if onset, failing := onsetBefore(p.Name, results, began, d.Start.Stability.Results); failing {
			from = min(from, onset)
		}
	}
	return from
}

// onsetBefore is the start of the last good probe before the failure that a path was in at the given time; false if it was well. A path that
// nobody saw well may have failed at any time that is looked back upon: a tracker that was started into an outage cannot know its age.
func onsetBefore(path string, results []ProbeResult, at Instant, enough int) (Instant, bool) {
	var mine []ProbeResult
	for _, r := range results {
		if r.Path == path && r.Send <= at && r.Send >= at.Add(-lookback) {
			mine = append(mine, r)
		}
	}
	slices.SortStableFunc(mine, func(a, b ProbeResult) int { return cmp.Compare(a.Send, b.Send) })
	if len(mine) == 0 || mine[len(mine)-1].Good {
		return at, false
	}
	good := 0
	for i := len(mine) - 1; i >= 0; i-- {
		if !mine[i].Good {
			good = 0
			continue
		}
		good++
		if good >= max(enough, 1) {
			return mine[i+good-1].Send, true
		}
	}
	if good > 0 {
		return mine[good-1].Send, true
	}
	return at.Add(-lookback), true
}
