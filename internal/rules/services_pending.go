package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// pendingAlert tells when a pod has no place, or its node does not begin with it.
func (v *services) pendingAlert() {
	const name = "ServicePodPending"
	rule := v.rule(name, healthBoard, slo.Ticket, v.of(metric.KubePodPhase, "namespace, pod", `, phase="Pending"`)+" == 1", v.limits.ScalingFor,
		"{{ $labels.pod }} does not begin", "No node has room for it, or its node cannot begin with it.")
	c := gauged(v.limits.ScalingFor)
	pod := map[string]string{"namespace": v.spec.Namespace, "pod": v.pod(0)}
	pending := func(values string) TestSeries {
		return series(metric.KubePodPhase.Name, merge(pod, map[string]string{"phase": "Pending"}), values)
	}
	running := series(metric.KubePodPhase.Name, merge(pod, map[string]string{"phase": "Running"}), c.steady(1))
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A pod waits for a place or for its node",
		Meaning: fmt.Sprintf("Kubernetes has taken the pod and it has not begun for %s, which is longer than a new node takes: no node has what it requests, its volume is elsewhere, or its node cannot make its network or fetch its image.", slo.FormatDuration(v.limits.ScalingFor)),
		Impact:  "None while the service's other pods carry its work. A rollout does not go on, and more load is not answered by more pods.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe pod POD | tail -20`: FailedScheduling says what is lacking on how many nodes", v.spec.Namespace),
			"`kubectl describe nodes | grep -A6 'Allocated resources'`: what is left of each",
		},
		Do: []string{
			"Insufficient cpu or memory: add a node to the pool, or lower requests that nobody uses (RightSizingDue).",
			"No address: see SubnetFilling.",
			fmt.Sprintf("It is what a rollout makes and nothing can be added now: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
		},
		FalsePositives: []string{"A pod that is meant for a kind of node which is off at the moment."},
	},
		c.fires(name, "no node has room", one(firing(rule, pod, "1", nil)), pending(c.gauge(0, 1))),
		c.quiet(name, "it runs", Holds, pending(c.steady(0)), running),
		c.quiet(name, "the cluster tells of no pod that waits", Silent, running))
}
