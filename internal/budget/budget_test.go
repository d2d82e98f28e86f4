package budget_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
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
	query  string // the question for records
}

func (s *server) Query(ctx context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	s.mu.Lock()
	hang, values := s.hang, s.values
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.query = expr
	return values, nil
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

// missingData is an alert of missing data.
func missingData(name string) promapi.Sample {
	a := alert("")
	a.Labels["alertname"], a.Labels["severity"] = name, "ticket"
	return a
}

// without leaves a record out.
func without(name string, records []promapi.Sample) []promapi.Sample {
	return slices.DeleteFunc(records, func(s promapi.Sample) bool { return s.Labels["__name__"] == name })
}

func calls() []spec.SLO {
	return []spec.SLO{{
		Name: "calls", Title: "Calls", Objective: 0.99, ObjectiveText: "99%", Period: 30 * 24 * time.Hour, SLI: spec.SLI{Kind: spec.Events},
		Policy: []spec.PolicyStep{{Consumed: 0.5, Action: "look closer"}, {Consumed: 1, Action: "stop releases", Freeze: true}},
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
		"its data is missing":          {&server{values: healthy(), alerts: []promapi.Sample{missingData("CallsDataMissing")}}, budget.NoData, ""},
		"data of one proxy is missing": {&server{values: healthy(), alerts: []promapi.Sample{missingData("KamailioCallSetupDataMissing")}}, budget.Fine, ""},
		"a budget without a last hour": {&server{values: without("slo:sli_events:increase1h", healthy())}, budget.NoData, ""},
		"such a one that is spent":     {&server{values: without("slo:sli_events:increase1h", with(record("slo:error_budget_remaining:ratio", -0.5)))}, budget.Exhausted, ""},
		"such a one in maintenance":    {&server{values: append(without("slo:sli_events:increase1h", healthy()), record("slo:maintenance:active", 1))}, budget.Fine, ""},
		"a step of the policy":         {&server{values: with(record("slo:error_budget_consumed:ratio", 0.5))}, budget.AtRisk, "look closer"},
		"little left":                  {&server{values: with(record("slo:error_budget_remaining:ratio", 0.2))}, budget.AtRisk, ""},
		"spent in a week at this pace": {&server{values: with(record("slo:error_budget_burn:ratio_increase1d", 4))}, budget.AtRisk, ""},
		"no events in the last hour":   {&server{values: with(record("slo:sli_events:increase1h", 0))}, budget.Idle, ""},
		"no records":                   {&server{}, budget.NoData, ""},
		"records of others":            {&server{values: []promapi.Sample{{Labels: promapi.Labels{"__name__": "slo:error_budget_remaining:ratio", "slo": "other"}, Point: promapi.Point{Value: 1}}}}, budget.NoData, ""},
		"a budget that is no number":   {&server{values: with(record("slo:error_budget_remaining:ratio", math.NaN()))}, budget.NoData, ""},
		"the server is down":           {&server{values: healthy(), err: errors.New("connection refused")}, budget.Unknown, ""},
		"an answer is not whole":       {&server{values: healthy(), err: promapi.ErrPartial}, budget.Unknown, ""},
		"only alerts are not whole":    {&server{values: healthy(), err: promapi.ErrPartial, failOn: "ALERTS"}, budget.Unknown, ""},
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

// TestCompositesKnowByTheirParts: a mean has no events, and is known while its parts are; a journey has none while a part is in maintenance.
func TestCompositesKnowByTheirParts(t *testing.T) {
	t.Parallel()
	of := func(slo string, records []promapi.Sample) []promapi.Sample {
		for i := range records {
			records[i].Labels["slo"] = slo
		}
		return records
	}
	parts := []spec.Part{{Name: "calls"}, {Name: "media"}}
	objectives := append(calls(), calls()[0], calls()[0], calls()[0])
	objectives[1].Name = "media"
	objectives[2].Name, objectives[2].SLI = "mean", spec.SLI{Kind: spec.Weighted, Parts: parts}
	objectives[3].Name, objectives[3].SLI = "journey", spec.SLI{Kind: spec.AllOf, Parts: parts}
	hour := "slo:sli_events:increase1h"
	for name, c := range map[string]struct {
		media         []promapi.Sample
		journey       []promapi.Sample
		mean, through budget.State
		why           string // of the mean
	}{
		"all is known":          {healthy(), healthy(), budget.Fine, budget.Fine, ""},
		"a part is missing":     {without(hour, healthy()), healthy(), budget.NoData, budget.NoData, "of its part media: of the last hour"},
		"a part is idle":        {with(record(hour, 0)), without(hour, healthy()), budget.Fine, budget.NoData, ""},
		"a part is not counted": {append(without(hour, healthy()), record("slo:maintenance:active", 1)), without(hour, healthy()), budget.Fine, budget.Fine, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			values := slices.Concat(healthy(), of("media", c.media), of("mean", without(hour, healthy())), of("journey", c.journey))
			f := budget.New(objectives, &server{values: values}, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
			f.Look(t.Context())
			got := f.Snapshot().Objectives
			if got[2].State != c.mean || got[3].State != c.through || !strings.HasPrefix(got[2].Missing, c.why) || (got[2].Missing == "") != (c.why == "") {
				t.Errorf("the mean is %q (%q), the journey %q (%q)", got[2].State, got[2].Missing, got[3].State, got[3].Missing)
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

// TestGroups: a group is meant by its own name and by the common one, and hurt by releases of its tier, and of the service or job that it is.
func TestGroups(t *testing.T) {
	t.Parallel()
	for label, served := range map[string]bool{"service": true, "job": true, "region": false} {
		one := calls()
		one[0].Tier, one[0].Group = "proxy", spec.Group{Of: &spec.Grouping{Name: "answers", Label: label}, Value: "bin-call-manager"}
		p := budget.New(one, &server{}, time.Now, slog.New(slog.DiscardHandler)).Snapshot().Objectives[0].Promise
		if p.Serves("bin-call-manager") != served || !p.Serves("proxy") || p.Serves("answers") || !p.Called("answers") || !p.Called("calls") || p.Called("bin-call-manager") {
			t.Errorf("grouped by %s: %+v", label, p.Group)
		}
	}
	p := budget.New(calls(), &server{}, time.Now, slog.New(slog.DiscardHandler)).Snapshot().Objectives[0].Promise
	if p.Group != nil || p.Called("") {
		t.Errorf("without a group: %+v", p)
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

// TestTheCourseOfACalendarBeginsWithIt: what was before is another budget.
func TestTheCourseOfACalendarBeginsWithIt(t *testing.T) {
	t.Parallel()
	month := calls()
	month[0].Calendar = "month"
	for at, want := range map[time.Time]time.Time{
		noon.AddDate(0, 0, 9):         noon.Truncate(24 * time.Hour),
		noon.Truncate(24 * time.Hour): noon.Truncate(24 * time.Hour),
		noon.Add(-24 * time.Hour):     noon.AddDate(0, -1, 0).Truncate(24 * time.Hour),
	} {
		h, err := budget.New(month, &server{}, func() time.Time { return at }, slog.New(slog.DiscardHandler)).History(t.Context(), "calls")
		if err != nil || !h.From.Equal(want) || !h.To.Equal(at) || h.Step < time.Minute || h.To.Sub(h.From) > 250*h.Step {
			t.Errorf("at %s from %s to %s, by %s: %v", at, h.From, h.To, h.Step, err)
		}
	}
}

// grids remembers the times that were asked for.
type grids struct {
	server
	starts []time.Time
}

func (g *grids) Range(_ context.Context, _ string, start, _ time.Time, _ time.Duration) ([]promapi.Series, error) {
	g.starts = append(g.starts, start)
	return nil, nil
}

// TestTheCourseReachesThePresent: the newest point of each question is of now, and none is from before the period.
func TestTheCourseReachesThePresent(t *testing.T) {
	t.Parallel()
	quarter := calls()
	quarter[0].Calendar = "quarter"
	for _, at := range []time.Time{noon, noon.Add(-35*24*time.Hour + 17*time.Minute), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)} {
		g := &grids{}
		h, err := budget.New(quarter, g, func() time.Time { return at }, slog.New(slog.DiscardHandler)).History(t.Context(), "calls")
		if err != nil || len(g.starts) != 4 {
			t.Fatalf("%d questions: %v", len(g.starts), err)
		}
		for _, start := range g.starts {
			if h.To.Sub(start)%h.Step != 0 || start.Before(h.From) || start.Sub(h.From) >= h.Step {
				t.Errorf("from %s to %s is asked for by %s from %s on", h.From, h.To, h.Step, start)
			}
		}
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
