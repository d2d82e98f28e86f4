package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts are about messages: that wait too long, that nobody takes, that are lost.

// queueRule is a rule whose panel is on the board of queues.
func (b *rabbitBroker) queueRule(alert, severity, expr string, wait time.Duration, summary, description string) Rule {
	r := b.rule(alert, severity, expr, wait, summary, description)
	r.Annotations = b.annotations(alert, queueDepthBoard, summary, description)
	return r
}

func (b *rabbitBroker) deepAlert() {
	const name = "QueueDeep"
	description := "More than " + slo.FormatNumber(b.deep) + " should have started more consumers."
	meaning := "More messages wait than the number above which the spec says that a service gets more replicas; over all nodes, without queues that go with a process."
	if !b.scaled {
		description = "More than " + slo.FormatNumber(b.deep) + " have waited for " + slo.FormatDuration(b.stores.WrongFor) + "."
		meaning = "More messages wait than the spec allows (queue_depth), and nothing starts more consumers by itself; over all nodes, without queues that go with a process."
	}
	rule := b.queueRule(name, slo.Ticket, fmt.Sprintf("%s > %s", queueWaiting, slo.FormatNumber(b.deep)), b.stores.WrongFor, "{{ $value }} messages wait in {{ $labels.queue }}", description)
	c, queue := gauged(b.stores.WrongFor), b.queue()
	ready := func(n int, v float64) TestSeries { return b.of(n, metric.RabbitQueueReady, queue, c.gauge(1, v)) }
	second := len(b.nodes) - 1
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "Many messages wait in a queue",
		Meaning:        meaning,
		Impact:         "Callers wait. QueueDrainSlow pages when they wait longer than they have time.",
		Look:           []string{"panel \"Time to drain\" of the board Queue Depths: does it fall behind, or was it a burst?", "panel \"Consumers\": fewer than usual?", b.command("kubectl -n %s top pods -l app=SERVICE", "docker stats --no-stream SERVICE") + " and its log"},
		Do:             []string{b.moreOf() + ", if nothing does so by itself.", "Consumers that hang on the database or on another service: see MySQLDown, MySQLConnectionsHigh, RedisDown."},
		FalsePositives: []string{"A queue that is filled in batches by design."},
	},
		c.fires(name, "they wait at two nodes", one(firing(rule, queue, slo.FormatNumber(b.deep+2), nil)), ready(0, b.deep), ready(max(second, 0), 2)),
		c.quiet(name, "just not too many", Holds, ready(0, b.deep)),
		c.quiet(name, "nothing is known", Silent, b.nth(0, metric.Up, nil, gauge(c.step, c.always()...))))
}

func (b *rabbitBroker) drainAlert() {
	const name = "QueueDrainSlow"
	rule := b.queueRule(name, slo.Page, fmt.Sprintf("%s{queue=~%q} > %s", queueDrain, ".*[.]request", slo.FormatNumber(b.spec.RPCTimeout.Seconds())), b.stores.DrainSlowFor,
		"Requests in {{ $labels.queue }} wait longer than their callers", "At the pace of the last "+slo.FormatDuration(storeCountWindow)+" what waits needs more than "+slo.FormatDuration(b.spec.RPCTimeout)+", after which a caller gives up.")
	c, queue := gauged(b.stores.DrainSlowFor), b.queue()
	ready := func(v float64) TestSeries { return b.of(0, metric.RabbitQueueReady, queue, c.gauge(0, v)) }
	taken := func(rise float64) TestSeries {
		return b.of(0, metric.RabbitQueueAcked, queue, counterValues(c.step, phase{length: c.length(), rise: rise}))
	}
	const step = 15 // seconds
	slow, quick := 10*b.spec.RPCTimeout.Seconds(), b.spec.RPCTimeout.Seconds()/4
	b.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary:        "Requests wait longer than their callers do",
		Meaning:        "What waits in a queue of requests, divided by how many are acknowledged a second: the last one waits for so long. After " + slo.FormatDuration(b.spec.RPCTimeout) + " its caller has given up, and it is answered for nobody.",
		Impact:         "Calls to the service fail by time-out while it works at full speed for nobody; retries make it worse.",
		Look:           []string{"`rabbitmqctl list_queues name messages_ready consumers`", "panels \"Waiting messages\" and \"Consumers\" of the board Queue Depths", "the service's log, and what it waits for: database, cache, another service's queue"},
		Do:             []string{"More replicas: " + b.moreOf() + ".", "If the backlog is older than the callers' patience: `rabbitmqctl purge_queue QUEUE`; nobody waits for the answers any more.", "No consumer at all: see QueueUnattended."},
		FalsePositives: []string{"Consumers that take messages without acknowledging them (no_ack): nothing is counted, and anything that waits looks endless."},
	},
		c.fires(name, "consumers are too slow", one(firing(rule, queue, "", nil)), ready(slow), taken(step)),
		c.fires(name, "nothing is taken", one(firing(rule, queue, "", nil)), ready(1), taken(0)),
		c.quiet(name, "they are quick enough", Holds, ready(quick), taken(step)),
		c.quiet(name, "nothing waits", Silent, ready(0), taken(0)))
}

func (b *rabbitBroker) unattendedAlert() {
	const name = "QueueUnattended"
	rule := b.queueRule(name, slo.Page, fmt.Sprintf("%s{queue=~%q} == 0", queueConsumers, b.permanent()), b.stores.UnattendedFor, "Nobody listens at {{ $labels.queue }}", "It is one that stays, so that somebody should.")
	c, queue := gauged(b.stores.UnattendedFor), b.queue()
	consumers := func(queue map[string]string, v float64) TestSeries {
		return b.of(0, metric.RabbitQueueConsumers, queue, c.gauge(2, v))
	}
	stories := []TestGroup{
		c.fires(name, "all consumers are gone", one(firing(rule, queue, "", nil)), consumers(queue, 0)),
		c.quiet(name, "one is left", Silent, consumers(queue, 1)),
		c.quiet(name, "a queue that the spec does not know", Holds, consumers(map[string]string{"vhost": "/", "queue": "somebody.else"}, 0)),
	}
	for _, q := range b.spec.Queues {
		if q.Volatile {
			stories = append(stories, c.quiet(name, "a queue of "+q.Name+" goes with its process", Holds, consumers(map[string]string{"vhost": "/", "queue": q.Example}, 0)))
		}
	}
	b.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary:        "Nobody listens at a queue",
		Meaning:        "A queue of the spec that stays has no consumer at any node. Queues that go with a process are left out.",
		Impact:         "Every request to the service fails by time-out; its events pile up.",
		Look:           []string{b.command("kubectl -n %s get pods -l app=SERVICE", "docker compose ps SERVICE") + ": the service is in the queue's name", "`rabbitmqctl list_consumers | grep QUEUE` and `rabbitmqctl list_connections name user state`"},
		Do:             []string{"It runs and does not listen: restart it, " + b.command("kubectl -n %s rollout restart deployment/SERVICE", "docker compose restart SERVICE") + ".", "It does not run: see why, or go back to the version before: " + b.command("kubectl -n %s rollout undo deployment/SERVICE", "docker compose up -d SERVICE") + "."},
		FalsePositives: []string{"A service that was switched off for good: delete its queue."},
	}, stories...)
}

func (b *rabbitBroker) droppedAlert() {
	const name = "RabbitMQMessagesLost"
	grown := func(f *metric.Family) string {
		return fmt.Sprintf("sum by (job, instance) (%s)", increase(fmt.Sprintf("%s{job=%q}", f.Name, rabbitJob), storeCountWindow, b.anchored))
	}
	// A consumer that restarts hands back what it had; more than this share over the delay is a message that nobody can process.
	const again = 0.1
	dropped := b.rule(name, slo.Ticket, grown(metric.RabbitUnroutable)+" > 0", 0, "{{ $labels.instance }} drops messages", "No queue is bound for them, and their publishers do not ask to be told.")
	retried := b.rule(name, slo.Ticket, fmt.Sprintf("%s / %s > %s", grown(metric.RabbitRedelivered), grown(metric.RabbitDelivered), slo.FormatNumber(again)), b.stores.WrongFor,
		"{{ $labels.instance }} hands out the same messages again and again", "More than "+slo.FormatPercent(again)+" of what it hands out was handed out before.")
	dropped.Labels["cause"], retried.Labels["cause"] = "dropped", "retried"
	d, c, node := counted(0, storeCountWindow), counted(b.stores.WrongFor, storeCountWindow), b.targetLabels(b.nodes[0])
	of := func(f *metric.Family, values string) TestSeries {
		return b.nth(0, f, map[string]string{"protocol": "amqp091"}, values)
	}
	steady := of(metric.RabbitDelivered, counterValues(c.step, phase{length: c.length(), rise: 1}))
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{dropped, retried},
		Summary:        "Messages are dropped, or handed out again and again",
		Meaning:        "With cause \"dropped\" messages met no queue and were thrown away in the last five minutes. With cause \"retried\" consumers give many messages back, or die with them.",
		Impact:         "Dropped events never happen for whoever should hear of them: no webhook, no record of a call. Retried ones may be processed twice.",
		Look:           []string{"`rabbitmqctl list_bindings` against the exchanges that services publish to: which binding is missing?", "the logs of consumers for a message that they fail at each time"},
		Do:             []string{"Dropped: start the service that declares the queue; it binds it by itself. Set an alternate-exchange where events must not be lost.", "Retried: `rabbitmqctl set_policy` with a delivery-limit and a dead-letter-exchange, so that a poisoned message goes aside."},
		FalsePositives: []string{"Events that nobody has subscribed to yet, on a new platform."},
	},
		d.fires(name, "they are dropped", one(firing(dropped, node, "", nil)), of(metric.RabbitUnroutable, d.counter(1))),
		c.fires(name, "they are retried", one(firing(retried, node, "", nil)), of(metric.RabbitRedelivered, c.counter(100)), steady),
		c.quiet(name, "a few are retried", Holds, of(metric.RabbitRedelivered, c.counter(0.05)), steady),
		c.quiet(name, "nothing is lost", Silent, of(metric.RabbitUnroutable, c.counter(0)), steady))
}

// connectionsAlert tells when fewer programs are connected than there are services: each has one connection at least.
func (b *rabbitBroker) connectionsAlert(services int) {
	const name = "RabbitMQConnectionsMissing"
	rule := b.rule(name, slo.Ticket, fmt.Sprintf("sum(%s{job=%q}) < %d", metric.RabbitConnections.Name, rabbitJob, services), b.stores.WrongFor,
		"Services are not connected to the message queue", fmt.Sprintf("There are {{ $value }} connections, and %d services that need one each.", services))
	c := gauged(b.stores.WrongFor)
	open := func(last float64) []TestSeries {
		list := []TestSeries{b.nth(0, metric.RabbitConnections, nil, c.gauge(float64(services), last))}
		for n := range b.nodes[1:] {
			list = append(list, b.nth(n+1, metric.RabbitConnections, nil, c.gauge(0, 0)))
		}
		return list
	}
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "Fewer connections to the message queue than there are services",
		Meaning:        "Every service keeps a connection to port 5672 of some node. There are fewer than spec/services.yaml lists services, so that some of them have none.",
		Impact:         "What is not connected takes no requests and hears of no events; its queue grows until its callers give up.",
		Look:           []string{"`rabbitmqctl list_connections user client_properties state | sort`: who is there?", b.command("kubectl -n %s logs deployment/SERVICE --tail=50 | grep -i amqp", "docker logs --tail 50 SERVICE 2>&1 | grep -i amqp") + " of one that is missing"},
		Do:             []string{"Refused or timed out: firewall rule allow-rabbit lets 10.0.1.0/24 to port 5672; is the pod's node in another range?", "access_refused: the account or its password was changed: `rabbitmqctl authenticate_user USER` tries one, `rabbitmqctl change_password USER` sets it; both ask for it.", "A node holds publishers back (RabbitMQAlarm): new connections wait meanwhile."},
		FalsePositives: []string{"Services that are scaled to nothing on purpose."},
	},
		c.fires(name, "some are gone", one(firing(rule, nil, fmt.Sprint(services-1), nil)), open(float64(services-1))...),
		c.quiet(name, "each has one", Holds, open(float64(services))...),
		c.quiet(name, "the nodes tell nothing", Silent, b.nth(0, metric.Up, nil, c.gauge(1, 1))))
}
