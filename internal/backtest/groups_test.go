package backtest_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/slo"
)

// groups are an objective of two instances, each of which has a call a second, and half a call more that fails on the second for half an hour.
const groups = `  - name: each
    title: Each
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    grouping: {by: instance, values: [one, {value: two, objective: 98%}]}
    traffic: {peak_per_hour: 3600, trough_per_hour: 3600}
    min_failures: 5
    sli:
      errors: sum(increase(kamailio_call_setup_outcomes_total{instance="$instance",cause="503"}[$window]))
      total: sum(increase(kamailio_call_setup_outcomes_total{instance="$instance"}[$window]))
`

// Of two groups one fails: its own budget goes, to the event, and the other's has all that it had. What happens on an instance that is not listed counts
// for neither, and is told.
func TestGroupsHaveBudgetsOfTheirOwn(t *testing.T) {
	t.Parallel()
	const length, begins, ends, unlisted = 4 * time.Hour, time.Hour, 90 * time.Minute, 2 * time.Hour
	store := backtest.NewStore()
	for s := range int(length/time.Second) / 30 {
		at := time.Duration(s) * 30 * time.Second
		sample := func(v float64) backtest.Sample { return backtest.Sample{T: begin().Add(at).UnixMilli(), V: v} }
		labels := func(name, instance, cause string) map[string]string {
			set := map[string]string{"__name__": name, "job": "scenario", "instance": instance}
			if cause != "" {
				set["cause"] = cause
			}
			return set
		}
		const calls = "kamailio_call_setup_outcomes_total"
		failed := min(max(at, begins), ends) - begins
		for _, instance := range []string{"one", "two"} {
			store.Append(labels("up", instance, ""), sample(1))
			store.Append(labels(calls, instance, "2xx"), sample(at.Seconds()))
		}
		store.Append(labels(calls, "one", "503"), sample(0))
		store.Append(labels(calls, "two", "503"), sample(failed.Seconds()/2))
		if at >= unlisted { // it begins with all that it ever has
			store.Append(labels(calls, "three", "503"), sample(7))
		}
	}
	fired, err := backtest.Replay(t.Context(), store, rulesFor(t, "30d", outcomes, groups), backtest.Options{Start: begin(), End: begin().Add(length)})
	if err != nil {
		t.Fatal(err)
	}
	now := begin().Add(3 * time.Hour)
	f := func(record string, want float64) {
		t.Helper()
		got, ok, err := backtest.Value(t.Context(), store, record, now)
		if err != nil || !ok || slo.Clean(got) != slo.Clean(want) {
			t.Errorf("%s: want %v, got %v (%v), %v", record, want, got, ok, err)
		}
	}
	const events, failures = 3 * 3600, 900.0
	f(`slo:sli_errors:increase_period{slo="each_one"}`, 0)
	f(`slo:sli_events:increase_period{slo="each_one"}`, events)
	f(`slo:error_budget_remaining:ratio{slo="each_one"}`, 1)
	f(`slo:sli_errors:increase_period{slo="each_two"}`, failures)
	f(`slo:sli_events:increase_period{slo="each_two"}`, events+failures)
	f(`slo:error_budget_remaining:ratio{slo="each_two"}`, 1-failures/(events+failures)/0.02)
	told := map[string]string{}
	for _, one := range fired {
		if one.Labels["slo"] != "calls" { // which is about all instances
			told[one.Alert] = one.Labels["instance"]
		}
		if wait := begin().Add(unlisted + 15*time.Minute); one.Alert == "EachGroupUnknown" && (one.Start.Before(wait) || one.Start.After(wait.Add(time.Minute))) {
			t.Errorf("want to be told a quarter of an hour after %s, got %s", wait, one.Start)
		}
	}
	if diff := cmp.Diff(map[string]string{"EachTwoBudgetBurn": "", "EachGroupUnknown": "three"}, told); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
}
