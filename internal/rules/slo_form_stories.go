package rules

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// course is what happens in a story about an objective that counts no plain counters: all is good for a time, then all is
// bad, then all is good again.
type course struct{ before, bad, after time.Duration }

// form makes the series of such a story; nil for objectives whose stories are told by counters, or not at all.
type form func(course) []TestSeries

// formOf returns how the events of a probe, of time slices or of a native histogram are made up. Those of time slices are
// made up where they are recorded: of most of the spec's expressions nothing tells what they mean, so that they yield nothing in a story. That is
// done for all of these forms where a story is about more than how their events are counted.
func (o *objective) formOf(probe *Input) form {
	switch {
	case o.slo.SLI.Kind == spec.Probe && probe != nil:
		return func(c course) []TestSeries {
			return []TestSeries{series(probe.Name, probe.Labels, gauge(minuteStep, phase{length: c.before, value: 1}, phase{length: c.bad}, phase{length: c.after, value: 1}))}
		}
	case o.slo.SLI.Kind == spec.TimeSlice:
		return func(c course) []TestSeries {
			return []TestSeries{
				{Series: o.of(windowed(sloEventsRaw, tile)), Values: gauge(minuteStep, phase{length: c.before + c.bad + c.after, value: 1})},
				{Series: o.of(windowed(sloErrorsRaw, tile)), Values: gauge(minuteStep, phase{length: c.before}, phase{length: c.bad, value: 1}, phase{length: c.after})},
			}
		}
	case o.slo.SLI.Native && o.anchored && len(o.inputs) > 0:
		of := o.inputs[len(o.inputs)-1]
		return func(c course) []TestSeries {
			return []TestSeries{series(of.Name, of.Labels, histograms(o.slo.SLI.Threshold, minuteStep, traffic{length: c.before, events: formEvents},
				traffic{length: c.bad, events: formEvents, failed: formEvents}, traffic{length: c.after, events: formEvents}))}
		}
	}
	return nil
}

// recordSource makes up the records of what happened, over windows of five minutes and an hour, as they are evaluated every step.
func (o *objective) recordSource(step time.Duration, phases ...traffic) []TestSeries {
	length := time.Duration(0)
	for _, p := range phases {
		length += p.length
	}
	var made []TestSeries
	for _, w := range []time.Duration{tile, time.Hour} {
		var events, failed []float64
		for t := time.Duration(0); t <= length; t += step {
			all, bad := count(phases, t-w, t, step)
			events, failed = append(events, all), append(failed, bad)
		}
		made = append(made, TestSeries{Series: o.of(windowed(sloEventsRaw, w)), Values: notation(events)}, TestSeries{Series: o.of(windowed(sloErrorsRaw, w)), Values: notation(failed)})
	}
	return made
}

// notation writes whole numbers in promtool's notation: those that follow each other at the same distance together.
func notation(values []float64) string {
	var parts []string
	for len(values) > 0 {
		n, by := 1, 0.0
		for n < len(values) && (n == 1 || values[n]-values[n-1] == by) {
			by = values[n] - values[n-1]
			n++
		}
		text := formatValue(values[0])
		if by != 0 {
			text += signed(by)
		}
		parts = append(parts, fmt.Sprintf("%sx%d", text, n-1))
		values = values[n:]
	}
	return strings.Join(parts, " ")
}

// formEvents is how many observations a histogram of a story has a step.
const formEvents = 100

// formTales prove the alert of an objective that has a form: the tier of an hour fires, holds and resets, and nothing
// alerts without events or data.
func (o *objective) formTales(name string) []tale {
	if o.form == nil {
		return nil
	}
	tales := []tale{{tileStep, func() []TestGroup { return []TestGroup{o.formIdle(name), o.unknownStory(name)} }}}
	if b, ok := o.hourTier(); ok {
		step, _ := o.perStep()
		tales = append(tales, tale{step, func() []TestGroup { return []TestGroup{o.formStory(name, b)} }})
	} else if o.slo.SLI.Kind == spec.Probe {
		tales = append(tales, tale{minuteStep, func() []TestGroup { return []TestGroup{o.countedStory(name)} }})
	}
	switch {
	case o.slo.SLI.Native:
		tales = append(tales, tale{tileStep, func() []TestGroup { return []TestGroup{o.observationsStory(name), o.partlyStory(name)} }})
	case o.slices != nil:
		tales = append(tales, tale{tileStep, func() []TestGroup { return []TestGroup{o.slicesStory(name)} }})
	}
	return tales
}

// perStep is how far apart the events of the form are, and how many come then.
func (o *objective) perStep() (every time.Duration, events float64) {
	switch {
	case o.slo.SLI.Kind == spec.TimeSlice:
		return tile, 1
	case o.slo.SLI.Native:
		return minuteStep, formEvents
	}
	return minuteStep, 1
}

// formStory fails everything after a good hour. The alert must come with the first event that brings the share of the
// hour above the threshold and the failures to their minimum, and go when the short window is good again.
func (o *objective) formStory(name string, b slo.Burn) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const before, near = time.Hour + 2*tile, 1e-9
	every, events := o.perStep()
	hour := float64(time.Hour / every)
	bad := max(math.Floor(b.Threshold*hour+near)+1, math.Ceil(float64(max(o.slo.MinFailures, 1))/events))
	fires := before + time.Duration(bad)*every
	holds := fires - every
	if math.Abs(b.Threshold*hour-(bad-1)) < near {
		holds -= every // the share is the threshold but for noise
	}
	course := course{before: before, bad: time.Duration(bad)*every + tile, after: b.Short + 2*tile}
	over := before + course.bad + b.Short + tile
	// Samples of gauges stand at the end of their step, the first at 0; those of counters have one before.
	if !o.slo.SLI.Native {
		course.before += minuteStep
	}
	tests := []ExprTest{
		c.burning(holds, b.Name, false), c.burning(fires, b.Name, true), c.burning(fires+tile, b.Name, true), c.burning(over, b.Name, false),
		o.value(before, windowed(sloEvents, time.Hour), hour*events), o.value(before, windowed(sloErrors, time.Hour), 0),
	}
	if o.slo.SLI.Kind != spec.TimeSlice {
		all := float64(tile/every) * events
		tests = append(tests, o.value(before, windowed(sloEventsRaw, tile), all), o.value(before, windowed(sloErrorsRaw, tile), 0),
			o.value(fires+tile, windowed(sloEventsRaw, tile), all), o.value(fires+tile, windowed(sloErrorsRaw, tile), all))
	}
	return TestGroup{
		Name: fmt.Sprintf("%s: %s comes when %s have passed the threshold, and goes with %s", name, b.Name, promDuration(b.Long), promDuration(b.Short)), Interval: promDuration(minuteStep),
		Proves: []Proof{Fires, Holds, Resets}, InputSeries: o.form(course), ExprTests: tests,
	}
}

// countedStory holds what is counted of a probe to minutes that failed. It is for objectives without a tier of an hour; the others prove it with that.
func (o *objective) countedStory(name string) TestGroup {
	const before, bad, soon, late = 2*time.Hour + 2*tile, 7 * time.Minute, 4 * time.Minute, 40 * time.Minute
	minutes := func(d time.Duration) float64 { return d.Minutes() }
	return TestGroup{
		Name: name + ": each minute that fails counts once, in every window", Interval: promDuration(minuteStep),
		InputSeries: o.form(course{before: before + minuteStep, bad: bad, after: late}),
		ExprTests: []ExprTest{
			o.value(before, windowed(sloEventsRaw, tile), minutes(tile)), o.value(before, windowed(sloErrorsRaw, tile), 0),
			o.value(before, windowed(sloEventsRaw, time.Hour), minutes(time.Hour)), o.value(before, windowed(sloErrorsRaw, time.Hour), 0),
			o.value(before+soon, windowed(sloEventsRaw, tile), minutes(tile)), o.value(before+soon, windowed(sloErrorsRaw, tile), minutes(soon)),
			o.value(before+late, windowed(sloEventsRaw, time.Hour), minutes(time.Hour)), o.value(before+late, windowed(sloErrorsRaw, time.Hour), minutes(bad)),
		},
	}
}

// formIdle has nothing happen: a histogram stands still; a probe does not run, and of slices nothing is known.
func (o *objective) formIdle(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const before, t = 10 * time.Minute, 2 * time.Hour
	input := o.form(course{before: before})
	tests := []ExprTest{o.nothing(t, windowed(sloErrorRatio, time.Hour)), o.nothing(t, windowed(sloSuccess, tile))}
	if o.slo.SLI.Native {
		still := o.form(course{})
		input = still
		input[0].Values += fmt.Sprintf("x%d", int(t/minuteStep))
		tests = append(tests, o.value(t, windowed(sloEvents, time.Hour), 0), o.value(t, windowed(sloErrors, time.Hour), 0))
	}
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(t, b.Name, false))
	}
	return TestGroup{
		Name: name + ": without events nothing is known and nothing alerts", Interval: promDuration(minuteStep), Proves: []Proof{Silent},
		InputSeries: input, ExprTests: tests,
	}
}
