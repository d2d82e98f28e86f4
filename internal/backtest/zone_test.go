package backtest_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/rules"
)

// A period that follows a zone begins at midnight there, in summer as in winter, and also where the clocks changed since. The hours that rules
// record are made up, so that a few instants of the one rule that adds them up tell.
func TestPeriodsOfAZone(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	const an, hour = 1000.0, time.Hour
	store := backtest.NewStore()
	for _, span := range [][2]time.Time{
		{time.Date(2026, 2, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 3, 0, 0, 0, 0, time.UTC)},
		{time.Date(2026, 9, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)},
	} {
		var samples []backtest.Sample
		for at := span[0]; at.Before(span[1]); at = at.Add(150 * time.Second) {
			samples = append(samples, backtest.Sample{T: at.UnixMilli(), V: an})
		}
		for _, name := range []string{"slo:sli_events_counted:increase1h", "slo:sli_events:increase_head"} {
			store.Append(map[string]string{"__name__": name, "slo": "calls"}, samples...)
		}
	}
	exprs := make(map[string]string)
	for _, period := range []string{"week", "month", "quarter"} {
		exprs[period] = exprOf(t, rulesFor(t, period, outcomes, "    time_zone: Europe/Berlin"), "slo:sli_events:increase_period")
	}
	f := func(period string, month time.Month, day int, on time.Duration) {
		t.Helper()
		begin := time.Date(2026, month, day, 0, 0, 0, 0, zone)
		got, ok, err := backtest.Value(t.Context(), store, exprs[period], begin.Add(on))
		if want := an * on.Hours(); err != nil || !ok || got != want {
			t.Errorf("%s since %s, %s on: want %g events, got %g, %t, %v", period, begin, on, want, got, ok, err)
		}
	}
	f("month", time.March, 1, 730*hour) // the clocks changed on the 29th
	f("month", time.April, 1, 2*hour)
	f("month", time.April, 1, 12*hour)
	f("month", time.November, 1, 12*hour)
	f("week", time.March, 23, 160*hour)
	f("week", time.March, 30, 2*hour)
	f("week", time.October, 26, 12*hour)
	f("quarter", time.April, 1, 12*hour)
}

// exprOf is the expression of a record.
func exprOf(t *testing.T, files []rules.RuleFile, record string) string {
	t.Helper()
	for _, f := range files {
		for _, r := range f.All() {
			if r.Record == record {
				return r.Expr
			}
		}
	}
	t.Fatalf("no rule records %s", record)
	return ""
}
