// Package slo is the arithmetic of service level objectives: budgets, burn rates, windows and what they mean at a given
// traffic. It knows no metric, no rule and no clock.
package slo

import (
	"math"
	"strconv"
	"time"
)

// Budget returns the share of events that may fail under an objective, for example 0.001 for 0.999. It is rounded to 12
// decimals, since the difference of two near numbers keeps only the absolute precision of the larger.
func Budget(objective float64) float64 { return math.Round((1-objective)*1e12) / 1e12 }

// Clean rounds to 12 significant digits, which removes what binary fractions add: 3*0.001 becomes 0.003.
func Clean(x float64) float64 {
	y, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64)
	if err != nil {
		return x // infinite or not a number: nothing to clean
	}
	return y
}

// FormatNumber prints a number for a rule or a text: at most 12 significant digits, no exponent between 1e-9 and 1e15.
func FormatNumber(x float64) string {
	x = Clean(x)
	if abs := math.Abs(x); abs != 0 && (abs < 1e-9 || abs >= 1e15) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// FormatPercent prints a ratio as a percentage, for example 99.9% for 0.999.
func FormatPercent(ratio float64) string { return FormatNumber(ratio*100) + "%" }

// durationUnit is one unit of PromQL durations.
type durationUnit struct {
	name string
	size time.Duration
}

// durationUnits are the units that FormatDuration uses, longest first. Weeks and years are left out: 30d and 28d are how
// periods are spoken of.
func durationUnits() [5]durationUnit {
	return [5]durationUnit{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}
}

// FormatDuration prints a duration as PromQL reads it: 30d, 1h30m, 5m. What is below a millisecond is dropped.
func FormatDuration(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var room [32]byte
	out := room[:0]
	for _, u := range durationUnits() {
		if n := d / u.size; n > 0 {
			out = append(strconv.AppendInt(out, int64(n), 10), u.name...)
			d -= n * u.size
		}
	}
	return string(out)
}
