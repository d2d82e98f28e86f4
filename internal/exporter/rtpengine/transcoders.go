package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// transcoders reads which codecs are turned into which, the costliest thing that RTPEngine does.
type transcoders struct{ engine *engine }

func (transcoders) Name() string { return "transcoders" }

func (t transcoders) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := t.engine.section(ctx, "transcoders")
	if err != nil {
		return err
	}
	if len(list.Members()) == 0 {
		return exporter.Empty(nil)
	}
	for _, m := range list.Members() {
		emitFields(b, m.Value, []field{
			{metric.RTPEngineTranscoders, "num", one},
			{metric.RTPEngineTranscodedPackets, "packets", one},
			{metric.RTPEngineTranscodedBytes, "bytes", one},
			{metric.RTPEngineTranscodedSamples, "samples", one},
		}, text(m.Value, "chain"))
	}
	return nil
}

// pollers reads how evenly the threads that relay packets are loaded.
type pollers struct{ engine *engine }

func (pollers) Name() string { return "pollers" }

func (p pollers) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := p.engine.optional(ctx, "poller_threads", "14.1")
	if err != nil {
		return err
	}
	if len(list.Members()) == 0 {
		return exporter.Empty(nil)
	}
	for _, m := range list.Members() {
		emitFields(b, m.Value, []field{
			{metric.RTPEnginePollerWakeups, "wakeups", one},
			{metric.RTPEnginePollerItems, "items", one},
		}, text(m.Value, "index"))
	}
	return nil
}
