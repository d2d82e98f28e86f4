package rules

import (
	"fmt"
	"math"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// sliceEdge is series of which a slice is just good, and just bad.
type sliceEdge struct{ series []edgeSeries }

// edgeSeries is one of them. Where it is gone, it is not there.
type edgeSeries struct {
	name      string
	labels    map[string]string
	good, bad phase
}

// mostSliced is how many series a story makes up for slices at most.
const mostSliced = 50

// slicesOf makes up the series of which slices are made, where the spec says plainly what makes one good: by a number with which a series is
// compared, how many series are like that, or their sum, mean, least or greatest. It is nil for all other conditions.
func slicesOf(s spec.SLI, catalogue *metric.Catalogue) *sliceEdge {
	if s.Kind != spec.TimeSlice {
		return nil
	}
	good, okGood := promql.ParseCondition(s.GoodWhen.Text)
	known, okKnown := promql.ParseSelection(s.Known.Text)
	if !okGood || !okKnown {
		return nil
	}
	set, ok := good.Of.Example(nil, labelValues(good.Of.Name, catalogue))
	if !ok {
		return nil
	}
	var e sliceEdge
	if good.Aggregate == "count" {
		e.series, ok = countedEdge(good)
	} else {
		holds, fails := edge(good.Whole)
		e.series = []edgeSeries{{good: phase{value: holds}, bad: phase{value: fails}}}
	}
	if !ok {
		return nil
	}
	for i := range e.series {
		e.series[i].name, e.series[i].labels = good.Of.Name, merge(storyTarget(), set, map[string]string{"story": fmt.Sprint(i)})
	}
	return e.knownBy(known, catalogue)
}

// knownBy adds a series by which slices are known, unless one that is there in good and bad slices tells that; nil where none can be made up.
func (e *sliceEdge) knownBy(known promql.Selection, catalogue *metric.Catalogue) *sliceEdge {
	if first := e.series[0]; first.name == known.Name {
		if !known.Matches(first.labels) || first.good.gone || first.bad.gone {
			return nil
		}
		return e
	}
	set, ok := known.Example(nil, labelValues(known.Name, catalogue))
	if !ok {
		return nil
	}
	there := phase{value: 1}
	e.series = append(e.series, edgeSeries{known.Name, merge(storyTarget(), set), there, there})
	return e
}

// countedEdge are as many series as make a count of them just right, and just wrong.
func countedEdge(c promql.Condition) ([]edgeSeries, bool) {
	n := int(c.Whole.With)
	if float64(n) != c.Whole.With || n > mostSliced {
		return nil, false
	}
	counts := map[string][2]int{">=": {n, n - 1}, ">": {n + 1, n}, "<=": {n, n + 1}, "<": {n - 1, n}, "==": {n, n + 1}, "!=": {n + 1, n}}[c.Whole.Op]
	right, wrong := counts[0], counts[1]
	if right < 1 || wrong < 0 { // a count of none is no count
		return nil, false
	}
	like, unlike := phase{value: 1}, phase{gone: true}
	if c.Each != nil {
		like.value, unlike.value = edge(*c.Each)
		unlike.gone = false
	}
	all := make([]edgeSeries, max(right, wrong))
	for i := range all {
		all[i].good, all[i].bad = unlike, unlike
		if i < right {
			all[i].good = like
		}
		if i < wrong {
			all[i].bad = like
		}
	}
	return all, true
}

// edge are two numbers of which a comparison is just true, and just not: a number to compare with that is off by a quarter, or a small whole one
// by one, would judge one of them otherwise.
func edge(c promql.Comparison) (holds, fails float64) {
	v := c.With
	near := math.Abs(v) / 8
	if v == math.Trunc(v) {
		near = max(1, math.Trunc(math.Abs(v)/4)) / 2
	}
	other := v - 1
	if v <= 0 {
		other = v + 1
	}
	switch c.Op {
	case ">=":
		return v, v - near
	case ">":
		return v + near, v
	case "<=":
		return v, v + near
	case "<":
		return v - near, v
	case "==":
		return v, other
	}
	return other, v
}

// slicesStory has slices that are just good, then just bad, and then none of which anything is known.
func (o *objective) slicesStory(name string) TestGroup {
	const length = 2 * tile
	group := TestGroup{Name: name + ": slices are good, bad or not known", Interval: promDuration(minuteStep)}
	for _, s := range o.slices.series {
		good, bad := s.good, s.bad
		good.length, bad.length = length, length
		group.InputSeries = append(group.InputSeries, series(s.name, s.labels, gauge(minuteStep, good, bad, phase{length: length, gone: true})))
	}
	for i, failed := range []float64{0, 1} {
		t := time.Duration(i)*length + tile
		group.ExprTests = append(group.ExprTests, o.value(t, windowed(sloEventsRaw, tile), 1), o.value(t, windowed(sloErrorsRaw, tile), failed))
	}
	const unknown = 2*length + tile
	group.ExprTests = append(group.ExprTests, o.nothing(unknown, windowed(sloEventsRaw, tile)), o.nothing(unknown, windowed(sloErrorsRaw, tile)))
	return group
}
