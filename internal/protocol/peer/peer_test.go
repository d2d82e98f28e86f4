package peer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/peer"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	f := func(s, host string, port uint16, fails string) {
		t.Helper()
		gotHost, gotPort, err := peer.Split(s, "udp://127.0.0.1:22222")
		got := ""
		if err != nil {
			got = err.Error()
		}
		if gotHost != host || gotPort != port || got != fails {
			t.Errorf("%q is %q, %d, %q; want %q, %d, %q", s, gotHost, gotPort, got, host, port, fails)
		}
	}
	const form, example = "want host:port, with an IPv6 address in brackets", "want a host, as in udp://127.0.0.1:22222"
	f("proxy", "proxy", 0, "")
	f("proxy:", "proxy", 0, "")
	f("proxy:5038", "proxy", 5038, "")
	f("2001:db8::1", "2001:db8::1", 0, "")
	f("[2001:db8::1]", "2001:db8::1", 0, "")
	f("[2001:db8::1]:65535", "2001:db8::1", 65535, "")
	f("a:b:c", "", 0, form)
	f("[2001:db8::1", "2001:db8::1", 0, "")
	f("", "", 0, example)
	f(":5038", "", 0, example)
	f("*", "", 0, example)
	f("proxy/path", "", 0, example)
	f("proxy?x:1", "", 0, example)
	f("proxy:0", "", 0, `port "0": want 1 to 65535`)
	f("proxy:65536", "", 0, `port "65536": want 1 to 65535`)
	f("proxy:ami", "", 0, `port "ami": want 1 to 65535`)
	if got := peer.Join("2001:db8::1", 5038); got != "[2001:db8::1]:5038" {
		t.Errorf("joined: %s", got)
	}
}

// TestCause wants of an error what it means, and none of the addresses that it names.
func TestCause(t *testing.T) {
	t.Parallel()
	well := t.Context()
	canceled, cancel := context.WithCancel(well)
	cancel()
	late, end := context.WithDeadline(well, time.Unix(0, 0))
	defer end()
	closed, shut := context.WithCancelCause(well)
	shut(net.ErrClosed)
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{Port: 5038}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	named := errors.New("no such host")
	f := func(ctx context.Context, err, want error) {
		t.Helper()
		if got := peer.Cause(ctx, err); !errors.Is(got, want) || want == nil && got != nil || got != nil && strings.Contains(got.Error(), "5038") {
			t.Errorf("%v means %v, want %v", err, got, want)
		}
	}
	f(well, fmt.Errorf("ask: %w", refused), syscall.ECONNREFUSED)
	f(well, &net.OpError{Op: "dial", Addr: &net.TCPAddr{Port: 5038}, Err: named}, named)
	f(well, fmt.Errorf("head: %w", io.EOF), io.ErrUnexpectedEOF)
	f(well, io.ErrUnexpectedEOF, io.ErrUnexpectedEOF)
	f(well, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, context.DeadlineExceeded)
	f(well, errors.New("malformed reply"), nil)
	f(canceled, refused, context.Canceled)
	f(late, refused, context.DeadlineExceeded)
	f(closed, refused, net.ErrClosed)
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		if got := peer.Printable(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	f("  Unrecognized command\r\n", "Unrecognized command")
	f("a\x00b\x1b[31mc\nd\xffe", "a?b?[31mc?d?e")
	f("nicht zulässig", "nicht zulässig")
	f(strings.Repeat("x", 300), strings.Repeat("x", 256))
	f(strings.Repeat("x", 255)+"ä", strings.Repeat("x", 255)) // no rune is cut in two
}
