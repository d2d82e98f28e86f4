//go:build integration

package integration

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
	httpprobe "github.com/voipbin/observability/internal/rto/probe/http"
)

// exactServer is a server that knows to the instant when it died and when it served again: answers are written under the lock under which
// both are stamped.
type exactServer struct {
	t       *testing.T
	address string
	mu      sync.Mutex
	serving bool
	server  *http.Server
	done    chan struct{}
}

// ServeHTTP answers, or says nothing for as long as the client waits.
func (s *exactServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.serving {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // a client that went away is no business of ours
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	<-r.Context().Done()
}

// stamp changes whether it serves, and tells when.
func (s *exactServer) stamp(serving bool) rto.Instant {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serving = serving
	return trackerNow()
}

func (s *exactServer) listen() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address, s.server, s.done = l.Addr().String(), &http.Server{Handler: s, ReadHeaderTimeout: time.Second}, make(chan struct{})
	go func() {
		defer close(s.done)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.t.Error(err)
		}
	}()
}

func (s *exactServer) close() {
	_ = s.server.Close() // ends Serve, whose error is looked at there
	<-s.done
}

// TestRecoveryBracketStrict holds Recover against a server that stamps its own death and return: the truth is a number, and each bracket must
// contain it. Every other round it hangs, with its port open, instead of refusing.
func TestRecoveryBracketStrict(t *testing.T) {
	t.Parallel()
	const (
		interval = 100 * time.Millisecond
		timeout  = 100 * time.Millisecond
	)
	rounds := amount(3, 20)
	if n, err := strconv.Atoi(testRounds()); err == nil {
		rounds = n
	}
	s := &exactServer{t: t, address: "127.0.0.1:0"}
	s.listen()
	defer func() { s.close() }()
	pulse := probe.NewPulse(trackerNow)
	go pulse.Run(t.Context())
	p, err := httpprobe.New(httpprobe.Config{Target: probe.Target{Path: "redis", Want: rto.Accepted, Now: trackerNow, Held: pulse.Held}, Steps: []httpprobe.Step{{URL: "http://" + s.address + "/"}}})
	if err != nil {
		t.Fatal(err)
	}
	path := rto.Path{Name: "redis", Want: rto.Accepted, Interval: interval, Timeout: timeout}
	var report strings.Builder
	contained := 0
	for round := range rounds {
		s.stamp(true)
		results, end := underProbes(t, p, interval, timeout)
		from := trackerNow()
		time.Sleep(time.Duration(500+37*round%100) * time.Millisecond) // another phase of the probes each time
		hangs := round%2 == 1
		died := s.stamp(false)
		if !hangs {
			s.close()
		}
		time.Sleep(time.Duration(400+137*round%400) * time.Millisecond)
		if !hangs {
			s.listen()
		}
		served := s.stamp(true)
		time.Sleep(15 * interval)
		end()
		r := rto.Recover([]rto.Path{path}, *results, from, rto.Moment{}, rto.Stability{Results: 3, Hold: 300 * time.Millisecond})
		in := func(m rto.Moment, i rto.Instant) bool { return m.Valid() && m.Lo <= i && i <= m.Hi }
		truth := served.Sub(died)
		if r.RTO.Unbounded || !r.RTO.Contains(truth) || !in(r.Failed, died) || !in(r.Recovered, served) {
			t.Errorf("round %d, hangs %v: said %v to %v, %v; it was %v to %v, %v", round, hangs, r.Failed, r.Recovered, r.RTO, died, served, truth)
			continue
		}
		contained++
		fmt.Fprintf(&report, "%s: said %v, width %v; it was %v\n", map[bool]string{true: "hangs  ", false: "refuses"}[hangs], r.RTO, r.RTO.Width().Round(time.Millisecond), truth.Round(time.Microsecond))
	}
	proof(t, "time-stamped", fmt.Sprintf("a server that stamps its own death and return, probed each %v with a time limit of %v\n\n%s\n%d of %d brackets contain the truth.\n", interval, timeout, &report, contained, rounds))
}
