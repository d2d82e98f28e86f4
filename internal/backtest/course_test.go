package backtest

import (
	"os"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// TestEveryObjectiveIsPlayed: made-up events reach each objective of the repository's spec, whatever labels its expressions ask for, and an
// outage pages wherever "obsgen check" says that it pages in time.
func TestEveryObjectiveIsPlayed(t *testing.T) {
	t.Parallel()
	const length, outage, late = 48 * time.Hour, 30 * time.Minute, 15 * time.Minute // late: traffic comes in bursts
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, o := range s.SLOs {
		if o.SLI.Composite() {
			continue // of these no scenario is made up
		}
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			one := *s
			one.SLOs = []spec.SLO{o}
			made, err := rules.Build(&one, metric.NewCatalogue(metric.All()))
			if err != nil {
				t.Fatal(err)
			}
			var files []rules.RuleFile
			for _, f := range made.Files {
				files = append(files, f.Make())
			}
			course := Courses(slo.Budget(o.Objective), o.Traffic.PeakPerHour, o.Traffic.TroughPerHour, length)[0]
			about := Objective{Name: o.Name, Allowed: slo.Budget(o.Objective), Period: o.Period}
			v, err := Try(t.Context(), course, CountersOf(made.SLOs[0].Inputs), Needed(files, o.Name), about, time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			promised := time.Duration(made.SLOs[0].PageInOutage)
			if promised > 0 && promised+late < outage && (v.Page == nil || v.Page.After > (promised+late).Seconds()) {
				t.Errorf("an outage pages %+v; want it after %v", v.Page, promised)
			}
			if *v.Consumed <= 0 {
				t.Errorf("%v of the budget is consumed by an outage", *v.Consumed)
			}
		})
	}
}

// TestEventsThatReachNothing: that nothing pages because nothing was played is told, and is no verdict.
func TestEventsThatReachNothing(t *testing.T) {
	t.Parallel()
	course := Courses(0.01, 100, 100, 24*time.Hour)[0]
	_, err := Try(t.Context(), course, []Counter{{Labels: map[string]string{"__name__": "other_total"}, Counts: All}}, nil, Objective{Name: "calls", Allowed: 0.01, Period: 24 * time.Hour}, time.Unix(0, 0))
	const want = "course outage: no event that was made up reached the objective calls: its expressions ask for something else"
	if err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}
