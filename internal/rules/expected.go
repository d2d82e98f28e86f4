package rules

import (
	"github.com/voipbin/observability/internal/spec"

	"fmt"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// count adds up what a course of traffic has between two times. Samples stand at the end of their step.
func count(phases []traffic, from, to, step time.Duration) (events, failed float64) {
	begin := time.Duration(0)
	for _, p := range phases {
		first, last := max(from, begin), min(to, begin+p.length)
		if n := float64((last - first) / step); n > 0 {
			events += n * p.events
			failed += n * p.failed
		}
		begin += p.length
	}
	return events, failed
}

// windowCount is what the records of a window count when they are evaluated at a time. All but those of five minutes and an
// hour are made of tiles, so that they end at the last full one.
func windowCount(phases []traffic, window, t, step time.Duration) (events, failed float64) {
	if window != tile && window != time.Hour {
		t = t.Truncate(tileOf(window))
	}
	return count(phases, t-window, t, step)
}

// share is the share of events that failed in a window that ends at a time.
func share(phases []traffic, window, t, step time.Duration) float64 {
	events, failed := windowCount(phases, window, t, step)
	return failed / events
}

// periodShare is the share of events that failed in the period, as recorded: the last hour's own counts where they are more.
func (o *objective) periodShare(phases []traffic, t, step time.Duration) float64 {
	full, hour := t.Truncate(tile), t.Truncate(hourTile)
	if o.slo.Calendar != spec.Rolling {
		return o.calendarShare(phases, t, step)
	}
	events, failed := count(phases, hour-o.slo.Period, full, step)
	lastEvents, lastFailed := count(phases, t-time.Hour, t, step)
	return max(failed, lastFailed) / max(events, lastEvents)
}

// calendarShare is periodShare for a period of the calendar.
func (o *objective) calendarShare(phases []traffic, t, step time.Duration) float64 {
	begin := time.Duration(0)
	if turn := o.firstTurn(); t.Truncate(hourTile) > turn { // no story lasts until the second
		begin = turn
	}
	events, failed := count(phases, begin, t.Truncate(tile), step)
	return failed / events
}

// expectedBurns are the alerts that the rules of quick tiers must show at a time of a course of traffic, with their texts.
func (o *objective) expectedBurns(rules []Rule, phases []traffic, t, step time.Duration) []ExpectedAlert {
	// What is left of the budget is recorded by another group, which a story evaluates later: the alert finds the record of
	// the step before.
	before := t - step
	budget := 1 - o.periodShare(phases, before, step)/o.allowed()
	burn := share(phases, time.Hour, before, step) / o.allowed()
	left := fmt.Sprintf(budgetLeftText, percent(budget))
	lasts := o.lastsText(storyTime(before), budget, burn)
	var expected []ExpectedAlert
	for i, b := range o.burns {
		if b.Long > sixHours {
			continue // in another file
		}
		inLong, inShort := share(phases, b.Long, t, step), share(phases, b.Short, t, step)
		if inLong > b.Threshold && inShort > b.Threshold {
			more := map[string]string{o.budgetLeft(): left, o.timeLeft(): lasts}
			expected = append(expected, firing(rules[i], map[string]string{"slo": o.slo.Name}, percent(inLong), more))
		}
	}
	return expected
}

// percent prints a ratio as the humanizePercentage function of Prometheus' templates does: four significant digits.
func percent(ratio float64) string { return fmt.Sprintf("%.4g%%", ratio*100) }

// humanDuration prints seconds as the humanizeDuration function of Prometheus' templates does, for 0 and from 1 on.
func humanDuration(seconds float64) string {
	whole := int64(seconds)
	s, m, h, d := whole%60, whole/60%60, whole/3600%24, whole/86400
	switch {
	case seconds == 0:
		return "0s"
	case d > 0:
		return fmt.Sprintf("%dd %dh %dm %ds", d, h, m, s)
	case h > 0:
		return fmt.Sprintf("%dh %dm %ds", h, m, s)
	case m > 0:
		return fmt.Sprintf("%dm %ds", m, s)
	}
	return strconv.FormatFloat(slo.Clean(seconds), 'g', 4, 64) + "s"
}

// number prints a value as the template function printf "%.4g" does.
func number(v float64) string { return fmt.Sprintf("%.4g", v) }

// humanBinary prints bytes as the humanize1024 function of Prometheus' templates does.
func humanBinary(v float64) string {
	prefixes := []string{"", "ki", "Mi", "Gi", "Ti"}
	for v >= 1024 && len(prefixes) > 1 {
		v, prefixes = v/1024, prefixes[1:]
	}
	return fmt.Sprintf("%.4g%s", v, prefixes[0])
}
