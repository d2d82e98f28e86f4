package budget_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/spec"
)

// server is a Prometheus that answers what a test puts into it.
type server struct {
	mu     sync.Mutex
	values []promapi.Sample
	alerts []promapi.Sample
	ages   []promapi.Sample
	curves map[string][]promapi.Series // by a part of the expression
	err    error
	failOn string // questions with this in them fail with err; empty: all of them
	hang   bool
	asked  int
}

func (s *server) Query(ctx context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	s.mu.Lock()
	hang := s.hang
	s.asked++
	s.mu.Unlock()
	if hang {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if s.err != nil && strings.Contains(expr, s.failOn) {
		return nil, s.err
	}
	switch {
	case strings.HasPrefix(expr, "ALERTS"):
		return s.alerts, nil
	case strings.HasPrefix(expr, "timestamp"):
		return s.ages, nil
	}
	return s.values, nil
}

func (s *server) Range(_ context.Context, expr string, _, _ time.Time, _ time.Duration) ([]promapi.Series, error) {
	for part, series := range s.curves {
		if strings.Contains(expr, part) {
			return series, nil
		}
	}
	return nil, s.err
}

// record is a record of the objective calls.
func record(name string, value float64) promapi.Sample {
	return promapi.Sample{Labels: promapi.Labels{"__name__": name, "slo": "calls"}, Point: promapi.Point{Value: value}}
}

func alert(burn string) promapi.Sample {
	return promapi.Sample{Labels: promapi.Labels{"alertname": "CallsBudgetBurn", "slo": "calls", "severity": "page", "burn": burn}, Point: promapi.Point{Value: 1}}
}

func calls() []spec.SLO {
	return []spec.SLO{{
		Name: "calls", Title: "Calls", Objective: 0.99, ObjectiveText: "99%", Period: 30 * 24 * time.Hour, SLI: spec.SLI{Kind: spec.Events},
		Policy: []spec.PolicyStep{{Consumed: 0.5, Action: "look closer"}, {Consumed: 1, Action: "stop releases"}},
	}}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func follow(s *server) *budget.Follower {
	return budget.New(calls(), s, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
}

// healthy are the records of an objective that is well.
func healthy() []promapi.Sample {
	return []promapi.Sample{
		record("slo:error_budget_remaining:ratio", 0.9), record("slo:error_budget_consumed:ratio", 0.1),
		record("slo:sli_success:ratio_increase_period", 0.999), record("slo:sli_events:increase_period", 30000),
		record("slo:sli_errors:increase_period", 30), record("slo:sli_events:increase1h", 50), record("slo:sli_events:increase1d", 1440),
		record("slo:error_budget_burn:ratio_increase1h", 0.1), record("slo:error_budget_burn:ratio_increase1d", 0.2),
		record("slo:error_budget_burn:ratio_increase3d", 0),
	}
}

// with replaces records of a healthy objective.
func with(changed ...promapi.Sample) []promapi.Sample {
	all := healthy()
	for _, c := range changed {
		for i := range all {
			if all[i].Labels["__name__"] == c.Labels["__name__"] {
				all[i] = c
			}
		}
	}
	return all
}

func TestStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server *server
		want   budget.State
		policy string
	}{
		"all well":                     {&server{values: healthy()}, budget.Fine, ""},
		"nothing left":                 {&server{values: with(record("slo:error_budget_remaining:ratio", 0), record("slo:error_budget_consumed:ratio", 1))}, budget.Exhausted, "stop releases"},
		"overspent, and an alert":      {&server{values: with(record("slo:error_budget_remaining:ratio", -0.5)), alerts: []promapi.Sample{alert("page_fast")}}, budget.Exhausted, ""},
		"a burn alert fires":           {&server{values: healthy(), alerts: []promapi.Sample{alert("page_fast")}}, budget.Burning, ""},
		"another alert fires":          {&server{values: healthy(), alerts: []promapi.Sample{alert("")}}, budget.Fine, ""},
		"a step of the policy":         {&server{values: with(record("slo:error_budget_consumed:ratio", 0.5))}, budget.AtRisk, "look closer"},
		"little left":                  {&server{values: with(record("slo:error_budget_remaining:ratio", 0.2))}, budget.AtRisk, ""},
		"spent in a week at this pace": {&server{values: with(record("slo:error_budget_burn:ratio_increase1d", 4))}, budget.AtRisk, ""},
		"no events in the last hour":   {&server{values: with(record("slo:sli_events:increase1h", 0))}, budget.Idle, ""},
		"no records":                   {&server{}, budget.NoData, ""},
		"records of others":            {&server{values: []promapi.Sample{{Labels: promapi.Labels{"__name__": "slo:error_budget_remaining:ratio", "slo": "other"}, Point: promapi.Point{Value: 1}}}}, budget.NoData, ""},
		"a budget that is no number":   {&server{values: with(record("slo:error_budget_remaining:ratio", math.NaN()))}, budget.NoData, ""},
		"the server is down":           {&server{values: healthy(), err: errors.New("connection refused")}, budget.Unknown, ""},
		"only alerts cannot be read":   {&server{values: healthy(), err: errors.New("refused"), failOn: "ALERTS"}, budget.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := follow(c.server)
			f.Look(t.Context())
			o := f.Snapshot().Objectives[0]
			if o.State != c.want || o.Policy != c.policy {
				t.Errorf("state %q with policy %q, want %q with %q", o.State, o.Policy, c.want, c.policy)
			}
		})
	}
}

// TestNoOldNumberIsShownAsNew: after the server went away nothing is known, but since when.
func TestNoOldNumberIsShownAsNew(t *testing.T) {
	t.Parallel()
	s := &server{values: healthy()}
	at := noon
	f := budget.New(calls(), s, func() time.Time { return at }, slog.New(slog.DiscardHandler))
	f.Look(t.Context())
	s.err = errors.New("connection refused")
	at = noon.Add(time.Minute)
	f.Look(t.Context())
	got := f.Snapshot()
	o := got.Objectives[0]
	if o.Remaining.Known || o.SLI.Known || len(o.Burn) > 0 || o.State != budget.Unknown {
		t.Errorf("numbers of an earlier look are shown: %+v", o)
	}
	if !o.Seen.Equal(noon) || !got.Read.Equal(noon) || !got.At.Equal(at) || !strings.Contains(got.Problem, "connection refused") {
		t.Errorf("seen %v, read %v, asked %v, problem %q", o.Seen, got.Read, got.At, got.Problem)
	}
	s.err = nil
	f.Look(t.Context())
	if got := f.Snapshot(); got.Problem != "" || got.Objectives[0].State != budget.Fine {
		t.Errorf("after the server came back: %+v", got)
	}
}

// TestRunGivesUpAServerThatHangs: a look takes an interval at most, so that the page says soon that nothing is known.
func TestRunGivesUpAServerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &server{values: healthy()}
		f := budget.New(calls(), s, time.Now, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- f.Run(ctx, 15*time.Second) }()
		synctest.Wait()
		s.mu.Lock()
		s.hang = true
		s.mu.Unlock()
		<-f.News()
		if got := f.Snapshot(); !strings.Contains(got.Problem, "deadline") || got.At.Sub(got.Read) > 15*time.Second {
			t.Errorf("after a look that hung: %+v", got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestALookAsksThreeQuestions(t *testing.T) {
	t.Parallel()
	var many []spec.SLO
	for range 1000 {
		many = append(many, calls()[0])
	}
	s := &server{values: healthy()}
	budget.New(many, s, time.Now, slog.New(slog.DiscardHandler)).Look(t.Context())
	if s.asked != 3 {
		t.Errorf("%d questions for 1,000 objectives", s.asked)
	}
}

// TestThePromiseHasItsSign: the spec keeps the number alone.
func TestThePromiseHasItsSign(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"99.9", "99.9%"} {
		one := calls()
		one[0].ObjectiveText = text
		if got := budget.New(one, &server{}, time.Now, slog.New(slog.DiscardHandler)).Snapshot().Objectives[0].Text; got != "99.9%" {
			t.Errorf("%s is shown as %s", text, got)
		}
	}
}

func TestForecastAndWhatIsLeft(t *testing.T) {
	t.Parallel()
	f := follow(&server{values: healthy()})
	f.Look(t.Context())
	o := f.Snapshot().Objectives[0]
	// 90 % left of 30 days: at twice a tenth of the pace 135 days, at a tenth 270.
	got := o.Forecast()
	want := budget.Forecast{Soonest: 135 * 24 * time.Hour, Latest: 270 * 24 * time.Hour, Lasts: true, Pressing: "1d", Known: true}
	if got.Soonest.Round(time.Second) != want.Soonest || got.Latest.Round(time.Second) != want.Latest || !got.Lasts || got.Pressing != "1d" || !got.Known || got.Never() {
		t.Errorf("forecast %+v, want %+v", got, want)
	}
	// 90 % of one in a hundred of 30,000 events; an event a minute yesterday.
	events, minutes := o.Left()
	if math.Abs(events.Value-270) > 1e-6 || math.Abs(minutes.Value-270) > 1e-6 {
		t.Errorf("%v events, %v minutes left", events, minutes)
	}
	empty := budget.Objective{}
	if e, m := empty.Left(); e.Known || m.Known || empty.Forecast().Known || empty.Forecast().Never() {
		t.Error("something is known of nothing")
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	step := 3 * time.Hour
	at := func(n int) promapi.Point { return promapi.Point{Time: noon.Add(time.Duration(n) * step), Value: 1} }
	s := &server{curves: map[string][]promapi.Series{
		"slo:error_budget_remaining": {{Points: []promapi.Point{{Time: noon, Value: 0.5}, {Time: noon.Add(step), Value: math.NaN()}}}},
		"ALERTS":                     {{Labels: promapi.Labels{"alertname": "A", "burn": "page_fast", "severity": "page"}, Points: []promapi.Point{at(-9), at(-8), at(-4)}}},
		"maintenance":                {{Points: []promapi.Point{{Time: noon, Value: 0}, at(-6)}}},
	}}
	h, err := follow(s).History(t.Context(), "calls")
	if err != nil {
		t.Fatal(err)
	}
	want := []budget.Span{
		{What: "A page_fast", Kind: "page", From: noon.Add(-10 * step), To: noon.Add(-8 * step)},
		{What: "maintenance", Kind: "maintenance", From: noon.Add(-7 * step), To: noon.Add(-6 * step)},
		{What: "A page_fast", Kind: "page", From: noon.Add(-5 * step), To: noon.Add(-4 * step)},
	}
	if len(h.Remaining) != 1 || h.Step != step || len(h.Spans) != len(want) {
		t.Fatalf("%+v", h)
	}
	for i := range want {
		if h.Spans[i] != want[i] {
			t.Errorf("span %d is %+v, want %+v", i, h.Spans[i], want[i])
		}
	}
	if _, err := follow(s).History(t.Context(), "none"); !errors.Is(err, budget.ErrNoObjective) {
		t.Errorf("an objective that is none: %v", err)
	}
}
