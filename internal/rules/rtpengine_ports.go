package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// portsAlert tells when an engine runs out of pairs of ports.
func (r *rtpengineTier) portsAlert() {
	const name = "RTPEnginePortsLow"
	limit := r.limits.Ports
	pairs, ports := metric.RTPEnginePortPoolFreePairs.Name, metric.RTPEnginePortPoolPorts.Name
	rules := r.limitRules(name, fmt.Sprintf("1 - %s / (%s / 2)", pairs, ports), limit, nil,
		"RTPEngine on {{ $labels.instance }} runs low on ports", "RTPEngine on {{ $labels.instance }} is out of ports",
		"of the port pairs of {{ $labels.address }} ({{ $labels.port_min }} to {{ $labels.port_max }}) are taken")
	c := gauged(limit.For)
	labels := merge(r.node(), map[string]string{"address": "10.0.2.31", "port_min": "30000", "port_max": "39999"})
	pool := func(share float64) []TestSeries {
		return []TestSeries{series(ports, labels, c.gauge(10000, 10000)), series(pairs, labels, c.gauge(5000, 5000*(1-share)))}
	}
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "An engine runs out of ports for media",
		Meaning: "Pairs of ports for RTP and RTCP that are taken, as a share of the pool of an address and a port range. A call between two parties takes two pairs. The pairs that are free are half of the free ports, which is the most that there can be: scattered single ports make no pair, so that the true share is higher, and offers fail before the last one is taken. " + ticketAndPage(limit),
		Impact:  "When no pair is free, offers fail: the call has no media or is refused. RTPEngine counts those in no statistic of rejected sessions.",
		Look: []string{
			"`rtpengine-ctl list interfaces` on the node: ports used and free of each",
			"alert RTPEngineOffersFailing: do offers fail already?",
			"`rtpengine-ctl list numsessions` on the node: about four ports a call? Many more are calls with several streams, or a leak",
		},
		Do: []string{
			"Widen port-min and port-max, and the firewall with them; that takes a restart of the engine.",
			"Until then give the engine a lower weight in Kamailio, or switch it off there for new calls (`kamcmd rtpengine.enable URL 0`).",
			"If sessions stay that have no call any more, lower silent-timeout, or delete them: `rtpengine-ctl terminate CALLID`.",
		},
		FalsePositives: []string{"A small range that was chosen for a test."},
	},
		c.fires(name, "between the limits", all(labels, percent(between), rules[0]), pool(between)...),
		c.fires(name, "above both limits", all(labels, percent(above), rules...), pool(above)...),
		c.quiet(name, "just below the lower limit", Holds, pool(limit.Warn-0.001)...),
		c.quiet(name, "ports are not read", Silent, r.nothingElse(c)...))
}

// offersAlert pages when offers fail for want of ports: the calls are there and have no media.
func (r *rtpengineTier) offersAlert() {
	const name = "RTPEngineOffersFailing"
	limit := r.limits.Offers
	window := BaseWindows()[0]
	failed, offers := windowed(mediaOffersFailed, window), windowed(mediaOffers, window)
	rules := r.shareRules(name, failed, offers, limit, r.limits.MinFailures, nil,
		"Some calls through RTPEngine on {{ $labels.instance }} get no media", "Calls through RTPEngine on {{ $labels.instance }} get no media",
		"of the offers of the last "+slo.FormatDuration(window)+" got no ports")
	node := r.node()
	requests := merge(node, map[string]string{"command": "offer", "proxy": "10.0.2.11"})
	c := counted(limit.For, window)
	asked := func(step float64) TestSeries {
		return series(metric.RTPEngineControlRequests.Name, requests, c.counter(step))
	}
	lost := func(faulty float64) TestSeries {
		return series(metric.RTPEngineSessionsFailed.Name, node, c.counter(faulty))
	}
	labels := map[string]string{"instance": r.nodes[0].Name}
	least := float64(r.limits.MinFailures)
	near := c.limits(name, limit, labels, rules, func(share float64) []TestSeries { return []TestSeries{asked(least / share), lost(least)} })
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Offers to an engine fail: calls have no media",
		Meaning: fmt.Sprintf("Sessions that an offer began and that could not be set up, as a share of all offers within %s. RTPEngine has no statistic of its own for them: they are its sessions less those that ended in any way, and were never set up. %s At least %d must have failed.",
			slo.FormatDuration(window), ticketAndPage(limit), r.limits.MinFailures),
		Impact: "Each is a call without audio, or one that the script of the proxy refuses.",
		Look: []string{
			"alert RTPEnginePortsLow, and `rtpengine-ctl list interfaces` on the node: is the pool empty?",
			"`journalctl -u rtpengine -n 200 --no-pager | grep -i 'ran out of ports'` on the node",
			"the RTPEngine board: open files beside their limit; without files no port can be opened",
		},
		Do: []string{
			"Switch the engine off in Kamailio for new calls (`kamcmd rtpengine.enable URL 0`): the others take them.",
			"Then free ports or widen the range, as the runbook of RTPEnginePortsLow says.",
		},
		FalsePositives: []string{"A client that sends offers with media of an address family that the engine has no interface for: mend the client."},
	},
		append(near,
			c.quiet(name, "few calls, and fewer failures than count", Holds, asked(0.1), lost((least-1)/float64(window/storyStep))),
			c.quiet(name, "no offers", Silent, asked(0), lost(0)))...)
}

// controlAlert tells when an engine refuses commands for another reason than a want of ports.
func (r *rtpengineTier) controlAlert() {
	const name = "RTPEngineCommandsFailing"
	limit := r.limits.ControlErrors
	window := BaseWindows()[0]
	sum := func(selector string) string {
		return fmt.Sprintf("sum by (instance) (%s)", increase(selector, window, r.anchored))
	}
	noPorts := windowed(mediaOffersFailed, window)
	refused := sum(metric.RTPEngineControlErrors.Name)
	others := fmt.Sprintf("(clamp_min(%s - %s, 0) or %s)", refused, noPorts, refused)
	rules := r.shareRules(name, others, sum(metric.RTPEngineControlRequests.Name), limit, r.limits.MinFailures, nil,
		"RTPEngine on {{ $labels.instance }} refuses some commands", "RTPEngine on {{ $labels.instance }} refuses many commands",
		"of the commands of the last "+slo.FormatDuration(window)+" were answered with an error, failed offers for want of ports left out")
	node := r.node()
	from := merge(node, map[string]string{"proxy": "10.0.2.11"})
	c := counted(limit.For, window)
	asked := func(step float64) TestSeries {
		return series(metric.RTPEngineControlRequests.Name, merge(from, map[string]string{"command": "offer"}), c.counter(step))
	}
	errors := func(step float64) TestSeries {
		return series(metric.RTPEngineControlErrors.Name, from, c.counter(step))
	}
	lost := func(step float64) TestSeries {
		return series(metric.RTPEngineSessionsFailed.Name, node, c.counter(step))
	}
	labels := map[string]string{"instance": r.nodes[0].Name}
	least := float64(r.limits.MinFailures)
	between := (limit.Warn + limit.Page) / 2
	near := c.limits(name, limit, labels, rules, func(share float64) []TestSeries {
		return []TestSeries{asked(least / share), errors(least), lost(0)}
	})
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "An engine answers commands with errors",
		Meaning: fmt.Sprintf("Commands of the proxies that the engine refused within %s, as a share of all, without the offers that failed for want of ports, which have an alert of their own. %s At least %d must have failed.",
			slo.FormatDuration(window), ticketAndPage(limit), r.limits.MinFailures),
		Impact: "Depends on the command: a refused offer or answer is a call without media, a refused delete a session that stays until it times out.",
		Look: []string{
			"`journalctl -u rtpengine -n 200 --no-pager | grep -iE 'error|refus|limit'` on the node: the reason stands there",
			"`rtpengine-ctl list counters` on the node: which commands, from which proxy?",
			"the RTPEngine board: requests by command and errors by proxy",
		},
		Do: []string{
			"Unknown call-id: a proxy asks another engine than the one that has the call; `kamcmd rtpengine.show all` must list the same sets and weights on all proxies; `kamcmd rtpengine.reload` reads them anew from the database.",
			"Load, CPU, bandwidth or session limit: the engine is full; see RTPEngineLimitNear and RTPEngineCapacityHigh.",
			"Bad SDP: a device or carrier sends what cannot be read; find it in the log and report it there.",
		},
		FalsePositives: []string{"Deletes of calls that had ended: a proxy that deletes on every final reply asks for calls that never were."},
	},
		append(near,
			c.fires(name, "some commands fail, and failed sessions are not known", all(labels, percent(between), rules[0]), asked(least/between), errors(least)),
			c.quiet(name, "offers fail for want of ports", Holds, asked(4*least), errors(2*least), lost(2*least)),
			c.quiet(name, "fewer errors than count", Holds, asked(0.1), errors((least-1)/float64(window/storyStep)), lost(0)),
			c.quiet(name, "no commands", Silent, asked(0), errors(0), lost(0)))...)
}
