package binrpctest_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// dial connects to the server without the client, so that the bytes themselves can be seen.
func dial(t *testing.T, addr binrpc.Address) net.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), addr.Network, addr.Address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func ask(t *testing.T, conn net.Conn, method string) {
	t.Helper()
	request, err := binrpc.AppendRequest(nil, 0x0102, method)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
}

// TestReplies compares, byte for byte, what each script sends before it closes the connection.
func TestReplies(t *testing.T) {
	t.Parallel()
	recording := filepath.Join(t.TempDir(), "recorded.bin")
	recorded, err := binrpc.AppendReply(nil, 0x09090909, binrpc.IntOf(1), binrpc.StringOf(""))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recording, recorded, 0o600); err != nil {
		t.Fatal(err)
	}
	one := binrpctest.Values(binrpc.IntOf(1))
	tests := map[string]struct {
		reply binrpctest.Reply
		want  []byte
	}{
		"values":       {one, []byte{0xA1, 0x11, 2, 1, 2, 0x10, 1}},
		"no values":    {binrpctest.Values(), []byte{0xA1, 0x11, 0, 1, 2}},
		"fault":        {binrpctest.Fault(4, "no"), []byte{0xA1, 0x31, 6, 1, 2, 0x10, 4, 0x31, 'n', 'o', 0}},
		"payload":      {binrpctest.Payload([]byte{0x83}), []byte{0xA1, 0x11, 1, 1, 2, 0x83}},
		"recorded":     {binrpctest.Recorded(t, recording), []byte{0xA1, 0x11, 4, 1, 2, 0x10, 1, 0x11, 0}},
		"garbage":      {binrpctest.Garbage([]byte("garbage")), []byte("garbage")},
		"oversized":    {binrpctest.Oversized(0x01020304), []byte{0xA1, 0x1F, 1, 2, 3, 4, 0, 0, 1, 2}},
		"hang up":      {binrpctest.HangUp(), nil},
		"cut":          {binrpctest.Cut(3, one), []byte{0xA1, 0x11, 2}},
		"cut the end":  {binrpctest.Cut(-1, one), []byte{0xA1, 0x11, 2, 1, 2, 0x10}},
		"cut it all":   {binrpctest.Cut(-100, one), nil},
		"late":         {binrpctest.Late(time.Millisecond, one), []byte{0xA1, 0x11, 2, 1, 2, 0x10, 1}},
		"bytewise":     {binrpctest.Bytewise(0, one), []byte{0xA1, 0x11, 2, 1, 2, 0x10, 1}},
		"wrong cookie": {binrpctest.WrongCookie(one), []byte{0xA1, 0x11, 2, 1, 3, 0x10, 1}},
		"trailing":     {binrpctest.Trailing([]byte{7}, one), []byte{0xA1, 0x11, 2, 1, 2, 0x10, 1, 7}},
		"combined":     {binrpctest.Cut(5, binrpctest.WrongCookie(one)), []byte{0xA1, 0x11, 2, 1, 3}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, "tcp")
			server.Handle("m", binrpctest.Closing(test.reply))
			conn := dial(t, server.Address())
			ask(t, conn, "m")
			got, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(test.want), string(got)); diff != "" {
				t.Errorf("bytes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSilence: nothing comes and nothing is closed, until the peer has had enough.
func TestSilence(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	server.Handle("m", binrpctest.Silent())
	f := func(conn net.Conn) {
		t.Helper()
		ask(t, conn, "m")
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(make([]byte, 1))
		if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("want nothing before the deadline, got %d bytes and %v", n, err)
		}
	}
	f(dial(t, server.Address()))
	f(dial(t, binrpctest.Deaf(t, "unix")))
	f(dial(t, binrpctest.Deaf(t, "tcp")))
}

func TestEndless(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	server.Handle("m", binrpctest.Endless(10))
	conn := dial(t, server.Address())
	ask(t, conn, "m")
	if _, err := io.CopyN(io.Discard, conn, 1<<20); err != nil {
		t.Errorf("want at least 1 MiB for an announced 10 bytes, got %v", err)
	}
}

// TestServerScripts: scripts see the call and can be exchanged while the server runs.
func TestServerScripts(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	client := binrpc.NewClient(server.Address(), binrpc.Options{})
	defer client.Close()
	call := func(method string, args ...any) string {
		t.Helper()
		values, err := client.Call(t.Context(), method, args...)
		if fault := (*binrpc.Fault)(nil); errors.As(err, &fault) {
			return fault.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
		return values[0].Text()
	}
	f := func(want, got string) {
		t.Helper()
		if want != got {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f("fault 500: command a not found", call("a"))
	server.HandleOther(func(r binrpctest.Request) binrpctest.Reply {
		return binrpctest.Values(binrpc.StringOf("other " + r.Method))
	})
	f("other a", call("a"))
	server.HandleFunc("a", func(r binrpctest.Request) binrpctest.Reply {
		return binrpctest.Values(binrpc.StringOf("a of " + r.Args[0].Text()))
	})
	f("a of x", call("a", "x"))
	server.Handle("a", binrpctest.Closing(binrpctest.Values(binrpc.StringOf("last"))))
	f("last", call("a", "x"))
	f("other b", call("b"))

	type seen struct {
		Method           string
		Connection, Call int
	}
	var got []seen
	for _, r := range server.Requests() {
		got = append(got, seen{r.Method, r.Connection, r.Call})
	}
	want := []seen{{"a", 1, 1}, {"a", 1, 2}, {"a", 1, 3}, {"a", 1, 4}, {"b", 2, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestStopAndRestart(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "tcp"} {
		server := binrpctest.Start(t, network)
		addr := server.Address()
		conn := dial(t, addr)
		server.Stop()
		server.Stop() // once more does no harm
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s: want the connection closed", network)
		}
		if _, err := (&net.Dialer{}).DialContext(t.Context(), addr.Network, addr.Address); err == nil {
			t.Errorf("%s: want nobody to listen", network)
		}
		server.Restart(t)
		if diff := cmp.Diff(addr, server.Address()); diff != "" {
			t.Errorf("%s: address (-want +got):\n%s", network, diff)
		}
		dial(t, addr)
	}
}

// TestEndsBesideNewConnections: a connection that comes at the very moment of the end is hung up like the others. Once one was
// served that the end did not know of, and the test hung until its peer hung up.
func TestEndsBesideNewConnections(t *testing.T) {
	t.Parallel()
	for range 300 {
		var conns []net.Conn
		t.Run("server", func(t *testing.T) {
			addr := binrpctest.Start(t, "unix").Address()
			for range 8 {
				conn, err := net.Dial(addr.Network, addr.Address)
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, conn)
			}
		})
		for _, conn := range conns { // open until here: nothing but the server can have ended them
			if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the connection outlived the server")
			}
			_ = conn.Close()
		}
	}
}
