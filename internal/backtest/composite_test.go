package backtest_test

import (
	"math"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/backtest"
)

// composites are a second objective beside the first, a journey through both, and their weighted mean.
const composites = `  - name: probes
    title: Probes
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    traffic: {peak_per_hour: 600, trough_per_hour: 600}
    min_failures: 5
    sli:
      good: sum(increase(sip_probes_reached_total{grade="L3"}[$window]))
      total: sum(increase(sip_probes_total[$window]))
  - name: journey
    title: Journey
    owner: voip
    tier: scenario
    objective: 98%
    period: 30d
    sli: {all_of: [calls, probes]}
  - name: mean
    title: Mean
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    sli: {weighted: {calls: 3, probes: 1}}
`

// minute is what happens in a minute: calls and probes, and the shares of them that fail.
type minute struct{ calls, callsFailed, probes, probesFailed float64 }

// course fails 30 % of the calls from the fifth hour on for half an hour, and half of the probes for half an hour from a
// quarter past five on: a quarter of an hour they fail together.
func course(n int) minute {
	m := minute{calls: 60, probes: 10}
	if n >= 300 && n < 330 {
		m.callsFailed = 0.3
	}
	if n >= 315 && n < 345 {
		m.probesFailed = 0.5
	}
	return m
}

// tell writes the counters of a course, twice a minute.
func tell(store *backtest.Store, length time.Duration) {
	labels := func(name string, more ...string) map[string]string {
		set := map[string]string{"__name__": name, "job": "scenario", "instance": "one"}
		for i := 0; i < len(more); i += 2 {
			set[more[i]] = more[i+1]
		}
		return set
	}
	var good, failed, reached, probes float64
	for i := range int(length/time.Minute) * 2 {
		t := begin().Add(time.Duration(i) * 30 * time.Second).UnixMilli()
		for series, v := range map[*map[string]string]float64{
			new(labels("up")): 1, new(labels("kamailio_call_setup_outcomes_total", "cause", "2xx")): good, new(labels("kamailio_call_setup_outcomes_total", "cause", "503")): failed,
			new(labels("sip_probes_reached_total", "grade", "L3")): reached, new(labels("sip_probes_total")): probes,
		} {
			store.Append(*series, backtest.Sample{T: t, V: v})
		}
		m := course(i / 2)
		good, failed = good+m.calls*(1-m.callsFailed)/2, failed+m.calls*m.callsFailed/2
		reached, probes = reached+m.probes*(1-m.probesFailed)/2, probes+m.probes/2
	}
}

// A journey's failures are the product of its steps' at each time, weighed by its calls, and a mean's are those of whole windows,
// on Prometheus' engine and whenever the groups are evaluated.
func TestComposites(t *testing.T) {
	t.Parallel()
	const length = 8 * time.Hour
	for _, phase := range []time.Duration{0, 23 * time.Second} {
		t.Run(phase.String(), func(t *testing.T) {
			t.Parallel()
			store := backtest.NewStore()
			tell(store, length)
			if _, err := backtest.Replay(t.Context(), store, rulesFor(t, "30d", outcomes, composites), backtest.Options{Start: begin(), End: begin().Add(length), Phase: phase}); err != nil {
				t.Fatal(err)
			}
			at := func(d time.Duration) time.Time { return begin().Add(d) }
			f := func(record string, now time.Time, want float64) {
				t.Helper()
				// What is recorded is up to a few minutes old.
				got, ok, err := backtest.Value(t.Context(), store, record, now)
				if err != nil || !ok || math.Abs(got-want) > 0.02*want {
					t.Errorf("%s at %s: want %.5f, got %.5f (%v), %v", record, now.Format(time.TimeOnly), want, got, ok, err)
				}
			}
			together := 1 - (1-0.3)*(1-0.5)
			hour := (15*0.3 + 15*together + 15*0.5) / 60
			f(`slo:sli_error:ratio_increase5m{slo="journey"}`, at(5*time.Hour+13*time.Minute), 0.3)
			f(`slo:sli_error:ratio_increase5m{slo="journey"}`, at(5*time.Hour+28*time.Minute), together)
			f(`slo:sli_error:ratio_increase1h{slo="journey"}`, at(6*time.Hour+2*time.Minute), hour)
			f(`slo:sli_errors:increase_period{slo="journey"}`, at(7*time.Hour+30*time.Minute), hour*60*60)
			f(`slo:sli_events:increase_period{slo="journey"}`, at(7*time.Hour+30*time.Minute), 7.4*60*60)
			f(`slo:sli_error:ratio_increase1h{slo="mean"}`, at(6*time.Hour), 0.75*0.3*30/60+0.25*0.5*30/60)
			f(`slo:error_budget_consumed:ratio{slo="mean"}`, at(7*time.Hour+30*time.Minute), (0.75*0.3*30+0.25*0.5*30)/(7.4*60)/0.01)
		})
	}
}
