package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// relay reads what was relayed by the daemon and by the kernel module. The totals of both beside them are not emitted: their
// sum with the parts would count everything twice.
type relay struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: relay.
func (relay) Name() string { return "relay" }

// Scrape reads totalstatistics of the statistics.
func (r relay) Scrape(ctx context.Context, b *emit.Batch) error {
	totals, err := r.engine.section(ctx, "totalstatistics")
	if err != nil {
		return err
	}
	for suffix, path := range map[string]string{"_user": "userspace", "_kernel": "kernel"} {
		emitFields(b, totals, []field{
			{metric.RTPEngineRelayedPackets, "relayedpackets" + suffix, one},
			{metric.RTPEngineRelayedBytes, "relayedbytes" + suffix, one},
			{metric.RTPEngineRelayErrors, "relayedpacketerrors" + suffix, one},
		}, path)
	}
	return nil
}
