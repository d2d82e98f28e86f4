package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// capacityBoard is the end of the uid of the board that shows how much room the tiers have.
const capacityBoard = "capacity"

// Records of the tiers' capacity, by tier and part, each in the tier's own unit: calls, streams, pods, connections, files.
const (
	proxyCalls       = "voipbin:sip_proxy_calls:estimate"
	capacityUse      = "voipbin:capacity_use:sum"
	capacityTotal    = "voipbin:capacity_total:sum"
	capacityOneLost  = "voipbin:capacity_one_lost:sum"
	capacityLive     = "voipbin:capacity_live_one_lost:sum"
	capacityHeadroom = "voipbin:capacity_headroom:ratio"
)

// How the calls at the SIP proxies are known, the best way first. A proxy is stateless: only its dialog module, where it is loaded, knows calls.
const (
	byDialogs  = "dialogs"        // counted by the dialog modules of all proxies
	bySessions = "media_sessions" // sessions of all media proxies: calls without media through them are missing
	byLittle   = "little"         // Little's law: calls answered a second times how long a call lasts
)

// capacity makes the rules of how much room the tiers have.
type capacity struct {
	links
	section
	spec   *spec.Spec
	limits spec.CapacityThresholds
	tiers  []sizedTier
}

func newCapacity(s *spec.Spec, l links) *capacity {
	c := &capacity{links: l, spec: s, limits: s.Alerts.Capacity}
	c.tiers = append(c.tiers, c.proxies())
	c.tiers = append(c.tiers, c.farms()...)
	if len(s.Platform.MediaProxies.Nodes) > 0 {
		c.tiers = append(c.tiers, c.mediaProxies())
	}
	if s.Services.Described() && len(s.Services.Autoscaling.Classes) > 0 {
		c.tiers = append(c.tiers, c.pods())
	}
	c.tiers = append(c.tiers, c.stores()...)
	return c
}

// capacityOf returns the records of how much of each tier is used, and the alert that it could not lose a node.
func capacityOf(s *spec.Spec, l links) *capacity {
	c := newCapacity(s, l)
	c.callRecords()
	c.sizeRecords()
	c.redundancyAlert()
	return c
}

// ways are those in which calls at the proxies may be known on this platform, the best first.
func (c *capacity) ways() []string {
	ways := []string{byDialogs}
	if len(c.spec.Platform.MediaProxies.Nodes) > 0 {
		ways = append(ways, bySessions)
	}
	if len(c.spec.Platform.MediaServers.Nodes) > 0 {
		ways = append(ways, byLittle)
	}
	return ways
}

// callRecords record the calls at the SIP proxies in every way that there is.
func (c *capacity) callRecords() {
	r := Record{
		Name:   proxyCalls,
		Labels: []metric.Label{{Name: "method", Help: "How they are known.", Values: []string{byDialogs, bySessions, byLittle}}},
		Help: "Calls at once through the SIP proxies, estimated: dialogs counts them where the dialog module is loaded on every proxy; media_sessions are the media proxies' sessions, without calls that have no media there; " +
			"little is Little's law, the answered calls of five minutes a second times the mean duration of calls at the media servers. Capacity takes the first that there is, in this order.",
	}
	expr := map[string]string{
		byDialogs:  telling(metric.KamailioDialogs, "", metric.KamailioKit.Up.Name),
		bySessions: telling(metric.RTPEngineSessions, `{type="own"}`, metric.RTPEngineKit.Up.Name),
		byLittle:   fmt.Sprintf("sum(rate(%s{cause=\"2xx\"}[5m])) * on () %s", metric.KamailioCallSetupOutcomes.Name, averageCallDuration),
	}
	for _, way := range c.ways() {
		c.record(r, expr[way], map[string]string{"method": way})
	}
}

// labelsOf are those that tell a tier's series from others; a tier of many parts tells them itself.
func (t sizedTier) labelsOf() map[string]string {
	if t.part == "" {
		return map[string]string{"tier": t.tier}
	}
	return map[string]string{"tier": t.tier, "part": t.part}
}

// tierLabels describe them.
func (c *capacity) tierLabels() []metric.Label {
	return []metric.Label{
		{Name: "tier", Help: "Name of the tier.", Values: []string{"sip_proxies", "media_servers", "trunks", "media_proxies", "services", "mysql", "redis", "rabbitmq"}},
		{Name: "part", Help: "What of it nothing else can stand in for: a farm, a service, a trunk, a role of a server; all where it is one.", Bound: "farms, trunks and services in the spec"},
	}
}

// sizeRecords record what is used and what there is.
func (c *capacity) sizeRecords() {
	labels := c.tierLabels()
	all := []struct {
		name, help string
		expr       func(sizedTier) string
	}{
		{capacityUse, "What is used of a tier now: calls at SIP proxies (estimated) and media servers, streams at media proxies, pods that autoscalers want, connections of database and cache, open files of the broker. Absent while a node that is up does not tell.", func(t sizedTier) string { return t.use }},
		{capacityTotal, "What a tier carries with all of its nodes (N), by the spec; where the spec has no number, by what its servers say that they take.", func(t sizedTier) string { return t.total }},
		{capacityOneLost, "What a tier carries with one of its nodes lost (N-1); of one that has a single node or a standby of its size, what that carries.", func(t sizedTier) string { return t.oneLost }},
		{capacityLive, "What the nodes of a tier that are up now carry with one more lost.", func(t sizedTier) string { return t.live }},
	}
	for _, r := range all {
		for _, t := range c.tiers {
			if expr := r.expr(t); expr != "" {
				c.record(Record{Name: r.name, Help: r.help, Labels: labels}, expr, t.labelsOf())
			}
		}
	}
	room := Record{
		Name: capacityHeadroom, Unit: metric.Ratio,
		Labels: append(labels, metric.Label{Name: "nodes", Help: "Of what it is a share: what all nodes carry, or with one lost.", Values: []string{"all", "one_lost"}}),
		Help:   "Room that a tier has left, as a share of what it carries; below 0 it carries more than that.",
	}
	c.record(room, fmt.Sprintf("1 - %s / %s", capacityUse, capacityTotal), map[string]string{"nodes": "all"})
	c.record(room, fmt.Sprintf("1 - %s / (%s > 0)", capacityUse, capacityOneLost), map[string]string{"nodes": "one_lost"})
}

// storyTier is the tier that stories are about, and whether any can lose a node at all.
func (c *capacity) storyTier() (sizedTier, bool) {
	for _, t := range c.tiers {
		if t.live != "" && t.tells != nil {
			return t, true
		}
	}
	return sizedTier{}, false
}

// load are the series of a tier in a story: its first node is lost, and the others carry so much each; only some of them tell.
func (t sizedTier) load(c lapse, each float64, telling int) []TestSeries {
	var list []TestSeries
	for i, n := range t.nodes {
		labels := map[string]string{"job": t.job, "instance": n.Name, "node": n.Name, "region": n.Region}
		if n.Farm != "" {
			labels["farm"] = n.Farm
		}
		up, value := c.steady(1), c.steady(each)
		if i == 0 {
			up, value = c.gauge(1, 0), gauge(c.step, phase{length: c.before, value: 0}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 0})
		}
		list = append(list, series(t.up.Name, labels, up))
		if i < telling {
			list = append(list, series(t.tells.Name, labels, value))
		}
	}
	return list
}

// redundancyAlert tells when what is up carries more than it could with one more node lost, however many should be there.
func (c *capacity) redundancyAlert() {
	const name = "CapacityNotRedundant"
	tier, ok := c.storyTier()
	if !ok {
		return
	}
	limit := c.limits.NotRedundantFor
	rule := Rule{
		Expr: fmt.Sprintf("%s > on (tier, part) %s", capacityUse, capacityLive), For: slo.FormatDuration(limit), Labels: map[string]string{"severity": slo.Page},
		Annotations: c.annotations(name, capacityBoard, "{{ $labels.tier }} ({{ $labels.part }}) could not lose another node", "It carries {{ $value | printf \"%.0f\" }}, which is more than what is up would with one more node lost."),
	}
	story, others := gauged(limit), len(tier.nodes)-1
	left := float64((others - 1) * tier.each) // one is down, and one more is lost
	busy := float64(int(left)/others + 1)     // of each of the others
	c.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "A tier that has lost nodes could not lose another",
		Meaning: fmt.Sprintf("For %s the load of a tier has been more than the nodes that are up carry with one more lost. The labels tier and part say which. Unlike the limits of each tier, which reckon with all nodes of the spec, this counts those that answer.", slo.FormatDuration(limit)),
		Impact:  "None yet. The next node that fails takes calls or requests with it, as nobody has room for them.",
		Look: []string{
			"the Capacity board: room of each tier with one node lost, and which nodes are down on the board of the tier",
			"`promtool query instant http://localhost:9090 '" + capacityUse + "'`, and the same for " + capacityLive,
		},
		Do: []string{
			"Bring the node back that is down: the alert of its own tier says how.",
			"All nodes are up: the tier is too small for its load now; add a node, or limit what it takes: `rtpengine-ctl set maxsessions N` on the engines refuses further calls rather than making all of them bad.",
			"Put off what takes nodes away: deployments, reboots, drills.",
		},
		FalsePositives: []string{"Calls at the SIP proxies are an estimate where the dialog module is not loaded on all: panel \"Calls at the proxies by method\" shows each."},
	},
		story.fires(name, "a node is lost by day", one(firing(rule, map[string]string{"tier": tier.tier, "part": tier.part}, formatValue(busy*float64(others)), nil)), tier.load(story, busy, len(tier.nodes))...),
		story.quiet(name, "a node is lost by night", Holds, tier.load(story, float64(int(left)/others/2), len(tier.nodes))...),
		story.quiet(name, "a node does not tell its calls", Silent, tier.load(story, busy, len(tier.nodes)-1)...))
}

// capacityInterval is how often capacity is looked at: machines are not ordered by the second.
const capacityInterval = time.Minute
