package ng_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/ng"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	f := func(s, network, host string, port uint16) {
		t.Helper()
		got, err := ng.ParseAddress(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			return
		}
		if diff := cmp.Diff(ng.Address{Network: network, Host: host, Port: port}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s, diff)
		}
		if again, err := ng.ParseAddress(got.String()); err != nil || again != got {
			t.Errorf("%s: written %s, which reads as %v, %v", s, got, again, err)
		}
	}
	f("udp://127.0.0.1:22222", "udp", "127.0.0.1", 22222)
	f("UDP://rtpengine-1.example.net", "udp", "rtpengine-1.example.net", ng.DefaultPort)
	f("udp://[::1]:2223", "udp", "::1", 2223)
	f("udp://::1", "udp", "::1", ng.DefaultPort)
	f("udp://[2001:db8::7]", "udp", "2001:db8::7", ng.DefaultPort)
	f("tcp://10.0.0.7", "tcp", "10.0.0.7", ng.DefaultPort)
	f("tcp://10.0.0.7:65535", "tcp", "10.0.0.7", 65535)
	f("http://localhost:8080", "http", "localhost", 8080)
	f("http://localhost:8080/", "http", "localhost", 8080)
	f("http://[::1]:8080/ng", "http", "::1", 8080)
}

func TestParseAddressRefuses(t *testing.T) {
	t.Parallel()
	f := func(s, want string) {
		t.Helper()
		_, err := ng.ParseAddress(s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", s, want, err)
		}
	}
	f("", "want udp://host:port, tcp://host:port or http://host:port")
	f("127.0.0.1:2223", `address "127.0.0.1:2223": want udp://host:port`)
	f("unix:///run/rtpengine", `scheme "unix": want udp, tcp or http`)
	f("https://localhost:1", "TLS is not supported")
	f("http://localhost", "want the port of listen-http")
	f("udp://", "want a host, as in udp://127.0.0.1:2223")
	f("udp://:2223", "want a host")
	f("udp://*:2223", "want a host")
	f("udp://h:0", `port "0": want 1 to 65535`)
	f("udp://h:65536", `port "65536": want 1 to 65535`)
	f("udp://h:p", `port "p": want 1 to 65535`)
	f("udp://1:2:3", "with an IPv6 address in brackets")
	f("http://h:80/cli", "port")
	f("udp://a b:1", "want a host")
	if _, err := ng.ParseAddress("udp://me:hunter2@host:1"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("want an error without the password, got %v", err)
	}
}
