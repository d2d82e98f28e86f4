package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// Values of the cause label of an alert about a node that is down. No two apply to one node at once, so that it never pages twice.
const (
	downDaemon   = "daemon"
	downExporter = "exporter"
	downMissing  = "missing"
)

// downName is the name of the alert about a node that is down.
func (w *watched) downName() string { return w.daemon + "Down" }

// downAlert pages when a node is down, or when it cannot be known whether it is. The texts come in a.
func (w *watched) downAlert(wait time.Duration, a Alert) {
	a.Name, a.Severity, a.Rules = w.downName(), slo.Page, w.downRules(wait)
	a.Meaning = fmt.Sprintf("One node of the tier is down. The label cause says how that is known: \"daemon\": %[1]s runs and %[2]s does not answer it; "+
		"\"exporter\": %[1]s itself cannot be scraped, often because the whole node is gone; \"missing\": the spec lists the node and Prometheus does not scrape it.",
		w.exporter, w.daemon)
	a.Look = append(a.Look,
		fmt.Sprintf("`systemctl status %[1]s %[2]s` and `journalctl -u %[1]s -n 200 --no-pager` on the node", w.service, w.exporter),
		fmt.Sprintf("`curl -s http://NODE:%d/metrics | grep -E '^%s_(up|exporter_collector_success)'` from the Prometheus server", w.port, w.service),
		fmt.Sprintf("`promtool query instant http://localhost:9090 'up{job=%q}'` on the Prometheus server", w.job),
	)
	a.Do = append(a.Do,
		fmt.Sprintf("Cause \"exporter\": if the node answers to ssh, `systemctl restart %s`, and read its log for what it cannot reach. If it does not answer, treat the node as lost and restart or replace it.", w.exporter),
		"Cause \"missing\": run `obsgen generate`, deploy the scrape configuration and reload Prometheus; if the node was removed on purpose, remove it from spec/"+w.plan+".",
	)
	a.FalsePositives = append(a.FalsePositives, fmt.Sprintf(
		"A planned restart longer than the alert's delay: set a silence beforehand with `amtool silence add alertname=%s instance=NODE -d 15m -c \"planned restart\"`.", a.Name))
	w.alert(a, w.downStories(wait, a.Rules)...)
}

// downRules are the three ways in which a node can be down.
func (w *watched) downRules(wait time.Duration) []Rule {
	up, scraped := w.kit.Up.Name, metric.Up.Name
	rule := func(cause, expr, summary, description string) Rule {
		return Rule{
			Expr: expr, For: slo.FormatDuration(wait),
			Labels:      map[string]string{"severity": slo.Page, "cause": cause},
			Annotations: w.annotations(w.downName(), w.board, w.daemon+" on {{ $labels.instance }} "+summary, description),
		}
	}
	expected := make([]string, len(w.nodes))
	for i, n := range w.nodes {
		expected[i] = fmt.Sprintf("absent(%s{job=%q, instance=%q})", scraped, w.job, n.Name)
	}
	return []Rule{
		rule(downDaemon, fmt.Sprintf("%s{job=%q} == 0", up, w.job), "does not answer",
			fmt.Sprintf("%s runs, but %s has not answered its requests for %s.", w.exporter, w.daemon, slo.FormatDuration(wait))),
		rule(downExporter, fmt.Sprintf("%[1]s{job=%[2]q} == 0 or (%[1]s{job=%[2]q} == 1 unless on (job, instance) %[3]s)", scraped, w.job, up),
			"cannot be watched", fmt.Sprintf("Prometheus gets no answer about %s from %s, so the node may be down as a whole; what it does cannot be counted.", w.daemon, w.exporter)),
		rule(downMissing, strings.Join(expected, " or "), "is not scraped at all",
			"The spec lists the node, but Prometheus has no such target: its scrape configuration lacks it."),
	}
}

// downStories prove each cause apart, and that an idle node is not a dead one.
func (w *watched) downStories(wait time.Duration, rules []Rule) []TestGroup {
	const before, after = 5 * time.Minute, 5 * time.Minute
	name := w.downName()
	outage := 2*stepsUp(wait) + 10*time.Minute
	hold := before + stepsUp(wait)
	victim := w.nodes[0]
	healthy := []phase{{length: before + outage + after, value: 1}}
	broken := []phase{{length: before, value: 1}, {length: outage, value: 0}, {length: after, value: 1}}
	missing := []phase{{length: before, value: 1}, {length: outage, gone: true}, {length: after, value: 1}}
	full := w.targetLabels(victim)
	story := func(title string, rule Rule, labels map[string]string, scraped, up []phase) TestGroup {
		return TestGroup{
			Name: name + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: w.upSeries(scraped, up, healthy),
			AlertTests: []AlertTest{
				at(hold-storyStep, name),
				at(hold, name, firing(rule, labels, "", nil)),
				at(before+outage-storyStep, name, firing(rule, labels, "", nil)),
				at(before+outage, name),
			},
		}
	}
	return []TestGroup{
		story(w.daemon+" does not answer its exporter", rules[0], full, healthy, broken),
		story("the exporter cannot be scraped", rules[1], full, broken, missing),
		story("the exporter is scraped and says nothing of "+w.daemon, rules[1], full, healthy, missing),
		story("the target is missing", rules[2], map[string]string{"job": w.job, "instance": victim.Name}, missing, missing),
		{
			Name: name + ": nodes without any traffic are up", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Silent},
			InputSeries: w.upSeries(healthy, healthy, healthy),
			AlertTests:  []AlertTest{at(hold, name), at(before+outage, name)},
		},
	}
}
