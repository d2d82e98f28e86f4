package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// sipJob is the job label of the probes, as the scrape configuration sets it.
const sipJob = "sip"

// sipBoard is the uid of the board that shows them, without the prefix that all boards share.
const sipBoard = "sip-edge"

// sipEdge makes the rules of what is probed from outside.
type sipEdge struct {
	links
	section
	probes []string
	limits spec.SIPThresholds
}

// sip returns the alerts and stories of the probes, or nothing where nobody probes.
func sip(s *spec.Spec, l links) *sipEdge {
	e := &sipEdge{links: l, probes: s.Platform.SIPProber.Probes, limits: s.Alerts.SIP}
	if len(e.probes) == 0 {
		return e
	}
	e.failedAlert()
	e.oneWayAlert()
	e.qualityAlert()
	e.missingAlert()
	e.certificateAlert()
	return e
}

// rule is a rule about a probe.
func (e *sipEdge) rule(alert, severity, expr string, wait time.Duration, summary, description string) Rule {
	return Rule{
		Expr: expr, For: slo.FormatDuration(wait), Labels: map[string]string{"severity": severity},
		Annotations: e.annotations(alert, sipBoard, summary, description),
	}
}

// labels are those of a probe's series.
func (e *sipEdge) labels() map[string]string {
	return map[string]string{"job": sipJob, "instance": e.probes[0], "region": "us-central1"}
}

// of is a series of the first probe.
func (e *sipEdge) of(f *metric.Family, values string) TestSeries {
	return series(f.Name, e.labels(), values)
}

// failedAlert pages when a probe fails again and again.
func (e *sipEdge) failedAlert() {
	const name = "SIPProbeFailing"
	wait := e.limits.FailedFor
	rule := e.rule(name, slo.Page, fmt.Sprintf("%s == 0 unless %s == 1", metric.SIPProbeSuccess.Name, metric.SIPProbeOneWay.Name), wait,
		"The platform fails the probe {{ $labels.instance }}", "What a customer would do has failed for "+slo.FormatDuration(wait)+".")
	c := gauged(wait)
	success, oneWay := func(v float64) TestSeries { return e.of(metric.SIPProbeSuccess, c.gauge(1, v)) }, func(v float64) TestSeries { return e.of(metric.SIPProbeOneWay, c.gauge(0, v)) }
	e.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A probe from outside fails",
		Meaning: "sip_exporter does what a customer does, and it did not end as its module wants: no answer, a bad code, no registration, no audio. sip_probe_outcome has the reason, sip_probe_grade how far it came.",
		Impact:  "Customers who do the same fail the same way.",
		Look: []string{
			"`curl -s 'http://PROBER:9743/probe?target=NAME' | grep -E '^sip_probe_(outcome|grade|status_code)'`: where did it fail?",
			"the other probes: one transport alone is its listener, all of them are the edge or the network between",
			"alerts KamailioDown and CallSetupBudgetBurn: do customers fail as well?",
		},
		Do: []string{
			"dns, connect, timeout, unanswered: the address, the load balancer, the firewall. tls, certificate: see SIPProbeCertificateExpiring.",
			"unauthorized, rejected: the test account, or the subscriber database.",
			"silence, ended: the echo extension (`asterisk -rx 'dialplan show echo@CONTEXT'`), the media relays (`kamcmd rtpengine.ping all`, RTPEngine board), the ports of the firewall.",
		},
		FalsePositives: []string{"The prober's own network: a second prober elsewhere tells."},
	},
		c.fires(name, "it fails", one(firing(rule, e.labels(), "", nil)), success(0), oneWay(0)),
		c.quiet(name, "audio runs in one direction, which has an alert of its own", Holds, success(0), oneWay(1)),
		c.quiet(name, "it succeeds", Silent, success(1), oneWay(0)))
}

// oneWayAlert pages when audio runs in one direction only.
func (e *sipEdge) oneWayAlert() {
	const name = "SIPProbeOneWayAudio"
	wait := e.limits.FailedFor
	rule := e.rule(name, slo.Page, metric.SIPProbeOneWay.Name+" == 1", wait, "Callers are not heard, or do not hear: probe {{ $labels.instance }}",
		"Audio of the probed calls has run in one direction only for "+slo.FormatDuration(wait)+".")
	c := gauged(wait)
	oneWay := func(v float64) TestSeries { return e.of(metric.SIPProbeOneWay, c.gauge(0, v)) }
	e.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Audio of probed calls runs in one direction only",
		Meaning: "The probe's call was answered and packets came through in one direction and not in the other; sip_probe_audio_direction says which is known.",
		Impact:  "Customers' calls connect and one side hears nothing.",
		Look: []string{
			"`curl -s 'http://PROBER:9743/probe?target=NAME' | grep sip_probe_audio_direction`",
			"alert RTPEngineOneWayAudio: do customers' calls end so as well, and on which engine?",
			"the firewall and NAT in front of the engines: is their whole port range open for UDP, in both directions?",
		},
		Do: []string{
			"If it began with a change of firewall, NAT or of an engine's advertised address, take that back.",
			"If one engine has it alone, switch it off in Kamailio (`kamcmd rtpengine.enable URL 0`).",
		},
		FalsePositives: []string{"A prober behind NAT that does not advertise its outer address."},
	},
		c.fires(name, "it runs one way", one(firing(rule, e.labels(), "", nil)), oneWay(1)),
		c.quiet(name, "it runs both ways", Holds, oneWay(0)),
		c.quiet(name, "there is no audio to judge", Silent, e.of(metric.SIPProbeSuccess, c.gauge(1, 1))))
}

// qualityAlert tells when probed calls sound bad.
func (e *sipEdge) qualityAlert() {
	const name = "SIPProbeQualityLow"
	rule := e.rule(name, slo.Ticket, fmt.Sprintf("%s < %s", metric.SIPProbeMOS.Name, slo.FormatNumber(e.limits.MOS)), e.limits.MOSFor,
		"Probed calls of {{ $labels.instance }} sound bad", `Their estimated mean opinion score is {{ $value | printf "%.4g" }}.`)
	c := gauged(e.limits.MOSFor)
	score := func(v float64) TestSeries { return e.of(metric.SIPProbeMOS, c.gauge(4.4, v)) }
	bad := e.limits.MOS - 0.5
	e.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Probed calls sound bad",
		Meaning: "The mean opinion score of the probed calls, estimated by the E-model (ITU-T G.107) from loss, jitter and delay of the whole loop, is below " + slo.FormatNumber(e.limits.MOS) + ".",
		Impact:  "Calls over the same way sound about as bad, or a little better: the loop has the losses of both directions.",
		Look: []string{
			"`curl -s 'http://PROBER:9743/probe?target=NAME' | grep -E '^sip_probe_rtp'`: loss, jitter, round trip, by direction where it is known",
			"alert RTPEngineQualityLow: is it on one engine, on one interface?",
			"`mtr -u -c 100 -r EDGE` from the prober",
		},
		Do: []string{
			"Losses on the way to the platform: the prober's or the cloud's provider. Within: as RTPEngineQualityLow says; `kamcmd rtpengine.enable URL 0` on each proxy keeps new calls from one engine.",
		},
		FalsePositives: []string{"A prober on a busy machine sends late and measures its own jitter: look at its CPU."},
	},
		c.fires(name, "they sound bad", one(firing(rule, e.labels(), number(bad), nil)), score(bad)),
		c.quiet(name, "just good enough", Holds, score(e.limits.MOS)),
		c.quiet(name, "no audio", Silent, e.of(metric.SIPProbeSuccess, c.gauge(1, 1))))
}

// missingAlert pages when nothing is known of a probe. One that stands still is among them: the exporter does not show what is older than
// two intervals and a timeout.
func (e *sipEdge) missingAlert() {
	const name = "SIPProbeMissing"
	expected := make([]string, len(e.probes))
	for i, p := range e.probes {
		expected[i] = fmt.Sprintf("absent(%s{job=%q, instance=%q})", metric.SIPProbeSuccess.Name, sipJob, p)
	}
	rule := e.rule(name, slo.Page, strings.Join(expected, " or "), e.limits.MissingFor, "Nobody probes {{ $labels.instance }}",
		"Prometheus has nothing of the probe: its prober is down or stands still, or does not have it in its configuration.")
	c := gauged(e.limits.MissingFor)
	gone := []phase{{length: c.before, value: 1}, {length: c.fault, gone: true}, {length: c.after, value: 1}}
	with := func(first string) []TestSeries {
		all := []TestSeries{e.of(metric.SIPProbeSuccess, first)}
		for _, p := range e.probes[1:] {
			all = append(all, series(metric.SIPProbeSuccess.Name, merge(e.labels(), map[string]string{"instance": p}), gauge(storyStep, c.always()...)))
		}
		return all
	}
	// A prober that hangs: it is up and tells that it has no result to show.
	hung := append(with(gauge(storyStep, gone...)), e.of(metric.SIPKit.Up, c.gauge(1, 0)))
	missing := one(firing(rule, map[string]string{"job": sipJob, "instance": e.probes[0]}, "", nil))
	e.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A probe from outside is not running",
		Meaning: fmt.Sprintf("Prometheus has had nothing of a probe that the spec lists for %s. The exporter shows no result older than two intervals and a timeout, so a probe that stands still is missing too.",
			slo.FormatDuration(e.limits.MissingFor)),
		Impact: "None for customers. But nobody would notice an outage that only outsiders see.",
		Look: []string{
			"`curl -s http://PROBER:9743/sd`: is the probe among the targets?",
			"`systemctl status sip_exporter` and `journalctl -u sip_exporter -n 100 --no-pager` on the prober",
			"`promtool query instant http://localhost:9090 'up{job=\"sip\"}'` on the Prometheus server",
		},
		Do: []string{
			"Restart the prober, or put the probe into its configuration (deploy/sip/modules.yaml is an example).",
			"If it is not wanted any more, take it out of sip_prober in spec/platform.yaml and run `obsgen generate`.",
		},
		FalsePositives: []string{"Prometheus cannot reach the prober: look whether `up` of it is 0."},
	},
		c.fires(name, "it is missing", missing, with(gauge(storyStep, gone...))...),
		c.fires(name, "it stands still", missing, hung...),
		c.quiet(name, "all are there", Silent, with(gauge(storyStep, c.always()...))...))
}

// certificateAlert tells when the certificate that outsiders get runs out.
func (e *sipEdge) certificateAlert() {
	const name = "SIPProbeCertificateExpiring"
	limit := e.limits.Certificate
	rule := func(severity string, before time.Duration, summary string) Rule {
		return e.rule(name, severity, fmt.Sprintf("%s - time() < %s", metric.SIPProbeCertificateExpiry.Name, slo.FormatNumber(before.Seconds())), limit.For, summary,
			"The certificate that the edge shows to {{ $labels.instance }} runs out in {{ $value | humanizeDuration }}.")
	}
	rules := []Rule{
		rule(slo.Ticket, limit.Warn, "The certificate of the SIP edge is not renewed"),
		rule(slo.Page, limit.Page, "The certificate of the SIP edge is about to run out"),
	}
	e.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "The certificate that the SIP edge shows to outsiders runs out soon",
		Meaning: fmt.Sprintf("The certificate of the TLS or WSS probes ends within %s (ticket) or %s (page). This is what customers get, through every load balancer before the proxies.",
			slo.FormatDuration(limit.Warn), slo.FormatDuration(limit.Page)),
		Impact: "None yet. From its end on, clients that verify it can neither register nor call over TLS or WSS.",
		Look: []string{
			"`openssl s_client -connect EDGE:5061 -servername DOMAIN </dev/null 2>/dev/null | openssl x509 -noout -subject -enddate`",
			"alert KamailioCertificateExpiring: do the proxies themselves have a newer one?",
		},
		Do: []string{
			"Renew it where TLS ends, and see this alert end: on proxies put the file in its place and `kamcmd tls.reload`, on a load balancer `gcloud compute target-ssl-proxies update NAME --ssl-certificates=CERTIFICATE`.",
		},
		FalsePositives: []string{"A probe of a listener that nobody uses any more: take it out of the prober's configuration."},
	}, expiryStories(name, limit, rules[0], rules[1], e.labels(), func(values string) TestSeries { return e.of(metric.SIPProbeCertificateExpiry, values) })...)
}
