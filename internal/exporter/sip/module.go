package sip

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/sipprobe"
)

// Module says how targets are probed.
type Module struct {
	// Probe is what is asked; host, port and account are the target's.
	Probe sipprobe.Probe
	// Resolver is host:port of the DNS server to ask; "" is the host's.
	Resolver string
	// Interval is how often to probe without being asked; 0 is at each scrape, and only then.
	Interval time.Duration
}

// The bounds of what a module may ask for.
const (
	minInterval = time.Second
	maxInterval = time.Hour
	maxDuration = time.Minute
)

// ReadModule reads the keys that a module has besides the kit's. Files are named relative to folder.
func ReadModule(m *config.Map, folder string) any {
	r := moduleReader{folder: folder}
	method := m.Optional("method")
	p := sipprobe.Probe{
		Method:    sipprobe.Method(strings.ToUpper(cmp.Or(method.Enum("options", "register", "invite"), "options"))),
		Transport: sipprobe.Transport(m.Optional("transport").Enum("udp", "tcp", "tls", "wss", "auto")),
	}
	if p.Transport == "auto" {
		p.Transport = sipprobe.AnyTransport
	}
	r.addressing(m, &p)
	if v := m.Optional("tls"); v.Present() {
		if !p.Transport.Secure() && p.Transport != sipprobe.AnyTransport {
			v.Reject(fmt.Sprintf("transport %s has no TLS", p.Transport), "set transport to tls or wss, or remove this")
		}
		p.TLS = config.Object(v, r.tls)
	}
	if v := m.Optional("media"); v.Present() {
		if p.Method != sipprobe.Invite {
			v.Reject("only method invite has media", "remove this")
		}
		p.Media = config.Object(v, r.media)
	}
	p.Expect = config.Object(m.Optional("expect"), r.expect)
	out := &Module{Probe: p, Interval: m.Optional("interval").Duration(minInterval, maxInterval)}
	if v := m.Optional("resolver"); v.Present() {
		out.Resolver = resolver(v)
	}
	return out
}

// moduleReader reads parts of a module.
type moduleReader struct{ folder string }

// addressing reads what stands in the messages.
func (r moduleReader) addressing(m *config.Map, p *sipprobe.Probe) {
	const form = "a user of a SIP address: letters, digits and -_.!~*'()&=+$,;?/%"
	domain, call, expires, path := m.Optional("domain"), m.Optional("call"), m.Optional("expires"), m.Optional("path")
	if domain.Present() {
		p.Domain = domain.Match(`[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?`, "a domain or an IP address")
	}
	if call.Present() {
		p.User = call.Match(`[A-Za-z0-9_.!~*'()&=+$,;?/%-]+`, form)
	}
	switch {
	case p.Method == sipprobe.Invite && !call.Present():
		m.Reject("method invite needs a user to call", "write call: and the extension of an echo")
	case p.Method == sipprobe.Register && call.Present():
		call.Reject("method register calls nobody", "remove this; the account is the target's username")
	}
	if expires.Present() {
		if p.Method != sipprobe.Register {
			expires.Reject("only method register has a lifetime", "remove this")
		}
		p.Expires = expires.Duration(time.Second, time.Hour)
	}
	if path.Present() {
		if p.Transport != sipprobe.WSS {
			path.Reject("only transport wss has a path", "remove this")
		}
		p.Path = path.Match(`/[!-~]*`, "a path that begins with /")
	}
}

func (r moduleReader) tls(m *config.Map) sipprobe.TLSOptions {
	var o sipprobe.TLSOptions
	if v := m.Optional("server_name"); v.Present() {
		o.ServerName = v.String()
	}
	if v := m.Optional("ca_file"); v.Present() {
		o.Roots = r.roots(v)
	}
	cert, key := m.Optional("cert_file"), m.Optional("key_file")
	switch {
	case cert.Present() != key.Present():
		m.Reject("cert_file and key_file go together", "name both")
	case cert.Present():
		pair, err := tls.LoadX509KeyPair(r.file(cert), r.file(key))
		if err != nil {
			cert.Reject(fmt.Sprintf("certificate and key cannot be used: %v", err), "")
		}
		o.Certificates = []tls.Certificate{pair}
	}
	o.SkipVerify = m.Optional("insecure_skip_verify").Bool(false)
	return o
}

func (r moduleReader) file(v config.Value) string {
	path := v.String()
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.folder, path)
}

func (r moduleReader) roots(v config.Value) *x509.CertPool {
	text, err := os.ReadFile(r.file(v))
	if err != nil {
		v.Reject(err.Error(), "")
		return nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		v.Reject("the file has no certificate", "it has to be PEM")
	}
	return pool
}

func (r moduleReader) media(m *config.Map) sipprobe.MediaOptions {
	o := sipprobe.MediaOptions{Duration: m.Optional("duration").Duration(100*time.Millisecond, maxDuration)}
	first, last := m.Optional("port_min"), m.Optional("port_max")
	switch {
	case first.Present() != last.Present():
		m.Reject("port_min and port_max go together", "name both")
	case first.Present():
		o.PortMin, o.PortMax = uint16(first.Int(1024, 65535)), uint16(last.Int(1024, 65535))
		if o.PortMax < o.PortMin+2 {
			last.Reject("too few ports", "RTP takes an even one and the next: leave at least three")
		}
	}
	if v := m.Optional("advertise"); v.Present() {
		a, err := netip.ParseAddr(v.String())
		if err != nil {
			v.Reject(fmt.Sprintf("%q is not an IP address", v.String()), "write the address that the far end can send to")
		}
		o.Advertise = a
	}
	return o
}

func (r moduleReader) expect(m *config.Map) sipprobe.Expect {
	return sipprobe.Expect{
		Status:  config.List(m.Optional("status"), func(v config.Value) int { return v.Int(200, 699) }),
		Headers: config.Objects(m.Optional("headers"), r.header),
	}
}

func (moduleReader) header(m *config.Map) sipprobe.HeaderRule {
	rule := sipprobe.HeaderRule{Name: m.Required("name").Match(`[A-Za-z0-9.!%*_+'~-]+`, "a header name")}
	if v := m.Optional("match"); v.Present() {
		re, err := regexp.Compile(v.String())
		if err != nil {
			v.Reject(fmt.Sprintf("not a regular expression: %v", err), "")
		}
		rule.Match = re
	}
	return rule
}

func resolver(v config.Value) string {
	host, port, err := net.SplitHostPort(v.String())
	if _, ip := netip.ParseAddr(host); err != nil || ip != nil || port == "" {
		v.Reject(fmt.Sprintf("%q is not a DNS server", v.String()), "write its IP address and port, such as 127.0.0.1:53")
	}
	return v.String()
}

// ModuleOf is the module of a target, or the one that flags describe where the configuration has none.
func ModuleOf(c exporter.TargetConfig, method, transport, call string) Module {
	if m, ok := c.Module.(*Module); ok {
		return *m
	}
	return Module{Probe: sipprobe.Probe{Method: sipprobe.Method(method), Transport: sipprobe.Transport(transport), User: call}}
}

// AlwaysOn reports whether a target is probed without being asked.
func AlwaysOn(c exporter.TargetConfig) bool {
	m, ok := c.Module.(*Module)
	return ok && m.Interval > 0
}
