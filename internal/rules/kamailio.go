package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// kamailioJob is the job label of the Kamailio targets, as the scrape configuration sets it.
const kamailioJob = "kamailio"

// kamailioBoard is the uid of the Kamailio board, without the prefix that all boards share.
const kamailioBoard = "kamailio"

// kamailioTier makes the rules of the SIP proxy tier.
type kamailioTier struct {
	watched
	setup        section // the records of call set-up
	callsPerNode int
	limits       spec.KamailioThresholds
	anchored     bool
}

// kamailio returns the records, alerts and stories of the SIP proxy tier.
func kamailio(s *spec.Spec, l links) *kamailioTier {
	tier := s.Platform.SIPProxies
	k := &kamailioTier{
		watched: watched{
			links: l, daemon: "Kamailio", service: "kamailio", exporter: "kamailio_exporter", port: tier.MetricsPort, job: kamailioJob,
			board: kamailioBoard, kit: metric.KamailioKit, start: metric.KamailioStartTime, plan: "platform.yaml", nodes: tier.Nodes,
		},
		callsPerNode: tier.CallsPerNode, limits: s.Alerts.Kamailio, anchored: anchored(s),
	}
	k.callSetupRecords()
	k.capacityRecords()
	k.downAlert()
	k.restartAlert(k.limits.RestartsAnHour, Alert{
		Impact: "Calls in set-up and registrations in memory are lost at each crash; calls that are up go on without their proxy until their next message.",
		Look:   []string{"`kamcmd core.uptime` and `kamcmd core.version` on the node: since when does it run, and which version?"},
		Do: []string{
			"Take the node out of the load balancer (`gcloud compute instance-groups unmanaged remove-instances GROUP --instances=NODE --zone=ZONE`): the others carry its calls.",
			"Keep the core file (`coredumpctl dump kamailio --output=kamailio.core`) and the log; if the crashes began with a new version or configuration, go back to the one before.",
		},
	})
	k.capacityAlert()
	k.dispatcherAlerts()
	k.relaysAlert()
	k.workerQueueAlert()
	k.sharedMemoryAlert()
	k.privateMemoryAlert()
	k.memoryLeakAlert()
	k.processesAlert()
	k.connectionsAlert()
	k.certificateAlert()
	k.registrationAlert()
	k.neighbourAlert()
	k.collectorAlert("dispatcher", k.limits.CollectorFailingFor, Alert{
		Look: []string{"the same RPC by hand, for example `kamcmd dispatcher.list`: does it answer, and how fast?"},
		Do: []string{
			"Outcome fault or decode: note Kamailio's version (`kamcmd core.version`) and report it with the reply.",
			"Outcome transport: check the control socket's limits; very long replies exceed what the binary protocol carries, and JSON-RPC over HTTP does not.",
		},
		FalsePositives: []string{"A Kamailio that is being reconfigured while its modules reload."},
	})
	k.callSetupDataAlert()
	if k.anchored {
		k.stories = append(k.stories, k.callSetupStories()...)
	}
	return k
}

// anchored reports whether the server knows the anchored modifier without a feature flag.
func anchored(s *spec.Spec) bool { return s.Platform.Prometheus.Anchored() }

// capacityRecords record the calls in progress, and what they are of what the tier carries with one node lost.
func (k *kamailioTier) capacityRecords() {
	k.record(Record{
		Name: concurrentCalls, Labels: []metric.Label{instanceLabel()},
		Help: "Calls in progress or in set-up at a proxy, as its dialog module counts them; absent where the module is not loaded.",
	}, fmt.Sprintf("sum by (instance) (%s)", metric.KamailioDialogs.Name), nil)

	// A sum that lacks a proxy would look like room that is not there, so there is none unless every proxy that is up tells.
	k.record(Record{
		Name: capacityUsed, Unit: metric.Ratio,
		Help: fmt.Sprintf("Calls of the tier as a share of the %d that it carries with one of its %d nodes lost; absent while a proxy that is up does not tell its calls.",
			k.capacity(), len(k.nodes)),
	}, fmt.Sprintf("sum(%s) / %d unless on () (%s == 1 unless on (instance) %s)",
		concurrentCalls, k.capacity(), metric.KamailioKit.Up.Name, concurrentCalls), nil)
}

// callSetupRecords record how many calls were attempted and how many the platform failed, and by which method that is
// known for each proxy.
func (k *kamailioTier) callSetupRecords() {
	c := callSetup{anchored: k.anchored}
	add := func(name, help, expr string) {
		k.setup.record(Record{Name: name, Help: help, Labels: []metric.Label{instanceLabel()}}, expr, nil)
	}
	for _, w := range append([]time.Duration{time.Minute}, BaseWindows()...) {
		add(windowed(callSetupAttempts, w), "Initial INVITEs of the window. "+c.accuracy(), c.attempts(w))
		add(windowed(callSetupApproximate, w), "Initial INVITEs of the window that the platform failed, as the core and sl statistics suggest; docs/call-setup-sli.md has the errors.",
			c.approximateFailures(w))
		add(windowed(callSetupFailures, w), "Initial INVITEs of the window that ended in 408, 500, 503, 504 or in no answer. "+c.accuracy(), c.failures(w))
	}
	perSecond := func(name string) string { return windowed(name, time.Minute) + " / 60" }
	add(callSetupRate, "Call attempts a second, over the last minute.", perSecond(callSetupAttempts))
	add(callSetupFailureRate, "Calls a second that the platform failed, over the last minute.", perSecond(callSetupFailures))

	method := Record{
		Name: callSetupMethod,
		Labels: []metric.Label{instanceLabel(), {
			Name: "method", Help: "exact counts outcomes in Kamailio's script; approximate derives them from its core and sl statistics.",
			Values: []string{methodExact, methodApproximate},
		}},
		Help: "How a proxy's call attempts and failures are known; the value is always 1.",
	}
	k.setup.record(method, fmt.Sprintf("group by (instance) (%s)", metric.KamailioCallSetupAttempts.Name), map[string]string{"method": methodExact})
	k.setup.record(method, fmt.Sprintf("group by (instance) (%s) unless group by (instance) (%s)", invites(), metric.KamailioCallSetupAttempts.Name),
		map[string]string{"method": methodApproximate})
}
