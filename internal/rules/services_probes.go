package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// How often a container is probed is told by no object that kube-state-metrics shows. The kubelet counts each probe, so that their rate tells it.
// The delay before the first is told by nobody.

// probePeriod is the record of how often containers are probed.
const probePeriod = "voipbin:service_probe_period:seconds5m"

// probeSlack is by how much a period may differ: probes that fall on the ends of the window make that of a long one uncertain, and those that
// are left out while a container restarts make it longer.
const probeSlack = 0.25

// probeKind is a kind of probe.
type probeKind struct {
	fact, label string
	of          func(spec.Service) spec.HealthCheck
}

func probeKinds() []probeKind {
	return []probeKind{
		{"liveness", "Liveness", func(o spec.Service) spec.HealthCheck { return o.Liveness }},
		{"readiness", "Readiness", func(o spec.Service) spec.HealthCheck { return o.Readiness }},
	}
}

// probedService reports whether a service has probes by the spec.
func probedService(o spec.Service) bool { return o.Liveness.Period+o.Readiness.Period > 0 }

// probeRecord records how often each deployment's containers are probed.
func (v *services) probeRecord() {
	labels := []metric.Label{
		{Name: "namespace", Help: "Namespace of the services.", Bound: "one"}, {Name: "deployment", Help: "Name of the deployment.", Bound: "services in the spec"},
		metric.KubeletProbes.Labels[3],
	}
	v.record(Record{Name: probePeriod, Unit: metric.Seconds, Labels: labels, Help: "Time between two probes of a container by the kubelet, of those in five minutes, by kind of probe; the longest of a deployment's containers."},
		fmt.Sprintf("max by (%s, probe_type) (1 / (sum by (%s, probe_type) (rate(%s[%s])) > 0) * on (namespace, pod) group_left (deployment) %s)",
			ofDeployment, ofContainer, v.in(metric.KubeletProbes, ""), slo.FormatDuration(serviceWindow), podDeployment), nil)
}

// probeRules are the rules about probes: that those of each kind come as often as the spec says, and that they come at all.
func (v *services) probeRules(rule func(fact, expr, description string) Rule) []Rule {
	var rules []Rule
	for _, k := range probeKinds() {
		periods := make(map[float64][]string)
		var all []string
		for _, o := range v.spec.List {
			if every := k.of(o).Period.Seconds(); every > 0 {
				name := regexp.QuoteMeta(o.Name)
				periods[every], all = append(periods[every], name), append(all, name)
			}
		}
		if len(all) == 0 {
			continue
		}
		var parts []string
		for _, every := range slices.Sorted(maps.Keys(periods)) {
			of := fmt.Sprintf("%s{probe_type=%q, %s}", probePeriod, k.label, among("deployment", periods[every]...))
			parts = append(parts, fmt.Sprintf("(%s > %s or %s < %s)", of, slo.FormatNumber(slo.Clean(every*(1+probeSlack))), of, slo.FormatNumber(slo.Clean(every*(1-probeSlack)))))
		}
		ready := v.of(metric.KubePodReady, "namespace, pod", `, condition="true"`) + " == 1"
		unprobed := fmt.Sprintf("count by (%s) ((%s unless on (namespace, pod) %s) * on (namespace, pod) group_left (deployment) %s{%s}) and on () count(%s) > 0",
			ofDeployment, ready, v.in(metric.KubeletProbes, fmt.Sprintf(", probe_type=%q", k.label)), podDeployment, among("deployment", all...), v.in(metric.KubeletProbes, ""))
		rules = append(rules,
			rule(k.fact+"_period", strings.Join(parts, " or "), "Its "+k.fact+" probe comes every {{ $value | printf \"%.1f\" }} seconds, and spec/services.yaml says otherwise."),
			rule(k.fact+"_missing", unprobed, "{{ $value }} of its pods have no "+k.fact+" probe, and spec/services.yaml has one."))
	}
	return rules
}

// kindsOfFirst are the probes that the story's service should have.
func (v *services) kindsOfFirst() []probeKind {
	return slices.DeleteFunc(probeKinds(), func(k probeKind) bool { return k.of(v.first()).Period == 0 })
}

// probe is a counter of the probes of one of the story's pods. The phases tell how many there are of those that there should be.
func (v *services) probe(c lapse, k probeKind, pod int, phases ...phase) TestSeries {
	for i := range phases {
		phases[i].rise *= storyStep.Seconds() / k.of(v.first()).Period.Seconds()
	}
	return series(metric.KubeletProbes.Name, map[string]string{
		"namespace": v.spec.Namespace, "pod": v.pod(pod), "container": v.first().Short(), "probe_type": k.label, "result": "successful",
	}, counterValues(c.step, phases...))
}

// probed are the probes of the story's first pod, of which there are so many times as many as there should be during the fault.
func (v *services) probed(c lapse, factor float64) []TestSeries {
	var list []TestSeries
	for _, k := range v.kindsOfFirst() {
		list = append(list, v.probe(c, k, 0, phase{length: c.before, rise: 1}, phase{length: c.fault, rise: factor}, phase{length: c.after, rise: 1}))
	}
	return list
}

// probeStories tell of probes that come too seldom, too often, and no more.
func (v *services) probeStories(alert string, rules []Rule) []TestGroup {
	kinds := v.kindsOfFirst()
	if len(kinds) == 0 {
		return nil
	}
	// The window must be full of good probes before the fault, and so many samples of a rate that is a quarter or double must be in it until
	// its mean is that far off.
	const seldom, often, fewer, more = 4, 2, 6, 7
	of := func(fact string) Rule {
		return rules[slices.IndexFunc(rules, func(r Rule) bool { return r.Labels["fact"] == fact })]
	}
	period := func(factor float64) []ExpectedAlert {
		var list []ExpectedAlert
		for _, k := range kinds {
			told := merge(v.deployment(), map[string]string{"probe_type": k.label})
			list = append(list, firing(of(k.fact+"_period"), told, fmt.Sprintf("%.1f", k.of(v.first()).Period.Seconds()*factor), nil))
		}
		return list
	}
	slow := lapseOf(v.limits.DiffersFor+fewer*storyStep, serviceWindow).later(serviceWindow)
	fast := lapseOf(v.limits.DiffersFor+more*storyStep, serviceWindow).later(serviceWindow)
	// One pod is probed no more, and another is: kubelets are asked. A counter's phases begin a step late.
	c := lapseOf(v.limits.DiffersFor+storyStep, storyStep)
	gone := append(v.owned(c, 2), v.exists(v.first().Image, c.steady)[2])
	var missing []ExpectedAlert
	for _, k := range kinds {
		gone = append(gone, v.probe(c, k, 1, phase{length: c.length(), rise: 1}),
			v.probe(c, k, 0, phase{length: c.before, rise: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, rise: 1}))
		missing = append(missing, firing(of(k.fact+"_missing"), v.deployment(), "1", nil))
	}
	return []TestGroup{
		slow.fires(alert, "probes come too seldom", period(seldom), append(v.owned(slow, 1), v.probed(slow, 1./seldom)...)...),
		fast.fires(alert, "probes come too often", period(1./often), append(v.owned(fast, 1), v.probed(fast, often)...)...),
		c.fires(alert, "a pod is probed no more", missing, gone...),
	}
}
