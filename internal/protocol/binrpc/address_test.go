package binrpc

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	f := func(input string, want Address) {
		t.Helper()
		got, err := ParseAddress(input)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", input, diff)
		}
		again, err := ParseAddress(got.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, again); diff != "" {
			t.Errorf("%q printed and read again (-want +got):\n%s", input, diff)
		}
	}
	socket := Address{"unix", "/run/kamailio/kamailio_ctl"}
	f("unix:///run/kamailio/kamailio_ctl", socket)
	f("unixs:///run/kamailio/kamailio_ctl", socket)
	f("unix:/run/kamailio/kamailio_ctl", socket)
	f("unixs:/run/kamailio/kamailio_ctl", socket)
	f("UNIX:/run/kamailio/kamailio_ctl", socket)
	f("/run/kamailio/kamailio_ctl", socket)
	f("unix:/with:colon", Address{"unix", "/with:colon"})
	f("tcp://127.0.0.1:2048", Address{"tcp", "127.0.0.1:2048"})
	f("tcp:127.0.0.1:2048", Address{"tcp", "127.0.0.1:2048"})
	f("tcp://kamailio", Address{"tcp", "kamailio:2049"})
	f("tcp:[::1]:2048", Address{"tcp", "[::1]:2048"})
	f("tcp:[::1]", Address{"tcp", "[::1]:2049"})
	f("tcp:::1", Address{"tcp", "[::1]:2049"})
}

func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	f := func(input, want string) {
		t.Helper()
		got, err := ParseAddress(input)
		if err == nil {
			t.Fatalf("%q: want error %q, got %v", input, want, got)
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", input, diff)
		}
	}
	const both = "want unix:///path/to/socket or tcp://host:port"
	f("", `address "": `+both)
	f("kamailio_ctl", `address "kamailio_ctl": `+both)
	f("127.0.0.1:2049", `address with scheme "127.0.0.1": `+both)
	f("http://127.0.0.1:5060/RPC", `address with scheme "http": that is JSON-RPC: `+both)
	f("udp:127.0.0.1:2049", `address with scheme "udp": answers that outgrow a datagram or FIFO are lost: `+
		`use a stream, such as modparam("ctl", "binrpc", "unix:/run/kamailio/kamailio_ctl")`)
	f("unix:kamailio_ctl", `unix address "kamailio_ctl": want an absolute path, as in unix:///run/kamailio/kamailio_ctl`)
	f("unix://", `unix address "": want an absolute path, as in unix:///run/kamailio/kamailio_ctl`)
	f("/"+strings.Repeat("x", 107), `unix address "/`+strings.Repeat("x", 107)+`": 108 bytes, a socket's path has at most 107`)
	f("/a\x00b", `unix address "/a\x00b": holds a NUL`)
	f("tcp://", `tcp address "": want a host, as in tcp://127.0.0.1:2049`)
	f("tcp:*:2049", `tcp address "*:2049": want a host, as in tcp://127.0.0.1:2049`)
	f("tcp://host/path:1", `tcp address "host/path:1": want a host, as in tcp://127.0.0.1:2049`)
	f("tcp://host:0", `tcp address "host:0": port "0": want 1 to 65535`)
	f("tcp://host:65536", `tcp address "host:65536": port "65536": want 1 to 65535`)
	f("tcp://host:sip", `tcp address "host:sip": port "sip": want 1 to 65535`)
	f("tcp://a:b:c", `tcp address "a:b:c": want host:port, with an IPv6 address in brackets`)
	f("tcp://user:secret@host:1", `tcp address with an @: BINRPC knows no credentials: want tcp://host:port`)
}
