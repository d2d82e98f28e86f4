package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// htable reads how full the hash tables are. htable.dump would show what is in them, callers included.
type htable struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: htable.
func (htable) Name() string { return "htable" }

// Scrape asks htable.stats.
func (h htable) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := h.rpc.call(ctx, "htable.stats")
	if isRefusal(err, "No htables") {
		return exporter.Empty(err)
	}
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, table := range answer.list() {
		emitFields(b, table, []field{
			{metric.KamailioHtableItems, "all", 1},
			{metric.KamailioHtableSlots, "slots", 1},
			{metric.KamailioHtableSlotMin, "min", 1},
			{metric.KamailioHtableSlotMax, "max", 1},
		}, table.str("name"))
	}
	return nil
}
