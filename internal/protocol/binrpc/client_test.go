package binrpc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// soon is the time limit of calls that are meant to run into it without an answer, partly that of calls which get a part of
// one first, late that of calls which must not run into it.
const (
	soon   = 50 * time.Millisecond
	partly = time.Second
	late   = 30 * time.Second
)

func newClient(t *testing.T, addr binrpc.Address, opts binrpc.Options) *binrpc.Client {
	t.Helper()
	client := binrpc.NewClient(addr, opts)
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return client
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestCall(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "tcp"} {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, network)
			server.Handle("core.shmmem", binrpctest.Recorded(t, "testdata/kamailio-6.1.5/core.shmmem.bin"))
			server.Handle("dlg.list", binrpctest.Values())
			server.Handle("split", binrpctest.Bytewise(0, binrpctest.Values(binrpc.StringOf("whole"))))
			client := newClient(t, server.Address(), binrpc.Options{})

			values, err := client.Call(t.Context(), "core.shmmem", "k", 3, -1, 0.25, binrpc.StructOf(binrpc.Member{Name: "a", Value: binrpc.IntOf(1)}))
			if err != nil {
				t.Fatal(err)
			}
			if total, _ := values[0].Lookup("total"); total.Float() != 134217728 {
				t.Errorf("want 134217728 bytes in total, got %v", total.Float())
			}
			if values, err := client.Call(t.Context(), "dlg.list"); err != nil || values != nil {
				t.Errorf("reply of length 0: want no values and no error, got %v, %v", values, err)
			}
			values, err = client.Call(t.Context(), "split")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]binrpc.Value{binrpc.StringOf("whole")}, values); diff != "" {
				t.Errorf("reply in many pieces (-want +got):\n%s", diff)
			}

			want := []binrpctest.Request{
				{Method: "core.shmmem", Cookie: 1, Connection: 1, Call: 1, Args: []binrpc.Value{
					binrpc.StringOf("k"), binrpc.IntOf(3), binrpc.IntOf(-1), binrpc.DoubleOf(0.25),
					binrpc.StructOf(binrpc.Member{Name: "a", Value: binrpc.IntOf(1)}),
				}},
				{Method: "dlg.list", Cookie: 2, Connection: 1, Call: 2, Args: []binrpc.Value{}},
				{Method: "split", Cookie: 3, Connection: 1, Call: 3, Args: []binrpc.Value{}},
			}
			if diff := cmp.Diff(want, server.Requests()); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallFault(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	server.Handle("recorded", binrpctest.Recorded(t, "testdata/kamailio-6.1.5/no.such.bin"))
	server.Handle("rude", binrpctest.Fault(400, "line\nend\x1b[31m"+strings.Repeat("é", 400)))
	client := newClient(t, server.Address(), binrpc.Options{})

	f := func(method string, want binrpc.Fault) {
		t.Helper()
		_, err := client.Call(t.Context(), method)
		var got *binrpc.Fault
		if !errors.As(err, &got) {
			t.Fatalf("%s: want a *Fault, got %v", method, err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	}
	f("recorded", binrpc.Fault{Code: 500, Reason: "command no.such not found"})
	f("x.y", binrpc.Fault{Code: 500, Reason: "command x.y not found"})
	f("rude", binrpc.Fault{Code: 400, Reason: "line?end?[31m" + strings.Repeat("é", 121)})
	if want, got := 1, server.Connections(); want != got {
		t.Errorf("want %d connection kept through faults, got %d", want, got)
	}
}

// TestCallMisbehaviour runs each way of going wrong: one clear error of the right type in good time, and a client that works
// again with the next call.
func TestCallMisbehaviour(t *testing.T) {
	t.Parallel()
	long := binrpctest.Values(binrpc.StringOf(strings.Repeat("x", 100)))
	tests := map[string]struct {
		reply   binrpctest.Reply
		timeout time.Duration
		want    string
		is      error
	}{
		"no answer":        {binrpctest.Silent(), soon, "read: no answer: context deadline exceeded", context.DeadlineExceeded},
		"late":             {binrpctest.Late(time.Hour, long), soon, "read: no answer: context deadline exceeded", context.DeadlineExceeded},
		"closed":           {binrpctest.HangUp(), late, "read: connection closed without an answer: EOF", io.EOF},
		"cut in header":    {binrpctest.Cut(1, long), late, "read: reply cut off in its header: unexpected EOF", io.ErrUnexpectedEOF},
		"cut after header": {binrpctest.Cut(4, long), late, "read: reply cut off after 0 of 103 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		"cut in payload":   {binrpctest.Cut(-1, long), late, "read: reply cut off after 102 of 103 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		"slow":             {binrpctest.Bytewise(time.Hour, long), partly, "read: reply cut off in its header: context deadline exceeded", context.DeadlineExceeded},
		"header only":      {binrpctest.Oversized(9), partly, "read: reply cut off after 0 of 9 bytes: context deadline exceeded", context.DeadlineExceeded},
		"garbage":          {binrpctest.Garbage([]byte("HTTP/1.0 400 Bad Request\r\n\r\n")), late, "bad packet at byte 0: not BINRPC version 1", nil},
		"unknown type":     {binrpctest.Garbage([]byte{0xA1, 0x20, 0, 0}), late, "bad packet at byte 1: packet type 2 is not known", nil},
		"a request":        {binrpctest.Garbage([]byte{0xA1, 0, 0, 1}), late, "bad packet at byte 1: a request in place of a reply", nil},
		"oversized":        {binrpctest.Oversized(1<<20 + 1), late, "bad packet at byte 2: a payload of 1048577 bytes, at most 1048576 are read", nil},
		"endless":          {binrpctest.Endless(1<<32 - 1), late, "bad packet at byte 2: a payload of 4294967295 bytes, at most 1048576 are read", nil},
		"bad payload":      {binrpctest.Payload([]byte{0x83}), late, "bad packet at byte 4: an end mark with nothing of its kind to end", nil},
		"wrong cookie":     {binrpctest.WrongCookie(long), late, "bad packet at byte 2: the cookie of another call", nil},
		"trailing bytes":   {binrpctest.Trailing([]byte("more"), long), late, "bad packet at byte 107: 4 bytes after the end of the reply", nil},
		"empty fault":      {binrpctest.Garbage([]byte{0xA1, 0x30, 0, 1}), late, "bad packet at byte 4: a fault without code and reason", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, "unix")
			server.Handle("bad", test.reply)
			server.Handle("good", binrpctest.Values(binrpc.IntOf(1)))
			client := newClient(t, server.Address(), binrpc.Options{MaxReply: 1 << 20})

			_, err := client.Call(within(t, test.timeout), "bad")
			if err == nil {
				t.Fatal("want an error, got none")
			}
			want := "bad at " + server.Address().String() + ": " + test.want
			if diff := cmp.Diff(want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			var bad *binrpc.DecodeError
			var broken *binrpc.TransportError
			if test.is == nil && !errors.As(err, &bad) {
				t.Errorf("want a *DecodeError, got %T", err)
			}
			if test.is != nil && (!errors.As(err, &broken) || !errors.Is(err, test.is)) {
				t.Errorf("want a *TransportError that wraps %v, got %v", test.is, err)
			}

			if _, err := client.Call(within(t, late), "good"); err != nil {
				t.Errorf("next call: %v", err)
			}
			if want, got := 2, server.Connections(); want != got {
				t.Errorf("want %d connections, got %d", want, got)
			}
		})
	}
}

// TestCallEndlessWithinBound: a daemon that goes on after the end of its reply is found out by the bytes that came with the
// reply. Where the reply fills the reader to its last byte there are none; the next call finds them in place of its answer.
func TestCallEndlessWithinBound(t *testing.T) {
	t.Parallel()
	f := func(name string, size uint32, calls int, what string) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, "unix")
			server.Handle("bad", binrpctest.Endless(size))
			client := newClient(t, server.Address(), binrpc.Options{})
			var err error
			for range calls {
				if _, err = client.Call(within(t, late), "bad"); err != nil {
					break
				}
			}
			var bad *binrpc.DecodeError
			if !errors.As(err, &bad) || !regexp.MustCompile(what).MatchString(err.Error()) {
				t.Errorf("want a *DecodeError about %s within %d calls, got %v", what, calls, err)
			}
		})
	}
	f("short", 10, 1, "bytes after the end of the reply")
	f("as long as the reader", 4096, 2, "bytes after the end of the reply|not BINRPC version 1")
}

func TestReconnect(t *testing.T) {
	t.Parallel()
	number := binrpctest.Values(binrpc.IntOf(1))
	// call calls twice; between misbehaves between the two. The second must have needed so many connections in all.
	f := func(name string, reply binrpctest.Reply, between func(*testing.T, *binrpctest.Server), wantError error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, "unix")
			server.Handle("first", number)
			server.Handle("second", reply)
			client := newClient(t, server.Address(), binrpc.Options{})
			if _, err := client.Call(within(t, late), "first"); err != nil {
				t.Fatal(err)
			}
			between(t, server)
			_, err := client.Call(within(t, late), "second")
			if !errors.Is(err, wantError) {
				t.Errorf("want error %v, got %v", wantError, err)
			}
			if want, got := 2, server.Connections(); want != got {
				t.Errorf("want %d connections, got %d", want, got)
			}
		})
	}
	disconnect := func(_ *testing.T, s *binrpctest.Server) { s.Disconnect() }
	restart := func(t *testing.T, s *binrpctest.Server) { s.Stop(); s.Restart(t) }
	nothing := func(*testing.T, *binrpctest.Server) {}
	f("idle connection closed by the daemon", number, disconnect, nil)
	f("daemon restarted", number, restart, nil)
	f("closed again on the new connection", binrpctest.HangUp(), disconnect, io.EOF)
	f("closed twice on the request", binrpctest.HangUp(), nothing, io.EOF)
}

// TestNoRetry: only the silent end of a kept connection may be taken for idleness.
func TestNoRetry(t *testing.T) {
	t.Parallel()
	number := binrpctest.Values(binrpc.IntOf(1))
	f := func(name string, timeout time.Duration, reply binrpctest.Reply) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := binrpctest.Start(t, "tcp")
			server.Handle("first", number)
			server.Handle("second", reply)
			client := newClient(t, server.Address(), binrpc.Options{})
			if _, err := client.Call(within(t, late), "first"); err != nil {
				t.Fatal(err)
			}
			if _, err := client.Call(within(t, timeout), "second"); err == nil {
				t.Error("want an error, got none")
			}
			if want, got := 2, len(server.Requests()); want != got {
				t.Errorf("want %d requests, got %d", want, got)
			}
		})
	}
	f("after a timeout", soon, binrpctest.Silent())
	f("after a part of the reply", late, binrpctest.Cut(1, number))
	f("after garbage", late, binrpctest.Garbage([]byte("garbage")))
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	missing := binrpc.Address{Network: "unix", Address: filepath.Join(t.TempDir(), "none")}
	stopped := binrpctest.Start(t, "tcp")
	stopped.Stop()
	f := func(addr binrpc.Address, is error, want string) {
		t.Helper()
		_, err := newClient(t, addr, binrpc.Options{}).Call(within(t, late), "core.version")
		var broken *binrpc.TransportError
		if !errors.As(err, &broken) || broken.Op != "connect" || !errors.Is(err, is) {
			t.Fatalf("want a *TransportError in connect that wraps %v, got %v", is, err)
		}
		want = "core.version at " + addr.String() + ": connect: " + want
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
	f(missing, syscall.ENOENT, `no such file or directory: is Kamailio running, with its ctl module and modparam("ctl", "binrpc", "unix:`+
		missing.Address+`")?`)
	f(stopped.Address(), syscall.ECONNREFUSED, "connection refused: nobody listens there; is Kamailio running?")
}

func TestDeaf(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "tcp"} {
		client := newClient(t, binrpctest.Deaf(t, network), binrpc.Options{Timeout: soon})
		if _, err := client.Call(t.Context(), "core.version"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: want context.DeadlineExceeded after the client's own timeout, got %v", network, err)
		}
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	ctx, cancel := context.WithCancel(t.Context())
	server.HandleFunc("hang", func(binrpctest.Request) binrpctest.Reply {
		cancel() // the request is there, the reply is not
		return binrpctest.Silent()
	})
	client := newClient(t, server.Address(), binrpc.Options{Timeout: late})
	if _, err := client.Call(ctx, "hang"); !errors.Is(err, context.Canceled) {
		t.Errorf("want context.Canceled, got %v", err)
	}
	if _, err := client.Call(ctx, "hang"); !errors.Is(err, context.Canceled) {
		t.Errorf("context over before the call: want context.Canceled, got %v", err)
	}
	if want, got := 1, len(server.Requests()); want != got {
		t.Errorf("want %d request, got %d", want, got)
	}
}

func TestWaitForTurn(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	entered := make(chan struct{})
	server.HandleFunc("hang", func(binrpctest.Request) binrpctest.Reply {
		close(entered)
		return binrpctest.Silent()
	})
	client := binrpc.NewClient(server.Address(), binrpc.Options{Timeout: late})
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := client.Call(t.Context(), "hang"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("call ended by Close: want net.ErrClosed, got %v", err)
		}
	})
	<-entered
	_, err := client.Call(within(t, soon), "core.version")
	var broken *binrpc.TransportError
	if !errors.As(err, &broken) || broken.Op != "wait" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("want a *TransportError in wait that wraps context.DeadlineExceeded, got %v", err)
	}
	for range 2 {
		if err := client.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	group.Wait()
	if _, err := client.Call(t.Context(), "core.version"); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: want net.ErrClosed, got %v", err)
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	server.HandleFunc("echo", func(r binrpctest.Request) binrpctest.Reply {
		if r.Call == 7 {
			return binrpctest.Closing(binrpctest.Values(r.Args...))
		}
		return binrpctest.Values(r.Args...)
	})
	client := newClient(t, server.Address(), binrpc.Options{})
	var group sync.WaitGroup
	for i := range 32 {
		group.Go(func() {
			values, err := client.Call(within(t, late), "echo", i)
			if err != nil {
				t.Errorf("call %d: %v", i, err)
				return
			}
			if diff := cmp.Diff([]binrpc.Value{binrpc.IntOf(int64(i))}, values); diff != "" {
				t.Errorf("call %d (-want +got):\n%s", i, diff)
			}
		})
	}
	group.Wait()
}

func TestCallRefusesArguments(t *testing.T) {
	t.Parallel()
	server := binrpctest.Start(t, "unix")
	client := newClient(t, server.Address(), binrpc.Options{})
	if _, err := client.Call(t.Context(), "core.version", true); err == nil {
		t.Error("want an error about the argument, got none")
	}
	if want, got := 0, server.Connections(); want != got {
		t.Errorf("want %d connections, got %d", want, got)
	}
}
