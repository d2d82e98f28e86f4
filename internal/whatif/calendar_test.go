package whatif

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// TestAsItIsByTheCalendar: a month is not its usual 30 days back from now, and the replay reaches back to its begin, on the 31st as well.
func TestAsItIsByTheCalendar(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := &past{outage: begin.Add(time.Hour), failing: 0.5}
	e := engine(t, p)
	for i := range e.spec.SLOs {
		e.spec.SLOs[i].Calendar = spec.Month
	}
	a, err := e.Ask(t.Context(), "call_setup", Question{Period: "28d"})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.AsIs.Periods) != 1 || a.AsIs.Consumed == nil {
		t.Fatalf("%+v", a.AsIs)
	}
	// The outage of the first night counts for the month, and not for the last 28 days.
	month := a.AsIs.Periods[0]
	if !month.From.Equal(begin) || !month.To.Equal(noon) || !month.Runs || month.Errors != 6000 || a.AsIs.Calendar != "month" || math.Abs(*a.AsIs.Consumed-*month.Consumed) > 0.01**month.Consumed {
		t.Errorf("as it is: %+v, %v consumed", month, *a.AsIs.Consumed)
	}
	if w := a.WhatIf; len(w.Periods) != 1 || w.Periods[0].Errors != 0 || w.Periods[0].Runs || w.Calendar != "" {
		t.Errorf("as it might be: %+v", w)
	}
}

// TestPeriodsOfTheCalendar: whole months, weeks and quarters are told as far as tiles reach, each by where its place's days begin.
func TestPeriodsOfTheCalendar(t *testing.T) {
	t.Parallel()
	berlin := slo.Clock{Offset: time.Hour, Steps: []slo.Step{{Date: 401, Offset: 2 * time.Hour}, {Date: 1101, Offset: time.Hour}}}
	for name, c := range map[string]struct {
		calendar spec.Calendar
		clock    slo.Clock
		to       string
		from     string
		want     []string // begins, and the last end
	}{
		"months":             {spec.Month, slo.Clock{}, "2026-03-31T12:00:00Z", "2026-01-01T00:00:00Z", []string{"2026-01-01T00", "2026-02-01T00", "2026-03-01T00", "2026-03-31T12"}},
		"one is cut":         {spec.Month, slo.Clock{}, "2026-03-31T12:00:00Z", "2026-01-01T00:05:00Z", []string{"2026-02-01T00", "2026-03-01T00", "2026-03-31T12"}},
		"months of Berlin":   {spec.Month, berlin, "2026-04-02T12:00:00Z", "2026-02-27T00:00:00Z", []string{"2026-02-28T23", "2026-03-31T22", "2026-04-02T12"}},
		"weeks":              {spec.Week, slo.Clock{}, "2026-03-31T12:00:00Z", "2026-03-20T00:00:00Z", []string{"2026-03-23T00", "2026-03-30T00", "2026-03-31T12"}},
		"weeks of Kathmandu": {spec.Week, slo.Clock{Offset: 5*time.Hour + 45*time.Minute}, "2026-03-31T12:00:00Z", "2026-03-20T00:00:00Z", []string{"2026-03-22T19", "2026-03-29T19", "2026-03-31T12"}},
		"quarters":           {spec.Quarter, slo.Clock{}, "2026-04-01T00:00:00Z", "2025-12-20T00:00:00Z", []string{"2026-01-01T00", "2026-04-01T00"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := func(text string) time.Time {
				v, err := time.Parse(time.RFC3339, text)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			var got []string
			for i, p := range (tiles{}).periods(spec.SLO{Calendar: c.calendar, Clock: c.clock, Objective: 0.99}, Answer{From: at(c.from), To: at(c.to)}) {
				if i == 0 {
					got = []string{p.To.Format("2006-01-02T15")}
				}
				got = append([]string{p.From.Format("2006-01-02T15")}, got...)
				if p.Runs != (i == 0) {
					t.Errorf("period %d of %s runs: %t", i, p.From, p.Runs)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
