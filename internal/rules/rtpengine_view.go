package rules

import (
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// view is what the proxies think of the engines.
func (r *rtpengineTier) view() view {
	return view{
		record: mediaProxySeen, proxies: r.proxies, label: "url",
		address: func(n spec.Node) string { return n.Control },
		seen:    metric.KamailioRTPEngineUp, off: metric.KamailioRTPEngineDisabled, keys: map[string]string{"set": "0"},
	}
}

// viewAlert tells when a proxy and an engine disagree about whether the engine is well.
func (r *rtpengineTier) viewAlert() {
	r.watched.viewAlert(r.view(), r.limits.ViewDiffersFor, Alert{
		Look: []string{
			"`kamcmd rtpengine.show all` on the proxy: since 6.0 `active` is what the last ping said",
			"`nc -vzu ENGINE 22222` from the proxy, and the firewall between",
		},
		Do: []string{
			"Shunned: `kamcmd rtpengine.ping all` on the proxy makes it ask again. Kamailio is known to keep an engine inactive after it came back; if it stays so, restart that proxy after taking it out of the load balancer.",
			"Trusted: `kamcmd rtpengine.enable URL 0` on the proxy until the engine answers; see RTPEngineDown.",
		},
	})
}
