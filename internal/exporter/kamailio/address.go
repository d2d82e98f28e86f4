package kamailio

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

// AddressHelp says which forms an address has.
const AddressHelp = "Kamailio's ctl socket, unix:///path or tcp://host:port, or its jsonrpcs server, http://host:port/RPC; " +
	"one of each, with a comma between, asks over HTTP only what is too large for the ctl socket. Over HTTP every call takes a " +
	"SIP worker for a moment, and counts as a request and as a stateless reply in Kamailio's own statistics."

// dial returns a way to ask the Kamailio at an address, and how to let it go. It does not connect yet.
func dial(address string) (caller, func() error, error) {
	first, second, two := strings.Cut(address, ",")
	a, closeA, err := dialOne(first)
	if err != nil || !two {
		return a, closeA, err
	}
	b, closeB, err := dialOne(second)
	if err != nil {
		return nil, nil, errors.Join(err, closeA())
	}
	_, binary := a.(binrpcCaller)
	_, wide := b.(jsonrpcCaller)
	if !binary || !wide {
		return nil, nil, errors.Join(
			fmt.Errorf("address %q: the first part must be unix:// or tcp://, the second http://", address), closeA(), closeB())
	}
	return widened{a, b}, func() error { return errors.Join(closeA(), closeB()) }, nil
}

func dialOne(address string) (caller, func() error, error) {
	address = strings.TrimSpace(address)
	if strings.HasPrefix(address, "http://") || strings.HasPrefix(address, "https://") {
		u, err := jsonrpc.ParseURL(address)
		if err != nil {
			return nil, nil, err
		}
		client := jsonrpc.NewClient(u, jsonrpc.Options{Timeout: exporter.LongestScrape})
		return jsonrpcCaller{client}, client.Close, nil
	}
	a, err := binrpc.ParseAddress(address)
	if err != nil {
		return nil, nil, err
	}
	client := binrpc.NewClient(a, binrpc.Options{Timeout: exporter.LongestScrape})
	return binrpcCaller{client}, client.Close, nil
}

// machineOf returns the host of an address that dial takes, and whether that is this machine: a unix socket is, and so is
// a loopback address. A unix socket's host is the loopback address.
func machineOf(address string) (host string, local bool) {
	first, _, _ := strings.Cut(address, ",")
	first = strings.TrimSpace(first)
	if u, err := jsonrpc.ParseURL(first); err == nil {
		host = u.Hostname()
	} else if a, err := binrpc.ParseAddress(first); err == nil && a.Network == "tcp" {
		host, _, _ = net.SplitHostPort(a.Address)
	} else {
		return "127.0.0.1", true
	}
	ip, err := netip.ParseAddr(host)
	return host, host == "localhost" || err == nil && ip.IsLoopback()
}
