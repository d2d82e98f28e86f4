package exporter

import "github.com/voipbin/observability/internal/emit"

// report makes the exposition of a pass: what the collectors read, and the kit's families about how that went.
// Where nothing was read nothing is reported: a collector that did not get its turn has no duration, and a target that
// is down has no series but the kit's.
func (o *Observer) report(p pass) *emit.Exposition {
	kit := o.Set.Batch(0)
	kit.Add(o.Kit.Up, boolValue(p.up))
	batches := make([]*emit.Batch, 0, len(p.runs)+1)
	for _, r := range p.runs {
		kit.Add(o.Kit.CollectorSuccess, boolValue(Healthy(r.outcome)), r.collector)
		kit.Add(o.Kit.CollectorOutcome, 1, r.collector, r.outcome)
		if !r.ran {
			continue
		}
		kit.Add(o.Kit.CollectorDuration, r.duration.Seconds(), r.collector)
		if r.batch == nil {
			continue
		}
		o.reportDropped(kit, r)
		batches = append(batches, r.batch)
	}
	return o.Set.Exposition(append(batches, kit)...)
}

// reportDropped has no series where nothing was dropped: three zeros for each collector would be a tenth of a scrape.
func (o *Observer) reportDropped(kit *emit.Batch, r run) {
	d := r.batch.Dropped()
	for _, reason := range []struct {
		label string
		n     int
	}{{"limit", d.Limit}, {"duplicate", d.Duplicate}, {"invalid", d.Invalid + d.Misused}} {
		if reason.n > 0 {
			kit.Add(o.Kit.SeriesDropped, float64(reason.n), r.collector, reason.label)
		}
	}
}

func boolValue(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
