package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// ofScaler are the labels by which an autoscaler is told.
const ofScaler = "namespace, horizontalpodautoscaler"

// scaler is what an autoscaler tells, by its name.
func (v *services) scaler(f *metric.Family, matchers string) string {
	return v.of(f, ofScaler, matchers)
}

// scalerLabels are those of the story's autoscaler.
func (v *services) scalerLabels() map[string]string {
	return map[string]string{"namespace": v.spec.Namespace, "horizontalpodautoscaler": v.first().Name}
}

// boundAlert tells when a service is at its upper bound, so that no more load is answered by more pods.
func (v *services) boundAlert() {
	const name = "ServiceAtUpperBound"
	most, least := v.scaler(metric.KubeHPAMax, ""), v.scaler(metric.KubeHPAMin, "")
	rule := cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s >= %s and %s > %s", v.scaler(metric.KubeHPACurrent, ""), most, most, least), v.limits.ScalingFor,
		"{{ $labels.horizontalpodautoscaler }} is scaled to its upper bound", "It has {{ $value }} pods and may not have more: whatever comes on top makes it slower."), "reached")
	grows := fmt.Sprintf("max by (%s) (predict_linear(%s[1h], 3600))", ofScaler, v.in(metric.KubeHPADesired, ""))
	soon := cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s >= %s and %s < %s and %s > %s", grows, most, v.scaler(metric.KubeHPADesired, ""), most, most, least), v.limits.ScalingFor,
		"{{ $labels.horizontalpodautoscaler }} will be at its upper bound within an hour", "What it wants has grown so in the last hour that its bound is reached in the next."), "forecast")
	c := gauged(v.limits.ScalingFor)
	b := v.first().Bounds
	has := func(current string, most int) []TestSeries {
		at := v.scalerLabels()
		return []TestSeries{
			series(metric.KubeHPACurrent.Name, at, current),
			series(metric.KubeHPAMax.Name, at, c.gauge(float64(most), float64(most))),
			series(metric.KubeHPAMin.Name, at, c.gauge(float64(b.Min), float64(b.Min))),
		}
	}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule, soon},
		Summary: "A service is scaled to its upper bound, or soon will be",
		Meaning: fmt.Sprintf("The label cause says which. \"reached\": the autoscaler has made as many pods as it may; \"forecast\": it will within an hour, if what it wants grows as in the last one. Either for %s.", slo.FormatDuration(v.limits.ScalingFor)),
		Impact:  "None yet, if the load stays. With more, the service answers later and its queue grows.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe hpa SERVICE`: by which metric, and how far above its target?", v.spec.Namespace),
			"the board Service Health: replicas against their bounds over the day; is this the busy hour, or a leak?",
		},
		Do: []string{
			"It is load: raise the class's max in spec/services.yaml and the autoscaler; `obsgen check` says whether nodes and addresses suffice.",
			"It is memory that grows by itself: pods do not help, restart it and find the leak.",
			"Page whoever owns the service if ServiceSlow or ServiceErrorsHigh fire as well.",
		},
		FalsePositives: []string{"Memory as a trigger keeps replicas up after the load has gone, until pods give it back."},
	},
		c.fires(name, "the load rises", one(firing(rule, v.scalerLabels(), formatValue(float64(b.Max)), nil)), has(c.gauge(float64(b.Min), float64(b.Max)), b.Max)...),
		v.growsStory(name, soon),
		c.quiet(name, "one below the bound", Holds, has(c.gauge(float64(b.Min), float64(b.Max-1)), b.Max)...),
		c.quiet(name, "both bounds are one", Holds, has(c.gauge(float64(b.Min), float64(b.Min)), b.Min)...),
		c.quiet(name, "no autoscaler", Silent, has("", b.Max)[1:]...))
}

// growsStory tells of a service that wants more pods with each step, and would have reached its bound within the hour.
func (v *services) growsStory(name string, soon Rule) TestGroup {
	b, at0 := v.first().Bounds, v.scalerLabels()
	const steps = 90 // to the bound: more than the alert waits for
	n := int(v.limits.ScalingFor/storyStep) + 2
	constant := func(f *metric.Family, value int) TestSeries {
		return series(f.Name, at0, fmt.Sprintf("%dx%d", value, n))
	}
	wants := fmt.Sprintf("%d+%sx%d", b.Min, formatValue(float64(b.Max-b.Min)/max(steps, 1.5*float64(n))), n)
	fires := v.limits.ScalingFor + 2*storyStep // a line needs two points
	return TestGroup{
		Name: name + ": the load grows", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds},
		InputSeries: []TestSeries{series(metric.KubeHPADesired.Name, at0, wants), constant(metric.KubeHPAMax, b.Max), constant(metric.KubeHPAMin, b.Min)},
		AlertTests:  []AlertTest{at(v.limits.ScalingFor-storyStep, name), at(fires, name, firing(soon, at0, "", nil))},
	}
}

// stalledAlert tells when a service should have been scaled and was not.
func (v *services) stalledAlert() {
	const name = "ServiceScalingStalled"
	current := v.scaler(metric.KubeHPACurrent, "")
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s > %s", v.scaler(metric.KubeHPADesired, ""), current), v.limits.ScalingFor,
			"{{ $labels.horizontalpodautoscaler }} does not get the pods that it wants", "It wants {{ $value }} pods, and there are fewer: they cannot be made or placed."), "held_back"),
		cause(v.rule(name, healthBoard, slo.Ticket, v.scaler(metric.KubeHPACondition, `, condition="ScalingActive", status="false"`)+" == 1", v.limits.ScalingFor,
			"{{ $labels.horizontalpodautoscaler }} is blind", "The autoscaler cannot read its metrics, or is switched off: load makes no pods."), "blind"),
	}
	unmoved, stories := v.unmoved(name)
	c := gauged(v.limits.ScalingFor)
	b := v.first().Bounds
	at := v.scalerLabels()
	scaled := func(desired, current string) []TestSeries {
		return []TestSeries{series(metric.KubeHPADesired.Name, at, desired), series(metric.KubeHPACurrent.Name, at, current)}
	}
	active := func(values string) TestSeries {
		return series(metric.KubeHPACondition.Name, merge(at, map[string]string{"condition": "ScalingActive", "status": "false"}), values)
	}
	low, high := c.gauge(float64(b.Min), float64(b.Min)), c.gauge(float64(b.Min), float64(b.Max))
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: append(rules, unmoved...),
		Summary: "A service should have been scaled and was not",
		Meaning: fmt.Sprintf("The label cause says why, after %s. \"held_back\": the autoscaler wants more pods than there are; \"blind\": it cannot read what it scales by, or its target has no replicas; \"unmoved\": the service uses more than what it is scaled at, and got no pod, whatever its autoscaler says, or without one. The label resource says of what.", slo.FormatDuration(v.limits.ScalingFor)),
		Impact:  "The pods that there are carry the load alone: slower answers, longer queues.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe hpa SERVICE`: its conditions and events say what is missing", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s get pods --field-selector=status.phase=Pending`, and `kubectl describe` of one: Insufficient cpu, memory, or no address?", v.spec.Namespace),
			"`kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes | head -c 300`: does the metrics server answer?",
		},
		Do: []string{
			"Pods are pending: add nodes, or room for pod addresses (linters scaling-nodes and scaling-addresses of `obsgen check`).",
			"The autoscaler is blind: restart the metrics server; a deployment without requests has no utilization at all.",
			fmt.Sprintf("Until then by hand: `kubectl -n %s scale deployment/SERVICE --replicas=N`.", v.spec.Namespace),
		},
		FalsePositives: []string{"A deployment that somebody scaled to 0 on purpose makes its autoscaler inactive."},
	},
		append(stories,
			c.fires(name, "pods cannot be placed", one(firing(rules[0], at, formatValue(float64(b.Max)), nil)), scaled(high, low)...),
			c.fires(name, "the metrics server is gone", one(firing(rules[1], at, "1", nil)), active(c.gauge(0, 1))),
			c.quiet(name, "pods come as they are wanted", Holds, append(scaled(high, high), active(c.gauge(0, 0)))...),
			c.quiet(name, "no autoscaler", Silent, series(metric.KubeDeploymentReplicas.Name, v.deployment(), low)))...)
}
