package kamailio

import (
	"context"
	"net/netip"

	"github.com/voipbin/observability/internal/exporter"
)

// listener is a socket that Kamailio listens on.
type listener struct {
	protocol string // udp, tcp, tls, sctp
	address  netip.AddrPort
}

// String writes it as kamailio.cfg does: udp:192.0.2.1:5060.
func (l listener) String() string { return l.protocol + ":" + l.address.String() }

// readListeners asks for all listeners. One whose address is not an IP address and a port is left out.
func readListeners(ctx context.Context, rpc caller) ([]listener, error) {
	answer, err := rpc.call(ctx, "core.sockets_list")
	if err != nil {
		return nil, err
	}
	var listeners []listener
	answer.each("socket", func(s reply) {
		host, err := netip.ParseAddr(s.str("ipaddress"))
		port, ok := s.number("port")
		if err == nil && ok && port == float64(uint16(port)) {
			listeners = append(listeners, listener{s.str("proto"), netip.AddrPortFrom(host.WithZone(""), uint16(port))})
		}
	})
	if len(listeners) == 0 {
		return nil, exporter.Empty(errNothingListed)
	}
	return listeners, nil
}
