package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// cannotStart are the reasons of Kubernetes for which a container waits and does not come up by itself.
const cannotStart = "CrashLoopBackOff|CreateContainerConfigError|CreateContainerError|ErrImagePull|ImagePullBackOff|InvalidImageName|RunContainerError"

// ofContainer are the labels by which a container is told.
const ofContainer = "namespace, pod, container"

// waitingAlert tells when a container cannot start.
func (v *services) waitingAlert() {
	const name = "ServiceContainerCannotStart"
	// Between two tries of a crashing container it does not wait for a moment: the window bridges that.
	expr := fmt.Sprintf("max by (%s, reason) (max_over_time(%s[5m])) == 1", ofContainer, v.in(metric.KubeContainerWaiting, fmt.Sprintf(", reason=~%q", cannotStart)))
	rule := v.rule(name, healthBoard, slo.Ticket, expr, v.limits.WaitingFor, "{{ $labels.container }} of {{ $labels.pod }} cannot start", "Kubernetes says: {{ $labels.reason }}.")
	c := lapseOf(v.limits.WaitingFor+storyStep, 5*time.Minute)
	waits := func(reason string) TestSeries {
		values := gauge(c.step, phase{length: c.before + storyStep, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true})
		return series(metric.KubeContainerWaiting.Name, merge(v.container(0), map[string]string{"reason": reason}), values)
	}
	labels := merge(v.container(0), map[string]string{"reason": "CreateContainerConfigError"})
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A container cannot start",
		Meaning: "The label reason is Kubernetes' own: CreateContainerConfigError is a secret or config map that is missing, ImagePullBackOff an image that cannot be had, CrashLoopBackOff a program that ends each time.",
		Impact:  "None while the other pods of the service carry its work; ServicePodsNotReady pages when none is left. A rollout does not go on.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe pod POD | tail -30`: the event names the missing object or image", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s logs POD --previous --tail=100`: the last words of a program that crashes", v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("A secret or config map is missing: compare `kubectl -n %s get secret,configmap` with config in spec/services.yaml, and create it from the vault.", v.spec.Namespace),
			"An image cannot be had: is the tag pushed, and may the nodes read the registry?",
			fmt.Sprintf("It crashes since a deployment: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
		},
		FalsePositives: []string{"A pod that is left behind by a rollout that was undone, until it is deleted."},
	},
		c.fires(name, "a secret is missing", one(firing(rule, labels, "", nil)), waits("CreateContainerConfigError")),
		c.quiet(name, "it is being made", Holds, waits("ContainerCreating")),
		c.quiet(name, "nothing waits", Silent, series(metric.KubeContainerRunning.Name, v.container(0), gauge(c.step, c.always()...))))
}

// restartAlert tells when a container ends again and again, or was killed for want of memory.
func (v *services) restartAlert() {
	const name = "ServiceRestarting"
	const shown = 15 * time.Minute // how long one kill is told: longer than anybody needs to see it, shorter than the next day
	restarts := fmt.Sprintf("sum by (%s) (%s)", ofContainer, increase(v.in(metric.KubeContainerRestarts, ""), time.Hour, v.anchored))
	ended := v.of(metric.KubeContainerLastEnd, ofContainer, "")
	killed := v.of(metric.KubeContainerLastTerminated, ofContainer, `, reason="OOMKilled"`)
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s >= %d", restarts, v.limits.RestartsAnHour), 0,
			"{{ $labels.container }} of {{ $labels.pod }} restarts again and again", "It was restarted {{ $value | printf \"%.0f\" }} times in the last hour."), "repeated"),
		cause(v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("time() - %s < %s and on (%s) %s == 1", ended, slo.FormatNumber(shown.Seconds()), ofContainer, killed), 0,
			"{{ $labels.container }} of {{ $labels.pod }} was killed for want of memory", "It reached its memory limit {{ $value | humanizeDuration }} ago."), "memory"),
	}
	labels := v.container(0)
	n := float64(v.limits.RestartsAnHour)
	c := lapseOf(storyStep, time.Hour)
	crash := func(times float64) TestSeries {
		values := counterValues(c.step, phase{length: c.before}, phase{length: storyStep, rise: times}, phase{length: c.fault - storyStep + c.after})
		return series(metric.KubeContainerRestarts.Name, labels, values)
	}
	k := lapseOf(0, 0)
	killedAt := k.before
	end := killedAt + shown
	kill := func(reason string) []TestSeries {
		values := func(f float64) string {
			return gauge(k.step, phase{length: k.before, gap: true}, phase{length: shown + 4*k.step, value: f})
		}
		return []TestSeries{
			series(metric.KubeContainerLastEnd.Name, labels, values(killedAt.Seconds())),
			series(metric.KubeContainerLastTerminated.Name, merge(labels, map[string]string{"reason": reason}), values(1)),
		}
	}
	age := func(d time.Duration) ExpectedAlert { return firing(rules[1], labels, humanDuration(d.Seconds()), nil) }
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A container restarts again and again, or was killed for want of memory",
		Meaning: fmt.Sprintf("The label cause says which. \"repeated\": %d restarts or more in an hour, by crashes or a liveness probe that fails; \"memory\": the kernel killed it at its memory limit within the last %s.", v.limits.RestartsAnHour, slo.FormatDuration(shown)),
		Impact:  "Each restart drops what the container was doing. Its calls over RabbitMQ are delivered to another pod, or time out.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe pod POD`: Last State names the exit code (137 with OOMKilled is memory), the events a failing liveness probe", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s logs POD --previous --tail=200`", v.spec.Namespace),
			"the board Service Health: memory of what is requested, before it ended",
		},
		Do: []string{
			"Memory: raise its limit in spec/services.yaml and the deployment if it grew with the load; look for a leak if it grew with time.",
			"A liveness probe that fails: the program hangs, or the probe's time is too short for a busy moment.",
			fmt.Sprintf("It began with a deployment: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
		},
		FalsePositives: []string{"A node that was restarted ends all its containers once; that is no crash and stays below the limit."},
	},
		c.fires(name, "it crashes", one(firing(rules[0], labels, formatValue(n), nil)), crash(n)),
		c.quiet(name, "once fewer than the limit", Holds, crash(n-1)),
		TestGroup{
			Name: name + ": it is killed for want of memory", Interval: slo.FormatDuration(k.step), Proves: []Proof{Fires, Holds, Resets}, InputSeries: kill("OOMKilled"),
			AlertTests: []AlertTest{at(killedAt-storyStep, name), at(killedAt, name, age(0)), at(end-storyStep, name, age(shown-storyStep)), at(end, name)},
		},
		k.quiet(name, "it ended by itself", Silent, kill("Completed")...))
}

// throttledAlert tells when a service's CPU limit holds it up.
func (v *services) throttledAlert() {
	const name = "ServiceCPUThrottled"
	rule := v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("%s > %s", serviceThrottle, slo.FormatNumber(v.limits.Throttled)), v.limits.ThrottledFor,
		"{{ $labels.deployment }} is held up by its CPU limit", fmt.Sprintf("In {{ $value | humanizePercentage }} of the periods its containers had to wait; the limit is %s.", slo.FormatPercent(v.limits.Throttled)))
	c := counted(v.limits.ThrottledFor, serviceWindow)
	ran := func(share float64) []TestSeries {
		labels := v.container(0)
		return append(v.owned(c, 1),
			series(metric.ContainerCFSPeriods.Name, labels, counterValues(c.step, phase{length: c.before}, phase{length: c.fault, rise: 150}, phase{length: c.after})),
			series(metric.ContainerThrottledPeriods.Name, labels, counterValues(c.step, phase{length: c.before}, phase{length: c.fault, rise: share * 150}, phase{length: c.after})))
	}
	above := min(1, 2*v.limits.Throttled)
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A service is held up by its CPU limit",
		Meaning: fmt.Sprintf("The kernel gives a container its CPU limit in periods of 100 ms. For %s more than %s of the periods were used up early, and the container stood still for the rest of each.", slo.FormatDuration(v.limits.ThrottledFor), slo.FormatPercent(v.limits.Throttled)),
		Impact:  "Answers take up to 100 ms longer each time, although the node may be idle. Media and call control feel it first.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s top pods -l app=SERVICE --containers`: its use against its limit", v.spec.Namespace),
			"the board Service Health: CPU of what is requested, and replicas against their bounds",
		},
		Do: []string{
			"At the upper bound of its replicas: see ServiceAtUpperBound.",
			fmt.Sprintf("Short bursts: raise limits.cpu in spec/services.yaml and the deployment (`kubectl -n %s set resources deployment/SERVICE --limits=cpu=N`); the request may stay.", v.spec.Namespace),
		},
		FalsePositives: []string{"A program that starts with a burst and then rests: it stops within minutes."},
	},
		c.fires(name, "it wants more than it may have", one(firing(rule, v.deployment(), percent(above), nil)), ran(above)...),
		c.quiet(name, "just below the limit", Holds, ran(v.limits.Throttled*0.9)...),
		c.quiet(name, "its pods have no limit", Silent, v.owned(c, 1)...))
}

// skewAlert tells when the pods of a deployment run different versions for longer than a rollout takes.
func (v *services) skewAlert() {
	const name = "ServiceVersionsDiffer"
	wait := max(v.rollout.StuckAfter, v.limits.DownFor)
	images := v.of(metric.KubeContainerInfo, "namespace, pod, container, image_id", `, image_id!=""`)
	expr := fmt.Sprintf("count by (namespace, deployment, container) (count by (namespace, deployment, container, image_id) (%s * on (namespace, pod) group_left (deployment) %s)) > 1", images, podDeployment)
	rule := v.rule(name, healthBoard, slo.Ticket, expr, wait, "Pods of {{ $labels.deployment }} run different versions", "{{ $value }} images of its container {{ $labels.container }} are in use at once, and no rollout takes that long.")
	c := gauged(wait)
	images2 := func(second string) []TestSeries {
		list := v.owned(c, 2)
		values := gauge(c.step, c.always()...)
		list = append(list, series(metric.KubeContainerInfo.Name, merge(v.container(0), map[string]string{"image_id": "sha256:01"}), values))
		if second == "" {
			return append(list, series(metric.KubeContainerInfo.Name, merge(v.container(1), map[string]string{"image_id": "sha256:01"}), values))
		}
		return append(list,
			series(metric.KubeContainerInfo.Name, merge(v.container(1), map[string]string{"image_id": "sha256:01"}), gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})),
			series(metric.KubeContainerInfo.Name, merge(v.container(1), map[string]string{"image_id": second}), gauge(c.step, phase{length: c.before, gap: true}, phase{length: storyStep, gap: true}, phase{length: c.fault - storyStep, value: 1}, phase{length: c.after, gone: true})))
	}
	c.hold += storyStep
	labels := merge(v.deployment(), map[string]string{"container": v.first().Short()})
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Pods of one service run different versions",
		Meaning: fmt.Sprintf("For %s the containers of one deployment have had different images, by their digests: where every image is tagged latest, the tag does not tell. A rollout stands still, or a pod was made after the tag had moved.", slo.FormatDuration(wait)),
		Impact:  "The same request is answered in two ways, depending on the pod; schema changes may meet the old program.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get pods -l app=SERVICE -o jsonpath='{range .items[*]}{.metadata.name} {.status.containerStatuses[0].imageID}{\"\\n\"}{end}'`", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s rollout status deployment/SERVICE --timeout=5s`", v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("The rollout stands still: mend the new pods, or `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
			fmt.Sprintf("No rollout is going on: `kubectl -n %s rollout restart deployment/SERVICE` makes all pods from the tag as it is now.", v.spec.Namespace),
			"Deploy by digest or commit instead of latest, so that it cannot come again.",
		},
		FalsePositives: []string{"A canary that is meant to stay: give it a deployment of its own."},
	},
		c.fires(name, "a pod is made after the tag moved", one(firing(rule, labels, "2", nil)), images2("sha256:02")...),
		c.quiet(name, "all have one", Holds, images2("")...),
		c.quiet(name, "nothing tells images", Silent, v.owned(c, 2)...))
}
