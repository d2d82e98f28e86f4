package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// rtpengine reads how Kamailio sees each RTPEngine, which decides over calls whatever the engine says of itself.
type rtpengine struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: rtpengine.
func (rtpengine) Name() string { return "rtpengine" }

// Scrape asks rtpengine.show.
func (r rtpengine) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := r.rpc.call(ctx, "rtpengine.show", "all")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, engine := range answer.list() {
		url, set := engine.str("url"), engine.str("set")
		emitFields(b, engine, []field{{metric.KamailioRTPEngineWeight, "weight", 1}}, url, set)
		up, disabled, ok := engineState(engine)
		if !ok {
			b.Invalid(metric.KamailioRTPEngineUp)
			continue
		}
		b.Add(metric.KamailioRTPEngineUp, truth(up), url, set)
		b.Add(metric.KamailioRTPEngineDisabled, truth(disabled), url, set)
	}
	return nil
}

// engineState reads the members of rtpengine.show. Before 6.0 there is disabled alone: 0, 1 for an engine that does not
// answer, and the text 1(permanent) for one that was switched off. From 6.0 on disabled means switched off, and active
// whether the engine answers: an engine that is dead has disabled 0. recheck_ticks counts down in some versions and
// not in others, so it is left alone. ok is false for what is none of these.
func engineState(engine reply) (up, disabled, ok bool) {
	state := engine.str("disabled")
	active, told := engine.field("active")
	switch {
	case told && active.text() != "0" && active.text() != "1":
		return false, false, false
	case state == "0":
		return !told || active.text() == "1", false, true
	case state == "1":
		return false, told, true
	}
	return false, true, state == "1(permanent)"
}

// rtpproxy reads how Kamailio sees each RTPProxy. The member recheck is in ticks of Kamailio's own clock, which nothing
// else tells, so it is left alone.
type rtpproxy struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: rtpproxy.
func (rtpproxy) Name() string { return "rtpproxy" }

// Scrape asks rtpproxy.list.
func (r rtpproxy) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := r.rpc.call(ctx, "rtpproxy.list")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, proxy := range answer.list() {
		url, set := proxy.str("url"), proxy.str("setid")
		emitFields(b, proxy, []field{{metric.KamailioRTPProxyWeight, "weight", 1}}, url, set)
		if disabled, ok := proxy.number("disabled"); ok {
			b.Add(metric.KamailioRTPProxyUp, truth(disabled == 0), url, set)
		}
	}
	return nil
}
