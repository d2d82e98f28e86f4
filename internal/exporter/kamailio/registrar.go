package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// registrar reads how REGISTER requests were answered, and the limits in force.
type registrar struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: registrar.
func (registrar) Name() string { return "registrar" }

// Scrape reads the group registrar of the statistics.
func (r registrar) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := r.stats.group(ctx, "registrar", "registrar")
	if err != nil {
		return err
	}
	for _, result := range []struct{ label, statistic string }{
		{"accepted", "accepted_regs"}, {"rejected", "rejected_regs"},
	} {
		if v, ok := values[result.statistic]; ok {
			b.Add(metric.KamailioRegistrations, float64(v), result.label)
		}
	}
	emitPlain(b, values, []plain{{metric.KamailioRegistrarDefaultExpires, "default_expire"}})
	for _, limit := range []plain{
		{metric.KamailioRegistrarMaxExpires, "max_expires"},
		{metric.KamailioRegistrarContactsLimit, "max_contacts"},
	} {
		if v := values[limit.statistic]; v > 0 { // 0 is no limit
			emitLevel(b, limit.family, v)
		}
	}
	return nil
}
