package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// pollers reads how evenly the threads that relay packets are loaded.
type pollers struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: pollers.
func (pollers) Name() string { return "pollers" }

// Scrape reads poller_threads of the statistics.
func (p pollers) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := p.engine.optional(ctx, "poller_threads", "14.1")
	if err != nil {
		return err
	}
	return emitEach(b, list, "index", []field{
		{metric.RTPEnginePollerWakeups, "wakeups", one},
		{metric.RTPEnginePollerItems, "items", one},
	})
}
