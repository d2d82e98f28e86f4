package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// meanStories prove the alert and the records of a weighted composite, over records of its parts.
func (o *objective) meanStories(name string, rules []Rule) []TestGroup {
	stories := []TestGroup{o.weightsStory(name), o.absentPartStory(name)}
	for i, b := range o.burns {
		stories = append(stories, o.meanTierStory(name, b, rules[i]))
	}
	return stories
}

// stretch is how long each state of a story about a mean lasts.
const stretch = 30 * time.Minute

// weightsStory lets one part after the other fail altogether: the mean is that part's weight.
func (o *objective) weightsStory(name string) TestGroup {
	var tests []ExprTest
	for i, p := range o.slo.SLI.Parts {
		t := time.Duration(i+1)*stretch - tileStep
		for _, w := range o.windows() {
			tests = append(tests, o.value(t, windowed(sloErrorRatio, w), p.Weight), o.value(t, windowed(sloSuccess, w), 1-p.Weight),
				o.value(t, windowed(sloBurnRate, w), p.Weight/o.allowed()))
		}
	}
	var input []TestSeries
	for i, p := range o.slo.SLI.Parts {
		for _, w := range o.windows() {
			input = append(input, TestSeries{Series: stepSeries(sloErrorRatio, w, p.Name), Values: o.oneAfterTheOther(i, stretch)})
		}
	}
	return o.told(name, "each part has its weight", input, nil, tests)
}

// oneAfterTheOther is 1 while it is a part's turn, and 0 otherwise.
func (o *objective) oneAfterTheOther(part int, turn time.Duration) string {
	turns := make([]phase, len(o.slo.SLI.Parts))
	for i := range turns {
		turns[i].length = turn
	}
	turns[part].value = 1
	return gauge(tileStep, turns...)
}

// absentPartStory lets all parts but one fail altogether, and knows nothing of that one.
func (o *objective) absentPartStory(name string) TestGroup {
	c := clock{alert: name, step: tileStep}
	var input []TestSeries
	var tests []ExprTest
	for _, w := range o.windows() {
		for _, p := range o.slo.SLI.Parts[1:] {
			input = append(input, TestSeries{Series: stepSeries(sloErrorRatio, w, p.Name), Values: gauge(tileStep, phase{length: stretch + tileStep, value: 1})})
		}
		tests = append(tests, o.nothing(stretch, windowed(sloErrorRatio, w)))
	}
	for _, b := range o.burns {
		tests = append(tests, c.burning(stretch, b.Name, false))
		input = append(input, TestSeries{Series: stepSeries(sloErrors, b.Long, o.slo.SLI.Parts[1].Name), Values: gauge(tileStep, phase{length: stretch + tileStep, value: 1e6})})
	}
	return o.told(name, "without one of the parts nothing is known and nothing alerts", input, []Proof{Silent}, append(tests, o.nothing(stretch, sloRemaining)))
}

// meanTierStory leads a tier through its conditions: each of the windows, and the minimum of failures.
func (o *objective) meanTierStory(name string, b slo.Burn, rule Rule) TestGroup {
	const near = 0.0123 // of the threshold
	c := clock{alert: name, step: tileStep}
	below, above, enough := b.Threshold*(1-near), min(b.Threshold*(1+near), (1+b.Threshold)/2), float64(max(o.slo.MinFailures, 1))
	states := []struct {
		long, short, failures float64
		fires                 bool
	}{
		{above, below, enough, false}, {below, above, enough, false}, {above, above, enough - 1, false}, {above, above, enough, true}, {above, below, enough, false},
	}
	var long, short, failures []phase
	var tests []ExprTest
	for i, s := range states {
		long = append(long, phase{length: stretch, value: s.long})
		short = append(short, phase{length: stretch, value: s.short})
		failures = append(failures, phase{length: stretch, value: s.failures})
		tests = append(tests, c.burning(time.Duration(i+1)*stretch-c.step, b.Name, s.fires))
	}
	whole := phase{length: time.Duration(len(states)) * stretch}
	const spent, pace = 0.4, 1.7 // of the budget, and of the last hour where the tier says nothing about that
	courses := map[string]string{promDuration(b.Long): gauge(c.step, long...), promDuration(b.Short): gauge(c.step, short...)}
	hour, burn := promDuration(time.Hour), above/o.allowed()
	if courses[hour] == "" {
		burn = pace
		whole.value = pace * o.allowed()
		courses[hour] = gauge(c.step, whole)
	}
	whole.value = spent * o.allowed()
	courses[periodSuffix] = gauge(c.step, whole)
	var input []TestSeries
	for _, window := range sortedCourses(courses) {
		for _, p := range o.slo.SLI.Parts {
			input = append(input, TestSeries{Series: fmt.Sprintf("%s{slo=%q}", sloErrorRatio+window, p.Name), Values: courses[window]})
		}
	}
	input = append(input, TestSeries{Series: stepSeries(sloErrors, b.Long, o.slo.SLI.Parts[len(o.slo.SLI.Parts)-1].Name), Values: gauge(c.step, failures...)})
	// The alert finds the record of the step before.
	more := map[string]string{
		o.budgetLeft(): fmt.Sprintf(budgetLeftText, percent(1-spent)),
		o.timeLeft():   o.lastsText(storyTime(4*stretch-2*c.step), 1-spent, burn),
	}
	group := o.told(name, b.Name+" needs both windows and the minimum of failures", input, []Proof{Fires, Holds, Resets}, tests)
	group.AlertTests = []AlertTest{at(4*stretch-c.step, name, firing(rule, map[string]string{"slo": o.slo.Name}, percent(above), more))}
	return group
}

func sortedCourses(courses map[string]string) []string {
	windows := make([]string, 0, len(courses))
	for w := range courses {
		windows = append(windows, w)
	}
	slices.SortFunc(windows, strings.Compare)
	return windows
}

// meanBudgetStory lets one part after the other lose everything in the whole period.
func (o *objective) meanBudgetStory() TestGroup {
	const burn = 0.5
	group := TestGroup{Name: fmt.Sprintf("%s: the budget of %s is the mean of the parts'", o.slo.Name, promDuration(o.slo.Period)), Interval: promDuration(tileStep)}
	end := time.Duration(len(o.slo.SLI.Parts)) * hourTile
	for i, p := range o.slo.SLI.Parts {
		t := time.Duration(i) * hourTile
		group.InputSeries = append(group.InputSeries, TestSeries{Series: fmt.Sprintf("%s{slo=%q}", sloErrorRatio+periodSuffix, p.Name), Values: o.oneAfterTheOther(i, hourTile)})
		consumed := p.Weight / o.allowed()
		group.ExprTests = append(group.ExprTests, o.value(t, sloSuccess+periodSuffix, 1-p.Weight), o.value(t, sloConsumed, consumed), o.value(t, sloRemaining, 1-consumed),
			o.lastsAt(t, storyTime(t), 1-consumed, burn))
	}
	last := end - hourTile
	group.ExprTests = append(group.ExprTests, o.value(last, sloObjective, o.slo.Objective), o.value(last, sloBudget, o.allowed()), o.value(last, sloPeriod, o.slo.Period.Seconds()))
	group.InputSeries = append(group.InputSeries, TestSeries{Series: o.of(windowed(sloBurnRate, time.Hour)), Values: gauge(tileStep, phase{length: end, value: burn})})
	return group
}
