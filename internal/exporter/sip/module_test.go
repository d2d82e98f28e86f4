package sip

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/sipprobe"
)

// read reads a module from YAML.
func read(text, folder string) (*Module, string) {
	var report config.Report
	m := config.Decode(&report, "m.yaml", []byte(text), func(m *config.Map) *Module {
		out, _ := ReadModule(m, folder).(*Module)
		return out
	})
	return m, report.Problems().Error()
}

func TestReadModule(t *testing.T) {
	t.Parallel()
	m, problems := read(`
method: invite
transport: auto
domain: sip.example
call: "*43"
resolver: 127.0.0.1:5353
interval: 30s
media: {duration: 3s, port_min: 30000, port_max: 30100, advertise: 192.0.2.1}
expect:
  status: [200, 202]
  headers:
    - {name: X-Region, match: "^eu-"}
    - {name: Server}
`, "")
	if problems != "" {
		t.Fatal(problems)
	}
	if m.Resolver != "127.0.0.1:5353" || m.Interval != 30*time.Second {
		t.Errorf("%+v", m)
	}
	p := m.Probe
	if p.Method != sipprobe.Invite || p.Transport != sipprobe.AnyTransport || p.Domain != "sip.example" || p.User != "*43" ||
		p.Media.Duration != 3*time.Second || p.Media.PortMin != 30000 || p.Media.PortMax != 30100 || p.Media.Advertise.String() != "192.0.2.1" {
		t.Errorf("%+v", p)
	}
	if diff := cmp.Diff([]int{200, 202}, p.Expect.Status); diff != "" || len(p.Expect.Headers) != 2 || !p.Expect.Headers[0].Match.MatchString("eu-west") {
		t.Errorf("%+v %s", p.Expect, diff)
	}
	if m, problems := read("{method: options}", ""); problems != "" || m.Probe.Method != sipprobe.Options || m.Interval != 0 {
		t.Errorf("%+v %s", m, problems)
	}
}

func TestBadModules(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "text"), []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(text string, want ...string) {
		t.Helper()
		_, problems := read(text, folder)
		if diff := cmp.Diff(strings.Join(want, "\n"), strings.ReplaceAll(problems, folder, "F")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("method: subscribe", `m.yaml:1:9: method: "subscribe" is not known here: one of: options, register, invite`)
	f("method: option", `m.yaml:1:9: method: "option" is not known here: did you mean "options"?`)
	f("transport: sctp", `m.yaml:1:12: transport: "sctp" is not known here: one of: udp, tcp, tls, wss, auto`)
	f("transporx: udp", `m.yaml:1:1: unknown key "transporx": did you mean "transport"?`)
	f("method: invite", "m.yaml:1:1: method invite needs a user to call: write call: and the extension of an echo")
	f("{method: invite, call: 'a b'}", `m.yaml:1:24: call: "a b" is not a user of a SIP address: letters, digits and -_.!~*'()&=+$,;?/%`)
	f("{method: register, call: echo}", "m.yaml:1:26: call: method register calls nobody: remove this; the account is the target's username")
	f("expires: 60s", "m.yaml:1:10: expires: only method register has a lifetime: remove this")
	f("path: /ws", "m.yaml:1:7: path: only transport wss has a path: remove this")
	f("interval: 10ms", "m.yaml:1:11: interval: 10ms is shorter than 1s")
	f("resolver: dns.example:53", `m.yaml:1:11: resolver: "dns.example:53" is not a DNS server: write its IP address and port, such as 127.0.0.1:53`)
	f("domain: a..b/", `m.yaml:1:9: domain: "a..b/" is not a domain or an IP address`)
	f("{transport: udp, tls: {}}", "m.yaml:1:23: tls: transport udp has no TLS: set transport to tls or wss, or remove this")
	f("tls: {ca_file: nowhere}", "m.yaml:1:16: tls.ca_file: open F/nowhere: no such file or directory")
	f("tls: {ca_file: text}", "m.yaml:1:16: tls.ca_file: the file has no certificate: it has to be PEM")
	f("tls: {cert_file: text}", "m.yaml:1:6: tls: cert_file and key_file go together: name both")
	f("media: {duration: 1s}", "m.yaml:1:8: media: only method invite has media: remove this")
	f("{method: invite, call: e, media: {port_min: 30000}}", "m.yaml:1:34: media: port_min and port_max go together: name both")
	f("{method: invite, call: e, media: {port_min: 30000, port_max: 30001}}",
		"m.yaml:1:62: media.port_max: too few ports: RTP takes an even one and the next: leave at least three")
	f("{method: invite, call: e, media: {advertise: host}}", `m.yaml:1:46: media.advertise: "host" is not an IP address: write the address that the far end can send to`)
	f("expect: {status: [100]}", "m.yaml:1:19: expect.status[0]: 100 is outside 200 to 699")
	f("expect: {headers: [{match: x}]}", `m.yaml:1:20: expect.headers[0]: key "name" is missing`)
	f("expect: {headers: [{name: x, match: '('}]}", "m.yaml:1:37: expect.headers[0].match: not a regular expression: error parsing regexp: missing closing ): `(`")
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	f := func(address, host string, port uint16, wantErr string) {
		t.Helper()
		p, err := Options{Address: address, Now: exportertest.Now}.probe()
		switch {
		case wantErr == "" && (err != nil || p.Host != host || p.Port != port):
			t.Errorf("%s: want %s port %d, got %s port %d (%v)", address, host, port, p.Host, p.Port, err)
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)):
			t.Errorf("%s: want an error about %q, got %v", address, wantErr, err)
		}
	}
	f("sip.example", "sip.example", 0, "")
	f("sip.example:5070", "sip.example", 5070, "")
	f("sip:sip.example:5070", "sip.example", 5070, "")
	f("192.0.2.1", "192.0.2.1", 0, "")
	f("192.0.2.1:5060", "192.0.2.1", 5060, "")
	f("2001:db8::1", "2001:db8::1", 0, "")
	f("[2001:db8::1]", "2001:db8::1", 0, "")
	f("[2001:db8::1]:5060", "2001:db8::1", 5060, "")
	f("sip.example:0", "", 0, "port")
	f("sip.example:65536", "", 0, "port")
	f("sip.example:sip", "", 0, "port")
	f("alice@sip.example", "", 0, "without a user")
	f("sip.example;transport=tcp", "", 0, "name the transport in the module")
	f("tcp://sip.example", "", 0, "name the transport in the module")
	f("sip example", "", 0, "neither a name nor an IP address")
	f("", "", 0, "neither a name nor an IP address")
}

// A target whose account is missing is refused when the file is read, and a wrong password file is not named by its content.
func TestNewTarget(t *testing.T) {
	t.Parallel()
	o := Options{Address: "sip.example", Module: Module{Probe: sipprobe.Probe{Method: sipprobe.Register}}, Now: exportertest.Now}
	if _, err := NewTarget(o); err == nil || !strings.Contains(err.Error(), "REGISTER needs a user name") {
		t.Errorf("got %v", err)
	}
	o.Account = exporter.Credentials{Username: "lab"}
	o.Collectors = []string{"probe", "fax"}
	if _, err := NewTarget(o); err == nil || !strings.Contains(err.Error(), `no collector "fax"`) {
		t.Errorf("got %v", err)
	}
	o.Collectors = everything()
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	if target.Run != nil || !target.Tells || len(target.Events) == 0 {
		t.Errorf("%+v", target)
	}
	if err := target.Close(); err != nil {
		t.Error(err)
	}
	c := exporter.TargetConfig{Module: &Module{Interval: time.Second}}
	if !AlwaysOn(c) || AlwaysOn(exporter.TargetConfig{Module: &Module{}}) || AlwaysOn(exporter.TargetConfig{}) {
		t.Error("a target is always on that has an interval, and no other")
	}
	if m := ModuleOf(c, "REGISTER", "tcp", ""); m.Interval != time.Second {
		t.Errorf("%+v", m)
	}
	if m := ModuleOf(exporter.TargetConfig{}, "INVITE", "tcp", "echo"); m.Probe.Method != sipprobe.Invite || m.Probe.Transport != sipprobe.TCP || m.Probe.User != "echo" {
		t.Errorf("%+v", m)
	}
}
