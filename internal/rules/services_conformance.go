package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// figure is a number of the spec that the cluster tells of each service.
type figure struct {
	name string // value of the label fact
	what string // in words
	// below tells that only less than the spec's number is wrong.
	below bool
	// of is the number that the spec has for a service, or less than 0 where it has none.
	of func(spec.Service) float64
	// live selects what the cluster tells of some services, whose names are a regular expression.
	live func(services string) string
	// family and labels are the series that tells it of the story's service.
	family *metric.Family
	labels map[string]string
}

// wrong is a number that is not the spec's.
func (f figure) wrong(right float64) float64 {
	if f.below {
		return right - 1
	}
	return right + 1
}

// differsAlert tells when the cluster is not as the spec has it: one of them is wrong, and whoever plans by the other is misled.
func (v *services) differsAlert() {
	const name = "ServiceSpecDiffers"
	rule := func(fact, expr, description string) Rule {
		r := v.rule(name, healthBoard, slo.Ticket, expr, v.limits.DiffersFor, "{{ $labels.deployment }} is not as the spec has it", description)
		r.Labels["fact"] = fact
		return r
	}
	var rules []Rule
	for _, f := range v.figures() {
		if expr := v.differs(f); expr != "" {
			rules = append(rules, rule(f.name, expr, "Its "+f.what+" is {{ $value }}, and spec/services.yaml or spec/delivery.yaml says otherwise."))
		}
	}
	c, lacks := gauged(v.limits.DiffersFor), v.lackRules(rule)
	probes := v.probeRules(rule)
	stories := slices.Concat(v.figureStories(c, name, rules), v.lackStories(c, name, lacks), v.probeStories(name, probes))
	rules = slices.Concat(rules, lacks, probes)
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A service runs with other numbers than the spec has, or without what the spec gives it",
		Meaning: fmt.Sprintf("The label fact says what: bounds and targets of the autoscaler, replicas, requests and limits, images, probes, or what a rollout may do; \"_missing\" at its end is something that is not there at all. It has been so for %s.", slo.FormatDuration(v.limits.DiffersFor)),
		Impact:  "None by itself. Capacity, cost and the promise of rollouts are computed from the spec, and are wrong while it differs.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get deployment SERVICE -o yaml` and `kubectl -n %s get hpa -o wide`", v.spec.Namespace, v.spec.Namespace),
			"`git log -5 -- spec/services.yaml spec/delivery.yaml`: was the spec changed, and the cluster not yet?",
		},
		Do: []string{
			"The cluster was changed by hand in need: take the number over into the spec, run `obsgen generate`, and say why in the commit.",
			"The spec is right: deploy its manifest again.",
		},
		FalsePositives: []string{
			"A service that is scaled by hand for a day's event: silence it for that day.",
			"kube-state-metrics that may not list autoscalers: then every service lacks one.",
			"A node whose kubelet is not asked for its probes (job kubelet-probes): the pods on it seem to have none.",
		},
	}, stories...)
}

// figureStories tell of a deployment whose numbers are all changed, and of one that is as the spec has it.
func (v *services) figureStories(c lapse, alert string, rules []Rule) []TestGroup {
	list := append(v.owned(c, 1), v.scalerInfo(gauge(c.step, c.always()...)))
	wrong, right := slices.Clone(list), slices.Concat(list, v.exists(v.first().Image, c.steady), v.probed(c, 1))
	var expected []ExpectedAlert
	for _, f := range v.figures() {
		should := f.of(v.first())
		if should < 0 {
			continue
		}
		is := f.wrong(should)
		wrong = append(wrong, series(f.family.Name, f.labels, c.gauge(should, is)))
		if f.family != metric.KubeDeploymentReplicas { // which is there already
			right = append(right, series(f.family.Name, f.labels, c.gauge(should, should)))
		}
		i := slices.IndexFunc(rules, func(r Rule) bool { return r.Labels["fact"] == f.name })
		expected = append(expected, firing(rules[i], v.deployment(), fmt.Sprint(is), nil))
	}
	return []TestGroup{
		c.fires(alert, "everything is changed by hand", expected, wrong...),
		c.quiet(alert, "the cluster is as the spec", Holds, right...),
	}
}

// figures are the numbers that are compared.
func (v *services) figures() []figure {
	list := []figure{
		v.scalerFigure("hpa_min", "lower bound of replicas", metric.KubeHPAMin, nil, func(o spec.Service) float64 { return stated(o.Bounds.Min) }),
		v.scalerFigure("hpa_max", "upper bound of replicas", metric.KubeHPAMax, nil, func(o spec.Service) float64 { return stated(o.Bounds.Max) }),
	}
	for _, t := range v.spec.Autoscaling.Triggers {
		if t.Up() && t.InHPA {
			at := map[string]string{"metric_name": t.Metric, "metric_target_type": "utilization"}
			list = append(list, v.scalerFigure("hpa_"+t.Metric, "target of "+t.Metric+" in percent", metric.KubeHPATarget, at, func(o spec.Service) float64 {
				if o.Bounds.Max == 0 {
					return -1
				}
				return slo.Clean(t.Threshold * 100)
			}))
		}
	}
	list = append(list, figure{
		name: "replicas", what: "number of replicas", below: true, of: v.least, family: metric.KubeDeploymentReplicas, labels: v.deployment(),
		live: func(services string) string {
			return v.of(metric.KubeDeploymentReplicas, ofDeployment, deployments(services))
		},
	})
	return append(append(list, v.sizeFigures()...), v.rolloutFigures()...)
}

// scaled are the deployments that have an autoscaler, with the name of that, among services whose names are a regular expression.
func (v *services) scaled(services string) string {
	return fmt.Sprintf(`label_replace(%s, "deployment", "$1", "scaletargetref_name", "(.+)")`,
		v.of(metric.KubeHPAInfo, ofScaler+", scaletargetref_name", `, scaletargetref_kind="Deployment", `+among("scaletargetref_name", services)))
}

// scalerInfo is the series that tells what the story's autoscaler scales.
func (v *services) scalerInfo(values string) TestSeries {
	return series(metric.KubeHPAInfo.Name, merge(v.scalerLabels(), map[string]string{"scaletargetref_kind": "Deployment", "scaletargetref_name": v.first().Name}), values)
}

// scalerFigure is a number of the autoscaler, which is found by what it scales: its name is free.
func (v *services) scalerFigure(name, what string, f *metric.Family, at map[string]string, of func(spec.Service) float64) figure {
	live := func(services string) string {
		return fmt.Sprintf("max by (%s) (%s * on (%s) group_left (deployment) %s)", ofDeployment, v.scaler(f, further(at)), ofScaler, v.scaled(services))
	}
	return figure{name: name, what: what, of: of, live: live, family: f, labels: merge(v.scalerLabels(), at)}
}

// further are matchers that come after others.
func further(labels map[string]string) string {
	var out strings.Builder
	for _, n := range sortedKeys(labels) {
		fmt.Fprintf(&out, ", %s=%q", n, labels[n])
	}
	return out.String()
}

// sizeFigures are the requests and limits of a pod's containers.
func (v *services) sizeFigures() []figure {
	size := func(name, what, resource string, f *metric.Family, of func(spec.Service) float64) figure {
		at := map[string]string{"resource": resource}
		live := func(services string) string {
			return fmt.Sprintf("max by (namespace, deployment) (%s * on (namespace, pod) group_left (deployment) %s{%s})",
				v.of(f, "namespace, pod", further(at)), podDeployment, among("deployment", services))
		}
		return figure{name: name, what: what, of: of, live: live, family: f, labels: merge(v.container(0), at)}
	}
	cores := func(millis int) float64 {
		if millis == 0 {
			return -1
		}
		return slo.Clean(float64(millis) / 1000)
	}
	return []figure{
		size("request_cpu", "request of CPUs", "cpu", metric.KubeContainerRequests, func(o spec.Service) float64 { return cores(o.Requests.CPUMillis) }),
		size("request_memory", "request of memory in bytes", "memory", metric.KubeContainerRequests, func(o spec.Service) float64 { return stated(int(o.Requests.MemoryBytes)) }),
		size("limit_cpu", "limit of CPUs", "cpu", metric.KubeContainerLimits, func(o spec.Service) float64 { return cores(o.Limits.CPUMillis) }),
		size("limit_memory", "limit of memory in bytes", "memory", metric.KubeContainerLimits, func(o spec.Service) float64 { return stated(int(o.Limits.MemoryBytes)) }),
	}
}

// rolloutFigures are what a rolling update may do.
func (v *services) rolloutFigures() []figure {
	if v.rollout.Pos.Line == 0 {
		return nil
	}
	fixed := func(name, what string, f *metric.Family, n int) figure {
		return figure{name: name, what: what, family: f, labels: v.deployment(),
			of: func(spec.Service) float64 { return float64(n) },
			live: func(services string) string {
				return v.of(f, ofDeployment, deployments(services))
			}}
	}
	return []figure{
		fixed("max_surge", "number of pods that a rollout may add", metric.KubeDeploymentMaxSurge, v.rollout.MaxSurge),
		fixed("max_unavailable", "number of pods that a rollout may take away", metric.KubeDeploymentMaxUnavailable, v.rollout.MaxUnavailable),
	}
}

// stated is a number of the spec, or -1 where it states none.
func stated(n int) float64 {
	if n == 0 {
		return -1
	}
	return float64(n)
}

// differs finds the services whose number is not that of the spec: services of one number are compared at once.
func (v *services) differs(f figure) string {
	names := make(map[float64][]string)
	for _, o := range v.spec.List {
		if n := f.of(o); n >= 0 {
			names[n] = append(names[n], o.Name)
		}
	}
	sign := "!="
	if f.below {
		sign = "<"
	}
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, fmt.Sprintf("%s %s %s", f.live(strings.Join(names[n], "|")), sign, slo.FormatNumber(n)))
	}
	return strings.Join(parts, " or ")
}
