package rules

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// Stories about windows of more than six hours begin with the records that these read: events by half hours, and the ratios of short
// windows. That those are what happened is told minute by minute by the stories of the quick tiers, so that days take no more than their
// half hours.
const dayStep = dayTile

// What the budget is in such a story, of which only the texts of alerts tell.
const (
	daysLeft    = 0.4
	daysSeconds = 97320
)

// slowTales prove the tiers whose long window has more than six hours.
func (o *objective) slowTales(name string, rules []Rule) []tale {
	if len(o.slowBurns()) == 0 {
		return nil // of the windows that a composite reads, its own stories tell
	}
	return []tale{{dayStep, func() []TestGroup {
		var stories []TestGroup
		for i, b := range o.burns {
			if b.Long > sixHours {
				stories = append(stories, o.slowTierStory(name, b, rules[i]))
			}
		}
		return append(stories, o.slowGuardStory(name), o.slowIdleStory(name))
	}}}
}

// recordStep is how far apart the records are that such stories make up: closer than they are read.
const recordStep = dayStep / 2

// halfHours are the events of a course of traffic as they are recorded, of the last half hour each time. They change at half hours.
func (o *objective) halfHours(phases []traffic) []TestSeries {
	values := func(of func(traffic) float64) string {
		course := []phase{{length: dayStep}} // nothing has happened yet
		for _, p := range phases {
			course = append(course, phase{length: p.length, value: of(p)})
		}
		return gauge(recordStep, course...)
	}
	return []TestSeries{
		{Series: o.of(windowed(sloEvents, dayTile)), Values: values(func(t traffic) float64 { return t.events })},
		{Series: o.of(windowed(sloErrors, dayTile)), Values: values(func(t traffic) float64 { return t.failed })},
	}
}

// shortRatio is the failure ratio of a short window; nothing for one that is recorded beside the long ones.
func (o *objective) shortRatio(window time.Duration, course ...phase) []TestSeries {
	if window > sixHours {
		return nil
	}
	return []TestSeries{{Series: o.of(windowed(sloErrorRatio, window)), Values: gauge(recordStep, course...)}}
}

// slowTierStory fails a steady share of events after a long window of nothing but good ones. The alert must come at the half hour after
// the share in the long window has passed the threshold, and go when that of the short window has fallen below it.
func (o *objective) slowTierStory(name string, b slo.Burn, rule Rule) TestGroup {
	const near, steps, most = 0.0123, 6, 12 // as the threshold changes by a quarter, the crossing does by a step
	c := clock{alert: name, step: dayStep}
	times := max(2, min(most, float64(b.Long/c.step)/steps))
	failed := math.Round(min(times*b.Threshold, (1+b.Threshold)/2) * o.storyEvents())
	share := failed / o.storyEvents()
	begin := c.step + c.up(b.Long)
	crossing := c.down(time.Duration(float64(b.Long) * b.Threshold / share))
	end := begin + crossing + 2*c.step
	over := end + c.step
	if b.Short > sixHours {
		over = end + c.up(time.Duration(float64(b.Short)*(1-b.Threshold/share)))
	}
	phases := []traffic{
		{length: c.step, events: o.storyEvents(), failed: failed}, // which the long window has left by then
		{length: begin - c.step, events: o.storyEvents()}, {length: end - begin, events: o.storyEvents(), failed: failed}, {length: over - end + c.step, events: o.storyEvents()},
	}
	above, below := min(b.Threshold*(1+near), (1+b.Threshold)/2), b.Threshold*(1-near)
	_, old := windowCount(phases, b.Long, b.Long, c.step)
	tests := []ExprTest{
		c.burning(begin+crossing, b.Name, false), c.burning(begin+crossing+c.step, b.Name, true), c.burning(end, b.Name, true), c.burning(over, b.Name, false),
		o.value(b.Long, windowed(sloErrors, b.Long), old),
	}
	for _, w := range o.windows() {
		if w > sixHours {
			events, failed := windowCount(phases, w, end, c.step)
			tests = append(tests, o.values(end, w, events, failed)...)
		}
	}
	input := append(o.halfHours(phases), o.shortRatio(b.Short, phase{length: end + c.step, value: above}, phase{length: over - end + c.step, value: below})...)
	whole := phase{length: over + 2*c.step}
	for record, value := range map[string]float64{sloRemaining: daysLeft, sloExhaustion: daysSeconds} {
		whole.value = value
		input = append(input, TestSeries{Series: o.of(record), Values: gauge(recordStep, whole)})
	}
	slices.SortFunc(input, func(a, b TestSeries) int { return strings.Compare(a.Series, b.Series) })
	more := map[string]string{
		o.budgetLeft(): fmt.Sprintf(budgetLeftText, percent(daysLeft)), o.timeLeft(): fmt.Sprintf(timeLeftText, humanDuration(daysSeconds)),
	}
	return TestGroup{
		Name: fmt.Sprintf("%s: %s comes when %s have passed the threshold, and goes with %s", name, b.Name, promDuration(b.Long), promDuration(b.Short)), Interval: promDuration(recordStep),
		Proves: []Proof{Fires, Holds, Resets}, InputSeries: input, ExprTests: tests,
		AlertTests: []AlertTest{at(end, name, firing(rule, map[string]string{"slo": o.slo.Name}, percent(share*float64(crossing+2*c.step)/float64(b.Long)), more))},
	}
}

// slowGuardStory has so little traffic that few failures are a large share, here all: one failure less than the minimum must not alert,
// the next must.
func (o *objective) slowGuardStory(name string) TestGroup {
	c := clock{alert: name, step: dayStep}
	const few, enough = 2 * dayStep, 5 * dayStep
	before := float64(max(o.slo.MinFailures, 1) - 1)
	input := o.halfHours([]traffic{
		{length: few - c.step}, {length: c.step, events: before, failed: before}, {length: enough - few - c.step}, {length: c.step, events: 1, failed: 1}, {length: c.step},
	})
	var tests []ExprTest
	var shorts []time.Duration
	for _, b := range o.slowBurns() {
		tests = append(tests, c.burning(enough-c.step, b.Name, false), c.burning(enough, b.Name, true))
		if !slices.Contains(shorts, b.Short) {
			shorts = append(shorts, b.Short)
			input = append(input, o.shortRatio(b.Short, phase{length: enough + 2*c.step, value: 1})...)
		}
	}
	return TestGroup{
		Name: name + ": little traffic alerts over days only from the minimum of failures on", Interval: promDuration(recordStep), Proves: []Proof{Holds}, InputSeries: input, ExprTests: tests,
	}
}

// slowIdleStory has no event for hours: of the long windows nothing is known, whatever a short one says. Then comes one, which is all of them.
func (o *objective) slowIdleStory(name string) TestGroup {
	c := clock{alert: name, step: dayStep}
	const t = 4 * dayStep
	input := o.halfHours([]traffic{{length: t}, {length: c.step, events: 1, failed: 1}})
	var tests []ExprTest
	var shorts []time.Duration
	for _, b := range o.slowBurns() {
		tests = append(tests, o.value(t+c.step, windowed(sloErrorRatio, b.Long), 1), o.value(t, windowed(sloEvents, b.Long), 0), o.nothing(t, windowed(sloErrorRatio, b.Long)), o.nothing(t, windowed(sloSuccess, b.Long)), c.burning(t, b.Name, false))
		if !slices.Contains(shorts, b.Short) {
			shorts = append(shorts, b.Short)
			input = append(input, o.shortRatio(b.Short, phase{length: t + 2*c.step, value: 1})...)
		}
	}
	return TestGroup{
		Name: name + ": without events over days nothing is known and nothing alerts", Interval: promDuration(recordStep), Proves: []Proof{Silent}, InputSeries: input, ExprTests: tests,
	}
}
