package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The ends of the uids of the boards that show what runs in Kubernetes.
const (
	healthBoard = "service-health"
	errorsBoard = "error-rates"
)

// Records of what runs in Kubernetes.
const (
	serviceRequests = "voipbin:service_requests:increase5m"
	serviceErrors   = "voipbin:service_errors:increase5m"
	serviceErrorsOf = "voipbin:service_error:ratio5m"
	serviceLatency  = "voipbin:service_latency:seconds_p95_5m"

	serviceCallsBegun    = "voipbin:service_calls_begun:increase5m"
	serviceCallsEnded    = "voipbin:service_calls_ended:increase5m"
	serviceEventsRetried = "voipbin:service_events_retried:increase5m"
	serviceEventsDropped = "voipbin:service_events_dropped:increase5m"

	podDeployment   = "voipbin:pod_deployment:info"
	serviceCPU      = "voipbin:service_cpu_used:ratio5m"
	serviceMemory   = "voipbin:service_memory_used:ratio"
	serviceThrottle = "voipbin:service_cpu_throttled:ratio5m"
)

// clusterGroup is the group of the records that tell to which service a pod belongs.
const clusterGroup = "cluster"

// serviceWindow is the time over which requests are judged.
const serviceWindow = 5 * time.Minute

// services makes the rules about what runs in Kubernetes: what the services say of themselves, and what the cluster says of them.
type services struct {
	links
	section
	signals  signals
	spec     spec.Services
	rollout  spec.Rollout
	limits   spec.ServicesThresholds
	anchored bool
	cluster  bool // whether they run in one
	subject  int  // which service stories are about
}

func newServices(s *spec.Spec, l links) *services {
	return &services{links: l, spec: s.Services, rollout: s.Delivery.Rollout, limits: s.Alerts.Services, anchored: anchored(s), cluster: s.Profile.Has(spec.PartKubernetes)}
}

// clustered reports whether a cluster tells of the services.
func (v *services) clustered() bool { return v.spec.Described() && v.cluster }

// servicesOf returns the rules about what services say of themselves, or nothing where the spec says nothing of them.
func servicesOf(s *spec.Spec, l links, cat *metric.Catalogue) *services {
	v := newServices(s, l)
	v.signals = newSignals(s, cat)
	if !v.spec.Described() {
		return v
	}
	v.requestRecords()
	if !v.cluster {
		v.downAlert()
	}
	v.errorsAlert()
	v.slowAlert()
	if t, ok := v.spec.Autoscaling.Trigger(spec.ScaleByQueueDepth, true); ok {
		v.queueAlert(t)
	}
	v.callRecords()
	v.droppedAlert()
	return v
}

// clusterOf returns the rules about what the cluster says of services.
func clusterOf(s *spec.Spec, l links) *services {
	v := newServices(s, l)
	if !v.clustered() {
		return v
	}
	v.clusterRecords()
	if slices.ContainsFunc(v.spec.List, probedService) {
		v.probeRecord()
	}
	v.readyAlert()
	v.rolloutAlert()
	v.unwatchedAlert()
	v.endingAlert()
	v.waitingAlert()
	v.pendingAlert()
	if scraped(s, spec.PortsJob) {
		v.portAlert()
	}
	v.restartAlert()
	v.throttledAlert()
	v.skewAlert()
	if len(v.spec.Autoscaling.Triggers) > 0 {
		v.boundAlert()
		v.stalledAlert()
	}
	return v
}

// conformanceOf returns the rules that compare the cluster with the spec.
func conformanceOf(s *spec.Spec, l links) *services {
	v := newServices(s, l)
	if v.clustered() {
		v.missingAlert()
		v.subject = max(slices.IndexFunc(v.spec.List, probedService), 0) // one of which everything can be told
		v.differsAlert()
	}
	return v
}

// rule is a rule about services. A wait of 0 fires at once.
func (v *services) rule(alert, board, severity, expr string, wait time.Duration, summary, description string) Rule {
	rule := Rule{Expr: expr, Labels: map[string]string{"severity": severity}, Annotations: v.annotations(alert, board, summary, description)}
	if wait > 0 {
		rule.For = slo.FormatDuration(wait)
	}
	return rule
}

// cause is a rule with a label that tells in which of several ways the alert came about.
func cause(r Rule, value string) Rule {
	r.Labels["cause"] = value
	return r
}

// in selects the series of a family in the services' namespace. Further matchers begin with a comma.
func (v *services) in(f *metric.Family, matchers string) string {
	return fmt.Sprintf("%s{namespace=%q%s}", f.Name, v.spec.Namespace, matchers)
}

// of is the value that a family has for each object, whichever replica of its exporter tells it.
func (v *services) of(f *metric.Family, by, matchers string) string {
	return fmt.Sprintf("max by (%s) (%s)", by, v.in(f, matchers))
}

// first is the service that stories are about.
func (v *services) first() spec.Service { return v.spec.List[v.subject] }

// deployment are the labels of the story's deployment.
func (v *services) deployment() map[string]string {
	return map[string]string{"namespace": v.spec.Namespace, "deployment": v.first().Name}
}

// pod is the name of the story's n-th pod.
func (v *services) pod(n int) string { return fmt.Sprintf("%s-6d4b9c-%d", v.first().Name, n) }

// container are the labels of the container in the story's first pod.
func (v *services) container(n int) map[string]string {
	return map[string]string{"namespace": v.spec.Namespace, "pod": v.pod(n), "container": v.first().Short()}
}

// owned are the series that tell to which deployment the story's pods belong.
func (v *services) owned(c lapse, pods int) []TestSeries {
	set := v.first().Name + "-6d4b9c"
	values := gauge(c.step, c.always()...)
	list := []TestSeries{series(metric.KubeReplicaSetOwner.Name, map[string]string{
		"namespace": v.spec.Namespace, "replicaset": set, "owner_kind": "Deployment", "owner_name": v.first().Name,
	}, values)}
	for n := range pods {
		list = append(list, series(metric.KubePodOwner.Name, map[string]string{
			"namespace": v.spec.Namespace, "pod": v.pod(n), "owner_kind": "ReplicaSet", "owner_name": set,
		}, values))
	}
	return list
}

// clusterRecords record to which deployment each pod belongs, and how much each deployment uses of what it requests.
func (v *services) clusterRecords() {
	namespace := metric.Label{Name: "namespace", Help: "Namespace of the services.", Bound: "one"}
	deployment := metric.Label{Name: "deployment", Help: "Name of the deployment.", Bound: "services in the spec"}
	pod := metric.Label{Name: "pod", Help: "Name of the pod.", Bound: "pods that there are"}
	labels := []metric.Label{namespace, deployment}
	v.record(Record{Name: podDeployment, Labels: []metric.Label{namespace, pod, deployment}, Help: "To which deployment a pod belongs; the value is always 1."},
		fmt.Sprintf(`label_replace(%s, "replicaset", "$1", "owner_name", "(.+)") * on (namespace, replicaset) group_left (deployment) label_replace(%s, "deployment", "$1", "owner_name", "(.+)")`,
			v.of(metric.KubePodOwner, "namespace, pod, owner_name", `, owner_kind="ReplicaSet"`),
			v.of(metric.KubeReplicaSetOwner, "namespace, replicaset, owner_name", `, owner_kind="Deployment"`)), nil)
	v.rules[len(v.rules)-1].Expr = "max by (namespace, pod, deployment) (" + v.rules[len(v.rules)-1].Expr + ")"
	byPod := func(expr string) string {
		return fmt.Sprintf("sum by (namespace, deployment) (sum by (namespace, pod) (%s) * on (namespace, pod) group_left (deployment) %s)", expr, podDeployment)
	}
	rate := func(f *metric.Family) string {
		return fmt.Sprintf("rate(%s[5m])", v.in(f, `, container!="", container!="POD"`))
	}
	requested := func(resource string) string {
		return byPod(v.of(metric.KubeContainerRequests, "namespace, pod, container", fmt.Sprintf(", resource=%q", resource)))
	}
	v.record(Record{Name: serviceCPU, Unit: metric.Ratio, Labels: labels, Help: "CPU that each deployment used in five minutes, of what its pods request; the autoscaler looks at the same."},
		fmt.Sprintf("%s / (%s > 0)", byPod(rate(metric.ContainerCPU)), requested("cpu")), nil)
	v.record(Record{Name: serviceMemory, Unit: metric.Ratio, Labels: labels, Help: "Memory that each deployment cannot give back, of what its pods request."},
		fmt.Sprintf("%s / (%s > 0)", byPod(v.in(metric.ContainerWorkingSet, `, container!="", container!="POD"`)), requested("memory")), nil)
	v.record(Record{Name: serviceThrottle, Unit: metric.Ratio, Labels: labels, Help: "Periods in which the CPU limit held a deployment's containers up, of those in which they could run, in five minutes."},
		fmt.Sprintf("%s / (%s > 0)", byPod(rate(metric.ContainerThrottledPeriods)), byPod(rate(metric.ContainerCFSPeriods))), nil)
}
