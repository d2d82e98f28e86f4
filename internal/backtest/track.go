package backtest

import (
	"slices"
	"time"
)

// track follows one rule over the times at which it was evaluated.
type track struct {
	job         job
	evaluations []int64 // without those that Prometheus missed
}

func newTrack(j job, first, last time.Time, step time.Duration, outages []Span) *track {
	t := &track{job: j}
	for at := first; !at.After(last); at = at.Add(step) {
		if !down(outages, at.UnixMilli()) {
			t.evaluations = append(t.evaluations, at.UnixMilli())
		}
	}
	return t
}

func down(outages []Span, t int64) bool {
	return slices.ContainsFunc(outages, func(s Span) bool { return s.has(t) })
}

// record turns points into the samples that Prometheus stores: where a series was and is no more, it gets a stale marker.
func (t *track) record(points map[int64]Sample) []Sample {
	samples := make([]Sample, 0, len(points))
	there := false
	for _, at := range t.evaluations {
		p, ok := points[at]
		switch {
		case ok:
			samples = append(samples, p)
		case there:
			samples = append(samples, Stale(at))
		}
		there = ok
	}
	return samples
}

// follow finds the stretches in which an alert fires: its expression yields something at every evaluation for as long as
// the rule's "for" demands.
func (t *track) follow(points map[int64]Sample) []Firing {
	var fired []Firing
	var active, start int64
	pending, firing := false, false
	stop := func(at int64, open bool) {
		if firing {
			fired = append(fired, Firing{
				Active: time.UnixMilli(active).UTC(), Start: time.UnixMilli(start).UTC(), End: time.UnixMilli(at).UTC(), Open: open,
			})
		}
		pending, firing = false, false
	}
	for _, at := range t.evaluations {
		if _, ok := points[at]; !ok {
			stop(at, false)
			continue
		}
		if !pending {
			pending, active = true, at
		}
		if !firing && at-active >= t.job.hold.Milliseconds() {
			firing, start = true, at
		}
	}
	if n := len(t.evaluations); n > 0 {
		stop(t.evaluations[n-1], true)
	}
	return fired
}
