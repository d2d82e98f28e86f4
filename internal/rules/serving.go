package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Records of what serves, for objectives: 1 while it does, 0 while it does not, absent while that is not known.
const (
	servesServices  = "voipbin:services_ready:bool"
	servesWatched   = "voipbin:services_watched:bool"
	servesAPI       = "voipbin:api_reachable:bool"
	servesDatabase  = "voipbin:database_serves:bool"
	servesReplicas  = "voipbin:replicas_fresh:bool"
	servesCache     = "voipbin:cache_serves:bool"
	servesBroker    = "voipbin:broker_serves:bool"
	servesElsewhere = "voipbin:standby_ready:bool"
)

// serving makes the records of what serves. They say nothing by themselves: objectives count them, and alerts of their own name the fault.
type serving struct {
	section
	stores spec.StoresThresholds
}

func servingOf(s *spec.Spec) *serving {
	v := &serving{stores: s.Alerts.Stores}
	if of := newServices(s, links{}); of.clustered() {
		v.services(of)
	} else if of.spec.Described() {
		v.processes(of)
	}
	if way, ok := entrance(s); ok {
		v.api(way)
	}
	if m := s.Stores.MySQL; m.Described() {
		v.database(m)
	}
	if s.Stores.Redis.Described() {
		v.cache(s.Stores.Redis, anchored(s))
	}
	if nodes := len(s.Stores.RabbitMQ.Nodes); nodes > 0 {
		v.broker(nodes)
	}
	if len(s.Recovery.Trackers.Nodes) > 0 {
		v.add(servesElsewhere, "Whether the tracker finds nothing set in the standby region that would hinder a recovery.",
			fmt.Sprintf("1 - max(%s)", metric.RecoveryTrap.Name), shows{
				"a trap is set", []held{{metric.RecoveryTrap.Name, map[string]string{"job": "tracker", "instance": "tracker-dr", "store": "mysql", "server": "dr", "trap": "retry_count"}, 0, 1, false}}, 0,
			})
	}
	return v
}

// held is a series that has one value while it serves and another one, or none, while it does not.
type held struct {
	name       string
	labels     map[string]string
	well, lost float64
	gone       bool
}

func (h held) values(c lapse) string {
	return gauge(c.step, phase{length: c.before, value: h.well}, phase{length: c.fault, value: h.lost, gone: h.gone}, phase{length: c.after, value: h.well})
}

// shows is a fault by which a record is proven: what it is then.
type shows struct {
	title string
	held  []held
	want  float64
}

// add records whether something serves, with what proves it. All faults of a record tell of the same series.
func (v *serving) add(name, help, expr string, faults ...shows) {
	v.record(Record{Name: name, Help: help + " Absent while that is not known."}, expr, nil)
	c := gauged(v.stores.WrongFor)
	for _, f := range faults {
		group := TestGroup{Name: name + ": " + f.title, Interval: slo.FormatDuration(c.step)}
		for _, h := range f.held {
			group.InputSeries = append(group.InputSeries, series(h.name, h.labels, h.values(c)))
		}
		is := func(want float64) []ExpectedSample { return []ExpectedSample{{Labels: name, Value: want}} }
		group.ExprTests = []ExprTest{
			{Expr: name, EvalTime: slo.FormatDuration(c.before - c.step), Expected: is(1)},
			{Expr: name, EvalTime: slo.FormatDuration(c.before + c.fault - c.step), Expected: is(f.want)},
		}
		v.stories = append(v.stories, group)
	}
	v.stories = append(v.stories, TestGroup{
		Name: name + ": nothing is known", Interval: slo.FormatDuration(c.step), InputSeries: []TestSeries{series(metric.Up.Name, storyTarget(), c.steady(1))},
		ExprTests: []ExprTest{{Expr: name, EvalTime: slo.FormatDuration(c.before), Expected: []ExpectedSample{}}},
	})
}

// services are ready when as many as are promised are there, each with the pods that a rollout must leave, save for what was scaled to
// nothing on purpose; and watched when of each that is ready a pod is scraped.
func (v *serving) services(of *services) {
	least, by := max(of.rollout.MinReady, 1), "namespace, deployment"
	ready, wanted := of.of(metric.KubeDeploymentReplicasReady, by, ""), of.of(metric.KubeDeploymentReplicas, by, "")
	var pods []held
	for i, s := range of.spec.List {
		lost := float64(s.Replicas)
		if i == 0 {
			lost = 0
		}
		at := map[string]string{"namespace": of.spec.Namespace, "deployment": s.Name}
		pods = append(pods, held{metric.KubeDeploymentReplicasReady.Name, at, float64(s.Replicas), lost, false}, held{metric.KubeDeploymentReplicas.Name, at, float64(s.Replicas), float64(s.Replicas), false})
	}
	v.add(servesServices, fmt.Sprintf("Whether each service has %d ready pods or more, and there are %d services or more.", least, of.spec.AtLeast),
		fmt.Sprintf("min((%s and %s > 0) >= bool %d) * (count(%s) >= bool %d)", ready, wanted, least, wanted, of.spec.AtLeast),
		shows{"one has no ready pod", pods, 0})

	up := fmt.Sprintf("%s{%s}", metric.Up.Name, among(of.spec.Label, of.attributions()))
	there := fmt.Sprintf(`label_replace(%s > 0, %q, "$1", "deployment", "(.+)")`, of.of(metric.KubeDeploymentReplicasReady, "deployment", ""), of.spec.Label)
	unseen := fmt.Sprintf("count(max by (%[1]s) (%[2]s) unless on (%[1]s) max by (%[1]s) (%[3]s == 1))", of.spec.Label, there, up)
	first := of.first()
	watched := []held{
		{metric.KubeDeploymentReplicasReady.Name, of.deployment(), 2, 2, false},
		{metric.Up.Name, map[string]string{of.spec.Label: first.Attribution, "instance": of.pod(0)}, 1, 0, false},
	}
	v.add(servesWatched, "Whether of each service that has ready pods at least one is scraped.",
		fmt.Sprintf("(0 * %s) or (count(%s) > bool 0)", unseen, there), shows{"pods do not tell their metrics", watched, 0})
}

// processes are services without a cluster: ready while each of those that the spec lists answers on its port for metrics. What else tells that
// one is there is its queue's consumers, by alert QueueUnattended.
func (v *serving) processes(of *services) {
	up := of.up()
	var all []held
	for i, s := range of.spec.List {
		h := held{metric.Up.Name, map[string]string{of.spec.Label: s.Attribution, "instance": s.Name}, 1, 1, false}
		if i == 0 {
			h.lost = 0
		}
		all = append(all, h)
	}
	missing := slices.Clone(all)
	missing[0].gone = true
	v.add(servesServices, fmt.Sprintf("Whether each of the %d services answers on its metrics port.", len(of.spec.List)),
		fmt.Sprintf("(count(max by (%s) (%s) == 1) == bool %d) or 0 * count(%s)", of.spec.Label, up, len(of.spec.List), up),
		shows{"one does not answer", all, 0}, shows{"one is not scraped", missing, 0})
}

func (v *serving) api(b spec.LoadBalancer) {
	match := fmt.Sprintf("%s{job=%q, instance=~%q}", metric.ProbeSuccess.Name, outsideJob, "https?://"+strings.ReplaceAll(b.Host, ".", "[.]")+"(:[0-9]+)?(/.*)?")
	v.add(servesAPI, "Whether a request from outside to "+b.Host+" succeeded.", fmt.Sprintf("min(%s)", match),
		shows{"it does not answer", []held{{metric.ProbeSuccess.Name, probed(b.Host), 1, 0, false}}, 0})
}

// database serves when the primary does and all replicas of its region but one, which may be replaced at any time; a replica is fresh when
// it replicates and is not behind by more than readers may meet.
func (v *serving) database(m spec.MySQL) {
	at := func(name string) map[string]string { return map[string]string{"job": mysqlJob, "instance": name} }
	primary := held{metric.MySQLUp.Name, at(m.Primary.Name), 1, 1, false}
	down := primary
	down.lost = 0
	expr := fmt.Sprintf("max(%s{job=%q, instance=%q})", metric.MySQLUp.Name, mysqlJob, m.Primary.Name)
	faults := []shows{{"the primary is down", []held{down}, 0}}
	names := make([]string, len(m.Replicas))
	one, two, behind := []held{primary}, []held{primary}, []held{}
	for i, r := range m.Replicas {
		names[i] = r.Name
		lost := func(down int) float64 {
			if i < down {
				return 0
			}
			return 1
		}
		one, two = append(one, held{metric.MySQLUp.Name, at(r.Name), 1, lost(1), false}), append(two, held{metric.MySQLUp.Name, at(r.Name), 1, lost(2), false})
		last := 0.0
		if i == 0 {
			last = 2 * v.stores.ReadersLag.Seconds()
		}
		behind = append(behind, held{metric.MySQLUp.Name, at(r.Name), 1, 1, false}, held{metric.MySQLSecondsBehindSource.Name, at(r.Name), 0, last, false})
	}
	if len(names) == 0 {
		v.add(servesDatabase, "Whether the primary of the database answers.", expr, faults...)
		return
	}
	replicas := fmt.Sprintf("job=%q, %s", mysqlJob, among("instance", names...))
	up := fmt.Sprintf("%s{%s}", metric.MySQLUp.Name, replicas)
	faults = append(faults, shows{"one replica is down", one, 1})
	if len(names) > 1 {
		faults = append(faults, shows{"two replicas are down", two, 0})
	}
	v.add(servesDatabase, "Whether the primary of the database answers, and all replicas of its region but one.",
		fmt.Sprintf("%s * ((count(%s == 0) <= bool 1) or %s)", expr, up, expr), faults...)
	lag := fmt.Sprintf("max by (job, instance) (%s{%s} or %s{%s})", metric.MySQLSecondsBehindMaster.Name, replicas, metric.MySQLSecondsBehindSource.Name, replicas)
	stopped := slices.Clone(behind)
	stopped[1].gone = true
	v.add(servesReplicas, fmt.Sprintf("Whether every replica of the region that answers replicates and is at most %s behind.", slo.FormatDuration(v.stores.ReadersLag)),
		fmt.Sprintf("min((%s <= bool %s) or 0 * max by (job, instance) (%s == 1))", lag, slo.FormatNumber(v.stores.ReadersLag.Seconds()), up),
		shows{"one is behind", behind, 0}, shows{"one does not replicate", stopped, 0})
}

// cache serves when it answers and throws nothing away.
func (v *serving) cache(r spec.Redis, anchored bool) {
	at := map[string]string{"job": redisJob, "instance": r.Name}
	up := fmt.Sprintf("max(%s{job=%q})", metric.RedisUp.Name, redisJob)
	evicted := increase(fmt.Sprintf("%s{job=%q}", metric.RedisEvicted.Name, redisJob), storeCountWindow, anchored)
	v.add(servesCache, "Whether the cache answers, and has thrown no key away for want of memory in five minutes.",
		fmt.Sprintf("(%s == 0) or (sum(%s) == bool 0) or %s", up, evicted, up),
		shows{"it does not answer", []held{{metric.RedisUp.Name, at, 1, 0, false}, {metric.RedisEvicted.Name, at, 7, 7, false}}, 0},
		shows{"it answers, and nothing is known of evictions", []held{{metric.RedisUp.Name, at, 1, 1, false}}, 1})
}

// broker serves when more than half of its nodes do, as it needs for a decision, and none of them holds publishers back for want of memory
// or disk.
func (v *serving) broker(nodes int) {
	up := fmt.Sprintf("sum(%s{job=%q})", metric.Up.Name, rabbitJob)
	alarms := fmt.Sprintf("max(%s{job=%q} or %s{job=%q})", metric.RabbitAlarmMemory.Name, rabbitJob, metric.RabbitAlarmDisk.Name, rabbitJob)
	half := nodes / 2
	at := func(n int) map[string]string {
		return map[string]string{"job": rabbitJob, "instance": fmt.Sprintf("rabbitmq-%d", n+1)}
	}
	var lost, full []held
	for n := range nodes {
		after := 1.0
		if n >= half {
			after = 0
		}
		lost = append(lost, held{metric.Up.Name, at(n), 1, after, false})
		full = append(full, held{metric.Up.Name, at(n), 1, 1, false})
	}
	v.add(servesBroker, "Whether more than half of the broker's nodes answer, and none holds publishers back.",
		fmt.Sprintf("0 * (%s <= %d) or (%s == bool 0) or 0 * %s + 1", up, half, alarms, up),
		shows{"half of the nodes are lost", lost, 0},
		shows{"a node holds publishers back", append(full, held{metric.RabbitAlarmMemory.Name, at(0), 0, 1, false}), 0})
}
