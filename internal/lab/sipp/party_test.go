package sipp

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAnswererArgs(t *testing.T) {
	t.Parallel()
	f := func(code int, want string) {
		t.Helper()
		a := Answerer{Place: Place{Port: 5000, Dir: "/run"}, Code: code, Reason: "No"}
		if got := strings.Join(a.Args(), " "); got != want {
			t.Errorf("%d: want %q, got %q", code, want, got)
		}
	}
	const rest = " -i 127.0.0.1 -mi 127.0.0.1 -ci 127.0.0.1 -p 5000 -cp 5001 -mp 5002 -nostdin -watchdog_interval 0"
	f(200, "-sf /run/answer-5000.xml"+rest)
	f(0, "-sf /run/ring-5000.xml"+rest)
	f(486, "-sf /run/refuse-5000.xml"+rest)
}

func TestCallerArgs(t *testing.T) {
	t.Parallel()
	f := func(c Caller, want ...string) {
		t.Helper()
		c.Place, c.Name, c.Proxy = Place{Port: 5000, Dir: "/run"}, "one", "127.0.0.1:5060"
		got := " " + strings.Join(c.Args(), " ") + " "
		for _, w := range want {
			if !strings.Contains(got, " "+w+" ") {
				t.Errorf("want %q in %q", w, got)
			}
		}
	}
	f(Caller{User: "answer", Rate: 20, Hold: 1500 * time.Millisecond}, "127.0.0.1:5060 -sf /run/call-5000.xml", "-s answer", "-r 1 -rp 50", "-d 1500",
		"-stf /run/one.csv", "-recv_timeout 20000")
	f(Caller{User: "x", Rate: 0.005, Calls: 7}, "-r 1 -rp 200000", "-m 7")
	f(Caller{User: "x", Rate: 1, GivesUp: true}, "-sf /run/cancel-5000.xml")
	if got := (Caller{Rate: 1}).Args(); strings.Contains(strings.Join(got, " "), " -m ") {
		t.Errorf("want no -m without a number of calls, got %q", got)
	}
}

func TestScenariosAreWritten(t *testing.T) {
	t.Parallel()
	place := Place{Port: 5000, Dir: t.TempDir()}
	f := func(name string, write func() error, want string) {
		t.Helper()
		if err := write(); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		text, err := os.ReadFile(filepath.Join(place.Dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if !strings.Contains(string(text), want) || strings.Contains(string(text), "{{") {
			t.Errorf("%s: want %q and nothing to be filled in, got:\n%s", name, want, text)
		}
	}
	f("refuse-5000.xml", Answerer{Place: place, Code: 486, Reason: "Busy Here"}.Write, "\nSIP/2.0 486 Busy Here\n")
	f("answer-5000.xml", Answerer{Place: place, Code: 200}.Write, "\nSIP/2.0 200 OK\n")
	f("ring-5000.xml", Answerer{Place: place}.Write, "\nSIP/2.0 487 Request Terminated\n")
	f("call-5000.xml", Caller{Place: place}.Write, `counter="final408"`)
	if text, _ := os.ReadFile(filepath.Join(place.Dir, "call-5000.xml")); !strings.Contains(string(text), "\nm=audio 9 ") || strings.Contains(string(text), "rtp_stream") {
		t.Errorf("want no audio unless asked for, got:\n%s", text)
	}
	f("call-5000.xml", Caller{Place: place, Audio: "/run/a.ulaw"}.Write, `<exec rtp_stream="/run/a.ulaw,-1,0"/>`)
	f("call-5000.xml", Caller{Place: place, Audio: "/run/a.ulaw"}.Write, "\nm=audio [media_port] RTP/AVP 0\n")
	f("cancel-5000.xml", Caller{Place: place, GivesUp: true}.Write, `counter="final487"`)
	missing := Caller{Place: Place{Dir: filepath.Join(place.Dir, "none")}}
	if err := missing.Write(); err == nil {
		t.Error("want an error for a folder that is not there, got none")
	}
}

// peer answers each datagram with what reply returns for it.
func peer(t *testing.T, reply func(request string) []string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 65535)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, text := range reply(string(buf[:n])) {
				_, _ = conn.WriteTo([]byte(text), from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// callID finds the Call-ID line of a request.
func callID(request string) string {
	for line := range strings.Lines(request) {
		if strings.HasPrefix(line, "Call-ID:") {
			return line
		}
	}
	return ""
}

func TestPing(t *testing.T) {
	t.Parallel()
	f := func(name string, wantOK bool, reply func(string) []string) {
		t.Helper()
		err := Ping(t.Context(), peer(t, reply))
		if (err == nil) != wantOK {
			t.Errorf("%s: want success %v, got %v", name, wantOK, err)
		}
	}
	f("an answer", true, func(r string) []string { return []string{"SIP/2.0 200 OK\r\n" + callID(r) + "\r\n"} })
	f("any final answer is one", true, func(r string) []string { return []string{"SIP/2.0 404 Not Found\r\n" + callID(r) + "\r\n"} })
	f("a provisional answer first", true, func(r string) []string {
		return []string{"SIP/2.0 100 Trying\r\n" + callID(r) + "\r\n", "SIP/2.0 200 OK\r\n" + callID(r) + "\r\n"}
	})
	f("silence", false, func(string) []string { return nil })
	f("an answer to somebody else", false, func(string) []string { return []string{"SIP/2.0 200 OK\r\nCall-ID: other\r\n\r\n"} })
	f("not SIP", false, func(r string) []string { return []string{"HTTP/1.1 200 OK\r\n" + callID(r), "SIP/2.0 "} })
}

func TestPingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Ping(ctx, peer(t, func(string) []string { return nil })); err == nil {
		t.Error("want an error after cancel, got none")
	}
}

func TestHoleSwallows(t *testing.T) {
	t.Parallel()
	h, err := NewHole("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := h.conn.LocalAddr().String()
	if err := Ping(t.Context(), addr); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("want no answer from a hole, got %v", err)
	}
	if diff := cmp.Diff(int64(1), h.Took()); diff != "" {
		t.Errorf("datagrams taken (-want +got):\n%s", diff)
	}
	if _, err := NewHole(addr); err == nil {
		t.Error("want an error for an occupied address, got none")
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
