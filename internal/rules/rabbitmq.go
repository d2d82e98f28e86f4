package rules

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The job labels of the targets, as the scrape configuration sets them: the nodes themselves, and their queues one by one.
const (
	rabbitJob       = "rabbitmq"
	rabbitQueueJob  = "rabbitmq-queues"
	rabbitmqBoard   = "rabbitmq"
	queueDepthBoard = "queues"
)

// rabbitBroker makes the rules of the message queue. Each node tells only of what it leads, so that queues are sums over nodes.
type rabbitBroker struct {
	watched
	spec     spec.RabbitMQ
	deep     float64 // messages that may wait; 0 where nothing is said
	scaled   bool    // whether services get more replicas by it
	anchored bool
}

// rabbitmq returns the records, alerts and stories of the message queue, or nothing where the platform has none.
func rabbitmq(s *spec.Spec, l links) *rabbitBroker {
	b := &rabbitBroker{watched: storeOf(s, l, watched{daemon: "RabbitMQ", job: rabbitJob, board: rabbitmqBoard}), spec: s.Stores.RabbitMQ, anchored: anchored(s)}
	if len(b.spec.Nodes) == 0 {
		return b
	}
	for _, n := range b.spec.Nodes {
		b.nodes = append(b.nodes, spec.Node{Name: n.Name})
	}
	b.deep = float64(b.spec.QueueDepth)
	if t, ok := s.Services.Autoscaling.Trigger(spec.ScaleByQueueDepth, true); ok {
		b.scaled, b.deep = true, cmp.Or(b.deep, t.Threshold)
	}
	b.queueRecords()
	b.nodeAlert()
	b.alarmAlert()
	b.partedAlert()
	if b.deep > 0 {
		b.deepAlert()
	}
	if b.spec.RPCTimeout > 0 {
		b.drainAlert()
	}
	if b.permanent() != "" {
		b.unattendedAlert()
	}
	b.mirrorsAlert()
	b.policyAlert()
	b.droppedAlert()
	if n := len(s.Services.List); n > 0 {
		b.connectionsAlert(n)
	}
	b.driftAlert()
	b.shareAlert()
	return b
}

// permanent are the names of the queues that stay, as a regular expression.
func (b *rabbitBroker) permanent() string { return b.families(false) }

func (b *rabbitBroker) families(volatile bool) string {
	var list []string
	for _, q := range b.spec.Queues {
		if q.Volatile == volatile {
			list = append(list, q.Pattern)
		}
	}
	return strings.Join(list, "|")
}

// queue are the labels of a queue that stays.
func (b *rabbitBroker) queue() map[string]string {
	labels := map[string]string{"vhost": "/", "queue": "other"}
	for _, q := range b.spec.Queues {
		if !q.Volatile && labels["queue"] == "other" {
			labels["queue"] = q.Example
		}
	}
	return labels
}

// of is a series of a queue at the n-th node.
func (b *rabbitBroker) of(n int, f *metric.Family, queue map[string]string, values string) TestSeries {
	return series(f.Name, merge(map[string]string{"job": rabbitQueueJob, "instance": b.nodes[n].Name}, queue), values)
}

// queueRecords record of each queue that stays what waits in it, who takes it, and how long that lasts.
func (b *rabbitBroker) queueRecords() {
	match := fmt.Sprintf("job=%q", rabbitQueueJob)
	if volatile := b.families(true); volatile != "" {
		match += fmt.Sprintf(", queue!~%q", volatile)
	}
	sum := func(f *metric.Family) string { return fmt.Sprintf("sum by (vhost, queue) (%s{%s})", f.Name, match) }
	labels := metric.RabbitQueueReady.Labels
	b.record(Record{Name: queueWaiting, Labels: labels, Help: "Messages of a queue that wait for a consumer, over all nodes; without queues that go with a process."}, sum(metric.RabbitQueueReady), nil)
	b.record(Record{Name: queueConsumers, Labels: labels, Help: "Consumers of a queue over all nodes; without queues that go with a process."}, sum(metric.RabbitQueueConsumers), nil)
	taken := fmt.Sprintf("sum by (vhost, queue) (%s)", increase(fmt.Sprintf("%s{%s}", metric.RabbitQueueAcked.Name, match), storeCountWindow, b.anchored))
	b.record(Record{Name: queueDrain, Unit: metric.Seconds, Labels: labels, Help: "How long a queue's consumers need for what waits, as fast as they were in five minutes: how long its last message waits. Infinite where none is acknowledged, absent where none waits."},
		fmt.Sprintf("(%s > 0) / (%s / %s)", queueWaiting, taken, slo.FormatNumber(storeCountWindow.Seconds())), nil)
}

// nodeAlert pages when a node is down. The plugin is a part of the node, so that whether it can be scraped says so.
func (b *rabbitBroker) nodeAlert() {
	const name = "RabbitMQDown"
	down := b.rule(name, slo.Page, fmt.Sprintf("%s{job=%q} == 0", metric.Up.Name, rabbitJob), b.stores.DownFor, "RabbitMQ on {{ $labels.instance }} does not answer", "Its own metrics cannot be scraped.")
	expected := make([]string, len(b.nodes))
	for i, n := range b.nodes {
		expected[i] = fmt.Sprintf("absent(%s{job=%q, instance=%q})", metric.Up.Name, rabbitJob, n.Name)
	}
	missing := b.rule(name, slo.Page, strings.Join(expected, " or "), b.stores.DownFor, "RabbitMQ on {{ $labels.instance }} is not scraped at all", "The spec lists the node, but Prometheus has no such target.")
	down.Labels["cause"], missing.Labels["cause"] = downDaemon, downMissing
	c, node := gauged(b.stores.DownFor), b.targetLabels(b.nodes[0])
	story := func(values string) []TestSeries {
		list := []TestSeries{b.nth(0, metric.Up, nil, values)}
		for i := 1; i < len(b.nodes); i++ {
			list = append(list, b.nth(i, metric.Up, nil, gauge(c.step, c.always()...)))
		}
		return list
	}
	b.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{down, missing},
		Summary:        "A node of the message queue is down or is not watched",
		Meaning:        "The metrics of the node cannot be scraped (cause \"daemon\"), or Prometheus does not have it as a target (cause \"missing\").",
		Impact:         "Queues that it led and that have no copy elsewhere are gone until it is back: services that call each other through them fail. With two nodes down of three nothing works.",
		Look:           []string{"`rabbitmq-diagnostics check_running` on the node and `rabbitmqctl cluster_status` on another", "`journalctl -u rabbitmq-server -n 200 --no-pager` on the node"},
		Do:             []string{"`systemctl start rabbitmq-server`; if it waits for others, start those first: the node that went last must come first.", "A machine that is lost: `rabbitmqctl forget_cluster_node rabbit@NODE` on another, and join a new one.", "Cause \"missing\": deploy the scrape configuration that obsgen made, or take the node out of spec/stores.yaml."},
		FalsePositives: []string{"The plugin was switched off: `rabbitmq-plugins enable rabbitmq_prometheus`."},
	},
		c.fires(name, "it is down", one(firing(down, node, "", nil)), story(c.gauge(1, 0))...),
		c.fires(name, "it is no target", one(firing(missing, node, "", nil)), story(gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1}))...),
		c.quiet(name, "all are up", Silent, story(gauge(c.step, c.always()...))...))
}

// alarmAlert pages when a node stops publishers.
func (b *rabbitBroker) alarmAlert() {
	const name = "RabbitMQAlarm"
	rule := func(resource string, f *metric.Family) Rule {
		r := b.rule(name, slo.Page, fmt.Sprintf("%s{job=%q} == 1", f.Name, rabbitJob), b.stores.BrokerAlarmFor, "{{ $labels.instance }} has run out of "+resource, "All publishers of the cluster wait until it has some again.")
		r.Labels["resource"] = resource
		return r
	}
	memory, disk, files := rule("memory", metric.RabbitAlarmMemory), rule("disk", metric.RabbitAlarmDisk), rule("file_descriptors", metric.RabbitAlarmFiles)
	c, node := gauged(b.stores.BrokerAlarmFor), b.targetLabels(b.nodes[0])
	on := func(f *metric.Family, v float64) TestSeries { return b.nth(0, f, nil, c.gauge(0, v)) }
	b.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{memory, disk, files},
		Summary:        "The message queue stops its publishers",
		Meaning:        "A node has run out of memory, disk or file descriptors; the label resource says of which. One node in alarm stops the publishers of all.",
		Impact:         "Services cannot send requests or events any more: calls cannot be set up, the API hangs.",
		Look:           []string{"`rabbitmq-diagnostics alarms` and `rabbitmq-diagnostics memory_breakdown` on the node", "board Queue Depths: which queue is full?"},
		Do:             []string{"Start the consumers of the queue that is full, or add some.", "Messages that nobody needs any more: `rabbitmqctl purge_queue QUEUE`.", "Disk: make room in /var/lib/rabbitmq's file system; logs first."},
		FalsePositives: []string{"None known."},
	},
		c.fires(name, "memory", one(firing(memory, node, "", nil)), on(metric.RabbitAlarmMemory, 1)),
		c.fires(name, "disk", one(firing(disk, node, "", nil)), on(metric.RabbitAlarmDisk, 1)),
		c.fires(name, "file descriptors", one(firing(files, node, "", nil)), on(metric.RabbitAlarmFiles, 1)),
		c.quiet(name, "there is enough", Silent, on(metric.RabbitAlarmMemory, 0), on(metric.RabbitAlarmDisk, 0), on(metric.RabbitAlarmFiles, 0)))
}

// partedAlert pages when nodes do not see each other.
func (b *rabbitBroker) partedAlert() {
	const name = "RabbitMQPartitioned"
	unseen := b.rule(name, slo.Page, fmt.Sprintf("%s{job=%q} > 0", metric.RabbitUnreachable.Name, rabbitJob), b.stores.BrokerPartedFor, "{{ $labels.instance }} does not see {{ $value }} nodes of its cluster", "They are down, or the network between them is cut.")
	split := b.rule(name, slo.Page, fmt.Sprintf("max by (node) (%s) > 0", metric.PlatformRabbitPartitions.Name), b.stores.BrokerPartedFor, "{{ $labels.node }} was parted from {{ $value }} nodes", "Both sides may have gone on alone; they do not join again by themselves.")
	unseen.Labels["cause"], split.Labels["cause"] = "unseen", "split"
	c := gauged(b.stores.BrokerPartedFor)
	parted := func(v float64) TestSeries {
		return series(metric.PlatformRabbitPartitions.Name, map[string]string{"job": "platform", "instance": "rabbitmq", "node": "rabbit@a"}, c.gauge(0, v))
	}
	b.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{unseen, split},
		Summary:        "Nodes of the message queue do not see each other",
		Meaning:        "A node says that it cannot reach others (cause \"unseen\"), or that it was parted from them (cause \"split\"), which stays so until somebody heals it.",
		Impact:         "Each side may have queues of the same names with other messages: requests go where nobody listens.",
		Look:           []string{"`rabbitmqctl cluster_status` on each node: do they agree?", "`ping` and `nc -zv NODE 25672` between them; the firewall of the data subnet"},
		Do:             []string{"Mend the network first.", "Then restart the nodes of the side that had fewer clients, all of them stopped before the first is started (`rabbitmqctl stop_app`, `rabbitmqctl start_app`): what it took alone is lost.", "Set cluster_partition_handling = pause_minority, so that the smaller side stops by itself."},
		FalsePositives: []string{"A node that was taken out of the cluster and not forgotten: `rabbitmqctl forget_cluster_node`."},
	},
		c.fires(name, "a node sees no other", one(firing(unseen, b.targetLabels(b.nodes[0]), "2", nil)), b.nth(0, metric.RabbitUnreachable, nil, c.gauge(0, 2))),
		c.fires(name, "the cluster is split", one(firing(split, map[string]string{"node": "rabbit@a"}, "1", nil)), parted(1)),
		c.quiet(name, "all see all", Silent, b.nth(0, metric.RabbitUnreachable, nil, c.gauge(0, 0)), parted(0)))
}

// mirrorsAlert tells when copies are not whole.
func (b *rabbitBroker) mirrorsAlert() {
	const name = "RabbitMQMirrorsUnsynced"
	unsynced := b.rule(name, slo.Ticket, fmt.Sprintf("max by (vhost, queue) (%s) > 0", metric.PlatformRabbitUnsynced.Name), b.stores.WrongFor, "{{ $value }} mirrors of {{ $labels.queue }} are not whole", "If its leader dies now, messages are lost.")
	offline := b.rule(name, slo.Ticket, fmt.Sprintf("max by (vhost, queue) (%s) > 0", metric.PlatformRabbitOffline.Name), b.stores.WrongFor, "{{ $value }} members of {{ $labels.queue }} are not online", "It can lose fewer nodes than it should.")
	unsynced.Labels["cause"], offline.Labels["cause"] = "unsynced", "offline"
	c, queue := gauged(b.stores.WrongFor), b.queue()
	copies := func(f *metric.Family, v float64) TestSeries {
		return series(f.Name, merge(map[string]string{"job": "platform", "instance": "rabbitmq"}, queue), c.gauge(0, v))
	}
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{unsynced, offline},
		Summary:        "Copies of a queue are not whole",
		Meaning:        "Mirrors of a classic queue do not hold all of its messages (cause \"unsynced\"), or members of a quorum queue are not online (cause \"offline\").",
		Impact:         "None yet. If the node that leads the queue dies, what the others lack is lost.",
		Look:           []string{"`rabbitmqctl list_queues name slave_pids synchronised_slave_pids` before version 4, `rabbitmq-queues quorum_status QUEUE` from it on"},
		Do:             []string{"`rabbitmqctl sync_queue QUEUE`: it blocks the queue meanwhile, so not at the busy hour, or set ha-sync-mode to automatic.", "Offline: see RabbitMQDown; a node that is gone for good: `rabbitmq-queues shrink rabbit@NODE`, then `grow`."},
		FalsePositives: []string{"A node that joined a moment ago, with full queues."},
	},
		c.fires(name, "a mirror lacks messages", one(firing(unsynced, queue, "2", nil)), copies(metric.PlatformRabbitUnsynced, 2)),
		c.fires(name, "a member is not online", one(firing(offline, queue, "1", nil)), copies(metric.PlatformRabbitOffline, 1)),
		c.quiet(name, "all copies are whole", Silent, copies(metric.PlatformRabbitUnsynced, 0), copies(metric.PlatformRabbitOffline, 0)))
}

// driftAlert tells when the broker is of another version than the spec says.
func (b *rabbitBroker) driftAlert() {
	const name = "RabbitMQNotAsSpecified"
	v := fmt.Sprintf("%d.%d", b.spec.Version.Major, b.spec.Version.Minor)
	rule := b.rule(name, slo.Ticket, fmt.Sprintf("max by (job, instance, rabbitmq_version) (%s{job=%q, rabbitmq_version!~%q})", metric.RabbitBuild.Name, rabbitJob, strings.ReplaceAll(v, ".", "[.]")+"([.].*)?"), b.stores.DiffersFor,
		"{{ $labels.instance }} is RabbitMQ {{ $labels.rabbitmq_version }}", "The spec says "+v+".")
	rule.Labels["number"] = "version"
	c := gauged(b.stores.DiffersFor)
	build := func(version string, p ...phase) TestSeries {
		return b.nth(0, metric.RabbitBuild, map[string]string{"rabbitmq_version": version}, gauge(c.step, p...))
	}
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "The message queue is not what the spec says",
		Meaning:        "For " + slo.FormatDuration(b.stores.DiffersFor) + " a node has been of another version than spec/stores.yaml says.",
		Impact:         "None at once. What the rules take for granted, such as whether queues can have mirrors, may not hold.",
		Look:           []string{"`rabbitmqctl version` on each node"},
		Do:             []string{"If it was upgraded on purpose, change spec/stores.yaml and run `obsgen generate`.", "Nodes that differ among themselves: finish the upgrade."},
		FalsePositives: []string{"A rolling upgrade that takes longer than the delay."},
	},
		c.fires(name, "its version is another", one(firing(rule, merge(b.targetLabels(b.nodes[0]), map[string]string{"rabbitmq_version": "99.1.0"}), "", nil)),
			build("99.1.0", phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true})),
		c.quiet(name, "it is as it must be", Silent, build(v+".5", c.always()...)))
}
