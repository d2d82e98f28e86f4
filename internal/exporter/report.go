package exporter

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// report makes the metric families of a pass: what the collectors read, and the kit's families about how that went.
// Where nothing was read nothing is reported: a collector that did not get its turn has no duration, and a target that
// is down has no series but the kit's.
func (o *Observer) report(p pass) []*dto.MetricFamily {
	kit := o.Set.Batch(0)
	kit.Add(o.Kit.Up, boolValue(p.up))
	batches := make([]*emit.Batch, 0, len(p.runs)+1)
	outcomes := metric.Outcomes()
	for _, r := range p.runs {
		kit.Add(o.Kit.CollectorSuccess, boolValue(Healthy(r.outcome)), r.collector)
		for _, outcome := range outcomes {
			kit.Add(o.Kit.CollectorOutcome, boolValue(outcome == r.outcome), r.collector, outcome)
		}
		if !r.ran {
			continue
		}
		kit.Add(o.Kit.CollectorDuration, r.duration.Seconds(), r.collector)
		if r.batch == nil {
			continue
		}
		d := r.batch.Dropped()
		kit.Add(o.Kit.SeriesDropped, float64(d.Limit), r.collector, "limit")
		kit.Add(o.Kit.SeriesDropped, float64(d.Duplicate), r.collector, "duplicate")
		kit.Add(o.Kit.SeriesDropped, float64(d.Invalid+d.Misused), r.collector, "invalid")
		batches = append(batches, r.batch)
	}
	return o.Set.Families(append(batches, kit)...)
}

func boolValue(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
