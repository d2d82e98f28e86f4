package promql

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
)

// testChecker knows the real catalogue, a histogram, a summary and two records.
func testChecker() *Checker {
	emitter := &metric.Emitter{Name: "test"}
	families := append(metric.All(),
		&metric.Family{
			Name: "setup_seconds", Type: metric.Histogram, Unit: metric.Seconds, Emitter: emitter,
			Labels:  []metric.Label{{Name: "code", Values: []string{"200", "486", "503"}}},
			Buckets: []float64{0.1, 0.5, 1, 2.5},
		},
		&metric.Family{Name: "wait_seconds", Type: metric.Summary, Unit: metric.Seconds, Emitter: emitter},
	)
	records := []Record{
		{Name: "voipbin:attempts:increase5m", Labels: []metric.Label{{Name: "instance"}}},
		{Name: "slo:errors:ratio", Labels: []metric.Label{{Name: "slo", Values: []string{"call_setup", "api"}}}},
	}
	return NewChecker(metric.NewCatalogue(families), records, Options{TargetLabels: []string{"region", "node"}, Anchored: true})
}

// render prints a problem with the words that it points at.
func render(text string, p Problem) string {
	mark := "error"
	if p.Warning {
		mark = "warning"
	}
	return mark + " at " + text[p.Start:p.End] + ": " + p.String()
}

func TestCheckAccepts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`kamailio_up == 0`,
		`up{job="kamailio"} == 0`,
		`sum by (method) (rate(kamailio_requests_received_by_method_total[5m]))`,
		`sum by (region, node) (rate(kamailio_requests_received_total[5m]))`,
		`sum by (instance) (increase(kamailio_call_setup_outcomes_total{cause=~"408|timeout|500|503|504"}[5m] anchored))`,
		`kamailio_shm_real_used_bytes / kamailio_shm_size_bytes > 0.9`,
		`kamailio_dispatcher_set_targets{state="active"} + ignoring (state) kamailio_dispatcher_set_targets{state="trying"}`,
		`sum by (instance, set) (kamailio_dispatcher_set_targets{state=~"active|trying"}) == 0`,
		`kamailio_requests_received_total * on (instance) group_left (version) kamailio_build_info > 0 unless on (instance) kamailio_up == 0`,
		`histogram_quantile(0.95, sum by (le) (rate(setup_seconds_bucket[5m])))`,
		`histogram_quantile(0.95, sum by (code) (rate(setup_seconds[5m])))`,
		`histogram_count(rate(setup_seconds[5m]))`,
		`rate(setup_seconds_sum[5m]) / rate(setup_seconds_count[5m])`,
		`rate(setup_seconds_bucket{le="1.0"}[5m])`,
		`rate(setup_seconds_bucket{le="+Inf"}[5m])`,
		`wait_seconds{quantile="0.99"}`,
		`absent(up{job="kamailio", instance="kamailio-1"})`,
		`absent(kamailio_requests_received_total)`,
		`count(kamailio_requests_received_total)`,
		`sum_over_time(voipbin:attempts:increase5m[1d:5m])`,
		`slo:errors:ratio{slo="call_setup"} > 0.0144`,
		`sum(voipbin:attempts:increase5m) > 0 or vector(0)`,
		`ALERTS{alertstate="firing", slo="call_setup"}`,
		`sum by (slo, burn) (ALERTS{alertstate="firing"})`,
		`label_replace(kamailio_up, "host", "$1", "instance", "(.*):.*") == on (host) group_left () label_replace(up, "host", "$1", "instance", "(.*):.*")`,
		`rate(kamailio_requests_received_total{instance=~"$instance"}[$__rate_interval])`,
		`sum by ($group) (rate(kamailio_requests_received_by_method_total[${__rate_interval}]))`,
		`changes(kamailio_start_time_seconds[15m]) > 0`,
		`max_over_time(kamailio_dialogs{state="ongoing"}[1h])`,
		`topk(5, kamailio_pkg_real_used_bytes)`,
		`time() - kamailio_start_time_seconds`,
		`kamailio_call_setup_outcomes_total{cause!=""} and on (instance) kamailio_up == 1 unless on (instance) kamailio_up`,
	} {
		for _, p := range testChecker().Check(text) {
			if !p.Warning {
				t.Errorf("%s\n%s", text, render(text, p))
			}
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, p := range testChecker().Check(text) {
			got = append(got, render(text, p))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", text, diff)
		}
	}

	// Names.
	f(`kamailio_uup == 0`, `error at kamailio_uup: unknown metric "kamailio_uup": did you mean "kamailio_up"?`)
	f(`rate(kamailio_requests_received[5m])`, `error at kamailio_requests_received: unknown metric "kamailio_requests_received": did you mean "kamailio_requests_received_total"?`)
	f(`kamailio_dialogs_total`, `error at kamailio_dialogs_total: unknown metric "kamailio_dialogs_total": did you mean "kamailio_dialogs"?`)
	f(`rate(wait_seconds_bucket[5m])`, `error at wait_seconds_bucket: unknown metric "wait_seconds_bucket": did you mean "wait_seconds"?`)
	f(`somebody_elses_requests_total`, `error at somebody_elses_requests_total: unknown metric "somebody_elses_requests_total": docs/METRICS.md lists every metric`)
	f(`{job="kamailio"}`, `error at {job="kamailio"}: the selector does not name a metric: name one metric, so that its labels can be checked`)
	f(`sum(rate(kamailio_requests_received_total[5m])`, `error at : PromQL syntax: unclosed left parenthesis`)

	// Labels and their values.
	f(`kamailio_dialogs{status="ongoing"}`, `error at status: "kamailio_dialogs" has no label "status": did you mean "state"?`)
	f(`kamailio_dialogs{state="ongoin"}`, `error at state: label "state" of "kamailio_dialogs" is never "ongoin": did you mean "ongoing"?`)
	f(`kamailio_dialogs{state!="up"}`, `error at state: label "state" of "kamailio_dialogs" is never "up": values are "starting", "connecting", "answering" and "ongoing"`)
	f(`kamailio_dialogs{state=~"ongoing|early"}`, `error at state: label "state" of "kamailio_dialogs" is never "early": values are "starting", "connecting", "answering" and "ongoing"`)
	f(`kamailio_dialogs{state=~"ongoing|"}`, `error at state: state=~"ongoing|" also matches series without the label: drop the empty alternative; use .+ for any value`)
	f(`slo:errors:ratio{job="x"}`, `error at job: "slo:errors:ratio" has no label "job": labels are "slo"`)
	f(`slo:errors:ratio{slo="call_steup"}`, `error at slo: label "slo" of "slo:errors:ratio" is never "call_steup": did you mean "call_setup"?`)
	f(`sum by (type) (rate(kamailio_requests_received_by_method_total[5m]))`,
		`error at type: "kamailio_requests_received_by_method_total" has no label "type": labels are "instance", "job", "method", "node" and "region"`)
	f(`sum by (cause) (sum by (instance) (kamailio_dialogs))`, `error at cause: the expression has no label "cause": labels are "instance"`)
	f(`sum(kamailio_dialogs) without (stat)`, `error at stat: "kamailio_dialogs" has no label "stat": did you mean "state"?`)
	f(`label_replace(kamailio_up, "host", "$1", "hots", "(.*)")`, `error at "hots": "kamailio_up" has no label "hots": labels are "instance", "job", "node" and "region"`)

	// Types.
	f(`rate(kamailio_dialogs[5m])`, `error at rate(kamailio_dialogs[5m]): rate() of "kamailio_dialogs", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`)
	f(`increase(voipbin:attempts:increase5m[1h])`,
		`error at increase(voipbin:attempts:increase5m[1h]): increase() of "voipbin:attempts:increase5m", which is not a counter: it is recorded, not a counter: read it as it is, or add it up with sum_over_time()`)
	f(`rate(sum(kamailio_requests_received_total)[5m:])`,
		`error at rate(sum(kamailio_requests_received_total)[5m:]): rate() of a sum of counters: the reset of one looks like a rise of all: take the rate first and add up then`)
	f(`deriv(kamailio_requests_received_total[5m])`, `error at deriv(kamailio_requests_received_total[5m]): deriv() of counter "kamailio_requests_received_total", which falls to zero at a restart: use rate() or increase()`)
	f(`kamailio_requests_received_total > 5`, `warning at kamailio_requests_received_total: counter "kamailio_requests_received_total" is read as a level: wrap it in rate() or increase()`)
	f(`sum(kamailio_requests_received_total)`, `warning at kamailio_requests_received_total: counter "kamailio_requests_received_total" is read as a level: wrap it in rate() or increase()`)

	f(`rate(sum by (instance) (kamailio_requests_received_total)[5m:1m])`,
		`error at rate(sum by (instance) (kamailio_requests_received_total)[5m:1m]): rate() of a sum of counters: the reset of one looks like a rise of all: take the rate first and add up then`)
	f(`-kamailio_requests_received_total`, `warning at kamailio_requests_received_total: counter "kamailio_requests_received_total" is read as a level: wrap it in rate() or increase()`)
	f(`max_over_time(kamailio_requests_received_total[5m])`,
		`warning at kamailio_requests_received_total[5m]: counter "kamailio_requests_received_total" is read as a level: wrap it in rate() or increase()`)
	f(`kamailio_up or kamailio_requests_received_total`,
		`warning at kamailio_requests_received_total: counter "kamailio_requests_received_total" is read as a level: wrap it in rate() or increase()`)
	f(`resets(kamailio_up[5m])`, `error at resets(kamailio_up[5m]): resets() of "kamailio_up", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`)

	// Histograms.
	f(`histogram_quantile(0.9, sum(rate(setup_seconds_bucket[5m])))`,
		`error at histogram_quantile(0.9, sum(rate(setup_seconds_bucket[5m]))): histogram_quantile() needs the label le, which the expression does not have: group by (le) as well, or give it a native histogram`)
	f(`sum by (le) (rate(setup_seconds_sum[5m]))`, `error at le: grouped by le, but "setup_seconds_sum" is no classic histogram: only the _bucket series of a histogram has it`)
	f(`histogram_count(rate(setup_seconds_sum[5m]))`, `error at histogram_count(rate(setup_seconds_sum[5m])): histogram_count() takes native histograms, which "setup_seconds_sum" is not: give it the histogram itself, without _bucket, _sum or _count`)
	f(`rate(setup_seconds_bucket{le="0.3"}[5m])`, `error at le: "setup_seconds_bucket" has no bucket le="0.3": the nearest bounds are "0.1" and "0.5"`)
	f(`rate(setup_seconds_bucket{le="1"}[5m])`, `error at le: "setup_seconds_bucket" has no bucket le="1": write it as Prometheus 3 stores it: le="1.0"`)
	f(`rate(setup_seconds_bucket{le="0.05"}[5m])`, `error at le: "setup_seconds_bucket" has no bucket le="0.05": the lowest bound is "0.1"`)

	// Matching.
	f(`kamailio_up == 1 unless voipbin:attempts:increase5m`, `error at  unless : the sides never match: only the left has "job", "node" and "region": say on(...) or ignoring(...)`)
	f(`sum by (cause) (kamailio_up) / kamailio_up`,
		`error at cause: "kamailio_up" has no label "cause": labels are "instance", "job", "node" and "region"`,
		`error at  / : the sides never match: only the right has "instance", "job", "node" and "region": say on(...) or ignoring(...)`)
	f(`kamailio_up and on (region, slo) slo:errors:ratio`, `error at region: "slo:errors:ratio" has no label "region": labels are "slo"`,
		`error at slo: "kamailio_up" has no label "slo": labels are "instance", "job", "node" and "region"`)
	f(`rate(kamailio_call_setup_outcomes_total[5m]) / on (instance) rate(kamailio_call_setup_attempts_total[5m])`,
		`error at  / on (instance) : several series on the left for one on the right: they differ in "cause": add group_left(), or add up the left side`)
	f(`kamailio_dialogs / ignoring (stat) kamailio_dialogs`, `error at stat: neither side has the label "stat" that is ignored`)
	f(`kamailio_dialogs * on (instance) group_left (versions) kamailio_build_info`, `error at versions: "kamailio_build_info" has no label "versions": did you mean "version"?`)

	f(`rate(kamailio_call_setup_attempts_total[5m]) / on (instance) rate(kamailio_call_setup_outcomes_total[5m])`,
		`error at  / on (instance) : several series on the right for one on the left: they differ in "cause": add group_right(), or add up the right side`)
	f(`kamailio_dialogs / on (instance) kamailio_dispatcher_set_targets`,
		`error at  / on (instance) : many series on both sides: they differ in "state": add up one side first`)
	f(`kamailio_dialogs{state="ongoing"} / kamailio_up`, `error at  / : the sides never match: only the left has "state": say on(...) or ignoring(...)`)

	// Places survive variables.
	f(`sum(rate(kamailio_dialogs{instance=~"$instance"}[$__rate_interval]))`,
		`error at rate(kamailio_dialogs{instance=~"$instance"}[$__rate_interval]): rate() of "kamailio_dialogs", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`)
}
