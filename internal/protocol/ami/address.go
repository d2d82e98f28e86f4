package ami

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// Address is where Asterisk listens for managers.
type Address struct {
	// Network is "tcp", or "tls" for TCP with TLS.
	Network string
	// Host is a name or an IP address without brackets.
	Host string
	Port uint16
}

// String returns the address in the form that [ParseAddress] reads.
func (a Address) String() string { return a.Network + "://" + a.hostPort() }

func (a Address) hostPort() string { return peer.Join(a.Host, a.Port) }

// ParseAddress reads tcp://host:port or tls://host:port. Without a port it is [DefaultPort] or [DefaultTLSPort]. The error tells
// what would do instead.
func ParseAddress(s string) (Address, error) {
	if strings.Contains(s, "@") {
		// Not quoted: what stands before the @ may be a password.
		return Address{}, errors.New("address with an @: give user and password apart: want tcp://host:port")
	}
	network, rest, found := strings.Cut(s, "://")
	network = strings.ToLower(network)
	usual := uint16(DefaultPort)
	switch {
	case !found:
		return Address{}, fmt.Errorf("address %q: want tcp://host:port or tls://host:port", s)
	case network == "tls":
		usual = DefaultTLSPort
	case network != "tcp":
		return Address{}, fmt.Errorf("address with scheme %q: want tcp or tls", network)
	}
	host, port, err := peer.Split(strings.TrimSuffix(rest, "/"), fmt.Sprintf("tcp://127.0.0.1:%d", DefaultPort))
	if err != nil {
		return Address{}, fmt.Errorf("address %q: %w", s, err)
	}
	return Address{Network: network, Host: host, Port: cmp.Or(port, usual)}, nil
}
