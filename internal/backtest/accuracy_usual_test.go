package backtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

// The two budgets that generators of rules usually write, over the same counters as the rest: the mean of a ratio that is recorded every minute,
// and the ratio of two increases over the whole period.
const (
	meanOfRatios     = "the mean over the period of a ratio over five minutes, recorded every minute"
	ratioOfIncreases = "the increase of the failed over the whole period, divided by that of all"
)

// usual returns a budget of the usual kind.
func usual(title string, period time.Duration) shape {
	const failed, all = `kamailio_call_setup_outcomes_total{cause="503"}`, `kamailio_call_setup_outcomes_total`
	length := slo.FormatDuration(period)
	if title == ratioOfIncreases {
		return shape{consumed: fmt.Sprintf("100 * sum(increase(%s[%s])) / sum(increase(%s[%s])) / 0.001", failed, length, all, length)}
	}
	ratio := rules.Rule{Record: "usual:failed:ratio_rate5m", Expr: fmt.Sprintf("sum(rate(%s[5m])) / sum(rate(%s[5m]))", failed, all)}
	return shape{
		files:    []rules.RuleFile{{Groups: []rules.Group{{Name: "usual", Interval: "1m", Rules: []rules.Rule{ratio}}}}},
		consumed: fmt.Sprintf("100 * sum_over_time(%s[%s]) / count_over_time(%s[%s]) / 0.001", ratio.Record, length, ratio.Record, length),
	}
}

// TestUsualBudgetIsFarOff holds the measure itself to something: the mean of ratios takes an outage at night for several times as much as it was.
func TestUsualBudgetIsFarOff(t *testing.T) {
	t.Parallel()
	if testing.Short() || underRace {
		t.Skip("replays weeks: make test runs it without the race detector")
	}
	for _, a := range courses(9 * day) {
		if a.Name != "S1" {
			continue
		}
		r := measureShape(t, a, usual(meanOfRatios, 7*day), 7*day, 1)
		if r.missing > 0 || r.reported < 2*r.happened {
			t.Errorf("want more than twice of the %.1f %% that happened, got %.1f %%, unknown %d times", r.happened, r.reported, r.missing)
		}
	}
}

// usualTable writes how far the usual budgets are off in the scenarios that were taken from the comparison of generators.
func usualTable(tb testing.TB, out *strings.Builder) {
	tb.Helper()
	for _, title := range []string{meanOfRatios, ratioOfIncreases} {
		fmt.Fprintf(out, "\nFor comparison, seed 1, %s:\n%-8s %10s %10s %8s %8s\n", title, "scenario", "reported", "happened", "worst", "unknown")
		for _, a := range courses(37 * day) {
			if a.Name[0] != 'S' {
				continue
			}
			r := measureShape(tb, a, usual(title, 30*day), 30*day, 1)
			tb.Logf("%s, %s: %+v", title, a.Name, r)
			if r.happened == 0 {
				fmt.Fprintf(out, "%-8s %10s %10s %8s %8d\n", a.Name, "", "", "", r.missing)
				continue
			}
			fmt.Fprintf(out, "%-8s %9.2f%% %9.2f%% %8.1f %8d\n", a.Name, r.reported, r.happened, r.worst, r.missing)
		}
	}
}

// TestCost holds the samples that the rules load in a minute to a limit, at 6 and at 60 series and a scrape every 30
// seconds. Looks back over a month are rare, so that two days tell of it; costTable replays a month.
func TestCost(t *testing.T) {
	t.Parallel()
	if testing.Short() || underRace {
		t.Skip("replays weeks: make test runs it without the race detector")
	}
	for _, targets := range []int{3, 30} {
		costOf(t, targets, 2*day)
	}
}

// costTable writes what the rules load in a minute after a month.
func costTable(tb testing.TB, out *strings.Builder) {
	tb.Helper()
	out.WriteString("\nSamples that the rules of one objective load in a minute, by the engine's own count, scraped every 30 seconds, after 31 days:\n")
	for _, targets := range []int{3, 30} {
		got, limit := costOf(tb, targets, 31*day)
		fmt.Fprintf(out, "%3d series %8.0f, at most %.0f\n", 2*targets, got, limit)
	}
}

// costOf returns the samples a minute of two series a target, and the most that is allowed.
func costOf(tb testing.TB, targets int, length time.Duration) (got, limit float64) {
	tb.Helper()
	limit = map[int]float64{3: 6_000, 30: 35_000}[targets]
	s := backtest.Scenario{Name: "cost", Length: length, Targets: targets, Peak: 20, Trough: 2, BaseErrors: 0.01}
	store, _, _ := s.Make(begin(), outcomeCounters(), 1)
	files := rulesFor(tb, "30d", outcomes)
	if _, err := backtest.Replay(tb.Context(), store, files, backtest.Options{Start: begin(), End: begin().Add(length)}); err != nil {
		tb.Fatal(err)
	}
	got, err := backtest.Cost(tb.Context(), store, files, begin().Add(length))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Logf("%d series, %.0f days: %.0f samples a minute, at most %.0f", 2*targets, length.Hours()/24, got, limit)
	if got > limit {
		tb.Errorf("%d series: %.0f samples a minute, at most %.0f", 2*targets, got, limit)
	}
	return got, limit
}
