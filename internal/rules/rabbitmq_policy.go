package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// policyRules are the rules about policies that ask for mirrors. Whether the policy of the spec is there, and whether it holds for the queues that it
// is for, is asked only where the spec has one; nothing is said while platform_exporter tells nothing of policies.
func (b *rabbitBroker) policyRules(alert string) []Rule {
	ticket := func(cause, expr, summary, description string) Rule {
		r := b.rule(alert, slo.Ticket, expr, b.stores.WrongFor, summary, description)
		r.Labels["cause"] = cause
		return r
	}
	rules := []Rule{ticket("ineffective", fmt.Sprintf("min by (vhost, policy) (%s) == 0", metric.PlatformRabbitPolicyEffective.Name),
		"Policy {{ $labels.policy }} asks for mirrors that are not made", "Queues have fewer copies than the policy says.")}
	m := b.spec.Mirroring
	if m.Pattern == "" {
		return rules
	}
	asked := fmt.Sprintf("pattern=%q, ha_mode=%q, ha_sync_mode=%q", m.Pattern, m.HAMode, m.SyncMode)
	return append(rules,
		ticket("missing", fmt.Sprintf("count(%s) unless on () %s{%s}", metric.PlatformRabbitOutside.Name, metric.PlatformRabbitPolicy.Name, asked),
			"The policy that mirrors "+m.Pattern+" is not there", "The spec has it, and the broker has none of that pattern and mode."),
		ticket("outside", fmt.Sprintf("count by (vhost) (max by (vhost, queue) (%s{queue=~%q})) > 0", metric.PlatformRabbitOutsideInfo.Name, ".*("+m.Pattern+").*"),
			"{{ $value }} queues should be under a policy and are not", "Their names fit "+m.Pattern+", and no policy is in effect for them."))
}

// policyAlert tells when mirrors that a policy should make are not made.
func (b *rabbitBroker) policyAlert() {
	const name = "RabbitMQPolicyWithoutEffect"
	rules := b.policyRules(name)
	c, policy := gauged(b.stores.WrongFor), map[string]string{"vhost": "/", "policy": "mirror"}
	at := map[string]string{"job": "platform", "instance": "rabbitmq"}
	effective := func(values string) TestSeries {
		return series(metric.PlatformRabbitPolicyEffective.Name, merge(at, policy), values)
	}
	stories := []TestGroup{
		c.fires(name, "mirrors are missing", one(firing(rules[0], policy, "", nil)), effective(c.gauge(1, 0))),
		c.quiet(name, "they are made", Silent, effective(c.gauge(1, 1))),
	}
	if m := b.spec.Mirroring; m.Pattern != "" {
		counted := series(metric.PlatformRabbitOutside.Name, merge(at, map[string]string{"vhost": "/"}), c.steady(0))
		stated := func(values string) TestSeries {
			return series(metric.PlatformRabbitPolicy.Name, merge(at, policy, map[string]string{"pattern": m.Pattern, "ha_mode": m.HAMode, "ha_sync_mode": m.SyncMode}), values)
		}
		other := series(metric.PlatformRabbitPolicy.Name, merge(at, map[string]string{"vhost": "/", "policy": "ttl", "pattern": ".*", "ha_mode": "", "ha_sync_mode": ""}), c.steady(1))
		outside := func(queue, values string) TestSeries {
			return series(metric.PlatformRabbitOutsideInfo.Name, merge(at, map[string]string{"vhost": "/", "queue": queue}), values)
		}
		goes := gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
		comes := gauge(c.step, phase{length: c.before, gap: true}, phase{length: c.fault, value: 1}, phase{length: c.after, gone: true})
		stories = append(stories,
			c.fires(name, "the policy is deleted", one(firing(rules[1], nil, "", nil)), stated(goes), other, counted),
			c.quiet(name, "the policy is there", Holds, stated(c.steady(1)), other, counted),
			c.quiet(name, "nobody asks the broker for its policies", Silent, effective(c.steady(1)), stated(goes)),
			c.fires(name, "a queue of the policy's is outside of it", one(firing(rules[2], map[string]string{"vhost": "/"}, "1", nil)), stated(c.steady(1)), outside(b.queue()["queue"], comes), counted),
			c.quiet(name, "another queue is outside of it", Holds, stated(c.steady(1)), outside("asterisk.call.request", c.steady(1)), counted))
	}
	b.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary:        "A mirroring policy has no effect",
		Meaning:        "The label cause says how. \"ineffective\": a policy asks for mirrors, and a queue has fewer; from RabbitMQ 4 on there are none at all, whatever the policy says. \"missing\": the policy that spec/stores.yaml states is not there, or asks for something else. \"outside\": a queue that it is for by its name is under no policy.",
		Impact:         "None yet. If a node dies, so do the messages of the queues that it leads.",
		Look:           []string{"`rabbitmqctl list_policies` and `rabbitmqctl version`", "`rabbitmqctl list_queues name policy type`"},
		Do:             []string{"Version 4 or later: make quorum queues of those that must not be lost, delete the policy, and take mirroring out of spec/stores.yaml.", "Before: `rabbitmqctl set_policy mirror PATTERN '{\"ha-mode\":\"all\",\"ha-sync-mode\":\"automatic\"}'`, as spec/stores.yaml has it.", "It is there and not in effect: another policy of higher priority may win; only one is in effect for a queue."},
		FalsePositives: []string{"A node is down and the mirrors are being made elsewhere: RabbitMQDown fires as well."},
	}, stories...)
}
