package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// calendarHours adds up the hours of the current week, month or quarter. A subquery cannot ask what month it is outside
// of it. So periods are numbered, and the hours of every third of them are added up by themselves: the longest period
// looked back at touches three at most, and exactly one of the three sums has the number of the current period.
func (o *objective) calendarHours(of string) string {
	const classes = 3
	longest := map[spec.Calendar]time.Duration{spec.Week: 7 * 24 * time.Hour, spec.Month: 31 * 24 * time.Hour, spec.Quarter: 92 * 24 * time.Hour}[o.slo.Calendar]
	sums := make([]string, classes)
	for c := range classes {
		// An hour that is read at a mark ended an hour before.
		sums[c] = fmt.Sprintf("(sum_over_time((%s and on () %s %% %d == %d)[%s:%s]) and on () %s %% %d == %d)",
			of, o.periodNumber(2*hourTile), classes, c, promDuration(longest), promDuration(hourTile), o.periodNumber(hourTile), classes, c)
	}
	return strings.Join(sums, " or ")
}

// periodNumber numbers the periods of the calendar: it is that of the time at which a rule is evaluated, less back.
func (o *objective) periodNumber(back time.Duration) string {
	shift := slo.FormatNumber((o.slo.UTCOffset - back).Seconds())
	now := fmt.Sprintf("vector(time() + %s)", shift)
	switch o.slo.Calendar {
	case spec.Week:
		// The first of January 1970 was a Thursday: three days after the week's begin.
		return fmt.Sprintf("floor((%s + %d) / %d)", now, 3*86400, 7*86400)
	case spec.Quarter:
		return fmt.Sprintf("(year(%s) * 4 + floor((month(%s) - 1) / 3))", now, now)
	}
	return fmt.Sprintf("(year(%s) * 12 + month(%s))", now, now)
}

// firstTurn is when the calendar first begins a new period after 1970 began, which is when promtool's stories do.
func (o *objective) firstTurn() time.Duration {
	local := time.Unix(0, 0).UTC().Add(o.slo.UTCOffset)
	turn := time.Date(local.Year(), local.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	switch o.slo.Calendar {
	case spec.Week:
		midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
		turn = midnight.AddDate(0, 0, 7-(int(midnight.Weekday())+6)%7)
	case spec.Quarter:
		turn = time.Date(local.Year(), (local.Month()-1)/3*3+4, 1, 0, 0, 0, 0, time.UTC)
	}
	return turn.Add(-o.slo.UTCOffset).Sub(time.Unix(0, 0))
}

// calendarStory lets a steady traffic go on from one period of the calendar into the next: the budget begins anew.
func (o *objective) calendarStory() TestGroup {
	const events, failed = 1000.0, 2.0 // an hour
	turn := o.firstTurn()
	into := 30 * time.Hour
	end := turn + into
	tests := []ExprTest{
		o.value(turn-2*time.Hour, sloEvents+periodSuffix, events*(turn-2*time.Hour).Hours()),
		o.value(turn, sloEvents+periodSuffix, events*turn.Hours()), // the last hour of the old period
		o.value(turn+2*time.Hour, sloEvents+periodSuffix, events*2),
		o.value(end, sloEvents+periodSuffix, events*into.Hours()), o.value(end, sloErrors+periodSuffix, failed*into.Hours()),
		o.value(end, sloConsumed, failed/events/o.allowed()), o.value(end, sloRemaining, 1-failed/events/o.allowed()),
		o.value(end, sloSuccess+periodSuffix, 1-failed/events),
		o.value(end, sloObjective, o.slo.Objective), o.value(end, sloBudget, o.allowed()), o.value(end, sloPeriod, o.slo.Period.Seconds()),
	}
	group := TestGroup{
		Name: fmt.Sprintf("%s: the budget begins anew with the %s", o.slo.Name, o.slo.Calendar), Interval: promDuration(tileStep), ExprTests: tests,
	}
	for _, side := range o.sides() {
		n := events
		if side.kept == sloErrors {
			n = failed
		}
		values := gauge(tileStep, phase{length: hourTile}, phase{length: end, value: n})
		group.InputSeries = append(group.InputSeries,
			TestSeries{Series: o.of(windowed(side.counted, hourTile)), Values: values},
			TestSeries{Series: o.of(side.kept + headSuffix), Values: values})
	}
	return group
}
