package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// neighbours shows those whom the proxies depend on or answer to, and the sockets between.
func (k kamailioBoard) neighbours() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Registered contacts", none: "the usrloc module is not loaded",
			description: "Contacts in each location table, over the chosen proxies. A cliff means that devices lost their way or that a table was emptied: incoming calls to them fail until they register again.",
			asks:        []ask{{k.of(metric.KamailioUsrlocContacts).Sum("domain"), "{{domain}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Media relays as Kamailio sees them", none: "the rtpengine module is not loaded", alerts: []string{"KamailioRelaysDown"}, states: upStates("used", "not used"),
			description: "Whether Kamailio would use each RTPEngine, the worst that any chosen proxy sees. One that is not used does not answer or was switched off; when none of a set is left, calls have no media.",
			asks:        []ask{{k.of(metric.KamailioRTPEngineUp).Min("set", "url"), "{{set}} {{url}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Registrations at others", none: "the uac module registers nowhere", alerts: []string{"KamailioRegistrationDown"}, states: upStates("online", "not online"),
			description: "Whether Kamailio's own registration at each trunk or server holds; the moment of each refresh counts as not. If one stays down, calls from that trunk do not arrive: check its credentials and its server.",
			asks:        []ask{{k.of(metric.KamailioUACRegistrationUp).Max("domain", "id"), "{{id}} at {{domain}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Neighbours in the message queue", none: "the dmq module is not loaded", alerts: []string{"KamailioDMQNodeDown"}, states: upStates("reached", "given up"),
			description: "Whether the proxies reach each other's distributed message queue, the worst that any chosen proxy sees. One that was given up does not learn of registrations and dialogs: bring it or the network back.",
			asks:        []ask{{k.of(metric.KamailioDMQNodeUp, query.Is("local", "no")).Min("host", "port"), "{{host}}:{{port}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Certificates run out in", none: "no TLS listener shows a certificate", alerts: []string{"KamailioCertificateExpiring"},
			description: "Time until each certificate that the TLS listeners present runs out; below zero it has. Renew it in time, and reload it with tls.reload on each proxy.",
			asks:        []ask{{query.Until(k.of(metric.KamailioCertificateExpiry)).Min("subject"), "{{subject}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets dropped before Kamailio", alerts: []string{"KamailioWorkersBehind"}, none: "the sockets are not visible to the exporter",
			description: "Packets a second that the kernel dropped because the queue of a UDP socket was full. Any is a call or a registration that must be sent again: all workers are busy or stuck, so look at what they wait for.",
			asks:        []ask{{k.rate(metric.KamailioUDPDrops, "listener"), "{{listener}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets that wait for a worker", alerts: []string{"KamailioWorkersBehind"}, none: "the sockets are not visible to the exporter",
			description: "Received data that wait in the kernel for a Kamailio worker. Spikes are bursts; a level that stays is a shortage of workers, or workers that wait for a database or a lock.",
			asks:        []ask{{k.of(metric.KamailioUDPReceiveQueue).Max("listener"), "{{listener}}"}},
		},
	}
}
