// Package whatif replays an objective over what was counted of it, with another promise, period or exclusion: what would be left of the budget, and which
// alerts would have fired. It goes on from the recorded tiles of five minutes, through Prometheus' own engine, and calls what it says recomputed: it is
// no record, and is written nowhere.
package whatif

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The bounds of a replay.
const (
	tile     = 5 * time.Minute
	shortest = 24 * time.Hour
	longest  = 100 * 24 * time.Hour
	usual    = 30 * 24 * time.Hour
	// mostPoints is how many points of one series a server gives at once.
	mostPoints  = 10_000
	mostExclude = 50
	mostPeriods = 6
)

// API is what is asked of a server that speaks Prometheus' HTTP API.
type API interface {
	Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]promapi.Series, error)
}

// ErrBusy says that another replay is under way: one takes seconds of a whole processor.
var ErrBusy = errors.New("another replay is under way: try again in a few seconds")

// ErrNone says that the spec has no objective of a name.
var ErrNone = errors.New("there is no such objective")

// Refused says that what is asked for makes no objective.
type Refused struct{ Reason, Hint string }

// Error implements error.
func (r *Refused) Error() string {
	if r.Hint == "" {
		return r.Reason
	}
	return r.Reason + ": " + r.Hint
}

// Question is what is to be otherwise. What is empty stays as it is.
type Question struct {
	Objective   string // percentage: 99.95
	Period      string // 28d; a calendar's period becomes one that rolls
	MinFailures string
	// Exclude are stretches without which is counted: FROM/TO in RFC 3339.
	Exclude []string
	// Days is how far back the replay goes; 30 where it is empty, and at least the period.
	Days string
}

// Answer is what came of it.
type Answer struct {
	Name string `json:"name"`
	// Recomputed is always true: these are no recorded numbers.
	Recomputed bool      `json:"recomputed"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	// Counted is the share of the time of which there are tiles.
	Counted float64 `json:"counted"`
	AsIs    Variant `json:"as_is"`
	WhatIf  Variant `json:"what_if"`
}

// Variant is one way to promise.
type Variant struct {
	Objective   float64       `json:"objective"`
	Text        string        `json:"objective_text"`
	Period      time.Duration `json:"period_ns"`          // usual length
	Calendar    string        `json:"calendar,omitempty"` // week, month or quarter; empty for a period that rolls
	MinFailures int           `json:"min_failures"`
	// Consumed is the share of the budget that is spent at the end, by the rules; nil where they do not know it.
	Consumed *float64          `json:"consumed"`
	Pages    []backtest.Firing `json:"pages"`
	Tickets  []backtest.Firing `json:"tickets"`
	// Periods are whole periods back from the end, newest first, as far as tiles reach. Those of the calendar begin with the one that runs.
	Periods []Past `json:"periods"`
}

// Past is a period back from the end of the replay.
type Past struct {
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Events   float64   `json:"events"`
	Errors   float64   `json:"errors"`
	Consumed *float64  `json:"consumed"` // nil without events
	Met      bool      `json:"met"`
	Runs     bool      `json:"runs,omitempty"` // it is of the calendar, and not over: what is said of it is said so far
}

// Engine answers questions, one at a time.
type Engine struct {
	spec *spec.Spec
	api  API
	now  func() time.Time
	busy chan struct{}
}

// New is an engine for the objectives of a spec.
func New(s *spec.Spec, api API, now func() time.Time) *Engine {
	return &Engine{spec: s, api: api, now: now, busy: make(chan struct{}, 1)}
}

// Ask replays an objective as it is and as it might be. The error is a *Refused where the question makes no sense.
func (e *Engine) Ask(ctx context.Context, name string, q Question) (Answer, error) {
	i := slices.IndexFunc(e.spec.SLOs, func(o spec.SLO) bool { return o.Name == name })
	if i < 0 {
		return Answer{}, fmt.Errorf("%w: %s", ErrNone, name)
	}
	asIs := e.spec.SLOs[i]
	if asIs.SLI.Composite() {
		return Answer{}, &Refused{name + " is made of other objectives", "ask of its parts"}
	}
	changed, out, length, err := q.apply(asIs)
	if err != nil {
		return Answer{}, err
	}
	select {
	case e.busy <- struct{}{}:
		defer func() { <-e.busy }()
	default:
		return Answer{}, ErrBusy
	}
	a := Answer{Name: name, Recomputed: true, To: e.now().UTC().Truncate(tile)}
	a.From = a.To.Add(-max(length, asIs.Period, changed.Period))
	if begin := before(asIs, a.To); begin.Before(a.From) {
		a.From = begin // of a month that is longer than the usual
	}
	t, err := e.read(ctx, name, a.From, a.To)
	if err != nil {
		return Answer{}, err
	}
	a.Counted = slo.Clean(float64(len(t.events)) / (float64(a.To.Sub(a.From)) / float64(tile)))
	if a.AsIs, err = e.try(ctx, asIs, t, a); err == nil {
		a.WhatIf, err = e.try(ctx, changed, t.without(out), a)
	}
	return a, err
}

// apply changes an objective, and reads how far back is gone.
func (q Question) apply(o spec.SLO) (spec.SLO, []backtest.Span, time.Duration, error) {
	o.Exclusions = slices.Clone(o.Exclusions)
	if q.Objective != "" {
		ratio, err := strconv.ParseFloat(strings.TrimSuffix(q.Objective, "%")+"e-2", 64)
		if err != nil || ratio <= 0 || ratio >= 1 {
			return o, nil, 0, &Refused{fmt.Sprintf("%q is no objective", q.Objective), "a percentage above 0 and below 100, such as 99.95"}
		}
		o.Objective, o.ObjectiveText = ratio, strings.TrimSuffix(q.Objective, "%")
	}
	if q.Period != "" {
		d, err := days(q.Period, shortest, longest)
		if err != nil {
			return o, nil, 0, err
		}
		o.Period, o.Calendar, o.Clock, o.TimeZone = d, spec.Rolling, slo.Clock{}, ""
	}
	if q.MinFailures != "" {
		n, err := strconv.Atoi(q.MinFailures)
		if err != nil || n < 0 || n > 1_000_000 {
			return o, nil, 0, &Refused{fmt.Sprintf("%q is no number of failures", q.MinFailures), "from 0 to 1000000"}
		}
		o.MinFailures = n
	}
	length := usual
	if q.Days != "" {
		d, err := days(q.Days+"d", shortest, longest)
		if err != nil {
			return o, nil, 0, err
		}
		length = d
	}
	if len(q.Exclude) > mostExclude {
		return o, nil, 0, &Refused{fmt.Sprintf("%d stretches are excluded", len(q.Exclude)), fmt.Sprintf("at most %d", mostExclude)}
	}
	var out []backtest.Span
	for _, text := range q.Exclude {
		from, to, _ := strings.Cut(text, "/")
		begin, err := time.Parse(time.RFC3339, from)
		end, err2 := time.Parse(time.RFC3339, to)
		if err != nil || err2 != nil || !begin.Before(end) {
			return o, nil, 0, &Refused{fmt.Sprintf("%q is no stretch of time", text), "write 2026-03-01T02:00:00Z/2026-03-01T04:00:00Z"}
		}
		out = append(out, backtest.Span{From: begin, To: end})
	}
	return o, out, length, nil
}

// days reads whole days.
func days(text string, least, most time.Duration) (time.Duration, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	d := time.Duration(n) * 24 * time.Hour
	if err != nil || n > 1000 || d < least || d > most {
		return 0, &Refused{fmt.Sprintf("%q is no length", text), fmt.Sprintf("whole days from %s to %s, such as 28d", slo.FormatDuration(least), slo.FormatDuration(most))}
	}
	return d, nil
}

// try replays one variant.
func (e *Engine) try(ctx context.Context, o spec.SLO, t tiles, a Answer) (Variant, error) {
	v := Variant{Objective: o.Objective, Text: strings.TrimSuffix(o.ObjectiveText, "%") + "%", Period: o.Period, Calendar: string(o.Calendar), MinFailures: o.MinFailures, Pages: []backtest.Firing{}, Tickets: []backtest.Firing{}, Periods: []Past{}}
	one := *e.spec
	one.SLOs = []spec.SLO{o}
	made, err := rules.Build(&one, metric.NewCatalogue(metric.All()))
	if err != nil {
		return v, &Refused{Reason: err.Error()}
	}
	store := t.store(o.Name)
	fired, err := backtest.Replay(ctx, store, fromTiles(made, o.Name), backtest.Options{Start: a.From.Add(tile), End: a.To, Interval: tile})
	if err != nil {
		return v, err
	}
	for _, f := range fired {
		if f.Labels["severity"] == slo.Page {
			v.Pages = append(v.Pages, f)
			continue
		}
		v.Tickets = append(v.Tickets, f)
	}
	consumed, known, err := backtest.Value(ctx, store, `last_over_time(slo:error_budget_consumed:ratio{slo=`+strconv.Quote(o.Name)+`}[15m])`, a.To)
	if known && !math.IsInf(consumed, 0) {
		v.Consumed = &consumed
	}
	v.Periods = t.periods(o, a)
	return v, err
}
