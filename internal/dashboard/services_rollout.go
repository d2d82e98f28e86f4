package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// These cards of Service Health show whether changes come to the services: how far a rollout is, which deployment failed, and whether the ports
// of what runs then can be connected to.

func (v servicesBoard) waiting() card {
	return card{
		kind: panel.TableType, title: "Pods that have not begun", none: "all have", alerts: v.made("ServicePodPending"),
		description: "Pods that wait for a node with room, for an address or a volume. kubectl describe pod says for what; add a node, or lower requests that nobody uses.",
		asks:        []ask{{query.Of(metric.KubePodPhase, query.Is("namespace", v.spec.Services.Namespace), query.Is("phase", "Pending")).Max("pod").Where("==", 1), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "pod", Name: "Pod"}},
	}
}

func (v servicesBoard) rollouts() card {
	wanted := v.of(metric.KubeDeploymentReplicas).Max("deployment").Where(">", 0)
	return card{
		kind: panel.BarGaugeType, title: "Pods of the newest version", none: "the cluster is not watched", alerts: v.made("ServiceRolloutStuck"), min: panel.Float(0), max: panel.Float(1),
		thresholds:  panel.Rising(panel.Warning, panel.Bound{From: 1, Color: panel.Good}),
		description: "Pods of each service that are of its newest version, of those that it should have. A bar that stays below the end is a rollout that stands still: kubectl rollout status says at what.",
		asks:        []ask{{v.of(metric.KubeDeploymentReplicasUpdated).Max("deployment").Over(wanted), "{{deployment}}"}},
	}
}

func (v servicesBoard) failures() card {
	return card{
		kind: panel.TableType, title: "Last deployments by the pipeline", none: "no deployment is known", alerts: v.made("PipelineBroken"),
		description: "How long ago each service was last deployed with success, and how long ago that last failed. A failure that is younger is a pipeline that is broken: see which of its steps.",
		asks:        []ask{{query.Age(query.Of(metric.PlatformDeployTime).Max("service")), ""}, {query.Age(query.Of(metric.PlatformDeployFailed).Max("service")), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "service", Name: "Service"}, {Field: "Value #A", Name: "Succeeded"}, {Field: "Value #B", Name: "Failed"}},
	}
}

// ports shows what a prober in the cluster can connect to, where there is one.
func (v servicesBoard) ports() []card {
	if v.spec.Scrape.Kubernetes.Prober == "" {
		return nil
	}
	return []card{{
		kind: panel.StateTimelineType, title: "Ports of services", states: upStates("connects", "closed"), none: "nobody asks in the cluster", alerts: v.made("ServicePortClosed"),
		description: "Whether a prober in the cluster can connect to each port that the spec lists. One that is closed has no listener, or its service leads to no pod.",
		asks:        []ask{{query.Of(metric.ProbeSuccess, query.Is("job", spec.PortsJob)).Min("instance"), "{{instance}}"}},
	}}
}
