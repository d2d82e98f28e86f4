package lint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// need is a connection that somebody needs.
type need struct {
	from, to string // parts
	port     int
	why      string
	pos      diag.Position
}

// scrapes are the connections of Prometheus, as far as they go to other machines.
func scrapes(s *spec.Spec) []need {
	var needs []need
	add := func(to string, port int, what string, at diag.Position) {
		if port > 0 {
			needs = append(needs, need{spec.PartPrometheus, to, port, "Prometheus scrapes " + what, at})
		}
	}
	tier := func(part, exporter string, t spec.Tier) {
		if len(t.Nodes) == 0 {
			return
		}
		add(part, t.MetricsPort, exporter, t.Pos)
		add(part, t.HostMetricsPort, "node_exporter", t.Pos)
	}
	tier(spec.PartSIPProxies, "kamailio_exporter", s.Platform.SIPProxies.Tier)
	tier(spec.PartMediaServers, "asterisk_exporter", s.Platform.MediaServers.Tier)
	tier(spec.PartMediaProxies, "rtpengine_exporter", s.Platform.MediaProxies.Tier)
	ports := map[int]bool{}
	for _, o := range s.Services.List {
		if port := o.Port(spec.MetricsPort); !ports[port] {
			ports[port] = true
			add(spec.PartServices, port, "the services", o.Pos)
		}
	}
	if s.Stores.MySQL.Described() {
		add(spec.PartMySQL, s.Stores.MySQL.MetricsPort, "mysqld_exporter", s.Stores.MySQL.Pos)
	}
	if s.Stores.Redis.Described() {
		add(spec.PartRedis, s.Stores.Redis.MetricsPort, "redis_exporter", s.Stores.Redis.Pos)
	}
	if len(s.Stores.RabbitMQ.Nodes) > 0 {
		add(spec.PartRabbitMQ, s.Stores.RabbitMQ.MetricsPort, "RabbitMQ", s.Stores.RabbitMQ.Pos)
	}
	return needs
}

// firewallPaths finds connections that no firewall rule lets through: those of Prometheus, those that the spec says are
// needed, and those from load balancers to what is behind them.
func firewallPaths(s *spec.Spec, found *findings) {
	needs := scrapes(s)
	for _, f := range s.Network.Flows {
		needs = append(needs, need{f.From, f.To, f.Port, f.Why, f.Pos})
	}
	for _, b := range s.Network.LoadBalancers {
		needs = append(needs, behind(s, b)...)
	}
	for _, n := range needs {
		from, fromKnown := s.Network.Of(n.from)
		to, toKnown := s.Network.Of(n.to)
		source := from.Range
		if n.from == world {
			source, fromKnown = everywhere(), true
		}
		if !fromKnown || !toKnown || open(s.Network, source, to.Name, spec.PortRange{From: n.port, To: n.port}) {
			continue
		}
		where := "subnet " + from.Name
		if n.from == world {
			where = "the world"
		}
		found.fault(fmt.Sprintf("%s to %s:%d", n.from, n.to, n.port), n.pos,
			fmt.Sprintf("no firewall rule lets %s reach port %d in subnet %s, which is needed: %s", where, n.port, to.Name, n.why),
			fmt.Sprintf("add a rule: ports: [%d], sources: [%s], to: [%s]", n.port, source, to.Name))
	}
}

// world stands for whoever is outside.
const world = "world"

// everywhere is every IPv4 address.
func everywhere() netip.Prefix { return netip.PrefixFrom(netip.IPv4Unspecified(), 0) }

// behind are the connections of a load balancer with what is behind it. One of layer 4 hands packets on with their senders'
// addresses; one of layer 7 connects by itself.
func behind(s *spec.Spec, b spec.LoadBalancer) []need {
	backend := b.Backend
	if _, isService := s.Services.Find(backend); isService {
		backend = spec.PartServices
	}
	from := map[string]string{spec.BalancerHTTPS: spec.PartLoadBalancers, spec.BalancerNetwork: world, spec.BalancerInternal: spec.PartSIPProxies, spec.BalancerService: spec.PartServices}[b.Kind]
	var needs []need
	for _, f := range b.Fronts {
		if !slices.ContainsFunc(needs, func(n need) bool { return n.port == f.Port }) {
			needs = append(needs, need{from, backend, f.Port, fmt.Sprintf("load balancer %s sends there", b.Name), b.Pos})
		}
	}
	return needs
}

// open reports whether a rule lets a source reach ports of a subnet.
func open(n spec.Network, source netip.Prefix, to string, ports spec.PortRange) bool {
	return slices.ContainsFunc(n.Firewall, func(r spec.FirewallRule) bool { return r.Allows(source, to, ports) })
}

// portsPerStream are the ports of one media stream: one for RTP and one for RTCP (RFC 3550, section 11).
const portsPerStream = 2

// rtpPorts finds media ports that the firewall keeps closed: calls on them have no audio; and ranges that are too small.
func rtpPorts(s *spec.Spec, found *findings) {
	proxies := s.Platform.MediaProxies
	if ports := proxies.RTPPorts; ports != (spec.PortRange{}) {
		if subnet, ok := s.Network.Of(spec.PartMediaProxies); ok && !open(s.Network, everywhere(), subnet.Name, ports) {
			found.fault("media_proxies "+ports.String(), proxies.RTPPos,
				fmt.Sprintf("RTPEngine takes ports from %s, and the firewall lets the world reach %s", ports, reachable(s.Network, subnet.Name)),
				"a call above or below what is open has no audio: open the whole range, or make it smaller (port-min, port-max)")
		}
		if want := portsPerStream * proxies.StreamsPerNode; want > ports.Size() {
			found.fault("media_proxies capacity", proxies.RTPPos,
				fmt.Sprintf("%d ports are too few for %d streams, which need %d", ports.Size(), proxies.StreamsPerNode, want),
				"a stream takes a port for RTP and one for RTCP: widen the range")
		}
	}
	servers := s.Platform.MediaServers
	// A call that Asterisk carries has a stream on each of its two sides.
	if want := 2 * portsPerStream * servers.CallsPerNode; servers.RTPPorts != (spec.PortRange{}) && want > servers.RTPPorts.Size() {
		found.fault("media_servers capacity", servers.RTPPos,
			fmt.Sprintf("%d ports are too few for %d calls, which need %d", servers.RTPPorts.Size(), servers.CallsPerNode, want),
			"a call has two streams, and each takes a port for RTP and one for RTCP: widen rtpstart to rtpend in rtp.conf")
	}
}

// reachable says which UDP ports above SIP's the world may reach in a subnet.
func reachable(n spec.Network, subnet string) string {
	var open []string
	for _, r := range n.Firewall {
		for _, p := range r.Ports {
			if r.Allows(everywhere(), subnet, p) {
				open = append(open, p.String())
			}
		}
	}
	if len(open) == 0 {
		return "none"
	}
	return strings.Join(open, " and ")
}

// sharedPorts finds programs on one host that want the same port.
func sharedPorts(s *spec.Spec, found *findings) {
	for _, h := range s.Network.Hosts {
		for i, l := range h.Listeners {
			sharedWith(h.Name, l, h.Listeners[:i], found)
		}
	}
}

// sharedWith finds the programs before one on its host that want its port.
func sharedWith(host string, l spec.Listener, before []spec.Listener, found *findings) {
	for _, other := range before {
		if l.Transport != other.Transport || !l.Ports.Overlaps(other.Ports) {
			continue
		}
		found.fault(fmt.Sprintf("%s and %s", other.Name, l.Name), l.Pos,
			fmt.Sprintf("%s and %s both want %s port %s of host %s", other.Name, l.Name, strings.ToUpper(l.Transport), common(l.Ports, other.Ports), host),
			"one of them must listen elsewhere: the second one to start fails")
	}
}

// common are the ports that two ranges which overlap have both.
func common(a, b spec.PortRange) spec.PortRange {
	return spec.PortRange{From: max(a.From, b.From), To: min(a.To, b.To)}
}
