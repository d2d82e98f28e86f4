package netns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets this test program be the helper.
func TestMain(m *testing.M) {
	if handled, err := Helper(os.Args[1:]); handled {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// isolated runs the calling test once more in a namespace of its own, and reports whether this is that run.
func isolated(t *testing.T) bool {
	t.Helper()
	const inside = "NETNS_TEST_INSIDE"
	if os.Getenv(inside) != "" {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := Forbidden(t.Context(), []string{self}); err != nil {
		t.Skip(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inside+"=1")
	Isolate(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("inside: %v\n%s", err, out)
	}
	return false
}

func address(last byte) netip.Addr { return netip.AddrFrom4([4]byte{10, 1, 0, last}) }

// TestCableIsCutAndMended holds three namespaces, each with a cable to each, to what is asked of them.
func TestCableIsCutAndMended(t *testing.T) {
	if !isolated(t) {
		return
	}
	outside, err := Here("outside", address(1))
	if err != nil {
		t.Fatal(err)
	}
	a, err := New("a", address(2))
	if err != nil {
		t.Fatal(err)
	}
	b, err := New("b", address(3))
	if err != nil {
		t.Fatal(err)
	}
	between := cable(t, a, b)
	cable(t, a, outside)
	toB := cable(t, outside, b)
	listeners := map[*Space]net.Listener{}
	for _, s := range []*Space{outside, a, b} {
		if listeners[s], err = s.Listen(80); err != nil { // every port is free, and root's own are ours
			t.Fatal(err)
		}
		go answer(listeners[s])
	}
	reaches := func(from, to *Space) bool {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		c, err := from.Dial(ctx, listeners[to].Addr().String())
		if err != nil {
			return false
		}
		defer c.Close()
		n, _ := c.Read(make([]byte, 1))
		return n == 1
	}
	want := func(what string, ab, aOut, bOut bool) {
		t.Helper()
		for _, w := range []struct {
			from, to *Space
			ok       bool
		}{{a, b, ab}, {b, a, ab}, {a, outside, aOut}, {outside, a, aOut}, {b, outside, bOut}, {outside, b, bOut}} {
			got := reaches(w.from, w.to)
			for end := time.Now().Add(20 * time.Second); w.ok && !got && time.Now().Before(end); { // a carrier may take a second to be noticed
				got = reaches(w.from, w.to)
			}
			if got != w.ok {
				t.Errorf("%s: %s reaches %s: %t", what, w.from.Name, w.to.Name, got)
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want("laid", true, true, true)
	must(between.Cut())
	want("the link between is cut", false, true, true)
	must(toB.Cut())
	want("b is alone", false, true, false)
	must(between.Mend())
	want("the link between is mended", true, true, false)
	must(toB.Mend())
	want("all is mended", true, true, true)
	must(toB.Mend()) // of what is whole
	if _, err := Connect(a, b); !errors.Is(err, unix.EEXIST) {
		t.Errorf("a second cable between two: %v", err)
	}
}

func cable(t *testing.T, a, b *Space) *Cable {
	t.Helper()
	c, err := Connect(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// answer greets everybody.
func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte{1})
		_ = c.Close()
	}
}

// TestSpacesAreApart: what is started in a namespace is in it, and the thread that started it is home again.
func TestSpacesAreApart(t *testing.T) {
	if !isolated(t) {
		return
	}
	a, err := New("a", address(2))
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		var inside []byte
		if err := a.Do(func() error {
			inside, err = exec.CommandContext(t.Context(), "readlink", "/proc/self/ns/net").Output()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		thread, err := os.Readlink("/proc/thread-self/ns/net")
		if err != nil {
			t.Fatal(err)
		}
		if is := strings.TrimSpace(string(inside)); is == home || is == "" || thread != home {
			t.Fatalf("home is %s, the process is in %s, the thread in %s", home, is, thread)
		}
	}
	if err := a.Do(func() error { return unix.ENODEV }); !errors.Is(err, unix.ENODEV) {
		t.Errorf("what failed in there is told as %v", err)
	}
	if err := a.Do(func() error { return setUp("nobody", true) }); !errors.Is(err, unix.ENODEV) || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("an interface that is not there: %v", err)
	}
}

// TestAnotherNetworkIsRefused: in a network that somebody uses nothing is changed.
func TestAnotherNetworkIsRefused(t *testing.T) {
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
			if _, err := Here("host", address(9)); err == nil || !strings.Contains(err.Error(), i.Name) {
				t.Errorf("the host's own network is taken for ours: %v", err)
			}
			return
		}
	}
	t.Skip("this host has no network but loopback")
}

// TestForbiddenSaysWhy: a helper that fails is an answer, with its words.
func TestForbiddenSaysWhy(t *testing.T) {
	if err := Forbidden(t.Context(), []string{"false"}); err == nil {
		t.Error("a helper that fails is taken for a permission")
	}
	if err := Forbidden(t.Context(), []string{"/nonexistent"}); err == nil || !strings.Contains(err.Error(), "no network namespaces here") {
		t.Errorf("no helper at all: %v", err)
	}
}

// TestAnswersOfTheKernel reads what a kernel says, and what it never would.
func TestAnswersOfTheKernel(t *testing.T) {
	message := func(kind uint16, errno int) []byte {
		return append(append(append(native32(20), byte(kind), 0, 0, 0), make([]byte, 8)...), native32(errno)...)
	}
	if err := acknowledged(message(unix.NLMSG_ERROR, 0)); err != nil {
		t.Error(err)
	}
	if err := acknowledged(message(unix.NLMSG_ERROR, -int(unix.EPERM))); !errors.Is(err, unix.EPERM) {
		t.Errorf("want EPERM, got %v", err)
	}
	for _, bad := range [][]byte{nil, message(unix.NLMSG_DONE, 0), message(unix.NLMSG_ERROR, 0)[:18]} {
		if err := acknowledged(bad); err == nil {
			t.Errorf("% x is taken for an answer", bad)
		}
	}
}
