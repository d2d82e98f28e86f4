package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/report"
)

func earlier() []report.Summary {
	took := func(of ...time.Duration) []report.PhaseTook {
		out := make([]report.PhaseTook, len(of))
		for i, p := range rto.Phases() {
			out[i] = report.PhaseTook{Phase: p, Took: rto.Bracket{Lo: of[i] - time.Second, Hi: of[i]}}
		}
		return out
	}
	began := func(y int, m time.Month) rto.Moment {
		return rto.At(rto.InstantOf(time.Date(y, m, 12, 2, 0, 0, 0, time.UTC)))
	}
	return []report.Summary{
		{Drill: "2026-q2", Scenario: "region-loss", Kind: rto.Partial, State: rto.Ended, Began: began(2026, 5), Verdict: rto.Fail, RTO: rto.Bracket{Lo: 2400 * time.Second, Hi: 2405 * time.Second}, Phases: took(300*time.Second, 700*time.Second, 250*time.Second, 200*time.Second, 800*time.Second, 900*time.Second, 120*time.Second)},
		{
			Drill: "2026-q3", Scenario: "region-loss", Kind: rto.Full, State: rto.Ended, Began: began(2026, 8), Verdict: rto.Pass, RTO: rto.Bracket{Lo: 1200 * time.Second, Hi: 1203 * time.Second}, Phases: took(90*time.Second, 200*time.Second, 150*time.Second, 90*time.Second, 400*time.Second, 500*time.Second, 100*time.Second),
			Findings: []rto.Finding{{ID: "F-9", Title: "Redirect takes long", Owner: "network", Measure: "redirect"}, {ID: "F-8", Title: "Done", Owner: "x", ClosedBy: "2026-q3b"}},
		},
	}
}

// goldens are the three drills whose reports are kept.
func goldens() map[string]*world {
	passed := newWorld(1)
	failed := newWorld(2)
	failed.ID, failed.Cut, failed.Notify, failed.Declare, failed.Promote, failed.End = "2026-q3-partition", 600*time.Second, 1210*time.Second, 1500*time.Second, 1900*time.Second, 3300*time.Second
	failed.Kill, failed.ApplyStop, failed.Drain = 1000*time.Second+250*time.Millisecond, 480*time.Second, false
	for i, back := range []time.Duration{3010, 2700, 2400, 2100} {
		failed.Paths[i].Back = back * time.Second
	}
	failed.Paths[1].Flap = [2]time.Duration{2200 * time.Second, 2215 * time.Second}
	failed.Paths[2].OldUntil = 1100 * time.Second
	open := newWorld(3)
	open.ID, open.Kind, open.Inject, open.Manifest, open.Received, open.Notify = "2026-11-14-outage", rto.Real, false, false, false, 0
	open.Drain = false
	open.Skip = func(_ string, at time.Duration) bool { return at > 925*time.Second && at < 950*time.Second }
	open.More = func(w *world, b *builder) {
		b.add(w.Vantages[0], 951*time.Second, rto.RecordHole, rto.Hole{From: w.at(926 * time.Second), To: w.at(950 * time.Second), Cause: "starved"})
		b.add(w.Vantages[0], 400*time.Second, rto.RecordClock, rto.ClockStep{At: w.at(400 * time.Second), Offset: -1200 * time.Millisecond})
	}
	return map[string]*world{"pass": passed, "fail": failed, "not-proven": open}
}

func make3(t testing.TB, w *world) (report.Report, []report.Record, truth) {
	t.Helper()
	records, want := w.play(t)
	r, err := report.Make(report.Input{Records: records, Earlier: earlier()})
	if err != nil {
		t.Fatalf("%s: %v", w.ID, err)
	}
	return r, records, want
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, w := range goldens() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, _, _ := make3(t, w)
			want := map[string]rto.Verdict{"pass": rto.Pass, "fail": rto.Fail, "not-proven": rto.NotProven}[name]
			if r.Verdict != want {
				t.Errorf("the verdict is %s, want %s: %+v", r.Verdict, want, r.Reasons)
			}
			for ending, write := range map[string]func(*bytes.Buffer) error{
				"html": func(b *bytes.Buffer) error { return report.HTML(b, r) },
				"md":   func(b *bytes.Buffer) error { return report.Markdown(b, r) },
				"json": func(b *bytes.Buffer) error { return report.JSON(b, r) },
			} {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				golden(t, filepath.Join("testdata", name+"."+ending), b.Bytes())
			}
		})
	}
}

// TestUnknownRegions: where it went from and to is left out where nobody knows it.
func TestUnknownRegions(t *testing.T) {
	t.Parallel()
	r, _, _ := make3(t, goldens()["pass"])
	f := func(from, to, want string) {
		t.Helper()
		r.Identity.From, r.Identity.To = from, to
		var b bytes.Buffer
		if err := report.Markdown(&b, r); err != nil || !bytes.Contains(b.Bytes(), []byte("; plan region-failover 7"+want+".\n")) {
			t.Errorf("from %q to %q: want %q, error %v, in\n%.300s", from, to, want, err, b.String())
		}
	}
	f("us-central1", "us-east1", "; from us-central1 to us-east1")
	f("", "us-east1", "; to us-east1")
	f("us-central1", "", "; from us-central1")
	f("", "", "")
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs: see what changed, and rewrite it with UPDATE=1", name)
	}
}
