package rules

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// calendarHours adds up the hours of the current week, month or quarter. A subquery cannot ask what month it is outside
// of it. So periods are numbered over and over, and the hours of each number are added up by themselves: the longest period
// looked back at touches fewer, and exactly one of the sums has the number of the current period.
func (o *objective) calendarHours(of string) string {
	sums := make([]string, o.periodNumbers())
	for n := range sums {
		// An hour that is read at a mark ended an hour before.
		sums[n] = fmt.Sprintf("(sum_over_time((%s and on () %s == %d)[%s:%s]) and on () %s == %d)",
			of, o.periodNumber(2*hourTile), n, promDuration(o.longestPeriod()), promDuration(hourTile), o.periodNumber(hourTile), n)
	}
	return strings.Join(sums, " or ")
}

// longestPeriod is how long a period of the calendar is at most.
func (o *objective) longestPeriod() time.Duration {
	const day = 24 * time.Hour
	return map[spec.Calendar]time.Duration{spec.Week: 7 * day, spec.Month: 31 * day, spec.Quarter: 92 * day}[o.slo.Calendar]
}

// periodNumbers is how many numbers periods have.
func (o *objective) periodNumbers() int {
	if o.slo.Calendar == spec.Quarter {
		return 4
	}
	return 3
}

// periodNumber numbers the periods of the calendar: it is that of the time at which a rule is evaluated, less back. It is worked out for every hour of
// a period at every evaluation. So it joins no vectors, which is dear, and needs no number again that was worked out before: each of those that
// are kept meanwhile is one for every hour, and promtool refuses more than 10,000 in a query, which is less than five quarters of hours.
func (o *objective) periodNumber(back time.Duration) string {
	now := fmt.Sprintf("vector(%s)", o.localTime(back))
	switch o.slo.Calendar {
	case spec.Week:
		// The first of January 1970 was a Thursday: three days after the week's begin.
		return fmt.Sprintf("floor((%s + %d) / %d) %% 3", now, 3*86400, 7*86400)
	case spec.Quarter:
		return fmt.Sprintf("floor((month(%s) - 1) / 3)", now)
	}
	return fmt.Sprintf("month(%s) %% 3", now)
}

// localTime is what a clock of the calendar's place shows where a period begins near the time at which a rule is evaluated, less back, in seconds
// since 1970 began there. How far it is ahead of UTC tells the date at noon of that day: see slo.Clock.
func (o *objective) localTime(back time.Duration) string {
	clock := o.slo.Clock
	noon := fmt.Sprintf("vector(time() + %s)", slo.FormatNumber((clock.Noon() - back).Seconds()))
	date, unit := fmt.Sprintf("month(%s)", noon), 100 // months begin with their first day
	if o.slo.Calendar == spec.Week {
		date, unit = fmt.Sprintf("(100 * month(%s) + day_of_month(%s))", noon, noon), 1
	}
	seconds := func(d time.Duration) string { return slo.FormatNumber(d.Seconds()) }
	var text strings.Builder
	if steps := clock.Steps; len(steps) == 2 && steps[1].Offset == clock.Offset {
		// From one date to the day before another, as summer or winter are, it is so near to the middle between these.
		from, until := float64(steps[0].Date/unit), float64(steps[1].Date/unit-1)
		fmt.Fprintf(&text, "(scalar(abs(%s - %s)) <= bool %s) * %s + ", date, slo.FormatNumber((from+until)/2), slo.FormatNumber((until-from)/2), seconds(steps[0].Offset-clock.Offset))
	} else {
		last := clock.Offset
		for _, s := range steps {
			fmt.Fprintf(&text, "(scalar(%s) >= bool %d) * %s + ", date, s.Date/unit, seconds(s.Offset-last))
			last = s.Offset
		}
	}
	return text.String() + "time() + " + seconds(clock.Offset-back)
}

// turn is when a period of the calendar begins.
type turn struct {
	at    time.Time
	last  time.Time     // when the period before did
	ahead time.Duration // the clocks there, of UTC
}

// turns yields the turns of the calendar, from the second of a year on, which is the first of which the period before is known.
func (o *objective) turns(year int) iter.Seq[turn] {
	months, days := 1, 0
	midnight := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) // as the clocks there show it
	switch o.slo.Calendar {
	case spec.Week:
		months, days = 0, 7
		midnight = midnight.AddDate(0, 0, (8-int(midnight.Weekday()))%7)
	case spec.Quarter:
		months = 3
	}
	clock := o.slo.Clock
	ahead := func() time.Duration { return clock.Ahead(midnight.Add(-clock.Offset)) }
	return func(yield func(turn) bool) {
		for {
			last := midnight.Add(-ahead())
			midnight = midnight.AddDate(0, months, days)
			if !yield(turn{at: midnight.Add(-ahead()), last: last, ahead: ahead()}) {
				return
			}
		}
	}
}

// firstTurn is when the calendar first begins a new period after 1970 began, which is when promtool's stories do that do not say otherwise.
func (o *objective) firstTurn() time.Duration {
	begin := time.Unix(0, 0)
	for t := range o.turns(1969) {
		if t.at.After(begin) {
			return t.at.Sub(begin)
		}
	}
	return 0 // which is not reached: the calendar has no end
}
