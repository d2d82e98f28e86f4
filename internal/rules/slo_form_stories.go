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
// made up where they are recorded: the spec's expressions yield nothing in a story, as nothing tells what they mean.
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
			return []TestSeries{series(of.Name, of.Labels, histograms(o.slo.SLI.Threshold, c))}
		}
	}
	return nil
}

// histograms writes a native histogram in promtool's notation that counts formEvents observations a step: good ones well
// below the threshold, in the second bucket below it, bad ones well above.
func histograms(threshold float64, c course) string {
	low := int(math.Floor(math.Log2(threshold))) - 1
	gap := int(math.Ceil(math.Log2(threshold))) + 2 - low - 1
	write := func(good, bad float64) string {
		between := strings.Repeat(" 0", gap)
		return fmt.Sprintf("{{schema:0 sum:%s count:%s offset:%d buckets:[%s%s %s]}}", formatValue(good+bad), formatValue(good+bad), low, formatValue(good), between, formatValue(bad))
	}
	good, bad := 0.0, 0.0
	parts := []string{write(0, 0)}
	for _, p := range []struct {
		length    time.Duration
		good, bad float64
	}{{c.before, formEvents, 0}, {c.bad, 0, formEvents}, {c.after, formEvents, 0}} {
		n := int(p.length / minuteStep)
		if n == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s+%sx%d", write(good+p.good, bad+p.bad), write(p.good, p.bad), n-1))
		good, bad = good+p.good*float64(n), bad+p.bad*float64(n)
	}
	return strings.Join(parts, " ")
}

// formEvents is how many observations a histogram of a story has a step.
const formEvents = 100

// formTales prove the alert of an objective that has a form: the tier of an hour fires, holds and resets, and nothing
// alerts without events or data.
func (o *objective) formTales(name string, rules []Rule) []tale {
	if o.form == nil {
		return nil
	}
	tales := append(o.slowTales(name, rules), tale{tileStep, func() []TestGroup { return []TestGroup{o.formIdle(name), o.unknownStory(name)} }})
	if b, ok := o.hourTier(); ok {
		step, _ := o.perStep()
		tales = append(tales, tale{step, func() []TestGroup { return []TestGroup{o.formStory(name, b)} }})
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
	return TestGroup{
		Name: fmt.Sprintf("%s: %s comes when %s have passed the threshold, and goes with %s", name, b.Name, promDuration(b.Long), promDuration(b.Short)), Interval: promDuration(minuteStep),
		Proves: []Proof{Fires, Holds, Resets}, InputSeries: o.form(course), ExprTests: tests,
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
