package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// transcoders reads which codecs are turned into which, the costliest thing that RTPEngine does.
type transcoders struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: transcoders.
func (transcoders) Name() string { return "transcoders" }

// Scrape reads transcoders of the statistics.
func (t transcoders) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := t.engine.section(ctx, "transcoders")
	if err != nil {
		return err
	}
	return emitEach(b, list, "chain", []field{
		{metric.RTPEngineTranscoders, "num", one},
		{metric.RTPEngineTranscodedPackets, "packets", one},
		{metric.RTPEngineTranscodedBytes, "bytes", one},
		{metric.RTPEngineTranscodedSamples, "samples", one},
	})
}
