package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// scaled is what an autoscaler tells, by the deployment that it scales: its own name is free.
func (z *sizing) scaled(f *metric.Family) string {
	info := fmt.Sprintf(`label_replace(%s, "deployment", "$1", "scaletargetref_name", "(.+)")`, z.of(metric.KubeHPAInfo, ofScaler+", scaletargetref_name", `, scaletargetref_kind="Deployment"`))
	return fmt.Sprintf("max by (namespace, deployment) (%s * on (%s) group_left (deployment) %s)", z.scaler(f, ""), ofScaler, info)
}

// idleAlerts tell of replicas that nobody needs: at any time, as the page has them taken away, and at night.
func (z *sizing) idleAlerts() {
	z.record(Record{
		Name:   spareCount,
		Labels: []metric.Label{{Name: "namespace", Help: "Namespace of the services.", Bound: "one"}, {Name: "deployment", Help: "Name of the deployment.", Bound: "services in the spec"}},
		Help:   "Replicas that a service has beyond the fewest that its autoscaler leaves.",
	}, z.scaled(metric.KubeHPACurrent)+" - "+z.scaled(metric.KubeHPAMin), nil)
	if t, ok := z.spec.Autoscaling.Trigger(spec.ScaleByCPU, false); ok {
		z.idleAlert(t)
	}
	if z.cost.OffPeak.Idle > 0 {
		z.nightAlert()
	}
}

// replicas are the series of the story's autoscaler.
func (z *sizing) replicas(current, least string) []TestSeries {
	b, info := z.scalerLabels(), map[string]string{"scaletargetref_kind": "Deployment", "scaletargetref_name": z.first().Name}
	return []TestSeries{series(metric.KubeHPAInfo.Name, merge(b, info), "1x400"), series(metric.KubeHPACurrent.Name, b, current), series(metric.KubeHPAMin.Name, b, least)}
}

// idleAlert tells when a service should have been scaled down and was not.
func (z *sizing) idleAlert(t spec.Trigger) {
	const name = "ServiceIdleReplicas"
	memory := ""
	if up, ok := z.spec.Autoscaling.Trigger(spec.ScaleByMemory, true); ok {
		// Memory keeps a replica where that many would be above its target with one less: ceil(n * use / target) is n then.
		current := z.scaled(metric.KubeHPACurrent)
		memory = fmt.Sprintf(" and %s <= %s * (%s - 1) / %s", serviceMemory, slo.FormatNumber(up.Threshold), current, current)
	}
	rule := z.rule(name, sizingBoard, slo.Ticket, fmt.Sprintf("%s < %s and %s > 0%s", serviceCPU, slo.FormatNumber(t.Threshold), spareCount, memory), z.limits.ScalingFor,
		"{{ $labels.deployment }} has replicas that it does not need", "It uses {{ $value | humanizePercentage }} of the CPU that it requests, and is not scaled down.")
	c, b := gauged(z.limits.ScalingFor), z.first().Bounds
	used := func(cpu, memory string) []TestSeries {
		list := []TestSeries{series(serviceCPU, z.deployment(), cpu)}
		if memory != "" {
			list = append(list, series(serviceMemory, z.deployment(), memory))
		}
		return list
	}
	low := t.Threshold / 2
	some, fewest := c.steady(float64(b.Min+1)), c.steady(float64(b.Min))
	z.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A service should have been scaled down and was not",
		Meaning: fmt.Sprintf("It has used less than %s of the CPU that its pods request for %s, has more pods than the fewest that its autoscaler leaves, and its memory would let one of them go.", t.Limit(), slo.FormatDuration(z.limits.ScalingFor)),
		Impact:  "Money only. Replicas that are never taken away hide that a service has outgrown what was planned.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe hpa SERVICE`: its conditions, and by which metric it wants that many", z.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s get hpa SERVICE -o jsonpath='{.spec.behavior.scaleDown}'`: does a policy hold it back?", z.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("A policy holds it back: shorten its stabilization window, or let it take away more at once: `kubectl -n %s patch hpa SERVICE --type=merge -p '{\"spec\":{\"behavior\":{\"scaleDown\":{\"stabilizationWindowSeconds\":300}}}}'`.", z.spec.Namespace),
			"The autoscaler is blind: see ServiceScalingStalled.",
			"The page's step below the limit is in no autoscaler: Kubernetes takes replicas away by the ratio of use and target, and needs no trigger of its own.",
		},
		FalsePositives: []string{"Kubernetes waits five minutes before it takes replicas away, and so after each peak."},
	},
		c.fires(name, "the load has gone", one(firing(rule, z.deployment(), percent(low), nil)), append(used(c.gauge(0.6, low), c.steady(0.1)), z.replicas(some, fewest)...)...),
		c.quiet(name, "memory keeps them", Holds, append(used(c.steady(low), c.steady(0.99)), z.replicas(some, fewest)...)...),
		c.quiet(name, "it has the fewest", Holds, append(used(c.steady(low), c.steady(0.1)), z.replicas(fewest, fewest)...)...),
		c.quiet(name, "nothing tells its use", Silent, z.replicas(some, fewest)...))
}

// hours selects the time of day from one hour to another, which may lie behind midnight.
func hours(o spec.OffPeak) string {
	if o.FromHour < o.ToHour {
		return fmt.Sprintf("(hour() >= %d < %d)", o.FromHour, o.ToHour)
	}
	return fmt.Sprintf("(hour() >= %d or hour() < %d)", o.FromHour, o.ToHour)
}

// nightAlert tells when a service keeps replicas through the night that do hardly anything.
func (z *sizing) nightAlert() {
	const name = "ServiceIdleAtNight"
	o := z.cost.OffPeak
	wait := o.For
	rule := z.rule(name, sizingBoard, slo.Ticket, fmt.Sprintf("%s > 0 and %s < %s and on () %s", spareCount, serviceCPU, slo.FormatNumber(o.Idle), hours(o)), wait,
		"{{ $labels.deployment }} keeps replicas through the night", "It has {{ $value }} more than its minimum, and they do hardly anything.")
	b := z.first().Bounds
	length := int(26*time.Hour/leakStep) + 1 // a day and two hours, so that every hour comes
	steady := func(v float64) string { return fmt.Sprintf("%sx%d", formatValue(v), length) }
	begins := time.Duration(o.FromHour) * time.Hour
	over := time.Duration(o.ToHour) * time.Hour
	if over <= begins {
		over += aDay
	}
	has := func(cpu float64, replicas int) []TestSeries {
		list := []TestSeries{series(serviceCPU, z.deployment(), steady(cpu))}
		r := z.replicas(steady(float64(replicas)), steady(float64(b.Min)))
		r[0].Values = steady(1)
		return append(list, r...)
	}
	fires := begins + clock{step: leakStep}.up(wait)
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(leakStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	z.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A service keeps replicas through the night that do hardly anything",
		Meaning: fmt.Sprintf("Between %d and %d o'clock UTC it has had more pods than its minimum for %s, and uses less than %s of the CPU that they request.", o.FromHour, o.ToHour, slo.FormatDuration(wait), slo.FormatPercent(o.Idle)),
		Impact:  "Money only, each night.",
		Look: []string{
			"the Right-sizing board: replicas above the minimum, by hour",
			fmt.Sprintf("`kubectl -n %s describe hpa SERVICE`: which metric keeps them? Memory that is not given back does", z.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("Memory keeps them: find the leak, or restart the service after the busy hour: `kubectl -n %s rollout restart deployment/SERVICE`.", z.spec.Namespace),
			"A minimum that is too high by night: lower min of its class in spec/services.yaml and the autoscaler.",
			"Work that runs at night on purpose: move it, or silence the alert for that service.",
		},
		FalsePositives: []string{"Traffic from another part of the world, whose day is our night: use would be above the limit then."},
	},
		story("replicas stay", []Proof{Fires, Holds, Resets}, has(o.Idle/2, b.Min+2),
			at(fires-leakStep, name), at(fires, name, firing(rule, z.deployment(), "2", nil)), at(over, name)),
		story("they have something to do", []Proof{Holds}, has(o.Idle*1.1, b.Min+2), at(fires, name)),
		story("only the fewest are there", []Proof{Holds}, has(o.Idle/2, b.Min), at(fires, name)),
		story("nothing tells its use", []Proof{Silent}, has(o.Idle/2, b.Min+2)[1:], at(fires, name)))
}
