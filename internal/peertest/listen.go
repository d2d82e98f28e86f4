// Package peertest listens on loopback for tests and gives each connection to what a test wants of a peer. It speaks no protocol, and scripts
// none: see internal/protocol/scripted.
package peertest

import (
	"context"
	"net"
	"sync"
	"testing"
)

// Listen accepts connections on a free TCP port of 127.0.0.1, runs serve with each in a goroutine of its own, and closes what serve is done
// with. It returns the address as host:port. When the test ends it closes the port and every connection, and waits for serve to return.
func Listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	ctx, end := context.WithCancel(context.Background())
	t.Cleanup(func() { end(); _ = l.Close(); done.Wait() })
	done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // the test has ended
			}
			done.Go(func() {
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				defer stop()
				defer func() { _ = conn.Close() }()
				serve(conn)
			})
		}
	})
	return l.Addr().String()
}
