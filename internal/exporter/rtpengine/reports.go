package rtpengine

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// reports reads what RTCP reports have said about quality since the start. Units are RTPEngine's: jitter in milliseconds,
// round trips in microseconds, loss in percent (checked on 12.5 and 26.0 against reports of known values).
type reports struct{ engine *engine }

// Name is that of the collector in its flag and in its outcome: reports.
func (reports) Name() string { return "reports" }

// Scrape reads the statistics as a whole.
func (r reports) Scrape(ctx context.Context, b *emit.Batch) error {
	stats, err := r.engine.statistics(ctx)
	if err != nil {
		return err
	}
	mos, known := stats.Lookup("mos")
	voip, detailed := stats.Lookup("voip_metrics")
	if !known && !detailed {
		return exporter.Absent(nil)
	}
	emitReports(b, metric.RTPEngineReportedMOS, mos, "mos", one)
	emitVoIP(b, voip)
	emitSquares(b, metric.RTPEngineReportedMOSSquares, mos, "mos", one)
	emitSquares(b, metric.RTPEngineReportedJitterSquares, voip, "jitter", milliseconds)
	emitSquares(b, metric.RTPEngineMeasuredJitterSquares, voip, "jitter_measured", milliseconds)
	emitSquares(b, metric.RTPEngineReportedLossSquares, voip, "packetloss", percents)
	emitSquares(b, metric.RTPEngineReportedRoundTripSquares, voip, "rtt_e2e", microseconds, "end_to_end")
	emitSquares(b, metric.RTPEngineReportedRoundTripSquares, voip, "rtt_dsct", microseconds, "leg")
	return nil
}

// emitSquares emits the sum of the squares of the samples that are called name, as long as there are samples and their sum is one: without
// it squares say nothing. The deviations beside them
// are truncated as the averages are, and that of MOS in 26.0 is a tenth of what it should be, so they are not used.
func emitSquares(b *emit.Batch, f *metric.Family, dict bencode.Value, name string, unit float64, labels ...string) {
	if samples, ok := number(dict, name+"_samples_total"); !ok || samples == 0 {
		return
	}
	if sum, ok := number(dict, name+"_total"); !ok || sum < 0 {
		return
	}
	emitFields(b, dict, []field{{f, name + "2_total", unit * unit}}, labels...)
}

func emitVoIP(b *emit.Batch, voip bencode.Value) {
	emitReports(b, metric.RTPEngineReportedJitter, voip, "jitter", milliseconds)
	emitReports(b, metric.RTPEngineMeasuredJitter, voip, "jitter_measured", milliseconds)
	emitReports(b, metric.RTPEngineReportedLoss, voip, "packetloss", percents)
	emitReports(b, metric.RTPEngineReportedRoundTrip, voip, "rtt_e2e", microseconds, "end_to_end")
	emitReports(b, metric.RTPEngineReportedRoundTrip, voip, "rtt_dsct", microseconds, "leg")
	emitFields(b, voip, []field{
		{metric.RTPEngineRTPLost, "packets_lost", one},
		{metric.RTPEngineRTPDuplicates, "rtp_duplicates", one},
		{metric.RTPEngineRTPSkips, "rtp_skips", one},
		{metric.RTPEngineRTPResets, "rtp_seq_resets", one},
		{metric.RTPEngineRTPReordered, "rtp_reordered", one},
	})
}
