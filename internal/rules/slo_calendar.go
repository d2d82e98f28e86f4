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
