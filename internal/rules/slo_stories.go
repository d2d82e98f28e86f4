package rules

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Steps of the stories about objectives. Samples stand a minute apart, or a tile where hours are told. What an hour's window knows to the minute
// is evaluated every minute; everything else by tiles, or rarer, which gives the same results, as the rules do not depend on how often they
// are evaluated, and is what promtool's time is spent on.
const (
	minuteStep = time.Minute
	tileStep   = tile
)

// traffic is a stretch of steady traffic: events and failures at every step.
type traffic struct {
	length         time.Duration
	events, failed float64
	gap            bool // nothing is scraped meanwhile, but events go on
}

// eventSource makes the input series of a story out of its traffic.
type eventSource func(step time.Duration, phases ...traffic) []TestSeries

// storyEvents is the number of events at every step of a story: enough for the smallest share to be a whole number. Those
// of a composite are reckoned from ratios, which are exact as fractions of a power of two.
func (o *objective) storyEvents() float64 {
	if o.slo.SLI.Composite() {
		return 1 << 20
	}
	return 1e6
}

// clock keeps the time of a story and turns it into checks.
type clock struct {
	alert string
	step  time.Duration
}

// burning says whether the alert of a tier fires at a time.
func (c clock) burning(t time.Duration, tier string, want bool) ExprTest {
	test := ExprTest{
		Expr:     fmt.Sprintf(`count(ALERTS{alertname=%q, burn=%q, alertstate="firing"})`, c.alert, tier),
		EvalTime: promDuration(t), Expected: []ExpectedSample{},
	}
	if want {
		test.Expected = []ExpectedSample{{Labels: "{}", Value: 1}}
	}
	return test
}

// down and up round a time to steps.
func (c clock) down(d time.Duration) time.Duration { return d / c.step * c.step }
func (c clock) up(d time.Duration) time.Duration   { return c.down(d + c.step - 1) }

// value says what a record of the objective is at a time.
func (o *objective) value(t time.Duration, record string, want float64) ExprTest {
	return ExprTest{
		Expr: o.of(record), EvalTime: promDuration(t),
		Expected: []ExpectedSample{{Labels: fmt.Sprintf("%s{slo=%q}", record, o.slo.Name), Value: want}},
	}
}

// nothing says that a record of the objective does not exist at a time.
func (o *objective) nothing(t time.Duration, record string) ExprTest {
	return ExprTest{Expr: o.of(record), EvalTime: promDuration(t), Expected: []ExpectedSample{}}
}

// burnTales prove each tier and what must not alert. They are empty for objectives whose events cannot be made up.
func (o *objective) burnTales(name string, rules []Rule) []tale {
	switch {
	case o.slo.SLI.Kind == spec.Weighted:
		return []tale{{tileStep, func() []TestGroup { return o.meanStories(name, rules) }}}
	case o.source == nil && o.form == nil:
		return nil
	}
	var tales []tale
	for _, b := range o.quickBurns() {
		tales = append(tales, tale{o.tierStep(b), func() []TestGroup { return []TestGroup{o.tierStory(name, b, rules)} }})
	}
	tales = append(tales, o.slowTales(name, rules)...)
	if o.source == nil && o.counting.anyWindow {
		tales = append(tales, tale{minuteStep, func() []TestGroup { return []TestGroup{o.youngStory(name)} }})
	}
	if o.source == nil {
		return append(tales, tale{tileStep, func() []TestGroup {
			return append(o.guardStories(name), o.singleStory(name), o.maintenanceStory(name), o.excludedStory(name), o.hoursStory(name))
		}})
	}
	if o.counting.born != nil {
		tales = append(tales, tale{weekStep, func() []TestGroup { return o.markStories(name) }}, tale{monthStep, func() []TestGroup { return o.oldMarkStories(name) }})
	}
	if o.slo.SLI.Composite() {
		return append(tales, tale{tileStep, func() []TestGroup { return o.journeyStories(name) }})
	}
	return append(tales, tale{minuteStep, func() []TestGroup { return []TestGroup{o.youngStory(name)} }}, tale{tileStep, func() []TestGroup {
		return slices.Concat(o.bornStory(name), o.guardStories(name), []TestGroup{o.idleStory(name), o.unknownStory(name), o.singleStory(name), o.restartStory(name),
			o.gapStory(name), o.maintenanceStory(name), o.excludedStory(name), o.hoursStory(name)})
	}})
}

// story is one story about the alert at its own step.
func (o *objective) story(name, title string, step time.Duration, proves []Proof, tests []ExprTest, phases ...traffic) TestGroup {
	return TestGroup{
		Name: name + ": " + title, Interval: promDuration(step), Proves: proves,
		InputSeries: o.storySource()(step, phases...), ExprTests: tests,
	}
}

// storySource makes up what the stories of burn alerts are about: counters, or the records of an objective that counts none.
func (o *objective) storySource() eventSource {
	if o.source == nil {
		return o.recordSource
	}
	return o.source
}

// grain is how finely a story can tell when a window changes: that of its tiles, or every step.
func grain(window, step time.Duration) time.Duration {
	if window == tile || window == time.Hour {
		return step
	}
	return max(tileOf(window), step)
}

// tierStep is the step at which a quick tier's story is told. What is made of tiles, as composites are and all windows but those of five
// minutes and an hour, changes with these.
func (o *objective) tierStep(b slo.Burn) time.Duration {
	if o.slo.SLI.Composite() || o.source == nil || grain(b.Long, minuteStep) == tile && grain(b.Short, minuteStep) == tile {
		return tileStep
	}
	return minuteStep
}

// excess is by how many times the share of a story passes the threshold. By twelve times, the alert comes after a twelfth
// of the window, and promtool, which takes every step of the story, need not go on for half of it. It must still take four of
// the steps by which the window moves, so that a threshold which is off by a quarter is off by a step. It is no whole number, so that the
// threshold is passed between two steps and not at one, where rounding would decide.
func excess(window, step time.Duration) float64 {
	const least, most, steps = 2, 11.6, 4
	return max(least, min(most, float64(window/step)/steps))
}

// nearly is by how much shares pass a threshold, or stay below it, that a threshold which is off by a quarter would judge otherwise.
const nearly = 0.13

// tierStory fails a steady share of events, several times the threshold where that is possible, after a long window of
// nothing but good ones. The alert must come at the step after the share in the long window has passed the threshold. Then
// the share is a little above the threshold for a short window, and a little below it: the alert must stay, and go when the
// short window has fallen to it.
func (o *objective) tierStory(name string, b slo.Burn, rules []Rule) TestGroup {
	c := clock{alert: name, step: o.tierStep(b)}
	long, short := clock{step: grain(b.Long, c.step)}, clock{step: grain(b.Short, c.step)}
	failing := func(times float64) float64 {
		return math.Round(min(times*b.Threshold, (1+b.Threshold)/2) * o.storyEvents())
	}
	failed, above, below := failing(excess(b.Long, long.step)), failing(1+nearly), failing(1-nearly)
	share := failed / o.storyEvents()
	begin := long.up(b.Long)
	crossing := long.down(time.Duration(float64(b.Long) * b.Threshold / share))
	end := begin + crossing + 2*long.step
	near := end + short.up(b.Short) + short.step
	fall := short.up(time.Duration(float64(b.Short) * (above/o.storyEvents() - b.Threshold) / ((above - below) / o.storyEvents())))
	tests := []ExprTest{
		c.burning(begin+crossing, b.Name, false),
		c.burning(begin+crossing+long.step, b.Name, true),
		c.burning(end, b.Name, true),
		c.burning(near+fall-short.step, b.Name, true),
		c.burning(near+fall, b.Name, false),
	}
	phases := []traffic{
		{length: begin, events: o.storyEvents()},
		{length: end - begin, events: o.storyEvents(), failed: failed},
		{length: near - end, events: o.storyEvents(), failed: above},
		{length: b.Short + c.step, events: o.storyEvents(), failed: below},
	}
	for _, w := range o.windows() {
		if w <= b.Long {
			events, failed := windowCount(phases, w, end, c.step)
			tests = append(tests, o.values(end, w, events, failed)...)
		}
	}
	group := o.story(name, fmt.Sprintf("%s comes when %s have passed the threshold, and goes with %s", b.Name, promDuration(b.Long), promDuration(b.Short)),
		c.step, []Proof{Fires, Holds, Resets}, tests, phases...)
	group.AlertTests = []AlertTest{at(end, name, o.expectedBurns(rules, phases, end, c.step)...)}
	return group
}

// hourTier is the tier whose long window is an hour, if there is one: its alert comes with the minute.
func (o *objective) hourTier() (slo.Burn, bool) {
	for _, b := range o.burns {
		if b.Long == time.Hour {
			return b, true
		}
	}
	return slo.Burn{}, false
}

// guardStories have so little traffic that few failures are a large share, here all.
func (o *objective) guardStories(name string) []TestGroup {
	var stories []TestGroup
	quick := o.quickBurns()
	if b, ok := o.hourTier(); ok {
		stories = append(stories, o.guardStory(name, b.Name))
		quick = slices.DeleteFunc(quick, func(other slo.Burn) bool { return other.Long == time.Hour })
	}
	if len(quick) > 0 {
		stories = append(stories, o.tiledGuardStory(name, quick))
	}
	return stories
}

// guardStory tells of the tier of an hour: one failure less than the minimum must not alert, the next must.
func (o *objective) guardStory(name, tier string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const idle, enough = time.Hour, time.Hour + 2*tile
	before := float64(max(o.slo.MinFailures, 1) - 1)
	tests := []ExprTest{c.burning(enough-tile, tier, false), c.burning(enough, tier, true)}
	return o.story(name, "little traffic alerts only from the minimum of failures on", c.step, []Proof{Fires, Holds}, tests,
		traffic{length: idle}, traffic{length: c.step, events: before, failed: before}, traffic{length: 2*tile - 2*c.step},
		traffic{length: c.step, events: 1, failed: 1})
}

// tiledGuardStory is guardStory for tiers whose long window is made of tiles of five minutes: one failure less than the minimum is in
// them for half an hour before the last one comes.
func (o *objective) tiledGuardStory(name string, tiers []slo.Burn) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const idle, last, end = time.Hour, 92 * time.Minute, 95 * time.Minute
	before := float64(max(o.slo.MinFailures, 1) - 1)
	var tests []ExprTest
	for _, b := range tiers {
		tests = append(tests, c.burning(end-tile, b.Name, false), c.burning(end, b.Name, true))
	}
	return o.story(name, "little traffic alerts in long windows only from the minimum of failures on", c.step, nil, tests,
		traffic{length: idle}, traffic{length: c.step, events: before, failed: before}, traffic{length: last - idle - 2*c.step},
		traffic{length: c.step, events: 1, failed: 1}, traffic{length: end - last + c.step})
}

// hoursStory has another traffic every five minutes for as long as hours are numbered anew, three times over, and wants
// each of them in the period's counts once.
func (o *objective) hoursStory(name string) TestGroup {
	const length, every = 10 * time.Hour, 25 * time.Minute
	phases := make([]traffic, length/tile)
	for i := range phases {
		phases[i] = traffic{length: tile, events: float64(1000 + 7*i), failed: float64(i % 5)}
	}
	var tests []ExprTest
	tell := func(t time.Duration) {
		begin, suffix := time.Duration(0), periodSuffix
		if o.slo.Calendar != spec.Rolling {
			begin, suffix = t.Truncate(hourTile)-hourTile, headSuffix // a new period may begin at any hour
		}
		events, failed := count(phases, begin, t, tileStep)
		tests = append(tests, o.value(t, sloEvents+suffix, events), o.value(t, sloErrors+suffix, failed))
	}
	for t := 2 * time.Hour; t < length; t += every {
		tell(t)
	}
	for t := length - hourTile; t <= length; t += tile {
		tell(t)
	}
	return o.story(name, "every hour counts once", tileStep, nil, append(tests, o.tiledValues(length, phases)...), phases...)
}

// tiledValues says what all records of the windows are that are made of tiles of five minutes, at a time of a course of traffic told by
// tiles. It should differ from tile to tile, so that a window which is off by one has another sum.
func (o *objective) tiledValues(t time.Duration, phases []traffic) []ExprTest {
	var tests []ExprTest
	for _, w := range o.windows() {
		if w > tile && w <= sixHours {
			events, failed := windowCount(phases, w, t, tileStep)
			tests = append(tests, o.values(t, w, events, failed)...)
		}
	}
	return tests
}

// idleStory has an hour without any event: no ratio, no alert, and no trace of it when events come again.
func (o *objective) idleStory(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const idle = time.Hour + 2*tile
	after := idle + 10*time.Minute
	hour, five := promDuration(time.Hour), promDuration(tile)
	tests := []ExprTest{
		o.nothing(idle, sloErrorRatio+hour), o.nothing(idle, sloSuccess+five), o.nothing(idle, sloRemaining),
		o.value(idle, sloEvents+hour, 0), o.value(idle, sloErrors+hour, 0),
		o.value(after, sloErrorRatio+hour, 0), o.value(after, sloSuccess+five, 1), o.value(after, sloRemaining, 1),
	}
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(idle, b.Name, false))
	}
	return o.story(name, "without traffic nothing is known and nothing alerts", c.step, []Proof{Silent}, tests,
		traffic{length: idle}, traffic{length: after - idle, events: 100})
}

// singleStory has one event, which fails: that is all of them.
func (o *objective) singleStory(name string) TestGroup {
	const t = 2 * tile
	var tests []ExprTest
	for _, w := range o.windows() {
		if w <= sixHours {
			tests = append(tests, o.values(t, w, 1, 1)...)
		}
	}
	return o.story(name, "a single event is all that is known", tileStep, nil, append(tests, o.value(t, sloErrorRatio+periodSuffix, 1)),
		traffic{length: t - tileStep}, traffic{length: tileStep, events: 1, failed: 1})
}

// unknownStory has no series at all.
func (o *objective) unknownStory(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	const t = 20 * time.Minute
	tests := []ExprTest{o.nothing(t, sloEvents+promDuration(tile)), o.nothing(t, sloRemaining)}
	for _, b := range o.quickBurns() {
		tests = append(tests, c.burning(t, b.Name, false))
	}
	return TestGroup{
		Name: name + ": without data nothing alerts", Interval: promDuration(c.step), Proves: []Proof{Silent},
		InputSeries: []TestSeries{series("up", nil, gauge(c.step, phase{length: t, value: 1}))}, ExprTests: tests,
	}
}

// severe is a steady traffic of which so much fails that the most urgent tier alerts.
func (o *objective) severe(length time.Duration) traffic {
	return traffic{length: length, events: 100, failed: math.Ceil(50 * (1 + o.burns[0].Threshold))}
}

// restartStory resets all counters in the middle of a steady failure: no event may be lost or counted twice.
func (o *objective) restartStory(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	half, rest := o.severe(30*time.Minute), o.severe(34*time.Minute)
	input, again := o.source(c.step, half), o.source(c.step, rest)
	for i := range input {
		input[i].Values += " " + again[i].Values
	}
	// The new counters begin at 0, so that the step of their first sample has no events.
	t := half.length + c.step + rest.length
	return TestGroup{
		Name: name + ": counters that begin anew lose nothing", Interval: promDuration(c.step), Proves: []Proof{Fires}, InputSeries: input,
		ExprTests: o.lastHour(c, t, 59, half),
	}
}

// lastHour says what the records of the last hour are after some steps of a steady traffic.
func (o *objective) lastHour(c clock, t time.Duration, steps float64, of traffic) []ExprTest {
	tests := o.values(t, time.Hour, steps*of.events, steps*of.failed)
	if b, ok := o.hourTier(); ok {
		tests = append(tests, c.burning(t, b.Name, true))
	}
	return tests
}

// values says what all records of a window are at a time.
func (o *objective) values(t, window time.Duration, events, failed float64) []ExprTest {
	ratio := failed / events
	return []ExprTest{
		o.value(t, windowed(sloEvents, window), events),
		o.value(t, windowed(sloErrors, window), failed),
		o.value(t, windowed(sloErrorRatio, window), ratio),
		o.value(t, windowed(sloSuccess, window), 1-ratio),
		o.value(t, windowed(sloBurnRate, window), ratio/o.allowed()),
	}
}

// gapStory loses ten minutes of scrapes: the hour's window still counts what happened meanwhile, and so does the period, by what the
// counters have grown by since a mark at which they were known.
func (o *objective) gapStory(name string) TestGroup {
	c := clock{alert: name, step: minuteStep}
	before, gap, after := o.severe(20*time.Minute), o.severe(10*time.Minute), o.severe(30*time.Minute)
	gap.gap = true
	tests := o.lastHour(c, time.Hour, 60, before)
	if o.counting.returned != nil {
		back := before.length + gap.length + tile
		steps := float64((gap.length + c.step) / c.step)
		tests = append(tests, o.value(back, windowed(sloEventsReturned, tile), steps*gap.events), o.value(back, windowed(sloErrorsReturned, tile), steps*gap.failed))
	}
	return o.story(name, "a gap of scrapes is counted by the longer windows", c.step, []Proof{Fires}, tests, before, gap, after)
}

// youngStory has a different traffic every five minutes, and asks for the period's counts while they are younger than an
// hour, when they must be up to date.
func (o *objective) youngStory(name string) TestGroup {
	young := 33 * time.Minute
	phases := make([]traffic, young/tile+1)
	for i := range phases {
		phases[i] = traffic{length: tile, events: float64(100 + 7*i), failed: float64(i % 5)}
	}
	until := young
	if o.slo.Calendar != spec.Rolling {
		until = young.Truncate(tile) // the last hour's own count may be another period's
	}
	events, failed := count(phases, 0, until, minuteStep)
	return o.story(name, "a young objective counts everything", minuteStep, nil,
		[]ExprTest{o.value(young, sloEvents+periodSuffix, events), o.value(young, sloErrors+periodSuffix, failed)}, phases...)
}
