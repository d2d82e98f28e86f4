package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// Limits of what is judged here. They are properties of Kamailio and the exporter rather than of a platform, so the spec
// does not hold them.
const (
	sharedMemoryFree = 0.1 // share of the pool below which it is nearly full
	sharedMemoryFor  = 10 * time.Minute
	collectorFor     = 10 * time.Minute
	setupDataFor     = 15 * time.Minute
)

// healthBefore, healthFault and healthAfter are the phases of the stories below.
const (
	healthBefore = 5 * time.Minute
	healthFault  = 40 * time.Minute
	healthAfter  = 10 * time.Minute
)

// faultStory tells of a fault that begins after healthBefore and lasts healthFault: the alert holds for a time, fires, and
// resets some time after the fault.
func (k *kamailioTier) faultStory(title, alert string, wait, reset time.Duration, expected ExpectedAlert, input ...TestSeries) TestGroup {
	hold := healthBefore + stepsUp(wait)
	return TestGroup{
		Name: alert + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds, Resets}, InputSeries: input,
		AlertTests: []AlertTest{
			at(hold-storyStep, alert),
			at(hold, alert, expected),
			at(healthBefore+healthFault-storyStep, alert, expected),
			at(healthBefore+healthFault+reset, alert),
		},
	}
}

// quietStory tells of what must not alert, at any of the times at which a fault would.
func (k *kamailioTier) quietStory(title, alert string, proof Proof, wait time.Duration, input ...TestSeries) TestGroup {
	return TestGroup{
		Name: alert + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: []Proof{proof}, InputSeries: input,
		AlertTests: []AlertTest{at(healthBefore+stepsUp(wait), alert), at(healthBefore+healthFault-storyStep, alert)},
	}
}

// fault is a gauge that has another value during the fault.
func fault(normal, faulty float64) string {
	return gauge(storyStep, phase{length: healthBefore, value: normal}, phase{length: healthFault, value: faulty}, phase{length: healthAfter, value: normal})
}

// sharedMemoryAlert tells when Kamailio is about to run out of the memory that its processes share.
func (k *kamailioTier) sharedMemoryAlert() {
	const name = "KamailioSharedMemoryLow"
	rule := Rule{
		Expr: fmt.Sprintf("%s / %s < %s", metric.KamailioShmFree.Name, metric.KamailioShmSize.Name, slo.FormatNumber(sharedMemoryFree)),
		For:  slo.FormatDuration(sharedMemoryFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "Kamailio on {{ $labels.instance }} runs out of shared memory",
			"{{ $value | humanizePercentage }} of the shared memory pool is free."),
	}
	labels := k.targetLabels(k.tier.Nodes[0])
	size := series(metric.KamailioShmSize.Name, labels, fault(1000, 1000))
	free := func(values string) TestSeries { return series(metric.KamailioShmFree.Name, labels, values) }
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Kamailio's shared memory pool is nearly full",
		Meaning: "Less than " + slo.FormatPercent(sharedMemoryFree) + " of the pool that all Kamailio processes share is free. Transactions, dialogs, registrations and hash tables live there; the size is fixed at the start (-m).",
		Impact:  "None yet. When it is full, Kamailio cannot create transactions and answers 500, or crashes.",
		Look: []string{
			"the Kamailio board: a steady rise is a leak or a table that grows, a jump is traffic",
			"`kamcmd core.shmmem` on the node; many fragments mean that the free memory is in small pieces",
			"`kamcmd tm.stats` and `kamcmd dlg.stats_active`: transactions and dialogs in memory",
			"`kamcmd htable.stats` and `kamcmd ul.dump brief` where the modules are loaded: sizes of tables",
			"`kamcmd corex.shm_summary` writes the owners of the memory to the log",
		},
		Do: []string{
			"If a table grows without end, give its entries a time to live.",
			"Raise the pool (-m in MB, SHM_MEMORY in /etc/default/kamailio) at the next restart, after taking the node out of the load balancer.",
			"If it fills within hours, restart the nodes one by one now and report the leak with the memory summary.",
		},
		FalsePositives: []string{"A pool that was sized to be nearly full by tables of a fixed size, such as least cost routes."},
	},
		k.faultStory("nearly full", name, sharedMemoryFor, 0, firing(rule, labels, "9%", nil), size, free(fault(500, 90))),
		k.quietStory("filled to just above the limit", name, Holds, sharedMemoryFor, size, free(fault(500, 101))),
		k.quietStory("shared memory is not read", name, Silent, sharedMemoryFor, k.upSeries(healthPhases(), healthPhases(), healthPhases())...))
}

// healthPhases is a gauge of 1 throughout.
func healthPhases() []phase {
	return []phase{{length: healthBefore + healthFault + healthAfter, value: 1}}
}

// collectorAlert tells when a part of the exporter fails although Kamailio answers.
func (k *kamailioTier) collectorAlert() {
	const name = "KamailioCollectorFailing"
	success, up := metric.KamailioKit.CollectorSuccess.Name, metric.KamailioKit.Up.Name
	rule := Rule{
		Expr: fmt.Sprintf("%s == 0 and on (job, instance) %s == 1", success, up),
		For:  slo.FormatDuration(collectorFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "Part of Kamailio on {{ $labels.instance }} is not watched",
			"Kamailio answers, but the collector {{ $labels.collector }} of its exporter fails, so its metrics are missing."),
	}
	node := k.targetLabels(k.tier.Nodes[0])
	labels := merge(node, map[string]string{"collector": "dispatcher"})
	ups := func(values string) TestSeries { return series(up, node, values) }
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A collector of kamailio_exporter fails",
		Meaning: "Kamailio answers, but one kind of its data cannot be read: a timeout, a fault, or a reply that the exporter does not understand. A module that is not loaded is no failure.",
		Impact:  "Boards and alerts over those metrics see nothing, so a fault there goes unnoticed.",
		Look: []string{
			"`curl -s http://NODE:9494/metrics | grep kamailio_exporter_collector_outcome | grep ' 1$'`: the outcome names the reason",
			"`journalctl -u kamailio_exporter -n 100 --no-pager` on the node: one line for each failed scrape, with the cause",
			"the same RPC by hand, for example `kamcmd dispatcher.list`: does it answer, and how fast?",
		},
		Do: []string{
			"Outcome timeout: the reply is slow or large; raise the scrape timeout, or switch the collector off with `--no-collector.NAME`.",
			"Outcome fault or decode: note Kamailio's version (`kamcmd core.version`) and report it with the reply.",
			"Outcome transport: check the control socket's limits; very long replies exceed what the binary protocol carries, and JSON-RPC over HTTP does not.",
		},
		FalsePositives: []string{"A Kamailio that is being reconfigured while its modules reload."},
	},
		k.faultStory("one collector fails", name, collectorFor, 0, firing(rule, labels, "", nil), ups(fault(1, 1)), series(success, labels, fault(1, 0))),
		k.quietStory("all fail because Kamailio is down", name, Holds, collectorFor, ups(fault(1, 0)), series(success, labels, fault(1, 0))),
		k.quietStory("no data", name, Silent, collectorFor, ups(fault(1, 1))))
}

// callSetupDataAlert tells when a proxy is up and neither way to count its calls yields anything. A proxy without calls
// counts zero of them and is no fault.
func (k *kamailioTier) callSetupDataAlert() {
	const name = "KamailioCallSetupDataMissing"
	attempts := windowed(callSetupAttempts, BaseWindows()[0])
	rule := Rule{
		Expr: fmt.Sprintf("%s == 1 unless on (instance) %s", metric.KamailioKit.Up.Name, attempts),
		For:  slo.FormatDuration(setupDataFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "Calls through {{ $labels.instance }} are not counted",
			"Kamailio answers, but neither its script nor its core counts INVITEs, so the call set-up objective does not see this node."),
	}
	node := k.targetLabels(k.tier.Nodes[0])
	up := series(metric.KamailioKit.Up.Name, node, fault(1, 1))
	exact := metric.KamailioCallSetupAttempts.Name
	core := merge(node, map[string]string{"method": "invite"})
	rest := phase{length: healthBefore + healthFault + healthAfter}
	broken := []phase{{length: healthBefore, rise: 1}, {length: healthFault, gone: true}, {length: healthAfter, rise: 1}}
	// What was counted before the fault is in the window of the record for as long as the window is.
	known := BaseWindows()[0]
	if !k.anchored {
		known -= storyStep // extrapolation needs two samples in the window
	}
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
			"Include observability.cfg in kamailio.cfg as its head says, and load the statistics and kex modules.",
			"Check that the exporter runs without `--no-collector.callsetup` and `--no-collector.core`.",
		},
		FalsePositives: []string{"A Kamailio that is no proxy for calls, for example a registrar: take it out of the tier."},
	},
		k.faultStory("both counts vanish", name, setupDataFor+known, 2*storyStep, firing(rule, node, "", nil), up,
			series(exact, node, counterValues(storyStep, broken...)), series(metric.KamailioRequestsByMethod.Name, core, counterValues(storyStep, broken...))),
		k.quietStory("the proxy is idle", name, Silent, setupDataFor, up, series(exact, node, counterValues(storyStep, rest))),
		k.quietStory("only the core counts", name, Holds, setupDataFor, up, series(metric.KamailioRequestsByMethod.Name, core, counterValues(storyStep, rest))))
}
