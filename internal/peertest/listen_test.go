package peertest_test

import (
	"io"
	"net"
	"sync/atomic"
	"testing"

	"github.com/voipbin/observability/internal/peertest"
)

// TestListen ends a test whose peer would wait for ever, and demands that the peer is gone and that nobody listens any more.
func TestListen(t *testing.T) {
	t.Parallel()
	var served atomic.Int32
	var at string
	var left net.Conn
	t.Run("of a peer that waits", func(t *testing.T) {
		at = peertest.Listen(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "hello")
			_, _ = io.Copy(io.Discard, c)
			served.Add(1)
		})
		for range 2 {
			var err error
			if left, err = net.Dial("tcp", at); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(left, make([]byte, 5)); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n := served.Load(); n != 2 {
		t.Errorf("want two connections served to their end, got %d", n)
	}
	if n, err := left.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes of a peer that is gone", n)
	}
	if c, err := net.Dial("tcp", at); err == nil {
		_ = c.Close()
		t.Error("somebody listens still")
	}
}
