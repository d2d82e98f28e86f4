package blackhole_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/blackhole"
)

// echo answers each byte with itself.
func echo(t *testing.T) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).AddrPort()
}

func start(t *testing.T) *blackhole.Proxy {
	t.Helper()
	p, err := blackhole.Start(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func dial(t *testing.T, p *blackhole.Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// hear reads n bytes within d; the error is of the deadline if nothing comes.
func hear(t *testing.T, c net.Conn, n int, d time.Duration) ([]byte, error) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(c, b)
	return b, err
}

func say(t *testing.T, c net.Conn, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

const (
	soon = 10 * time.Second
	aBit = 100 * time.Millisecond
)

func TestPassesOn(t *testing.T) {
	t.Parallel()
	c := dial(t, start(t))
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<14) // more than one chunk
	go func() { _, _ = c.Write(sent) }()
	got, err := hear(t, c, len(sent), soon)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes came back changed, %v", len(sent), err)
	}
}

func TestPauseIsSilent(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := dial(t, p)
	say(t, c, []byte("a"))
	if _, err := hear(t, c, 1, soon); err != nil {
		t.Fatal(err)
	}
	p.Pause()
	say(t, c, []byte("b")) // taken, and passed to nobody
	fresh := dial(t, p)    // connects, for the kernel does
	say(t, fresh, []byte("c"))
	for _, conn := range []net.Conn{c, fresh} {
		if _, err := hear(t, conn, 1, aBit); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("something came through a pause: %v", err)
		}
	}
	p.Resume()
	for conn, want := range map[net.Conn]string{c: "b", fresh: "c"} {
		if got, err := hear(t, conn, 1, soon); err != nil || string(got) != want {
			t.Errorf("after the pause %q, %v, want %q", got, err, want)
		}
	}
}

func TestDelayHoldsBoth(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := dial(t, p)
	say(t, c, []byte("a"))
	if _, err := hear(t, c, 1, soon); err != nil {
		t.Fatal(err)
	}
	p.Delay(aBit)
	began := time.Now()
	say(t, c, []byte("bc"))
	if got, err := hear(t, c, 2, soon); err != nil || string(got) != "bc" || time.Since(began) < 2*aBit {
		t.Errorf("%q, %v after %v, want it after twice %v", got, err, time.Since(began), aBit)
	}
}

func TestCutEndsWhatIsThere(t *testing.T) {
	t.Parallel()
	p := start(t)
	c := dial(t, p)
	say(t, c, []byte("a"))
	if _, err := hear(t, c, 1, soon); err != nil {
		t.Fatal(err)
	}
	p.Pause()
	say(t, c, []byte("lost"))
	p.Cut()
	if _, err := hear(t, c, 1, soon); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a connection that was cut is still there: %v", err)
	}
	p.Resume()
	again := dial(t, p)
	say(t, again, []byte("d"))
	if got, err := hear(t, again, 1, soon); err != nil || string(got) != "d" {
		t.Errorf("%q, %v: a cut is no end of all", got, err)
	}
}

func TestEndsWithItsServer(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := gone.Addr().(*net.TCPAddr).AddrPort()
	_ = gone.Close()
	p, err := blackhole.Start(at)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := hear(t, dial(t, p), 1, soon); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("nobody listens, but the connection stays: %v", err)
	}
}

func TestRefusesTheWorld(t *testing.T) {
	t.Parallel()
	if p, err := blackhole.Start(netip.MustParseAddrPort("192.0.2.1:3306")); err == nil {
		_ = p.Close()
		t.Error("passes on to an address beyond loopback")
	}
}

// TestCloseLeavesNothing closes in the midst of everything.
func TestCloseLeavesNothing(t *testing.T) {
	target := echo(t)
	before := runtime.NumGoroutine()
	p, err := blackhole.Start(target)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 {
		c := dial(t, p)
		if i == 4 {
			p.Delay(time.Hour)
		}
		say(t, c, []byte("x"))
	}
	p.Pause()
	dial(t, p)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	deadline := time.Now().Add(soon)
	for runtime.NumGoroutine() > before && time.Now().Before(deadline) { // the server's own end with their connections
		time.Sleep(time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines before, %d after", before, n)
	}
}
