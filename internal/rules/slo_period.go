package rules

import (
	"fmt"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// periodStory tells a whole period and two days more, with three bad stretches whose failures can be counted by hand: one at
// its begin, which has left the period at the end, one in its middle, and one at its end that alerts.
func (o *objective) periodStory(name string, rules []Rule) TestGroup {
	const (
		events = 1000
		bad    = 6 * time.Hour
	)
	step := tileStep
	const day = 24 * time.Hour
	period := o.slo.Period
	steps := func(d time.Duration) float64 { return float64(d / step) }
	// A third of the budget, to a whole failure a step, is lost in each of the three stretches.
	failed := max(1, float64(int(o.budget()*events*steps(period)/3/steps(bad))))
	lost := failed * steps(bad)
	phases := []traffic{
		{length: day, events: events},
		{length: bad, events: events, failed: failed},
		{length: period/2 - day - bad, events: events},
		{length: bad, events: events, failed: failed},
		{length: period/2 - 2*bad, events: events},
		{length: bad, events: events, failed: failed},
		{length: 2 * day, events: events},
	}
	// The third stretch ends with the period; by the time the second day after it ends, the first has left the period.
	full := period
	later := period + 2*day
	consumed := func(stretches float64) float64 {
		return stretches * lost / (events * steps(period)) / o.budget()
	}
	tests := []ExprTest{
		o.value(day, sloErrors+periodSuffix, 0), o.value(day, sloRemaining, 1),
		o.value(period/2+bad, sloErrors+periodSuffix, 2*lost),
		o.value(full, sloEvents+periodSuffix, events*steps(period)),
		o.value(full, sloErrors+periodSuffix, 3*lost),
		o.value(full, sloConsumed, consumed(3)), o.value(full, sloRemaining, 1-consumed(3)),
		o.value(later, sloEvents+periodSuffix, events*steps(period)),
		o.value(later, sloErrors+periodSuffix, 2*lost),
		o.value(later, sloConsumed, consumed(2)), o.value(later, sloRemaining, 1-consumed(2)),
	}
	group := o.story(name, fmt.Sprintf("the budget of %s is what the events say", promDuration(period)), step, []Proof{Fires, Resets}, tests, phases...)
	group.AlertTests = []AlertTest{
		at(full, name, o.expectedBurns(rules, bad, failed/events, 1-consumed(3))...),
		at(later, name, o.expectedBurns(rules, 0, 0, 0)...),
	}
	return group
}

// expectedBurns are the alerts that fire at the end of a bad stretch that followed a long good time, with their texts.
func (o *objective) expectedBurns(rules []Rule, bad time.Duration, share, left float64) []ExpectedAlert {
	var expected []ExpectedAlert
	for i, b := range o.burns {
		inLong := share * min(1, bad.Seconds()/b.Long.Seconds())
		inShort := share * min(1, bad.Seconds()/b.Short.Seconds())
		if inLong <= b.Threshold || inShort <= b.Threshold {
			continue
		}
		burn := share / o.budget() // of the last hour, which is all bad
		more := map[string]string{
			o.budgetLeft(): percent(left) + " of the error budget is left",
			o.timeLeft():   humanDuration(max(left, 0)*o.slo.Period.Seconds()/burn) + " until it is spent at the pace of the last hour",
		}
		expected = append(expected, firing(rules[i], map[string]string{"slo": o.slo.Name}, percent(inLong), more))
	}
	return expected
}

// percent prints a ratio as the humanizePercentage function of Prometheus' templates does: four significant digits.
func percent(ratio float64) string { return fmt.Sprintf("%.4g%%", ratio*100) }

// humanDuration prints seconds as the humanizeDuration function of Prometheus' templates does, for a second or more.
func humanDuration(seconds float64) string {
	whole := int64(seconds)
	s, m, h, d := whole%60, whole/60%60, whole/3600%24, whole/86400
	switch {
	case seconds == 0:
		return "0s"
	case d > 0:
		return fmt.Sprintf("%dd %dh %dm %ds", d, h, m, s)
	case h > 0:
		return fmt.Sprintf("%dh %dm %ds", h, m, s)
	case m > 0:
		return fmt.Sprintf("%dm %ds", m, s)
	}
	return strconv.FormatFloat(slo.Clean(seconds), 'g', 4, 64) + "s"
}

// sloTests are the test files of all objectives: what is told minute by minute, and what is told by tiles.
func sloTests(objectives []objective) []File {
	rules := []string{"../../rules/kamailio.yaml", "../../rules/slo.yaml"}
	order := []string{"kamailio"}
	files := map[string]*TestFile{}
	for _, step := range []time.Duration{minuteStep, tileStep} {
		files[promDuration(step)] = &TestFile{RuleFiles: rules, EvaluationInterval: promDuration(step)}
	}
	for _, o := range objectives {
		order = append(order, "slo_"+o.slo.Name)
		for _, g := range o.stories {
			f := files[g.Interval]
			f.Tests = append(f.Tests, g)
		}
	}
	minutes, tiles := files[promDuration(minuteStep)], files[promDuration(tileStep)]
	minutes.GroupEvalOrder, tiles.GroupEvalOrder = order, order
	return []File{
		{Path: "test/promtool/slo_test.yaml", Content: *minutes},
		{Path: "test/promtool/slo_period_test.yaml", Content: *tiles},
	}
}
