package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// processesAlert tells when processes of Kamailio hang in their start, or are fewer than they were.
func (k *kamailioTier) processesAlert() {
	const name = "KamailioProcessLost"
	there, ready := metric.KamailioProcesses.Name, metric.KamailioProcessesReady.Name
	wait := slo.FormatDuration(k.limits.ReadyWithin)
	rule := func(cause, expr, description string) Rule {
		return Rule{
			Expr: expr, For: wait, Labels: map[string]string{"severity": slo.Ticket, "cause": cause},
			Annotations: k.annotations(name, kamailioBoard, "Kamailio on {{ $labels.instance }} lacks processes", description),
		}
	}
	const kind = "{{ $labels.process }}"
	rules := []Rule{
		rule("start", fmt.Sprintf("%s - %s > 0", there, ready), `{{ $value | printf "%.4g" }} processes of kind `+kind+" have not finished their start."),
		rule("gone", fmt.Sprintf("max_over_time(%[1]s[1h]) - %[1]s > 0 unless on (job, instance) changes(%[2]s[1h]) > 0", there, k.start.Name),
			`{{ $value | printf "%.4g" }} processes of kind `+kind+" are gone, and Kamailio has not been restarted."),
	}
	c := gauged(k.limits.ReadyWithin)
	node := k.targetLabels(k.nodes[0])
	labels := merge(node, map[string]string{"process": "udp receiver"})
	processes := func(values string) TestSeries { return series(there, labels, values) }
	readies := func(values string) TestSeries { return series(ready, labels, values) }
	starts := func(values string) TestSeries { return series(k.start.Name, node, values) }
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "Kamailio runs with fewer processes than it should",
		Meaning: "The label cause says how that shows. \"start\": processes are there but have not finished their start for " + wait + "; \"gone\": there are fewer than in the last hour although Kamailio was not restarted.",
		Impact:  "What those processes do is done by fewer, or by none: workers of one kind take messages, timers end transactions, one process alone keeps registrations at trunks.",
		Look: []string{
			"`kamcmd core.psx` on the node: which processes are there?",
			"`kamcmd core.psa` on the node, where there is one (5.3 and newer): a status below 1 has not finished its start",
			"`journalctl -u kamailio -n 200 --no-pager` on the node: what did the process wait for when it started?",
		},
		Do: []string{
			"Cause \"start\": mend what it waits for, a database or a broker as a rule, and `systemctl restart kamailio` if it does not go on by itself.",
			"Cause \"gone\": Kamailio ends as a whole when a child dies; if it did not, take the node out of the load balancer and `systemctl restart kamailio`; keep the log.",
		},
		FalsePositives: []string{"A module that starts processes as they are needed and ends them again."},
	},
		c.fires(name, "some hang in their start", one(firing(rules[0], labels, "2", nil)), processes(c.gauge(8, 8)), readies(c.gauge(8, 6)), starts(c.gauge(1000, 1000))),
		c.fires(name, "some are gone", one(firing(rules[1], labels, "3", nil)), processes(c.gauge(8, 5)), readies(c.gauge(8, 5)), starts(c.gauge(1000, 1000))),
		c.quiet(name, "it was restarted with fewer", Holds, processes(c.gauge(8, 5)), readies(c.gauge(8, 5)), starts(c.gauge(1000, 2000))),
		c.quiet(name, "it has more than before", Holds, processes(c.gauge(5, 8)), readies(c.gauge(5, 8)), starts(c.gauge(1000, 1000))),
		c.quiet(name, "no processes are read", Silent, starts(c.gauge(1000, 1000))))
}

// connectionsAlert tells when Kamailio is about to refuse TCP or TLS connections.
func (k *kamailioTier) connectionsAlert() {
	const name = "KamailioConnectionsHigh"
	limit := k.limits.Connections
	var rules []Rule
	for _, c := range []struct {
		protocol  string
		open, max *metric.Family
	}{
		{"TCP", metric.KamailioTCPConnections, metric.KamailioTCPConnectionsLimit},
		{"TLS", metric.KamailioTLSConnections, metric.KamailioTLSConnectionsLimit},
	} {
		rules = append(rules, k.limitRules(name, c.open.Name+" / "+c.max.Name, limit, map[string]string{"protocol": c.protocol},
			c.protocol+" connections of Kamailio on {{ $labels.instance }} are running out", "Kamailio on {{ $labels.instance }} is about to refuse "+c.protocol+" connections",
			"of the "+c.protocol+" connections that Kamailio accepts are open")...)
	}
	labels := k.targetLabels(k.nodes[0])
	const most = 10000
	c := gauged(limit.For)
	open := func(share float64) []TestSeries {
		return []TestSeries{
			series(metric.KamailioTCPConnectionsLimit.Name, labels, c.gauge(most, most)), series(metric.KamailioTLSConnectionsLimit.Name, labels, c.gauge(most, most)),
			series(metric.KamailioTCPConnections.Name, labels, c.gauge(1, share*most)), series(metric.KamailioTLSConnections.Name, labels, c.gauge(1, 1)),
		}
	}
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	secure := open(limit.Warn / 2)
	secure[3] = series(metric.KamailioTLSConnections.Name, labels, c.gauge(1, above*most))
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Kamailio is about to refuse TCP or TLS connections",
		Meaning: "Open connections, as a share of what Kamailio accepts (tcp_max_connections, tls_max_connections). " + ticketAndPage(limit),
		Impact:  "None yet. At the limit, devices and browsers that connect are refused: they cannot register or call.",
		Look: []string{
			"the Kamailio board: connections opened and accepted; a rise of accepted ones alone means that clients reconnect",
			"`kamcmd core.tcp_info` on the node: open connections and their limits",
			"`ss -tn state established '( sport = :5060 or sport = :5061 )' | awk '{print $4}' | cut -d: -f1 | sort | uniq -c | sort -rn | head` on the node: who holds them?",
		},
		Do: []string{
			"Raise tcp_max_connections and tls_max_connections, and LimitNOFILE of the unit with them (`systemctl edit kamailio`); that takes a restart.",
			"If a few addresses hold most, block them (`iptables -I INPUT -s ADDRESS -p tcp --dport 5060:5061 -j REJECT`) or mend them; a shorter tcp_connection_lifetime frees idle ones.",
		},
		FalsePositives: []string{"All devices connect anew after an outage of a node: the number falls back within tcp_connection_lifetime."},
	},
		c.fires(name, "half way between the limits", all(labels, percent(between), rules[0]), open(between)...),
		c.fires(name, "nearly at the limit", all(labels, percent(above), rules[:2]...), open(above)...),
		c.fires(name, "TLS alone is nearly at its limit", all(labels, percent(above), rules[2:]...), secure...),
		c.quiet(name, "just below the lower limit", Holds, open(limit.Warn-0.001)...),
		c.quiet(name, "TCP is off", Silent, k.nothingElse(c)...))
}
