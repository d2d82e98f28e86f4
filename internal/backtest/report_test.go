package backtest_test

import (
	"context"
	"log/slog"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// recorded is a store that is asked as a server is.
type recorded struct{ store *backtest.Store }

func (r recorded) Query(ctx context.Context, expr string, at time.Time) ([]promapi.Sample, error) {
	v, ok, err := backtest.Value(ctx, r.store, expr, at)
	if err != nil || !ok {
		return nil, err
	}
	return []promapi.Sample{{Labels: promapi.Labels{"slo": "calls"}, Point: promapi.Point{Time: at, Value: v}}}, nil
}

func (r recorded) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]promapi.Series, error) {
	s := promapi.Series{Labels: promapi.Labels{"slo": "calls"}}
	if strings.Contains(expr, "ALERTS") {
		return nil, nil
	}
	for at := start; !at.After(end); at = at.Add(step) {
		found, err := r.Query(ctx, expr, at)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			s.Points = append(s.Points, f.Point)
		}
	}
	return []promapi.Series{s}, nil
}

// taken are days as a ledger takes them down.
type taken []report.Day

func (d *taken) Newest() time.Time {
	if len(*d) == 0 {
		return time.Time{}
	}
	t, _ := time.Parse(time.DateOnly, (*d)[len(*d)-1].Day) // the closer wrote it
	return t
}

func (d *taken) Ends() (map[string]time.Time, error) { return nil, nil } // no zone changes

func (d *taken) Take(_ context.Context, one report.Day, _ time.Time) error {
	*d = append(*d, one)
	return nil
}

func (d *taken) Close(context.Context, time.Time) error { return nil }

// TestReportsSayWhatTheRulesCounted: the report of a week has the events and errors that rules recorded of it, to the last digit, wherever the week begins
// and whatever clocks do in it.
func TestReportsSayWhatTheRulesCounted(t *testing.T) {
	t.Parallel()
	if testing.Short() || underRace {
		t.Skip("replays weeks: make test runs it without the race detector")
	}
	for zone, place := range map[string]struct {
		yaml  string
		clock slo.Clock
		ends  time.Time
	}{
		"":                    {"", slo.Clock{}, time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC)},
		"Europe/Berlin":       {"    time_zone: Europe/Berlin", slo.Clock{}, time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC)}, // summer time since that night
		"+05:45":              {`    utc_offset: "+05:45"`, slo.Clock{Offset: 5*time.Hour + 45*time.Minute}, time.Date(2026, 3, 29, 19, 0, 0, 0, time.UTC)},
		"Australia/Lord_Howe": {"    time_zone: Australia/Lord_Howe", slo.Clock{}, time.Date(2026, 3, 29, 13, 0, 0, 0, time.UTC)},
		"-09:30":              {`    utc_offset: "-09:30"`, slo.Clock{Offset: -9*time.Hour - 30*time.Minute}, time.Date(2026, 3, 30, 10, 0, 0, 0, time.UTC)},
	} {
		t.Run("of "+zone, func(t *testing.T) {
			t.Parallel()
			from := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
			until := place.ends.Add(2 * time.Hour)
			s := backtest.Scenario{Name: "report", Length: until.Sub(from), Targets: 2, Peak: 5, Trough: 1, BaseErrors: 0.01}
			store, _, _ := s.Make(from, outcomeCounters(), 1)
			if _, err := backtest.Replay(t.Context(), store, rulesFor(t, "week", outcomes, place.yaml), backtest.Options{Start: from, End: until, Phase: 37 * time.Second}); err != nil {
				t.Fatal(err)
			}
			o := spec.SLO{Name: "calls", Objective: 0.999, Calendar: spec.Week, Clock: place.clock}
			if strings.Contains(zone, "/") {
				o.TimeZone = zone
			}
			var days taken
			c := budget.NewCloser([]spec.SLO{o}, recorded{store}, &days, func() time.Time { return until }, slog.New(slog.DiscardHandler))
			if err := c.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			week, err := report.Parse("2026-W13")
			if err != nil {
				t.Fatal(err)
			}
			m := report.Make(week, slices.Values(days), func() ([]maintenance.Window, []policy.Change) { return nil, nil })
			if !m.Final || m.Days != 7 || len(m.Objectives) != 1 {
				t.Fatalf("%d days, final %v: %+v", m.Days, m.Final, m.Objectives)
			}
			l := m.Objectives[0]
			// Until the next tile is counted, rules tell of the old period alone; then of it and of what came since, for an hour.
			shown := place.ends.Add(4 * time.Minute)
			for record, got := range map[string]*float64{"slo:sli_events:increase_period": l.Events, "slo:sli_errors:increase_period": l.Errors, "slo:error_budget_consumed:ratio": l.Consumed} {
				want, ok, err := backtest.Value(t.Context(), store, record+`{slo="calls"}`, shown)
				if err != nil || !ok || got == nil {
					t.Fatalf("%s: %v, %v, and the report has %v", record, ok, err, got)
				}
				if diff := *got - want; diff > 1e-9*want || diff < -1e-9*want {
					t.Errorf("%s: the report has %.12g, the rules %.12g", record, *got, want)
				}
			}
			if l.Zone != zone || l.Unknown != 0 || *l.Errors == 0 {
				t.Errorf("%+v", l)
			}
		})
	}
}

// TestEventsOfUnknownFate are no good ones: while nobody knows how many failed, or the number is none, a tile does not count.
func TestEventsOfUnknownFate(t *testing.T) {
	t.Parallel()
	store := backtest.NewStore()
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	series := func(name string, of func(hour int) (float64, bool)) {
		for at := day.Add(-time.Hour); at.Before(day.Add(25 * time.Hour)); at = at.Add(5 * time.Minute) {
			set := map[string]string{"__name__": name, "slo": "calls"}
			// A tile is written a moment after its end, and is gone with the next that is not.
			if v, ok := of(int(at.Add(-time.Second).Sub(day) / time.Hour)); ok {
				store.Append(set, backtest.Sample{T: at.UnixMilli(), V: v})
			} else {
				store.Append(set, backtest.Stale(at.UnixMilli()))
			}
		}
	}
	series("slo:sli_events_counted:increase5m", func(hour int) (float64, bool) {
		if hour == 3 {
			return math.NaN(), true
		}
		return 10, true
	})
	series("slo:sli_errors_counted:increase5m", func(hour int) (float64, bool) {
		if hour == 5 {
			return math.NaN(), true
		}
		return 1, hour < 8 || hour >= 10
	})
	var days taken
	now := day.Add(25 * time.Hour)
	c := budget.NewCloser([]spec.SLO{{Name: "calls", Objective: 0.99}}, recorded{store}, &days, func() time.Time { return now }, slog.New(slog.DiscardHandler))
	if err := c.Look(t.Context()); err != nil || len(days) == 0 {
		t.Fatalf("%d days: %v", len(days), err)
	}
	n := days[len(days)-1].Objectives[0]
	if want := 20 * 12; n.Tiles != want || n.Events != float64(10*want) || n.Errors != float64(want) || n.Hours[3] != 0 || n.Hours[5] != 0 || n.Hours[6] != 12 {
		t.Errorf("%+v", n)
	}
}
