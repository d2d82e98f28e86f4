package store_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
)

// everything is what an index holds of long ago.
type everything struct {
	Hours, Days []store.Bucket
	Sessions    []store.Session
	Holes       []store.Hole
	Alerts      []store.Alert
	Drills      []store.Drill
}

func allOf(t *testing.T, s *store.Store) everything {
	t.Helper()
	var all everything
	var errs [6]error
	in := store.Range{To: start + 1000*86400*second}
	series := store.Series{Store: "main", Replica: "dr", Side: rto.Applied}
	all.Hours, errs[0] = s.History(t.Context(), series, store.Hour, in, 0)
	all.Days, errs[1] = s.History(t.Context(), series, store.Day, in, 0)
	all.Sessions, errs[2] = s.Sessions(t.Context(), 0)
	all.Holes, errs[3] = s.Holes(t.Context(), in, 0)
	all.Alerts, errs[4] = s.Alerts(t.Context(), in, 0)
	all.Drills, errs[5] = s.Drills(t.Context(), in, 0)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestPrunedEvidence keeps history: an index that is made anew from evidence of which most looks are gone is that which saw them all.
func TestPrunedEvidence(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	opt := store.Options{Interval: 10 * time.Minute}
	const every, day = 600 * second, 86400 * second
	index := func() *store.Store {
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "index.sqlite"), opt)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() }) // nothing is needed of it
		if _, err := s.CatchUp(t.Context(), r.log); err != nil {
			t.Fatal(err)
		}
		return s
	}
	r.session(start)
	watch := func(from, to rto.Instant) {
		for at := from + every/2; at < to; at += every {
			n := int((at - start) / every)
			if n%200 == 7 {
				r.add(rto.RecordAlert, at, rto.AlertSeen{Name: "RecoveryExposure", Received: at})
			}
			if n%144 < 100 {
				r.look(at, n+1, n+1-n%3)
			} else if n%144 == 120 {
				r.add(rto.RecordHole, at, rto.Hole{From: at - 20*every, To: at, Cause: "restart"})
			}
		}
	}
	watch(start, start+day)
	r.drill(start+day+second, rto.DrillEvent{Drill: "d", Kind: rto.EventStarted, Start: &rto.DrillStart{Kind: rto.Full, Scenario: rto.Scenario{Name: "region_loss"}}})
	r.drill(start+day+2*second, rto.DrillEvent{Drill: "d", Kind: rto.EventEnded})
	watch(start+day, start+6*day)
	live := index()
	before := allOf(t, live)
	if len(before.Days) < 5 || len(before.Hours) < 100 || len(before.Holes) < 5 || len(before.Alerts) < 4 || len(before.Drills) != 1 {
		t.Fatalf("this proves little: %d days, %d hours", len(before.Days), len(before.Hours))
	}
	prune := func(older rto.Instant, want int) {
		t.Helper()
		p := evidence.Pruning{Before: int64(older), Now: int64(start + 7*day), Why: "a test", Segment: func(c evidence.Candidate) (any, bool, error) {
			return live.Prune(t.Context(), c)
		}}
		for end := time.Now().Add(time.Minute); want > 0; time.Sleep(10 * time.Millisecond) { // closed segments are compressed meanwhile
			gone, err := r.log.Prune(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if want -= len(gone); want > 0 && time.Now().After(end) {
				t.Fatalf("%d segments are not pruned", want)
			}
		}
	}
	prune(start+4*day, 3) // of four days that with the drill stays
	check := func(what string) {
		t.Helper()
		if _, fault := evidence.Verify(r.log.Dir()); fault != nil {
			t.Fatal(fault)
		}
		if _, err := live.CatchUp(t.Context(), r.log); err != nil {
			t.Fatal(err)
		}
		for name, s := range map[string]*store.Store{"the index that saw all": live, "one that is made anew": index()} {
			if got := allOf(t, s); !reflect.DeepEqual(got, before) {
				t.Errorf("%s: %s differs", what, name)
				for i, b := range got.Hours {
					if i >= len(before.Hours) || !reflect.DeepEqual(b, before.Hours[i]) {
						t.Fatalf("hour %d of %d is %+v, was %+v", i, len(got.Hours), b, before.Hours[min(i, len(before.Hours)-1)])
					}
				}
				t.Fatalf("days %+v\nwere %+v\n%d and %d sessions, %d and %d holes, %d and %d alerts", got.Days, before.Days,
					len(got.Sessions), len(before.Sessions), len(got.Holes), len(before.Holes), len(got.Alerts), len(before.Alerts))
			}
		}
	}
	check("after the first round")
	// The records that tell of it go as well, in time. What they kept goes on.
	watch(start+8*day, start+10*day)
	if _, err := live.CatchUp(t.Context(), r.log); err != nil {
		t.Fatal(err)
	}
	before = allOf(t, live)
	prune(start+8*day, 3)
	check("after the second round")
}
