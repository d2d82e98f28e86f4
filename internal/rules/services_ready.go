package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// readyAlert tells when a deployment has fewer ready pods than it should.
func (v *services) readyAlert() {
	const name = "ServicePodsNotReady"
	ready := v.of(metric.KubeDeploymentReplicasReady, "namespace, deployment", "")
	wanted := v.of(metric.KubeDeploymentReplicas, "namespace, deployment", "")
	least := max(v.rollout.MinReady, 1)
	wait := max(v.rollout.StuckAfter, v.limits.DownFor)
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s < %s", ready, wanted), wait,
			"{{ $labels.deployment }} lacks pods", "Only {{ $value }} of its pods are ready, and no rollout takes that long."), "degraded"),
		cause(v.rule(name, healthBoard, slo.Page, fmt.Sprintf("%s < %d and %s > 0", ready, least, wanted), v.limits.DownFor,
			"{{ $labels.deployment }} is down", fmt.Sprintf("{{ $value }} of its pods are ready; at least %d must be at every moment.", least)), "down"),
	}
	c, slow := gauged(v.limits.DownFor), gauged(wait)
	pods := func(c lapse, wanted, faulty float64) []TestSeries {
		return []TestSeries{
			series(metric.KubeDeploymentReplicas.Name, v.deployment(), c.gauge(wanted, wanted)),
			series(metric.KubeDeploymentReplicasReady.Name, v.deployment(), c.gauge(wanted, faulty)),
		}
	}
	usual := float64(v.first().Replicas)
	v.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A service has too few pods that are ready",
		Meaning: fmt.Sprintf("The label cause says how bad it is. \"down\": fewer than %d pods are ready for %s; \"degraded\": fewer than wanted for %s, which is longer than any rollout.", least, slo.FormatDuration(v.limits.DownFor), slo.FormatDuration(wait)),
		Impact:  "Down: whatever needs the service fails; requests wait in its queue until their callers give up. Degraded: what is left carries all, and the next loss is an outage.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get pods -l app=SERVICE -o wide`: Pending, CrashLoopBackOff, or Running and not ready?", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s describe pod POD | tail -30`: its events name a failing probe, a missing image or secret, or want of room", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s rollout status deployment/SERVICE --timeout=5s`", v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("It came with a deployment: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
			"Running and not ready: its readiness probe fails, mostly for the database or the broker; mend those.",
			"Pending: the nodes have no room; add a node, or lower what does not need its requests.",
		},
		FalsePositives: []string{"A node that is drained by hand, with a service that has no budget for disruptions."},
	},
		c.fires(name, "none is ready", one(firing(rules[1], v.deployment(), "0", nil)), pods(c, usual, 0)...),
		slow.fires(name, "one is missing", one(firing(rules[0], v.deployment(), formatValue(usual-1), nil)), pods(slow, usual, usual-1)...),
		c.quiet(name, "a rollout that goes on", Holds, pods(c, usual, usual-1)...),
		c.quiet(name, "scaled to nothing on purpose", Holds, pods(c, 0, 0)...),
		c.quiet(name, "the cluster tells nothing", Silent, pods(c, usual, usual)[0]))
}

// missingAlert tells when a service of the spec has no deployment.
func (v *services) missingAlert() {
	const name = "ServiceMissing"
	seen := make([]string, len(v.spec.List))
	for i, o := range v.spec.List {
		seen[i] = fmt.Sprintf("absent(%s)", v.in(metric.KubeDeploymentReplicas, fmt.Sprintf(", deployment=%q", o.Name)))
	}
	expr := fmt.Sprintf("(%s) and on () count(%s) > 0", strings.Join(seen, " or "), metric.KubeDeploymentReplicas.Name)
	rule := v.rule(name, healthBoard, slo.Page, expr, v.limits.DownFor, "{{ $labels.deployment }} is not deployed", "The spec lists it, and the cluster has no deployment of that name in namespace {{ $labels.namespace }}.")
	c := gauged(v.limits.DownFor)
	there := func(first string) []TestSeries {
		list := make([]TestSeries, len(v.spec.List))
		for i, o := range v.spec.List {
			values := gauge(c.step, c.always()...)
			if i == 0 {
				values = first
			}
			list[i] = series(metric.KubeDeploymentReplicas.Name, map[string]string{"namespace": v.spec.Namespace, "deployment": o.Name}, values)
		}
		return list
	}
	goes := gauge(c.step, phase{length: c.before, value: 2}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 2})
	other := series(metric.KubeDeploymentReplicas.Name, map[string]string{"namespace": v.spec.Namespace, "deployment": v.first().Name}, gauge(c.step, phase{length: c.length(), gone: true}))
	v.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A service of the spec has no deployment in the cluster",
		Meaning: "kube-state-metrics shows deployments, but not this one, in the namespace that spec/services.yaml names. Nothing is said where kube-state-metrics itself is gone: its target is down then.",
		Impact:  "What the service does is not done at all; its queue has no consumer.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get deployment SERVICE` and `kubectl get deployments -A | grep SERVICE`: is it in another namespace?", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s get events --sort-by=.lastTimestamp | tail -30`", v.spec.Namespace),
		},
		Do: []string{
			"It was deleted: deploy it again by the pipeline, from the last good commit.",
			"It was renamed or retired: change spec/services.yaml and run `obsgen generate`.",
		},
		FalsePositives: []string{"A cluster that was never meant to run every service: take out of spec/services.yaml what does not run."},
	},
		c.fires(name, "it is deleted", one(firing(rule, v.deployment(), "", nil)), there(goes)...),
		c.quiet(name, "all are there", Holds, there(gauge(c.step, c.always()...))...),
		c.quiet(name, "the cluster tells nothing", Silent, other))
}
