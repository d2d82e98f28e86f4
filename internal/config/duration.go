package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// durationUnit is a unit of Prometheus' durations: a day has 24 hours, a week 7 days, a year 365 days.
type durationUnit struct {
	name string
	size time.Duration
}

// durationUnits lists the units from the longest to the shortest.
func durationUnits() []durationUnit {
	const day = 24 * time.Hour
	return []durationUnit{
		{"y", 365 * day},
		{"w", 7 * day},
		{"d", day},
		{"h", time.Hour},
		{"m", time.Minute},
		{"s", time.Second},
		{"ms", time.Millisecond},
	}
}

// ParseDuration reads a duration as Prometheus writes them: whole numbers with units from long to short, such as 30d or
// 1m30s.
func ParseDuration(s string) (time.Duration, error) {
	if s == "" {
		return 0, errNoDuration
	}
	var total time.Duration
	tooLong := false
	units := durationUnits()
	for s != "" {
		digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
		letters := len(s[digits:]) - len(strings.TrimLeft(s[digits:], "ywdhms"))
		at := slices.IndexFunc(units, func(u durationUnit) bool { return u.name == s[digits:digits+letters] })
		if digits == 0 || at < 0 {
			return 0, errNoDuration
		}
		n, err := strconv.ParseInt(s[:digits], 10, 64)
		if err != nil || n > (math.MaxInt64-int64(total))/int64(units[at].size) {
			tooLong = true // if it is a duration at all
		} else {
			total += time.Duration(n) * units[at].size
		}
		s, units = s[digits+letters:], units[at+1:]
	}
	if tooLong {
		return 0, errTooLong
	}
	return total, nil
}

// What is wrong with a duration.
var (
	errNoDuration = errors.New("not a duration")
	errTooLong    = errors.New("too long")
)

// FormatDuration writes a duration so that ParseDuration and Prometheus read it back: the fewest of the units d, h, m, s
// and ms. What is below a millisecond is dropped.
func FormatDuration(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var b strings.Builder
	for _, unit := range durationUnits()[2:] {
		if n := d / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d -= n * unit.size
		}
	}
	return b.String()
}

// Duration returns a duration from low to high, both included; 0 for high sets no upper bound.
func (v Value) Duration(low, high time.Duration) time.Duration {
	s, ok := v.scalar("a duration")
	if !ok {
		return 0
	}
	d, err := ParseDuration(s)
	switch {
	case err == nil && d >= low && (high == 0 || d <= high):
		return d
	case err != nil:
		v.Reject(fmt.Sprintf("%s is %v", quote(s), err), durationHint(s))
	case d < low:
		v.Reject(fmt.Sprintf("%s is shorter than %s", s, FormatDuration(low)), "")
	default:
		v.Reject(fmt.Sprintf("%s is longer than %s", s, FormatDuration(high)), "")
	}
	return 0
}

// durationHint guesses what was meant by a duration that cannot be read.
func durationHint(s string) string {
	number := strings.TrimRight(s, " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	if _, err := strconv.ParseUint(number, 10, 32); err != nil {
		return "whole numbers with units, such as 15s, 1m30s or 30d"
	}
	for word, unit := range map[string]string{"sec": "s", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w", "year": "y", "mil": "ms"} {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(s[len(number):])), word) {
			return "write " + number + unit
		}
	}
	if number == s {
		return fmt.Sprintf("the unit is missing: write %ss, %sm, %sh or %sd", s, s, s, s)
	}
	return "the units are y, w, d, h, m, s and ms"
}
