package binrpctest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// errHangUp makes the server close the connection.
var errHangUp = errors.New("hang up")

// Reply is what the server does on a call. The functions that take a Reply give one that does the same with a fault in it;
// they can be combined, as in Bytewise(time.Second, WrongCookie(Values())).
type Reply struct {
	// packet makes the bytes of the answer.
	packet func(Request) []byte
	// deliver writes them; an error ends the connection.
	deliver func(ctx context.Context, conn net.Conn, packet []byte) error
}

func (r Reply) send(ctx context.Context, conn net.Conn, request Request) error {
	return r.deliver(ctx, conn, r.packet(request))
}

func write(_ context.Context, conn net.Conn, packet []byte) error {
	_, err := conn.Write(packet)
	return err
}

// Values answers with these values; with none, a reply of length 0. It panics on a value of kind Invalid.
func Values(values ...binrpc.Value) Reply {
	return Reply{deliver: write, packet: func(r Request) []byte {
		packet, err := binrpc.AppendReply(nil, r.Cookie, values...)
		if err != nil {
			panic(err) // a mistake in the test itself
		}
		return packet
	}}
}

// Fault answers with a fault.
func Fault(code int, reason string) Reply {
	return Reply{deliver: write, packet: func(r Request) []byte {
		return binrpc.AppendFault(nil, r.Cookie, code, reason)
	}}
}

// Payload answers with a reply around these bytes, whatever they are.
func Payload(payload []byte) Reply {
	return Reply{deliver: write, packet: func(r Request) []byte {
		return binrpc.AppendPacket(nil, binrpc.TypeReply, r.Cookie, payload)
	}}
}

// Recorded answers with the packet in a file, as captured from a daemon: its type and payload as they are, the cookie of the
// call put in place of the one recorded.
func Recorded(t testing.TB, file string) Reply {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("recorded reply: %v", err)
	}
	packet, err := binrpc.NewReader(bytes.NewReader(raw), len(raw)).ReadPacket()
	if err != nil {
		t.Fatalf("recorded reply %s: %v", file, err)
	}
	payload := raw[2+int(raw[1]>>2&3)+1+int(raw[1]&3)+1:]
	return Reply{deliver: write, packet: func(r Request) []byte {
		return binrpc.AppendPacket(nil, packet.Type, r.Cookie, payload)
	}}
}

// Silent reads the call and never answers.
func Silent() Reply {
	return Reply{
		packet: func(Request) []byte { return nil },
		deliver: func(ctx context.Context, conn net.Conn, _ []byte) error {
			return waitForPeer(ctx, conn)
		},
	}
}

// Garbage answers with these bytes and no header, then waits.
func Garbage(b []byte) Reply {
	return Reply{packet: func(Request) []byte { return b }, deliver: write}
}

// Oversized answers with the header of a reply of size bytes (below 4 GiB), none of which follow.
func Oversized(size uint32) Reply {
	return Reply{deliver: write, packet: func(r Request) []byte {
		head := []byte{0xA1, byte(binrpc.TypeReply)<<4 | 3<<2 | 3}
		head = append(head, byte(size>>24), byte(size>>16), byte(size>>8), byte(size))
		return append(head, byte(r.Cookie>>24), byte(r.Cookie>>16), byte(r.Cookie>>8), byte(r.Cookie))
	}}
}

// Endless answers with the header of a reply of size bytes and then sends empty strings until the peer hangs up, without
// regard to size.
func Endless(size uint32) Reply {
	r := Oversized(size)
	r.deliver = func(ctx context.Context, conn net.Conn, packet []byte) error {
		chunk := bytes.Repeat([]byte{0x11, 0x00}, 4096)
		err := write(ctx, conn, packet)
		for err == nil {
			err = write(ctx, conn, chunk)
		}
		return err
	}
	return r
}

// HangUp closes the connection without an answer.
func HangUp() Reply { return Cut(0, Values()) }

// Cut sends the first n bytes of the packet (all but the last -n if negative) and closes the connection.
func Cut(n int, r Reply) Reply {
	return via(r, func(ctx context.Context, conn net.Conn, packet []byte) error {
		if n < 0 {
			n = max(0, len(packet)+n)
		}
		if err := r.deliver(ctx, conn, packet[:min(n, len(packet))]); err != nil {
			return err
		}
		return errHangUp
	})
}

// Late waits before it answers.
func Late(delay time.Duration, r Reply) Reply {
	return via(r, func(ctx context.Context, conn net.Conn, packet []byte) error {
		if err := pause(ctx, delay); err != nil {
			return err
		}
		return r.deliver(ctx, conn, packet)
	})
}

// Bytewise sends one byte at a time with a gap after each.
func Bytewise(gap time.Duration, r Reply) Reply {
	return via(r, func(ctx context.Context, conn net.Conn, packet []byte) error {
		for i := range packet {
			if err := r.deliver(ctx, conn, packet[i:i+1]); err != nil {
				return err
			}
			if err := pause(ctx, gap); err != nil {
				return err
			}
		}
		return nil
	})
}

// WrongCookie answers with a cookie that is not the caller's.
func WrongCookie(r Reply) Reply {
	inner := r.packet
	r.packet = func(request Request) []byte {
		request.Cookie++
		return inner(request)
	}
	return r
}

// Trailing sends these bytes right behind the answer.
func Trailing(b []byte, r Reply) Reply {
	inner := r.packet
	r.packet = func(request Request) []byte { return append(inner(request), b...) }
	return r
}

// Closing answers and closes the connection.
func Closing(r Reply) Reply { return Cut(1<<31-1, r) }

func via(r Reply, deliver func(context.Context, net.Conn, []byte) error) Reply {
	return Reply{packet: r.packet, deliver: deliver}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitForPeer reads until the peer hangs up or the server ends.
func waitForPeer(ctx context.Context, conn net.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.Copy(io.Discard, conn); err != nil {
		return err
	}
	return errHangUp
}
