package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// exhaustionRecords record how long the rest of the budget lasts. What goes on of a period that rolls takes the place of what leaves it, so that a whole
// budget is that of the whole period.
func (o *objective) exhaustionRecords(add func(name, help string, unit metric.Unit, expr string)) {
	if o.slo.Calendar != spec.Rolling {
		o.calendarExhaustion(add)
		return
	}
	add(sloExhaustion, "How long the rest of the error budget lasts if the last hour goes on; absent while nothing fails.", metric.Seconds,
		fmt.Sprintf("clamp_min(%s, 0) * %s / (%s > 0)", o.of(sloRemaining), slo.FormatNumber(o.slo.Period.Seconds()), o.of(windowed(sloBurnRate, time.Hour))))
}

// calendarExhaustion is of a period that has begun and grows. After e of it the share c is consumed of what the events so far allow; with the
// same traffic, at the burn rate b, that is (c e + b t) / (e + t) after a further t, and all of it at t = e (1 - c) / (b - 1).
// At a rate of 1 or less it never is, and what comes after the period's end has a budget of its own.
func (o *objective) calendarExhaustion(add func(name, help string, unit metric.Unit, expr string)) {
	add(sloElapsed, "How much of the calendar's period the counts are of; to the hour where the clocks changed meanwhile.", metric.Seconds, o.elapsed())
	add(sloUnelapsed, "How long it is until the calendar's period ends; 0 until the counts are of the next. To the hour where the clocks change meanwhile.", metric.Seconds,
		fmt.Sprintf("clamp_min(%s, 0)", o.unelapsed()))
	add(sloExhaustion, "How long the rest of the error budget lasts if the last hour goes on; absent while that is at least until the calendar's period ends, 0 when it is spent.", metric.Seconds,
		fmt.Sprintf("%s * clamp_min(%s, 0) / ((%s - 1) > 0) < %s or clamp_min(%s <= 0, 0)",
			o.of(sloElapsed), o.of(sloRemaining), o.of(windowed(sloBurnRate, time.Hour)), o.of(sloUnelapsed), o.of(sloRemaining)))
}

// elapsed is an hour more than what had gone of the period an hour before: the counts are of the old period until there is an hour of the new one.
func (o *objective) elapsed() string {
	now := o.localTime(hourTile)
	switch o.slo.Calendar {
	case spec.Week:
		// The first of January 1970 was a Thursday: three days after the week's begin.
		return fmt.Sprintf("vector((%s + %d) %% %d + %g)", now, 3*86400, 7*86400, hourTile.Seconds())
	case spec.Quarter:
		month := fmt.Sprintf("month(vector(%s))", now)
		before := fmt.Sprintf("(90 + (year(vector(%s)) %% 4 == bool 0)) * (%s > bool 3) + 91 * (%s > bool 6) + 92 * (%s > bool 9)", now, month, month, month)
		return fmt.Sprintf("(day_of_year(vector(%s)) - 1 - (%s)) * 86400 + (%s) %% 86400 + %g", now, before, now, hourTile.Seconds())
	}
	return fmt.Sprintf("(day_of_month(vector(%s)) - 1) * 86400 + (%s) %% 86400 + %g", now, now, hourTile.Seconds())
}

// unelapsed is the rest of the period, below 0 for what the counts are of the old one after its end. Until 2099, every fourth year is a leap year.
func (o *objective) unelapsed() string {
	now := o.localTime(hourTile)
	switch o.slo.Calendar {
	case spec.Week:
		return fmt.Sprintf("%d - %s", 7*86400, o.of(sloElapsed))
	case spec.Quarter:
		month := fmt.Sprintf("month(vector(%s))", now)
		days := fmt.Sprintf("92 - (%s < bool 7) - (%s < bool 4) * (year(vector(%s)) %% 4 > bool 0)", month, month, now)
		return fmt.Sprintf("(%s) * 86400 - on () %s", days, o.of(sloElapsed))
	}
	return fmt.Sprintf("days_in_month(vector(%s)) * 86400 - on () %s", now, o.of(sloElapsed))
}

// gone is what elapsed and unelapsed record at a time.
func (o *objective) gone(at time.Time) (elapsed, left time.Duration) {
	before := at.UTC().Add(-hourTile)
	local := before.Add(o.slo.Clock.Ahead(before))
	wall := slo.Clock{} // the days of the local time, whether the clocks changed meanwhile or not
	begin, _ := wall.Begin(string(o.slo.Calendar), local)
	end, _ := wall.Begin(string(o.slo.Calendar), begin.Add(o.slo.Period+o.slo.Period/2)) // the middle of the next is after the end of the longest
	elapsed = local.Sub(begin) + hourTile
	return elapsed, max(end.Sub(begin)-elapsed, 0)
}

// lasts is what is recorded at a time of how long the rest of a budget does, in seconds; false where that is absent.
func (o *objective) lasts(at time.Time, remaining, burn float64) (float64, bool) {
	switch {
	case o.slo.Calendar == spec.Rolling:
		return max(remaining, 0) * o.slo.Period.Seconds() / burn, burn > 0
	case remaining <= 0:
		return 0, true
	case burn <= 1:
		return 0, false
	}
	elapsed, left := o.gone(at)
	lasts := elapsed.Seconds() * remaining / (burn - 1)
	return lasts, lasts < left.Seconds()
}

// storyTime is a time of a story that does not say when it begins.
func storyTime(t time.Duration) time.Time { return time.Unix(0, 0).Add(t) }

// lastsAt asks at a time of a story, which is one of the calendar, for how long a budget lasts.
func (o *objective) lastsAt(t time.Duration, at time.Time, remaining, burn float64) ExprTest {
	if lasts, known := o.lasts(at, remaining, burn); known {
		return o.value(t, sloExhaustion, lasts)
	}
	return o.nothing(t, sloExhaustion)
}

// lastsText is the sentence about it that alerts have at a time, empty where nothing is recorded.
func (o *objective) lastsText(at time.Time, remaining, burn float64) string {
	lasts, known := o.lasts(at, remaining, burn)
	if !known {
		return ""
	}
	return fmt.Sprintf(timeLeftText, humanDuration(lasts))
}
