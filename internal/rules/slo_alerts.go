package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// labels are the labels of all alerts of the objective.
func (o *objective) labels(severity string) map[string]string {
	return map[string]string{"slo": o.slo.Name, "tier": o.slo.Tier, "owner": o.slo.Owner, "severity": severity}
}

// valueQuery is a part of an annotation that asks Prometheus for a record of the objective when the alert is sent, and
// prints nothing when there is none. Text has one %s, for the value.
func (o *objective) valueQuery(record, format, text string) string {
	value := fmt.Sprintf("{{ . | first | value | %s }}", format)
	return fmt.Sprintf(`{{ with query "last_over_time(%s{slo='%s'}[%s])" }}%s{{ end }}`, record, o.slo.Name, promDuration(memory), fmt.Sprintf(text, value))
}

// memory is how far back an alert's text looks for a record of the budget, which is made less often than alerts are.
const memory = 10 * time.Minute

// The sentences of the burn alerts that depend on values that are looked up.
const (
	budgetLeftText = " %s of the error budget is left."
	timeLeftText   = " It is spent in %s if the last hour goes on."
)

func (o *objective) budgetLeft() string {
	return o.valueQuery(sloRemaining, "humanizePercentage", budgetLeftText)
}
func (o *objective) timeLeft() string {
	return o.valueQuery(sloExhaustion, "humanizeDuration", timeLeftText)
}

// burnRule is the alert of one tier: both windows above the threshold, and enough failures to be no accident.
func (o *objective) burnRule(name string, b slo.Burn) Rule {
	threshold := slo.FormatNumber(b.Threshold)
	long, short := promDuration(b.Long), promDuration(b.Short)
	return Rule{
		Expr: fmt.Sprintf("%s > %s and %s > %s and %s >= %d",
			o.of(sloErrorRatio+long), threshold, o.of(sloErrorRatio+short), threshold, o.failuresIn(long), max(o.slo.MinFailures, 1)),
		Labels: merge(o.labels(b.Severity), map[string]string{"burn": b.Name}),
		Annotations: o.annotations(name, o.slo.Dashboard,
			fmt.Sprintf("%s: failures of the last %s burn the error budget", o.title(), long),
			fmt.Sprintf("{{ $value | humanizePercentage }} of events failed in the last %s, and more than %s in the last %s. The objective of %s over %s allows %s; at %s times that a whole budget lasts %s.%s%s",
				long, slo.FormatPercent(b.Threshold), short, o.objectiveText(), promDuration(o.slo.Period), slo.FormatPercent(o.allowed()),
				slo.FormatNumber(b.Factor), promDuration(slo.Exhaustion(o.slo.Period, b.Factor).Round(time.Minute)), o.budgetLeft(), o.timeLeft())),
	}
}

// failuresIn is the number of failures in a window. A mean of ratios has none of its own: those of all its parts are taken.
func (o *objective) failuresIn(window string) string {
	if o.slo.SLI.Kind != spec.Weighted {
		return o.of(sloErrors + window)
	}
	return fmt.Sprintf("on () (sum(%s{%s}))", sloErrors+window, among("slo", o.partNames()...))
}

// objectiveText is the objective as it was written.
func (o *objective) objectiveText() string {
	if o.slo.ObjectiveText != "" {
		return strings.TrimSuffix(o.slo.ObjectiveText, "%") + "%"
	}
	return slo.FormatPercent(o.slo.Objective)
}

// burnAlert is the alert of the error budget, with a rule for each tier.
func (o *objective) burnAlert() {
	if len(o.burns) == 0 {
		return // check says that the period has no room for any
	}
	name := o.alertName("BudgetBurn")
	rules := make([]Rule, len(o.burns))
	tiers := make([]string, len(o.burns))
	severity := slo.Ticket
	for i, b := range o.burns {
		rules[i] = o.burnRule(name, b)
		tiers[i] = fmt.Sprintf("%s (%s): above %s in %s and %s, %s of the budget", b.Name, b.Severity, slo.FormatPercent(b.Threshold),
			promDuration(b.Long), promDuration(b.Short), slo.FormatPercent(b.ShareAtAlert(o.slo.Period)))
		if b.Severity == slo.Page {
			severity = slo.Page
		}
	}
	a := Alert{
		Name: name, Severity: severity, Rules: rules,
		Summary: o.title() + ": the error budget burns too fast",
		Meaning: fmt.Sprintf("More events fail than the objective of %s over %s allows (%s). The label burn names the tier by the share that failed in a long and in a short window: %s. At least %d events must have failed in the long window.",
			o.objectiveText(), promDuration(o.slo.Period), slo.FormatPercent(o.allowed()), strings.Join(tiers, "; "), max(o.slo.MinFailures, 1)),
		Impact: fmt.Sprintf("%s. A %s alert means that about %s of the whole period's allowance went within %s.",
			o.impact(), o.burns[0].Name, slo.FormatPercent(o.burns[0].ShareAtAlert(o.slo.Period)), promDuration(o.burns[0].Long)),
		Look: append([]string{
			"the board that the alert links: which instance and which cause the failures have, and since when",
			fmt.Sprintf("`promtool query instant http://localhost:9090 '%s'` for the budget that is left", o.of(sloRemaining)),
		}, o.tierLook()...),
		Do: append([]string{
			"Find what changed when the failures began: a deployment, a configuration, a carrier, a node that is down. Undo it first and understand it later: `git log --since=3.hours` tells of changes, `git revert --no-edit COMMIT` undoes one.",
		}, append(o.tierDo(), o.policyDo()...)...),
		FalsePositives: []string{
			"Little traffic: few failures are a large share. The alert's text has the numbers; raise min_failures, or look for the source of those few.",
			"Somebody's test that fails on purpose through production.",
		},
	}
	o.alert(a, append(o.burnTales(name, rules), o.formTales(name)...)...)
}

// policyDo is what the error budget policy asks for.
func (o *objective) policyDo() []string {
	if len(o.slo.Policy) == 0 {
		return []string{"When the budget is spent, stop what risks more of it until it has recovered (releases that ask `tracker slo gate --url=http://TRACKER:9745 --slo=" + o.slo.Name + "` stop by themselves); a page that repeats is worth a review of its cause."}
	}
	steps := make([]string, len(o.slo.Policy))
	for i, p := range o.slo.Policy {
		steps[i] = fmt.Sprintf("From %s of the budget on: %s.", slo.FormatPercent(p.Consumed), strings.TrimSuffix(p.Action, "."))
	}
	return steps
}

// impact is what a failed event is to people.
func (o *objective) impact() string {
	if o.slo.Description != "" {
		return "What is promised is broken for some: " + strings.TrimSuffix(o.slo.Description, ".")
	}
	return "What is promised is broken for some"
}

// tierLook and tierDo are what to look at and to do for the part of the platform that the objective is about.
func (o *objective) tierLook() []string {
	if o.slo.SLI.Composite() {
		return o.partsLook()
	}
	if o.slo.Tier != "sip_proxy" {
		return nil
	}
	return []string{
		"`promtool query instant http://localhost:9090 'topk(5, sum by (instance, cause) (increase(" + metric.KamailioCallSetupOutcomes.Name + "[15m])))'` for the causes",
		"`kamcmd dispatcher.list` on the proxies: targets that are inactive are where calls fail",
		"`kamcmd stats.get_statistics tmx: sl: script:` twice, a minute apart, on the proxy with the failures",
		"`sngrep -r` or `journalctl -u kamailio --since -30m --no-pager` for single calls that failed",
	}
}

func (o *objective) tierDo() []string {
	if o.slo.SLI.Composite() {
		return o.partsDo()
	}
	if o.slo.Tier != "sip_proxy" {
		return nil
	}
	return []string{
		"Cause timeout or 408: a destination does not answer. Take it out with `kamcmd dispatcher.set_state dx SET URI` and repair it.",
		"Cause 503 or 500 from one destination: it refuses calls; look at its capacity and its logs, and take it out if others can carry its calls.",
		"Failures on one proxy only: take that proxy out of the load balancer.",
	}
}
