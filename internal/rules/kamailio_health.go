package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// callSetupDataAlert tells when a proxy is up and neither way to count its calls yields anything. A proxy without calls
// counts zero of them and is no fault.
func (k *kamailioTier) callSetupDataAlert() {
	const name = "KamailioCallSetupDataMissing"
	attempts := windowed(callSetupAttempts, BaseWindows()[0])
	rule := Rule{
		Expr: fmt.Sprintf("%s == 1 unless on (instance) %s", metric.KamailioKit.Up.Name, attempts),
		For:  slo.FormatDuration(k.limits.CallsUncountedFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "Calls through {{ $labels.instance }} are not counted",
			"Kamailio answers, but neither its script nor its core counts INVITEs, so the call set-up objective does not see this node."),
	}
	node := k.targetLabels(k.nodes[0])
	// What was counted before the fault is in the window of the record for as long as the window is.
	known := BaseWindows()[0]
	if !k.anchored {
		known -= storyStep // extrapolation needs two samples in the window
	}
	c := lapseOf(k.limits.CallsUncountedFor+known, 2*storyStep)
	up := series(metric.KamailioKit.Up.Name, node, c.gauge(1, 1))
	exact := metric.KamailioCallSetupAttempts.Name
	core := merge(node, map[string]string{"method": "invite"})
	rest := phase{length: c.length()}
	broken := []phase{{length: c.before, rise: 1}, {length: c.fault, gone: true}, {length: c.after, rise: 1}}
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A proxy is up, but its calls are not counted",
		Meaning: "Neither the counters of observability.cfg nor the core statistics of a proxy that answers are there, so its call attempts and failures are unknown.",
		Impact:  "Calls through the node are missing from the call set-up objective: failures there burn no budget and page nobody.",
		Look: []string{
			"`kamcmd stats.get_statistics script: core:` on the node: `script:obs_invite_attempts` and `core:rcv_requests_invite` should be there",
			"`curl -s http://NODE:9494/metrics | grep -E 'call_setup|by_method_total'`",
			"`promtool query instant http://localhost:9090 '" + callSetupMethod + "'`: how each proxy is counted",
		},
		Do: []string{
			"Include observability.cfg in kamailio.cfg as its head says, and load the statistics and kex modules; `kamailio -c -f /etc/kamailio/kamailio.cfg` checks it, `systemctl restart kamailio` brings it in, after the node was taken out of the load balancer.",
			"Check that the exporter runs without `--no-collector.callsetup` and `--no-collector.core`.",
		},
		FalsePositives: []string{"A Kamailio that is no proxy for calls, for example a registrar: take it out of the tier."},
	},
		c.fires(name, "both counts vanish", one(firing(rule, node, "", nil)), up,
			series(exact, node, counterValues(storyStep, broken...)), series(metric.KamailioRequestsByMethod.Name, core, counterValues(storyStep, broken...))),
		c.quiet(name, "the proxy is idle", Silent, up, series(exact, node, counterValues(storyStep, rest))),
		c.quiet(name, "only the core counts", Holds, up, series(metric.KamailioRequestsByMethod.Name, core, counterValues(storyStep, rest))))
}
