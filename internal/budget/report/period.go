// Package report says how objectives did in a period of the calendar: which were met, what was spent of each budget and on what, and how that was in the
// periods before. It is a function of records of days alone, so that a closed report is the same bytes whenever it is made. It reads no server, knows no clock,
// and calls nothing met of which nothing was counted.
package report

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// day is the usual length of the pieces that periods are made of.
const day = 24 * time.Hour

// Period is a month, a quarter or a week, as UTC has it. Objectives may have theirs by another zone.
type Period struct {
	Name string    `json:"name"` // 2026-10, 2026-Q4 or 2026-W40
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // the first moment after it
}

// Parse reads the name of a period.
func Parse(name string) (Period, error) {
	for _, form := range []struct {
		pattern string
		of      func(year, n int) (Period, bool)
	}{
		{`^(2\d{3})-(\d\d)$`, func(y, n int) (Period, bool) {
			return Month(time.Date(y, time.Month(n), 1, 0, 0, 0, 0, time.UTC)), n >= 1 && n <= 12
		}},
		{`^(2\d{3})-Q([1-4])$`, func(y, n int) (Period, bool) {
			return Quarter(time.Date(y, time.Month(3*n-2), 1, 0, 0, 0, 0, time.UTC)), true
		}},
		{`^(2\d{3})-W(\d\d)$`, func(y, n int) (Period, bool) {
			p := Week(time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC).AddDate(0, 0, 7*(n-1))) // the fourth of January is in the first week (ISO 8601)
			return p, p.Name == name
		}},
	} {
		parts := regexp.MustCompile(form.pattern).FindStringSubmatch(name)
		if parts == nil {
			continue
		}
		y, _ := strconv.Atoi(parts[1]) // digits by the expression
		n, _ := strconv.Atoi(parts[2])
		if p, ok := form.of(y, n); ok {
			return p, nil
		}
	}
	return Period{}, fmt.Errorf("%q is no period: write a month as 2026-10, a quarter as 2026-Q4, or a week as 2026-W40", name)
}

// Month is the month that holds a time.
func Month(at time.Time) Period {
	at = at.UTC()
	from := time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	return Period{from.Format("2006-01"), from, from.AddDate(0, 1, 0)}
}

// Quarter is the quarter that holds a time.
func Quarter(at time.Time) Period {
	at = at.UTC()
	n := (int(at.Month()) - 1) / 3
	from := time.Date(at.Year(), time.Month(3*n+1), 1, 0, 0, 0, 0, time.UTC)
	return Period{fmt.Sprintf("%d-Q%d", at.Year(), n+1), from, from.AddDate(0, 3, 0)}
}

// Week is the week that holds a time; it begins on Monday (ISO 8601).
func Week(at time.Time) Period {
	midnight := at.UTC().Truncate(day)
	from := midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7)
	year, n := from.ISOWeek()
	return Period{fmt.Sprintf("%d-W%02d", year, n), from, from.AddDate(0, 0, 7)}
}

// Ending are the periods that end with a day.
func Ending(last time.Time) []Period {
	var all []Period
	for _, p := range []Period{Week(last), Month(last), Quarter(last)} {
		if p.To.Equal(last.UTC().Truncate(day).Add(day)) {
			all = append(all, p)
		}
	}
	return all
}

// Alike tells whether two periods are of the same kind.
func (p Period) Alike(o Period) bool {
	return p.Name[5] == o.Name[5] || p.Name[5] <= '9' && o.Name[5] <= '9'
}

// Before is the period of the same kind before this one.
func (p Period) Before() Period {
	at := p.From.Add(-day)
	switch p.Name[5] {
	case 'Q':
		return Quarter(at)
	case 'W':
		return Week(at)
	}
	return Month(at)
}

// days are the days of the period, by name.
func (p Period) days() []string {
	var all []string
	for at := p.From; at.Before(p.To); at = at.Add(day) {
		all = append(all, at.Format(time.DateOnly))
	}
	return all
}
