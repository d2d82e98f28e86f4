package httpserver_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/httpserver"
)

// server is a server that runs on free ports until the test ends.
type server struct {
	addresses []string
	cancel    func()
	ended     chan error
}

func serve(t *testing.T, h http.Handler, o httpserver.Options, addresses ...string) *server {
	t.Helper()
	if addresses == nil {
		addresses = []string{"127.0.0.1:0"}
	}
	listeners, err := httpserver.Listen(t.Context(), addresses)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{cancel: cancel, ended: make(chan error, 1)}
	for _, l := range listeners {
		s.addresses = append(s.addresses, l.Addr().String())
	}
	o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	go func() { s.ended <- httpserver.Serve(ctx, listeners, h, o) }()
	t.Cleanup(cancel)
	return s
}

// stop stops the server and returns what Serve returned.
func (s *server) stop(t *testing.T) error {
	t.Helper()
	s.cancel()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not stop")
	}
	return nil
}

func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, string(body)
}

// client gives up long after every time that a test is about.
func client() *http.Client { return &http.Client{Timeout: time.Minute} }

func says(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
}

func TestServeOnSeveralAddresses(t *testing.T) {
	t.Parallel()
	s := serve(t, says("hello"), httpserver.Options{}, "127.0.0.1:0", "localhost:0")
	for _, a := range s.addresses {
		if status, body := get(t, client(), "http://"+a); status != http.StatusOK || body != "hello" {
			t.Errorf("%s: want 200 hello, got %d %s", a, status, body)
		}
	}
	if err := s.stop(t); err != nil {
		t.Errorf("stop: %v", err)
	}
	for _, a := range s.addresses {
		if c, err := net.Dial("tcp", a); err == nil {
			_ = c.Close()
			t.Errorf("%s still listens", a)
		}
	}
}

func TestStopBeforeStart(t *testing.T) {
	t.Parallel()
	listeners, err := httpserver.Listen(t.Context(), []string{"127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := httpserver.Serve(ctx, listeners, says("hello"), httpserver.Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Errorf("want nil, got %v", err)
	}
}

// A request under way when the server stops is answered, within the grace.
func TestStopWaitsForRequests(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}), make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-release
		if r.Context().Err() == nil {
			_, _ = io.WriteString(w, "answered")
		}
	}), httpserver.Options{})
	body := make(chan string, 1)
	go func() {
		_, b := get(t, client(), "http://"+s.addresses[0])
		body <- b
	}()
	<-began
	s.cancel()
	close(release)
	if got := <-body; got != "answered" {
		t.Errorf("want %q, got %q", "answered", got)
	}
	if err := s.stop(t); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// A request that outlasts the grace has its context ended, and can still say what it knows.
func TestStopEndsContextsAfterTheGrace(t *testing.T) {
	t.Parallel()
	began := make(chan struct{})
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		_, _ = io.WriteString(w, "partial")
	}), httpserver.Options{Grace: 50 * time.Millisecond})
	body := make(chan string, 1)
	go func() {
		_, b := get(t, client(), "http://"+s.addresses[0])
		body <- b
	}()
	<-began
	if err := s.stop(t); err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := <-body; got != "partial" {
		t.Errorf("want %q, got %q", "partial", got)
	}
}

// A handler that ignores its context cannot keep the process from stopping, and that is said.
func TestStopCutsWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	began, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	s := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(began)
		<-release
	}), httpserver.Options{Grace: 10 * time.Millisecond})
	failed := make(chan error, 1)
	go func() {
		resp, err := client().Get("http://" + s.addresses[0])
		if err == nil {
			_ = resp.Body.Close()
		}
		failed <- err
	}()
	<-began
	if err := s.stop(t); err == nil || !strings.Contains(err.Error(), "requests did not end within 2.01s and were cut") {
		t.Errorf("want an error about requests that were cut, got %v", err)
	}
	if <-failed == nil {
		t.Error("the client: want an error, got none")
	}
}

// A client that sends its request byte by byte for ever is dropped.
func TestSlowClientsAreDropped(t *testing.T) {
	t.Parallel()
	s := serve(t, says("hello"), httpserver.Options{})
	c, err := net.Dial("tcp", s.addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if err := c.SetReadDeadline(time.Now().Add(15 * time.Second)); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, err = io.ReadAll(bufio.NewReader(c))
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		t.Errorf("the connection was still open after %s", time.Since(begin))
	}
}

func TestLanding(t *testing.T) {
	t.Parallel()
	page, err := httpserver.Landing("x_exporter", "Shows an x.", "1.2.3", []httpserver.Link{{Path: "metrics", Text: "Metrics", Description: "of x"}})
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, page, httpserver.Options{})
	_, body := get(t, client(), "http://"+s.addresses[0]+"/")
	for _, want := range []string{"<title>x_exporter</title>", "Shows an x.", "Version: 1.2.3", `<a href="/metrics">Metrics</a>: of x`} {
		if !strings.Contains(body, want) {
			t.Errorf("want %q in %s", want, body)
		}
	}
	if strings.Contains(body, "/debug/pprof") {
		t.Error("the page links to profiles that are not served")
	}
}
