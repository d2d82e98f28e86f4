package rules

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// nativeSchema is the resolution of the histograms of stories, as Prometheus numbers them: eight buckets between powers of two. Their bounds are
// closer together than a threshold and one that is off by a quarter.
const (
	nativeSchema = 3
	nativePower  = 1 << nativeSchema
)

// histograms writes a native histogram in promtool's notation over a course of traffic: good observations in the second bucket below that of
// the threshold, failed ones in the next above it. So none is in the threshold's own, where its part would be reckoned and not counted.
func histograms(threshold float64, step time.Duration, phases ...traffic) string {
	low := int(math.Ceil(math.Log2(threshold)*nativePower)) - 2
	write := func(good, bad float64) string {
		all := formatValue(good + bad)
		return fmt.Sprintf("{{schema:%d sum:%s count:%s offset:%d buckets:[%s 0 0 %s]}}", nativeSchema, all, all, low, formatValue(good), formatValue(bad))
	}
	good, bad := 0.0, 0.0
	parts := []string{write(0, 0)}
	for _, p := range phases {
		n := int(p.length / step)
		if n == 0 {
			continue
		}
		first := write(good+p.events-p.failed, bad+p.failed)
		switch {
		case p.gap:
			parts = append(parts, fmt.Sprintf("_x%d", n))
		case p.events == 0:
			parts = append(parts, fmt.Sprintf("%sx%d", first, n-1))
		default:
			parts = append(parts, fmt.Sprintf("%s+%sx%d", first, write(p.events-p.failed, p.failed), n-1))
		}
		good, bad = good+(p.events-p.failed)*float64(n), bad+p.failed*float64(n)
	}
	return strings.Join(parts, " ")
}

// observationsStory has bursts of observations, another share of each too slow, and wants those of the last five minutes and of the last hour
// counted, and no others. There are powers of two of them in each window, of which every share is exact.
func (o *objective) observationsStory(name string) TestGroup {
	const minute, t = time.Minute, 2 * time.Hour
	in := o.inputs[len(o.inputs)-1]
	values := histograms(o.slo.SLI.Threshold, minuteStep,
		traffic{length: 29 * minute}, traffic{length: minute, events: 64, failed: 64}, // more than an hour ago
		traffic{length: 44 * minute}, traffic{length: minute, events: 64}, // more than half an hour
		traffic{length: 37 * minute}, traffic{length: minute, events: 32, failed: 32}, // more than five minutes
		traffic{length: 2 * minute}, traffic{length: minute, events: 16, failed: 12},
		traffic{length: 2 * minute}, traffic{length: minute, events: 16, failed: 4}, traffic{length: minute})
	return TestGroup{
		Name: name + ": each observation counts once, in every window", Interval: promDuration(minuteStep), InputSeries: []TestSeries{series(in.Name, in.Labels, values)},
		ExprTests: []ExprTest{
			o.value(t, windowed(sloEventsRaw, tile), 16+16), o.value(t, windowed(sloErrorsRaw, tile), 12+4),
			o.value(t, windowed(sloEventsRaw, time.Hour), 64+32+16+16), o.value(t, windowed(sloErrorsRaw, time.Hour), 32+12+4),
		},
	}
}

// partlyStory has one observation in a bucket around the threshold: a part of it failed, as Prometheus reckons, which is neither none nor one.
func (o *objective) partlyStory(name string) TestGroup {
	const t, quarters = 2 * tile, 4
	in := o.inputs[len(o.inputs)-1]
	around := formatValue(2 * o.slo.SLI.Threshold) // from as much below 0 to as much above
	values := fmt.Sprintf("{{schema:%d z_bucket_w:%s}}x7 {{schema:%d sum:0 count:1 z_bucket:1 z_bucket_w:%s}}x4", nativeSchema, around, nativeSchema, around)
	group := TestGroup{
		Name: name + ": of what is in a bucket around the threshold a part counts", Interval: promDuration(minuteStep), InputSeries: []TestSeries{series(in.Name, in.Labels, values)},
	}
	for _, w := range []time.Duration{tile, time.Hour} {
		group.ExprTests = append(group.ExprTests, ExprTest{
			Expr: fmt.Sprintf("round(%d * %s)", quarters, o.of(windowed(sloErrorsRaw, w))), EvalTime: promDuration(t),
			Expected: []ExpectedSample{{Labels: fmt.Sprintf("{slo=%q}", o.slo.Name), Value: 1}},
		})
	}
	return group
}

// dataSource makes up what an objective reads, for stories about whether there is anything to be read: counters, a histogram, the gauge of a
// probe, or what is recorded of slices. It is nil where nothing can be made up.
func (o *objective) dataSource() eventSource {
	switch {
	case o.source != nil:
		return o.source
	case o.form == nil:
		return nil
	case o.slo.SLI.Kind == spec.TimeSlice:
		return func(step time.Duration, phases ...traffic) []TestSeries {
			events, failed := states(phases)
			return []TestSeries{
				{Series: o.of(windowed(sloEventsRaw, tile)), Values: gauge(step, events...)}, {Series: o.of(windowed(sloErrorsRaw, tile)), Values: gauge(step, failed...)},
			}
		}
	}
	return func(step time.Duration, phases ...traffic) []TestSeries {
		var length time.Duration
		for _, p := range phases {
			length += p.length
		}
		made := o.upAll(step, phase{length: length + step, value: 1})
		for _, in := range o.dataInputs() {
			made = append(made, series(in.Name, in.Labels, o.course(in, step, phases)))
		}
		return made
	}
}

// course writes the histogram or the gauge that an objective reads over a course of traffic.
func (o *objective) course(in Input, step time.Duration, phases []traffic) string {
	if in.Histogram {
		return histograms(o.slo.SLI.Threshold, step, phases...)
	}
	good, _ := states(phases)
	return gauge(step, good...)
}

// states are a course of what is there, and of what is not, while something is known. Stories begin with a sample in which nothing has happened yet.
func states(phases []traffic) (there, none []phase) {
	there, none = []phase{{length: minuteStep, value: 1}}, []phase{{length: minuteStep}}
	for _, p := range phases {
		there = append(there, phase{length: p.length, value: 1, gap: p.gap})
		none = append(none, phase{length: p.length, gap: p.gap})
	}
	return there, none
}

// read are the series that the objective reads, as far as they can be made up, and their targets.
func (o *objective) read() []Input {
	if o.probe != nil {
		return []Input{{Name: metric.Up.Name, Labels: targetOf(o.probe.Labels), Counts: CountsUp}, *o.probe}
	}
	return o.inputs
}

// dataInputs are those without their targets.
func (o *objective) dataInputs() []Input {
	var all []Input
	for _, in := range o.read() {
		if in.Counts != CountsUp {
			all = append(all, in)
		}
	}
	return all
}

// once is the value of a series that has counted one event, or tells that all is well.
func (in Input) once() string {
	if in.Histogram {
		return "{{schema:0 sum:1 count:1 buckets:[1]}}"
	}
	return "1"
}
