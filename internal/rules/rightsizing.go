package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// sizingBoard is the end of the uid of the board that shows whether sizes fit.
const sizingBoard = "right-sizing"

// Records of how much is used of what is asked or paid for, by kind, name and resource.
const (
	sizeUsed   = "voipbin:size_used:ratio"
	sizeHour   = "voipbin:size_used:avg1h"
	sizeUsual  = "voipbin:size_used:p95"
	spareCount = "voipbin:service_replicas_above_minimum:count"
)

// usualQuantile is the share of hours of which the busiest hour of the rest is what a size must do for.
const usualQuantile = 0.95

// sizing makes the rules about what is larger, smaller or more than it must be.
type sizing struct {
	*services
	cost  spec.Cost
	kept  time.Duration // of series
	hosts bool
}

// rightSizingOf returns the rules about sizes and cost.
func rightSizingOf(s *spec.Spec, l links) *sizing {
	z := &sizing{services: newServices(s, l), cost: s.Delivery.Cost, kept: s.Platform.Prometheus.Retention, hosts: scraped(s, nodeJob) && len(machines(s)) > 0}
	if z.cost.RightSizing.TooLarge > 0 && (z.hosts || z.clustered()) {
		z.useRecords()
		z.reviewAlert()
	}
	if !z.spec.Described() {
		return z
	}
	if len(z.spec.Autoscaling.Classes) > 0 {
		z.idleAlerts()
	}
	if len(z.cost.Preemptible) > 0 {
		if z.cluster {
			z.jobsAlert()
		}
		z.buildsAlert()
	}
	return z
}

// weeks is over how much time sizes are judged: as long as between two reviews and as is kept, in whole weeks.
func (z *sizing) weeks() time.Duration {
	d := z.cost.RightSizing.Every
	if z.kept > 0 {
		d = min(d, z.kept)
	}
	return max(d.Truncate(aWeek), aWeek)
}

// sizeLabels describe what a size is of.
func sizeLabels() []metric.Label {
	return []metric.Label{
		{Name: "kind", Help: "What has the size: a service, by what its pods request, or a machine.", Values: []string{"service", "machine"}},
		{Name: "name", Help: "Name of the service or machine.", Bound: "services and machines in the spec"},
		{Name: "resource", Help: "What is used.", Values: []string{"cpu", "memory"}},
	}
}

// useRecords record what is used of each size, hour by hour, and what one hour in twenty exceeded over weeks.
func (z *sizing) useRecords() {
	used := Record{Name: sizeUsed, Unit: metric.Ratio, Labels: sizeLabels(), Help: "What is used now of what the pods of a service request, or of what a machine has."}
	add := func(kind, resource, from, expr string) {
		z.record(used, fmt.Sprintf(`max by (name) (label_replace(%s, "name", "$1", %q, "(.+)"))`, expr, from), map[string]string{"kind": kind, "resource": resource})
	}
	if z.clustered() {
		add("service", "cpu", "deployment", serviceCPU)
		add("service", "memory", "deployment", serviceMemory)
	}
	if z.hosts {
		add("machine", "cpu", "instance", fmt.Sprintf("1 - avg by (instance) (rate(%s[%s]))", ofHost(metric.NodeCPU, `mode="idle"`), slo.FormatDuration(hostWindow)))
		add("machine", "memory", "instance", fmt.Sprintf("1 - %s / %s", ofHost(metric.NodeMemoryAvailable, ""), ofHost(metric.NodeMemoryTotal, "")))
	}
	z.record(Record{Name: sizeHour, Unit: metric.Ratio, Labels: sizeLabels(), Help: "Mean use of a size in the last hour."}, fmt.Sprintf("avg_over_time(%s[1h])", sizeUsed), nil)
	over := fmt.Sprintf("%s[%s:1h]", sizeHour, slo.FormatDuration(z.weeks()))
	z.record(Record{
		Name: sizeUsual, Unit: metric.Ratio, Labels: sizeLabels(),
		Help: fmt.Sprintf("What one hour in twenty exceeded of a size in the last %s: the busy hours, without the few that were odd. Absent with less than a week of hours.", slo.FormatDuration(z.weeks())),
	}, fmt.Sprintf("quantile_over_time(%g, %s) and count_over_time(%s) >= %d", usualQuantile, over, over, int(aWeek/time.Hour)), nil)
}

// reviewDays are the first days of a month, in which sizes are reviewed.
const reviewDays = 7

// reviewAlert asks for the review of sizes, once a month, while there is something to change.
func (z *sizing) reviewAlert() {
	const name = "RightSizingDue"
	limit := z.cost.RightSizing
	in := ""
	if limit.Every >= 4*aWeek {
		in = fmt.Sprintf(" and on () day_of_month() <= %d", reviewDays)
	}
	rule := func(why, sign string, at float64, summary, description string) Rule {
		r := z.rule(name, sizingBoard, slo.Ticket, fmt.Sprintf("count by (kind, resource) (%s %s %s)%s", sizeUsual, sign, slo.FormatNumber(at), in), limit.For, summary, description)
		return cause(r, why)
	}
	rules := []Rule{
		rule("too_large", "<", limit.TooLarge, "{{ $value }} times more {{ $labels.resource }} is paid for than is used", fmt.Sprintf("Of so many of kind {{ $labels.kind }} less than %s of the {{ $labels.resource }} is used in all but the busiest hours.", slo.FormatPercent(limit.TooLarge))),
		rule("too_small", ">", limit.TooSmall, "{{ $value }} times more {{ $labels.resource }} is used than there should be", fmt.Sprintf("Of so many of kind {{ $labels.kind }} more than %s of the {{ $labels.resource }} is used in one hour of twenty.", slo.FormatPercent(limit.TooSmall))),
	}
	labels := map[string]string{"kind": "service", "resource": "cpu"}
	of := func(service string, at float64, days int) TestSeries {
		return series(sizeUsual, merge(labels, map[string]string{"name": service}), fmt.Sprintf("%sx%d", formatValue(at), days*int(aDay/longStep)-1))
	}
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(longStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	over := time.Duration(reviewDays+1) * aDay
	ends := at(over, name)
	if in == "" { // a review that is not monthly ends with its reason alone
		ends = at(over+aDay, name)
	}
	fits, large, small := (limit.TooLarge+limit.TooSmall)/2, limit.TooLarge/2, limit.TooSmall*1.1
	days := reviewDays + 2
	if in == "" {
		days = reviewDays + 1
	}
	z.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "Sizes do not fit what is used: the review is due",
		Meaning: fmt.Sprintf("What 95 of 100 hours of the last %s used is less than %s (cause too_large) or more than %s (cause too_small) of what pods request or a machine has. It comes in the first week of a month, as the page has sizes reviewed every month; without anything to change there is no ticket.",
			slo.FormatDuration(z.weeks()), slo.FormatPercent(limit.TooLarge), slo.FormatPercent(limit.TooSmall)),
		Impact: "Cause too_large: money, and nodes that are full of what nobody uses, so that nothing else is placed. Cause too_small: pods are placed where there is no room for what they do, and are slow or killed.",
		Look: []string{
			"the Right-sizing board: which, and by what factor",
			"`promtool query instant http://localhost:9090 '" + sizeUsual + "'`",
		},
		Do: []string{
			"A service: change requests in spec/services.yaml to what 95 of 100 hours use, with the distance that the autoscaler's target wants, deploy, and run `obsgen generate`.",
			"A machine: take the next smaller or larger type, one node after another, and change machine in the spec.",
			"It is right as it is, such as room for the loss of a node: note why, and silence it for that service.",
		},
		FalsePositives: []string{"Machines of a tier that must carry the load of a lost one are never busy: the Capacity board says how much room that takes."},
	},
		story("a service asks for too much", []Proof{Fires, Holds, Resets}, []TestSeries{of("bin-a", large, days), of("bin-b", large, days), of("bin-c", fits, days)},
			at(0, name), at(longStep, name, firing(rules[0], labels, "2", nil)), ends),
		story("a service asks for too little", []Proof{Fires}, []TestSeries{of("bin-a", small, 1)}, at(longStep, name, firing(rules[1], labels, "1", nil))),
		story("sizes fit", []Proof{Holds}, []TestSeries{of("bin-a", fits, 1)}, at(longStep, name)),
		story("less than a week is known", []Proof{Silent}, []TestSeries{series(sizeUsed, merge(labels, map[string]string{"name": "bin-a"}), "0.01x4")}, at(longStep, name)))
}
