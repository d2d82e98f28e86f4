package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// mqueue reads how many items wait in the script's queues.
type mqueue struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: mqueue.
func (mqueue) Name() string { return "mqueue" }

// Scrape asks mqueue.get_sizes.
func (m mqueue) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := m.rpc.call(ctx, "mqueue.get_sizes")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, queue := range answer.list() {
		emitFields(b, queue, []field{{metric.KamailioMqueueSize, "size", 1}}, queue.str("name"))
	}
	return nil
}
