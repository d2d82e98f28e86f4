package kamailio

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := Config{
		Dir: dir, SIPPort: 5060, CtlPort: 2049, CtlSocket: "/run/ctl", Counters: "/run/counters.cfg",
		Routes: map[string]string{"answer": "127.0.0.1:5070"}, Failover: []string{"127.0.0.1:1", "127.0.0.1:2"}, Dead: 2,
	}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	config := read(t, dir, "kamailio.cfg")
	for _, want := range []string{
		"\nlisten=udp:127.0.0.1:5060\n", "\nlisten=tcp:127.0.0.1:5060\n",
		`modparam("ctl", "binrpc", "unix:/run/ctl")`, `modparam("ctl", "binrpc", "tcp:127.0.0.1:2049")`,
		`modparam("tm", "fr_timer", 3000)`, `modparam("tm", "fr_inv_timer", 5000)`,
		`modparam("dispatcher", "list_file", "` + dir + `/dispatcher.list")`,
		"\ninclude_file \"/run/counters.cfg\"\n", "\n    route(OBS_INVITE);\n",
		`case "answer": $du = "sip:127.0.0.1:5070"; break;`,
	} {
		if !strings.Contains(config, want) {
			t.Errorf("kamailio.cfg: want %q in\n%s", want, config)
		}
	}
	var entries []string
	for line := range strings.Lines(read(t, dir, "dispatcher.list")) {
		if !strings.HasPrefix(line, "#") {
			entries = append(entries, strings.TrimSpace(line))
		}
	}
	want := []string{"1 sip:127.0.0.1:1 16 10", "1 sip:127.0.0.1:2 0 5", "1 sip:127.0.1.1:5060 0 0", "1 sip:127.0.1.2:5060 0 0"}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("dispatcher.list (-want +got):\n%s", diff)
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWriteWithoutCounters(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	if config := read(t, c.Dir, "kamailio.cfg"); strings.Contains(config, "include_file") || strings.Contains(config, "OBS_INVITE") {
		t.Errorf("want neither include nor hook without counters, got\n%s", config)
	}
	c.Dir = filepath.Join(c.Dir, "none")
	if err := c.Write(); err == nil || !strings.Contains(err.Error(), "kamailio configuration: ") {
		t.Errorf("want an error for a folder that is not there, got %v", err)
	}
}

func TestWriteMedia(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Counters: "/run/counters.cfg", Uncounted: "a-probe", Media: &Media{Relay: "udp:127.0.0.1:2223", Server: "127.0.0.1:5080"}}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	config := read(t, c.Dir, "kamailio.cfg")
	for _, want := range []string{
		"\nloadmodule \"rtpengine.so\"\n", `modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:2223")`,
		"\n    if ($ua != \"a-probe\") route(OBS_INVITE);\n", `if ($rU =~ "^pbx-") {`, "\n    $rU = $(rU{s.substr,4,0});\n",
	} {
		if !strings.Contains(config, want) {
			t.Errorf("kamailio.cfg: want %q in\n%s", want, config)
		}
	}
	if targets := read(t, c.Dir, "dispatcher.list"); !strings.Contains(targets, "\n2 sip:127.0.0.1:5080 0 0\n") {
		t.Errorf("want Asterisk among the targets, got\n%s", targets)
	}
	c.Media = nil
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	if config := read(t, c.Dir, "kamailio.cfg"); strings.Contains(config, "rtpengine") || strings.Contains(config, "MEDIA") {
		t.Errorf("want no relay without media, got\n%s", config)
	}
}

// TestWriteRegistrar: with a password it is a registrar, and without one it loads nothing that a registrar needs.
func TestWriteRegistrar(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), Password: "a-secret"}
	parts := []string{"\nloadmodule \"usrloc.so\"\n", "\nloadmodule \"registrar.so\"\n", `pv_www_authenticate("$td", "a-secret", "0")`, `save("location");`}
	for _, registrar := range []bool{true, false} {
		if err := c.Write(); err != nil {
			t.Fatal(err)
		}
		config := read(t, c.Dir, "kamailio.cfg")
		for _, part := range parts {
			if strings.Contains(config, part) != registrar {
				t.Errorf("a registrar: %v; %q in\n%s", registrar, part, config)
			}
		}
		c.Password = ""
	}
}

func TestDeadTargetsAreManyAddresses(t *testing.T) {
	t.Parallel()
	c := Config{SIPPort: 5060, Dead: 1000}
	seen := map[string]bool{}
	for _, target := range c.deadTargets() {
		host, _, err := net.SplitHostPort(target)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			t.Fatalf("target %q: want a loopback address", target)
		}
		seen[target] = true
	}
	if got, want := len(seen), 1000; got != want {
		t.Errorf("want %d different targets, got %d", want, got)
	}
}

func TestArgsAndAddresses(t *testing.T) {
	t.Parallel()
	c := Config{Dir: "/run", SIPPort: 5060, CtlPort: 2049, CtlSocket: "/run/ctl", Modules: "/tree/modules"}
	want := "-DD -E -f /run/kamailio.cfg -P /run/kamailio.pid -Y /run -m 128 -M 8 -L /tree/modules"
	if got := strings.Join(c.Args(), " "); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	c.Modules = ""
	if got := strings.Join(c.Args(), " "); strings.Contains(got, "-L") {
		t.Errorf("want no -L where the compiled-in folder holds, got %q", got)
	}
	if diff := cmp.Diff([]string{"127.0.0.1:5060", "unix:///run/ctl", "tcp://127.0.0.1:2049"}, []string{c.SIP(), c.Unix(), c.TCP()}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

// answering is a Kamailio as far as Ready can tell: a control socket that answers, and a SIP port which does if sip is true.
func answering(t *testing.T, version binrpctest.Reply, sip bool) Config {
	t.Helper()
	ctl := binrpctest.Start(t, "unix")
	ctl.Handle("core.version", version)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 4096)
		for sip {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(append([]byte("SIP/2.0 200 OK\r\n"), buf[:n]...), from)
		}
	}()
	_, port, err := net.SplitHostPort(conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return Config{CtlSocket: ctl.Address().Address, SIPPort: n}
}

func TestReady(t *testing.T) {
	t.Parallel()
	good := binrpctest.Values(binrpc.StringOf("kamailio 5.6.3 (x86_64/linux) "))
	f := func(name string, version binrpctest.Reply, sip, want bool) {
		t.Helper()
		if err := answering(t, version, sip).Ready(t.Context()); (err == nil) != want {
			t.Errorf("%s: want ready %v, got %v", name, want, err)
		}
	}
	f("both answer", good, true, true)
	f("no SIP worker yet", good, false, false)
	f("no RPC worker yet", binrpctest.Silent(), true, false)
	f("an RPC that is not there", binrpctest.Fault(500, "command not found"), true, false)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	c := answering(t, binrpctest.Values(binrpc.StringOf("kamailio 5.6.3 (x86_64/linux) ")), false)
	got, err := c.Version(t.Context())
	if want := "kamailio 5.6.3 (x86_64/linux)"; err != nil || got != want {
		t.Errorf("want %q, got %q, %v", want, got, err)
	}
	c = answering(t, binrpctest.Values(), false)
	if _, err := c.Version(t.Context()); err == nil || !strings.Contains(err.Error(), "want one value, got 0") {
		t.Errorf("want an error for an empty answer, got %v", err)
	}
}
