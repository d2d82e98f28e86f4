package backtest_test

import (
	"math"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
)

// Periods of the calendar begin with their first full hour, wherever the calendar's days begin, and forget what was before.
func TestCalendarPeriods(t *testing.T) {
	t.Parallel()
	if testing.Short() || underRace {
		t.Skip("replays weeks: make test runs it without the race detector")
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC) }
	f := func(period, offset string, now, start time.Time) {
		t.Run(period+" "+offset, func(t *testing.T) {
			t.Parallel()
			s := backtest.Scenario{Name: "calendar", Length: now.Sub(begin()) + time.Hour, Targets: 2, Peak: 5, Trough: 1, BaseErrors: 0.01}
			store, truth, _ := s.Make(begin(), outcomeCounters(), 1)
			more := ""
			if offset != "" {
				more = "    utc_offset: \"" + offset + "\""
			}
			files := rulesFor(t, period, outcomes, more)
			if _, err := backtest.Replay(t.Context(), store, files, backtest.Options{Start: begin(), End: now.Add(time.Minute), Phase: 37 * time.Second}); err != nil {
				t.Fatal(err)
			}
			got, ok, err := backtest.Value(t.Context(), store, `last_over_time(slo:sli_events:increase_period{slo="calls"}[10m])`, now)
			if err != nil || !ok {
				t.Fatalf("known: %v, %v", ok, err)
			}
			nearest := math.Inf(1)
			for lag := time.Duration(0); lag <= 11*time.Minute; lag += 30 * time.Second {
				want, _ := truth.Between(start, now.Add(-lag))
				nearest = min(nearest, math.Abs(got-want)/want)
			}
			if nearest > 0.005 {
				want, _ := truth.Between(start, now)
				t.Errorf("at %s: %.0f events, want about %.0f since %s", now, got, want, start)
			}
		})
	}
	f("week", "", at(11, 15, 20), at(9, 0, 0))        // a Wednesday
	f("week", "", at(9, 1, 20), at(9, 0, 0))          // the week has just begun
	f("week", "", at(9, 0, 40), at(2, 0, 0))          // for an hour, the old one is shown
	f("week", "+09:00", at(11, 15, 20), at(8, 15, 0)) // Monday begins nine hours before that of UTC
	f("week", "-05:00", at(9, 4, 50), at(2, 5, 0))
	f("month", "", at(10, 15, 20), begin())
}
