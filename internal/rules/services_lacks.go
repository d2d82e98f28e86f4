package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// lack is something that the spec gives services and that the cluster may leave out. No comparison of numbers tells of it, as there is no number
// to compare: the deployment is there and the series of the other is not. Where nothing tells of deployments or pods nothing is lacking.
type lack struct {
	name string // value of the label fact
	// is says in words what the value of the rule is.
	is string
	// whose are the services that have it by the spec.
	whose func(spec.Service) bool
	// gone finds those without it among some services, whose names are a regular expression.
	gone func(services string) string
	// value is that of the rule in the story.
	value string
	// story are the series of the story's service, of a value that is there or not.
	story func(there func(float64) string) []TestSeries
}

// ofDeployment are the labels by which a deployment is told.
const ofDeployment = "namespace, deployment"

// deployments matches some services by the names of their deployments, after other matchers.
func deployments(services string) string { return ", " + among("deployment", services) }

// lacks are what may be missing of what the spec has.
func (v *services) lacks() []lack {
	list := slices.Concat([]lack{v.scalerLack()}, v.sizeLacks(), v.rolloutLack(), v.imageLacks())
	return slices.DeleteFunc(list, func(l lack) bool { return !slices.ContainsFunc(v.spec.List, l.whose) })
}

// scalerLack is a service that should be scaled and has no autoscaler.
func (v *services) scalerLack() lack {
	return lack{
		name: "hpa_missing", is: "It has no autoscaler and stays at {{ $value }} pods", value: formatValue(v.least(v.first())),
		whose: func(o spec.Service) bool { return o.Bounds.Max > 0 },
		gone: func(services string) string {
			return fmt.Sprintf("%s unless on (%s) %s", v.of(metric.KubeDeploymentReplicas, ofDeployment, deployments(services)), ofDeployment, v.scaled(services))
		},
		story: func(there func(float64) string) []TestSeries { return []TestSeries{v.scalerInfo(there(1))} },
	}
}

// sizeLacks are containers without what they should request, or without a limit.
func (v *services) sizeLacks() []lack {
	var list []lack
	for _, f := range v.sizeFigures() {
		has := v.of(f.family, ofContainer, further(map[string]string{"resource": f.labels["resource"]}))
		list = append(list, lack{
			name: f.name + "_missing", is: "{{ $value }} of its containers have no " + f.what, value: "1",
			whose: func(o spec.Service) bool { return f.of(o) >= 0 },
			gone: func(services string) string {
				return fmt.Sprintf("count by (%s) ((%s unless on (%s) %s) * on (namespace, pod) group_left (deployment) %s{%s})",
					ofDeployment, v.of(metric.KubeContainerInfo, ofContainer, ""), ofContainer, has, podDeployment, among("deployment", services))
			},
			story: func(there func(float64) string) []TestSeries {
				return []TestSeries{series(f.family.Name, f.labels, there(f.of(v.first())))}
			},
		})
	}
	return list
}

// rolloutLack is a deployment that is not rolled out pod by pod: of one that is recreated kube-state-metrics tells no such number.
func (v *services) rolloutLack() []lack {
	if v.rollout.Pos.Line == 0 {
		return nil
	}
	return []lack{{
		name: "strategy_missing", is: "It is not rolled out pod by pod, and its {{ $value }} pods end at once", value: formatValue(v.least(v.first())),
		whose: func(spec.Service) bool { return true },
		gone: func(services string) string {
			return fmt.Sprintf("%s unless on (%s) %s", v.of(metric.KubeDeploymentReplicas, ofDeployment, deployments(services)), ofDeployment, v.of(metric.KubeDeploymentMaxSurge, ofDeployment, ""))
		},
		story: func(there func(float64) string) []TestSeries {
			return []TestSeries{series(metric.KubeDeploymentMaxSurge.Name, v.deployment(), there(float64(v.rollout.MaxSurge)))}
		},
	}}
}

// imageLacks are pods that run another image than the spec's. Services whose images differ by their name alone are compared at once.
func (v *services) imageLacks() []lack {
	forms := make(map[string]bool)
	for _, o := range v.spec.List {
		if o.Image != "" {
			forms[imageForm(o)] = true
		}
	}
	var list []lack
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		list = append(list, lack{
			name: "image", is: "{{ $value }} of its pods run another image", value: "1",
			whose: func(o spec.Service) bool { return o.Image != "" && imageForm(o) == form },
			gone: func(services string) string {
				right := fmt.Sprintf(`label_replace(%s, "deployment", "$1", "image_spec", %q)`, v.of(metric.KubeContainerInfo, "namespace, pod, image_spec", ", "+among("image_spec", form)), form)
				if !strings.Contains(form, "(.+)") { // what it is called does not tell whose it is
					right = fmt.Sprintf(`%s * on (namespace, pod) group_left (deployment) %s`, v.of(metric.KubeContainerInfo, "namespace, pod, image_spec", ", "+among("image_spec", form)), podDeployment)
				}
				return fmt.Sprintf("count by (%s) (%s{%s} and on (namespace, pod) %s unless on (namespace, pod, deployment) %s)",
					ofDeployment, podDeployment, among("deployment", services), v.in(metric.KubeContainerInfo, ""), right)
			},
			story: func(func(float64) string) []TestSeries { return nil },
		})
	}
	return list
}

// imageForm is a regular expression of a service's image, with any name in place of the service's.
func imageForm(o spec.Service) string {
	return strings.ReplaceAll(regexp.QuoteMeta(o.Image), regexp.QuoteMeta(o.Name), "(.+)")
}

// least is how many pods a service has at least: its autoscaler's lower bound, or where it has none those that the spec gives it.
func (v *services) least(o spec.Service) float64 {
	if o.Bounds.Max > 0 {
		return float64(o.Bounds.Min)
	}
	return float64(o.Replicas)
}

// lackRules are the rules about what is missing.
func (v *services) lackRules(rule func(fact, expr, description string) Rule) []Rule {
	var rules []Rule
	for _, l := range v.lacks() {
		var names []string
		for _, o := range v.spec.List {
			if l.whose(o) {
				names = append(names, regexp.QuoteMeta(o.Name))
			}
		}
		rules = append(rules, rule(l.name, l.gone(strings.Join(names, "|")), l.is+"; spec/services.yaml or spec/delivery.yaml says otherwise."))
	}
	return rules
}

// exists are the story's deployment and its container, which runs an image.
func (v *services) exists(image string, there func(float64) string) []TestSeries {
	return []TestSeries{
		series(metric.KubeDeploymentReplicas.Name, v.deployment(), there(v.least(v.first()))),
		series(metric.KubeContainerInfo.Name, merge(v.container(0), map[string]string{"image_spec": image}), there(1)),
		series(metric.KubePodReady.Name, map[string]string{"namespace": v.spec.Namespace, "pod": v.pod(0), "condition": "true"}, there(1)),
	}
}

// lackStories tell of a deployment from which everything is taken away, and of a cluster of which nothing is told any more: kube-state-metrics
// itself is gone, which has an alert of its own. Of probes nothing is said while no kubelet is asked.
func (v *services) lackStories(c lapse, alert string, rules []Rule) []TestGroup {
	goes := func(value float64) string {
		return gauge(c.step, phase{length: c.before, value: value}, phase{length: c.fault, gone: true}, phase{length: c.after, value: value})
	}
	comes := func(value float64) string {
		return gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: value}, phase{length: c.after, gone: true})
	}
	var has []TestSeries
	var expected []ExpectedAlert
	for i, l := range v.lacks() {
		if l.whose(v.first()) {
			has = append(has, l.story(goes)...)
			expected = append(expected, firing(rules[i], v.deployment(), l.value, nil))
		}
	}
	if len(expected) == 0 {
		return nil
	}
	owned, right := v.owned(c, 1), v.exists(v.first().Image, goes)
	right[0], right[2] = v.exists("", c.steady)[0], v.exists("", c.steady)[2] // the deployment stays, and its pod is ready
	other := v.exists("example.org/another:1", comes)[1]
	return []TestGroup{
		c.fires(alert, "everything is taken away", expected, append(slices.Concat(owned, has, right), other)...),
		c.quiet(alert, "the cluster tells nothing any more", Silent, slices.Concat(owned, has, v.exists(v.first().Image, goes))...),
	}
}
