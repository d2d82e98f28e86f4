package sip_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	prober "github.com/voipbin/observability/internal/rto/probe/sip"
	"github.com/voipbin/observability/internal/sipprobe"
)

// server answers each request over UDP with a status and further headers; without a status it is silent.
func server(t *testing.T, status string, headers ...string) uint16 {
	t.Helper()
	conn, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-done })
	go func() {
		defer close(done)
		buf := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if status == "" {
				continue
			}
			_, _ = conn.WriteTo([]byte(reply(string(buf[:n]), status, headers)), from)
		}
	}()
	return netip.MustParseAddrPort(conn.LocalAddr().String()).Port()
}

// reply copies what RFC 3261, 8.2.6.2, says that an answer copies.
func reply(request, status string, headers []string) string {
	if !strings.HasPrefix(status, "SIP/") {
		return status // no SIP at all
	}
	lines := []string{status}
	for line := range strings.SplitSeq(request, "\r\n") {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "via", "from", "call-id", "cseq":
			lines = append(lines, line)
		case "to":
			lines = append(lines, line+";tag=x")
		}
	}
	return strings.Join(append(append(lines, headers...), "Content-Length: 0", "", ""), "\r\n")
}

func ask(t *testing.T, c prober.Config, timeout time.Duration) rto.ProbeResult {
	t.Helper()
	sip := sipprobe.New(sipprobe.Config{Now: time.Now})
	t.Cleanup(func() { _ = sip.Close() })
	p, err := prober.New(c, sip)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return p.Probe(ctx)
}

func options(want rto.Grade, region string, port uint16) prober.Config {
	return prober.Config{
		Target:       probe.Target{Path: "sip", Want: want, Region: region, Now: func() rto.Instant { return rto.InstantOf(time.Now()) }},
		Probe:        sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.UDP, Host: "127.0.0.1", Port: port},
		RegionHeader: "X-Region",
	}
}

func wantResult(t *testing.T, what string, r rto.ProbeResult, o rto.Outcome, g rto.Grade, code int, good bool, region, detail string) {
	t.Helper()
	if r.Outcome != o || r.Grade != g || r.Code != code || r.Good != good || r.Region != region || r.Detail != detail || r.Recv < r.Send {
		t.Errorf("%s: want %s, grade %d, code %d, good %v, region %q, %q; got %+v", what, o, g, code, good, region, detail, r)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	const ok = "SIP/2.0 200 OK"
	f := func(what string, c prober.Config, o rto.Outcome, g rto.Grade, code int, good bool, region, detail string) {
		t.Helper()
		timeout := 5 * time.Second
		if o == rto.TimedOut || o == rto.Malformed {
			timeout = 200 * time.Millisecond
		}
		wantResult(t, what, ask(t, c, timeout), o, g, code, good, region, detail)
	}
	f("2xx", options(rto.Accepted, "", server(t, ok)), rto.OK, rto.Accepted, 200, true, "", "")
	f("any answer", options(rto.Answered, "", server(t, "SIP/2.0 404 Not Found")), rto.OK, rto.Answered, 404, true, "", "the answer is no good one")
	f("answered is not served", options(rto.Accepted, "", server(t, "SIP/2.0 503 Down")), rto.OK, rto.Answered, 503, false, "", "the answer is no good one")
	f("a challenge is an answer", options(rto.Answered, "", server(t, "SIP/2.0 401 Who", `WWW-Authenticate: Digest realm="x", nonce="y"`)), rto.OK, rto.Answered, 401, true, "", "the account was refused")
	f("a challenge is no service", options(rto.Accepted, "", server(t, "SIP/2.0 401 Who", `WWW-Authenticate: Digest realm="x", nonce="y"`)), rto.Denied, rto.Answered, 401, false, "", "the account was refused")
	f("the region", options(rto.Accepted, "us-east1", server(t, ok, "X-Region: us-east1")), rto.OK, rto.Accepted, 200, true, "us-east1", "")
	f("the dying region", options(rto.Accepted, "us-east1", server(t, ok, "X-Region: us-east11")), rto.OK, rto.Answered, 200, false, "", "not from the region that has to answer")
	f("the dying region, any grade", options(rto.Answered, "us-east1", server(t, ok)), rto.OK, rto.Answered, 200, false, "", "not from the region that has to answer")
	f("silence", options(rto.Accepted, "", server(t, "")), rto.TimedOut, rto.NoAnswer, 0, false, "", "no answer in time")
	f("nobody", options(rto.Accepted, "", 1), rto.Refused, rto.NoAnswer, 0, false, "", "no connection")
	over := options(rto.Accepted, "", 1)
	over.Probe.Transport = sipprobe.TCP
	f("nobody over TCP", over, rto.Refused, rto.NoAnswer, 0, false, "", "no connection")
	other := options(rto.Accepted, "", server(t, ok))
	other.Probe.Expect.Status = []int{486}
	f("another code than was asked for", other, rto.OK, rto.Answered, 200, false, "", "the answer is no good one")
}

// Every outcome of the SIP prober has a clause, and none but OK is one that needs no words.
func TestEveryOutcomeIsTranslated(t *testing.T) {
	t.Parallel()
	for _, o := range sipprobe.Outcomes() {
		r := prober.Translate(t.Context(), sipprobe.Result{Outcome: o, Grade: sipprobe.GradeServed, Status: 200})
		if (r.Detail == "") != (o == sipprobe.OK) {
			t.Errorf("%s: detail %q", o, r.Detail)
		}
		if o == sipprobe.FailConnect && r.Outcome != rto.Broken {
			t.Errorf("want a connection that failed for no known reason to be broken, got %s", r.Outcome)
		}
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	f := func(want string, change func(*prober.Config)) {
		t.Helper()
		c := options(rto.Accepted, "", 5060)
		change(&c)
		if _, err := prober.New(c, nil); err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	for method, limit := range map[sipprobe.Method]int{sipprobe.Options: 2, sipprobe.Register: 3} {
		f(fmt.Sprintf("path sip: grade 4 is not to be had from this protocol: want 1 to %d", limit), func(c *prober.Config) {
			c.Probe.Method, c.Want = method, rto.Served
		})
	}
	f("path sip: REGISTER needs a user name", func(c *prober.Config) { c.Probe.Method = sipprobe.Register })
	f("path sip: a region is wanted, but no header names it", func(c *prober.Config) { c.Region, c.RegionHeader = "r", "" })
}
