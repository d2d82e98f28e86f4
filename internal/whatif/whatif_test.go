package whatif

import (
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/spec"
)

// past is a server that has tiles of a thousand events, of which failing fails in an outage of an hour.
type past struct {
	from    time.Time // of the first tile
	outage  time.Time
	failing float64
	hole    time.Duration // after the outage, without tiles
	unsure  time.Duration // after the outage, without tiles of errors
	err     error
	asked   int
	hang    chan struct{}
}

func (p *past) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]promapi.Series, error) {
	p.asked++
	if p.hang != nil {
		select {
		case p.hang <- struct{}{}:
			<-ctx.Done()
			return nil, ctx.Err()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	var s promapi.Series
	for at := start; !at.After(end); at = at.Add(step) {
		since := at.Sub(p.outage)
		if at.Before(p.from) || since > time.Hour && since <= time.Hour+p.hole {
			continue
		}
		v := 1000.0
		if strings.Contains(expr, "errors") {
			if since > time.Hour && since <= time.Hour+p.unsure {
				continue
			}
			if v = 0; since > 0 && since <= time.Hour {
				v = 1000 * p.failing
			}
		}
		s.Points = append(s.Points, promapi.Point{Time: at, Value: v})
	}
	return []promapi.Series{s}, nil
}

var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

func engine(t *testing.T, p *past) *Engine {
	t.Helper()
	s, problems := spec.Load(os.DirFS("../../spec"), "spec")
	if s == nil {
		t.Fatal(problems.Err())
	}
	return New(s, p, func() time.Time { return noon })
}

// TestWhatIf compares with what is counted by hand: 12 tiles of an outage in a week of 2016.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	p := &past{outage: noon.Add(-24 * time.Hour), failing: 0.5, hole: 30 * time.Minute}
	a, err := engine(t, p).Ask(t.Context(), "call_setup", Question{Objective: "99.9", Period: "7d", Days: "7"})
	if err != nil {
		t.Fatal(err)
	}
	if !a.Recomputed || a.Counted < 0.99 || a.Counted >= 1 {
		t.Errorf("%v of the time was counted", a.Counted)
	}
	w := a.WhatIf
	events := float64(7*288-6) * 1000
	if want := 6000 / events / 0.001; w.Consumed == nil || math.Abs(*w.Consumed-want) > 0.01*want || len(w.Periods) == 0 || math.Abs(*w.Periods[0].Consumed-want) > 1e-9 || w.Periods[0].Met {
		t.Errorf("%+v, want %v consumed", w, want)
	}
	if len(w.Pages) == 0 {
		t.Fatal("half of the calls fail for an hour, and nobody is woken")
	}
	if first := w.Pages[0]; first.Start.Before(p.outage) || first.Start.After(p.outage.Add(20*time.Minute)) || first.Labels["burn"] != "page_fast" || first.Open {
		t.Errorf("%+v", first)
	}
	// Without the outage nothing is left to tell.
	exclude := p.outage.Format(time.RFC3339) + "/" + p.outage.Add(time.Hour).Format(time.RFC3339)
	a, err = engine(t, p).Ask(t.Context(), "call_setup", Question{Exclude: []string{exclude}, Days: "4"})
	if err != nil {
		t.Fatal(err)
	}
	if len(a.AsIs.Pages) == 0 || len(a.WhatIf.Pages)+len(a.WhatIf.Tickets) != 0 || a.WhatIf.Consumed == nil || *a.WhatIf.Consumed != 0 {
		t.Errorf("as it is %d pages, without the outage %+v", len(a.AsIs.Pages), a.WhatIf)
	}
	if len(a.AsIs.Periods) != 1 || a.AsIs.Text == "" {
		t.Errorf("%+v", a.AsIs)
	}
}

// TestEventsOfUnknownFate are as if they had not been counted.
func TestEventsOfUnknownFate(t *testing.T) {
	t.Parallel()
	consumed := func(p *past) float64 {
		t.Helper()
		p.outage, p.failing = noon.Add(-24*time.Hour), 0.5
		a, err := engine(t, p).Ask(t.Context(), "call_setup", Question{Objective: "99.9", Period: "7d", Days: "7"})
		if err != nil || len(a.WhatIf.Periods) == 0 || a.WhatIf.Periods[0].Consumed == nil {
			t.Fatalf("%+v: %v", a.WhatIf, err)
		}
		return *a.WhatIf.Periods[0].Consumed
	}
	if unsure, without := consumed(&past{unsure: 12 * time.Hour}), consumed(&past{hole: 12 * time.Hour}); unsure != without {
		t.Errorf("%v of the budget consumed, %v without those events", unsure, without)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	e := engine(t, &past{outage: noon})
	for want, q := range map[string]Question{
		`"100" is no objective`:                 {Objective: "100"},
		`"nine" is no objective`:                {Objective: "nine"},
		`"month" is no length`:                  {Period: "month"},
		`"200d" is no length`:                   {Period: "200d"},
		`"0d" is no length`:                     {Days: "0"},
		`"-1" is no number of failures`:         {MinFailures: "-1"},
		`"yesterday" is no stretch of time`:     {Exclude: []string{"yesterday"}},
		"51 stretches are excluded":             {Exclude: make([]string, 51)},
		"2026-03-02T00:00:00Z/2026-03-01T00:00": {Exclude: []string{"2026-03-02T00:00:00Z/2026-03-01T00:00:00Z"}},
	} {
		_, err := e.Ask(t.Context(), "call_setup", q)
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if _, err := e.Ask(t.Context(), "call_setup", Question{Objective: "20"}); err == nil || !strings.Contains(err.Error(), "never fire") {
		t.Logf("an objective whose alerts cannot fire: %v", err)
	}
	var refused *Refused
	if _, err := e.Ask(t.Context(), "call_journey", Question{}); !errors.As(err, &refused) {
		t.Errorf("a composite: %v", err)
	}
	if _, err := e.Ask(t.Context(), "none", Question{}); !errors.Is(err, ErrNone) {
		t.Errorf("an objective that is not: %v", err)
	}
	if _, err := engine(t, &past{from: noon.Add(time.Hour)}).Ask(t.Context(), "call_setup", Question{Days: "2"}); !errors.As(err, &refused) || !strings.Contains(err.Error(), "nothing of call_setup was counted") {
		t.Errorf("without tiles: %v", err)
	}
	if _, err := engine(t, &past{err: errors.New("connection refused")}).Ask(t.Context(), "call_setup", Question{}); err == nil || errors.As(err, &refused) {
		t.Errorf("without a server: %v", err)
	}
}

// TestOneAtATime: a second question is told to wait, and one that is given up makes room.
func TestOneAtATime(t *testing.T) {
	t.Parallel()
	p := &past{hang: make(chan struct{})}
	e := engine(t, p)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := e.Ask(ctx, "call_setup", Question{})
		ended <- err
	}()
	<-p.hang
	if _, err := e.Ask(t.Context(), "call_setup", Question{}); !errors.Is(err, ErrBusy) {
		t.Errorf("%v", err)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	p.hang, p.err = nil, errors.New("connection refused")
	if _, err := e.Ask(t.Context(), "call_setup", Question{}); errors.Is(err, ErrBusy) {
		t.Error("a question that was given up leaves no room")
	}
}
