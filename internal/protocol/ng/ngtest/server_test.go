package ngtest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// ask sends bytes to a server and returns what comes back within a moment that is long for a loopback.
func ask(t *testing.T, address ng.Address, message string) string {
	t.Helper()
	at := strings.TrimPrefix(address.String(), address.Network+"://")
	conn, err := net.Dial(address.Network, at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, message); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	reply := make([]byte, 4096)
	n, _ := conn.Read(reply) // silence is an answer too
	return string(reply[:n])
}

// TestAsRTPEngine holds the server to what RTPEngine 10.5.3 and 12.5.1 were seen to answer.
func TestAsRTPEngine(t *testing.T) {
	t.Parallel()
	const complaint = "d6:result5:error12:error-reason22:Invalid NG data formate"
	f := func(network, message, want string) {
		t.Helper()
		if got := ask(t, ngtest.Start(t, network).Address(), message); got != want {
			t.Errorf("%s %q: want %q, got %q", network, message, want, got)
		}
	}
	f("udp", `a {"command":"ping"}`, `a {"result":"pong"}`)
	f("udp", "a d7:command4:pinge", "a d6:result4:ponge")
	f("udp", "a d7:command4:nopee", "a d6:result5:error12:error-reason20:Unrecognized commande")
	f("udp", "a garbage", "a "+complaint)
	f("udp", "garbage", "")
	f("tcp", "a d7:command4:pinge", "a d6:result4:ponge")
	f("tcp", `a {"command":"ping"}`, "") // never answered
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "http")
	server.HandleCLI("list maxsessions", "Maximum sessions configured on rtpengine: -1\n")
	f := func(method, path, contentType, message string, status int, want string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.Address().String()+path, strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = reply.Body.Close() }()
		body, err := io.ReadAll(reply.Body)
		if err != nil || reply.StatusCode != status || string(body) != want {
			t.Errorf("%s %s %q: want %d %q, got %d %q, %v", method, path, message, status, want, reply.StatusCode, body, err)
		}
	}
	const contentType = "application/x-rtpengine-ng"
	f(http.MethodPost, "/ng", contentType, `a {"command":"ping"}`, 200, `a {"result":"pong"}`)
	f(http.MethodPost, "/ng", "application/json", `a {"command":"ping"}`, 404, "not found\n")
	f(http.MethodPost, "/ng-plain", contentType, `{"command":"ping"}`, 404, "not found\n") // as before 12.3
	f(http.MethodPost, "/ng", contentType, "garbage", 600, "error\n")
	f(http.MethodGet, "/cli/list%20maxsessions", "", "", 200, "Maximum sessions configured on rtpengine: -1\n")
	f(http.MethodGet, "/cli/nonsense", "", "", 200, "Unknown command: nonsense\n")
}

// TestRecorded answers in the format of the question.
func TestRecorded(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "list")
	for suffix, body := range map[string]string{".json": `{"calls":[],"result":"ok"}`, ".bencode": "d5:callsle6:result2:oke"} {
		if err := os.WriteFile(name+suffix, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := ngtest.Start(t, "udp")
	server.Handle("list", ngtest.Recorded(t, name))
	for message, want := range map[string]string{
		`a {"command":"list"}`: `a {"calls":[],"result":"ok"}`,
		"b d7:command4:liste":  "b d5:callsle6:result2:oke",
	} {
		if got := ask(t, server.Address(), message); got != want {
			t.Errorf("%s: want %q, got %q", message, want, got)
		}
	}
	if n := len(server.Requests()); n != 2 {
		t.Errorf("want both questions noted, got %d", n)
	}
}

// TestCutDatagram: over UDP a cut answer is a shorter datagram.
func TestCutDatagram(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.Handle("list", ngtest.Cut(-3, ngtest.Result("ok")))
	if got, want := ask(t, server.Address(), "a d7:command4:liste"), "a d6:result2:"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// TestEndsWithTheTest: scripts that wait end when the server does.
func TestEndsWithTheTest(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	t.Run("server", func(t *testing.T) {
		server := ngtest.Start(t, "tcp")
		server.Handle("list", ngtest.Silent())
		client := ng.NewClient(server.Address(), ng.Options{})
		go func() {
			defer close(done)
			defer func() { _ = client.Close() }()
			_, _ = client.Call(context.WithoutCancel(t.Context()), "list")
		}()
		for len(server.Requests()) == 0 {
			time.Sleep(time.Millisecond)
		}
	})
	<-done
}

// TestEndsBesideNewConnections: a connection that comes at the very moment of the end is hung up like the others. Once one was
// served that the end did not know of, and the test hung until its peer hung up.
func TestEndsBesideNewConnections(t *testing.T) {
	t.Parallel()
	for range 300 {
		var conns []net.Conn
		t.Run("server", func(t *testing.T) {
			address := ngtest.Start(t, "tcp").Address()
			for range 8 {
				conn, err := net.Dial("tcp", strings.TrimPrefix(address.String(), "tcp://"))
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
