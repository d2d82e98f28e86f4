package sip

import (
	"context"
	"errors"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/sipprobe"
)

// errNothingProbed is why there is nothing to show.
var errNothingProbed = errors.New("no probe has ended")

// signalling shows how the probe ended and what the messages took.
type signalling struct{ *watch }

// Name is the collector's name.
func (signalling) Name() string { return "probe" }

// Scrape shows the last result.
func (s signalling) Scrape(_ context.Context, b *emit.Batch) error {
	r := s.result()
	if r == nil {
		return exporter.Failed(exporter.OutcomeTimeout, errNothingProbed)
	}
	b.Add(metric.SIPProbeSuccess, truth(r.Outcome == sipprobe.OK))
	b.Add(metric.SIPProbeGrade, float64(r.Grade))
	b.Add(metric.SIPProbeOutcome, 1, string(r.Outcome))
	b.Add(metric.SIPProbeDuration, r.Ended.Sub(r.Began).Seconds())
	b.Add(metric.SIPProbeTime, float64(r.Ended.UnixMilli())/1000)
	if r.Peer.IsValid() {
		b.Add(metric.SIPProbePeer, 1, r.Peer.String(), string(r.Transport))
		b.Add(metric.SIPProbeRetransmissions, float64(r.Retransmissions))
		b.Add(metric.SIPProbeStrays, float64(r.Strays))
	}
	if r.Status != 0 {
		b.Add(metric.SIPProbeStatus, float64(r.Status))
	}
	for i, met := range r.Expectations {
		b.Add(metric.SIPProbeExpectation, truth(met), s.Module.Probe.Expect.Headers[i].Name)
	}
	if r.Released != nil {
		b.Add(metric.SIPProbeReleased, truth(*r.Released))
	}
	took(b, metric.SIPProbeResponse, r.Delay, string(r.Method))
	if r.Grade >= sipprobe.GradeRegistered && r.Method == sipprobe.Register {
		took(b, metric.SIPProbeRegistrationDelay, r.Delay)
	}
	took(b, metric.SIPProbeSessionDelay, r.RequestDelay)
	took(b, metric.SIPProbePostDial, r.PostDial)
	took(b, metric.SIPProbeDisconnectDelay, r.DisconnectDelay)
	return nil
}

// connection shows what it took to get to the server.
type connection struct{ *watch }

// Name is the collector's name.
func (connection) Name() string { return "connection" }

// Scrape shows the last result.
func (c connection) Scrape(_ context.Context, b *emit.Batch) error {
	r := c.result()
	if r == nil {
		return exporter.Failed(exporter.OutcomeTimeout, errNothingProbed)
	}
	took(b, metric.SIPProbeDNS, r.Resolve)
	took(b, metric.SIPProbeConnect, r.Connect)
	took(b, metric.SIPProbeHandshake, r.Handshake)
	if x := r.Certificate; x != nil {
		b.Add(metric.SIPProbeCertificateExpiry, float64(x.NotAfter.Unix()))
		b.Add(metric.SIPProbeCertificateTrusted, truth(x.Verified))
		b.Add(metric.SIPProbeTLSInfo, 1, x.Version)
	}
	if b.Len() == 0 {
		return exporter.Empty(nil) // UDP to an IP address
	}
	return nil
}

// took adds a time that is known.
func took(b *emit.Batch, f *metric.Family, d *time.Duration, labels ...string) {
	if d != nil {
		b.Add(f, d.Seconds(), labels...)
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
