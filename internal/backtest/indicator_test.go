package backtest_test

import (
	"math"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
)

// Each way to tell good events from bad ones comes to the counted events, on every window that alerts read.
func TestIndicators(t *testing.T) {
	t.Parallel()
	const length = 8 * time.Hour
	base := backtest.Scenario{Length: length, Targets: 3, Peak: 20, Trough: 15, Faults: []backtest.Fault{{At: 5 * time.Hour, Length: 2 * time.Hour, Ratio: 0.1}}}
	named := func(name string, counts backtest.Outcome, more ...string) backtest.Counter {
		set := map[string]string{"__name__": name}
		for i := 0; i < len(more); i += 2 {
			set[more[i]] = more[i+1]
		}
		return backtest.Counter{Labels: set, Counts: counts}
	}
	f := func(name, sli string, s backtest.Scenario, counters []backtest.Counter, want func(*backtest.Truth, time.Time, time.Duration) float64) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, truth, _ := s.Make(begin(), counters, 1)
			if _, err := backtest.Replay(t.Context(), store, rulesFor(t, "30d", sli), backtest.Options{Start: begin(), End: begin().Add(length)}); err != nil {
				t.Fatal(err)
			}
			now := begin().Add(7 * time.Hour)
			for record, window := range map[string]time.Duration{"5m": 5 * time.Minute, "30m": 30 * time.Minute, "1h": time.Hour, "6h": 6 * time.Hour} {
				got, ok, err := backtest.Value(t.Context(), store, `slo:sli_error:ratio_increase`+record+`{slo="calls"}`, now)
				if expected := want(truth, now, window); err != nil || !ok || math.Abs(got-expected) > 0.01*expected {
					t.Errorf("%s: want %v, got %v (%v), %v", record, expected, got, ok, err)
				}
			}
		})
	}
	counted := func(truth *backtest.Truth, now time.Time, window time.Duration) float64 {
		total, failed := truth.Between(now.Add(-window), now)
		return failed / total
	}
	f("errors", outcomes, base, outcomeCounters(), counted)
	f("good", `
      good: sum(increase(kamailio_call_setup_outcomes_total{cause="2xx"}[$window]))
      total: sum(increase(kamailio_call_setup_outcomes_total[$window]))`, base, outcomeCounters(), counted)
	f("latency", `
      latency: {histogram: test_classic_seconds, threshold: 500ms}`, base,
		[]backtest.Counter{named("test_classic_seconds_bucket", backtest.Good, "le", "0.5"), named("test_classic_seconds_count", backtest.All)}, counted)
	f("native latency", durations, base, durationCounters(), counted)

	// A target is down for the last two hours: a third of the samples, and every slice, is bad.
	away := base
	away.Gone = backtest.Fault{At: 5 * time.Hour, Length: 3 * time.Hour}
	f("time slices", `
      time_slice: {good_when: 'count(up{job="scenario"} == 1) == 3', known_when: up}`, away, nil,
		func(_ *backtest.Truth, _ time.Time, window time.Duration) float64 {
			return min(1, 2*time.Hour.Seconds()/window.Seconds())
		})
	f("probes", `
      probe: test_probe_success`, base, []backtest.Counter{named("test_probe_success", backtest.Up)},
		func(*backtest.Truth, time.Time, time.Duration) float64 { return 0 })
}
