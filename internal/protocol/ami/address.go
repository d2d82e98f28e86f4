package ami

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
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

func (a Address) hostPort() string { return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port))) }

// ParseAddress reads tcp://host:port or tls://host:port. Without a port it is [DefaultPort] or [DefaultTLSPort]. The error tells
// what would do instead.
func ParseAddress(s string) (Address, error) {
	if strings.Contains(s, "@") {
		// Not quoted: what stands before the @ may be a password.
		return Address{}, errors.New("address with an @: give user and password apart: want tcp://host:port")
	}
	network, rest, found := strings.Cut(s, "://")
	network = strings.ToLower(network)
	port := strconv.Itoa(DefaultPort)
	switch {
	case !found:
		return Address{}, fmt.Errorf("address %q: want tcp://host:port or tls://host:port", s)
	case network == "tls":
		port = strconv.Itoa(DefaultTLSPort)
	case network != "tcp":
		return Address{}, fmt.Errorf("address with scheme %q: want tcp or tls", network)
	}
	host, given, err := splitHostPort(strings.TrimSuffix(rest, "/"))
	if err != nil {
		return Address{}, fmt.Errorf("address %q: %w", s, err)
	}
	if given != "" {
		port = given
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Address{}, fmt.Errorf("address %q: port %q: want 1 to 65535", s, port)
	}
	return Address{Network: network, Host: host, Port: uint16(n)}, nil
}

// splitHostPort is net.SplitHostPort for an address that may lack the port.
func splitHostPort(s string) (host, port string, err error) {
	host = strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if net.ParseIP(host) == nil && strings.Contains(s, ":") {
		if host, port, err = net.SplitHostPort(s); err != nil {
			return "", "", errors.New("want host:port, with an IPv6 address in brackets")
		}
	}
	if host == "" || host == "*" || strings.ContainsAny(host, "/ ?#[]") {
		return "", "", fmt.Errorf("want a host, as in tcp://127.0.0.1:%d", DefaultPort)
	}
	return host, port, nil
}
