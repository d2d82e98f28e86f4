package rules

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// attributions are the names of the services, by what their series carry.
func (v *services) attributions() string {
	list := make([]string, len(v.spec.List))
	for i, o := range v.spec.List {
		list[i] = o.Attribution
	}
	return strings.Join(list, "|")
}

// unwatchedAlert tells when the pods of a service are there and nobody reads their metrics.
func (v *services) unwatchedAlert() {
	const name = "ServiceNotWatched"
	by := v.spec.Label
	ready := fmt.Sprintf(`label_replace(%s > 0, %q, "$1", "deployment", "(.+)")`, v.of(metric.KubeDeploymentReplicasReady, "deployment", ""), by)
	all := fmt.Sprintf("%s{%s}", metric.Up.Name, among(by, v.attributions()))
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("count by (%s) (%s == 0)", by, all), v.limits.WaitingFor,
			"Pods of {{ $labels."+by+" }} do not tell their metrics", "{{ $value }} of its pods do not answer on the metrics port."), "silent"),
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("max by (%s) (%s) unless on (%s) max by (%s) (%s)", by, ready, by, by, all), v.limits.WaitingFor,
			"{{ $labels."+by+" }} is not scraped at all", "{{ $value }} of its pods are ready, and Prometheus has none of them as a target."), "missing"),
	}
	c := gauged(v.limits.WaitingFor)
	target := map[string]string{by: v.first().Attribution, "instance": v.pod(0), "node": "pool-1"}
	up := func(values string) TestSeries { return series(metric.Up.Name, target, values) }
	pods := series(metric.KubeDeploymentReplicasReady.Name, v.deployment(), c.gauge(2, 2))
	gone := gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
	labels := map[string]string{by: v.first().Attribution}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A service runs, and its metrics are not read",
		Meaning: "The label cause says how. \"silent\": Prometheus has the pods as targets and they do not answer on the metrics port; \"missing\": pods are ready, and no target is one of them.",
		Impact:  "None for customers. Errors, latency and calls of the service are unknown, and no alert about them can come.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get pods -l app=SERVICE -o jsonpath='{.items[0].metadata.annotations}'`: prometheus.io/scrape, port and path", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s port-forward POD 2112` and `curl -s localhost:2112/metrics | head`", v.spec.Namespace),
			"the targets page of Prometheus: the error of the last scrape",
		},
		Do: []string{
			fmt.Sprintf("Missing: the pods' annotations or the label app are not as spec/scrape.yaml says; add them to the deployment: `kubectl -n %s patch deployment SERVICE -p '{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{\"prometheus.io/scrape\":\"true\",\"prometheus.io/port\":\"2112\"}}}}}'`.", v.spec.Namespace),
			"Silent: the port is not the one in the annotation, a firewall is between, or the pod is too busy to answer.",
		},
		FalsePositives: []string{"Pods that have just started and are not yet listening."},
	},
		c.fires(name, "a pod does not answer", one(firing(rules[0], labels, "1", nil)), up(c.gauge(1, 0)), pods),
		c.fires(name, "nobody scrapes it", one(firing(rules[1], labels, "2", nil)), up(gone), pods),
		c.quiet(name, "it is scraped", Holds, up(c.gauge(1, 1)), pods),
		c.quiet(name, "the cluster tells nothing", Silent, up(c.gauge(1, 1))))
}

// endingAlert tells when a pod that was told to end does not.
func (v *services) endingAlert() {
	const name = "ServicePodDoesNotEnd"
	const late = 2 * time.Minute // after the end of its grace period
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("time() - %s > %s", v.of(metric.KubePodDeleted, "namespace, pod", ""), slo.FormatNumber(late.Seconds())), 0,
			"{{ $labels.pod }} does not end", "Its grace period was over {{ $value | humanizeDuration }} ago."), "overdue"),
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf(`label_replace(max by (namespace, targetref_name) (%s), "pod", "$1", "targetref_name", "(.+)") and on (namespace, pod) %s`,
			v.in(metric.KubeEndpoints, `, ready="true"`), v.of(metric.KubePodDeleted, "namespace, pod", "")), v.limits.DownFor,
			"{{ $labels.pod }} ends and still gets traffic", "It was told to end, and its service still lists it as ready."), "traffic"),
	}
	c := gauged(late)
	pod := map[string]string{"namespace": v.spec.Namespace, "pod": v.pod(0)}
	// Its grace period ends when the fault begins.
	told := func(at time.Duration) TestSeries {
		return series(metric.KubePodDeleted.Name, pod, gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: at.Seconds()}, phase{length: c.after, gone: true}))
	}
	ends := told(c.before)
	overdue := func(t time.Duration) ExpectedAlert {
		return firing(rules[0], pod, humanDuration((t - c.before).Seconds()), nil)
	}
	long, last := c.hold+c.step, c.before+c.fault-c.step
	t := gauged(v.limits.DownFor)
	listed := series(metric.KubeEndpoints.Name, map[string]string{"namespace": v.spec.Namespace, "endpointslice": "api", "address": "10.0.0.1", "ready": "true", "targetref_name": v.pod(0)}, gauge(t.step, t.always()...))
	deleted := series(metric.KubePodDeleted.Name, pod, gauge(t.step, phase{length: t.before, gap: true}, phase{length: t.fault, value: t.length().Seconds()}, phase{length: t.after, gone: true}))
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A pod that was told to end does not, or still gets traffic",
		Meaning: fmt.Sprintf("The label cause says which. \"overdue\": it is still there %s after its grace period, so that its node does not answer or a finalizer holds it; \"traffic\": its service still sends requests to it.", slo.FormatDuration(late)),
		Impact:  "Overdue: a rollout or a drained node waits for it. Traffic: requests reach a program that is closing, and fail.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get pod POD -o yaml | grep -A3 -E 'finalizers|deletion'`", v.spec.Namespace),
			"`kubectl get nodes`: is the pod's node NotReady?",
			fmt.Sprintf("`kubectl -n %s get endpointslices -l kubernetes.io/service-name=SERVICE -o yaml`", v.spec.Namespace),
		},
		Do: []string{
			"The node is gone for good: `kubectl delete node NODE`; its pods are then made elsewhere.",
			fmt.Sprintf("The node is well: `kubectl -n %s delete pod POD --force` after its program has surely ended.", v.spec.Namespace),
			"Traffic: the endpoint controller is behind, or the service publishes addresses that are not ready; see its publishNotReadyAddresses.",
		},
		FalsePositives: []string{"A node that is being repaired, with pods that wait for it."},
	},
		TestGroup{
			Name: name + ": its node is gone", Interval: slo.FormatDuration(c.step), Proves: []Proof{Fires, Holds, Resets}, InputSeries: []TestSeries{ends},
			AlertTests: []AlertTest{at(c.hold, name), at(long, name, overdue(long)), at(last, name, overdue(last)), at(c.reset, name)},
		},
		t.fires(name, "it still gets traffic", one(firing(rules[1], merge(pod, map[string]string{"targetref_name": v.pod(0)}), "", nil)), listed, deleted),
		t.quiet(name, "it ends in time", Holds, deleted),
		t.quiet(name, "no pod was told to end", Silent, listed))
}

// queueDepth is the series of how many messages wait in each queue, and its label of the queue; empty where there is none.
func (v *services) queueDepth() (name, queue string) {
	s := v.signals.profile.Signal("queue_depth")
	label, ok := s.Label("queue")
	if !ok {
		return "", ""
	}
	return s.Metric, label
}

// queueAlert tells when messages wait where the page would add pods. The autoscaler as it is published does not know of queues.
func (v *services) queueAlert(t spec.Trigger) {
	const name = "ServiceQueueDeep"
	depth, queue := v.queueDepth()
	if depth == "" {
		return
	}
	rule := v.rule(name, errorsBoard, slo.Ticket, fmt.Sprintf("max by (%s) (%s) > %s", queue, depth, slo.FormatNumber(t.Threshold)), v.limits.ScalingFor,
		"Messages wait in {{ $labels."+queue+" }}", fmt.Sprintf("{{ $value }} messages wait, and more than %s have for %s.", t.Limit(), slo.FormatDuration(v.limits.ScalingFor)))
	c := gauged(v.limits.ScalingFor)
	at := map[string]string{queue: "bin-manager.call-manager.request"}
	deep := func(n float64) TestSeries { return series(depth, at, c.gauge(0, n)) }
	counts := "By the services' own count"
	if f := v.signals.family(v.signals.profile.Signal("queue_depth")); f == nil || f.Emitter.Profile == "" {
		counts = "By the broker's count"
	}
	inHPA := "The autoscaler does not scale by it"
	if t.InHPA {
		inHPA = "The autoscaler should have added pods"
	}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Messages wait in the queue of a service",
		Meaning: fmt.Sprintf("%s more than %s messages have waited for %s, which is where the page adds %d pods. %s.", counts, t.Limit(), slo.FormatDuration(v.limits.ScalingFor), t.Step, inHPA),
		Impact:  "Each request waits behind all others; callers that wait longer than their time-out fail, and their requests are worked on in vain.",
		Look: []string{
			"`rabbitmqctl list_queues name messages_ready consumers | sort -k2 -n | tail`: consumers at all?",
			fmt.Sprintf("`kubectl -n %s get pods -l app=SERVICE` and `kubectl -n %s top pods -l app=SERVICE`", v.spec.Namespace, v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("It has consumers and they are busy: `kubectl -n %s scale deployment/SERVICE --replicas=N`, %d more at a time.", v.spec.Namespace, t.Step),
			"It has none: see ServicePodsNotReady. They are idle: they wait for the database or another service.",
		},
		FalsePositives: []string{"A campaign that fills a queue on purpose and drains it in time."},
	},
		c.fires(name, "nobody keeps up", one(firing(rule, at, formatValue(t.Threshold+1), nil)), deep(t.Threshold+1)),
		c.quiet(name, "at the threshold", Holds, deep(t.Threshold)),
		c.quiet(name, "no queue is told", Silent, series(cmp.Or(v.signals.profile.Signal("active_calls").Metric, metric.Up.Name), nil, c.gauge(1, 1))))
}
