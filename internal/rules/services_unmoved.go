package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// scalerTolerance is by how much the ratio of use and target has to differ from 1 until the autoscaler changes anything
// (https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details).
const scalerTolerance = 0.1

// unmoved are the rules that tell of a service which uses more than its target and gets no more pods, whatever its autoscaler says of itself, and
// also where there is none any more. One at its upper bound is told by another alert.
func (v *services) unmoved(alert string) ([]Rule, []TestGroup) {
	var rules []Rule
	var stories []TestGroup
	for _, t := range v.spec.Autoscaling.Triggers {
		used := map[string]string{spec.ScaleByCPU: serviceCPU, spec.ScaleByMemory: serviceMemory}[t.Metric]
		if used == "" || !t.Up() || !t.InHPA {
			continue
		}
		limit := slo.Clean(t.Threshold * (1 + scalerTolerance))
		rule := cause(v.rule(alert, healthBoard, slo.Ticket, v.standsStill(used, limit), v.limits.ScalingFor,
			"{{ $labels.deployment }} needs more pods and gets none", fmt.Sprintf("It uses {{ $value | humanizePercentage }} of the %s that it requests; from %s on it should get pods.", t.Metric, slo.FormatPercent(t.Threshold))), "unmoved")
		rule.Labels["resource"] = t.Metric
		rules = append(rules, rule)
		stories = append(stories, v.unmovedStories(alert, rule, t, limit)...)
	}
	return rules, stories
}

// standsStill finds the scaled services that use more than a share and had as few pods for as long as they must wait at most.
func (v *services) standsStill(used string, limit float64) string {
	var names []string
	for _, o := range v.spec.List {
		if o.Bounds.Max > 0 {
			names = append(names, regexp.QuoteMeta(o.Name))
		}
	}
	services := strings.Join(names, "|")
	replicas := v.of(metric.KubeDeploymentReplicas, ofDeployment, deployments(services))
	fewest := fmt.Sprintf("min by (%s) (min_over_time(%s[%s]))", ofDeployment, v.in(metric.KubeDeploymentReplicas, deployments(services)), slo.FormatDuration(v.limits.ScalingFor))
	most := fmt.Sprintf("max by (%s) (%s * on (%s) group_left (deployment) %s)", ofDeployment, v.scaler(metric.KubeHPAMax, ""), ofScaler, v.scaled(services))
	return fmt.Sprintf("%s{%s} > %s and on (%s) (%s <= %s) unless on (%s) (%s >= %s)",
		used, among("deployment", services), slo.FormatNumber(limit), ofDeployment, replicas, fewest, ofDeployment, replicas, most)
}

// unmovedStories tell of a service that uses more than its target: without more pods, with more, and at its upper bound.
func (v *services) unmovedStories(alert string, rule Rule, t spec.Trigger, limit float64) []TestGroup {
	// Of the window over which use is counted so much has passed when the mean of twice the limit and some is above the limit.
	const twice, late = 2.1, 10
	b, c := v.first().Bounds, gauged(v.limits.ScalingFor)
	if t.Metric == spec.ScaleByCPU {
		c = lapseOf(v.limits.ScalingFor+late*storyStep, serviceWindow)
	}
	uses := func(share float64) []TestSeries {
		const request = 1000 // of anything
		at := v.container(0)
		list := append(v.owned(c, 1), series(metric.KubeContainerRequests.Name, merge(at, map[string]string{"resource": t.Metric}), c.steady(request)))
		if t.Metric == spec.ScaleByCPU {
			return append(list, series(metric.ContainerCPU.Name, at, c.counter(share*request*c.step.Seconds())))
		}
		return append(list, series(metric.ContainerWorkingSet.Name, at, c.gauge(0, share*request)))
	}
	replicas := func(before, then int) TestSeries {
		return series(metric.KubeDeploymentReplicas.Name, v.deployment(), c.gauge(float64(before), float64(then)))
	}
	over := slo.Clean(twice * limit)
	bounded := []TestSeries{v.scalerInfo(c.steady(1)), series(metric.KubeHPAMax.Name, v.scalerLabels(), c.steady(float64(b.Max)))}
	of := func(story string) string { return story + ", by its " + t.Metric }
	return []TestGroup{
		c.fires(alert, of("nothing is scaled"), one(firing(rule, v.deployment(), percent(over), nil)), slices.Concat(uses(over), bounded, []TestSeries{replicas(b.Min, b.Min)})...),
		c.quiet(alert, of("it gets pods"), Holds, slices.Concat(uses(over), bounded, []TestSeries{replicas(b.Min, b.Min+1)})...),
		c.quiet(alert, of("it has as many as it may"), Holds, slices.Concat(uses(over), bounded, []TestSeries{replicas(b.Max, b.Max)})...),
		c.quiet(alert, of("the autoscaler would not add any"), Holds, slices.Concat(uses(t.Threshold), bounded, []TestSeries{replicas(b.Min, b.Min)})...),
		c.quiet(alert, of("the cluster tells no replicas"), Silent, slices.Concat(uses(over), bounded)...),
	}
}
