package budget_test

import (
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// TestForecastOfTheCalendar: a period of the calendar has begun and grows, so a budget is that of the events so far. On the second day of a month, half of
// it is spent in a day at twice the pace, not in a week; at the pace that is allowed it never is.
func TestForecastOfTheCalendar(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		calendar        spec.Calendar
		at              string
		remaining, burn float64
		want            time.Duration
		lasts           bool
		state           budget.State
	}{
		"the second day, at twice the pace":       {spec.Month, "2026-03-02T00:00:00Z", 0.5, 2, 12 * time.Hour, false, budget.AtRisk},
		"the third day, at twice the pace":        {spec.Month, "2026-03-03T00:00:00Z", 0.5, 2, day, false, budget.AtRisk},
		"at the pace that is allowed":             {spec.Month, "2026-03-03T00:00:00Z", 0.5, 1, 0, true, budget.Fine},
		"slower":                                  {spec.Month, "2026-03-03T00:00:00Z", 0.5, 0.5, 0, true, budget.Fine},
		"just before the end":                     {spec.Month, "2026-03-16T00:00:00Z", 0.5, 1.5, 15 * day, false, budget.Fine},
		"after the end":                           {spec.Month, "2026-03-17T00:00:00Z", 0.5, 1.5, 0, true, budget.Fine},
		"spent, and slower of late":               {spec.Month, "2026-03-17T00:00:00Z", -0.1, 0.5, 0, false, budget.Exhausted},
		"while counts are of the old month":       {spec.Month, "2026-04-01T00:30:00Z", 0.5, 4, 0, true, budget.Fine},
		"when they are of the new one":            {spec.Month, "2026-04-01T02:00:00Z", 0.5, 2, time.Hour, false, budget.AtRisk},
		"a week":                                  {spec.Week, "2026-03-03T00:00:00Z", 0.5, 2, 12 * time.Hour, false, budget.AtRisk},
		"a quarter, which is longer than a month": {spec.Quarter, "2026-03-02T00:00:00Z", 0.5, 3, 15 * day, false, budget.AtRisk},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			one := calls()
			one[0].Calendar, one[0].Policy = c.calendar, nil
			one[0].Period = map[spec.Calendar]time.Duration{spec.Week: 7 * day, spec.Month: 30 * day, spec.Quarter: 91 * day}[c.calendar]
			s := &server{values: with(record("slo:error_budget_remaining:ratio", c.remaining), record("slo:error_budget_burn:ratio_increase1h", c.burn),
				record("slo:error_budget_burn:ratio_increase1d", c.burn), record("slo:error_budget_burn:ratio_increase3d", c.burn))}
			f := budget.New(one, s, func() time.Time { return at }, slog.New(slog.DiscardHandler))
			f.Look(t.Context())
			o := f.Snapshot().Objectives[0]
			got := o.Forecast()
			if got.Never() != c.lasts || !c.lasts && got.Soonest.Round(time.Second) != c.want || o.State != c.state {
				t.Errorf("%s, forecast %+v, want %s in %s, or that it lasts: %t", o.State, got, c.state, c.want, c.lasts)
			}
		})
	}
}

// TestForecastOfOtherTiers: an objective of other tiers has other windows than the usual, as has one of a period for which these are too long. They tell what
// those of others do.
func TestForecastOfOtherTiers(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		change          func(*spec.SLO)
		values          []promapi.Sample
		asked           string
		soonest, latest time.Duration
		pressing        string
		minutes         float64
	}{
		"tiers of half a day and of two": {
			func(o *spec.SLO) {
				o.Tiers = []slo.Tier{{Name: "page", Severity: slo.Page, Share: 0.02, Long: 12 * time.Hour, Short: time.Hour}, {Name: "ticket", Severity: slo.Ticket, Share: 0.1, Long: 2 * day, Short: 6 * time.Hour}}
			},
			[]promapi.Sample{
				record("slo:error_budget_burn:ratio_increase12h", 5), record("slo:error_budget_burn:ratio_increase2d", 3), record("slo:error_budget_burn:ratio_increase5m", 90), record("slo:sli_events:increase12h", 720),
			},
			"12h", 3 * day, 5 * day, "12h", 75,
		},
		"three days": {
			func(o *spec.SLO) { o.Period = 3 * day },
			[]promapi.Sample{record("slo:error_budget_burn:ratio_increase1h", 2), record("slo:error_budget_burn:ratio_increase6h", 2.5), record("slo:sli_events:increase6h", 360)},
			"6h", 14*time.Hour + 24*time.Minute, 18 * time.Hour, "6h", 75,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one := calls()
			one[0].Policy = nil
			c.change(&one[0])
			s := &server{values: append([]promapi.Sample{
				record("slo:error_budget_remaining:ratio", 0.5), record("slo:sli_events:increase_period", 15000), record("slo:sli_events:increase1h", 60),
			}, c.values...)}
			f := budget.New(one, s, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
			f.Look(t.Context())
			o := f.Snapshot().Objectives[0]
			got := o.Forecast()
			if got.Soonest.Round(time.Second) != c.soonest || got.Latest.Round(time.Second) != c.latest || got.Pressing != c.pressing || got.Lasts {
				t.Errorf("forecast %+v, want %s to %s by %s", got, c.soonest, c.latest, c.pressing)
			}
			if o.State != budget.AtRisk {
				t.Errorf("spent within a quarter of the period, and %s", o.State)
			}
			if _, minutes := o.Left(); math.Abs(minutes.Value-c.minutes) > 1e-6 {
				t.Errorf("%v minutes left, want %v", minutes, c.minutes)
			}
			if !strings.Contains(s.query, c.asked) {
				t.Errorf("events of %s are not asked for: %s", c.asked, s.query)
			}
		})
	}
}
