package tracker_test

import (
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// TestRehearsed: the newest drill that measured something counts, with what it came to; talking does not, nor what still runs.
func TestRehearsed(t *testing.T) {
	t.Parallel()
	s := newTold(t)
	if r := s.Snapshot().Rehearsed; len(r) != 0 {
		t.Errorf("nothing was rehearsed, and %+v is told", r)
	}
	s.rehearsed()
	r := s.Snapshot().Rehearsed
	if len(r) != 1 || r[0].Kind != rto.Full || r[0].Judged == nil || r[0].Judged.RTO.Lo != 17*time.Minute {
		t.Fatalf("%+v", r)
	}
	kind := func(id string, k rto.DrillKind, ago time.Duration, ends bool) {
		began := s.now.Add(-ago)
		d := described()
		s.event(began, rto.DrillEvent{Drill: id, Kind: rto.EventStarted, Author: "mina", Start: &rto.DrillStart{Kind: k, Scenario: d.Scenarios[0].Scenario, Plan: d.Plan}})
		if ends {
			s.event(began.Add(time.Minute), rto.DrillEvent{Drill: id, Kind: rto.EventEnded, Author: "mina"})
		}
	}
	kind("talk", rto.Tabletop, 20*24*time.Hour, true)
	if got := s.Snapshot().Rehearsed; len(got) != 1 || got[0].Began != r[0].Began {
		t.Errorf("a tabletop counts: %+v", got)
	}
	kind("part", rto.Partial, 10*24*time.Hour, true)
	if got := s.Snapshot().Rehearsed; len(got) != 1 || got[0].Kind != rto.Partial || got[0].Judged != nil {
		t.Errorf("the newest is not judged yet: %+v", got)
	}
	s.Judge("part", tracker.Judged{RTO: rto.Bracket{Lo: time.Minute, Hi: time.Minute}, RTOVerdict: rto.Pass})
	kind("now", rto.Full, time.Minute, false)
	if got := s.Snapshot().Rehearsed; len(got) != 1 || got[0].Kind != rto.Partial || got[0].Judged == nil || got[0].Judged.RTO.Hi != time.Minute {
		t.Errorf("%+v", got)
	}
}
