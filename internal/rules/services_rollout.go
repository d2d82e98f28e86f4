package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// rolloutAlert tells when a rollout does not come to its end, while the pods from before it go on: no pod is missing then.
func (v *services) rolloutAlert() {
	const name = "ServiceRolloutStuck"
	wait := max(v.rollout.StuckAfter, v.limits.DownFor)
	by := func(f *metric.Family) string { return v.of(f, ofDeployment, "") }
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s < %s", by(metric.KubeDeploymentReplicasUpdated), by(metric.KubeDeploymentReplicas)), wait,
			"The rollout of {{ $labels.deployment }} does not go on", "Only {{ $value }} of its pods are of the newest version, and no rollout takes that long."), "unfinished"),
		cause(v.rule(name, healthBoard, slo.Ticket, v.of(metric.KubeDeploymentCondition, ofDeployment, `, condition="Progressing", status="false"`)+" == 1", v.limits.DownFor,
			"Kubernetes has given up on the rollout of {{ $labels.deployment }}", "It made no progress for longer than its deadline."), "deadline"),
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s < %s", by(metric.KubeDeploymentObserved), by(metric.KubeDeploymentGeneration)), wait,
			"Nobody rolls {{ $labels.deployment }} out", "The cluster has worked on its generation {{ $value }}, and a newer one is wanted."), "unseen"),
	}
	slow, quick := gauged(wait), gauged(v.limits.DownFor)
	usual := v.least(v.first())
	number := func(f *metric.Family, values string) TestSeries { return series(f.Name, v.deployment(), values) }
	pods := func(updated float64) []TestSeries {
		return []TestSeries{
			number(metric.KubeDeploymentReplicas, slow.steady(usual)), number(metric.KubeDeploymentReplicasReady, slow.steady(usual)),
			number(metric.KubeDeploymentReplicasUpdated, slow.gauge(usual, updated)),
		}
	}
	progressing := func(status string, values string) TestSeries {
		return series(metric.KubeDeploymentCondition.Name, merge(v.deployment(), map[string]string{"condition": "Progressing", "status": status}), values)
	}
	generations := func(c lapse, seen float64) []TestSeries {
		return []TestSeries{number(metric.KubeDeploymentGeneration, c.gauge(7, 8)), number(metric.KubeDeploymentObserved, c.gauge(7, seen))}
	}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "The rollout of a service stands still",
		Meaning: fmt.Sprintf("The label cause says how that is known. \"unfinished\": for %s fewer pods are of the newest version than there should be; \"deadline\": Kubernetes itself says that the rollout makes no progress; \"unseen\": the newest version is wanted, and no controller has looked at it for as long.", slo.FormatDuration(wait)),
		Impact:  "None for customers while the old pods carry the work. What was to be brought out is not, and the next change waits behind it.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s rollout status deployment/SERVICE --timeout=5s` and `kubectl -n %s get pods -l app=SERVICE`: which pod is new and not ready?", v.spec.Namespace, v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s describe pod POD | tail -30`: a readiness probe that fails, no room, or no image", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s logs POD --tail=100`: what does it wait for?", v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("Back to the version before: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
			fmt.Sprintf("It was halted and forgotten: `kubectl -n %s rollout resume deployment/SERVICE`.", v.spec.Namespace),
			"Unseen: the controllers of the cluster do not work; see the provider's status page.",
		},
		FalsePositives: []string{"A rollout that is halted on purpose to watch its first pod: silence it for that time."},
	},
		slow.fires(name, "the new pod is never ready", one(firing(rules[0], v.deployment(), formatValue(usual-1), nil)), pods(usual-1)...),
		quick.fires(name, "its deadline is over", one(firing(rules[1], v.deployment(), "1", nil)), progressing("false", quick.gauge(0, 1))),
		slow.fires(name, "no controller looks at it", one(firing(rules[2], v.deployment(), "7", nil)), generations(slow, 7)...),
		quick.quiet(name, "a rollout that goes on", Holds, append(generations(quick, 8), progressing("true", quick.steady(1)), progressing("false", quick.steady(0)),
			number(metric.KubeDeploymentReplicas, quick.steady(usual)), number(metric.KubeDeploymentReplicasUpdated, quick.gauge(usual, usual-1)))...),
		slow.quiet(name, "the cluster tells nothing of rollouts", Silent, number(metric.KubeDeploymentReplicas, slow.steady(usual))))
}
