package slo

import (
	"slices"
	"time"
)

// Clock is how far the clocks of a place are ahead of UTC when a period of the calendar begins there. It is not what they show in between, which
// decides nothing. The zero value is UTC.
type Clock struct {
	Offset time.Duration // of the year's first begin
	Steps  []Step        // of later ones, in the order of their dates
}

// Step is a change of the offset by the date on which a period begins, in every year: with summer time there are two.
type Step struct {
	Date   int // the month times 100, and the day
	Offset time.Duration
}

// ClockYears is the span for which the clock of a zone is proven: from the first of these years, until the second begins. Nobody knows what parliaments
// decide.
func ClockYears() (from, until int) { return 2025, 2037 }

// ClockOf returns the clock of a zone for begins of periods, which are midnights there, by the data of this program. False means that one date has
// different offsets in different years, as where summer time follows the moon: then there is no such clock.
func ClockOf(begins []time.Time) (Clock, bool) {
	offsets := make(map[int]time.Duration)
	for _, b := range begins {
		_, seconds := b.Zone()
		offset := time.Duration(seconds) * time.Second
		if known, ok := offsets[date(b)]; ok && known != offset {
			return Clock{}, false
		}
		offsets[date(b)] = offset
	}
	dates := make([]int, 0, len(offsets))
	for d := range offsets {
		dates = append(dates, d)
	}
	slices.Sort(dates)
	var c Clock
	for i, d := range dates {
		switch last := len(c.Steps) - 1; {
		case i == 0:
			c.Offset = offsets[d]
		case last < 0 && offsets[d] != c.Offset, last >= 0 && offsets[d] != c.Steps[last].Offset:
			c.Steps = append(c.Steps, Step{Date: d, Offset: offsets[d]})
		}
	}
	return c, true
}

// date is a day of any year.
func date(t time.Time) int { return int(t.Month())*100 + t.Day() }

// Noon is what is added to a time near the begin of a period to get to the middle of the day that begins it, by whose date the offset is known.
func (c Clock) Noon() time.Duration { return c.Offset + 12*time.Hour }

// Ahead is how far the clock is ahead of UTC at the begin of a period, if one begins within half a day.
func (c Clock) Ahead(at time.Time) time.Duration {
	offset, today := c.Offset, date(at.UTC().Add(c.Noon()))
	for _, s := range c.Steps {
		if today >= s.Date {
			offset = s.Offset
		}
	}
	return offset
}

// Equal reports whether two clocks are the same.
func (c Clock) Equal(other Clock) bool {
	return c.Offset == other.Offset && slices.Equal(c.Steps, other.Steps)
}

// Begin is when the period began to which an instant belongs: the midnight there of the first day of its week, which is a Monday, its month or its quarter.
// It is false for what is none of these.
func (c Clock) Begin(calendar string, at time.Time) (time.Time, bool) {
	local := at.UTC().Add(c.Ahead(at))
	var begin time.Time
	switch calendar {
	case "week":
		midnight := local.Truncate(24 * time.Hour)
		begin = midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7)
	case "month":
		begin = time.Date(local.Year(), local.Month(), 1, 0, 0, 0, 0, time.UTC)
	case "quarter":
		begin = time.Date(local.Year(), (local.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	default:
		return time.Time{}, false
	}
	// The clocks may have changed since it began.
	return begin.Add(-c.Ahead(begin.Add(-c.Offset))), true
}
