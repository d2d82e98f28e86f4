package web

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/report"
)

// unknown is what stands where a number is not known.
const unknown = "not known"

// showRatio is a ratio as percentage with as many digits as tell it from the objective.
func showRatio(r budget.Reading) string {
	if !r.Known {
		return unknown
	}
	return trimmed(100*r.Value, report.Decimals(r.Value, 4)) + " %"
}

// showLeft is what is left of a budget.
func showLeft(r budget.Reading) string {
	if !r.Known {
		return unknown
	}
	return showPart(r.Value)
}

// showPart is a share to a tenth of a percent, or as many digits as tell it from all.
func showPart(v float64) string { return trimmed(100*v, report.Decimals(v, 1)) + " %" }

// showAmount is a number of events or minutes, whole when it is large.
func showAmount(r budget.Reading) string {
	if !r.Known {
		return unknown
	}
	if math.Abs(r.Value) >= 10 {
		return grouped(strconv.FormatFloat(r.Value, 'f', 0, 64))
	}
	return trimmed(r.Value, 1)
}

// showFigure is a number that is known.
func showFigure(v float64) string { return showAmount(budget.Reading{Value: v, Known: true}) }

// showBurn is a burn rate.
func showBurn(r budget.Reading) string {
	if !r.Known {
		return unknown
	}
	return trimmed(r.Value, 2)
}

// showAhead is when a budget is spent.
func showAhead(f budget.Forecast) string {
	switch {
	case !f.Known:
		return unknown
	case f.Never():
		return "lasts at every pace of late"
	case f.Soonest == 0:
		return "spent"
	case f.Lasts:
		return "in " + showLong(f.Soonest) + " or never"
	case f.Latest == f.Soonest:
		return "in " + showLong(f.Soonest)
	}
	return "in " + showLong(f.Soonest) + " to " + showLong(f.Latest)
}

// showWillBe is showAhead as a sentence.
func showWillBe(f budget.Forecast) string {
	switch {
	case !f.Known:
		return "It is not known when it is spent."
	case f.Never():
		return "It lasts at every pace of late."
	case f.Soonest == 0:
		return "It is spent."
	}
	return "At the paces of late it is spent " + showAhead(f) + "."
}

// isWebLink tells whether an address leads somewhere: a path alone is of a server that nobody named.
func isWebLink(address string) bool {
	return strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://")
}

// showLong is a long time in its largest unit.
func showLong(d time.Duration) string {
	switch days := d.Hours() / 24; {
	case days >= 365:
		return "over a year"
	case days >= 10:
		return strconv.Itoa(int(days)) + " d"
	case days >= 1:
		return trimmed(days, 1) + " d"
	case d >= time.Hour:
		return trimmed(d.Hours(), 1) + " h"
	}
	return strconv.Itoa(int(math.Ceil(d.Minutes()))) + " min"
}

// showWhen is a time of day with its date.
func showWhen(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// trimmed is a number with at most so many decimals, without zeros at the end.
func trimmed(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		return "0"
	}
	return grouped(text)
}

// grouped puts a thin space between thousands.
func grouped(text string) string {
	whole, rest, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u202f" + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return sign + whole
}
