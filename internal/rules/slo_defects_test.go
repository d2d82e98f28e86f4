package rules

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// latencies is a classic histogram that the catalogue of this test has besides the real ones.
func latencies() *metric.Family {
	return &metric.Family{
		Name: "test_setup_seconds", Type: metric.Histogram, Unit: metric.Seconds, Emitter: metric.Tracker, Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5},
		Labels: []metric.Label{{Name: "transport", Values: []string{"udp", "tcp", "tls"}}},
	}
}

// judge reads and builds one objective, and returns all problems as a person reads them.
func judge(t *testing.T, objective, period, rest string) []string {
	t.Helper()
	return judgeFile(t, callsOf(objective, period, rest))
}

// callsOf is a slos.yaml of one objective.
func callsOf(objective, period, rest string) string {
	return "slos:\n  - name: calls\n    title: Calls\n    owner: voip\n    tier: scenario\n    objective: " + objective + "\n    period: " + period +
		"\n    min_failures: 5\n    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}\n" + rest
}

// judgeFile reads and builds what a slos.yaml describes, and returns all problems as a person reads them.
func judgeFile(t *testing.T, text string) []string {
	t.Helper()
	return judgeOn(t, func(platform string) string { return platform }, text)
}

// judgeOn is judgeFile on a platform that is changed.
func judgeOn(t *testing.T, change func(platform string) string, text string) []string {
	t.Helper()
	folder := fstest.MapFS{"slos.yaml": {Data: []byte(text)}}
	for _, name := range []string{"platform.yaml", "alerts.yaml"} {
		data, err := os.ReadFile("../../spec/" + name)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	folder["platform.yaml"].Data = []byte(change(string(folder["platform.yaml"].Data)))
	s, problems := spec.Load(folder, "spec")
	if problems.Err() == nil {
		out, err := Build(s, metric.NewCatalogue(append(metric.All(), latencies())))
		var found diag.Problems
		switch {
		case errors.As(err, &found):
			problems = append(problems, found...)
		case err != nil:
			t.Fatal(err)
		default:
			problems = append(problems, out.Warnings...)
		}
	}
	lines := make([]string, 0, len(problems))
	for _, p := range problems {
		mark := "error: "
		if p.Warning {
			mark = "warning: "
		}
		lines = append(lines, mark+p.Error())
	}
	return lines
}

// events is an indicator that counts by two expressions.
func events(failed, total string) string {
	return "    sli:\n      errors: " + failed + "\n      total: " + total + "\n"
}

// TestDefects breaks an objective in the ways that people do, and demands that each is found without a server, at its
// place. Only what is wrong is found: the first case is right.
func TestDefects(t *testing.T) {
	t.Parallel()
	const outcomes = "kamailio_call_setup_outcomes_total"
	failed := `sum(increase(` + outcomes + `{cause="503"}[$window]))`
	total := `sum(increase(` + outcomes + `[$window]))`
	f := func(name, objective, period, rest, want string) {
		t.Helper()
		got := strings.Join(judge(t, objective, period, rest), "\n")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(want, got))
		}
	}
	f("nothing is wrong", "99.9%", "30d", events(failed, total), "")
	f("01 an alert that cannot fire", "90%", "30d", events(failed, total),
		`error: spec/slos.yaml:2:5: the page_fast alert of "calls" can never fire: it needs a burn rate of 14.4, and when everything fails the rate is 10`)
	f("02 an objective of 100 %", "100%", "30d", events(failed, total), `error: spec/slos.yaml:6:16: slos[0].objective: 100% leaves no room for a single failure`)
	f("03 a metric that does not exist", "99.9%", "30d", events(strings.Replace(failed, "outcomes", "outcome", 1), total),
		`error: spec/slos.yaml:11:28: unknown metric "kamailio_call_setup_outcome_total": did you mean "kamailio_call_setup_outcomes_total"?`)
	f("04 a label value that does not exist", "99.9%", "30d", events(strings.Replace(failed, "503", "5xx", 1), total),
		`label "cause" of "kamailio_call_setup_outcomes_total" is never "5xx"`)
	f("04b a label that does not exist", "99.9%", "30d", events(strings.Replace(failed, "cause", "code", 1), total),
		`"kamailio_call_setup_outcomes_total" has no label "code"`)
	f("05 a window of its own", "99.9%", "30d", events(strings.Replace(failed, "$window", "5m", 1), total), `slos[0].sli.errors: the expression does not use $window`)
	f("06 not added up", "99.9%", "30d", events(`increase(`+outcomes+`{cause="503"}[$window])`, total), `the expression yields a series for each cause: add up to one series: sum(...)`)
	f("07 a gauge that is counted", "99.9%", "30d", events(failed, "sum(increase(kamailio_dialogs[$window]))"), `increase() of "kamailio_dialogs", which is not a counter`)
	f("08 a bucket that does not exist", "99.9%", "30d", "    sli:\n      latency: {histogram: test_setup_seconds, threshold: 300ms}\n",
		`error: spec/slos.yaml:11:59: "test_setup_seconds_bucket" has no bucket le="0.3": the nearest bounds are "0.25" and "0.5"`)
	f("08b a bucket that exists", "99.9%", "30d", "    sli:\n      latency: {histogram: 'test_setup_seconds{transport=\"udp\"}', threshold: 500ms}\n", "")
	const bucket = `sum(increase(test_setup_seconds_bucket{le="%s"}[$window]))`
	bounded := func(bound string) string {
		return "    sli:\n      good: " + strings.Replace(bucket, "%s", bound, 1) + "\n      total: sum(increase(test_setup_seconds_count[$window]))\n"
	}
	f("09 a whole bound as Prometheus 2 stored it", "99.9%", "30d", bounded("1"), `error: spec/slos.yaml:11:52: "test_setup_seconds_bucket" has no bucket le="1": write it as Prometheus 3 stores it: le="1.0"`)
	f("09b as Prometheus 3 does", "99.9%", "30d", bounded("1.0"), "")
	f("09c a whole bound", "99.9%", "30d", "    sli:\n      latency: {histogram: test_setup_seconds, threshold: 1s}\n", "")
	f("10 good events as errors", "99.9%", "30d", events(strings.Replace(failed, "503", "2xx", 1), total), `warning: spec/slos.yaml:11:15: "2xx" of cause is a success, and is counted as an error`)
	f("11 errors that the total leaves out", "99.9%", "30d", events(failed, `sum(increase(`+outcomes+`{cause!="503"}[$window]))`),
		`kamailio_call_setup_outcomes_total selects events that the total leaves out: it lacks the condition cause!="503"`)
	f("12 a template that is broken", "99.9%", "30d", events(failed, total)+"    policy:\n      - {consumed: 100%, action: 'stop {{ $labels.release'}\n",
		`slos[0].policy[0].action: the text holds {{ or }}, which Prometheus takes for a template`)
	f("13 grouped differently", "99.9%", "30d", events(strings.Replace(failed, "sum(", "sum by (instance) (", 1), total), `the expression yields a series for each instance`)
	f("14 a ratio for a count", "99.9%", "30d", events(failed+" / "+total, total), `a ratio is no count of events`)
	f("15 the rate of a sum", "99.9%", "30d", events(`increase(sum(`+outcomes+`)[$window:1m])`, total), `increase() of a sum of counters: the reset of one looks like a rise of all`)
	f("15b a rate for a count", "99.9%", "30d", events(strings.Replace(failed, "increase", "rate", 1), total), `rate() is a number a second and no count of events`)
	without := func(platform string) string {
		return regexp.MustCompile(`(?m)^runbook_url: .*\n`).ReplaceAllString(platform, "")
	}
	if got := strings.Join(judgeOn(t, without, callsOf("99.9%", "30d", events(failed, total))), "\n"); !strings.Contains(got, `error: spec/platform.yaml:5:1: key "runbook_url" is missing`) {
		t.Errorf("16 no runbook: %s", got)
	}
	f("17 an empty alternative", "99.9%", "30d", events(strings.Replace(failed, `="503"`, `=~"503|"`, 1), total), `also matches series without the label`)
	f("a period too long for its data", "99.9%", "60d", events(failed, total), `60d is longer than Prometheus keeps data (30d)`)
	f("a tier below the pace that is allowed", "99.9%", "30d", events(failed, total)+"    tiers:\n      - {name: slow, severity: ticket, share: 1%, long: 3d}\n",
		`the slow alert of "calls" would come at 0.1 times the pace that the objective allows`)
	f("a period without room for any alert", "99.9%", "7d", events(failed, total)+"    tiers:\n      - {name: slow, severity: ticket, share: 50%, long: 3d}\n",
		`a period of 7d has no room for any alert of "calls": a quarter of the period must hold the long window of one tier at least`)
	f("summed twice", "99.9%", "30d", events(`sum(sum_over_time(voipbin:call_setup_failures:increase1h[$window]))`, total), `adds up windows that overlap`)
	f("a probe of a counter", "99.9%", "30d", "    sli:\n      probe: "+outcomes+"\n", `is not a gauge`)
}
