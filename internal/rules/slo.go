package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Longer windows are made of shorter records that a subquery reads at whole multiples of their own window, so that the
// pieces neither overlap nor leave gaps, however often the rules are evaluated.
const (
	tile       = 5 * time.Minute  // for the windows of burn rates
	periodTile = 30 * time.Minute // for the period: a month is 1,440 of them
)

// objective makes the rules of one service level objective.
type objective struct {
	links
	section
	slo   spec.SLO
	burns []slo.Burn
	label metric.Label // slo, with the names of all objectives
	set   map[string]string
	// source makes up events for stories; nil when the objective's expressions read what it cannot make up.
	source eventSource
}

// newObjective returns the records, alerts and stories of an objective. All lists the names of all objectives.
func newObjective(s spec.SLO, all []string, l links, source eventSource) objective {
	o := objective{
		links: l, slo: s,
		burns: slo.Burns(slo.Tiers(), s.Objective, s.Period),
		label: metric.Label{Name: "slo", Help: "Name of the objective.", Values: all},
		set:   map[string]string{"slo": s.Name},

		source: source,
	}
	o.eventRecords()
	o.longRecords()
	o.ratioRecords()
	o.budgetRecords()
	o.burnAlert()
	o.dataAlert()
	return o
}

// add records a series of this objective under its slo label.
func (o *objective) add(name, help string, unit metric.Unit, expr string) {
	o.record(Record{Name: name, Help: help, Unit: unit, Labels: []metric.Label{o.label}}, expr, o.set)
}

// of selects this objective's series of a record.
func (o *objective) of(name string) string { return fmt.Sprintf("%s{slo=%q}", name, o.slo.Name) }

// windows are the windows of the burn rates: the base windows, which are read from the source, and the longer ones,
// which are made of tiles.
func (o *objective) windows() (base, long []time.Duration) {
	seen := make(map[time.Duration]bool)
	for _, w := range BaseWindows() {
		seen[w] = true
	}
	for _, b := range o.burns {
		for _, w := range []time.Duration{b.Short, b.Long} {
			if !seen[w] {
				seen[w] = true
				long = append(long, w)
			}
		}
	}
	return BaseWindows(), long
}

// eventRecords record failed and all events of the base windows. An expression that yields nothing for the errors while
// there are events means that none failed.
func (o *objective) eventRecords() {
	for _, w := range BaseWindows() {
		errors := promql.Expand(o.slo.SLI.Errors.Text, promql.Window(w)).Text
		total := promql.Expand(o.slo.SLI.Total.Text, promql.Window(w)).Text
		o.add(windowed(sloErrors, w), "Events of the window that failed.", metric.None, fmt.Sprintf("(%s) or 0 * (%s)", errors, total))
		o.add(windowed(sloEvents, w), "Events of the window.", metric.None, total)
	}
}

// longRecords add up tiles for the longer windows and the period. What happened in the last five minutes may not be in
// them yet. The period takes the last hour's own count where that is more, so that a young or suddenly failing objective
// is not shown better than it is. Errors and events are separate rules, which keeps every query small.
func (o *objective) longRecords() {
	_, long := o.windows()
	for _, w := range long {
		o.add(windowed(sloErrors, w), "Events of the window that failed, up to five minutes ago.", metric.None, o.tiles(sloErrors, tile, w))
		o.add(windowed(sloEvents, w), "Events of the window, up to five minutes ago.", metric.None, o.tiles(sloEvents, tile, w))
	}
	for _, s := range []struct{ name, help string }{
		{sloErrors, "Events of the objective's period that failed."},
		{sloEvents, "Events of the objective's period."},
	} {
		whole := plus(o.tiles(s.name, periodTile, o.slo.Period), o.head(s.name))
		o.add(s.name+periodSuffix, s.help, metric.None, greater(whole, o.of(windowed(s.name, time.Hour))))
	}
}

// tiles adds up the tiles of a window.
func (o *objective) tiles(name string, tile, window time.Duration) string {
	return fmt.Sprintf("sum_over_time(%s[%s:%s])", o.of(windowed(name, tile)), promDuration(window), promDuration(tile))
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
	return "(" + strings.Join(alternatives, " or ") + ")"
}

// ratioRecords record what share of the events failed and succeeded, and how fast that burns the budget. Without events
// there is no ratio: neither 0 nor 100 % is known then.
func (o *objective) ratioRecords() {
	base, long := o.windows()
	for _, w := range append(base, long...) {
		o.add(windowed(sloErrorRatio, w), "Share of the window's events that failed; absent without events.", metric.Ratio,
			o.share(windowed(sloErrors, w), windowed(sloEvents, w)))
	}
	o.add(sloErrorRatio+periodSuffix, "Share of the period's events that failed; absent without events.", metric.Ratio,
		o.share(sloErrors+periodSuffix, sloEvents+periodSuffix))

	for _, w := range append(base, long...) {
		o.add(windowed(sloBurnRate, w), "How fast the window burns the error budget: 1 spends exactly all of it in the period.", metric.None,
			fmt.Sprintf("%s / %s", o.of(windowed(sloErrorRatio, w)), slo.FormatNumber(o.budget())))
	}
	for _, suffix := range []string{promDuration(tile), promDuration(time.Hour), periodSuffix} {
		o.add(sloSuccess+suffix, "Share of events that succeeded; absent without events.", metric.Ratio, "1 - "+o.of(sloErrorRatio+suffix))
	}
}

// share is one record divided by another where that is above zero.
func (o *objective) share(part, whole string) string {
	return fmt.Sprintf("%s / (%s > 0)", o.of(part), o.of(whole))
}

// budget is the share of events that may fail.
func (o *objective) budget() float64 { return slo.Budget(o.slo.Objective) }

// budgetRecords record the objective itself, and what is left of its error budget.
func (o *objective) budgetRecords() {
	period := slo.FormatNumber(o.slo.Period.Seconds())
	budget := slo.FormatNumber(o.budget())
	o.add(sloObjective, "Share of events that shall succeed.", metric.Ratio, fmt.Sprintf("vector(%s)", slo.FormatNumber(o.slo.Objective)))
	o.add(sloBudget, "Share of events that may fail.", metric.Ratio, fmt.Sprintf("vector(%s)", budget))
	o.add(sloPeriod, "Length of the objective's period.", metric.Seconds, fmt.Sprintf("vector(%s)", period))
	o.add(sloConsumed, "Share of the period's error budget that is spent; above 1 the objective is missed.", metric.Ratio,
		fmt.Sprintf("%s / %s", o.of(sloErrorRatio+periodSuffix), budget))
	o.add(sloRemaining, "Share of the period's error budget that is left; below 0 the objective is missed.", metric.Ratio,
		"1 - "+o.of(sloConsumed))
	o.add(sloExhaustion, "When the error budget will be spent if the last hour goes on; absent while nothing fails.", metric.Seconds,
		fmt.Sprintf("clamp_min(%s, 0) * %s / (%s > 0)", o.of(sloRemaining), period, o.of(windowed(sloBurnRate, time.Hour))))
}

// alertName is the name of an alert about this objective.
func (o *objective) alertName(what string) string { return camel(o.slo.Name) + what }

// promDuration prints a duration for PromQL.
func promDuration(d time.Duration) string { return slo.FormatDuration(d) }

// title is the objective's name for people.
func (o *objective) title() string {
	if o.slo.Title != "" {
		return o.slo.Title
	}
	return strings.ReplaceAll(o.slo.Name, "_", " ")
}
