package tracker

import (
	"fmt"

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
		p.Address, p.Query = spec.HostPort(m.Required("server")), m.Required("query").String()
		p.Type = m.Optional("type").Enum("A", "AAAA", "SRV", "NAPTR")
		if answers := m.Optional("answers"); answers.Present() {
			p.Answers = config.List(answers, config.Value.String)
		}
	case "sip":
		r.sipPath(m, &p)
	case "sql", "redis":
		p.Address, p.User, p.PasswordFile = m.Required("address").String(), m.Optional("user").String(), r.path(m.Optional("password_file"))
		if p.Kind == "sql" {
			p.Want = rto.Served
		}
	case "rabbitmq":
		p.Address, p.User, p.PasswordFile = m.Required("address").String(), m.Required("user").String(), r.path(m.Required("password_file"))
	}
	if p.Region != "" && p.RegionHeader == "" && p.Kind == "http" {
		m.Reject("the region of an answer cannot be told", "name the header that holds it as region_header, or leave region out")
	}
	return p
}

func (r *reader) sipPath(m *config.Map, p *PathConfig) {
	p.Address = spec.HostPort(m.Required("address"))
	p.Transport, p.Method = m.Optional("transport").Enum("udp", "tcp", "tls"), m.Optional("method").Enum("OPTIONS", "REGISTER", "INVITE")
	p.Domain, p.Extension, p.RegionHeader = m.Optional("domain").String(), m.Optional("extension").String(), m.Optional("region_header").String()
	p.User, p.PasswordFile = m.Optional("user").String(), r.path(m.Optional("password_file"))
	p.Insecure = m.Optional("insecure").Bool(false)
	reach := map[string]rto.Grade{"": rto.Accepted, "OPTIONS": rto.Accepted, "REGISTER": rto.Registered, "INVITE": rto.Served}[p.Method]
	if p.Want > reach {
		m.Reject(fmt.Sprintf("%s can never reach the wanted grade", p.Method), "OPTIONS reaches accepted, REGISTER registered, INVITE served")
	}
	if p.Method == "INVITE" && p.Extension == "" {
		m.Reject("nobody to call", "name an extension that echoes")
	}
}
