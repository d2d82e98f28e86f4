package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// asteriskJob is the job label of the Asterisk targets, as the scrape configuration sets it.
const asteriskJob = "asterisk"

// asteriskBoard is the uid of the Asterisk board, without the prefix that all boards share.
const asteriskBoard = "asterisk"

// asteriskTier makes the rules of the media server tier.
type asteriskTier struct {
	watched
	tier     spec.MediaServerTier
	limits   spec.AsteriskThresholds
	anchored bool
	proxies  watched // the SIP proxies, whose view of the nodes is compared with the nodes' own
}

// asterisk returns the records, alerts and stories of the media server tier, or nothing where the platform has none.
func asterisk(s *spec.Spec, l links, proxies watched) *asteriskTier {
	tier := s.Platform.MediaServers
	a := &asteriskTier{
		watched: watched{
			links: l, daemon: "Asterisk", service: "asterisk", exporter: "asterisk_exporter", port: tier.MetricsPort, job: asteriskJob,
			board: asteriskBoard, kit: metric.AsteriskKit, start: metric.AsteriskStartTime, plan: "platform.yaml", nodes: tier.Nodes,
		},
		tier: tier, limits: s.Alerts.Asterisk, anchored: anchored(s), proxies: proxies,
	}
	if len(tier.Nodes) == 0 {
		return a
	}
	a.callRecords()
	a.downAlert(a.limits.DownFor, Alert{
		Summary: "A media server is down or cannot be watched",
		Impact:  "Calls on the node are lost with it; the proxies send new ones to the other nodes of its farm once their probes have failed. With cause \"exporter\" or \"missing\" calls may be well: nobody knows.",
		Look: []string{
			"`asterisk -rx 'core show uptime'` on the node: an answer means that Asterisk lives and the exporter cannot log in at its manager port",
			"alert AsteriskViewDiffers and `kamcmd dispatcher.list` on a proxy: are calls still sent there?",
		},
		Do: []string{
			"Cause \"daemon\": keep the core file and the last log lines, then `systemctl restart asterisk`. If it stops again, take the node out of the dispatcher.",
			"Watch that the rest of the farm stays below its capacity: alert AsteriskCapacityHigh.",
		},
		FalsePositives: []string{"An Asterisk that is loading its modules accepts logins and answers little: alert AsteriskNotBooted tells that apart."},
	})
	a.restartAlert(a.limits.RestartsAnHour, Alert{
		Impact: "All calls on the node are lost at each crash, recordings and conferences with them.",
		Look:   []string{"`asterisk -rx 'core show uptime'` on the node, and `ls -l /tmp/core*`"},
		Do: []string{
			"Take the node out of the dispatcher (`kamcmd dispatcher.set_state dx SET URI` on each proxy): the rest of its farm carries its calls.",
			"Keep the core file (`coredumpctl dump asterisk --output=asterisk.core`) and the log; if the crashes began with a new version or dialplan, go back to the one before.",
		},
	})
	a.capacityAlerts()
	a.ownLimitsAlert()
	a.bootAlert()
	a.eventsAlert()
	a.registrationAlert()
	if a.limits.Endpoints != "" {
		a.endpointAlert()
	}
	a.serviceAlert()
	a.tasksAlert()
	a.failuresAlert()
	a.queueAlerts()
	a.stuckAlert()
	a.mediaAlert()
	a.securityAlert()
	a.watched.viewAlert(a.view(), a.limits.ViewDiffersFor, Alert{
		Look: []string{"`kamcmd dispatcher.list` on the proxy: the first letter of FLAGS is what its probes said", "`sipsak -v -s sip:ping@NODE:5060` from the proxy: does Asterisk answer OPTIONS?"},
		Do: []string{
			"Shunned: if Asterisk answers OPTIONS from elsewhere, mend the way between; `kamcmd dispatcher.set_state ap SET URI` puts the node back at once.",
			"Trusted: `kamcmd dispatcher.set_state dx SET URI` on the proxy until the node answers; see AsteriskDown.",
		},
	})
	a.collectorAlert("queues", a.limits.CollectorFailingFor, Alert{
		Look:           []string{"`asterisk -rx 'manager show user USER'` on the node: does the exporter's user have the rights that deploy/asterisk/observability.conf names?"},
		Do:             []string{"Outcome fault: a right is missing or a module does not answer; the exporter's log names the action."},
		FalsePositives: []string{"An Asterisk that is loading its modules: all collectors but core fail until it has."},
	})
	return a
}

// callRecords record the calls of each node and what they are of what its farm carries with one node lost.
func (a *asteriskTier) callRecords() {
	a.record(Record{
		Name: serverCalls, Labels: []metric.Label{instanceLabel()},
		Help: "Calls at a media server, a call being all channels that Asterisk has linked with each other.",
	}, fmt.Sprintf("sum by (instance) (%s)", metric.AsteriskActiveCalls.Name), nil)
	for _, farm := range a.tier.Farms() {
		of := fmt.Sprintf("{farm=%q}", farm)
		a.record(Record{
			Name: serverCapacityUsed, Unit: metric.Ratio,
			Labels: []metric.Label{{Name: "farm", Help: "Name of the farm.", Values: a.tier.Farms()}},
			Help:   "Calls of a farm of media servers as a share of what it carries with one of its nodes lost; absent while a node that is up does not tell its calls.",
		}, fmt.Sprintf("sum(%s%s) / %d unless on () (%s%s == 1 unless on (instance) %s)",
			metric.AsteriskActiveCalls.Name, of, a.capacity(farm), a.kit.Up.Name, of, metric.AsteriskActiveCalls.Name), map[string]string{"farm": farm})
	}
	a.viewRecord(a.view())
}

// capacity is how many calls a farm carries with one node lost. A farm of one node cannot lose any.
func (a *asteriskTier) capacity(farm string) int {
	return max(len(a.tier.Farm(farm))-1, 1) * a.tier.CallsPerNode
}

// view is what the proxies think of the nodes.
func (a *asteriskTier) view() view {
	return view{
		record: serverSeen, proxies: a.proxies, label: "uri",
		address: func(n spec.Node) string { return n.SIP },
		seen:    metric.KamailioDispatcherTargetUp,
		off:     metric.KamailioDispatcherTargetState, offIs: map[string]string{"state": "disabled"},
		keys: map[string]string{"set": "1", "id": ""},
	}
}

// rule is a rule about a node.
func (w *watched) rule(alert, severity, expr string, wait time.Duration, summary, description string) Rule {
	r := Rule{
		Expr: expr, Labels: map[string]string{"severity": severity},
		Annotations: w.annotations(alert, w.board, summary, description),
	}
	if wait > 0 {
		r.For = slo.FormatDuration(wait)
	}
	return r
}

// node are the labels of the first node's series.
func (a *asteriskTier) node() map[string]string { return a.targetLabels(a.nodes[0]) }

// of is a series of the first node.
func (a *asteriskTier) of(f *metric.Family, labels map[string]string, values string) TestSeries {
	return series(f.Name, merge(a.node(), labels), values)
}

// grown is the growth of a counter of all nodes over a window, by job, instance and further labels.
func (a *asteriskTier) grown(selector string, window time.Duration, by string) string {
	return fmt.Sprintf("sum by (job, instance%s) (%s)", by, increase(selector, window, a.anchored))
}
