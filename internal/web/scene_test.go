package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
	"github.com/voipbin/observability/internal/tracker"
	"github.com/voipbin/observability/internal/web"
)

// scene is a tracker that has been told a story by the records of it, and whose clock stands still: its pages are the same each time.
type scene struct {
	t       *testing.T
	url     string
	server  *httptest.Server
	service *tracker.Service
	clock   atomic.Int64
	zero    rto.Instant // the failure: three in the morning
	id      string
}

func (s *scene) now() rto.Instant               { return rto.Instant(s.clock.Load()) }
func (s *scene) at(d time.Duration) rto.Instant { return s.zero.Add(d) }

// newScene has the shipped description and has seen nothing.
func newScene(t *testing.T) *scene { return newSceneWith(t, func(*scene, *web.Options) {}) }

// newSceneWith is newScene with more pages.
func newSceneWith(t *testing.T, more func(*scene, *web.Options)) *scene {
	t.Helper()
	s := &scene{t: t, zero: rto.InstantOf(time.Date(2026, 3, 14, 3, 0, 0, 0, time.UTC)), id: "2026-03-14-region-loss-1"}
	described, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if described == nil {
		t.Fatal(problems.Err())
	}
	s.clock.Store(int64(s.at(0)))
	var paths []tracker.PathWatch
	for _, p := range scenePaths() {
		paths = append(paths, tracker.PathWatch{Path: p})
	}
	logger := slog.New(slog.DiscardHandler)
	journal := &journal{}
	service, err := tracker.New(tracker.Options{
		Vantage: "tracker-dr", Version: "1.0.0", Recovery: described.Recovery, Journal: journal, Now: s.now, Logger: logger,
		Stores: []tracker.StoreWatch{{Name: "mysql", Server: "primary", Replicas: map[string]tracker.Replica{"dr": nil, "analytics": nil}, Interval: time.Second, Timeout: 500 * time.Millisecond}},
		Stocks: []tracker.StockWatch{{Name: "redis"}, {Name: "rabbitmq"}}, Paths: paths, Stability: rto.Stability{Results: 3, Hold: time.Minute},
		From: "us-central1", To: "us-east1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.service = service
	shown := web.Options{
		Service: service, Reports: recorded{goldenReports(t)["pass.html"]}, Now: s.now, Logger: logger,
		Operators: []web.Operator{{Name: "mina", Token: aliceToken}, {Name: "auditor", Token: audToken, ReadOnly: true}},
	}
	more(s, &shown)
	handler, err := web.New(shown)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	s.url, s.server = server.URL, server
	service.SetTraps([]tracker.Trap{
		{Store: "mysql", Server: "dr", Name: "retry_count", State: tracker.TrapSet, Measured: "SOURCE_RETRY_COUNT=10", Fix: "CHANGE REPLICATION SOURCE TO SOURCE_RETRY_COUNT=86400"},
		{Store: "mysql", Server: "dr", Name: "delay", State: tracker.TrapClear},
		{Store: "mysql", Server: "analytics", Name: "net_timeout", State: tracker.TrapUnknown, Measured: "no right to ask"},
	})
	return s
}

func scenePaths() []rto.Path {
	return []rto.Path{
		{Name: "api", Want: rto.Accepted, Interval: time.Second, Timeout: time.Second},
		{Name: "call", Want: rto.Served, Interval: 2 * time.Second, Timeout: 2 * time.Second},
		{Name: "dns", Want: rto.Accepted, Interval: time.Second, Timeout: time.Second},
		{Name: "signalling", Want: rto.Accepted, Interval: time.Second, Timeout: time.Second},
	}
}

// tell gives the service a record, as after a restart.
func (s *scene) tell(kind rto.RecordKind, at rto.Instant, body any) {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.service.Restore(kind, at, text); err != nil {
		s.t.Fatal(err)
	}
}

// cutAt is when nothing reaches the replicas any more: 20 s before the failure.
const cutAt = -20 * time.Second

// watch looks once a second.
func (s *scene) watch(from, to time.Duration) {
	s.t.Helper()
	position := func(d time.Duration) rto.Position {
		p, err := rto.ParsePosition(fmt.Sprintf("0-1-%d", 1000+int(d/(40*time.Millisecond))+1_000_000))
		if err != nil {
			s.t.Fatal(err)
		}
		return p
	}
	behind, heartbeat := 0.0, 0.9
	for d := from; d <= to; d += time.Second {
		send, recv := s.at(d), s.at(d+2*time.Millisecond)
		source := rto.SourceSample{Store: "mysql", Send: send, Recv: recv, Outcome: rto.OK, Server: "1", At: position(d)}
		outcome, region := rto.OK, "us-central1"
		if d >= 0 {
			source = rto.SourceSample{Store: "mysql", Send: send, Recv: s.at(d + 500*time.Millisecond), Outcome: rto.TimedOut}
			outcome, region = rto.TimedOut, ""
		}
		look := rto.Look{Until: recv, Sources: []rto.SourceSample{source}}
		for i, name := range []string{"dr", "analytics"} {
			have := min(d, cutAt)
			look.Replicas = append(look.Replicas, rto.ReplicaSample{
				Store: "mysql", Replica: name, Server: fmt.Sprint(i + 2), Send: send, Recv: recv, Outcome: rto.OK, ReadOnly: true,
				Applied: position(have - time.Duration(300+9000*i)*time.Millisecond), Received: position(have - 40*time.Millisecond), ReceivedKnown: true,
				Threads: &rto.Threads{Receiving: "Yes", Applying: "Yes"}, Estimates: rto.Estimates{SecondsBehind: &behind, Heartbeat: &heartbeat},
			})
		}
		for _, p := range scenePaths() {
			grade := p.Want
			if outcome != rto.OK {
				grade = rto.NoAnswer
			}
			look.Probes = append(look.Probes, rto.ProbeResult{Path: p.Name, Send: send, Recv: recv, Outcome: outcome, Grade: grade, Good: outcome == rto.OK, Region: region})
		}
		oldest := 12.5
		look.Stocks = []rto.StockSample{
			{Store: "redis", Node: "redis-a", Send: send, Recv: recv, Outcome: outcome, AtRisk: map[string]float64{"keys": 48211, "calls": 1204}},
			{Store: "rabbitmq", Node: "rabbit-a", Send: send, Recv: recv, Outcome: outcome, AtRisk: map[string]float64{"messages_ready": 340, "messages_unacked": 27}, OldestAge: &oldest},
		}
		s.tell(rto.RecordLook, recv, look)
	}
	s.clock.Store(int64(s.at(to + 100*time.Millisecond)))
}

// note takes an event down.
func (s *scene) note(d time.Duration, e rto.DrillEvent) {
	s.t.Helper()
	e.Drill, e.At, e.Noted = s.id, rto.At(s.at(d)), s.at(d)
	if e.Source == "" {
		e.Source = rto.ByPerson
	}
	s.tell(rto.RecordDrill, e.Noted, e)
}

// begin plays a region's loss until it is noticed.
func (s *scene) begin() {
	s.t.Helper()
	described, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if described == nil {
		s.t.Fatal(problems.Err())
	}
	yes, no := true, false
	s.note(-time.Minute, rto.DrillEvent{Kind: rto.EventStarted, Author: "mina", Start: &rto.DrillStart{
		Kind: rto.Full, Scenario: described.Recovery.Scenarios[0].Scenario, Plan: described.Recovery.Plan, Paths: scenePaths(),
		Stability: rto.Stability{Results: 3, Hold: time.Minute}, Store: "mysql", Replica: "dr", Interval: time.Second,
		Realism: rto.Realism{Announced: &yes, PreScaled: &no}, From: "us-central1", To: "us-east1",
		Scope: "all of us-central1: database, signalling, media and API",
	}})
	s.note(-50*time.Second, rto.DrillEvent{Kind: rto.EventJoined, Author: "jae", Joined: &rto.Person{Name: "jae", Role: "database"}})
	s.note(cutAt, rto.DrillEvent{Kind: rto.EventNote, Author: "mina", Text: "the link between the regions swallows everything: neither side notices"})
	s.note(time.Millisecond, rto.DrillEvent{Kind: rto.EventInjected, Author: "mina", Text: "firewall: drop all of us-central1"})
	s.note(72*time.Second, rto.DrillEvent{Kind: rto.EventStepDone, Step: "detect", Author: "sol"})
}

// drill plays on: seven minutes after the loss the replica is being promoted, and machines are being started.
func (s *scene) drill() {
	s.t.Helper()
	s.begin()
	s.note(2*time.Minute, rto.DrillEvent{Kind: rto.EventDeclared, Author: "mina", Text: "two trackers see every path bad"})
	s.note(2*time.Minute+5*time.Second, rto.DrillEvent{Kind: rto.EventStepDone, Step: "declare", Author: "mina"})
	s.note(2*time.Minute+30*time.Second, rto.DrillEvent{Kind: rto.EventStepBegun, Step: "promote", Author: "jae"})
	s.note(3*time.Minute, rto.DrillEvent{Kind: rto.EventStepBegun, Step: "scale", Author: "noor"})
	s.note(4*time.Minute+10*time.Second, rto.DrillEvent{Kind: rto.EventDeviation, Author: "jae", Text: "the relay log is drained first: 9 s of writes are in it"})
	s.watch(-5*time.Minute, 7*time.Minute+12*time.Second)
}

// recorded has the report of another package's story.
type recorded struct{ page []byte }

// Report is that page, whatever is asked.
func (r recorded) Report(context.Context, string, string) ([]byte, error) { return r.page, nil }

// goldenReports are the pages that package report has made, by file.
func goldenReports(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../rto/report/testdata/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reports: %v", err)
	}
	files = append(files, "../../docs/examples/recovery-drill.html")
	found := map[string][]byte{}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(f)] = text
	}
	return found
}
