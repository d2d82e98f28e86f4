package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
)

func TestLists(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := newRecorder(t)
	end := r.history()
	s := indexed(t, r, store.Options{Judge: func(_ context.Context, d store.Drill) (rto.Verdict, error) {
		if d.ID != "d1" || d.FirstSeq == 0 || d.LastSeq <= d.FirstSeq {
			t.Errorf("judged: %+v", d)
		}
		return rto.Pass, nil
	}})
	drills, err := s.Drills(ctx, always(), 0)
	if err != nil || len(drills) != 2 || drills[0].ID != "d2" || drills[1].ID != "d1" {
		t.Fatalf("%+v, %v", drills, err)
	}
	d2, d1 := drills[0], drills[1]
	if d2.State != store.Running || d2.Ended != 0 || d2.Verdict != "" || d2.Kind != rto.Tabletop || d2.Scenario != "zone" || d2.Began != end {
		t.Errorf("%+v", d2)
	}
	if d1.State != store.Ended || d1.Ended <= d1.Began || d1.Verdict != rto.Pass || d1.Kind != rto.Full {
		t.Errorf("%+v", d1)
	}
	if got, err := s.Drills(ctx, store.Range{From: d2.Began, To: d2.Began + 1}, 0); err != nil || len(got) != 1 {
		t.Errorf("of a range: %+v, %v", got, err)
	}
	last, ok, err := s.LastDrill(ctx, "")
	if err != nil || !ok || last.ID != "d1" {
		t.Errorf("last: %+v, %v, %v", last, ok, err)
	}
	if _, ok, err := s.LastDrill(ctx, "zone"); ok || err != nil {
		t.Errorf("the last of a scenario that never ended one: %v, %v", ok, err)
	}
	if got, ok, err := s.Drill(ctx, "d2"); err != nil || !ok || got != d2 {
		t.Errorf("by id: %+v, %v, %v", got, ok, err)
	}
	events, err := s.Events(ctx, "d1", 0)
	if err != nil || len(events) != 4 || events[0].Kind != rto.EventStarted || events[0].Start.Scenario.Name != "region" || events[3].Kind != rto.EventEnded {
		t.Errorf("%+v, %v", events, err)
	}
	if newest, err := s.Events(ctx, "d1", 1); err != nil || len(newest) != 1 || newest[0].Kind != rto.EventEnded {
		t.Errorf("newest event: %+v, %v", newest, err)
	}
	others(t, s, r)
}

// others are the lists besides drills.
func others(t *testing.T, s *store.Store, r *recorder) {
	t.Helper()
	ctx := t.Context()
	all, err := s.Findings(ctx, false, 0)
	if err != nil || len(all) != 2 || all[0].ID != "f1" || all[0].Closed == 0 || all[0].ClosedBy != "d2" || all[0].Due == 0 {
		t.Errorf("%+v, %v", all, err)
	}
	open, err := s.Findings(ctx, true, 0)
	if err != nil || len(open) != 1 || open[0].ID != "f2" || open[0].Closed != 0 || open[0].Due != 0 || open[0].Drill != "d1" {
		t.Errorf("%+v, %v", open, err)
	}
	alerts, err := s.Alerts(ctx, always(), 0)
	if err != nil || len(alerts) != 1 || alerts[0].Name != "RegionDown" || alerts[0].Labels["region"] != "a" {
		t.Errorf("%+v, %v", alerts, err)
	}
	holes, err := s.Holes(ctx, always(), 0)
	if err != nil || len(holes) != 1 || holes[0].To.Sub(holes[0].From).Seconds() != 90 {
		t.Errorf("%+v, %v", holes, err)
	}
	steps, err := s.ClockSteps(ctx, always(), 0)
	if err != nil || len(steps) != 1 || steps[0].Offset.Seconds() != 10 {
		t.Errorf("%+v, %v", steps, err)
	}
	sessions, err := s.Sessions(ctx, 0)
	if err != nil || len(sessions) != 2 || sessions[0].Seq < sessions[1].Seq || sessions[0].Vantage != "east" {
		t.Errorf("%+v, %v", sessions, err)
	}
	series, err := s.AllSeries(ctx)
	if err != nil || len(series) != 1 || series[0] != applied {
		t.Errorf("%+v, %v", series, err)
	}
	first := evidence.Record{}
	for rec, err := range r.log.Read(1) {
		if first = rec; err != nil {
			t.Fatal(err)
		}
		break
	}
	if name, ok := store.VantageOf(first); !ok || name != "east" {
		t.Errorf("vantage %q %v", name, ok)
	}
}

// TestVerdicts asks the judge again when a later event may change the verdict, and takes a refusal for what it is.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	r.session(start)
	asked := 0
	refuse := errors.New("phases are not in order")
	judge := func(_ context.Context, d store.Drill) (rto.Verdict, error) {
		if asked++; asked == 1 {
			return rto.Pass, refuse
		}
		return rto.Fail, nil
	}
	s := open(t, filepath.Join(t.TempDir(), "index.db"), store.Options{Judge: judge})
	expect := func(what string, times int, verdict rto.Verdict, refused string, state store.DrillState) {
		t.Helper()
		catchUp(t, s, r.log)
		catchUp(t, s, r.log)
		d, ok, err := s.Drill(t.Context(), "d1")
		if err != nil || !ok || d.Verdict != verdict || d.Refused != refused || asked != times || d.State != state {
			t.Errorf("%s: asked %d times, %+v, %v", what, asked, d, err)
		}
	}
	event := func(at rto.Instant, kind rto.EventKind) {
		r.drill(at, rto.DrillEvent{Drill: "d1", Kind: kind, Start: &rto.DrillStart{Kind: rto.Real, Scenario: rto.Scenario{Name: "region"}}})
	}
	event(start, rto.EventStarted)
	expect("running", 0, "", "", store.Running)
	event(start+second, rto.EventEnded)
	expect("ended", 1, rto.NotProven, refuse.Error(), store.Ended)
	event(start+2*second, rto.EventManifest)
	expect("the old log was read", 2, rto.Fail, "", store.Ended)
	event(start+3*second, rto.EventFailedBack)
	expect("failed back", 3, rto.Fail, "", store.FailedBack)
	r.drill(start, rto.DrillEvent{Drill: "d1", Kind: rto.EventAborted})
	expect("aborted", 4, rto.Fail, "", store.Aborted)
	if s.Rebuilt() != "" && !strings.Contains(s.Rebuilt(), "missing") {
		t.Error(s.Rebuilt())
	}
}
