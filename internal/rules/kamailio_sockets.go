package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// workerQueueAlert tells when packets wait for the SIP workers, or are dropped in front of them. No RPC says that all UDP
// workers are stuck: the kernel's queue is the only early sign.
func (k *kamailioTier) workerQueueAlert() {
	const name = "KamailioWorkersBehind"
	limit := k.limits.WorkerQueue
	wait := slo.FormatDuration(limit.For)
	waiting, drops := metric.KamailioUDPReceiveQueue.Name, metric.KamailioUDPDrops.Name
	rule := func(cause, severity, expr, summary, description string) Rule {
		return Rule{
			Expr: expr, For: wait, Labels: map[string]string{"severity": severity, "cause": cause},
			Annotations: k.annotations(name, kamailioBoard, summary, description),
		}
	}
	dropped := fmt.Sprintf("rate(%s[1m])", drops)
	const falls = `{{ $value | printf "%.4g" }} packets a second that came to {{ $labels.listener }} were dropped before Kamailio saw them.`
	rules := []Rule{
		rule("queue", slo.Page, fmt.Sprintf("%s > %d", waiting, limit.Bytes), "All workers of Kamailio on {{ $labels.instance }} are busy or stuck",
			"{{ $value | humanize1024 }}B of packets wait at {{ $labels.listener }} for a worker, and have done so for "+wait+"."),
		rule("drops", slo.Ticket, fmt.Sprintf("%s > 0", dropped), "Packets for Kamailio on {{ $labels.instance }} are dropped", falls),
		rule("drops", slo.Page, fmt.Sprintf("%s >= %s", dropped, slo.FormatNumber(limit.DropsPerSecond)), "Kamailio on {{ $labels.instance }} loses much of its traffic", falls),
	}
	g, c := gauged(limit.For), counted(limit.For, time.Minute)
	labels := merge(k.targetLabels(k.nodes[0]), map[string]string{"listener": "udp:10.0.2.11:5060"})
	queue := func(normal, faulty float64) TestSeries { return series(waiting, labels, g.gauge(normal, faulty)) }
	lost := func(faulty float64) TestSeries { return series(drops, labels, c.counter(faulty)) }
	step := storyStep.Seconds()
	few, many := limit.DropsPerSecond/4, limit.DropsPerSecond*4
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Kamailio's workers do not keep up with the packets that come in",
		Meaning: fmt.Sprintf("The label cause says how that shows. \"queue\": more than %d bytes wait in the kernel for a UDP worker all the time; \"drops\": the kernel's queue was full and packets were dropped, any for %s opens a ticket, %s a second page.",
			limit.Bytes, wait, slo.FormatNumber(limit.DropsPerSecond)),
		Impact: "Requests are answered late or not at all; devices and carriers send them again, which makes the queue longer. Calls fail to set up, registrations run out.",
		Look: []string{
			"the Kamailio board: packets that wait for a worker, requests by method, transactions in memory",
			"`ss -lunpm sport = :5060` on the node: Recv-Q, and the d of skmem is the number of drops",
			"`kamcmd core.psx` and `top -H -p PID`: workers at 100 % compute, idle ones wait for something",
			"`gdb -p PID -batch -ex bt` on an idle worker: a database, a DNS server or an HTTP query that does not answer, or a lock",
		},
		Do: []string{
			"If the workers wait for a database, DNS or HTTP server, mend that; until then take the module out of the path or shorten its time limit.",
			"If one source floods the node, block it (`kamcmd pike.top`, then the firewall).",
			"If it is real traffic, raise children and the receive buffer (net.core.rmem_max) and add a node.",
		},
		FalsePositives: []string{
			"The first seconds after a restart of Kamailio, when what came in meanwhile is worked off: the alert's delay covers them.",
		},
	},
		g.fires(name, "the workers are stuck", all(labels, humanBinary(2*float64(limit.Bytes)), rules[0]), queue(0, 2*float64(limit.Bytes))),
		c.fires(name, "few packets are dropped", all(labels, number(few), rules[1]), lost(few*step)),
		c.fires(name, "many packets are dropped", all(labels, number(many), rules[1:]...), lost(many*step)),
		g.quiet(name, "a queue that is never empty but short", Holds, queue(0, float64(limit.Bytes)), lost(0)),
		c.quiet(name, "sockets are not visible", Silent, k.nothingElse(c)...))
}
