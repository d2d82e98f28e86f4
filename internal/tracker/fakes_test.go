package tracker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
)

// record is one entry of the fake journal, as it would be on the disk.
type record struct {
	kind rto.RecordKind
	at   rto.Instant
	body []byte
}

// memory is a journal in memory that can be made to refuse or to hang.
type memory struct {
	mu      sync.Mutex
	records []record
	err     error
	hang    chan struct{}
}

var errDisk = errors.New("no space left")

func (m *memory) Append(_ context.Context, kind rto.RecordKind, at rto.Instant, body any) error {
	m.mu.Lock()
	hang := m.hang
	m.mu.Unlock()
	if hang != nil {
		<-hang
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		return m.err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	m.records = append(m.records, record{kind, at, text})
	return nil
}

func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.err = err
}

func (m *memory) all() []record {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]record(nil), m.records...)
}

// pair is a simulated source that commits once every 100 ms, and a replica that applies what is older than its lag. It knows the truth.
type pair struct {
	mu        sync.Mutex
	began     time.Time
	source    rto.Outcome   // of looks at the source; TimedOut hangs until the deadline
	replica   rto.Outcome   // likewise
	lag       time.Duration // applied is what was committed so long ago
	cutAt     time.Time     // nothing reaches the replica any more, by a partition; zero is no partition
	stopped   time.Time     // the source takes no writes since then; zero is never
	readOnly  bool          // the source is fenced
	promoted  bool
	ownWrites uint64
	had       uint64
}

const commitEvery = 100 * time.Millisecond

func newPair() *pair { return &pair{began: time.Now(), source: rto.OK, replica: rto.OK} }

func (p *pair) set(change func(p *pair)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// committed is how many transactions the source has at t.
func (p *pair) committed(t time.Time) uint64 {
	if !p.stopped.IsZero() && t.After(p.stopped) {
		t = p.stopped
	}
	return uint64(max(t.Sub(p.began)/commitEvery, 0)) + 1
}

// applied is how many of them the replica has at t.
func (p *pair) applied(t time.Time) uint64 {
	t = t.Add(-p.lag)
	if !p.cutAt.IsZero() && t.After(p.cutAt) {
		t = p.cutAt
	}
	p.had = max(p.had, p.committed(t)) // what was applied stays applied
	return p.had
}

// truth is the age at t of the oldest write that only the source has; 0 if there is none.
func (p *pair) truth(t time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.applied(t)
	if a >= p.committed(t) {
		return 0
	}
	return t.Sub(p.began.Add(time.Duration(a) * commitEvery))
}

func (p *pair) position(n uint64) rto.Position {
	out, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", n))
	if err != nil {
		panic(err)
	}
	return out
}

func instant() rto.Instant { return rto.InstantOf(time.Now()) }

// Source implements tracker.Source.
func (p *pair) Source(ctx context.Context) rto.SourceSample {
	s := rto.SourceSample{Store: "mysql", Send: instant()}
	p.mu.Lock()
	s.Outcome, s.ReadOnly = p.source, p.readOnly
	if s.Outcome == rto.OK {
		s.Server, s.At = "1", p.position(p.committed(time.Now()))
	}
	p.mu.Unlock()
	if s.Outcome == rto.TimedOut {
		<-ctx.Done()
	}
	if s.Outcome != rto.OK {
		s.ReadOnly = false
	}
	s.Recv = instant()
	return s
}

// Replica implements tracker.Replica.
func (p *pair) Replica(ctx context.Context) rto.ReplicaSample {
	s := rto.ReplicaSample{Store: "mysql", Replica: "dr", Send: instant()}
	p.mu.Lock()
	s.Outcome = p.replica
	if s.Outcome == rto.OK {
		s.Server, s.ReadOnly = "2", !p.promoted
		s.Applied = p.position(p.applied(time.Now()))
		s.Received, s.ReceivedKnown = s.Applied, true
		if p.ownWrites > 0 {
			s.Log = own(p.ownWrites)
		}
	}
	p.mu.Unlock()
	if s.Outcome == rto.TimedOut {
		<-ctx.Done()
	}
	s.Recv = instant()
	return s
}

func own(n uint64) rto.Position {
	out, err := rto.ParsePosition(fmt.Sprintf("1-2-%d", n))
	if err != nil {
		panic(err)
	}
	return out
}

// Probe implements tracker.Prober: the path is good while the source answers, or after a promotion.
func (p *pair) Probe(context.Context) rto.ProbeResult {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := rto.ProbeResult{Path: "api", Send: instant(), Recv: instant(), Outcome: rto.Refused}
	if p.source == rto.OK || p.promoted {
		r.Outcome, r.Grade, r.Good = rto.OK, rto.Accepted, true
	}
	return r
}

// described is a spec with one replicated store and a plan of three steps.
func described() spec.Recovery {
	var r spec.Recovery
	r.Scenarios = []spec.RecoveryScenario{{Scenario: rto.Scenario{Name: "region_loss", RTO: 30 * time.Minute, RPO: 5 * time.Minute}}}
	r.Stores = []spec.Store{{Name: "mysql", System: "mysql", Replica: "dr"}}
	r.Plan = rto.Plan{Name: "failover", Scenario: "region_loss", Steps: []rto.Step{
		{ID: "detect", Title: "See it", Phase: rto.Detect, Budget: time.Minute},
		{ID: "promote", Title: "Promote", Phase: rto.Promote, Budget: time.Minute, After: []string{"detect"}},
		{ID: "verify", Title: "Verify", Phase: rto.Verify, Budget: time.Minute, After: []string{"promote"}},
	}}
	return r
}

func options(p *pair, j tracker.Journal) tracker.Options {
	return tracker.Options{
		Vantage: "tracker-dr", Version: "test", Recovery: described(), Journal: j, Now: instant, Logger: slog.New(slog.DiscardHandler),
		Stability: rto.Stability{Results: 3, Hold: 2 * time.Second},
		Stores: []tracker.StoreWatch{{
			Name: "mysql", Server: "primary", Source: p, Replicas: map[string]tracker.Replica{"dr": p}, Interval: time.Second, Timeout: 500 * time.Millisecond,
		}},
		Paths: []tracker.PathWatch{{Path: rto.Path{Name: "api", Want: rto.Accepted, Interval: time.Second, Timeout: 500 * time.Millisecond}, Prober: p}},
	}
}

// running starts a service in the bubble of the test; end stops it and waits.
func running(t *testing.T, o tracker.Options) (s *tracker.Service, end func()) {
	t.Helper()
	s, err := tracker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, start(t, s, 0)
}

func start(t *testing.T, s *tracker.Service, before rto.Instant) func() {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		err := s.Begin(ctx, rto.Session{Vantage: "tracker-dr", Began: instant()}, before)
		if err == nil {
			s.Run(ctx)
		}
		done <- err
	}()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// exposure is that of a side now.
func exposure(t *testing.T, s *tracker.Service, side rto.Side) rto.Exposure {
	t.Helper()
	for _, e := range s.Snapshot().Exposures {
		if e.Side == side {
			return e
		}
	}
	t.Fatalf("no exposure of side %s", side)
	return rto.Exposure{}
}

func tally(t *testing.T, s *tracker.Service) rto.Tally {
	t.Helper()
	for _, v := range s.Snapshot().Virtual {
		if v.Side == rto.Applied {
			return v.Tally
		}
	}
	t.Fatal("no tally")
	return rto.Tally{}
}
