package dashboard

import (
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// The boards of what runs in Kubernetes.
const (
	serviceHealthName = "service-health"
	errorRatesName    = "error-rates"
)

// servicesBoard makes the cards of the boards about services.
type servicesBoard struct{ *maker }

// serviceHealth is the board that the published page calls Service Health.
func serviceHealth(m *maker) board {
	v := servicesBoard{m}
	return board{
		name: serviceHealthName, title: "VoIPBIN / Service Health", folder: "Services", from: "now-6h",
		description: "Every service in Kubernetes: has it the pods that it should have, do they start and stay, and are they large enough?",
		rows: []row{
			{title: "Which service lacks pods?", cards: []card{v.lacking(), v.ready(), v.cannotStart(), v.waiting(), v.restarts()}},
			{title: "Is it scaled as it should be?", cards: []card{v.bounds(), v.held(), v.differences()}},
			{title: "Is it large enough?", cards: []card{v.cpu(), v.memory(), v.throttled()}},
			{title: "What runs?", cards: []card{v.versions(), v.watched(), v.ending(), v.deployments()}},
			{title: "Does what is new come out?", cards: append([]card{v.rollouts(), v.failures()}, v.ports()...)},
			{title: "Objectives", cards: v.objectivesOf(serviceHealthName)},
		},
	}
}

// of selects the series of a family in the services' namespace.
func (v servicesBoard) of(f *metric.Family) query.Expr {
	return query.Of(f, query.Is("namespace", v.spec.Services.Namespace))
}

func (v servicesBoard) lacking() card {
	wanted := v.of(metric.KubeDeploymentReplicas).Max("deployment").Where(">", 0)
	there := v.of(metric.KubeDeploymentReplicasReady).Max("deployment")
	return card{
		kind: panel.BarGaugeType, title: "Pods ready of those wanted", weight: 2, none: "the cluster is not watched", alerts: v.made("ServicePodsNotReady", "ServiceMissing"), min: panel.Float(0), max: panel.Float(1),
		thresholds:  panel.Rising(panel.Bad, panel.Bound{From: 0.001, Color: panel.Warning}, panel.Bound{From: 1, Color: panel.Good}),
		description: "Ready pods of each service as a share of those that it should have. During a rollout one is missing for a moment; of what stays, kubectl get pods tells the reason.",
		asks:        []ask{{there.Over(wanted), "{{deployment}}"}},
	}
}

func (v servicesBoard) ready() card {
	return card{
		kind: panel.TimeSeriesType, title: "Pods ready", looks: v.deployed(), weight: 2, alerts: v.made("ServicePodsNotReady"), none: "the cluster is not watched",
		description: "Ready pods of each service. A fall to none is an outage of that service; all falling at once are the nodes.",
		asks:        []ask{{v.of(metric.KubeDeploymentReplicasReady).Max("deployment"), "{{deployment}}"}},
	}
}

func (v servicesBoard) cannotStart() card {
	return card{
		kind: panel.TableType, title: "Containers that cannot start", none: "all start", alerts: v.made("ServiceContainerCannotStart"),
		description: "Containers that wait, with Kubernetes' reason. A missing secret or config map, an image that cannot be had, or a crash at each start: kubectl describe pod names it.",
		asks:        []ask{{v.of(metric.KubeContainerWaiting).Max("pod", "container", "reason"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "pod", Name: "Pod"}, {Field: "container", Name: "Container"}, {Field: "reason", Name: "Reason"}},
	}
}

func (v servicesBoard) restarts() card {
	return card{
		kind: panel.TimeSeriesType, title: "Restarts", looks: v.lookOf(containerNames()...), alerts: v.made("ServiceRestarting"), none: "none",
		description: "Restarts of containers since the last point. A row of them is a crash or a liveness probe that fails; kubectl logs --previous has the last words.",
		asks:        []ask{{v.of(metric.KubeContainerRestarts).Increase().Sum("container"), "{{container}}"}},
	}
}

// scaler is what an autoscaler tells.
func (v servicesBoard) scaler(f *metric.Family) query.Expr {
	return v.of(f).Max("horizontalpodautoscaler")
}

func (v servicesBoard) bounds() card {
	return card{
		kind: panel.BarGaugeType, title: "Replicas of the upper bound", weight: 2, alerts: v.made("ServiceAtUpperBound"), none: "nothing is scaled by itself", min: panel.Float(0), max: panel.Float(1),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Warning}),
		description: "Pods of each service as a share of what its autoscaler may make. Full bars answer more load with more time: raise the bound where nodes and addresses suffice.",
		asks:        []ask{{v.scaler(metric.KubeHPACurrent).Over(v.scaler(metric.KubeHPAMax)), "{{horizontalpodautoscaler}}"}},
	}
}

func (v servicesBoard) held() card {
	return card{
		kind: panel.TimeSeriesType, title: "Replicas wanted and not there", alerts: v.made("ServiceScalingStalled"), none: "none",
		description: "Pods that autoscalers want beyond those that there are. New ones take a minute; what stays cannot be placed: look for pending pods.",
		asks:        []ask{{v.scaler(metric.KubeHPADesired).Minus(v.scaler(metric.KubeHPACurrent)), "{{horizontalpodautoscaler}}"}},
	}
}

func (v servicesBoard) differences() card {
	differing := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Is("alertname", "ServiceSpecDiffers"))
	return card{
		kind: panel.TableType, title: "What is not as the spec has it", none: "nothing", alerts: v.made("ServiceSpecDiffers"),
		description: "Services whose bounds, requests, limits or rollout differ from the spec. Either was changed alone: take the number over, or deploy the manifest again.",
		asks:        []ask{{differing.Count("deployment", "fact"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "deployment", Name: "Service"}, {Field: "fact", Name: "Number"}},
	}
}

// target is the line at which the autoscaler adds pods.
func (v servicesBoard) target(of string) *panel.Thresholds {
	t, ok := v.spec.Services.Autoscaling.Trigger(of, true)
	if !ok {
		return nil
	}
	return panel.Rising(panel.Good, panel.Bound{From: t.Threshold, Color: panel.Warning})
}

func (v servicesBoard) cpu() card {
	return card{
		kind: panel.TimeSeriesType, title: "CPU of what is requested", looks: v.deployed(), weight: 2, thresholds: v.target(spec.ScaleByCPU), none: "containers are not watched",
		description: "CPU that each service uses of what its pods request. The line is where the autoscaler adds pods; far below it by day the request is too large, above it at the upper bound too small.",
		asks:        []ask{{v.record(serviceCPU), "{{deployment}}"}},
	}
}

func (v servicesBoard) memory() card {
	return card{
		kind: panel.TimeSeriesType, title: "Memory of what is requested", looks: v.deployed(), weight: 2, thresholds: v.target(spec.ScaleByMemory), none: "containers are not watched",
		description: "Memory that each service cannot give back, of what its pods request. What grows without load is a leak, and ends at the limit by a kill.",
		asks:        []ask{{v.record(serviceMemory), "{{deployment}}"}},
	}
}

func (v servicesBoard) throttled() card {
	return card{
		kind: panel.TimeSeriesType, title: "Held up by the CPU limit", looks: v.deployed(), alerts: v.made("ServiceCPUThrottled"), none: "no limits",
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: v.spec.Alerts.Services.Throttled, Color: panel.Warning}),
		description: "Periods in which a service used up its CPU limit and stood still, of all. Above the line a ticket is opened: raise the limit, or add pods.",
		asks:        []ask{{v.record(serviceThrottle), "{{deployment}}"}},
	}
}

func (v servicesBoard) versions() card {
	return card{
		kind: panel.TableType, title: "Images in use", weight: 3, none: "the cluster is not watched", alerts: v.made("ServiceVersionsDiffer"),
		description: "How many containers run which image, by its digest. Two digests of one container are a rollout that goes on, or one that stands still.",
		asks:        []ask{{v.of(metric.KubeContainerInfo).Count("container", "image", "image_id"), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "container", Name: "Container"}, {Field: "image", Name: "Image"}, {Field: "image_id", Name: "Digest"}, {Field: "Value", Name: "Containers"}},
	}
}

// deployed gives each service a look of its own by the name of its deployment.
func (v servicesBoard) deployed() []panel.Override {
	names := make([]string, len(v.spec.Services.List))
	for i, o := range v.spec.Services.List {
		names[i] = o.Name
	}
	return panel.Series(names)
}

// attributed gives each service the same look by the name that is in its series.
func (v servicesBoard) attributed() []panel.Override { return panel.Series(v.attributions()) }

// attributions are the names by which services' series are told apart.
func (m *maker) attributions() []string {
	names := make([]string, len(m.spec.Services.List))
	for i, o := range m.spec.Services.List {
		names[i] = o.Attribution
	}
	return names
}

func (v servicesBoard) watched() card {
	by := v.spec.Services.Label
	return card{
		kind: panel.TimeSeriesType, title: "Pods whose metrics are read", looks: v.attributed(), alerts: v.made("ServiceNotWatched"), none: "no pod is scraped",
		description: "Pods of each service that answer on their metrics port. Fewer than are ready means that annotations are missing or the port is wrong.",
		asks:        []ask{{query.Of(metric.Up, query.Like(by, strings.Join(v.attributions(), "|"))).Sum(by), "{{" + by + "}}"}},
	}
}

func (v servicesBoard) ending() card {
	return card{
		kind: panel.TimeSeriesType, title: "Pods that end", alerts: v.made("ServicePodDoesNotEnd"), none: "none",
		description: "Pods that were told to end and are still there. During a rollout some are; what stays is held by a node that does not answer or by a finalizer.",
		asks:        []ask{{v.of(metric.KubePodDeleted).Count(), "ending"}},
	}
}

// deployments shows what the pipeline brought out.
func (v servicesBoard) deployments() card {
	return card{
		kind: panel.TimeSeriesType, title: "Deployments", min: panel.Float(0), none: "platform_exporter knows of no deployment",
		description: "Deployments that the CI told of, by result, in the time between two points. Failed ones without a good one after them mean that a mend cannot be brought out.",
		asks:        []ask{{query.Of(metric.PlatformDeploys).Increase().Sum("result"), "{{result}}"}},
	}
}
