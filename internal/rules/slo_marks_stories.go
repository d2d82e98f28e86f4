package rules

import (
	"fmt"
	"time"
)

// weekStep is how often the rules are evaluated in stories about the marks at which counters are looked back at. What they tell of one moment
// depends on no evaluation before it, so that weeks take few of them.
const weekStep = 4 * time.Hour

// monthStep is weekStep for what needs more than days.
const monthStep = 25 * weekStep

// markStories have counters that were there for a moment, at a mark or between two, and come back when that mark is looked at no more:
// nobody knows them, and they count as begun rather than as returned.
func (o *objective) markStories(name string) []TestGroup {
	return []TestGroup{
		o.unseenStory(name, "the last hour", 35*time.Minute, 50*time.Minute, weekStep),      // at 40 minutes, not at half hours
		o.unseenStory(name, "the hours before", 40*time.Minute, 80*time.Minute, 3*weekStep), // at 1 h, not at 2 h or 3 h
		o.unseenStory(name, "the last day", 100*time.Minute, 140*time.Minute, 12*weekStep),  // at 2 h, not at 3 h
	}
}

// oldMarkStories are markStories about the marks that are the farthest apart.
func (o *objective) oldMarkStories(name string) []TestGroup {
	return []TestGroup{
		o.unseenStory(name, "the last days", 165*time.Minute, 195*time.Minute, monthStep), // at 3 h
		o.unseenStory(name, "the last weeks", 0, 20*time.Minute, 7*monthStep),             // at the begin, as every four days
	}
}

// unseenStory has counters that are there from one time to another, and come back at a third.
func (o *objective) unseenStory(name, marks string, from, to, back time.Duration) TestGroup {
	const first, failed, good = 50, 60, 20
	steps := func(d time.Duration) int { return int(d / tileStep) }
	group := TestGroup{Name: name + ": counters that no mark of " + marks + " saw count as begun", Interval: promDuration(tileStep)}
	for _, in := range o.inputs {
		then := map[Outcome]int{CountsAll: failed + good, CountsGood: good, CountsFailed: failed}[in.Counts]
		values := fmt.Sprintf("%dx%d _x%d %d", min(first, then-1), steps(to-from), steps(back-to)-1, then)
		if from > 0 {
			values = fmt.Sprintf("_x%d ", steps(from)) + values
		}
		if in.Counts == CountsUp {
			values = gauge(tileStep, phase{length: back + tileStep, value: 1})
		}
		group.InputSeries = append(group.InputSeries, series(in.Name, in.Labels, values))
	}
	group.ExprTests = []ExprTest{
		o.value(back, windowed(sloErrorsBorn, tile), failed), o.value(back, windowed(sloEventsBorn, tile), failed+good),
		o.nothing(back, windowed(sloErrorsReturned, tile)), o.nothing(back, windowed(sloEventsReturned, tile)),
	}
	return group
}
