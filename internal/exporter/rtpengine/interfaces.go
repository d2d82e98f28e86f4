package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// interfaces reads traffic and quality by logical interface, so that a bad network shows which side it is on.
type interfaces struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: interfaces.
func (interfaces) Name() string { return "interfaces" }

// Scrape reads interfaces of the statistics.
func (i interfaces) Scrape(ctx context.Context, b *emit.Batch) error {
	list, err := i.engine.section(ctx, "interfaces")
	if err != nil {
		return err
	}
	if len(list.Members()) == 0 {
		return exporter.Empty(nil)
	}
	for _, m := range list.Members() {
		emitInterface(b, m.Value)
	}
	return nil
}

func emitInterface(b *emit.Batch, dict bencode.Value) {
	name, address := text(dict, "name"), text(dict, "address")
	if p, _, ok := poolOf(dict); ok {
		b.Add(metric.RTPEngineInterfaceInfo, 1, name, address, p.first, p.last)
	}
	for _, direction := range metric.RTPEngineInterfacePackets.Labels[2].Values {
		traffic, _ := dict.Lookup(direction)
		emitFields(b, traffic, []field{
			{metric.RTPEngineInterfacePackets, "packets", one},
			{metric.RTPEngineInterfaceBytes, "bytes", one},
			{metric.RTPEngineInterfaceErrors, "errors", one},
		}, name, address, direction)
	}
	emitFields(b, dict, []field{
		{metric.RTPEngineInterfaceLost, "packets_lost", one},
		{metric.RTPEngineInterfaceDuplicates, "duplicates", one},
	}, name, address)
	reports, _ := dict.Lookup("voip_metrics")
	emitReports(b, metric.RTPEngineInterfaceMOS, reports, "mos", one, name, address)
	emitReports(b, metric.RTPEngineInterfaceJitter, reports, "jitter", milliseconds, name, address)
	emitReports(b, metric.RTPEngineInterfaceLoss, reports, "packetloss", percents, name, address)
	emitReports(b, metric.RTPEngineInterfaceRoundTrip, reports, "rtt_e2e", microseconds, name, address, "end_to_end")
	emitReports(b, metric.RTPEngineInterfaceRoundTrip, reports, "rtt_dsct", microseconds, name, address, "leg")
}
