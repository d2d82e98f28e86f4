package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// relaysAlert pages when Kamailio sees no media relay of a set that it would use.
func (k *kamailioTier) relaysAlert() {
	const name = "KamailioRelaysDown"
	up := metric.KamailioRTPEngineUp.Name
	rule := Rule{
		Expr: fmt.Sprintf("max by (job, instance, set) (%s) == 0", up),
		For:  slo.FormatDuration(k.limits.RelaysDownFor), Labels: map[string]string{"severity": slo.Page},
		Annotations: k.annotations(name, kamailioBoard, "{{ $labels.instance }} has no media relay in set {{ $labels.set }}",
			"Kamailio would use no RTPEngine of the set: each fails its ping or is switched off."),
	}
	c := gauged(k.limits.RelaysDownFor)
	relay := func(url, values string) TestSeries {
		return series(up, merge(k.targetLabels(k.nodes[0]), map[string]string{"set": "0", "url": url}), values)
	}
	const first, second = "udp:rtpengine-1:22222", "udp:rtpengine-2:22222"
	labels := map[string]string{"job": k.job, "instance": k.nodes[0].Name, "set": "0"}
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A proxy has no media relay left",
		Meaning: "Kamailio on one node would use no RTPEngine of a set, because each fails its ping or was switched off by hand.",
		Impact:  "Calls through that node are set up without a media relay or refused, as the script has it: callers hear nothing, or get an error.",
		Look: []string{
			"`kamcmd rtpengine.show all` on the node: since 6.0 `active` is what the ping said and `disabled` what an operator said; before, both are in `disabled`",
			"whether other nodes say the same: all of them point at the engines, one alone at its network",
			"alerts RTPEngineDown and RTPEngineViewDiffers: are the engines well by their own word?",
			"`nc -vzu ENGINE 22222` from the node, and the firewall between",
		},
		Do: []string{
			"Bring the engines back, or the network between.",
			"If the engines are well, `kamcmd rtpengine.ping all` makes Kamailio ask again, and `kamcmd rtpengine.enable URL 1` puts one back that was switched off.",
		},
		FalsePositives: []string{"A set that is kept for later and whose engines do not exist yet: take it out of rtpengine_sock until they do."},
	},
		c.fires(name, "the last of two is lost", one(firing(rule, labels, "", nil)), relay(first, c.gauge(0, 0)), relay(second, c.gauge(1, 0))),
		c.quiet(name, "one of two is lost", Holds, relay(first, c.gauge(1, 0)), relay(second, c.gauge(1, 1))),
		c.quiet(name, "the rtpengine module is not loaded", Silent, k.nothingElse(c)...))
}

// certificateAlert tells when a certificate of a TLS listener runs out.
func (k *kamailioTier) certificateAlert() {
	const name = "KamailioCertificateExpiring"
	limit := k.limits.Certificate
	end := metric.KamailioCertificateExpiry.Name
	rule := func(severity string, before time.Duration, summary string) Rule {
		return Rule{
			Expr: fmt.Sprintf("%s - time() < %s", end, slo.FormatNumber(before.Seconds())), For: slo.FormatDuration(limit.For),
			Labels: map[string]string{"severity": severity},
			Annotations: k.annotations(name, kamailioBoard, summary,
				"The certificate of {{ $labels.subject }} at {{ $labels.listener }} on {{ $labels.instance }} runs out in {{ $value | humanizeDuration }}."),
		}
	}
	rules := []Rule{
		rule(slo.Ticket, limit.Warn, "A certificate of Kamailio is not renewed"),
		rule(slo.Page, limit.Page, "A certificate of Kamailio is about to run out"),
	}
	labels := merge(k.targetLabels(k.nodes[0]), map[string]string{"listener": "tls:10.0.2.11:5061", "subject": "sip.example.org"})
	stories := expiryStories(name, limit, rules[0], rules[1], labels, func(values string) TestSeries { return series(end, labels, values) })
	c := gauged(limit.For)
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A TLS certificate of Kamailio runs out soon",
		Meaning: fmt.Sprintf("A certificate that a TLS listener presents, or one of its chain, ends within %s (ticket) or %s (page). It is read by a handshake with the listener, so that a certificate that was renewed on disk and not loaded shows too. Only where the exporter runs with `--collector.certificates`, which is off by default and on in compose and in the shipped unit, as far as ARGS in /etc/default/kamailio_exporter does not replace it.",
			slo.FormatDuration(limit.Warn), slo.FormatDuration(limit.Page)),
		Impact: "None yet. From its end on, clients that verify it can neither register nor call over TLS or WSS.",
		Look: []string{
			"`openssl s_client -connect NODE:5061 -servername DOMAIN </dev/null 2>/dev/null | openssl x509 -noout -subject -enddate`: what is presented",
			"`openssl x509 -noout -enddate -in FILE` on the node, with the file that tls.cfg names: what is on disk",
			"`journalctl -u certbot -n 50 --no-pager`, or what else renews it: why did it not?",
		},
		Do: []string{
			"If the one on disk is newer, `kamcmd tls.reload` on each node.",
			"Else renew it, reload, and see this alert end.",
		},
		FalsePositives: []string{"A listener that nobody uses any more: take it out of kamailio.cfg."},
	}, append(stories,
		c.quiet(name, "there is no TLS listener", Silent, k.nothingElse(c)...))...)
}

// registrationAlert pages when Kamailio's registration at another server does not hold.
func (k *kamailioTier) registrationAlert() {
	const name = "KamailioRegistrationDown"
	up, state := metric.KamailioUACRegistrationUp.Name, metric.KamailioUACRegistrationState.Name
	rule := Rule{
		Expr: fmt.Sprintf(`%s == 0 unless on (job, instance, id, domain) %s{state="disabled"} == 1`, up, state),
		For:  slo.FormatDuration(k.limits.RegistrationDownFor), Labels: map[string]string{"severity": slo.Page},
		Annotations: k.annotations(name, kamailioBoard, "{{ $labels.instance }} is not registered at {{ $labels.domain }}",
			"The registration {{ $labels.id }} has not held for "+slo.FormatDuration(k.limits.RegistrationDownFor)+", so calls from there do not arrive."),
	}
	labels := merge(k.targetLabels(k.nodes[0]), map[string]string{"id": "trunk-1", "domain": "carrier.example.org"})
	c := gauged(k.limits.RegistrationDownFor)
	held := func(values string) TestSeries { return series(up, labels, values) }
	disabled := func(values string) TestSeries {
		return series(state, merge(labels, map[string]string{"state": "disabled"}), values)
	}
	flicker := fmt.Sprintf("1x%d", int(c.before/storyStep)-1)
	for range int(c.fault / (4 * storyStep)) {
		flicker += " 0x1 1x1"
	}
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Kamailio is not registered at a trunk or server",
		Meaning: "A registration of the uac module is not online, and nobody has disabled it. The moment of each refresh, in which it is not online either, is shorter than the alert's delay. Only where the exporter runs with `--collector.uac`, which is off by default, in everything that is shipped too, because Kamailio's answer holds the passwords: name it in ARGS in /etc/default/kamailio_exporter.",
		Impact:  "Calls from that trunk do not arrive, and the trunk may refuse calls to it. Callers hear that the number cannot be reached.",
		Look: []string{
			"`kamcmd uac.reg_dump | grep -A20 ID` on the node: flags and timer_expires; mind that the answer holds the password, so do not paste it anywhere",
			"`sngrep -c host SERVER port 5060` on the node: does the server answer the REGISTER, and with what?",
			"the page of the trunk's provider about its state",
		},
		Do: []string{
			"No answer: the network or the server; 401 or 403 again and again: the credentials; 503: the provider.",
			"`kamcmd uac.reg_refresh ID` makes Kamailio register at once.",
			"If the trunk is gone for good, disable the registration (`kamcmd uac.reg_disable l_uuid ID`) and delete it from the table.",
		},
		FalsePositives: []string{"A standby node that must not be registered while the other is: disable the registration there."},
	},
		c.fires(name, "the server refuses it", one(firing(rule, labels, "", nil)), held(c.gauge(1, 0)), disabled(c.gauge(0, 0))),
		c.quiet(name, "it is refreshed again and again", Holds, held(flicker), disabled(c.gauge(0, 0))),
		c.quiet(name, "somebody has disabled it", Silent, held(c.gauge(1, 0)), disabled(c.gauge(0, 1))))
}

// neighbourAlert tells when a DMQ node is away.
func (k *kamailioTier) neighbourAlert() {
	const name = "KamailioDMQNodeDown"
	up := metric.KamailioDMQNodeUp.Name
	rule := Rule{
		Expr: up + `{local="no"} == 0`,
		For:  slo.FormatDuration(k.limits.NeighbourDownFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(name, kamailioBoard, "{{ $labels.instance }} does not reach its neighbour {{ $labels.host }}",
			"Kamailio sends no more to the DMQ node {{ $labels.host }}:{{ $labels.port }}, so what they share drifts apart."),
	}
	labels := merge(k.targetLabels(k.nodes[0]), map[string]string{"host": "10.0.2.12", "port": "5062", "local": "no"})
	c := gauged(k.limits.NeighbourDownFor)
	neighbour := func(values string) TestSeries { return series(up, labels, values) }
	self := series(up, merge(labels, map[string]string{"host": "10.0.2.11", "local": "yes"}), c.gauge(1, 0))
	k.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A DMQ node does not answer its neighbours",
		Meaning: "Kamailio on one node has given up another node of the distributed message queue.",
		Impact:  "Registrations, hash tables and dialogs that the nodes share are not the same any more: a call that reaches the other node may not find its callee.",
		Look: []string{
			"`kamcmd dmq.list_nodes` on both nodes: who has given up whom?",
			"alert KamailioDown: is the other node down?",
			"`nc -vzu NEIGHBOUR 5062` from the node, and the firewall between",
		},
		Do: []string{
			"Bring the other node (`systemctl start kamailio`) or the network back: they find each other again by themselves, and a restart of the node that was away makes it ask for everything.",
			"If the node is gone for good, take it out of the notification address.",
		},
		FalsePositives: []string{"A node that was scaled away and is still in the list: Kamailio keeps it until a restart."},
	},
		c.fires(name, "a neighbour is lost", one(firing(rule, labels, "", nil)), neighbour(c.gauge(1, 0)), self),
		c.quiet(name, "only the node's own entry is down", Holds, neighbour(c.gauge(1, 1)), self),
		c.quiet(name, "the dmq module is not loaded", Silent, k.nothingElse(c)...))
}
