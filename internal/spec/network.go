package spec

import (
	"net/netip"
	"slices"

	"github.com/voipbin/observability/internal/diag"
)

// Network is spec/network.yaml: where the parts of the platform are, and who may reach whom. It is empty where the folder
// has no such file.
type Network struct {
	Name     string
	Subnets  []Subnet
	Firewall []FirewallRule
	// Flows are connections that the platform needs, beside those of Prometheus, which follow from what is scraped.
	Flows         []Flow
	LoadBalancers []LoadBalancer
	NAT           bool // whether machines without an address of their own reach the world by a gateway
	// Hosts are machines on which several parts run that share the machine's ports; none where each has its own.
	Hosts []Host
	Pos   diag.Position
}

// Described tells whether the spec says anything of the network.
func (n Network) Described() bool { return len(n.Subnets) > 0 }

// Of returns the subnet in which a part of the platform is.
func (n Network) Of(part string) (Subnet, bool) {
	for _, s := range n.Subnets {
		if slices.Contains(s.Holds, part) {
			return s, true
		}
	}
	return Subnet{}, false
}

// LoadBalancer returns the load balancer of a name.
func (n Network) LoadBalancer(name string) (LoadBalancer, bool) {
	i := slices.IndexFunc(n.LoadBalancers, func(b LoadBalancer) bool { return b.Name == name })
	if i < 0 {
		return LoadBalancer{}, false
	}
	return n.LoadBalancers[i], true
}

// Subnet is a range of addresses and the parts of the platform in it.
type Subnet struct {
	Name  string
	Range netip.Prefix
	Holds []string // of Parts
	Pos   diag.Position
}

// reserved addresses of a subnet: network, gateway, the second last and broadcast
// (https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet).
const reservedAddresses = 4

// Usable is the number of addresses that machines may have.
func (s Subnet) Usable() int {
	const most = 30 // beyond, the number says nothing and would overflow
	host := min(s.Range.Addr().BitLen()-s.Range.Bits(), most)
	return max(1<<host-reservedAddresses, 0)
}

// The parts of a platform, by which subnets, flows, hosts and profiles name them.
const (
	PartLoadBalancers    = "load_balancers"
	PartNAT              = "nat"
	PartInternalBalancer = "internal_load_balancers"
	PartServices         = "services"
	PartPrometheus       = "prometheus"
	PartSIPProxies       = "sip_proxies"
	PartMediaServers     = "media_servers"
	PartMediaProxies     = "media_proxies"
	PartMySQL            = "mysql"
	PartRedis            = "redis"
	PartRabbitMQ         = "rabbitmq"
)

// Parts lists the parts that have a place in the network.
func Parts() []string {
	return []string{
		PartLoadBalancers, PartNAT, PartInternalBalancer, PartServices, PartPrometheus, PartSIPProxies, PartMediaServers, PartMediaProxies,
		PartMySQL, PartRedis, PartRabbitMQ,
	}
}

// FirewallRule lets connections in. What no rule lets in is dropped.
type FirewallRule struct {
	Name    string
	Ports   []PortRange
	Sources []netip.Prefix
	To      []string // names of subnets
	Pos     diag.Position
}

// Allows reports whether the rule lets a source reach all ports of a range in a subnet.
func (r FirewallRule) Allows(source netip.Prefix, to string, ports PortRange) bool {
	return slices.Contains(r.To, to) &&
		slices.ContainsFunc(r.Sources, func(p netip.Prefix) bool { return p.Bits() <= source.Bits() && p.Contains(source.Addr()) }) &&
		slices.ContainsFunc(r.Ports, func(p PortRange) bool { return ports.Within(p) })
}

// Flow is a connection that the platform needs.
type Flow struct {
	From, To string // of Parts
	Port     int
	Why      string
	Pos      diag.Position
}

// Kinds of load balancers.
const (
	BalancerHTTPS    = "https"    // layer 7, from outside
	BalancerNetwork  = "network"  // layer 4, from outside
	BalancerInternal = "internal" // layer 4, within the network
	BalancerService  = "service"  // Kubernetes' own, within the cluster
)

// LoadBalancer is one entrance to a part of the platform.
type LoadBalancer struct {
	Name    string
	Kind    string
	Host    string // DNS name, empty within the network
	Fronts  []Front
	Backend string // a part, or the name of a service
	// TerminatesTLS tells whether certificates are the balancer's own.
	TerminatesTLS bool
	PathRouting   bool
	HealthChecks  bool
	Pos           diag.Position
}

// Front is one port and transport on which a load balancer listens.
type Front struct {
	Port      int
	Transport string // udp, tcp, tls or https
	Pos       diag.Position
}

// Host is a machine whose ports several parts share.
type Host struct {
	Name string
	// Public are the DNS names by which the world reaches it; none where it does not.
	Public    []string
	Machine   Machine // without CPUs where its size is not stated
	Listeners []Listener
	Pos       diag.Position
}

// Listener is a program that listens on ports of a host.
type Listener struct {
	Name      string
	Transport string // udp or tcp
	Ports     PortRange
	Pos       diag.Position
}
