package dashboard

import (
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// kubernetesName is the board of what the cluster does with services: autoscalers, containers, room. Whether services do their work is on Service
// Health.
const kubernetesName = "kubernetes"

// kubernetesBoard makes its cards.
type kubernetesBoard struct{ servicesBoard }

func kubernetes(m *maker) board {
	k := kubernetesBoard{servicesBoard{m}}
	s := source()
	return board{
		name: kubernetesName, title: "VoIPBIN / Kubernetes services and HPA", folder: "Services", from: "now-6h",
		description: "What the cluster does with the services: how many replicas autoscalers make and why, which containers end and for what, and whether there is room for more.",
		variables: []grafana.Variable{{
			Type: grafana.QueryVariable, Name: "container", Label: "Container", Datasource: &s, Multi: true, AllValue: ".*",
			Description: "The containers of the services.", Query: "label_values(" + metric.KubeContainerInfo.Name + `{namespace="` + m.spec.Services.Namespace + `"}, container)`,
		}},
		rows: []row{
			{title: "Do autoscalers keep up?", cards: []card{k.scalers(), k.wanted(), k.targets(), k.limited()}},
			{title: "Do containers stay up?", cards: append([]card{k.ends(), k.killed(), k.exits()}, k.probes()...)},
			{title: "Have they what they need?", cards: []card{k.memoryOfLimit(), k.cpuOfLimit(), k.heldUp()}},
			{title: "Has the cluster room for more?", cards: []card{k.pending(), k.requested(), k.nodes()}},
		},
	}
}

// chosen selects the series of a family for the chosen containers.
func (k kubernetesBoard) chosen(f *metric.Family, more ...query.Matcher) query.Expr {
	return query.Of(f, append([]query.Matcher{query.Is("namespace", k.spec.Services.Namespace), query.Like("container", "$container")}, more...)...)
}

// lookOf gives each service the same look under several names: $ stands for the deployment's, and @ for the short one that people say.
func (v servicesBoard) lookOf(forms ...string) []panel.Override {
	out := panel.Spread()
	for _, form := range forms {
		names := make([]string, len(v.spec.Services.List))
		for i, o := range v.spec.Services.List {
			names[i] = strings.NewReplacer("$", o.Name, "@", o.Short()).Replace(form)
		}
		out = append(out, panel.Series(names)...)
	}
	return out
}

// scalerNames and containerNames are how autoscalers and containers of a service are usually called.
func scalerNames(after string) []string {
	return []string{"$" + after, "$-hpa" + after, "@-hpa" + after}
}

// phases are those that a pod may be in, the usual one first.
func phases() []string { return []string{"Running", "Pending", "Succeeded", "Failed", "Unknown"} }

func containerNames() []string { return []string{"$", "@"} }

// unscaled stands where there is no autoscaler.
const unscaled = "nothing is scaled by itself"

func (k kubernetesBoard) scalers() card {
	return card{
		kind: panel.TableType, title: "Autoscalers", weight: 2, height: 14, none: unscaled, unit: panel.UnitShort, decimals: panel.Int(0), alerts: k.made("ServiceAtUpperBound", "ServiceScalingStalled"),
		description: "Pods that there are, that are wanted, and the bounds. At its upper bound a service gets slower with more load; wanted and not there means that there is no room: look for pending pods.",
		asks:        []ask{{k.scaler(metric.KubeHPACurrent), ""}, {k.scaler(metric.KubeHPADesired), ""}, {k.scaler(metric.KubeHPAMin), ""}, {k.scaler(metric.KubeHPAMax), ""}},
		hidden:      []string{"Time"},
		columns: []panel.Column{
			{Field: "horizontalpodautoscaler", Name: "Autoscaler"}, {Field: "Value #A", Name: "Now"}, {Field: "Value #B", Name: "Wanted"}, {Field: "Value #C", Name: "Least"}, {Field: "Value #D", Name: "Most"},
		},
	}
}

func (k kubernetesBoard) wanted() card {
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(scalerNames("")...), title: "Replicas", height: 14, none: unscaled,
		description: "Pods of the eight autoscalers with most. It should follow the day; what saws up and down every few minutes needs a longer stabilization window.",
		asks:        []ask{{k.scaler(metric.KubeHPACurrent).Top(8), "{{horizontalpodautoscaler}}"}},
	}
}

func (k kubernetesBoard) targets() card {
	// It tells what it sees of one target in several ways: of memory in percent of the request, and in bytes.
	same := []string{"horizontalpodautoscaler", "metric_name", "metric_target_type"}
	by := func(f *metric.Family) query.Expr { return k.of(f).Max(same...) }
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(scalerNames("")...), title: "What autoscalers see of their targets", weight: 2, none: unscaled, thresholds: panel.Rising(panel.Good, panel.Bound{From: 1.1, Color: panel.Warning}),
		description: "Value that each autoscaler sees as a share of what it aims at, by the highest of its metrics, which is the one that counts; of the eight highest. It makes pods from a tenth above 1 on. Above the line for long there is a bound, or no room.",
		asks:        []ask{{by(metric.KubeHPATargetStatus).Over(by(metric.KubeHPATarget).Where(">", 0), same...).Max("horizontalpodautoscaler").Top(8), "{{horizontalpodautoscaler}}"}},
	}
}

func (k kubernetesBoard) limited() card {
	return card{
		kind: panel.TableType, title: "Conditions of autoscalers", none: "none has any", alerts: k.made("ServiceScalingStalled"),
		description: "How many autoscalers have which condition. ScalingActive false is blind: it reads no metrics. ScalingLimited true is held by a bound. AbleToScale false cannot change its deployment.",
		asks:        []ask{{k.of(metric.KubeHPACondition).Where("==", 1).Count("condition", "status"), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "condition", Name: "Condition"}, {Field: "status", Name: "Holds"}, {Field: "Value", Name: "Autoscalers"}},
	}
}

func (k kubernetesBoard) ends() card {
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(containerNames()...), title: "Restarts of containers", none: "none", alerts: k.made("ServiceRestarting"),
		description: "Restarts since the last point, of the eight containers with most. Many at once are a node or a database; one alone is its own program: kubectl logs --previous has its last words.",
		asks:        []ask{{k.chosen(metric.KubeContainerRestarts).Increase().Sum("container").Top(8), "{{container}}"}},
	}
}

func (k kubernetesBoard) killed() card {
	return card{
		kind: panel.TableType, title: "Last ended for want of memory", none: "none", alerts: k.made("ServiceRestarting"),
		description: "Pods whose container was last ended by the kernel at its memory limit. One that grew with the load needs a higher limit, one that grew with time has a leak.",
		asks:        []ask{{k.chosen(metric.KubeContainerLastTerminated, query.Is("reason", "OOMKilled")).Max("pod", "container"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "pod", Name: "Pod"}, {Field: "container", Name: "Container"}},
	}
}

func (k kubernetesBoard) exits() card {
	return card{
		kind: panel.TableType, title: "How containers ended the last time", none: "none has ended", unit: panel.UnitShort, decimals: panel.Int(0),
		description: "Exit code of each container that has ended once: 0 by itself, 137 killed, 143 told to end, all else a crash. Look at the logs of those with a crash.",
		asks:        []ask{{k.chosen(metric.KubeContainerLastExit).Max("pod", "container"), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "pod", Name: "Pod"}, {Field: "container", Name: "Container"}, {Field: "Value", Name: "Exit code"}},
	}
}

// probes are shown where there are any.
func (k kubernetesBoard) probes() []card {
	if !slices.ContainsFunc(k.spec.Services.List, func(o spec.Service) bool { return o.Liveness.Period+o.Readiness.Period > 0 }) {
		return nil
	}
	period := func(kind string) ask {
		return ask{k.record("voipbin:service_probe_period:seconds5m", query.Is("probe_type", kind)).Max("deployment"), ""}
	}
	return []card{{
		kind: panel.TableType, title: "Time between probes", unit: panel.UnitSeconds, none: "no probe is known", alerts: k.made("ServiceSpecDiffers"),
		description: "How often the kubelet probes the containers of each service, by kind. Longer than the spec says, and what hangs gets traffic for longer.",
		asks:        []ask{period("Liveness"), period("Readiness")},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "deployment", Name: "Service"}, {Field: "Value #A", Name: "Liveness"}, {Field: "Value #B", Name: "Readiness"}},
	}}
}

// ofLimit is what containers use as a share of what they may use at most.
func (k kubernetesBoard) ofLimit(used query.Expr, resource string) query.Expr {
	limit := k.chosen(metric.KubeContainerLimits, query.Is("resource", resource)).Sum("container").In(used.Quantity())
	return used.Sum("container").Over(limit, "container").Top(8)
}

func (k kubernetesBoard) memoryOfLimit() card {
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(containerNames()...), title: "Memory of the limit", unit: panel.UnitPercent, none: "no limits, or containers are not watched", thresholds: panel.Rising(panel.Good, panel.Bound{From: 0.9, Color: panel.Bad}),
		description: "Memory that containers cannot give back, of what they may have, of the eight highest. Above the line the kernel is about to end them: raise the limit, or find what grows.",
		asks:        []ask{{k.ofLimit(k.chosen(metric.ContainerWorkingSet), "memory"), "{{container}}"}},
	}
}

func (k kubernetesBoard) cpuOfLimit() card {
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(containerNames()...), title: "CPU of the limit", unit: panel.UnitPercent, none: "no limits, or containers are not watched",
		description: "CPU that containers use, of what they may use, of the eight highest. Means hide bursts: compare with how much they are held up beside it.",
		asks:        []ask{{k.ofLimit(k.chosen(metric.ContainerCPU).Rate(), "cpu"), "{{container}}"}},
	}
}

func (k kubernetesBoard) heldUp() card {
	named := query.Not("container", "") // the kubelet tells of whole pods, too
	held := k.chosen(metric.ContainerThrottledPeriods, named).Rate().Sum("container")
	return card{
		kind: panel.TimeSeriesType, looks: k.lookOf(containerNames()...), title: "Held up by their limit", none: "no limits, or containers are not watched", alerts: k.made("ServiceCPUThrottled"),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: k.spec.Alerts.Services.Throttled, Color: panel.Warning}),
		description: "Periods in which a container had used up its CPU limit and stood still, of those in which it could run, of the eight highest. Raise the limit of what is held up by day.",
		asks:        []ask{{held.Over(k.chosen(metric.ContainerCFSPeriods, named).Rate().Sum("container"), "container").Top(8), "{{container}}"}},
	}
}

func (k kubernetesBoard) pending() card {
	return card{
		kind: panel.TimeSeriesType, title: "Pods by phase", looks: panel.Series(phases()), none: "the cluster is not watched",
		description: "Pods of the services by phase. Pending ones that stay have no room: kubectl describe pod says of what.",
		asks:        []ask{{k.of(metric.KubePodPhase).Where("==", 1).Count("phase"), "{{phase}}"}},
	}
}

func (k kubernetesBoard) requested() card {
	share := func(resource string) query.Expr {
		of := query.Is("resource", resource)
		return query.Of(metric.KubeContainerRequests, of).Sum().Over(query.Of(metric.KubeNodeAllocatable, of).Sum())
	}
	return card{
		kind: panel.TimeSeriesType, title: "Requested of what nodes have", none: "the cluster is not watched", unit: panel.UnitPercent, max: panel.Float(1),
		description: "CPU and memory that all pods request, of what the nodes have for pods. Near the top no pod is placed, whatever is really used: add nodes, or make requests smaller where the Right-sizing board says so.",
		asks:        []ask{{share("cpu"), "CPU"}, {share("memory"), "memory"}},
	}
}

func (k kubernetesBoard) nodes() card {
	return card{
		kind: panel.StateTimelineType, title: "Nodes ready", states: upStates("ready", "not ready"), none: "the cluster is not watched",
		description: "Whether each node of the cluster takes pods. All that run on one that is not ready are made again elsewhere after some minutes, if there is room.",
		asks:        []ask{{query.Of(metric.KubeNodeCondition, query.Is("condition", "Ready"), query.Is("status", "true")).Min("node"), "{{node}}"}},
	}
}
