package spec

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
)

// network decodes network.yaml.
func (l *loader) network(m *config.Map) Network {
	n := Network{
		Pos: m.Pos(), Name: dnsLabel(m.Required("name")), Subnets: l.subnets(m.Required("subnets")),
		Firewall: config.Objects(m.Optional("firewall"), l.firewallRule), Flows: config.Objects(m.Optional("flows"), flow),
		LoadBalancers: config.Objects(m.Optional("load_balancers"), l.loadBalancer), NAT: m.Optional("nat").Bool(false),
	}
	return n
}

// subnets decodes ranges of addresses, no two of which overlap.
func (l *loader) subnets(v config.Value) []Subnet {
	var taken []Subnet
	subnets := config.Objects(v, func(m *config.Map) Subnet {
		name, addresses := m.Required("name"), m.Required("range")
		l.unique("subnet", name)
		s := Subnet{Pos: m.Pos(), Name: dnsLabel(name), Range: prefix(addresses), Holds: config.List(m.Required("holds"), func(v config.Value) string {
			l.unique("place for", v)
			return v.Enum(Parts()...)
		})}
		for _, other := range taken {
			if s.Range.IsValid() && other.Range.Overlaps(s.Range) {
				addresses.Reject(fmt.Sprintf("%s overlaps %s of subnet %s", s.Range, other.Range, other.Name), "an address belongs to one subnet")
			}
		}
		if s.Range.IsValid() {
			taken = append(taken, s)
		}
		return s
	})
	if subnets != nil && len(subnets) == 0 {
		v.Reject("no subnets", "name one at least")
	}
	return subnets
}

// prefix decodes a range of addresses such as 10.0.1.0/24.
func prefix(v config.Value) netip.Prefix {
	s := v.String()
	if s == "" {
		return netip.Prefix{}
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		v.Reject(fmt.Sprintf("%q is not a range of addresses", s), "such as 10.0.1.0/24")
		return netip.Prefix{}
	case p.Masked() != p:
		v.Reject(fmt.Sprintf("%s has address bits beyond its length", s), "write "+p.Masked().String())
		return netip.Prefix{}
	}
	return p
}

// firewallRule decodes what lets connections in.
func (l *loader) firewallRule(m *config.Map) FirewallRule {
	name := m.Required("name")
	l.unique("firewall rule", name)
	return FirewallRule{
		Pos: m.Pos(), Name: dnsLabel(name), Ports: config.List(m.Required("ports"), portRange), Sources: config.List(m.Required("sources"), prefix),
		To: config.List(m.Required("to"), func(v config.Value) string {
			l.exists("subnet", v)
			return v.String()
		}),
	}
}

// flow decodes a connection that the platform needs.
func flow(m *config.Map) Flow {
	return Flow{
		Pos: m.Pos(), From: m.Required("from").Enum(Parts()...), To: m.Required("to").Enum(Parts()...),
		Port: m.Required("port").Int(1, highestPortNumber), Why: prose(m.Required("why")),
	}
}

// loadBalancer decodes one entrance to a part of the platform.
func (l *loader) loadBalancer(m *config.Map) LoadBalancer {
	name, backend := m.Required("name"), m.Required("backend")
	l.unique("load balancer", name)
	taken := map[string]bool{}
	b := LoadBalancer{
		Pos: m.Pos(), Name: dnsLabel(name), Kind: m.Required("kind").Enum(BalancerHTTPS, BalancerNetwork, BalancerInternal, BalancerService),
		Host: m.Optional("host").Match(`[a-z0-9]([a-z0-9.-]*[a-z0-9])?`, "a DNS name"), Backend: backend.String(),
		TerminatesTLS: m.Optional("terminates_tls").Bool(false), PathRouting: m.Optional("path_routing").Bool(false),
		HealthChecks: m.Optional("health_checks").Bool(false),
		Fronts: config.Objects(m.Required("fronts"), func(m *config.Map) Front {
			port := m.Required("port")
			f := Front{Pos: m.Pos(), Port: port.Int(1, highestPortNumber), Transport: m.Required("transport").Enum("udp", "tcp", "tls", "https")}
			key := fmt.Sprint(f.Port, f.Transport == "udp")
			if f.Port > 0 && f.Transport != "" && taken[key] {
				port.Reject(fmt.Sprintf("port %d is there twice", f.Port), "a port has one listener for each of UDP and TCP")
			}
			taken[key] = true
			return f
		}),
	}
	l.afterwards(func() {
		if _, ok := l.spec.Services.Find(b.Backend); b.Backend != "" && !ok && !slices.Contains(Parts(), b.Backend) {
			backend.Reject(fmt.Sprintf("%q is neither a service nor a part of the platform", b.Backend), "a service by its name, or one of: "+strings.Join(Parts(), ", "))
		}
	})
	if b.Host == "" && (b.Kind == BalancerHTTPS || b.Kind == BalancerNetwork) {
		m.Reject("the load balancer has no host", "the world reaches it by a DNS name")
	}
	return b
}

// host decodes a machine whose ports several parts share. That no two share a port is for linters to say, with both places.
func (l *loader) host(m *config.Map) Host {
	name := m.Required("name")
	l.unique("host", name)
	public := config.List(m.Optional("public"), func(v config.Value) string {
		return v.Match(`[a-z0-9]([a-z0-9.-]*[a-z0-9])?`, "a DNS name")
	})
	return Host{Pos: m.Pos(), Name: dnsLabel(name), Public: public, Machine: config.Object(m.Optional("machine"), machine), Listeners: config.Objects(m.Required("listeners"), func(m *config.Map) Listener {
		return Listener{
			Pos: m.Pos(), Name: m.Required("name").String(), Transport: m.Required("transport").Enum("udp", "tcp"), Ports: portRange(m.Required("ports")),
		}
	})}
}
