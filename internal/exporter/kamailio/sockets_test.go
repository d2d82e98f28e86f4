package kamailio

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/sockdiag"
)

const udpHeadings = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"

// scrapeSockets scrapes collector sockets of a Kamailio on 127.0.0.1:5060 and ::1 with this /proc.
func scrapeSockets(t *testing.T, address string, proc fstest.MapFS) (string, string) {
	t.Helper()
	o := options(t, address, "sockets")
	o.Proc = proc
	got := scraped(t, o)
	return got.Text, got.Outcomes["sockets"]
}

func TestSockets(t *testing.T) {
	t.Parallel()
	address := listening(t, [3]string{"udp", "127.0.0.1", "5060"}, [3]string{"udp", "::1", "5060"}, [3]string{"tcp", "127.0.0.1", "5060"}).Address().String()
	line := func(local, queue, drops string) string {
		return " 6560: " + local + " 00000000:0000 07 00000000:" + queue + " 00:00000000 00000000     0        0 571207 2 0000000039fa74f4 " + drops + "\n"
	}
	mine, other := "0100007F:13C4", "0100007F:13C5"
	f := func(name string, files map[string]string, wantOutcome string, wantLinesOf ...string) {
		t.Helper()
		proc := fstest.MapFS{}
		for file, text := range files {
			proc[file] = &fstest.MapFile{Data: []byte(text)}
		}
		text, outcome := scrapeSockets(t, address, proc)
		if outcome != wantOutcome {
			t.Errorf("%s: want %s, got %s", name, wantOutcome, outcome)
		}
		wantLines(t, text, wantLinesOf...)
		if wantOutcome != exporter.OutcomeOK && strings.Contains(text, "kamailio_udp_socket") {
			t.Errorf("%s: exported what was not read", name)
		}
	}
	f("one socket", map[string]string{"net/udp": udpHeadings + line(other, "00000001", "1") + line(mine, "0007FB00", "2773")}, exporter.OutcomeOK,
		`kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 523008`, `kamailio_udp_socket_drops_total{listener="udp:127.0.0.1:5060"} 2773`)
	f("sockets that share an address", map[string]string{"net/udp": udpHeadings + line(mine, "00000010", "1") + line(mine, "00000020", "2")}, exporter.OutcomeOK,
		`kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 48`, `kamailio_udp_socket_drops_total{listener="udp:127.0.0.1:5060"} 3`)
	f("IPv6", map[string]string{
		"net/udp":  udpHeadings,
		"net/udp6": udpHeadings + line("00000000000000000000000001000000:13C4", "00000003", "0"),
	}, exporter.OutcomeOK, `kamailio_udp_socket_rx_queue_bytes{listener="udp:[::1]:5060"} 3`)
	f("another namespace", map[string]string{"net/udp": udpHeadings + line(other, "00000001", "1"), "net/udp6": udpHeadings}, exporter.OutcomeAbsent)
	f("no Linux", nil, exporter.OutcomeAbsent)
	f("garbage", map[string]string{"net/udp": udpHeadings + "what is this\n"}, exporter.OutcomeDecode)
	f("a line cut", map[string]string{"net/udp": udpHeadings + " 1: " + mine + " 00000000:0000 07\n"}, exporter.OutcomeDecode)
	f("a queue that is no number", map[string]string{"net/udp": udpHeadings + line(mine, "many", "1")}, exporter.OutcomeDecode)
	f("a line too long", map[string]string{"net/udp": udpHeadings + strings.Repeat("x", 1<<17)}, exporter.OutcomeTransport)
}

// TestSocketsByNetlink: the kernel is asked for the listeners' port alone if they have one in common, sockets that share an address
// are added up, and where it does not answer the files tell.
func TestSocketsByNetlink(t *testing.T) {
	t.Parallel()
	f := func(name string, answer error, ports []uint16, listeners [][3]string, want ...string) {
		t.Helper()
		o := options(t, listening(t, listeners...).Address().String(), "sockets")
		o.Proc = fstest.MapFS{"net/udp": &fstest.MapFile{Data: []byte(udpHeadings +
			" 1: 0100007F:13C4 00000000:0000 07 00000000:00000063 00:00000000 00000000     0        0 571207 2 0000000039fa74f4 9\n")}}
		var asked []uint16
		o.ask = func(six bool, port uint16, visit func(sockdiag.Socket)) error {
			asked = append(asked, port)
			for i, local := range []string{"127.0.0.1:5060", "127.0.0.1:5060", "127.0.0.9:5060", "[::1]:5060"} {
				if at := netip.MustParseAddrPort(local); at.Addr().Is6() == six {
					visit(sockdiag.Socket{Local: at, Queue: uint64(i) + 1, Drops: 10})
				}
			}
			return answer
		}
		got := scraped(t, o)
		wantLines(t, got.Text, want...)
		if slices.Sort(asked); !slices.Equal(asked, ports) {
			t.Errorf("%s: asked for ports %v, want %v", name, asked, ports)
		}
	}
	one, other := [3]string{"udp", "127.0.0.1", "5060"}, [3]string{"udp", "127.0.0.1", "5062"}
	f("one port", nil, []uint16{5060}, [][3]string{one, {"tcp", "127.0.0.1", "5061"}},
		`kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 3`, `kamailio_udp_socket_drops_total{listener="udp:127.0.0.1:5060"} 20`)
	f("two ports", nil, []uint16{0}, [][3]string{one, other}, `kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 3`)
	f("two families", nil, []uint16{5060, 5060}, [][3]string{one, {"udp", "::1", "5060"}},
		`kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 3`, `kamailio_udp_socket_rx_queue_bytes{listener="udp:[::1]:5060"} 4`)
	f("no answer, after a part of it", syscall.ENOENT, []uint16{5060}, [][3]string{one},
		`kamailio_udp_socket_rx_queue_bytes{listener="udp:127.0.0.1:5060"} 99`, `kamailio_udp_socket_drops_total{listener="udp:127.0.0.1:5060"} 9`)
}

// TestSocketsOfAnotherMachine: what this machine's /proc shows at the same address is somebody else's.
func TestSocketsOfAnotherMachine(t *testing.T) {
	t.Parallel()
	s := sockets{rpc: nil, proc: fstest.MapFS{}, local: false}
	if err := s.Scrape(t.Context(), batch(t)); exporter.OutcomeOf(err) != exporter.OutcomeAbsent {
		t.Errorf("want absent, got %v", err)
	}
}

func TestMachineOf(t *testing.T) {
	t.Parallel()
	f := func(address, wantHost string, wantLocal bool) {
		t.Helper()
		if host, local := machineOf(address); host != wantHost || local != wantLocal {
			t.Errorf("%s: got %q %v", address, host, local)
		}
	}
	f("unix:///run/kamailio/kamailio_ctl", "127.0.0.1", true)
	f("unix:///a,http://192.0.2.1:5060/RPC", "127.0.0.1", true)
	f("tcp://127.0.0.1:2049", "127.0.0.1", true)
	f("tcp://[::1]:2049", "::1", true)
	f("tcp://localhost", "localhost", true)
	f("tcp://192.0.2.1:2049", "192.0.2.1", false)
	f("tcp://kamailio.example:2049, http://127.0.0.1:5060/RPC", "kamailio.example", false)
	f("http://127.0.0.1:5060/RPC", "127.0.0.1", true)
	f("https://kamailio.example/RPC", "kamailio.example", false)
}

// TestKernelName has names that a Linux on a little-endian machine showed.
func TestKernelName(t *testing.T) {
	t.Parallel()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the names are those of a little-endian machine")
	}
	f := func(address, want string) {
		t.Helper()
		if got := kernelName(netip.MustParseAddrPort(address)); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
	f("127.0.0.1:5060", "0100007F:13C4")
	f("0.0.0.0:0", "00000000:0000")
	f("[::1]:5060", "00000000000000000000000001000000:13C4")
	f("[2001:db8::ff00:1]:65535", "B80D01200000000000000000010000FF:FFFF")
}

// BenchmarkSockets is a machine that relays 5,000 calls beside Kamailio: 20,000 sockets of others.
func BenchmarkSockets(b *testing.B) {
	var text strings.Builder
	text.WriteString(udpHeadings)
	for i := range 20_000 {
		fmt.Fprintf(&text, "%5d: 0100007F:%04X 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 %d 2 0000000039fa74f4 0\n", i, i+30_000, i)
	}
	s := sockets{proc: fstest.MapFS{"net/udp": &fstest.MapFile{Data: []byte(text.String())}}}
	b.ReportAllocs()
	for b.Loop() {
		if err := s.read("net/udp", map[string]string{"0100007F:13C4": "udp:127.0.0.1:5060"}, map[string]udpSocket{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTransportsAgreeOnListeners: the list is one struct with repeated names over one, an array of structs over the other.
func TestTransportsAgreeOnListeners(t *testing.T) {
	t.Parallel()
	ask := func(address string) []listener {
		t.Helper()
		rpc, closeRPC, err := dial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = closeRPC() }()
		listeners, err := readListeners(context.WithoutCancel(t.Context()), rpc)
		if err != nil {
			t.Fatal(err)
		}
		return listeners
	}
	for _, version := range []string{"5.6.3", "6.1.5"} {
		binary, wide := ask(recorded(t, version).Address().String()), ask(overHTTP(t, version, nil))
		if diff := cmp.Diff(binary, wide, cmp.Comparer(func(a, b listener) bool { return a == b })); diff != "" || len(binary) != 4 {
			t.Errorf("%s: (-BINRPC +HTTP):\n%s", version, diff)
		}
	}
}
