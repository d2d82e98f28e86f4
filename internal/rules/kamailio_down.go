package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// Values of the cause label of the KamailioDown alert. No two apply to one proxy at once, so it never pages twice.
const (
	downDaemon   = "daemon"
	downExporter = "exporter"
	downMissing  = "missing"
)

// downAlert pages when a proxy is down, or when it cannot be known whether it is.
func (k *kamailioTier) downAlert() {
	const name = "KamailioDown"
	up, scraped := metric.KamailioKit.Up.Name, metric.Up.Name
	rule := func(cause, expr, summary, description string) Rule {
		return Rule{
			Expr: expr, For: slo.FormatDuration(k.limits.DownFor),
			Labels:      map[string]string{"severity": slo.Page, "cause": cause},
			Annotations: k.annotations(name, kamailioBoard, summary, description),
		}
	}
	expected := make([]string, len(k.tier.Nodes))
	for i, n := range k.tier.Nodes {
		expected[i] = fmt.Sprintf("absent(%s{job=%q, instance=%q})", scraped, kamailioJob, n.Name)
	}
	rules := []Rule{
		rule(downDaemon, fmt.Sprintf("%s{job=%q} == 0", up, kamailioJob),
			"Kamailio on {{ $labels.instance }} does not answer",
			"kamailio_exporter runs, but Kamailio has not answered its requests for "+slo.FormatDuration(k.limits.DownFor)+"."),
		rule(downExporter, fmt.Sprintf("%[1]s{job=%[2]q} == 0 or (%[1]s{job=%[2]q} == 1 unless on (job, instance) %[3]s)", scraped, kamailioJob, up),
			"Kamailio on {{ $labels.instance }} cannot be watched",
			"Prometheus gets no answer about Kamailio from kamailio_exporter, so the node may be down as a whole; its calls cannot be counted."),
		rule(downMissing, strings.Join(expected, " or "),
			"Kamailio on {{ $labels.instance }} is not scraped at all",
			"The spec lists the node, but Prometheus has no such target: its scrape configuration lacks it."),
	}
	k.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A SIP proxy is down or cannot be watched",
		Meaning: "One node of the SIP proxy tier is down. The label cause says how that is known: \"daemon\": kamailio_exporter runs and Kamailio does not answer it; " +
			"\"exporter\": kamailio_exporter itself cannot be scraped, often because the whole node is gone; \"missing\": the spec lists the node and Prometheus does not scrape it.",
		Impact: fmt.Sprintf("Calls in set-up on the node fail; the load balancer sends new ones to the other nodes, which together carry %d calls. With cause \"exporter\" or \"missing\" calls may be well: nobody knows.",
			k.capacity()),
		Look: []string{
			"`systemctl status kamailio kamailio_exporter` and `journalctl -u kamailio -n 200 --no-pager` on the node",
			"`kamcmd core.uptime` on the node: an answer means that Kamailio lives and the exporter cannot reach its control socket",
			"`curl -s http://NODE:9494/metrics | grep -E '^kamailio_(up|exporter_collector_success)'` from the Prometheus server",
			"`promtool query instant http://localhost:9090 'up{job=\"kamailio\"}'` on the Prometheus server",
			"`kamailio -c -f /etc/kamailio/kamailio.cfg`: a wrong configuration keeps it from starting",
		},
		Do: []string{
			"Cause \"daemon\": keep the core file and the last log lines, then `systemctl restart kamailio`. If it stops again, take the node out of the load balancer.",
			"Cause \"exporter\": if the node answers to ssh, `systemctl restart kamailio_exporter`; check the permissions of the control socket, which the exporter's log names. If it does not, treat the node as lost and restart or replace it.",
			"Cause \"missing\": run `obsgen generate`, deploy the scrape configuration and reload Prometheus; if the node was removed on purpose, remove it from spec/platform.yaml.",
			"Watch that the other nodes stay below their capacity: alert KamailioCapacityHigh.",
		},
		FalsePositives: []string{
			"A planned restart longer than the alert's delay: set a silence beforehand with `amtool silence add alertname=KamailioDown instance=NODE -d 15m -c \"planned restart\"`.",
			"A Kamailio that is busy reloading a large table answers late: the exporter's deadline is the scrape timeout.",
		},
	}, k.downStories(name, rules)...)
}

// downStories prove each cause apart, and that an idle proxy is not a dead one.
func (k *kamailioTier) downStories(name string, rules []Rule) []TestGroup {
	const before, after = 5 * time.Minute, 5 * time.Minute
	outage := 2*stepsUp(k.limits.DownFor) + 10*time.Minute
	hold := before + stepsUp(k.limits.DownFor)
	victim := k.tier.Nodes[0]
	healthy := []phase{{length: before + outage + after, value: 1}}
	broken := []phase{{length: before, value: 1}, {length: outage, value: 0}, {length: after, value: 1}}
	missing := []phase{{length: before, value: 1}, {length: outage, gone: true}, {length: after, value: 1}}
	full := k.targetLabels(victim)
	story := func(title string, rule Rule, labels map[string]string, scraped, up []phase) TestGroup {
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: k.upSeries(scraped, up, healthy),
			AlertTests: []AlertTest{
				at(hold-storyStep, name),
				at(hold, name, firing(rule, labels, "", nil)),
				at(before+outage-storyStep, name, firing(rule, labels, "", nil)),
				at(before+outage, name),
			},
		}
	}
	return []TestGroup{
		story("Kamailio does not answer its exporter", rules[0], full, healthy, broken),
		story("the exporter cannot be scraped", rules[1], full, broken, missing),
		story("the exporter is scraped and says nothing of Kamailio", rules[1], full, healthy, missing),
		story("the target is missing", rules[2], map[string]string{"job": kamailioJob, "instance": victim.Name}, missing, missing),
		{
			Name: name + ": proxies without any traffic are up", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Silent},
			InputSeries: k.upSeries(healthy, healthy, healthy),
			AlertTests:  []AlertTest{at(hold, name), at(before+outage, name)},
		},
	}
}

// upSeries are the series that tell of every node whether it is scraped and up: the first node in its own way, the
// others in another.
func (k *kamailioTier) upSeries(scraped, up, others []phase) []TestSeries {
	list := make([]TestSeries, 0, 2*len(k.tier.Nodes))
	for i, n := range k.tier.Nodes {
		if i > 0 {
			scraped, up = others, others
		}
		list = append(list,
			series(metric.Up.Name, k.targetLabels(n), gauge(storyStep, scraped...)),
			series(metric.KamailioKit.Up.Name, k.targetLabels(n), gauge(storyStep, up...)))
	}
	return list
}
