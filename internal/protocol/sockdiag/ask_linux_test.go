package sockdiag

import (
	"errors"
	"net"
	"net/netip"
	"syscall"
	"testing"
)

// TestUDP has a socket that nobody reads from: what was sent to it waits, and more than it has room for is dropped.
func TestUDP(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(at)))
		if err != nil {
			t.Logf("%s: %v", at, err) // a machine without IPv6
			continue
		}
		t.Cleanup(func() { _ = conn.Close() })
		if err := conn.SetReadBuffer(4096); err != nil {
			t.Fatal(err)
		}
		local := conn.LocalAddr().(*net.UDPAddr).AddrPort()
		six := local.Addr().Is6()
		if got := ask(t, six, local.Port(), local); got.Queue != 0 || got.Drops != 0 {
			t.Errorf("%s: nothing was sent, got %+v", local, got)
		}
		for range 50 {
			if _, err := conn.WriteToUDPAddrPort(make([]byte, 1000), local); err != nil {
				t.Fatal(err)
			}
		}
		if got := ask(t, six, local.Port(), local); got.Queue == 0 || got.Drops == 0 || got.Drops >= 50 {
			t.Errorf("%s: 50 packets were sent, some of which fit, got %+v", local, got)
		}
		if one, any := ask(t, six, local.Port(), local), ask(t, six, 0, local); one != any {
			t.Errorf("%s: %+v by its port, %+v among all", local, one, any)
		}
	}
}

// ask returns the socket at an address.
func ask(t *testing.T, six bool, port uint16, local netip.AddrPort) Socket {
	t.Helper()
	var found []Socket
	err := UDP(six, port, func(s Socket) {
		if port != 0 && s.Local.Port() != port {
			t.Errorf("asked for port %d, got %+v", port, s)
		}
		if s.Local == local {
			found = append(found, s)
		}
	})
	var refused syscall.Errno
	if errors.As(err, &refused) {
		t.Skipf("the kernel is not to be asked here: %v", err)
	}
	if err != nil || len(found) != 1 {
		t.Fatalf("want one socket at %s, got %+v, %v", local, found, err)
	}
	return found[0]
}
