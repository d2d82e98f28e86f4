package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// budgetRecords record the objective itself, the events of its period, and what is left of its error budget.
func (o *objective) budgetRecords() {
	add := func(name, help string, unit metric.Unit, expr string) { o.add(&o.budget, name, help, unit, expr) }
	period, allowed := slo.FormatNumber(o.slo.Period.Seconds()), slo.FormatNumber(o.allowed())

	add(sloObjective, "Share of events that shall succeed.", metric.Ratio, fmt.Sprintf("vector(%s)", slo.FormatNumber(o.slo.Objective)))
	add(sloBudget, "Share of events that may fail.", metric.Ratio, fmt.Sprintf("vector(%s)", allowed))
	add(sloPeriod, "Length of the objective's period.", metric.Seconds, fmt.Sprintf("vector(%s)", period))

	o.periodRecords()
	add(sloErrorRatio+periodSuffix, "Share of the period's events that failed; absent without events.", metric.Ratio,
		o.share(sloErrors+periodSuffix, sloEvents+periodSuffix))
	add(sloSuccess+periodSuffix, "Share of the period's events that succeeded; absent without events.", metric.Ratio,
		"1 - "+o.of(sloErrorRatio+periodSuffix))
	add(sloConsumed, "Share of the period's error budget that is spent; above 1 the objective is missed.", metric.Ratio,
		fmt.Sprintf("%s / %s", o.of(sloErrorRatio+periodSuffix), allowed))
	add(sloRemaining, "Share of the period's error budget that is left; below 0 the objective is missed.", metric.Ratio,
		"1 - "+o.of(sloConsumed))
	add(sloExhaustion, "How long the rest of the error budget lasts if the last hour goes on; absent while nothing fails.", metric.Seconds,
		fmt.Sprintf("clamp_min(%s, 0) * %s / (%s > 0)", o.of(sloRemaining), period, o.of(windowed(sloBurnRate, time.Hour))))
}

// periodRecords add up the period from half hours and what has passed since the last of them. The last hour's own count is
// taken where that is more, so that a young or suddenly failing objective is not shown better than it is. Errors and
// events are separate rules, which keeps every query small: promtool refuses more than 10,000 samples, and counts those
// of a subquery twice.
func (o *objective) periodRecords() {
	for _, s := range []struct{ name, what string }{{sloErrors, "Events that failed"}, {sloEvents, "Events"}} {
		o.add(&o.budget, s.name+headSuffix, s.what+" since the last full half hour, up to five minutes ago; absent in its first five minutes.", metric.None,
			o.head(s.name))
		whole := plus(o.tiles(s.name, periodTile, o.slo.Period), o.of(s.name+headSuffix))
		o.add(&o.budget, s.name+periodSuffix, s.what+" in the objective's period, up to five minutes ago.", metric.None,
			greater(whole, o.of(windowed(s.name, time.Hour))))
	}
}

// head adds up the small tiles that follow the last large one: as many as have passed since the full half hour, so that
// exactly one of the alternatives yields something, and none at the half hour itself. PromQL has no window of a computed
// length; the time is that of the evaluation, so that a range query, as for backfilling, computes the same.
func (o *objective) head(name string) string {
	alternatives := make([]string, 0, periodTile/tile-1)
	for n := 1; n < int(periodTile/tile); n++ {
		alternatives = append(alternatives, fmt.Sprintf("(%s and on () floor(vector(time() %% %g / %g)) == %d)",
			o.tiles(name, tile, time.Duration(n)*tile), periodTile.Seconds(), tile.Seconds(), n))
	}
	return strings.Join(alternatives, " or ")
}
