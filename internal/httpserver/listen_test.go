package httpserver_test

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/httpserver"
)

func TestListenErrors(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().String()
	f := func(want string, addresses ...string) {
		t.Helper()
		listeners, err := httpserver.Listen(t.Context(), addresses)
		if err == nil || err.Error() != want {
			t.Errorf("%q: want error %q, got %v", addresses, want, err)
		}
		for _, l := range listeners {
			_ = l.Close()
		}
	}
	f("listen: no address given")
	f(`listen on "`+port+`": address already in use: another process has this port, choose a different one`, port)
	f(`listen on "9494": address 9494: missing port in address: write host:port, or :port for all addresses`, "9494")
	f(`listen on "127.0.0.1:http-": lookup tcp/http-: unknown port`, "127.0.0.1:http-")
	f(`listen on "127.0.0.1:99999": address 99999: invalid port`, "127.0.0.1:99999")
}

// All or none: a port that could be had must not stay open because another could not.
func TestListenLetsGoOfWhatItHad(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	if _, err := httpserver.Listen(t.Context(), []string{address, "nonsense"}); err == nil {
		t.Fatal("want an error, got none")
	}
	again, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatalf("want the port free, got %v", err)
	}
	_ = again.Close()
}

// TestInherited runs this test again as a child that gets a socket as systemd passes it.
func TestInherited(t *testing.T) {
	t.Parallel()
	if os.Getenv("LISTEN_FDS") != "" {
		inheritor(t)
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	// The child's pid is not known before it runs, so a shell says it.
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" -test.run='^TestInherited$'`, os.Args[0])
	cmd.ExtraFiles = []*os.File{file}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, body := get(t, client(), "http://"+l.Addr().String()); body != "inherited" {
		t.Errorf("want %q, got %q", "inherited", body)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("child: %v\n%s", err, &out)
	}
}

// inheritor serves one request on the socket that it was given.
func inheritor(t *testing.T) {
	t.Helper()
	listeners, err := httpserver.Inherited()
	if err != nil {
		t.Fatal(err)
	}
	if len(listeners) != 1 {
		t.Fatalf("want 1 listener, got %d", len(listeners))
	}
	if got := os.Getenv("LISTEN_FDS"); got != "" {
		t.Errorf("LISTEN_FDS: want it cleared, got %q", got)
	}
	served := make(chan struct{})
	s := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "inherited")
		w.(http.Flusher).Flush()
		close(served)
	})}
	go func() {
		<-served
		_ = s.Shutdown(t.Context())
	}()
	_ = s.Serve(listeners[0])
}

func TestInheritedWithoutSockets(t *testing.T) {
	t.Parallel()
	if os.Getenv("LISTEN_FDS") != "" {
		t.Skip("this is the child of TestInherited")
	}
	want := "systemd sockets: none was passed: start this process by a .socket unit"
	if _, err := httpserver.Inherited(); err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}
