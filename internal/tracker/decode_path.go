package tracker

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// grades are the words of the configuration.
func grades() map[string]rto.Grade {
	return map[string]rto.Grade{"answered": rto.Answered, "accepted": rto.Accepted, "registered": rto.Registered, "served": rto.Served}
}

// criticalPath decodes one path. Which keys it may have follows from its kind.
func (r *reader) criticalPath(m *config.Map) PathConfig {
	kind := m.Required("kind")
	p := PathConfig{Kind: kind.Enum("http", "dns", "sip", "sql", "redis", "rabbitmq")}
	p.Name, p.Region = m.Required("name").String(), m.Optional("region").String()
	p.Interval, p.Timeout = r.interval(m)
	p.Want = rto.Accepted
	if want := m.Optional("want"); want.Present() {
		p.Want = grades()[want.Enum("answered", "accepted", "registered", "served")]
	}
	switch p.Kind {
	case "http":
		p.URL, p.Contains, p.RegionHeader = spec.WebAddress(m.Required("url")), m.Optional("contains").String(), m.Optional("region_header").String()
		p.Insecure = m.Optional("insecure").Bool(false)
	case "dns":
		dnsPath(m, &p)
	case "sip":
		r.sipPath(m, &p)
	case "sql", "redis", "rabbitmq":
		r.storePath(m, &p)
	}
	if p.Region != "" && p.RegionHeader == "" && p.Kind == "http" {
		m.Reject("the region of an answer cannot be told", "name the header that holds it as region_header, or leave region out")
	}
	return p
}

// storePath decodes the paths through a store. They prove most by a write that is read back, which is what they are for.
func (r *reader) storePath(m *config.Map, p *PathConfig) {
	p.Address, p.User, p.PasswordFile = spec.HostPort(m.Required("address")), m.Optional("user").String(), r.path(m.Optional("password_file"))
	p.Identities = texts(m.Optional("identities"))
	if p.Kind == "redis" {
		p.RegionKey = m.Optional("region_key").String()
	}
	if !m.Optional("want").Present() {
		p.Want = rto.Served
	}
}

func dnsPath(m *config.Map, p *PathConfig) {
	p.Query = m.Required("query").String()
	p.Type = cmp.Or(m.Optional("type").Enum("A", "AAAA", "SRV", "NAPTR"), "A")
	p.Servers = config.Objects(m.Required("servers"), func(m *config.Map) NameServer {
		return NameServer{Address: spec.HostPort(m.Required("address")), Authoritative: m.Optional("authoritative").Bool(false)}
	})
	if places := m.Optional("places"); places.Present() {
		p.Places = config.Objects(places, place)
	}
}

func place(m *config.Map) Place {
	p := Place{Region: m.Required("region").String()}
	if networks := m.Optional("networks"); networks.Present() {
		p.Networks = config.List(networks, func(v config.Value) netip.Prefix {
			prefix, err := netip.ParsePrefix(v.String())
			if err != nil {
				v.Reject(fmt.Sprintf("%q is no network", v.Raw()), "write it as 10.2.0.0/16")
			}
			return prefix
		})
	}
	if names := m.Optional("names"); names.Present() {
		p.Names = config.List(names, config.Value.String)
	}
	return p
}

func (r *reader) sipPath(m *config.Map, p *PathConfig) {
	p.Address = spec.HostPort(m.Required("address"))
	p.Transport, p.Method = m.Optional("transport").Enum("udp", "tcp", "tls"), m.Optional("method").Enum("OPTIONS", "REGISTER", "INVITE")
	p.Domain, p.Extension, p.RegionHeader = m.Optional("domain").String(), m.Optional("extension").String(), m.Optional("region_header").String()
	p.User, p.PasswordFile = m.Optional("user").String(), r.path(m.Optional("password_file"))
	p.Insecure = m.Optional("insecure").Bool(false)
	if resolver := m.Optional("resolver"); resolver.Present() {
		p.Resolver = spec.HostPort(resolver)
	}
	reach := map[string]rto.Grade{"": rto.Accepted, "OPTIONS": rto.Accepted, "REGISTER": rto.Registered, "INVITE": rto.Served}[p.Method]
	if p.Want > reach {
		m.Reject(fmt.Sprintf("%s can never reach the wanted grade", p.Method), "OPTIONS reaches accepted, REGISTER registered, INVITE served")
	}
	if p.Method == "INVITE" && p.Extension == "" {
		m.Reject("nobody to call", "name an extension that echoes")
	}
}
