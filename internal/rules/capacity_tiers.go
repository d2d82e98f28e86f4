package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// sizedTier is a tier, or a part of one whose load nothing else can take over, with what it carries. Expressions have no labels but part where
// the tier has many.
type sizedTier struct {
	tier, part string
	use        string // that there is now
	total      string // that all nodes carry
	oneLost    string // that they carry with one of them lost
	live       string // that the nodes which are up carry with one more lost; "" where nodes do not stand in for each other
	// perCall is how much of it a call takes, and lines how many calls there is room for with one node lost; 0 where it does not carry calls.
	perCall, lines int
	// each is what a node carries, and tells and up are what its nodes tell of that and of themselves, for the tier that stories are about.
	each      int
	nodes     []spec.Node
	job       string
	tells, up *metric.Family
}

// survivors is the number of nodes that are left when one of some is lost. Where there is one only, it is the limit itself.
func survivors(nodes int) int { return max(nodes-1, 1) }

// size is a number as an expression.
func size(n int) string { return fmt.Sprintf("vector(%d)", n) }

// telling is the sum of what a family tells over the nodes of a tier; nothing while one that is up does not tell, as a sum without it would
// look like room. Both selectors are of the tier.
func telling(f *metric.Family, summed, up string) string {
	return fmt.Sprintf("sum(%s%s) unless on () (%s == 1 unless on (instance) %s)", f.Name, summed, up, f.Name)
}

// fixed completes a tier of nodes of which each carries the same. The selector is that of its nodes.
func (t sizedTier) fixed(selector string) sizedTier {
	t.total, t.oneLost = size(len(t.nodes)*t.each), size(survivors(len(t.nodes))*t.each)
	if t.use == "" {
		t.use = telling(t.tells, selector, t.up.Name+selector)
	}
	if len(t.nodes) > 1 {
		t.live = fmt.Sprintf("(count(%s%s == 1) - 1) * %d", t.up.Name, selector, t.each)
	}
	return t
}

// proxies is the SIP proxy tier. Its calls are an estimate.
func (c *capacity) proxies() sizedTier {
	ways := make([]string, 0, 3)
	for _, way := range c.ways() {
		ways = append(ways, fmt.Sprintf("max(%s{method=%q})", proxyCalls, way))
	}
	p := c.spec.Platform.SIPProxies
	return sizedTier{
		tier: "sip_proxies", part: "all", use: strings.Join(ways, " or "), nodes: p.Nodes, each: p.CallsPerNode, job: "kamailio",
		tells: metric.KamailioDialogs, up: metric.KamailioKit.Up,
	}.fixed("")
}

// farms are those of the media servers, and the trunks that lead from them.
func (c *capacity) farms() []sizedTier {
	servers := c.spec.Platform.MediaServers
	var list []sizedTier
	for _, farm := range servers.Farms() {
		nodes := servers.Farm(farm)
		list = append(list, sizedTier{
			tier: "media_servers", part: farm, nodes: nodes, each: servers.CallsPerNode, job: "asterisk", tells: metric.AsteriskActiveCalls, up: metric.AsteriskKit.Up,
			perCall: 1, lines: survivors(len(nodes)) * servers.CallsPerNode,
		}.fixed(fmt.Sprintf("{farm=%q}", farm)))
	}
	for _, trunk := range servers.Trunks {
		use := fmt.Sprintf("sum(%s{endpoint=%q})", metric.AsteriskEndpointChannels.Name, trunk.Endpoint)
		list = append(list, sizedTier{tier: "trunks", part: trunk.Endpoint, use: use, total: size(trunk.Channels), oneLost: size(trunk.Channels), perCall: 1, lines: trunk.Channels})
	}
	return list
}

// streamsPerCall are the media streams of a call between two parties.
const streamsPerCall = 2

func (c *capacity) mediaProxies() sizedTier {
	p := c.spec.Platform.MediaProxies
	return sizedTier{
		tier: "media_proxies", part: "all", nodes: p.Nodes, each: p.StreamsPerNode, job: "rtpengine", tells: metric.RTPEngineMediaStreams, up: metric.RTPEngineKit.Up,
		perCall: streamsPerCall, lines: survivors(len(p.Nodes)) * p.StreamsPerNode / streamsPerCall,
	}.fixed("")
}

// pods are the services that are scaled: what each wants of what it may have at most.
func (c *capacity) pods() sizedTier {
	of := func(f *metric.Family) string {
		return fmt.Sprintf(`label_replace(max by (horizontalpodautoscaler) (%s{namespace=%q}), "part", "$1", "horizontalpodautoscaler", "(.+)")`, f.Name, c.spec.Services.Namespace)
	}
	most := "max by (part) (" + of(metric.KubeHPAMax) + ")"
	return sizedTier{tier: "services", use: "max by (part) (" + of(metric.KubeHPADesired) + ")", total: most, oneLost: most + " - 1"}
}

// stores are the connections that database, cache and broker take.
func (c *capacity) stores() []sizedTier {
	var list []sizedTier
	if m := c.spec.Stores.MySQL; m.Described() {
		list = append(list, connected("primary", []string{m.Primary.Name}))
		names := make([]string, len(m.Replicas))
		for i, n := range m.Replicas {
			names[i] = n.Name
		}
		if len(names) > 0 {
			list = append(list, connected("replicas", names))
		}
	}
	if r := c.spec.Stores.Redis; r.Described() && r.MaxConnections > 0 {
		use := fmt.Sprintf("sum(%s{job=%q})", metric.RedisClients.Name, redisJob)
		list = append(list, sizedTier{tier: "redis", part: "connections", use: use, total: size(r.MaxConnections), oneLost: size(r.MaxConnections)})
	}
	if nodes := len(c.spec.Stores.RabbitMQ.Nodes); nodes > 0 {
		of := fmt.Sprintf("{job=%q}", rabbitJob)
		list = append(list, several("rabbitmq", "files", telling(metric.RabbitFiles, of, metric.Up.Name+of), metric.Up.Name+of, fmt.Sprintf("min(%s%s)", metric.RabbitFilesLimit.Name, of), nodes))
	}
	return list
}

// connected are the connections of database servers that stand in for each other.
func connected(part string, names []string) sizedTier {
	of := fmt.Sprintf("{job=%q, %s}", mysqlJob, among("instance", names...))
	return several("mysql", part, telling(metric.MySQLConnected, of, metric.MySQLUp.Name+of), metric.MySQLUp.Name+of, fmt.Sprintf("min(%s%s)", metric.MySQLMaxConnections.Name, of), len(names))
}

// several is a tier of nodes that tell themselves what each takes: the least counts.
func several(tier, part, use, up, each string, nodes int) sizedTier {
	t := sizedTier{tier: tier, part: part, use: use, total: fmt.Sprintf("%s * %d", each, nodes), oneLost: fmt.Sprintf("%s * %d", each, survivors(nodes))}
	if nodes > 1 {
		t.live = fmt.Sprintf("(count(%s == 1) - 1) * on () %s", up, each)
	}
	return t
}
