package jsonrpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

// soon is the time limit of calls that are meant to run into it without an answer, partly that of calls which get a part of
// one first, late that of calls which must not run into it.
const (
	soon   = 50 * time.Millisecond
	partly = 3 * time.Second
	late   = 30 * time.Second
)

// newClient returns a client for the server at address, "http://host:port".
func newClient(t *testing.T, address string, opts jsonrpc.Options) *jsonrpc.Client {
	t.Helper()
	u, err := jsonrpc.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client := jsonrpc.NewClient(u, opts)
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

// request is a call as a server reads it.
type request struct {
	Version string          `json:"jsonrpc"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	ID      json.Number     `json:"id"`
}

func readRequest(t *testing.T, r *http.Request) request {
	t.Helper()
	var got request
	if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
		t.Errorf("request: %v", err)
	}
	return got
}

func start(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestCall(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, sent := r.Header["X-Idempotency-Key"]; sent || r.Method != http.MethodPost || r.URL.Path != "/RPC" {
			t.Errorf("want POST /RPC, got %s %s with %v", r.Method, r.URL, r.Header)
		}
		got := readRequest(t, r)
		w.Header()["Content-Type"] = nil // Kamailio may send none
		w.Header().Set("Sia", "SIP/2.0/TCP 127.0.0.1:1")
		fmt.Fprintf(w, `{"jsonrpc":"2.0","result":[%q,%s],"id":%s}`, got.Method, got.Params, got.ID)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, jsonrpc.Options{})
	result, err := client.Call(t.Context(), "stats.fetch", "core:<&>", 7, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	if want, got := "stats.fetch", result.Items()[0].Text(); want != got {
		t.Errorf("want method %q, got %q", want, got)
	}
	params := result.Items()[1].Items()
	if want, got := "core:<&> 7 0.5", params[0].Text()+" "+params[1].Number().String()+" "+params[2].Number().String(); want != got {
		t.Errorf("want arguments %q, got %q", want, got)
	}
	if _, err := client.Call(t.Context(), "core.version", "x"); err != nil {
		t.Fatal(err)
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("want 1 connection, got %d", got)
	}
}

// TestCallRecorded replays what Kamailio sent, status included.
func TestCallRecorded(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"kamailio-5.6.3", "kamailio-6.1.5"} {
		f := func(file string, status int) error {
			t.Helper()
			body, err := os.ReadFile("testdata/" + version + "/" + file)
			if err != nil {
				t.Fatal(err)
			}
			server := start(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write(body)
			})
			_, err = newClient(t, server.URL, jsonrpc.Options{}).Call(t.Context(), "m")
			return err
		}
		if err := f("core.version.json", 200); err != nil {
			t.Errorf("%s: %v", version, err)
		}
		for file, want := range map[string]jsonrpc.Fault{
			"error.unknown_method.json": {Code: 500, Reason: "Method Not Found"},
			"error.noparam.json":        {Code: 400, Reason: "Please provide which stats to retrieve"},
		} {
			err := f(file, want.Code)
			var got *jsonrpc.Fault
			if !errors.As(err, &got) {
				t.Fatalf("%s: want a *Fault, got %v", file, err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", version, file, diff)
			}
		}
	}
}

// TestCallMisbehaviour runs each way of going wrong over HTTP: one clear error of the right type, then a client that works.
func TestCallMisbehaviour(t *testing.T) {
	t.Parallel()
	reply := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	raw := func(answer string) http.HandlerFunc { return hijack(t, answer, false) }
	hang := func(answer string) http.HandlerFunc { return hijack(t, answer, true) }
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
	const hint = "no answer (Kamailio drops a reply that outgrows its private memory): context deadline exceeded"
	tests := map[string]struct {
		handler http.HandlerFunc
		timeout time.Duration
		want    string
		is      error
	}{
		"no answer":      {hang(""), partly, "read: " + hint, context.DeadlineExceeded},
		"half a head":    {hang("HTTP/1.1 2"), partly, "read: " + hint, context.DeadlineExceeded},
		"half a body":    {hang(head + "{"), partly, "read: reply cut off after 1 bytes: context deadline exceeded", context.DeadlineExceeded},
		"closed":         {raw(""), late, "read: connection closed without an answer: unexpected EOF", io.ErrUnexpectedEOF},
		"cut in head":    {raw("HTTP/1.1 200 OK\r\nA: b\r\n"), late, "read: connection closed without an answer: unexpected EOF", io.ErrUnexpectedEOF},
		"cut in body":    {raw(head + `{"jsonrpc"`), late, "read: reply cut off after 10 bytes: unexpected EOF", io.ErrUnexpectedEOF},
		"garbage":        {raw("SIP/2.0 400 secret\r\n\r\n"), late, "bad reply at byte 0: not an HTTP reply", nil},
		"garbage header": {raw("HTTP/1.1 200 OK\r\nsecret\r\n\r\n"), late, "bad reply at byte 0: not an HTTP reply", nil},
		"garbage chunks": {raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n"), late, "bad reply at byte 0: not an HTTP reply", nil},
		"endless head":   {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 20000)), late, "bad reply at byte 0: not an HTTP reply", nil},
		"html":           {reply(404, "<html>secret"), late, "HTTP status 404: bad reply at byte 0: not JSON", nil},
		"no body":        {reply(200, ""), late, "HTTP status 200: bad reply at byte 0: the reply ends too early", nil},
		"redirect":       {raw("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"), late, "HTTP status 302: bad reply at byte 0: the reply ends too early", nil},
		"wrong id":       {reply(200, `{"jsonrpc":"2.0","result":1,"id":9}`), late, "HTTP status 200: bad reply at byte 0: not the id of this call", nil},
		"wrong status":   {reply(500, `{"jsonrpc":"2.0","result":1,"id":1}`), late, "bad reply at byte 0: a result with HTTP status 500", nil},
		"oversized":      {reply(200, strings.Repeat(" ", 1<<20)), late, "bad reply at byte 65536: a body of more than 65536 bytes", nil},
		"endless":        {endless, late, "bad reply at byte 65536: a body of more than 65536 bytes", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t, func(w http.ResponseWriter, r *http.Request) {
				if got := readRequest(t, r); got.Method == "good" {
					fmt.Fprintf(w, `{"jsonrpc":"2.0","result":1,"id":%s}`, got.ID)
					return
				}
				test.handler(w, r)
			})
			client := newClient(t, server.URL, jsonrpc.Options{MaxReply: 1 << 16})
			_, err := client.Call(within(t, test.timeout), "bad")
			if err == nil {
				t.Fatal("want an error, got none")
			}
			if diff := cmp.Diff("bad at "+server.URL+"/RPC: "+test.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			var bad *jsonrpc.DecodeError
			var broken *jsonrpc.TransportError
			if test.is == nil && !errors.As(err, &bad) {
				t.Errorf("want a *DecodeError, got %v", err)
			}
			if test.is != nil && (!errors.As(err, &broken) || !errors.Is(err, test.is)) {
				t.Errorf("want a *TransportError that wraps %v, got %v", test.is, err)
			}
			if _, err := client.Call(within(t, late), "good"); err != nil {
				t.Errorf("next call: %v", err)
			}
		})
	}
}

// hijack answers with raw bytes and then closes the connection, or holds it until the peer goes.
func hijack(t *testing.T, answer string, hold bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Errorf("hijack: %v", err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, answer)
		if hold {
			_, _ = io.Copy(io.Discard, conn)
		}
	}
}

func endless(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, strings.Repeat("[", 4096)); err != nil {
			return
		}
	}
}

// TestReconnect: a daemon that ends or closes a kept connection goes unnoticed, even if it took in part of the call.
func TestReconnect(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	defer group.Wait()
	defer listener.Close()
	group.Go(func() {
		for id := 1; id <= 2; id++ {
			conn, err := listener.Accept()
			if err != nil {
				return // the client did not come again, and has said why
			}
			source := bufio.NewReader(conn)
			call, err := http.ReadRequest(source)
			if err != nil {
				t.Errorf("read: %v", err)
				return
			}
			_, _ = io.Copy(io.Discard, call.Body)
			body := fmt.Sprintf(`{"jsonrpc":"2.0","result":1,"id":%d}`, id)
			fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			if id == 1 {
				_, _ = source.ReadByte() // of the second request
			}
			_ = conn.Close()
		}
	})
	client := newClient(t, "http://"+listener.Addr().String(), jsonrpc.Options{})
	for i := range 2 {
		if _, err := client.Call(within(t, late), "m"); err != nil {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	stopped := httptest.NewServer(http.NotFoundHandler())
	stopped.Close()
	_, err := newClient(t, stopped.URL, jsonrpc.Options{}).Call(within(t, late), "m")
	var broken *jsonrpc.TransportError
	if !errors.As(err, &broken) || broken.Op != "connect" || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Fatalf("want a *TransportError in connect that wraps ECONNREFUSED, got %v", err)
	}
	want := "m at " + stopped.URL + "/RPC: connect: connection refused: nobody listens there; is Kamailio running, with xhttp and jsonrpcs?"
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// TestTLS: certificates are checked.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"jsonrpc":"2.0","result":1,"id":1}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it will complain about the client that hangs up
	server.StartTLS()
	defer server.Close()
	trusting := server.Client().Transport.(*http.Transport).TLSClientConfig
	if _, err := newClient(t, server.URL, jsonrpc.Options{TLS: trusting}).Call(within(t, late), "m"); err != nil {
		t.Errorf("with the certificate: %v", err)
	}
	_, err := newClient(t, server.URL, jsonrpc.Options{}).Call(within(t, late), "m")
	var broken *jsonrpc.TransportError
	if !errors.As(err, &broken) || broken.Op != "connect" {
		t.Errorf("without it: want a *TransportError in connect, got %v", err)
	}
}

func TestCancelAndTurn(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{}, 1)
	server := start(t, func(w http.ResponseWriter, r *http.Request) {
		entered <- struct{}{}
		hijack(t, "", true)(w, r)
	})
	client := newClient(t, server.URL, jsonrpc.Options{Timeout: late})
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		if _, err := client.Call(ctx, "hang"); !errors.Is(err, context.Canceled) {
			t.Errorf("want context.Canceled, got %v", err)
		}
	})
	<-entered
	_, err := client.Call(within(t, soon), "wait")
	var broken *jsonrpc.TransportError
	if !errors.As(err, &broken) || broken.Op != "connect" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while another call holds the connection: want a *TransportError in connect, out of time, got %v", err)
	}
	cancel()
	group.Wait()
	if _, err := newClient(t, server.URL, jsonrpc.Options{Timeout: soon}).Call(t.Context(), "hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the client's own timeout: want context.DeadlineExceeded, got %v", err)
	}
}

func TestCallRefusesArguments(t *testing.T) {
	t.Parallel()
	server := start(t, func(http.ResponseWriter, *http.Request) { t.Error("a call that should not have been sent") })
	client := newClient(t, server.URL, jsonrpc.Options{})
	f := func(arg any, want string) {
		t.Helper()
		_, err := client.Call(t.Context(), "m", arg)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want error %q, got %v", want, err)
		}
	}
	f(true, "argument 1: bool: want int, string or float64")
	f([]int{1}, "argument 1: []int: want int, string or float64")
	f(math.Inf(1), "arguments: json: unsupported value: +Inf")
}

func TestParseURL(t *testing.T) {
	t.Parallel()
	f := func(input, want string) {
		t.Helper()
		got, err := jsonrpc.ParseURL(input)
		if err != nil {
			t.Fatal(err)
		}
		if want != got.String() {
			t.Errorf("%q: want %q, got %q", input, want, got)
		}
	}
	f("http://127.0.0.1:5060/RPC", "http://127.0.0.1:5060/RPC")
	f("http://127.0.0.1:5060", "http://127.0.0.1:5060/RPC")
	f("http://127.0.0.1:5060/", "http://127.0.0.1:5060/RPC")
	f("https://kamailio/rpc", "https://kamailio/rpc")
	f("http://[::1]:5060", "http://[::1]:5060/RPC")
}

func TestParseURLRefuses(t *testing.T) {
	t.Parallel()
	f := func(input, want string) {
		t.Helper()
		got, err := jsonrpc.ParseURL(input)
		if err == nil {
			t.Fatalf("%q: want error %q, got %v", input, want, got)
		}
		if diff := cmp.Diff(want+": want http://host:port/RPC", err.Error()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", input, diff)
		}
	}
	f("", `address ""`)
	f("127.0.0.1:5060", `address "127.0.0.1:5060"`)
	f("http://:5060", `address "http://:5060"`)
	f("unix:///run/kamailio", `address "unix:///run/kamailio"`)
	f("ftp://host/", `address with scheme "ftp"`)
	f("http://host:1/RPC?token=secret", `address "http://host:1/RPC": nothing may follow the path`)
	f("http://ho st/RPC?token=secret", `address "http://ho st/RPC"`)
	f("http://user:secret@host/RPC", `address with an @: jsonrpcs knows no credentials`)
	f("http://user:se%cret@host/RPC", `address with an @: jsonrpcs knows no credentials`)
}
