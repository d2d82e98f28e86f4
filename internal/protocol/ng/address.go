package ng

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// Address is where RTPEngine listens for ng.
type Address struct {
	// Network is "udp" (listen-ng), "tcp" (listen-tcp-ng) or "http" (listen-http).
	Network string
	// Host is a name or an IP address without brackets.
	Host string
	Port uint16
}

// String returns the address in the form that [ParseAddress] reads.
func (a Address) String() string { return a.Network + "://" + a.hostPort() }

func (a Address) hostPort() string { return peer.Join(a.Host, a.Port) }

// ParseAddress reads udp://host:port, tcp://host:port or http://host:port. Without a port it is [DefaultPort], except for
// http, which has no usual one. The error tells what would do instead.
func ParseAddress(s string) (Address, error) {
	network, rest, found := strings.Cut(s, "://")
	network = strings.ToLower(network)
	switch {
	case strings.Contains(s, "@"):
		// Not quoted: what stands before the @ may be a password.
		return Address{}, errors.New("address with an @: ng knows no credentials: want udp://host:port")
	case !found:
		return Address{}, fmt.Errorf("address %q: want udp://host:port, tcp://host:port or http://host:port", s)
	case network == "https":
		return Address{}, fmt.Errorf("address %q: TLS is not supported: want http://host:port", s)
	case network != "udp" && network != "tcp" && network != "http":
		return Address{}, fmt.Errorf("address with scheme %q: want udp, tcp or http", network)
	}
	if network == "http" {
		rest = strings.TrimSuffix(strings.TrimSuffix(rest, "/"), "/ng")
	}
	host, port, err := peer.Split(rest, fmt.Sprintf("udp://127.0.0.1:%d", DefaultPort))
	if err != nil {
		return Address{}, fmt.Errorf("address %q: %w", s, err)
	}
	if port == 0 && network == "http" {
		return Address{}, fmt.Errorf("address %q: want the port of listen-http, as in http://127.0.0.1:8080", s)
	}
	return Address{Network: network, Host: host, Port: cmp.Or(port, DefaultPort)}, nil
}
