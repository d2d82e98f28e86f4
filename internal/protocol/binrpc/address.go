package binrpc

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// maxSocketPath is the longest path of a unix socket on Linux in bytes, the NUL of sun_path left out (unix(7)).
const maxSocketPath = 107

// Address is where a ctl socket listens, in the terms of package net.
type Address struct {
	// Network is "unix" or "tcp".
	Network string
	// Address is the absolute path of a socket, or host:port.
	Address string
}

// String returns the address in a form that [ParseAddress] reads.
func (a Address) String() string {
	if a.Network == "unix" {
		return "unix://" + a.Address
	}
	return a.Network + "://" + a.Address
}

// ParseAddress reads the address of a ctl socket: unix:///run/kamailio/kamailio_ctl, tcp://host:port, [DefaultPort] if no
// port is given, or the forms of Kamailio's own "binrpc" parameter: unix:/path, unixs:/path, tcp:host:port and a bare
// absolute path. The error tells what would do instead.
func ParseAddress(s string) (Address, error) {
	if strings.HasPrefix(s, "/") {
		return unixAddress(s)
	}
	scheme, rest, found := strings.Cut(s, ":")
	if !found {
		return Address{}, fmt.Errorf("address %q: want unix:///path/to/socket or tcp://host:port", s)
	}
	switch strings.ToLower(scheme) {
	case "unix", "unixs":
		if path, ok := strings.CutPrefix(rest, "//"); ok {
			rest = path
		}
		return unixAddress(rest)
	case "tcp":
		return tcpAddress(strings.TrimPrefix(rest, "//"))
	case "unixd", "udp", "fifo":
		return Address{}, fmt.Errorf(`address with scheme %q: answers that outgrow a datagram or FIFO are lost: `+
			`use a stream, such as modparam("ctl", "binrpc", "unix:/run/kamailio/kamailio_ctl")`, scheme)
	case "http", "https":
		return Address{}, fmt.Errorf("address with scheme %q: that is JSON-RPC: want unix:///path/to/socket or tcp://host:port", scheme)
	default:
		return Address{}, fmt.Errorf("address with scheme %q: want unix:///path/to/socket or tcp://host:port", scheme)
	}
}

func unixAddress(path string) (Address, error) {
	switch {
	case !filepath.IsAbs(path):
		return Address{}, fmt.Errorf("unix address %q: want an absolute path, as in unix:///run/kamailio/kamailio_ctl", path)
	case len(path) > maxSocketPath:
		return Address{}, fmt.Errorf("unix address %q: %d bytes, a socket's path has at most %d", path, len(path), maxSocketPath)
	case strings.ContainsRune(path, 0):
		return Address{}, fmt.Errorf("unix address %q: holds a NUL", path)
	}
	return Address{Network: "unix", Address: path}, nil
}

func tcpAddress(hostport string) (Address, error) {
	if strings.Contains(hostport, "@") {
		// Not quoted: what stands before the @ may be a password.
		return Address{}, errors.New("tcp address with an @: BINRPC knows no credentials: want tcp://host:port")
	}
	host, port, err := splitHostPort(hostport)
	if err != nil {
		return Address{}, fmt.Errorf("tcp address %q: %w", hostport, err)
	}
	if host == "" || host == "*" || strings.ContainsAny(host, "/ ") {
		return Address{}, fmt.Errorf("tcp address %q: want a host, as in tcp://127.0.0.1:%d", hostport, DefaultPort)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return Address{}, fmt.Errorf("tcp address %q: port %q: want 1 to 65535", hostport, port)
	}
	return Address{Network: "tcp", Address: net.JoinHostPort(host, port)}, nil
}

// splitHostPort is net.SplitHostPort with a default for the port.
func splitHostPort(s string) (host, port string, err error) {
	bare := strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")
	if net.ParseIP(bare) != nil || !strings.Contains(s, ":") {
		return bare, strconv.Itoa(DefaultPort), nil
	}
	host, port, err = net.SplitHostPort(s)
	if err != nil {
		return "", "", errors.New("want host:port, with an IPv6 address in brackets")
	}
	return host, port, nil
}
