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
	// of is the number that the spec has for a service, or less than 0 where it has none.
	of func(spec.Service) float64
	// live selects what the cluster tells of some services, whose names are a regular expression.
	live func(services string) string
	// family and labels are the series that tells it of the story's service.
	family *metric.Family
	labels map[string]string
}

// differsAlert tells when the cluster is not as the spec has it: one of them is wrong, and whoever plans by the other is misled.
func (v *services) differsAlert() {
	const name = "ServiceSpecDiffers"
	var rules []Rule
	figures := v.figures()
	for _, f := range figures {
		expr := v.differs(f)
		if expr == "" {
			continue
		}
		r := v.rule(name, healthBoard, slo.Ticket, expr, v.limits.DiffersFor,
			"{{ $labels.deployment }} is not as the spec has it", "Its "+f.what+" is {{ $value }}, and spec/services.yaml or spec/delivery.yaml says otherwise.")
		r.Labels["fact"] = f.name
		rules = append(rules, r)
	}
	c := gauged(v.limits.DiffersFor)
	told := func(off float64) ([]TestSeries, []ExpectedAlert) {
		list := append(v.owned(c, 1), series(metric.KubeHPAInfo.Name, merge(v.scalerLabels(), map[string]string{
			"scaletargetref_kind": "Deployment", "scaletargetref_name": v.first().Name,
		}), gauge(c.step, c.always()...)))
		var expected []ExpectedAlert
		for _, f := range figures {
			right := f.of(v.first())
			if right < 0 {
				continue
			}
			list = append(list, series(f.family.Name, f.labels, c.gauge(right, right+off)))
			i := slices.IndexFunc(rules, func(r Rule) bool { return r.Labels["fact"] == f.name })
			expected = append(expected, firing(rules[i], v.deployment(), fmt.Sprint(right+off), nil))
		}
		return list, expected
	}
	wrong, expected := told(1)
	right, _ := told(0)
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A service runs with other numbers than the spec has",
		Meaning: fmt.Sprintf("The label fact says which number: bounds and targets of the autoscaler, requests and limits, or what a rollout may do. It has differed for %s.", slo.FormatDuration(v.limits.DiffersFor)),
		Impact:  "None by itself. Capacity, cost and the promise of rollouts are computed from the spec, and are wrong while it differs.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get deployment SERVICE -o yaml` and `kubectl -n %s get hpa -o wide`", v.spec.Namespace, v.spec.Namespace),
			"`git log -5 -- spec/services.yaml spec/delivery.yaml`: was the spec changed, and the cluster not yet?",
		},
		Do: []string{
			"The cluster was changed by hand in need: take the number over into the spec, run `obsgen generate`, and say why in the commit.",
			"The spec is right: deploy its manifest again.",
		},
		FalsePositives: []string{"A service that is scaled by hand for a day's event: silence it for that day."},
	},
		c.fires(name, "everything is changed by hand", expected, wrong...),
		c.quiet(name, "the cluster is as the spec", Holds, right...),
		c.quiet(name, "the cluster tells nothing", Silent, v.owned(c, 1)...))
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
	return append(append(list, v.sizeFigures()...), v.rolloutFigures()...)
}

// scalerFigure is a number of the autoscaler, which is found by what it scales: its name is free.
func (v *services) scalerFigure(name, what string, f *metric.Family, at map[string]string, of func(spec.Service) float64) figure {
	live := func(services string) string {
		info := fmt.Sprintf(`label_replace(%s, "deployment", "$1", "scaletargetref_name", "(.+)")`,
			v.of(metric.KubeHPAInfo, ofScaler+", scaletargetref_name", fmt.Sprintf(`, scaletargetref_kind="Deployment", scaletargetref_name=~%q`, services)))
		return fmt.Sprintf("max by (namespace, deployment) (%s * on (%s) group_left (deployment) %s)", v.scaler(f, further(at)), ofScaler, info)
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
			return fmt.Sprintf("max by (namespace, deployment) (%s * on (namespace, pod) group_left (deployment) %s{deployment=~%q})",
				v.of(f, "namespace, pod", further(at)), podDeployment, services)
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
				return v.of(f, "namespace, deployment", fmt.Sprintf(", deployment=~%q", services))
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
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		parts = append(parts, fmt.Sprintf("%s != %s", f.live(strings.Join(names[n], "|")), slo.FormatNumber(n)))
	}
	return strings.Join(parts, " or ")
}
