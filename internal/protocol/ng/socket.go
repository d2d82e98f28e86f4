package ng

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// socket makes a connection when one is first needed and keeps it from call to call. One call at a time uses it.
type socket struct {
	address Address
	source  netip.Addr // where connections come from; the zero Addr leaves that to the system
	conn    net.Conn   // nil when there is none
	local   netip.Addr // our address of the last connection
}

// open sees to it that there is a connection, and tells whether it was kept from an earlier call.
func (s *socket) open(ctx context.Context) (kept bool, err error) {
	if s.conn != nil {
		return true, nil
	}
	conn, err := dial(ctx, s.address, s.source)
	if err != nil {
		return false, connectError(ctx, err)
	}
	s.conn, s.local = conn, localOf(conn)
	return false, nil
}

// use runs f with the connection, whose deadline is that of ctx, which must have one. Unless f succeeds, and ctx did not end
// before it returned, there is no connection afterwards.
func (s *socket) use(ctx context.Context, f func(net.Conn) error) error {
	conn := s.conn
	deadline, _ := ctx.Deadline()
	err := conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	if err == nil {
		err = f(conn)
	}
	// If the function above has begun, it may yet spoil the deadline of the next call on this connection.
	if interrupted := !stop(); interrupted || err != nil {
		_ = s.close() // the error that led here is the one that matters
	}
	return err
}

func (s *socket) close() error {
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	return conn.Close()
}

func (s *socket) localAddr() netip.Addr { return s.local }

// dial connects from source, or from where the system likes if it has no such address.
func dial(ctx context.Context, to Address, source netip.Addr) (net.Conn, error) {
	network := to.Network
	if network == "http" {
		network = "tcp"
	}
	var dialer net.Dialer
	if source.IsValid() {
		dialer.LocalAddr = sourceAddr(network, source)
	}
	conn, err := dialer.DialContext(ctx, network, to.hostPort())
	if source.IsValid() && errors.Is(err, syscall.EADDRNOTAVAIL) {
		return dial(ctx, to, netip.Addr{})
	}
	return conn, err
}

func sourceAddr(network string, source netip.Addr) net.Addr {
	at := netip.AddrPortFrom(source, 0)
	if network == "udp" {
		return net.UDPAddrFromAddrPort(at)
	}
	return net.TCPAddrFromAddrPort(at)
}

// localOf returns our address of a connection, by which RTPEngine knows us unless a translator is in between.
func localOf(conn net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}
