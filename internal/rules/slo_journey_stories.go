package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/spec"
)

// Journeys and ratios of their stories are fractions of powers of two, so that products of them are exact.
const (
	journeys = 1024
	half     = 0.5
)

// stepsOf writes one value a tile for each stretch of traffic, to the last digit; what is left out has none.
func stepsOf(phases []traffic, of func(traffic) (float64, bool)) string {
	parts := make([]string, 0, len(phases)+1)
	parts = append(parts, "0") // stories begin with nothing having happened yet
	for _, t := range phases {
		v, known := of(t)
		parts = append(parts, repeat(phase{length: t.length, gap: !known}, strconv.FormatFloat(v, 'f', -1, 64), tileStep))
	}
	return strings.Join(parts, " ")
}

// journeySource makes up the records of the steps: the first has the journeys, and all failures are the last one's.
func (o *objective) journeySource() eventSource {
	names := o.partNames()
	return func(_ time.Duration, phases ...traffic) []TestSeries {
		events := func(t traffic) (float64, bool) { return t.events, true }
		ratio := func(failing bool) func(traffic) (float64, bool) {
			return func(t traffic) (float64, bool) {
				if failing {
					return t.failed / t.events, t.events > 0
				}
				return 0, t.events > 0
			}
		}
		input := []TestSeries{{Series: stepSeries(sloEvents, tile, names[0]), Values: stepsOf(phases, events)}}
		for i, name := range names {
			input = append(input, TestSeries{Series: stepSeries(sloErrorRatio, tile, name), Values: stepsOf(phases, ratio(i == len(names)-1))})
		}
		return input
	}
}

// stepSeries is a record of a part.
func stepSeries(record string, window time.Duration, name string) string {
	return fmt.Sprintf("%s{slo=%q}", windowed(record, window), name)
}

// journeyStories prove what a journey is made of, beyond its tiers.
func (o *objective) journeyStories(name string) []TestGroup {
	return append(append(o.fewJourneysStory(name), o.quietStepStories(name)...),
		o.productStory(name), o.absentStepStory(name), o.idleJourneyStory(name), o.singleStory(name), o.journeyHoursStory(name))
}

// productStory lets the first two steps fail at once for an hour: half of the journeys in the one, a quarter in the other.
func (o *objective) productStory(name string) TestGroup {
	const length, quarter = time.Hour, 0.25
	course := func(v float64) string {
		return gauge(tileStep, phase{length: tileStep}, phase{length: length, value: v})
	}
	names := o.partNames()
	input := []TestSeries{{Series: stepSeries(sloEvents, tile, names[0]), Values: course(journeys)}}
	for i, n := range names {
		input = append(input, TestSeries{Series: stepSeries(sloErrorRatio, tile, n), Values: course([]float64{half, quarter, 0}[min(i, 2)])})
	}
	const failed = journeys * (1 - (1-half)*(1-quarter))
	var tests []ExprTest
	for _, w := range []time.Duration{tile, 30 * time.Minute, time.Hour} {
		n := float64(w / tile)
		tests = append(tests, o.values(length, w, n*journeys, n*failed)...)
	}
	return o.told(name, "a journey fails where a step fails, and once where two do", input, nil, append(tests, o.value(length, sloErrors+periodSuffix, 12*failed)))
}

// told is a story over records of parts.
func (o *objective) told(name, title string, input []TestSeries, proves []Proof, tests []ExprTest) TestGroup {
	return TestGroup{Name: name + ": " + title, Interval: promDuration(tileStep), Proves: proves, InputSeries: input, ExprTests: tests}
}

// quietStepStories have a step that had no event for some minutes, of which the last hour is known: each of the steps in turn.
func (o *objective) quietStepStories(name string) []TestGroup {
	const t = 20 * time.Minute
	names := o.partNames()
	stories := make([]TestGroup, len(names))
	for i, quiet := range names {
		input := o.source(tileStep, traffic{length: t, events: journeys})
		// The first series are the journeys.
		input[i+1] = TestSeries{Series: stepSeries(sloErrorRatio, time.Hour, quiet), Values: gauge(tileStep, phase{length: t + tileStep, value: half})}
		stories[i] = o.told(name, quiet+" without events goes by its last hour", input, nil, o.values(t, tile, journeys, journeys*half))
	}
	return stories
}

// absentStepStory has a last step of which nothing is known: neither is anything of the journeys.
func (o *objective) absentStepStory(name string) TestGroup {
	const t = time.Hour
	c := clock{alert: name, step: tileStep}
	input := o.source(tileStep, traffic{length: t, events: journeys, failed: journeys})
	tests := []ExprTest{o.nothing(t, windowed(sloEvents, tile)), o.nothing(t, windowed(sloErrorRatio, time.Hour)), o.nothing(t, sloRemaining)}
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(t, b.Name, false))
	}
	return o.told(name, "of journeys with a step that is absent nothing is known", input[:len(input)-1], []Proof{Silent}, tests)
}

// idleJourneyStory has two hours without a journey, and then some that succeed.
func (o *objective) idleJourneyStory(name string) TestGroup {
	const idle, after = 2 * time.Hour, 2*time.Hour + 10*time.Minute
	c := clock{alert: name, step: tileStep}
	tests := []ExprTest{
		o.value(idle, windowed(sloEvents, time.Hour), 0), o.value(idle, windowed(sloErrors, time.Hour), 0),
		o.nothing(idle, windowed(sloErrorRatio, time.Hour)), o.nothing(idle, windowed(sloSuccess, tile)), o.nothing(idle, sloRemaining),
		o.value(after, windowed(sloErrorRatio, time.Hour), 0), o.value(after, windowed(sloSuccess, tile), 1), o.value(after, sloRemaining, 1),
	}
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(idle, b.Name, false))
	}
	return o.told(name, "without journeys nothing is known and nothing alerts",
		o.source(tileStep, traffic{length: idle}, traffic{length: after - idle, events: journeys}), []Proof{Silent}, tests)
}

// fewJourneysStory has one failure less than the minimum, and the one that is missing half an hour later.
func (o *objective) fewJourneysStory(name string) []TestGroup {
	const idle, last, end = time.Hour, 95 * time.Minute, 100 * time.Minute
	c := clock{alert: name, step: tileStep}
	before := float64(max(o.slo.MinFailures, 1) - 1)
	var tests []ExprTest
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(last-c.step, b.Name, false), c.burning(last, b.Name, true))
	}
	if len(tests) == 0 {
		return nil
	}
	return []TestGroup{o.told(name, "few journeys alert only from the minimum of failures on", o.source(c.step,
		traffic{length: idle}, traffic{length: c.step, events: before, failed: before}, traffic{length: last - idle - 2*c.step},
		traffic{length: c.step, events: 1, failed: 1}, traffic{length: end - last}), []Proof{Holds}, tests)}
}

// journeyHoursStory is hoursStory with numbers whose products are exact.
func (o *objective) journeyHoursStory(name string) TestGroup {
	const length, every = 10 * time.Hour, 25 * time.Minute
	phases := make([]traffic, length/tile)
	for i := range phases {
		phases[i] = traffic{length: tile, events: float64(int(journeys) << (i % 4)), failed: float64(i % 5)}
	}
	var tests []ExprTest
	for t := 2 * time.Hour; t < length; t += every {
		events, failed := count(phases, 0, t, tileStep)
		tests = append(tests, o.value(t, sloEvents+periodSuffix, events), o.value(t, sloErrors+periodSuffix, failed))
	}
	if o.slo.Calendar != spec.Rolling {
		tests = tests[:2] // a new period may begin at any hour
	}
	return o.told(name, "every hour counts once", o.source(tileStep, phases...), nil, append(tests, o.tiledValues(length, phases)...))
}
