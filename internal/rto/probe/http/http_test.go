package http_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/peertest"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	prober "github.com/voipbin/observability/internal/rto/probe/http"
)

func target(want rto.Grade, region string) probe.Target {
	return probe.Target{Path: "api", Want: want, Region: region, Now: func() rto.Instant { return rto.InstantOf(time.Now()) }}
}

func ask(t *testing.T, c prober.Config, timeout time.Duration) rto.ProbeResult {
	t.Helper()
	p, err := prober.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return p.Probe(ctx)
}

func wantResult(t *testing.T, what string, r rto.ProbeResult, o rto.Outcome, g rto.Grade, code int, good bool, detail string) {
	t.Helper()
	if r.Outcome != o || r.Grade != g || r.Code != code || r.Good != good || r.Detail != detail || r.Recv < r.Send {
		t.Errorf("%s: want %s, grade %d, code %d, good %v, %q; got %+v", what, o, g, code, good, detail, r)
	}
}

// site answers each path of its own in its own way.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/good", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Region", "us-east1")
		fmt.Fprintf(w, "state: %s %s", r.UserAgent(), r.Header.Get("Authorization"))
	})
	mux.HandleFunc("/fail", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "secret of the peer", http.StatusServiceUnavailable)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	mux.HandleFunc("/elsewhere", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://127.0.0.1:1/good", http.StatusFound)
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "x")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "x")
	})
	mux.HandleFunc("/markup", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Region", "<b>us</b>") })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func TestGrades(t *testing.T) {
	t.Parallel()
	s := site(t)
	f := func(what string, c prober.Config, step prober.Step, o rto.Outcome, g rto.Grade, code int, good bool, detail string) {
		t.Helper()
		step.URL = s.URL + step.URL
		c.Steps = []prober.Step{step}
		timeout := 10 * time.Second
		if o == rto.TimedOut {
			timeout = 50 * time.Millisecond
		}
		wantResult(t, what, ask(t, c, timeout), o, g, code, good, detail)
	}
	accepted := prober.Config{Target: target(rto.Accepted, ""), RegionHeader: "X-Region"}
	state := prober.Config{Target: target(rto.Registered, ""), RegionHeader: "X-Region"}
	f("good", accepted, prober.Step{URL: "/good"}, rto.OK, rto.Accepted, 200, true, "")
	f("state", state, prober.Step{URL: "/good", Match: regexp.MustCompile("^state")}, rto.OK, rto.Registered, 200, true, "")
	f("another body", state, prober.Step{URL: "/good", Match: regexp.MustCompile("^error")}, rto.OK, rto.Answered, 200, false, "the body lacks what it must have")
	f("another text", state, prober.Step{URL: "/good", Holds: "nothing such"}, rto.OK, rto.Answered, 200, false, "the body lacks what it must have")
	f("an error", accepted, prober.Step{URL: "/fail"}, rto.OK, rto.Answered, 503, false, "status 503 is not a good one")
	f("an error that is wanted", accepted, prober.Step{URL: "/fail", Status: []int{503}}, rto.OK, rto.Accepted, 503, true, "")
	f("an error is an answer", prober.Config{Target: target(rto.Answered, "")}, prober.Step{URL: "/fail"}, rto.OK, rto.Answered, 503, true, "status 503 is not a good one")
	f("no redirects", accepted, prober.Step{URL: "/moved"}, rto.OK, rto.Answered, 302, false, "status 302 is not a good one")
	follows := accepted
	follows.Redirects = 1
	f("a redirect", follows, prober.Step{URL: "/moved"}, rto.OK, rto.Accepted, 200, true, "")
	f("a redirect to another host", follows, prober.Step{URL: "/elsewhere"}, rto.OK, rto.Answered, 302, false, "status 302 is not a good one")
	f("no end", accepted, prober.Step{URL: "/endless"}, rto.OK, rto.Accepted, 200, true, "")
	f("hung", accepted, prober.Step{URL: "/hang"}, rto.TimedOut, rto.NoAnswer, 0, false, "request: no answer in time")
	f("hung in the body", accepted, prober.Step{URL: "/drip"}, rto.TimedOut, rto.Answered, 200, false, "the body broke off")
	f("cut", accepted, prober.Step{URL: "/cut"}, rto.Broken, rto.Answered, 200, false, "the body broke off")
	east, west := accepted, accepted
	east.Region, west.Region = "us-east1", "us-central1"
	f("the region", east, prober.Step{URL: "/good"}, rto.OK, rto.Accepted, 200, true, "")
	f("the other region", west, prober.Step{URL: "/good"}, rto.OK, rto.Accepted, 200, false, "not from the region that has to answer")
	f("no region", east, prober.Step{URL: "/markup"}, rto.OK, rto.Accepted, 200, false, "not from the region that has to answer")
	f("credentials", state, prober.Step{URL: "/good", Holds: "voipbin-tracker-probe Bearer x", Authorize: func(r *http.Request) error {
		r.Header.Set("Authorization", "Bearer x")
		return nil
	}}, rto.OK, rto.Registered, 200, true, "")
	f("no credentials", accepted, prober.Step{URL: "/good", Authorize: func(*http.Request) error { return errors.New("no file") }}, rto.Denied, rto.NoAnswer, 0, false, "the credentials cannot be read")
}

// A whole canary: written, read back and deleted, with a value of its own each time.
func TestCanaryIsReadBack(t *testing.T) {
	t.Parallel()
	var (
		mu    sync.Mutex
		kept  = map[string]string{}
		conns = map[string]bool{}
		lost  bool
		seen  []string
	)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		conns[r.RemoteAddr] = true
		w.Header().Set("X-Region", "r1")
		switch body := new(strings.Builder); r.Method {
		case http.MethodPut:
			_ = r.Write(body)
			if !lost {
				kept[r.URL.Path] = body.String()
			}
			seen = append(seen, r.URL.Path)
		case http.MethodGet:
			fmt.Fprint(w, kept[r.URL.Path])
		case http.MethodDelete:
			w.Header().Set("X-Region", r.URL.Query().Get("region"))
			delete(kept, r.URL.Path)
		}
	}))
	t.Cleanup(s.Close)
	c := prober.Config{Target: target(rto.Served, "r1"), RegionHeader: "X-Region", Steps: []prober.Step{
		{Method: http.MethodPut, URL: s.URL + "/canary/{nonce}", Body: "value {nonce}"},
		{URL: s.URL + "/canary/{nonce}", Holds: "value {nonce}"},
		{Method: http.MethodDelete, URL: s.URL + "/canary/{nonce}?region=r1"},
	}}
	wantResult(t, "written and read", ask(t, c, 10*time.Second), rto.OK, rto.Served, 200, true, "")
	if len(kept) != 0 || len(conns) != 1 {
		t.Errorf("want the canary deleted and one connection for all of it, got %v and %v", kept, conns)
	}
	wantResult(t, "once more", ask(t, c, 10*time.Second), rto.OK, rto.Served, 200, true, "")
	if len(seen) != 2 || seen[0] == seen[1] || len(conns) != 2 {
		t.Errorf("want a value and a connection of its own for each probe, got %v and %v", seen, conns)
	}
	c.Steps[2].URL = s.URL + "/canary/{nonce}?region=r2"
	wantResult(t, "two regions", ask(t, c, 10*time.Second), rto.OK, rto.Accepted, 200, false, "several regions answered")
	mu.Lock()
	lost = true
	mu.Unlock()
	wantResult(t, "the write is lost", ask(t, c, 10*time.Second), rto.OK, rto.Answered, 200, false, "the body lacks what it must have")
}

func TestTLS(t *testing.T) {
	t.Parallel()
	s := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(s.Close)
	plain := site(t)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	f := func(what, url string, change func(*prober.Config), o rto.Outcome, g rto.Grade, detail string) {
		t.Helper()
		c := prober.Config{Target: target(rto.Accepted, ""), Roots: roots, ServerName: "example.com", Steps: []prober.Step{{URL: url}}}
		change(&c)
		code := 0
		if o == rto.OK {
			code = 200
		}
		wantResult(t, what, ask(t, c, 10*time.Second), o, g, code, o == rto.OK, detail)
	}
	f("trusted", s.URL, func(*prober.Config) {}, rto.OK, rto.Accepted, "")
	f("an unknown issuer", s.URL, func(c *prober.Config) { c.Roots = x509.NewCertPool() }, rto.Broken, rto.NoAnswer, "the certificate is not to be trusted: its issuer is unknown")
	f("another name", s.URL, func(c *prober.Config) { c.ServerName = "other.example" }, rto.Broken, rto.NoAnswer, "the certificate is not to be trusted: it is for another name")
	f("expired", s.URL, func(c *prober.Config) { c.Verify = func() time.Time { return s.Certificate().NotAfter.Add(time.Hour) } }, rto.Broken, rto.NoAnswer,
		"the certificate is not to be trusted: it is expired or not yet valid")
	f("no TLS", strings.Replace(plain.URL, "http:", "https:", 1), func(*prober.Config) {}, rto.Broken, rto.NoAnswer, "the TLS handshake failed")
}

// listener answers every connection with a text, or with silence if it is empty, and tells when all its connections are gone.
func listener(t *testing.T, text string) string {
	t.Helper()
	var open sync.RWMutex // held for reading by each: a WaitGroup that is at 0 may not be added to while somebody waits
	at := peertest.Listen(t, func(conn net.Conn) {
		open.RLock()
		defer open.RUnlock()
		_, _ = conn.Read(make([]byte, 1024))
		if _, err := conn.Write([]byte(text)); err == nil {
			_, _ = conn.Read(make([]byte, 1024)) // until the prober goes: one that leaks its connection hangs the test
		}
	})
	t.Cleanup(func() { // before the connections are closed
		open.Lock()
		defer open.Unlock()
	})
	return "http://" + at
}

func TestWhatIsNoHTTP(t *testing.T) {
	t.Parallel()
	f := func(what, url string, timeout time.Duration, o rto.Outcome, detail string) {
		t.Helper()
		c := prober.Config{Target: target(rto.Accepted, ""), Steps: []prober.Step{{URL: url}}}
		wantResult(t, what, ask(t, c, timeout), o, rto.NoAnswer, 0, false, detail)
	}
	f("garbage", listener(t, "SSH-2.0-x\r\n\r\n"), 10*time.Second, rto.Malformed, "what came is no HTTP")
	f("headers without end", listener(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)), 10*time.Second, rto.Malformed, "what came is no HTTP")
	f("silence", listener(t, ""), 50*time.Millisecond, rto.TimedOut, "request: no answer in time")
	f("nobody", "http://127.0.0.1:1", 10*time.Second, rto.Refused, "request: nobody listens")
}

func TestConfig(t *testing.T) {
	t.Parallel()
	const url = "http://user:hunter2@h/"
	f := func(want string, c prober.Config) {
		t.Helper()
		_, err := prober.New(c)
		if err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	one := func(s prober.Step) []prober.Step { return []prober.Step{s} }
	f("path api: no request", prober.Config{Target: target(rto.Accepted, "")})
	f("path api: request 1: want an http or https URL", prober.Config{Target: target(rto.Accepted, ""), Steps: one(prober.Step{URL: "ftp://x"})})
	f("path api: request 1: credentials do not belong into a URL", prober.Config{Target: target(rto.Accepted, ""), Steps: one(prober.Step{URL: url})})
	f("path api: a region is wanted, but no header names it", prober.Config{Target: target(rto.Accepted, "r"), Steps: one(prober.Step{URL: "http://h"})})
	f("path api: grade 3 needs a body to look for: an empty page is served without any state", prober.Config{Target: target(rto.Registered, ""), Steps: one(prober.Step{URL: "http://h"})})
	f("path api: grade 4 needs a request that writes {nonce} and a later one whose answer holds it", prober.Config{Target: target(rto.Served, ""), Steps: []prober.Step{
		{URL: "http://h", Holds: "{nonce}"}, {Method: "PUT", URL: "http://h/{nonce}"},
	}})
	f("path api: want at most 8388608 bytes of a body and 10 redirects", prober.Config{Target: target(rto.Accepted, ""), Limit: 1 << 30, Steps: one(prober.Step{URL: "http://h"})})
	f("path api: grade 0 is not to be had from this protocol: want 1 to 4", prober.Config{Target: target(rto.NoAnswer, ""), Steps: one(prober.Step{URL: "http://h"})})
}
