package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// counterRecords record what the increase of a counter over five minutes does not see, where the objective counts by
// counters and only adds them up.
func (o *objective) counterRecords() {
	if o.counting.born == nil {
		return
	}
	born, returned := o.counting.born(), o.counting.returned()
	for _, s := range o.sides() {
		o.add(&o.counters, windowed(s.born, tile), s.what+" with which counters began in the last five minutes.", metric.None, s.corrected(born))
	}
	for _, s := range o.sides() {
		o.add(&o.counters, windowed(s.returned, tile), s.what+" of the time in which counters were not scraped, when they come back.", metric.None,
			s.corrected(returned))
	}
}

// maintenanceRecord is there while announced maintenance touches the last five minutes, and not otherwise. That nothing
// says anything about maintenance means that there is none.
func (o *objective) maintenanceRecord() {
	announced := fmt.Sprintf("max(max_over_time(%s[%s])) > 0", o.of(metric.SLOMaintenanceActive.Name), promDuration(tile))
	parts := []string{"(" + announced + ")"}
	for _, e := range o.slo.Exclusions {
		parts = append(parts, during(e))
	}
	o.add(&o.events, sloMaintenance, "1 while announced maintenance touches the last five minutes; absent otherwise.", metric.None, strings.Join(parts, " or "))
}

// during yields 1 while the last five minutes overlap an exclusion. The time is that of the evaluation, so that a backfill
// computes the same.
func during(e spec.Exclusion) string {
	return fmt.Sprintf("((vector(time()) > bool %d) * (vector(time()) < bool %d) > 0)", e.From.Unix(), e.To.Add(tile).Unix())
}

// eventRecords record failed and all events of each window: as they came (raw), and without those of maintenance. An
// hour is counted at the source where that is possible, since it then knows the last minute; what else is longer than
// five minutes is made of tiles and ends at the last full one.
func (o *objective) eventRecords() {
	for _, s := range o.sides() {
		o.add(&o.events, windowed(s.raw, tile), s.what+" of the window, those of maintenance among them.", metric.None, o.withBorn(s, tile))
		o.add(&o.events, windowed(s.excluded, tile), s.what+" of the window in maintenance; absent without maintenance.", metric.None,
			fmt.Sprintf("%s and %s", o.of(windowed(s.raw, tile)), o.of(sloMaintenance)))
		o.add(&o.events, windowed(s.kept, tile), s.what+" of the window that count; absent in maintenance.", metric.None,
			fmt.Sprintf("%s unless %s", o.of(windowed(s.raw, tile)), o.of(sloMaintenance)))
	}
	for _, w := range o.windows()[1:] {
		for _, s := range o.sides() {
			if w == time.Hour && o.counting.anyWindow {
				o.hourRecords(s)
				continue
			}
			o.add(o.windowSection(w), windowed(s.kept, w), s.what+" of the window that count, up to "+lag(w)+" ago.", metric.None, o.tiles(s.kept, tileOf(w), w))
		}
	}
}

// hourRecords count an hour at the source, and take away what maintenance took.
func (o *objective) hourRecords(s side) {
	raw := o.of(windowed(s.raw, time.Hour))
	o.add(&o.events, windowed(s.raw, time.Hour), s.what+" of the window, those of maintenance among them.", metric.None, o.withBorn(s, time.Hour))
	o.add(&o.events, windowed(s.kept, time.Hour), s.what+" of the window that count.", metric.None,
		fmt.Sprintf("clamp_min(%s - %s, 0) or %s", raw, o.tiles(s.excluded, tile, time.Hour), raw))
}

// withBorn is what the source counts in a window, and what counters began with in it.
func (o *objective) withBorn(s side, w time.Duration) string {
	counted := s.expr(w)
	if o.counting.born == nil {
		return counted
	}
	born := o.of(windowed(s.born, tile))
	if w > tile {
		born = o.tiles(s.born, tile, w)
	}
	return fmt.Sprintf(`sum(label_replace((%s), "side", "first", "", "") or %s)`, counted, born)
}

// tileOf is the tile that a window is made of.
func tileOf(w time.Duration) time.Duration {
	if w > sixHours {
		return dayTile
	}
	return tile
}

// lag is how old the end of a window can be.
func lag(w time.Duration) string {
	if w > sixHours {
		return "35 minutes"
	}
	return "five minutes"
}

// tiles adds up the tiles of a window.
func (o *objective) tiles(name string, tile, window time.Duration) string {
	return fmt.Sprintf("sum_over_time(%s[%s:%s])", o.of(windowed(name, tile)), promDuration(window), promDuration(tile))
}

// ratioRecords record what share of the events failed and succeeded, and how fast that burns the budget. Without events
// there is no ratio: neither 0 nor 100 % is known then.
func (o *objective) ratioRecords() {
	for _, w := range o.windows() {
		to := o.windowSection(w)
		o.add(to, windowed(sloErrorRatio, w), "Share of the window's events that failed; absent without events.", metric.Ratio,
			o.ratio(promDuration(w)))
		o.add(to, windowed(sloSuccess, w), "Share of the window's events that succeeded; absent without events.", metric.Ratio,
			"1 - "+o.of(windowed(sloErrorRatio, w)))
		o.add(to, windowed(sloBurnRate, w), "How fast the window burns the error budget: 1 spends exactly all of it in the period.", metric.None,
			fmt.Sprintf("%s / %s", o.of(windowed(sloErrorRatio, w)), slo.FormatNumber(o.allowed())))
	}
}

// ratio is the share of events that failed in a window, by the end of its records' names.
func (o *objective) ratio(window string) string {
	if o.slo.SLI.Kind == spec.Weighted {
		return o.weightedMean(window)
	}
	return o.share(sloErrors+window, sloEvents+window)
}

// share is one record divided by another where that is above zero.
func (o *objective) share(part, whole string) string {
	return fmt.Sprintf("%s / (%s > 0)", o.of(part), o.of(whole))
}
