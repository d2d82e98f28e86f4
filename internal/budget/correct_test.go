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

func TestSince(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 31, 20, 0, 0, 0, time.UTC) // a Tuesday; in Seoul it is April
	for want, p := range map[string]budget.Promise{
		"2026-03-24T20:00:00Z": {Period: 7 * 24 * time.Hour},
		"2026-03-30T00:00:00Z": {Calendar: "week"},
		"2026-03-29T15:00:00Z": {Calendar: "week", UTCOffset: 9 * time.Hour},
		"2026-03-01T00:00:00Z": {Calendar: "month"},
		"2026-03-31T15:00:00Z": {Calendar: "month", UTCOffset: 9 * time.Hour},
		"2026-01-01T00:00:00Z": {Calendar: "quarter"},
		"2026-01-01T05:00:00Z": {Calendar: "quarter", UTCOffset: -5 * time.Hour},
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
