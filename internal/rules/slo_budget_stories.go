package rules

import (
	"github.com/voipbin/observability/internal/spec"

	"fmt"
	"strings"
	"time"
)

// budgetTest is the file of the stories about what is left for the period, which begin with hours that are counted already. Composed returns the
// objective with its rules.
func (o *objective) budgetTest(composed func() *objective) Test {
	step, tell := hourTile, func() []TestGroup { return []TestGroup{composed().budgetStory()} }
	switch {
	case o.slo.SLI.Kind == spec.Weighted:
		tell = func() []TestGroup { return []TestGroup{composed().meanBudgetStory()} }
	case o.slo.Calendar != spec.Rolling:
		step, tell = o.turnStride(), func() []TestGroup { return composed().calendarStories() }
	}
	return testFile("slo_"+o.slo.Name+"-budget_test.yaml", step, []string{o.budgetFile()}, nil, tell)
}

// budgetStory tells a whole period that rolls and some hours more, with three bad stretches whose failures can be counted by hand: one at
// its begin, which has left the period in the end, one in its middle and one at its end.
func (o *objective) budgetStory() TestGroup {
	const (
		events = 1000
		burn   = 0.5 // of the last hour, for the time that the budget still lasts
	)
	period := o.slo.Period
	half, bad := (period / 2).Truncate(time.Hour), min(period/8, 6*time.Hour).Truncate(time.Hour)
	steps := func(d time.Duration) float64 { return float64(d / tileStep) }
	// A third of the budget, to a whole failure a step, is lost in each of the three stretches.
	failed := max(1, float64(int(o.allowed()*events*steps(period)/3/steps(bad))))
	lost := failed * steps(bad)
	phases := []traffic{
		{length: bad, events: events},
		{length: bad, events: events, failed: failed},
		{length: half - 2*bad, events: events},
		{length: bad, events: events, failed: failed},
		{length: period - half - 2*bad, events: events},
		{length: bad, events: events, failed: failed},
		{length: 2 * bad, events: events},
	}
	consumed := func(stretches float64) float64 {
		return stretches * lost / (events * steps(period)) / o.allowed()
	}
	later := period + 2*bad
	tests := []ExprTest{
		// Between full hours, the rest comes from the head.
		o.value(half+2*time.Hour, sloErrors+periodSuffix, lost+failed*steps(2*time.Hour)),
		o.value(half+2*time.Hour, sloEvents+periodSuffix, events*steps(half+2*time.Hour)),
		o.value(half+bad, sloErrors+periodSuffix, 2*lost),
		o.value(period, sloEvents+periodSuffix, events*steps(period)),
		o.value(period, sloErrors+periodSuffix, 3*lost),
		o.value(period, sloConsumed, consumed(3)),
		o.value(period, sloRemaining, 1-consumed(3)),
		o.value(later, sloEvents+periodSuffix, events*steps(period)),
		o.value(later, sloErrors+periodSuffix, 2*lost),
		o.value(later, sloConsumed, consumed(2)),
		o.value(later, sloRemaining, 1-consumed(2)),
		o.value(later, sloSuccess+periodSuffix, 1-2*lost/(events*steps(period))),
		o.value(later, sloExhaustion, max(1-consumed(2), 0)*period.Seconds()/burn),
		o.value(later, sloObjective, o.slo.Objective),
		o.value(later, sloBudget, o.allowed()),
		o.value(later, sloPeriod, period.Seconds()),
	}
	group := TestGroup{
		Name:     fmt.Sprintf("%s: the budget of %s is what the events say", o.slo.Name, promDuration(period)),
		Interval: promDuration(tileStep), ExprTests: tests,
	}
	all := func(t traffic) float64 { return t.events }
	bads := func(t traffic) float64 { return t.failed }
	for _, side := range o.sides() {
		of := all
		if side.kept == sloErrors {
			of = bads
		}
		for _, s := range []TestSeries{
			{Series: o.of(windowed(side.counted, hourTile)), Values: sliding(phases, hourTile, of)},
			{Series: o.of(side.kept + headSuffix), Values: heads(phases, of)},
			{Series: o.of(windowed(side.kept, time.Hour)), Values: sliding(phases, time.Hour, of)},
		} {
			group.InputSeries = replaceSeries(group.InputSeries, s) // a composite has one record for both
		}
	}
	group.InputSeries = append(group.InputSeries, TestSeries{
		Series: o.of(windowed(sloBurnRate, time.Hour)), Values: gauge(tileStep, phase{length: later + tileStep, value: burn}),
	})
	return group
}

// sliding writes the values of a sliding increase over a course of traffic: after a change it takes as many steps as
// the window has to come to its new level.
func sliding(phases []traffic, window time.Duration, of func(traffic) float64) string {
	n := int(window / tileStep)
	before := 0.0
	parts := []string{"0"}
	for _, p := range phases {
		now, length := of(p), int(p.length/tileStep)
		slope := now - before
		parts = append(parts, fmt.Sprintf("%sx%d", formatValue(float64(n)*before+slope)+signed(slope), n-1))
		if length > n {
			parts = append(parts, fmt.Sprintf("%sx%d", formatValue(float64(n)*now), length-n-1))
		}
		before = now
	}
	return strings.Join(parts, " ")
}

// heads writes what is younger than the begin of the last full hour, over a course of traffic whose changes come at full
// hours.
func heads(phases []traffic, of func(traffic) float64) string {
	perHour := int(hourTile / tileStep)
	// The head at the full hour, to which this hour adds, is the whole hour before and this one.
	hour := func(before, now float64) string {
		return fmt.Sprintf(" %s%sx%d %s", formatValue(float64(perHour)*before+now), signed(now), perHour-2, formatValue(float64(perHour)*now))
	}
	var text strings.Builder
	text.WriteString("0")
	before := 0.0
	for _, p := range phases {
		now, hours := of(p), int(p.length/hourTile)
		if hours == 0 {
			continue
		}
		text.WriteString(hour(before, now))
		text.WriteString(strings.Repeat(hour(now, now), hours-1))
		before = now
	}
	return text.String()
}

// signed writes a step of promtool's notation.
func signed(v float64) string {
	if v < 0 {
		return formatValue(v)
	}
	return "+" + formatValue(v)
}
