package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// capacityAlerts tell when the loss of one node would leave more calls than the rest of its farm carries.
func (a *asteriskTier) capacityAlerts() {
	const name = "AsteriskCapacityHigh"
	limit := a.limits.Capacity
	farm := a.nodes[0].Farm
	nodes := a.tier.Farm(farm)
	rules := a.limitRules(name, serverCapacityUsed, limit, nil, "The {{ $labels.farm }} farm is filling up", "The {{ $labels.farm }} farm could not lose a node",
		"of the calls that the farm carries with one node lost are in progress")
	c := gauged(limit.For)
	each := func(share float64) float64 {
		return float64(int(share * float64(a.capacity(farm)) / float64(len(nodes))))
	}
	text := func(share float64) string {
		return percent(each(share) * float64(len(nodes)) / float64(a.capacity(farm)))
	}
	load := func(share float64, telling int) []TestSeries {
		list := a.nothingElse(c)
		for _, n := range nodes[:telling] {
			list = append(list, series(metric.AsteriskActiveCalls.Name, a.targetLabels(n), c.gauge(0, each(share))))
		}
		return list
	}
	labels := map[string]string{"farm": farm}
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	var sizes []string
	for _, f := range a.tier.Farms() {
		sizes = append(sizes, fmt.Sprintf("%d calls in farm %s", a.capacity(f), f))
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A farm of media servers carries nearly what it could carry with one node lost",
		Meaning: "Calls of a farm exceed a share of what is left of it when one node is lost (N-1): " + strings.Join(sizes, ", ") + ". " + ticketAndPage(limit),
		Impact:  "None yet. If a node is lost now, the others are pushed beyond what they are sized for: audio breaks up in every call, and new calls are refused.",
		Look: []string{
			"the Asterisk board: calls by node, and by application",
			"`promtool query instant http://localhost:9090 '" + serverCalls + "'` for the calls of each node",
			"`asterisk -rx 'core show channels count'` on a node",
		},
		Do: []string{
			"Add a node to the farm, to the dispatcher and to spec/platform.yaml, and run `obsgen generate`.",
			"When it pages and none can be added in time, limit new calls at the proxies rather than spoiling those in progress.",
		},
		FalsePositives: []string{
			"Calls that nobody ended: alert AsteriskChannelStuck.",
			"calls_per_node in spec/platform.yaml is smaller than what the machines really carry: measure, then raise it.",
		},
	},
		c.fires(name, "half way between the limits", all(labels, text(between), rules[0]), load(between, len(nodes))...),
		c.fires(name, "above both limits", all(labels, text(above), rules...), load(above, len(nodes))...),
		c.quiet(name, "just below the lower limit", Holds, load(limit.Warn-0.005, len(nodes))...),
		c.quiet(name, "a node that does not tell its calls", Silent, load(above, len(nodes)-1)...))
}

// ownLimitsAlert tells when a node is about to reach the limit that it has itself.
func (a *asteriskTier) ownLimitsAlert() {
	const name = "AsteriskLimitNear"
	limit := a.limits.OwnLimits
	rules := a.limitRules(name, metric.AsteriskActiveChannels.Name+" / "+metric.AsteriskCallsLimit.Name, limit, nil,
		"Asterisk on {{ $labels.instance }} comes near its limit", "Asterisk on {{ $labels.instance }} is about to refuse calls", "of the channels that it may have exist")
	c := gauged(limit.For)
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	channels := func(share float64) TestSeries {
		return a.of(metric.AsteriskActiveChannels, nil, c.gauge(1, share*1000))
	}
	most := a.of(metric.AsteriskCallsLimit, nil, c.gauge(1000, 1000))
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Asterisk is about to reach the limit of channels that it has itself",
		Meaning: "Channels as a share of maxcalls in asterisk.conf, which Asterisk compares with its channels. " + ticketAndPage(limit),
		Impact:  "None yet. At the limit Asterisk refuses new calls, and the proxies go to another node of the farm.",
		Look:    []string{"`asterisk -rx 'core show settings' | grep -i max` and `asterisk -rx 'core show channels count'` on the node"},
		Do: []string{
			"Raise maxcalls in asterisk.conf if the machine has room, and `asterisk -rx 'core restart gracefully'`, which waits for the calls that are up and takes no new ones; or add a node to the farm.",
			"If channels are stuck, see AsteriskChannelStuck.",
		},
		FalsePositives: []string{"A limit that was lowered to drain the node."},
	},
		c.fires(name, "between the limits", all(a.node(), percent(between), rules[0]), channels(between), most),
		c.fires(name, "above both limits", all(a.node(), percent(above), rules...), channels(above), most),
		c.quiet(name, "just below the lower limit", Holds, channels(limit.Warn-0.001), most),
		c.quiet(name, "no limit is set", Silent, channels(above)))
}

// stuckAlert tells of channels that are older than any call.
func (a *asteriskTier) stuckAlert() {
	const name = "AsteriskChannelStuck"
	limit := a.limits.ChannelAge.Seconds()
	rule := a.rule(name, slo.Ticket, fmt.Sprintf("%s > %s", metric.AsteriskChannelOldest.Name, slo.FormatNumber(limit)), a.limits.ChannelAgeFor,
		"A channel on {{ $labels.instance }} does not end", "The oldest {{ $labels.technology }} channel is {{ $value | humanizeDuration }} old.")
	c := gauged(a.limits.ChannelAgeFor)
	technology := map[string]string{"technology": "PJSIP"}
	oldest := func(age float64) TestSeries { return a.of(metric.AsteriskChannelOldest, technology, c.gauge(60, age)) }
	a.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A channel of Asterisk is older than any call can be",
		Meaning: "The oldest channel of a technology is older than " + slo.FormatDuration(a.limits.ChannelAge) + ", the longest that a call may last.",
		Impact:  "The channel takes a share of the node's capacity, and somebody may be billed for a call that ended long ago.",
		Look: []string{
			"`asterisk -rx 'core show channels verbose' | sort -k9 | tail` on the node: the oldest, and what they run",
			"the proxy's log for the BYE of that call",
		},
		Do: []string{
			"`asterisk -rx 'channel request hangup CHANNEL'` ends one.",
			"If they are many, look for lost BYEs between proxy and node, and set a time limit in the dialplan.",
		},
		FalsePositives: []string{"A conference or a monitoring call that is meant to stay: raise channel_age in spec/alerts.yaml."},
	},
		c.fires(name, "one does not end", one(firing(rule, merge(a.node(), technology), humanDuration(limit+3600), nil)), oldest(limit+3600)),
		c.quiet(name, "one is just not too old", Holds, oldest(limit)),
		c.quiet(name, "no channels", Silent, a.nothingElse(c)...))
}
