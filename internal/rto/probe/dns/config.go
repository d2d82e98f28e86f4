package dns

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Config is one name as some servers see it.
type Config struct {
	probe.Target
	// Name is what is asked for, Type which records of it: A, AAAA, SRV or NAPTR. SRV and NAPTR are followed to addresses.
	Name string
	Type Type
	// Servers are asked at the same time: the authoritative ones show when the change was made, resolvers when it arrived.
	Servers []Server
	// Need is how many of them must give a good answer; 0 is all.
	Need int
	// Places are the regions by what records of theirs point to. With them an answer that points nowhere known is not a good one.
	Places []Place
	// DNSSEC asks for signatures: an authoritative server has to send them, a resolver to have verified them (RFC 4035, 3.2).
	DNSSEC bool
}

// Type is a type of records.
type Type string

// The types that can be asked for.
const (
	A     Type = "A"
	AAAA  Type = "AAAA"
	SRV   Type = "SRV"
	NAPTR Type = "NAPTR"
)

// Server is one DNS server.
type Server struct {
	// Address is host:port; the host should be an address, so that the probe needs no other DNS.
	Address string
	// Authoritative servers are not asked to recurse, and have to say that the answer is theirs (RFC 1035, 4.1.1: AA).
	Authoritative bool
	// TCP does not try UDP first.
	TCP bool
}

// Place is a region and what shows that a record points to it.
type Place struct {
	Region   string
	Prefixes []netip.Prefix
	// Names are targets of SRV and NAPTR; their addresses are then not looked at.
	Names []string
}

// maxServers bounds the questions of one probe.
const maxServers = 32

func (c Config) validate() error {
	if err := c.Check(rto.Accepted); err != nil {
		return err
	}
	if _, ok := dns.IsDomainName(c.Name); !ok || c.Name == "" {
		return fmt.Errorf("path %s: %q is no domain name", c.Path, c.Name)
	}
	if !slices.Contains([]Type{A, AAAA, SRV, NAPTR}, c.Type) {
		return fmt.Errorf("path %s: type %q is none of A, AAAA, SRV and NAPTR", c.Path, c.Type)
	}
	if len(c.Servers) == 0 || len(c.Servers) > maxServers || c.Need < 0 || c.Need > len(c.Servers) {
		return fmt.Errorf("path %s: want 1 to %d servers, and not more good answers than there are servers", c.Path, maxServers)
	}
	for _, s := range c.Servers {
		if host, port, err := net.SplitHostPort(s.Address); err != nil || host == "" || port == "" {
			return fmt.Errorf("path %s: server %q: want host:port", c.Path, s.Address)
		}
	}
	if c.Region != "" && !slices.ContainsFunc(c.Places, func(p Place) bool { return p.Region == c.Region }) {
		return fmt.Errorf("path %s: region %q is wanted, but nothing shows that a record points to it", c.Path, c.Region)
	}
	return nil
}

// region is the region that a record's end points to; empty if none is known. Address is not valid for a name.
func (c Config) region(name string, address netip.Addr) string {
	for _, p := range c.Places {
		if slices.ContainsFunc(p.Prefixes, func(n netip.Prefix) bool { return address.IsValid() && n.Contains(address) }) {
			return p.Region
		}
		if slices.ContainsFunc(p.Names, func(n string) bool { return name != "" && strings.EqualFold(dns.Fqdn(n), dns.Fqdn(name)) }) {
			return p.Region
		}
	}
	return ""
}

func (t Type) code() uint16 { return dns.StringToType[string(t)] }
