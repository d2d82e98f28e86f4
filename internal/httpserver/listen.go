package httpserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"
)

// Listen opens a TCP listener for every address, for example ":9494", "[::1]:9494" or ":0", all or none. The caller
// closes them, which Serve does.
func Listen(ctx context.Context, addresses []string) ([]net.Listener, error) {
	if len(addresses) == 0 {
		return nil, errors.New("listen: no address given")
	}
	listeners := make([]net.Listener, 0, len(addresses))
	var lc net.ListenConfig
	for _, a := range addresses {
		l, err := lc.Listen(ctx, "tcp", a)
		if err != nil {
			closeAll(listeners)
			return nil, listenError(a, err)
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

// listenError says what a person can do about the usual causes.
func listenError(address string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("listen on %q: %w: another process has this port, choose a different one", address, syscall.EADDRINUSE)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("listen on %q: %w: ports below 1024 need a privilege, choose a higher one", address, syscall.EACCES)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	if !strings.Contains(address, ":") {
		return fmt.Errorf("listen on %q: %w: write host:port, or :port for all addresses", address, err)
	}
	return fmt.Errorf("listen on %q: %w", address, err)
}

// Inherited returns the listeners that systemd opened for this process, see sd_listen_fds(3). It clears the variables
// that announce them, so that child processes do not take them for theirs.
func Inherited() ([]net.Listener, error) {
	all, err := activation.Listeners()
	if err != nil {
		return nil, fmt.Errorf("systemd sockets: %w", err)
	}
	var listeners []net.Listener
	for _, l := range all {
		if l != nil { // nil stands for a datagram socket
			listeners = append(listeners, l)
		}
	}
	if len(listeners) == 0 {
		return nil, errors.New("systemd sockets: none was passed: start this process by a .socket unit")
	}
	return listeners, nil
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close() // nothing was accepted yet, so nothing can be lost
	}
}
