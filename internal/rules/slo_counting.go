package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// counting is how the events of an objective are counted at their source.
type counting struct {
	// failed and all count events over a window.
	failed, all func(time.Duration) string
	// anyWindow is true when an hour can be counted as well as five minutes; otherwise hours are made of five minutes.
	anyWindow bool
	// born and returned count what an increase over five minutes cannot see; nil where nothing can be said of it.
	born, returned func() pair
	// metrics are the series that are read, for the question which targets they come from.
	metrics []string
}

// pair is an expression for failed events and one for all.
type pair struct{ failed, all string }

// countingOf returns how the events of an objective are counted. The error is a problem of the spec's own expressions.
func countingOf(s spec.SLI, anchored bool) (counting, error) {
	switch s.Kind {
	case spec.Latency:
		return countLatency(s, anchored)
	case spec.Probe:
		return countProbe(s), nil
	case spec.TimeSlice:
		return countSlices(s), nil
	}
	return countEvents(s.Errors.Text, s.Good.Text, s.Total.Text, anchored)
}

// countEvents counts by expressions over a range. Of errors and good, one is empty. An expression that yields nothing for
// the errors, or for the good ones, while there are events means that there were none.
func countEvents(failed, good, total string, anchored bool) (counting, error) {
	var c counting
	parted, linear := [3]sourceExpr{}, true
	for i, text := range []string{failed, good, total} {
		if text == "" {
			continue
		}
		in, err := promql.ParseIncreases(text)
		if err != nil {
			return counting{}, err
		}
		parted[i] = sourceExpr{text, in}
		linear = linear && in.Linear
		for _, s := range in.Selectors {
			c.metrics = append(c.metrics, overWindow(s, tile))
		}
	}
	of := func(of func(sourceExpr) string) pair {
		failed, good, total := of(parted[0]), of(parted[1]), of(parted[2])
		if good != "" {
			return pair{fmt.Sprintf("(%s) - ((%s) or 0 * (%s))", total, good, total), total}
		}
		return pair{fmt.Sprintf("%s or 0 * (%s)", failed, total), total}
	}
	c.anyWindow = true
	c.failed = func(w time.Duration) string {
		return of(func(e sourceExpr) string { return e.over(w, anchored) }).failed
	}
	c.all = func(w time.Duration) string { return parted[2].over(w, anchored) }
	if linear {
		c.born = func() pair { return of(func(e sourceExpr) string { return e.with(bornIncrease) }) }
		c.returned = func() pair { return of(func(e sourceExpr) string { return e.with(returnedIncrease) }) }
	}
	return c, nil
}

// sourceExpr is an expression of the spec by which events are counted; both empty for one that is not there.
type sourceExpr struct {
	text      string
	increases *promql.Increases
}

// over is the expression for one window; its increases are anchored where the server knows that.
func (e sourceExpr) over(w time.Duration, anchored bool) string {
	if !anchored || e.text == "" || len(e.increases.Selectors) == 0 {
		return overWindow(e.text, w)
	}
	return overWindow(e.increases.Replace(func(selector string) string { return increase(selector, w, true) }), w)
}

// with is the expression over a tile, with what how makes of their selectors in the place of its increases.
func (e sourceExpr) with(how func(selector string) string) string {
	if e.text == "" {
		return ""
	}
	return overWindow(e.increases.Replace(how), tile)
}

// overWindow puts a window into an expression of the spec.
func overWindow(text string, w time.Duration) string {
	return promql.Expand(text, promql.Window(w)).Text
}

// countLatency counts the observations of a histogram: those above the threshold failed.
func countLatency(s spec.SLI, anchored bool) (counting, error) {
	if s.Native {
		return countNative(s, anchored), nil
	}
	good, err := promql.Suffixed(s.Metric.Text, "_bucket", &s.Threshold)
	if err != nil {
		return counting{}, err
	}
	total, err := promql.Suffixed(s.Metric.Text, "_count", nil)
	if err != nil {
		return counting{}, err
	}
	sum := func(selector string) string { return fmt.Sprintf("sum(increase(%s[$window]))", selector) }
	return countEvents("", sum(good), sum(total), anchored)
}

// countNative counts the observations of a native histogram. A threshold within a bucket is interpolated. Without
// observations there is no fraction, which must not become NaN.
func countNative(s spec.SLI, anchored bool) counting {
	sum := func(w time.Duration) string { return fmt.Sprintf("sum(%s)", increase(s.Metric.Text, w, anchored)) }
	all := func(w time.Duration) string { return fmt.Sprintf("histogram_count(%s)", sum(w)) }
	failed := func(w time.Duration) string {
		return fmt.Sprintf("(1 - histogram_fraction(-Inf, %s, %s)) * %s >= 0 or 0 * %s", slo.FormatNumber(s.Threshold), sum(w), all(w), all(w))
	}
	return counting{failed: failed, all: all, anyWindow: true, metrics: []string{s.Metric.Text}}
}

// countProbe counts the samples of a gauge that is 1 or 0. They are counted as they are: no window begins or ends between
// two of them.
func countProbe(s spec.SLI) counting {
	all := func(w time.Duration) string {
		return fmt.Sprintf("sum(count_over_time(%s[%s]))", s.Metric.Text, promDuration(w))
	}
	failed := func(w time.Duration) string {
		return fmt.Sprintf("%s - sum(sum_over_time(%s[%s]))", all(w), s.Metric.Text, promDuration(w))
	}
	return counting{failed: failed, all: all, anyWindow: true, metrics: []string{s.Metric.Text}}
}

// countSlices counts slices of five minutes by what is the case at their end.
func countSlices(s spec.SLI) counting {
	known := fmt.Sprintf("count(%s)", s.Known.Text)
	return counting{
		all: func(time.Duration) string { return fmt.Sprintf("vector(1) and on () %s", known) },
		failed: func(time.Duration) string {
			return fmt.Sprintf("(1 - (count(%s) > bool 0) or vector(1)) and on () %s", s.GoodWhen.Text, known)
		},
	}
}

// Counters are looked back at, for whether a series is new or was only away, as rarely as finds one that was there for as
// long as it is away. A month of sparse looks costs a fortieth of a day of every sample.
const (
	onceNear = "last_over_time($S[1h:10m] offset 5m)"
	onceDay  = "last_over_time($S[1d:2h] offset 1h)"
	onceFar  = "last_over_time($S[28d:4d] offset 1d)"
	// lastKnown is the last value before now: as of every full ten minutes for an hour, of the full half hour for six, and of
	// every third hour for three days. Of what was away for longer too little is known to count what happened meanwhile.
	lastKnown = "(" + onceNear + " or last_over_time($S[6h:30m] offset 1h) or last_over_time($S[3d:3h] offset 6h))"
	// justBefore yields the series of which an increase over five minutes has a value to begin with.
	justBefore = "present_over_time($S[5m] offset 5m)"
	first      = "min_over_time($S[5m])"
)

// fewEvents is the count up to which a counter that its target did not show five minutes before is taken as begun anew,
// even if it was known earlier: a process that restarts forgets its rare errors, and begins with one again. A collector
// that failed meanwhile brings as few old ones at most.
const fewEvents = 5

// wasThere yields the targets that were scraped five minutes ago.
const wasThere = "up offset 5m == 1"

// bornIncrease is what counters begin with that came to be in the last five minutes. An increase needs two values and
// so loses the first, which is all of an error that happens once. A target must have been scraped before, since the first
// value of a process that is new to Prometheus tells its whole past; and the series must not have been there in the four
// weeks before, unless it counts less now than then, or little.
func bornIncrease(selector string) string {
	return strings.ReplaceAll(fmt.Sprintf("(%s and on (job, instance) %s) unless %s unless ((%s or %s or %s) <= $S and $S > %d)",
		first, wasThere, justBefore, onceNear, onceDay, onceFar, fewEvents), "$S", selector)
}

// returnedIncrease is what counters that were away grew by meanwhile: scrapes failed, or Prometheus did not run. What a
// process counted that restarted while it was away is lost: nothing tells since when.
func returnedIncrease(selector string) string {
	return strings.ReplaceAll(fmt.Sprintf("(%s - %s) >= 0 unless %s unless ($S <= %d and on (job, instance) %s)",
		first, lastKnown, justBefore, fewEvents, wasThere), "$S", selector)
}
