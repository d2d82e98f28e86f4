package budget_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
)

// corrections take the same out of every objective, and remember since when they were asked for.
type corrections struct {
	errors, events float64
	n              int
	since          time.Time
}

func (c *corrections) Correction(_ string, since time.Time) (errs, events float64, n int) {
	c.since = since
	return c.errors, c.events, c.n
}

func (c *corrections) Active(time.Time) map[string]bool { return map[string]bool{"calls": c.n > 0} }

// TestCorrected: what was corrected stands beside the recorded numbers, and changes none of them.
func TestCorrected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by        corrections
		remaining budget.Reading
		shown     bool
	}{
		"nothing":                 {corrections{}, budget.Reading{}, false},
		"some errors":             {corrections{errors: 15, events: 15000, n: 1}, budget.Reading{Value: 0.9, Known: true}, true}, // 15 of 15,000 are a tenth of one in a hundred
		"all errors":              {corrections{errors: 30, events: 100, n: 2}, budget.Reading{Value: 1, Known: true}, true},
		"more errors than were":   {corrections{errors: 50, events: 100, n: 1}, budget.Reading{Value: 1, Known: true}, true},
		"more events than remain": {corrections{errors: 1, events: 30000, n: 1}, budget.Reading{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := follow(&server{values: healthy()})
			f.CorrectBy(&c.by)
			f.Look(t.Context())
			o := f.Snapshot().Objectives[0]
			if o.Remaining.Value != 0.9 || o.Numbers.Errors.Value != 30 {
				t.Errorf("a recorded number was changed: %+v", o.Numbers)
			}
			if (o.Corrected != nil) != c.shown {
				t.Fatalf("%+v", o.Corrected)
			}
			if c.shown && (o.Corrected.Remaining.Known != c.remaining.Known || math.Abs(o.Corrected.Remaining.Value-c.remaining.Value) > 1e-12 || o.Corrected.Windows != c.by.n) {
				t.Errorf("%+v, want %+v left", o.Corrected, c.remaining)
			}
			if want := noon.Add(-30 * 24 * time.Hour); !c.by.since.Equal(want) {
				t.Errorf("corrections since %s, want %s", c.by.since, want)
			}
		})
	}
}

// The clocks may change between the begin of a period and now.
func TestSinceInAZone(t *testing.T) {
	t.Parallel()
	months := slo.Clock{Offset: time.Hour, Steps: []slo.Step{{Date: 401, Offset: 2 * time.Hour}, {Date: 1101, Offset: time.Hour}}}
	weeks := slo.Clock{Offset: time.Hour, Steps: []slo.Step{{Date: 326, Offset: 2 * time.Hour}, {Date: 1026, Offset: time.Hour}}}
	clocks := map[string]slo.Clock{"month": months, "quarter": months, "week": weeks}
	f := func(calendar, at, want string) {
		t.Helper()
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		p := budget.Promise{Calendar: calendar, TimeZone: "Europe/Berlin", Clock: clocks[calendar]}
		if got := p.Since(now).Format(time.RFC3339); got != want {
			t.Errorf("the %s of %s began at %s, want %s", calendar, at, got, want)
		}
	}
	f("month", "2026-03-31T12:00:00Z", "2026-02-28T23:00:00Z") // summer time since the 29th
	f("month", "2026-03-31T21:59:00Z", "2026-02-28T23:00:00Z")
	f("month", "2026-03-31T22:00:00Z", "2026-03-31T22:00:00Z")
	f("week", "2026-03-29T12:00:00Z", "2026-03-22T23:00:00Z")
	f("week", "2026-03-30T12:00:00Z", "2026-03-29T22:00:00Z")
	f("quarter", "2026-11-02T12:00:00Z", "2026-09-30T22:00:00Z")
	f("month", "2026-11-02T12:00:00Z", "2026-10-31T23:00:00Z")
}

func TestSince(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC) // a Tuesday; in Seoul it is April
	for want, p := range map[string]budget.Promise{
		"2026-03-24T20:00:00Z": {Period: 7 * 24 * time.Hour},
		"2026-03-30T00:00:00Z": {Calendar: "week"},
		"2026-03-29T15:00:00Z": {Calendar: "week", Clock: slo.Clock{Offset: 9 * time.Hour}},
		"2026-03-01T00:00:00Z": {Calendar: "month"},
		"2026-03-31T15:00:00Z": {Calendar: "month", Clock: slo.Clock{Offset: 9 * time.Hour}},
		"2026-01-01T00:00:00Z": {Calendar: "quarter"},
		"2026-01-01T05:00:00Z": {Calendar: "quarter", Clock: slo.Clock{Offset: -5 * time.Hour}},
	} {
		if got := p.Since(at).Format(time.RFC3339); got != want {
			t.Errorf("%+v began at %s, want %s", p, got, want)
		}
	}
}

// asked answers every question alike, and remembers them.
type asked struct {
	server
	exprs  []string
	answer []promapi.Sample
}

func (a *asked) Query(_ context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	a.exprs = append(a.exprs, expr)
	return a.answer, a.err
}

// TestCounted asks for the tiles that a window touches: as many as maintenance would have taken out.
func TestCounted(t *testing.T) {
	t.Parallel()
	a := &asked{answer: []promapi.Sample{{Point: promapi.Point{Value: 7}}}}
	f := budget.New(calls(), a, time.Now, nil)
	window := maintenance.Span{From: noon.Add(2 * time.Minute), To: noon.Add(11 * time.Minute)}
	got, err := f.Counted(t.Context(), "calls", window)
	if err != nil || got.Errors != 7 || got.Events != 7 {
		t.Fatalf("%+v %v", got, err)
	}
	for _, expr := range a.exprs {
		if !strings.HasSuffix(expr, `{slo="calls"}[900s:5m] @ 1772367300)`) { // from 12:00 to 12:15
			t.Errorf("asked %s", expr)
		}
	}
	a.answer = nil
	if _, err := f.Counted(t.Context(), "calls", window); err == nil || !strings.Contains(err.Error(), "nothing of calls was counted from 2026-03-01T12:00:00Z to 2026-03-01T12:15:00Z") {
		t.Errorf("what was not counted is a number: %v", err)
	}
	a.answer = []promapi.Sample{{Point: promapi.Point{Value: math.NaN()}}}
	if _, err := f.Counted(t.Context(), "calls", window); err == nil {
		t.Error("NaN is a number")
	}
	a.err = errors.New("connection refused")
	if _, err := f.Counted(t.Context(), "calls", window); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("%v", err)
	}
}
