package tracker_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// told is a service that stands at one instant and has been told what happened until then.
type told struct {
	*tracker.Service
	t   *testing.T
	now rto.Instant
	// active says which objectives are in maintenance.
	active map[string]bool
}

// newTold watches the platform of the fakes, two stores of which nothing is replicated, and a wall clock that went wrong once.
func newTold(t *testing.T) *told {
	t.Helper()
	s := &told{t: t, now: rto.InstantOf(exportertest.Now())}
	o := options(newPair(), &memory{})
	o.Now = func() rto.Instant { return s.now }
	o.Offset = func() time.Duration { return 250 * time.Millisecond }
	o.Maintenance = func() map[string]bool { return s.active }
	o.Stocks = []tracker.StockWatch{{Name: "redis"}, {Name: "rabbitmq"}}
	service, err := tracker.New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Service = service
	return s
}

func (s *told) record(kind rto.RecordKind, at rto.Instant, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.Restore(kind, at, text); err != nil {
		s.t.Fatal(err)
	}
}

func at(t *testing.T, n int) rto.Position {
	t.Helper()
	p, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", n))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// watch looks for so many seconds until now: ten transactions a second, of which the replica lacks the newest three.
func (s *told) watch(seconds int, source rto.Outcome) {
	s.t.Helper()
	behind, heartbeat, queued, applied, cloud, oldest := 0.0, 0.8, 0.35, 0.4, 1.0, 2.5
	for i := range seconds {
		send := s.now.Add(time.Duration(i-seconds) * time.Second)
		recv := send.Add(time.Millisecond)
		n := 1000 + 10*i
		l := rto.Look{Until: recv, Sources: []rto.SourceSample{{Store: "mysql", Server: "1", Send: send, Recv: recv, Outcome: source}}}
		if source == rto.OK {
			l.Sources[0].At = at(s.t, n)
		}
		l.Replicas = []rto.ReplicaSample{{
			Store: "mysql", Replica: "dr", Server: "2", Send: send, Recv: recv, Outcome: rto.OK, ReadOnly: true,
			Applied: at(s.t, n-3), Received: at(s.t, n-1), ReceivedKnown: true, Threads: &rto.Threads{Receiving: "Yes", Applying: "Yes"},
			Estimates: rto.Estimates{SecondsBehind: &behind, Heartbeat: &heartbeat, QueuedAge: &queued, AppliedAge: &applied, Cloud: &cloud},
		}}
		l.Probes = []rto.ProbeResult{{Path: "api", Send: send, Recv: recv, Outcome: source, Grade: rto.Accepted, Good: source == rto.OK}}
		if source != rto.OK {
			l.Probes[0].Grade = rto.NoAnswer
		}
		l.Stocks = []rto.StockSample{
			{Store: "redis", Node: "redis-a", Send: send, Recv: recv, Outcome: rto.OK, AtRisk: map[string]float64{"keys": 48211, "calls": 1204}},
			{Store: "rabbitmq", Node: "rabbit-a", Send: send, Recv: recv, Outcome: rto.OK, AtRisk: map[string]float64{"messages_ready": 340, "messages_unacked": 27}, OldestAge: &oldest},
		}
		s.record(rto.RecordLook, recv, l)
	}
}

// event takes an event of a drill down.
func (s *told) event(at rto.Instant, e rto.DrillEvent) {
	s.t.Helper()
	e.At, e.Noted, e.Source = rto.At(at), at, rto.ByPerson
	s.record(rto.RecordDrill, at, e)
}

func (s *told) drill(id string, began rto.Instant) {
	s.t.Helper()
	r := described()
	s.event(began, rto.DrillEvent{Drill: id, Kind: rto.EventStarted, Author: "mina", Start: &rto.DrillStart{
		Kind: rto.Full, Scenario: r.Scenarios[0].Scenario, Plan: r.Plan, Paths: []rto.Path{{Name: "api", Want: rto.Accepted, Interval: time.Second, Timeout: 500 * time.Millisecond}},
		Stability: rto.Stability{Results: 3, Hold: 2 * time.Second}, Store: "mysql", Replica: "dr", Interval: time.Second,
	}})
}

// rehearsed has a drill of last month behind it, that was judged.
func (s *told) rehearsed() {
	s.t.Helper()
	began := s.now.Add(-30 * 24 * time.Hour)
	s.drill("old", began)
	s.event(began.Add(20*time.Minute), rto.DrillEvent{Drill: "old", Kind: rto.EventEnded, Author: "mina"})
	phase := func(p rto.Phase, from, to time.Duration) rto.PhaseTime {
		return rto.PhaseTime{Phase: p, Begun: rto.At(began.Add(from)), Done: rto.At(began.Add(to)), Took: rto.Bracket{Lo: to - from - time.Second, Hi: to - from + time.Second}}
	}
	s.Judge("old", tracker.Judged{
		Events: 2, RTO: rto.Bracket{Lo: 17 * time.Minute, Hi: 17*time.Minute + 2*time.Second}, RTOVerdict: rto.Pass,
		RPO: rto.Bracket{Lo: 400 * time.Millisecond, Unbounded: true}, RPOVerdict: rto.NotProven,
		Phases: []rto.PhaseTime{phase(rto.Detect, 0, 2*time.Minute), phase(rto.Promote, 4*time.Minute, 9*time.Minute), {Phase: rto.Verify}},
	})
	s.SetShares([]tracker.Share{{Store: "mysql", Replica: "dr", Side: rto.Applied, Period: "30d", Share: 0.99987}, {Store: "mysql", Replica: "dr", Side: rto.Received, Period: "30d", Share: 0.99991}})
	s.SetTraps([]tracker.Trap{
		{Store: "mysql", Server: "dr", Name: "retry_count", State: tracker.TrapSet}, {Store: "mysql", Server: "dr", Name: "delay", State: tracker.TrapClear},
		{Store: "mysql", Server: "dr", Name: "net_timeout", State: tracker.TrapUnknown},
	})
}

func (s *told) exposition() string {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), http.MethodGet, "/metrics", nil)
	w := httptest.NewRecorder()
	s.Metrics().ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		s.t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// TestMetrics compares what Prometheus gets in each state with what it got when somebody looked at it last, with the catalogue both ways, and
// with promlint.
func TestMetrics(t *testing.T) {
	t.Parallel()
	suite := exportertest.Suite{Families: append(metric.Recovery(), metric.SLO()...)}
	for name, tell := range map[string]func(*told){
		"new":  func(*told) {},
		"well": func(s *told) { s.watch(10, rto.OK); s.rehearsed() },
		"maintenance": func(s *told) {
			s.active = map[string]bool{"call_setup": true, "registration": false}
			s.watch(10, rto.OK)
		},
		"partition": func(s *told) { s.now = s.now.Add(-time.Minute); s.watch(10, rto.OK); s.now = s.now.Add(time.Minute) },
		"drill": func(s *told) {
			s.rehearsed()
			s.now = s.now.Add(-5 * time.Minute)
			s.watch(10, rto.OK)
			s.drill("new", s.now)
			s.now = s.now.Add(10 * time.Second)
			s.event(s.now.Add(-10*time.Second), rto.DrillEvent{Drill: "new", Kind: rto.EventInjected, Author: "mina"})
			s.watch(10, rto.TimedOut)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newTold(t)
			tell(s)
			suite.GoldenText(t, s.exposition(), "testdata/golden/"+name+".prom")
		})
	}
}

// TestEveryMetricIsShown has every family of the catalogue in some state.
func TestEveryMetricIsShown(t *testing.T) {
	t.Parallel()
	exportertest.Suite{Families: append(metric.Recovery(), metric.SLO()...)}.Covered(t, "testdata/golden/*.prom", nil)
}

// TestMetricsAreAlwaysThere holds what alerts rest on: exposure and proof are in every exposition, whatever is known.
func TestMetricsAreAlwaysThere(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	for _, step := range []func(){func() {}, func() { s.watch(3, rto.TimedOut) }, func() { s.watch(3, rto.OK) }, func() { s.now = s.now.Add(24 * time.Hour) }} {
		step()
		text := s.exposition()
		for _, f := range []*metric.Family{metric.RecoveryExposure, metric.RecoveryProven, metric.RecoveryWatched, metric.RecoveryEvidenceWritable} {
			if !strings.Contains(text, "\n"+f.Name+"{") && !strings.Contains(text, "\n"+f.Name+" ") {
				t.Errorf("%s is missing", f.Name)
			}
		}
	}
}
