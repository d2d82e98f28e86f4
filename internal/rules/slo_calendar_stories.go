package rules

import (
	"fmt"
	"math"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// turnStride is how far apart the evaluations of stories about the calendar are: less than half a period. What is left of a period depends on no
// evaluation before, and each of them adds up a whole period of hours: so there are few more than those of which a story says something.
func (o *objective) turnStride() time.Duration {
	const day = 24 * time.Hour
	return map[spec.Calendar]time.Duration{spec.Week: 40 * time.Hour, spec.Month: 10 * day, spec.Quarter: 30 * day}[o.slo.Calendar]
}

// turnEvents is how many events an hour of stories about the calendar has, so many that half of what may fail is a whole number.
const turnEvents = 1e6

// turnFailed is how many of them fail: half of what may.
func (o *objective) turnFailed() float64 { return max(1, math.Floor(o.allowed()*turnEvents/2)) }

// calendarStories let a steady traffic go on from one period of the calendar into the next: the budget begins anew. That is told of as many turns as
// periods have numbers, with the whole period before each, and to the minute of those around a change of the clocks, and of one turn into each number
// for each offset of the clocks; of quarters, whose rules work out how long they are, in a leap year as well.
func (o *objective) calendarStories() []TestGroup {
	year, _ := slo.ClockYears()
	until := year
	if o.slo.Calendar == spec.Quarter {
		until += 3 // of four years one is a leap year
	}
	type kind struct {
		number int
		ahead  time.Duration
		leap   bool
	}
	met := map[kind]bool{}
	var stories []TestGroup
	var told, before turn
	tell := func(t turn, of kind) {
		met[of] = true
		if t != told {
			stories, told = append(stories, o.turnStories(t)...), t
		}
	}
	var last kind
	nth, numbers := 0, o.periodNumbers()
	for t := range o.turns(year) {
		of := kind{nth % numbers, t.ahead, o.slo.Calendar == spec.Quarter && t.at.Add(t.ahead).Year()%4 == 0}
		switch {
		case nth < numbers:
			stories = append(stories, o.periodStory(t), o.spentStory(t))
		case t.at.Year() > until:
			return stories
		case t.ahead != before.ahead && t.at.Year() == year:
			tell(before, last)
			tell(t, of)
		}
		if !met[of] {
			tell(t, of)
		}
		nth, before, last = nth+1, t, of
	}
	return stories
}

// periodStory tells of a whole period, with some hours before it and after it.
func (o *objective) periodStory(t turn) TestGroup {
	last, turn, stride, failed := fullHour(t.last), fullHour(t.at), o.turnStride(), o.turnFailed()
	consumed := failed / turnEvents / o.allowed()
	length := turn.Sub(last)
	before := (length/stride + 1) * stride
	end := before + stride
	// In the old period the budget lasts a little longer than that, in the new one a little less; in between, it lasts anyway.
	const near = 0.0123
	begin := turn.Add(-before)
	paces := [3]float64{o.pace(begin.Add(before-stride), 1-consumed, 1+near), 1, o.pace(begin.Add(end), 1-consumed, 1-near)}
	group := o.steadyStory(fmt.Sprintf("the budget begins anew with the %s of %s", o.slo.Calendar, t.at.Format(time.RFC3339)), begin, end, hourTile, failed)
	group.ExprTests = []ExprTest{
		o.value(before-stride, sloEvents+periodSuffix, turnEvents*(length-stride).Hours()),
		o.value(before, sloEvents+periodSuffix, turnEvents*length.Hours()), o.value(before, sloErrors+periodSuffix, failed*length.Hours()), // the last hour of the old period
		o.value(end, sloEvents+periodSuffix, turnEvents*stride.Hours()), o.value(end, sloErrors+periodSuffix, failed*stride.Hours()),
		o.value(end, sloConsumed, consumed), o.value(end, sloRemaining, 1-consumed),
		o.value(end, sloSuccess+periodSuffix, 1-failed/turnEvents),
		o.value(end, sloObjective, o.slo.Objective), o.value(end, sloBudget, o.allowed()), o.value(end, sloPeriod, o.slo.Period.Seconds()),
	}
	for i, at := range []time.Duration{before - stride, before, end} {
		elapsed, left := o.gone(begin.Add(at))
		group.ExprTests = append(group.ExprTests, o.value(at, sloElapsed, elapsed.Seconds()), o.value(at, sloUnelapsed, left.Seconds()),
			o.lastsAt(at, begin.Add(at), 1-consumed, paces[i]))
	}
	group.InputSeries = append(group.InputSeries, o.paceSeries(
		phase{length: before - stride + hourTile, value: paces[0]}, phase{length: stride, value: paces[1]}, phase{length: stride, value: paces[2]}))
	return group
}

// pace is the burn rate, to what a series tells of it, at which the rest of a budget is spent after a share of what is left of the period.
func (o *objective) pace(at time.Time, remaining, share float64) float64 {
	elapsed, left := o.gone(at)
	const told = 1e4
	return math.Round(told*(1+elapsed.Seconds()*remaining/(left.Seconds()*share))) / told
}

func (o *objective) paceSeries(paces ...phase) TestSeries {
	return TestSeries{Series: o.of(windowed(sloBurnRate, time.Hour)), Values: gauge(hourTile, paces...)}
}

// spentStory has more failures than may be, and fewer of late: what is spent lasts no longer, whatever the pace.
func (o *objective) spentStory(t turn) TestGroup {
	stride, failed := o.turnStride(), min(4*o.turnFailed(), turnEvents)
	group := o.steadyStory(fmt.Sprintf("what is spent of the %s of %s lasts no longer", o.slo.Calendar, t.at.Format(time.RFC3339)), fullHour(t.at), stride, hourTile, failed)
	remaining := 1 - failed/turnEvents/o.allowed()
	group.ExprTests = []ExprTest{o.value(stride, sloRemaining, remaining), o.lastsAt(stride, fullHour(t.at).Add(stride), remaining, 1)}
	group.InputSeries = append(group.InputSeries, o.paceSeries(phase{length: stride + hourTile, value: 1}))
	return group
}

// turnStories ask for the counts just before the old period is given up, which is an hour after the turn, just then, and when the first full hour of the
// new one is known. Each begins so long before that it is evaluated at its begin and at that time; that of the new one so long that a window of twice a
// period would reach the last one of the same number.
func (o *objective) turnStories(t turn) []TestGroup {
	stride := o.turnStride()
	var stories []TestGroup
	for _, s := range []struct {
		what   string
		at     time.Time
		length time.Duration
		hours  float64
	}{
		{"for an hour, the old one is shown", t.at.Add(hourTile - tile), stride, stride.Hours()},
		{"then the new one is", t.at.Add(hourTile), (2*o.longestPeriod()/stride + 1) * stride, 1},
		{"the first full hour counts once", fullHour(t.at).Add(2 * hourTile), stride, 2},
	} {
		title := fmt.Sprintf("a %s begins on %s: %s", o.slo.Calendar, t.at.Format(time.RFC3339), s.what)
		group := o.steadyStory(title, s.at.Add(-s.length), s.length, tileStep, o.turnFailed())
		elapsed, left := o.gone(s.at)
		group.ExprTests = []ExprTest{
			o.value(s.length, sloElapsed, elapsed.Seconds()), o.value(s.length, sloUnelapsed, left.Seconds()),
			o.value(s.length, sloEvents+periodSuffix, turnEvents*s.hours), o.value(s.length, sloErrors+periodSuffix, o.turnFailed()*s.hours),
		}
		stories = append(stories, group)
	}
	return stories
}

// steadyStory is a story of a steady traffic that was there before it begins.
func (o *objective) steadyStory(title string, begin time.Time, length, step time.Duration, failed float64) TestGroup {
	group := TestGroup{Name: o.slo.Name + ": " + title, Interval: promDuration(step), Start: begin.Format(time.RFC3339)}
	for _, side := range o.sides() {
		n := float64(turnEvents)
		if side.kept == sloErrors {
			n = failed
		}
		values := gauge(step, phase{length: length + step, value: n})
		for _, s := range []TestSeries{{Series: o.of(windowed(side.counted, hourTile)), Values: values}, {Series: o.of(side.kept + headSuffix), Values: values}} {
			group.InputSeries = replaceSeries(group.InputSeries, s) // a composite has one record for both
		}
	}
	return group
}

// fullHour is the full hour at a time, or else the next: periods are made of those.
func fullHour(t time.Time) time.Time { return t.Add(hourTile - time.Nanosecond).Truncate(hourTile) }
