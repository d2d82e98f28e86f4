package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// budgetRecords record the objective itself, the events of its period, and what is left of its error budget.
func (o *objective) budgetRecords() {
	add := func(name, help string, unit metric.Unit, expr string) { o.add(&o.budget, name, help, unit, expr) }
	period, allowed := slo.FormatNumber(o.slo.Period.Seconds()), slo.FormatNumber(o.allowed())

	add(sloObjective, "Share of events that shall succeed.", metric.Ratio, fmt.Sprintf("vector(%s)", slo.FormatNumber(o.slo.Objective)))
	add(sloBudget, "Share of events that may fail.", metric.Ratio, fmt.Sprintf("vector(%s)", allowed))
	add(sloPeriod, "Length of the objective's period.", metric.Seconds, fmt.Sprintf("vector(%s)", period))

	if o.slo.SLI.Kind != spec.Weighted {
		o.periodRecords()
	}
	add(sloErrorRatio+periodSuffix, "Share of the period's events that failed; absent without events.", metric.Ratio,
		o.ratio(periodSuffix))
	add(sloSuccess+periodSuffix, "Share of the period's events that succeeded; absent without events.", metric.Ratio,
		"1 - "+o.of(sloErrorRatio+periodSuffix))
	add(sloConsumed, "Share of the period's error budget that is spent; above 1 the objective is missed.", metric.Ratio,
		fmt.Sprintf("%s / %s", o.of(sloErrorRatio+periodSuffix), allowed))
	add(sloRemaining, "Share of the period's error budget that is left; below 0 the objective is missed.", metric.Ratio,
		"1 - "+o.of(sloConsumed))
	o.exhaustionRecords(add)
}

// readBack is how long before a full hour the hours are read: two and a half minutes after the hour before, by when the
// rules have counted it as a whole, and before which no evaluation has seen more.
const readBack = hourTile - budgetInterval

// countedRecords record what counts for the period: by tiles, by hours, and what is younger than the last hour that is
// counted as a whole.
func (o *objective) countedRecords() {
	for _, s := range o.sides() {
		o.add(&o.counted, windowed(s.counted, tile), s.what+" of the window that count for the period, those of counters that came back among them.", metric.None,
			o.withReturned(s))
		o.add(&o.counted, windowed(s.counted, hourTile), s.what+" of the hour up to the last full five minutes.", metric.None, o.tiles(s.counted, tile, hourTile))
		o.add(&o.counted, s.kept+headSuffix, s.what+" since the begin of the last full hour, up to five minutes ago.", metric.None, o.head(s.counted))
	}
}

// periodRecords add up the period from hours and from what is younger than the last of them. A period that rolls loses
// its oldest events hour by hour. The last hour's own count is taken where that is more, so that a young or suddenly
// failing objective is not shown better than it is. Errors and events are separate rules, which keeps every query
// small: promtool refuses more than 10,000 samples, and counts those of a subquery twice.
func (o *objective) periodRecords() {
	for _, s := range o.sides() {
		whole := plus(o.hours(s.counted), o.of(s.kept+headSuffix))
		o.add(&o.budget, s.kept+periodSuffix, s.what+" in the objective's period, up to five minutes ago.", metric.None,
			o.atLeastLastHour(whole, s))
	}
}

// withReturned adds what happened while counters were away. It counts in the period only: in the windows of alerts, the
// events of hours would hide those of now.
func (o *objective) withReturned(s side) string {
	kept := o.of(windowed(s.kept, tile))
	if o.counting.returned == nil {
		return kept
	}
	return plus(kept, fmt.Sprintf("(%s unless %s)", o.of(windowed(s.returned, tile)), o.of(sloMaintenance)))
}

// atLeastLastHour is a period's count, or that of the last hour where it is more. In a period of the calendar the last
// hour may belong to the period before.
func (o *objective) atLeastLastHour(whole string, s side) string {
	if o.slo.Calendar != spec.Rolling {
		return whole
	}
	return greater(whole, o.of(windowed(s.kept, time.Hour)))
}

// hours adds up the hours of the period that are counted as a whole. The hour that ended at a mark is read two and a half
// minutes later, at the next mark, so that rules that are evaluated at any phase have counted it up to its end; the last hour is the head's.
func (o *objective) hours(name string) string {
	of := fmt.Sprintf("%s offset %s", o.of(windowed(name, hourTile)), promDuration(readBack))
	if o.slo.Calendar == spec.Rolling {
		return fmt.Sprintf("sum_over_time((%s)[%s:%s])", of, promDuration(o.slo.Period-hourTile), promDuration(hourTile))
	}
	return o.calendarHours(of)
}

// head adds up the tiles of the current hour and of the one before. PromQL has no window of a computed length. So hours are
// numbered from 0 to 2, over and over; two hours before now touch three of them, and the oldest is left out: exactly one
// of the alternatives knows which that is. The time is that of the evaluation, so that a range query, as for backfilling,
// computes the same.
func (o *objective) head(name string) string {
	const numbers = 3
	around := numbers * int(hourTile.Seconds())
	alternatives := make([]string, numbers)
	for n := range numbers {
		// A tile that ends at a full hour belongs to the hour before.
		kept := fmt.Sprintf("%s and on () floor(vector((time() - 1) %% %d / %g)) != %d", o.of(windowed(name, tile)), around, hourTile.Seconds(), n)
		alternatives[n] = fmt.Sprintf("(sum_over_time((%s)[%s:%s]) and on () floor(vector(time() %% %d / %g)) == %d)",
			kept, promDuration(2*hourTile), promDuration(tile), around, hourTile.Seconds(), (n+2)%numbers)
	}
	return strings.Join(alternatives, " or ")
}
