package rules

import (
	"fmt"

	"time"
)

// weekStep is how often the rules are evaluated in stories about the marks at which counters are looked back at. What they tell of one moment
// depends on no evaluation before it, so that weeks take few of them. It is no multiple of anything, so that marks are all distances away.
const weekStep = 73 * time.Minute

// monthStep is weekStep for what needs more than days.
const monthStep = 87 * time.Hour

// seen is a counter that was there from one time to another, each of them included, and comes back at a third.
type seen struct {
	from, to, back time.Duration
	begun          bool // as no mark saw it
	returned       bool // as a mark saw it from which what was missed is counted
	still          bool // it has not grown
}

// markStories have counters that were there for a moment, at a mark or beside one, and come back.
func (o *objective) markStories(name string) []TestGroup {
	const m = time.Minute
	const short, day, days = 22 * weekStep, 40 * weekStep, 65 * weekStep // 26:46, 48:40 and 79:05 hours
	return []TestGroup{o.seenStory(name, "marks of hours and days tell what has begun from what was away", minuteStep, []seen{
		{from: 10 * m, to: 10 * m, back: weekStep, returned: true}, // the oldest of the last hour
		{from: 0, to: 0, back: weekStep, returned: true},           // of the day, the youngest
		{from: 15 * m, to: 15 * m, back: weekStep, begun: true},    // between two marks
		{from: 125 * m, to: 135 * m, back: 2 * weekStep, returned: true, still: true},
		{from: 35 * m, to: 45 * m, back: 3 * weekStep, begun: true}, // at 40 minutes, which is no half hour
		{from: 160 * m, to: 160 * m, back: 3 * weekStep, returned: true},
		{from: 40 * m, to: 75 * m, back: 10 * weekStep, begun: true}, // at 1 h, not at 2 h or 3 h
		{from: 680 * m, to: 680 * m, back: 10 * weekStep, returned: true},
		{from: 1550 * m, to: 1550 * m, back: short, returned: true},
		{from: 1540 * m, to: 1540 * m, back: short, begun: true}, // more than an hour ago, and at no half hour
		{from: 1575 * m, to: 1575 * m, back: short, begun: true}, // between two marks
		{from: 1320 * m, to: 1320 * m, back: short, returned: true},
		{from: 1200 * m, to: 1200 * m, back: short, returned: true}, // the oldest half hour
		{from: 720 * m, to: 720 * m, back: short, returned: true},
		{from: 840 * m, to: 900 * m, back: short, returned: true},
		{from: 630 * m, to: 630 * m, back: short, begun: true}, // at no full hour
		{from: 120 * m, to: 120 * m, back: short},              // the oldest of the day, and at no third hour
		{from: 100 * m, to: 135 * m, back: day, begun: true},   // at 2 h, not at 3 h, days ago
		{from: 2870 * m, to: 2870 * m, back: day, returned: true},
		{from: 4715 * m, to: 4715 * m, back: days, begun: true}, // between two marks
		{from: 0, to: 180 * m, back: days, returned: true},      // the oldest third hour
	})}
}

// oldMarkStories are markStories about the marks that are the farthest apart. What is known only from more than three days ago is neither new nor
// counted.
func (o *objective) oldMarkStories(name string) []TestGroup {
	const h = time.Hour
	const weeks, month = 6 * monthStep, 9 * monthStep // 522 and 783 hours
	return []TestGroup{o.seenStory(name, "marks of weeks tell what has begun from what was away", tileStep, []seen{
		{from: 165 * time.Minute, to: 190 * time.Minute, back: monthStep, begun: true}, // at 3 h
		{from: 86 * h, to: 86 * h, back: monthStep, returned: true},
		{from: 482 * h, to: 482 * h, back: weeks, begun: true},    // between two marks
		{from: 480 * h, to: 480 * h, back: weeks, returned: true}, // the youngest
		{from: 782 * h, to: 782 * h, back: month, returned: true},
		{from: 96 * h, to: 96 * h, back: month}, // the oldest
		{from: 192 * h, to: 192 * h, back: month},
		{from: 288 * h, to: 288 * h, back: month},
		{from: 336 * h, to: 336 * h, back: month, begun: true},    // between two marks
		{from: 0, to: 15 * time.Minute, back: month, begun: true}, // before the oldest
	})}
}

// seenStory has counters each of which counts twice as much as the one before, so that a sum tells which of them are in it.
func (o *objective) seenStory(name, title string, step time.Duration, all []seen) TestGroup {
	const few = 8 // more than what is few, and what every counter has before
	group := TestGroup{Name: name + ": " + title, Interval: promDuration(step)}
	type sums struct{ begun, returned float64 }
	at, last := map[time.Duration]sums{}, time.Duration(0)
	for i, s := range all {
		before, then := few<<i, 2*few<<i
		if s.still {
			then = before
		}
		for _, in := range o.countingInputs() {
			values := fmt.Sprintf("%s_x%d %d", spell(before*in.times, s, step), int((s.back-s.to)/step)-1, then*in.times)
			group.InputSeries = append(group.InputSeries, in.series(i, values))
		}
		have := at[s.back]
		if s.begun {
			have.begun += float64(then)
		}
		if s.returned {
			have.returned += float64(then - before)
		}
		at[s.back], last = have, max(last, s.back)
	}
	group.InputSeries = append(group.InputSeries, o.upAll(step, phase{length: last + step, value: 1})...)
	for i, s := range all {
		if i > 0 && all[i-1].back == s.back {
			continue
		}
		have := at[s.back]
		group.ExprTests = append(group.ExprTests, o.corrected(s.back, have.begun > 0, have.begun, 2*have.begun, sloErrorsBorn, sloEventsBorn)...)
		returns := have.returned > 0 || s.still
		group.ExprTests = append(group.ExprTests, o.corrected(s.back, returns, have.returned, 2*have.returned, sloErrorsReturned, sloEventsReturned)...)
	}
	return group
}

// spell writes the time before a counter is seen, and in which it is.
func spell(value int, s seen, step time.Duration) string {
	text := fmt.Sprintf("%dx%d ", value, int((s.to-s.from)/step))
	if s.from > 0 {
		text = fmt.Sprintf("_x%d ", int(s.from/step)) + text
	}
	return text
}

// corrected says what two records of corrections are, or that they are not there.
func (o *objective) corrected(t time.Duration, there bool, failed, events float64, errors, all string) []ExprTest {
	if !there {
		return []ExprTest{o.nothing(t, windowed(errors, tile)), o.nothing(t, windowed(all, tile))}
	}
	return []ExprTest{o.value(t, windowed(errors, tile), failed), o.value(t, windowed(all, tile), events)}
}

// counter is one that the objective counts by. Where as many events fail as succeed, it counts times as many as either.
type counter struct {
	Input
	times int
}

// countingInputs are those of the objective's inputs that count.
func (o *objective) countingInputs() []counter {
	var all []counter
	for _, in := range o.inputs {
		if times := map[Outcome]int{CountsAll: 2, CountsGood: 1, CountsFailed: 1}[in.Counts]; times > 0 {
			all = append(all, counter{in, times})
		}
	}
	return all
}

// series is the counter once more, under a label of its own.
func (c counter) series(number int, values string) TestSeries {
	return series(c.Name, merge(c.Labels, map[string]string{"story": fmt.Sprint(number)}), values)
}

// upAll are the targets of the objective's inputs.
func (o *objective) upAll(step time.Duration, phases ...phase) []TestSeries {
	var all []TestSeries
	for _, in := range o.read() {
		if in.Counts == CountsUp {
			all = append(all, series(in.Name, in.Labels, gauge(step, phases...)))
		}
	}
	return all
}
