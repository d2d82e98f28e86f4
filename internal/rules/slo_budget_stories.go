package rules

import (
	"fmt"
	"strings"
	"time"
)

// budgetEvaluation is how often the rules are evaluated in the story of a period. It begins at the records that slo.yaml
// makes, five minutes apart, and what is made of them is the same however often it is made; so a month takes seconds.
const budgetEvaluation = 20 * time.Minute

// budgetStory tells a whole period and some hours more, with three bad stretches whose failures can be counted by hand: one at
// its begin, which has left the period in the end, one in its middle and one at its end.
func (o *objective) budgetStory() TestGroup {
	const (
		events = 1000
		burn   = 4 // of the last hour, for the time that the budget still lasts
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
		// Between half hours, the rest comes from the small tiles.
		o.value(half+20*time.Minute, sloErrors+periodSuffix, lost+4*failed),
		o.value(half+20*time.Minute, sloEvents+periodSuffix, events*steps(half+20*time.Minute)),
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
	for _, w := range BaseWindows() {
		group.InputSeries = append(group.InputSeries,
			TestSeries{Series: o.of(windowed(sloErrors, w)), Values: sliding(phases, w, bads)},
			TestSeries{Series: o.of(windowed(sloEvents, w)), Values: sliding(phases, w, all)})
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

// signed writes a step of promtool's notation.
func signed(v float64) string {
	if v < 0 {
		return formatValue(v)
	}
	return "+" + formatValue(v)
}
