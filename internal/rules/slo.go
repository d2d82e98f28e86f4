package rules

import (
	"fmt"
	"slices"
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
	slo    spec.SLO
	burns  []slo.Burn
	label  metric.Label // slo, with the names of all objectives
	events section      // what happened, how fast it burns the budget, and the alerts
	budget section      // what is left for the period
	// source makes up events for stories; nil when the objective's expressions read what it cannot make up.
	source eventSource
}

// newObjective returns the records, alerts and stories of an objective. All lists the names of all objectives.
func newObjective(s spec.SLO, all []string, l links, source eventSource) *objective {
	o := &objective{
		links: l, slo: s, source: source,
		burns: slo.Burns(slo.Tiers(), s.Objective, s.Period),
		label: metric.Label{Name: "slo", Help: "Name of the objective.", Values: all},
	}
	o.eventRecords()
	o.ratioRecords()
	o.burnAlert()
	o.dataAlert()
	o.budgetRecords()
	return o
}

// add records a series of this objective under its slo label.
func (o *objective) add(to *section, name, help string, unit metric.Unit, expr string) {
	to.record(Record{Name: name, Help: help, Unit: unit, Labels: []metric.Label{o.label}}, expr, map[string]string{"slo": o.slo.Name})
}

// of selects this objective's series of a record.
func (o *objective) of(name string) string { return fmt.Sprintf("%s{slo=%q}", name, o.slo.Name) }

// windows are the windows of the burn rates, the shortest first: the base windows, which are read from the source, and
// the longer ones, which are made of tiles.
func (o *objective) windows() (base, long []time.Duration) {
	base = BaseWindows()
	for _, b := range o.burns {
		for _, w := range []time.Duration{b.Short, b.Long} {
			if !slices.Contains(base, w) && !slices.Contains(long, w) {
				long = append(long, w)
			}
		}
	}
	slices.Sort(long)
	return base, long
}

// eventRecords record failed and all events of each window. An expression that yields nothing for the errors while there
// are events means that none failed. What happened in the last five minutes may not be in the longer windows yet.
func (o *objective) eventRecords() {
	const failed, all = "Events of the window that failed", "Events of the window"
	base, long := o.windows()
	for _, w := range base {
		errors := promql.Expand(o.slo.SLI.Errors.Text, promql.Window(w)).Text
		total := promql.Expand(o.slo.SLI.Total.Text, promql.Window(w)).Text
		o.add(&o.events, windowed(sloErrors, w), failed+".", metric.None, fmt.Sprintf("%s or 0 * (%s)", errors, total))
		o.add(&o.events, windowed(sloEvents, w), all+".", metric.None, total)
	}
	for _, w := range long {
		o.add(&o.events, windowed(sloErrors, w), failed+", up to five minutes ago.", metric.None, o.tiles(sloErrors, tile, w))
		o.add(&o.events, windowed(sloEvents, w), all+", up to five minutes ago.", metric.None, o.tiles(sloEvents, tile, w))
	}
}

// tiles adds up the tiles of a window.
func (o *objective) tiles(name string, tile, window time.Duration) string {
	return fmt.Sprintf("sum_over_time(%s[%s:%s])", o.of(windowed(name, tile)), promDuration(window), promDuration(tile))
}

// ratioRecords record what share of the events failed and succeeded, and how fast that burns the budget. Without events
// there is no ratio: neither 0 nor 100 % is known then.
func (o *objective) ratioRecords() {
	base, long := o.windows()
	for _, w := range append(base, long...) {
		o.add(&o.events, windowed(sloErrorRatio, w), "Share of the window's events that failed; absent without events.", metric.Ratio,
			o.share(windowed(sloErrors, w), windowed(sloEvents, w)))
		o.add(&o.events, windowed(sloSuccess, w), "Share of the window's events that succeeded; absent without events.", metric.Ratio,
			"1 - "+o.of(windowed(sloErrorRatio, w)))
		o.add(&o.events, windowed(sloBurnRate, w), "How fast the window burns the error budget: 1 spends exactly all of it in the period.", metric.None,
			fmt.Sprintf("%s / %s", o.of(windowed(sloErrorRatio, w)), slo.FormatNumber(o.allowed())))
	}
}

// share is one record divided by another where that is above zero.
func (o *objective) share(part, whole string) string {
	return fmt.Sprintf("%s / (%s > 0)", o.of(part), o.of(whole))
}

// allowed is the share of events that may fail.
func (o *objective) allowed() float64 { return slo.Budget(o.slo.Objective) }

// alertName is the name of an alert about this objective.
func (o *objective) alertName(what string) string { return camel(o.slo.Name) + what }

// title is the objective's name for people.
func (o *objective) title() string {
	if o.slo.Title != "" {
		return o.slo.Title
	}
	return strings.ReplaceAll(o.slo.Name, "_", " ")
}

// promDuration prints a duration for PromQL.
func promDuration(d time.Duration) string { return slo.FormatDuration(d) }
