package sip

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// media shows what became of a call's audio.
type media struct{ *watch }

// Name is the collector's name.
func (media) Name() string { return "media" }

// Scrape shows the last result.
func (m media) Scrape(_ context.Context, b *emit.Batch) error {
	r := m.result()
	switch {
	case r == nil:
		return exporter.Failed(exporter.OutcomeTimeout, errNothingProbed)
	case r.Media == nil:
		return exporter.Empty(nil) // there was no call, or it was not answered
	}
	x := r.Media
	for _, count := range []struct {
		family *metric.Family
		n      int
	}{
		{metric.SIPProbeRTPSent, x.Sent},
		{metric.SIPProbeRTPReceived, x.Received},
		{metric.SIPProbeRTPEchoed, x.Echoed},
		{metric.SIPProbeRTPEarly, x.Early},
		{metric.SIPProbeRTPRepeated, x.Repeated},
		{metric.SIPProbeRTPReordered, x.Reordered},
		{metric.SIPProbeRTCPReports, x.Reports},
	} {
		b.Add(count.family, float64(count.n))
	}
	known(b, metric.SIPProbeDirectionLoss, x.OutLoss, "out")
	known(b, metric.SIPProbeDirectionLoss, x.InLoss, "in")
	known(b, metric.SIPProbeLoss, x.Loss)
	known(b, metric.SIPProbeBurst, x.Burst)
	known(b, metric.SIPProbeRating, x.R)
	known(b, metric.SIPProbeMOS, x.MOS)
	took(b, metric.SIPProbeJitter, x.Jitter)
	took(b, metric.SIPProbeRoundTrip, x.RoundTrip)
	took(b, metric.SIPProbeFirstPacket, x.FirstPacket)
	if x.Out != nil {
		b.Add(metric.SIPProbeAudio, truth(*x.Out), "out")
	}
	if x.In != nil {
		b.Add(metric.SIPProbeAudio, truth(*x.In), "in")
	}
	if oneWay, known := x.OneWay(); known {
		b.Add(metric.SIPProbeOneWay, truth(oneWay))
	}
	return nil
}

// known adds a value that is.
func known(b *emit.Batch, f *metric.Family, v *float64, labels ...string) {
	if v != nil {
		b.Add(f, *v, labels...)
	}
}
