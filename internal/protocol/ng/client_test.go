package ng_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// soon is the time limit of calls that are meant to run into it, late that of calls which must not.
const (
	soon = 50 * time.Millisecond
	late = 30 * time.Second
)

func networks() []string { return []string{"udp", "tcp", "http"} }

func newClient(t *testing.T, addr ng.Address, opts ng.Options) *ng.Client {
	t.Helper()
	client := ng.NewClient(addr, opts)
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

func member(key, text string) bencode.Member {
	return bencode.Member{Key: key, Value: bencode.StringOf(text)}
}

func TestCall(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		t.Run(network, func(t *testing.T) {
			t.Parallel()
			server := ngtest.Start(t, network)
			server.Handle("list", ngtest.Members("ok", bencode.Member{Key: "calls", Value: bencode.ListOf(bencode.StringOf("a b\"é<"))}))
			client := newClient(t, server.Address(), ng.Options{})

			limit := bencode.Member{Key: "limit", Value: bencode.IntOf(7)}
			got, err := client.Call(within(t, late), "list", limit, member("from", "é&"))
			if err != nil {
				t.Fatal(err)
			}
			want := bencode.DictOf(bencode.Member{Key: "calls", Value: bencode.ListOf(bencode.StringOf("a b\"é<"))}, member("result", "ok"))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			if _, err := client.Call(within(t, late), "ping"); err != nil {
				t.Error(err)
			}
			if local := client.LocalAddr(); local != netip.MustParseAddr("127.0.0.1") {
				t.Errorf("want to have asked from 127.0.0.1, got %v", local)
			}

			requests := server.Requests()
			question := bencode.DictOf(member("command", "list"), limit, member("from", "é&"))
			if diff := cmp.Diff(question, requests[0].Args); diff != "" {
				t.Errorf("question (-want +got):\n%s", diff)
			}
			format := ng.JSON
			if network == "tcp" {
				format = ng.Bencode // JSON is never answered there
			}
			for _, r := range requests {
				if r.Format != format {
					t.Errorf("%s: want %s, got %s", r.Command, format, r.Format)
				}
			}
			if requests[0].Cookie == requests[1].Cookie {
				t.Error("two questions have one cookie")
			}
		})
	}
}

// TestCookiesOfTwoClientsDiffer: the daemon would answer one's question with the answer to the other's.
func TestCookiesOfTwoClientsDiffer(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	for range 2 {
		if _, err := newClient(t, server.Address(), ng.Options{}).Call(within(t, late), "ping"); err != nil {
			t.Fatal(err)
		}
	}
	if r := server.Requests(); r[0].Cookie == r[1].Cookie {
		t.Errorf("both asked under %s", r[0].Cookie)
	}
}

func TestCallRefused(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		server.Handle("query", ngtest.Refuse("Unknown call-id"))
		server.Handle("offer", ngtest.Result("load limit"))
		server.Handle("rude", ngtest.Refuse("line\nend\x1b[31m"+strings.Repeat("é", 400)))
		client := newClient(t, server.Address(), ng.Options{})
		f := func(command string, want ng.Refusal, unknown bool) {
			t.Helper()
			_, err := client.Call(within(t, late), command)
			var got *ng.Refusal
			if !errors.As(err, &got) {
				t.Fatalf("%s: want a *Refusal, got %v", command, err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", command, diff)
			}
			if got.UnknownCommand() != unknown {
				t.Errorf("%s: unknown command %v", command, got.UnknownCommand())
			}
		}
		f("query", ng.Refusal{Result: "error", Reason: "Unknown call-id"}, false)
		f("offer", ng.Refusal{Result: "load limit"}, false)
		f("nonsense", ng.Refusal{Result: "error", Reason: "Unrecognized command"}, true)
		f("rude", ng.Refusal{Result: "error", Reason: "line?end?[31m" + strings.Repeat("é", 121)}, false)
	}
}

// TestCallMisbehaviour runs each way of going wrong: one clear error of the right type in good time, and a client that works
// again with the next call.
func TestCallMisbehaviour(t *testing.T) {
	t.Parallel()
	good := ngtest.Members("ok", member("text", strings.Repeat("x", 100)))
	const noAnswer = "read: no answer: context deadline exceeded"
	tests := map[string]struct {
		networks string
		reply    ngtest.Reply
		timeout  time.Duration
		want     string
		is       error
	}{
		"no answer":      {"udp tcp http", ngtest.Silent(), soon, noAnswer, context.DeadlineExceeded},
		"late":           {"udp tcp http", ngtest.Late(time.Hour, good), soon, noAnswer, context.DeadlineExceeded},
		"wrong cookie":   {"udp tcp", ngtest.WrongCookie(good), soon, noAnswer, context.DeadlineExceeded},
		"no cookie":      {"udp", ngtest.Garbage([]byte("d6:result2:oke")), soon, noAnswer, context.DeadlineExceeded},
		"cut on a wire":  {"tcp", ngtest.Cut(-1, good), late, "read: reply cut off after ", io.ErrUnexpectedEOF},
		"cut in a body":  {"http", ngtest.Cut(-1, good), late, "read: reply cut off after ", io.ErrUnexpectedEOF},
		"closed":         {"tcp http", ngtest.HangUp(), late, "read: connection closed without an answer: unexpected EOF", io.ErrUnexpectedEOF},
		"slow":           {"tcp http", ngtest.Bytewise(time.Hour, good), soon, noAnswer, context.DeadlineExceeded},
		"other cookie":   {"http", ngtest.WrongCookie(good), late, "bad reply: not the cookie of the question", nil},
		"bare":           {"http", ngtest.Garbage([]byte("ok")), late, "bad reply: not the cookie of the question", nil},
		"endless cookie": {"tcp", ngtest.Garbage([]byte(strings.Repeat("x", 300))), late, "bad reply: no cookie in the first 256 bytes", nil},
		"empty":          {"udp http", ngtest.Raw(nil), late, "bad reply: empty", nil},
		"garbage":        {"udp http", ngtest.Raw([]byte("SIP/2.0 200 OK")), late, "bad reply: no dictionary in JSON or bencoding", nil},
		"garbage stream": {"tcp", ngtest.Raw([]byte("SIP/2.0 200 OK")), late, "bad reply: no bencoding: bad bencoding at byte 0", nil},
		"broken JSON":    {"udp http", ngtest.Raw([]byte(`{"result":"ok"`)), late, "bad reply: bad JSON at byte 14: a list or object without its end", nil},
		"two values":     {"udp http", ngtest.Raw([]byte(`{"result":"ok"}{}`)), late, "bad reply: bad JSON at byte 15: 2 bytes after the end", nil},
		"no result":      {"udp tcp http", ngtest.Value(bencode.DictOf(member("x", "y"))), late, "bad reply: no result in it", nil},
		"a list":         {"tcp", ngtest.Raw([]byte("le")), late, "bad reply: no dictionary in JSON or bencoding", nil},
		"bad dictionary": {"tcp", ngtest.Raw([]byte("di1ei2ee")), late, "bad reply: broken: bad bencoding at byte 1: a key that is no string", nil},
		"oversized":      {"tcp http", ngtest.Members("ok", member("text", strings.Repeat("x", 1<<16))), late, "bad reply: more than 4096 bytes", nil},
		"endless":        {"tcp http", ngtest.Endless(), late, "bad reply: more than 4096 bytes", nil},
	}
	for name, test := range tests {
		for _, network := range strings.Fields(test.networks) {
			t.Run(name+"/"+network, func(t *testing.T) {
				t.Parallel()
				server := ngtest.Start(t, network)
				server.Handle("bad", test.reply)
				client := newClient(t, server.Address(), ng.Options{MaxReply: 4096})
				if test.timeout == soon { // is for the answer, not for a starved machine to connect
					if _, err := client.Call(within(t, late), "ping"); err != nil {
						t.Fatal(err)
					}
				}
				_, err := client.Call(within(t, test.timeout), "bad")
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("want an error with %q, got %v", test.want, err)
				}
				if prefix := "bad at " + server.Address().String() + ": "; !strings.HasPrefix(err.Error(), prefix) {
					t.Errorf("want an error that starts with %q, got %v", prefix, err)
				}
				var transport *ng.TransportError
				var decode *ng.DecodeError
				if test.is == nil && !errors.As(err, &decode) {
					t.Errorf("want a *DecodeError, got %#v", errors.Unwrap(err))
				}
				if test.is != nil && (!errors.As(err, &transport) || !errors.Is(err, test.is)) {
					t.Errorf("want a *TransportError around %v, got %#v", test.is, errors.Unwrap(err))
				}
				if _, err := client.Call(within(t, late), "ping"); err != nil {
					t.Errorf("the next call: %v", err)
				}
			})
		}
	}
}

// TestStaleAnswersAreIgnored gives up on a question, and has its answer come in before that to the next one.
func TestStaleAnswersAreIgnored(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		server := ngtest.Start(t, network)
		server.Handle("list", ngtest.After(ngtest.WrongCookie(ngtest.Members("ok", member("stale", "yes"))),
			ngtest.After(ngtest.WrongCookie(ngtest.Raw([]byte("de"))), ngtest.Members("ok", member("stale", "no")))))
		got, err := newClient(t, server.Address(), ng.Options{}).Call(within(t, late), "list")
		if err != nil {
			t.Fatalf("%s: %v", network, err)
		}
		if stale, _ := got.Lookup("stale"); stale.Text() != "no" {
			t.Errorf("%s: took another's answer", network)
		}
	}
}

// TestRetransmission loses the first two datagrams: the third, under the same cookie, is answered.
func TestRetransmission(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.HandleFunc("list", func(r ngtest.Request) ngtest.Reply {
		if r.Call < 3 {
			return ngtest.Silent()
		}
		return ngtest.Result("ok")
	})
	client := newClient(t, server.Address(), ng.Options{Retransmit: 2 * time.Millisecond})
	if _, err := client.Call(within(t, late), "list"); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	if len(requests) < 3 {
		t.Fatalf("want three datagrams, got %d", len(requests))
	}
	for _, r := range requests {
		if r.Cookie != requests[0].Cookie {
			t.Errorf("want the cookie %s again, got %s", requests[0].Cookie, r.Cookie)
		}
	}
}

// TestAnswerToEachRetransmission: every repetition is answered, and the surplus must not be taken for later answers.
func TestAnswerToEachRetransmission(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.HandleFunc("list", func(r ngtest.Request) ngtest.Reply {
		return ngtest.Late(10*time.Millisecond, ngtest.Members("ok", member("cookie", r.Cookie)))
	})
	client := newClient(t, server.Address(), ng.Options{Retransmit: time.Millisecond})
	seen := map[string]bool{}
	for range 20 {
		reply, err := client.Call(within(t, late), "list")
		if err != nil {
			t.Fatal(err)
		}
		cookie, _ := reply.Lookup("cookie")
		if seen[cookie.Text()] {
			t.Fatalf("the answer to %s came twice", cookie.Text())
		}
		seen[cookie.Text()] = true
	}
}

// TestRoomGrows: an answer that there is no room for is asked for again under the same cookie, and the room stays.
func TestRoomGrows(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	client := newClient(t, server.Address(), ng.Options{Retransmit: late})
	f := func(size, questions int) {
		t.Helper()
		before := len(server.Requests())
		server.Handle("list", ngtest.Members("ok", member("text", strings.Repeat("x", size))))
		reply, err := client.Call(within(t, late), "list")
		if text, _ := reply.Lookup("text"); err != nil || len(text.Text()) != size {
			t.Errorf("want %d bytes, got %d, %v", size, len(text.Text()), err)
		}
		asked := server.Requests()[before:]
		if len(asked) != questions || asked[0].Cookie != asked[len(asked)-1].Cookie {
			t.Errorf("%d bytes: want %d questions under one cookie, got %v", size, questions, asked)
		}
	}
	f(10_000, 1)
	f(16<<10, 2)
	f(60_000, 1)
	f(10, 1)
}

func TestLargeReplies(t *testing.T) {
	t.Parallel()
	sizes := map[string]int{"udp": 60_000, "tcp": 1 << 20, "http": 1 << 20}
	for network, size := range sizes {
		server := ngtest.Start(t, network)
		server.Handle("list", ngtest.Members("ok", member("text", strings.Repeat("x", size))))
		reply, err := newClient(t, server.Address(), ng.Options{}).Call(within(t, late), "list")
		if err != nil {
			t.Errorf("%s: %v", network, err)
		}
		if text, _ := reply.Lookup("text"); len(text.Text()) != size {
			t.Errorf("%s: want %d bytes, got %d", network, size, len(text.Text()))
		}
	}
}

func TestBytewise(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"tcp", "http"} {
		server := ngtest.Start(t, network)
		server.Handle("list", ngtest.Bytewise(0, ngtest.Members("ok", member("text", "whole"))))
		reply, err := newClient(t, server.Address(), ng.Options{}).Call(within(t, late), "list")
		if text, _ := reply.Lookup("text"); err != nil || text.Text() != "whole" {
			t.Errorf("%s: got %q, %v", network, text.Text(), err)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		server.Stop()
		_, err := newClient(t, server.Address(), ng.Options{}).Call(within(t, late), "ping")
		if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "is RTPEngine running") {
			t.Errorf("%s: want a refused connection and what to do, got %v", network, err)
		}
		var transport *ng.TransportError
		if !errors.As(err, &transport) {
			t.Errorf("%s: want a *TransportError, got %v", network, err)
		}
	}
}

// TestDeaf has a port that takes everything and never answers.
func TestDeaf(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		_, err := newClient(t, ngtest.Deaf(t, network), ng.Options{Timeout: soon}).Call(t.Context(), "ping")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: want the client's own timeout, got %v", network, err)
		}
	}
}

// TestRestart: a kept connection that has died is made anew without an error.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		client := newClient(t, server.Address(), ng.Options{})
		ping := func(when string) {
			t.Helper()
			if _, err := client.Call(within(t, late), "ping"); err != nil {
				t.Errorf("%s %s: %v", network, when, err)
			}
		}
		ping("at first")
		server.Disconnect()
		ping("after a hang-up")
		server.Stop()
		if _, err := client.Call(within(t, late), "ping"); err == nil {
			t.Errorf("%s: an answer from nobody", network)
		}
		server.Restart(t)
		ping("after a restart")
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		client := newClient(t, server.Address(), ng.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		server.HandleFunc("hang", func(ngtest.Request) ngtest.Reply {
			cancel()
			return ngtest.Silent()
		})
		if _, err := client.Call(ctx, "hang"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: want context.Canceled, got %v", network, err)
		}
		if _, err := client.Call(ctx, "ping"); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: a call whose context has ended: want context.Canceled, got %v", network, err)
		}
		if _, err := client.Call(within(t, late), "ping"); err != nil {
			t.Errorf("%s: the next call: %v", network, err)
		}
	}
}

// TestClose ends a call in progress, and one that waits for it.
func TestClose(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		client := ng.NewClient(server.Address(), ng.Options{})
		asked := make(chan struct{})
		var once sync.Once
		server.HandleFunc("hang", func(ngtest.Request) ngtest.Reply {
			once.Do(func() { close(asked) })
			return ngtest.Silent()
		})
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := client.Call(context.WithoutCancel(t.Context()), "hang")
				errs <- err
			}()
		}
		<-asked
		for range 2 {
			if err := client.Close(); err != nil {
				t.Errorf("%s: close: %v", network, err)
			}
		}
		for range 2 {
			if err := <-errs; !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: want net.ErrClosed, got %v", network, err)
			}
		}
		if _, err := client.Call(within(t, late), "ping"); !errors.Is(err, net.ErrClosed) {
			t.Errorf("%s: a later call: want net.ErrClosed, got %v", network, err)
		}
	}
}

func TestConcurrentCalls(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		server.HandleFunc("query", func(r ngtest.Request) ngtest.Reply {
			id, _ := r.Args.Lookup("call-id")
			return ngtest.Members("ok", member("id", id.Text()))
		})
		client := newClient(t, server.Address(), ng.Options{})
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				want := strings.Repeat("x", i)
				reply, err := client.Call(within(t, late), "query", member("call-id", want))
				if id, _ := reply.Lookup("id"); err != nil || id.Text() != want {
					t.Errorf("%s: want %q, got %q, %v", network, want, id.Text(), err)
				}
			})
		}
		wg.Wait()
	}
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		client := newClient(t, ngtest.Start(t, network).Address(), ng.Options{})
		if _, err := client.Call(within(t, late), "ping", bencode.Member{Key: "x"}); err == nil || !strings.Contains(err.Error(), "arguments: ") {
			t.Errorf("%s: a value of no kind: got %v", network, err)
		}
	}
	udp := newClient(t, ngtest.Start(t, "udp").Address(), ng.Options{})
	if _, err := udp.Call(within(t, late), "ping", member("x", strings.Repeat("x", 1<<16))); err == nil || !strings.Contains(err.Error(), "a datagram has at most 65535") {
		t.Errorf("a question beyond a datagram: got %v", err)
	}
}

// TestSource asks from an address of its own, so that RTPEngine can tell it from others on the same host.
func TestSource(t *testing.T) {
	t.Parallel()
	source := netip.MustParseAddr("127.0.97.42")
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		client := newClient(t, server.Address(), ng.Options{Source: source})
		if _, err := client.Call(within(t, late), "ping"); err != nil {
			t.Fatal(err)
		}
		if got := server.Requests()[0].From; got != client.LocalAddr() {
			t.Errorf("%s: asked from %v, and says %v", network, got, client.LocalAddr())
		}
		if got := client.LocalAddr(); got != source && got != netip.MustParseAddr("127.0.0.1") {
			t.Errorf("%s: asked from %v", network, got)
		}
		elsewhere := newClient(t, server.Address(), ng.Options{Source: netip.MustParseAddr("192.0.2.7")})
		if _, err := elsewhere.Call(within(t, late), "ping"); err != nil {
			t.Errorf("%s: a source that is not ours must not keep us from asking: %v", network, err)
		}
	}
}
