package report_test

import (
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

// running begins a drill of the usual plan and plays events of it.
func running(t *testing.T, events ...rto.DrillEvent) (*rto.Drill, func(time.Duration) rto.Instant) {
	t.Helper()
	w := newWorld(1)
	first := rto.DrillEvent{Drill: "d", Kind: rto.EventStarted, At: rto.At(w.at(0)), Noted: w.at(0), Start: w.start()}
	d, err := rto.NewDrill(first)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		e.Drill, e.Noted = "d", e.At.Hi
		if err := d.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return d, w.at
}

func TestForecast(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	at := func(d time.Duration) rto.Moment { return rto.At(w.at(d)) }
	d, _ := running(t,
		rto.DrillEvent{Kind: rto.EventInjected, At: at(10 * time.Second)},
		rto.DrillEvent{Kind: rto.EventDeclared, At: at(100 * time.Second)},
		rto.DrillEvent{Kind: rto.EventStepBegun, Step: "detect", At: at(60 * time.Second)},
		rto.DrillEvent{Kind: rto.EventStepDone, Step: "detect", At: at(95 * time.Second)},
		rto.DrillEvent{Kind: rto.EventStepBegun, Step: "database", At: at(110 * time.Second)},
	)
	now := w.at(160 * time.Second)
	f := report.Predict(earlier(), d, rto.Measured{Notified: at(70 * time.Second)}, now)
	if f.Spent == nil || f.Spent.Hi != 150*time.Second || *f.Remaining != 30*time.Minute-150*time.Second {
		t.Errorf("spent %v, remaining %v", f.Spent, f.Remaining)
	}
	// The median of two drills by nearest rank is the shorter one, p90 the longer. Promotion takes 150 or 250 s, of which 50 are spent, and then the
	// redirection 400 or 800 s; scaling takes 500 or 900 s beside them and waits for nothing but detection.
	if lo, hi := f.End.Lo.Sub(now), f.End.Hi.Sub(now); lo != 500*time.Second || hi != 1000*time.Second {
		t.Errorf("ends in %s to %s", lo, hi)
	}
	if f.Expected != rto.Pass {
		t.Errorf("expected %s", f.Expected)
	}
	if len(f.Next) != 2 || f.Next[0].ID != "scale" || f.Next[0].Running || f.Next[1].ID != "database" || !f.Next[1].Running {
		t.Errorf("next are %+v", f.Next)
	}
	states := map[rto.Phase]string{rto.Detect: report.PhaseDone, rto.Decide: report.PhaseDone, rto.Promote: report.PhaseRunning, rto.Scale: report.PhaseToCome}
	for _, p := range f.Phases {
		if want, ok := states[p.Phase]; ok && p.State != want {
			t.Errorf("%s is %s, want %s", p.Phase, p.State, want)
		}
	}
}

func TestForecastWithoutHistoryTakesBudgets(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	d, _ := running(t, rto.DrillEvent{Kind: rto.EventInjected, At: rto.At(w.at(0))}, rto.DrillEvent{Kind: rto.EventDeclared, At: rto.At(w.at(time.Second))})
	f := report.Predict(nil, d, rto.Measured{}, w.at(2*time.Second))
	if f.End.Lo != f.End.Hi || f.End.Hi.Sub(w.at(0)) < 10*time.Minute || f.End.Hi.Sub(w.at(0)) > 13*time.Minute {
		t.Errorf("ends at %v", f.End)
	}
	for _, p := range f.Phases {
		if p.Basis == report.BasisDrills || p.Phase == rto.Decide && p.Basis != report.BasisNothing {
			t.Errorf("%s rests on %s", p.Phase, p.Basis)
		}
	}
}

func TestForecastSaysWhatIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(1)
	d, _ := running(t, rto.DrillEvent{Kind: rto.EventInjected, At: rto.At(w.at(0))}, rto.DrillEvent{Kind: rto.EventStepBegun, Step: "database", At: rto.At(w.at(time.Second))})
	f := report.Predict(earlier(), d, rto.Measured{}, w.at(40*time.Minute))
	if *f.Remaining >= 0 || f.Expected != rto.Fail {
		t.Errorf("remaining %s, expected %s after 40 minutes", *f.Remaining, f.Expected)
	}
	if p := f.Phases[2]; !p.Over {
		t.Errorf("%+v", p)
	}
}

func TestForecastBeforeT0(t *testing.T) {
	t.Parallel()
	d, at := running(t)
	f := report.Predict(earlier(), d, rto.Measured{}, at(time.Second))
	if f.Spent != nil || f.Remaining != nil || f.End.Valid() || f.Expected != "" {
		t.Errorf("%+v", f)
	}
}

func TestForecastOfARecovery(t *testing.T) {
	t.Parallel()
	d, at := running(t, rto.DrillEvent{Kind: rto.EventInjected, At: rto.At(newWorld(1).at(0))})
	m := rto.Measured{Recovery: rto.Recovery{
		Failed: rto.At(at(0)), Recovered: rto.Moment{Lo: at(600 * time.Second), Hi: at(601 * time.Second)}, Stable: at(661 * time.Second), RTO: rto.Bracket{Lo: 600 * time.Second, Hi: 601 * time.Second},
	}}
	f := report.Predict(earlier(), d, m, at(700*time.Second))
	if !f.Recovered || f.Spent.Hi != 601*time.Second || f.Expected != rto.Pass {
		t.Errorf("%+v", f)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	r, _, _ := make3(t, shortWorld(6))
	s := r.Summary()
	if s.Drill != r.Drill || s.Verdict != r.Verdict || s.RTO != r.RTO.Took || len(s.Phases) != len(rto.Phases()) || s.Seal != r.Seal {
		t.Errorf("%+v", s)
	}
	if len(s.Findings) != 1 || s.Findings[0].ID != "F-1" {
		t.Errorf("findings %+v, want this drill's own only", s.Findings)
	}
}

// TestFindingsAreClosedByMeasurement carries an earlier drill's open finding on, with what this one measured.
func TestFindingsAreClosedByMeasurement(t *testing.T) {
	t.Parallel()
	r, _, _ := make3(t, shortWorld(6))
	states := map[string]string{}
	for _, f := range r.Findings {
		states[f.ID] = f.State
	}
	if states["F-1"] != "open" || states["F-9"] == "" || states["F-9"] == "open; not measured by this drill" {
		t.Errorf("%v", states)
	}
	if _, closed := states["F-8"]; closed {
		t.Error("a finding that was closed is carried on")
	}
}
