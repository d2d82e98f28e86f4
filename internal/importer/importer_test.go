package importer

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	f := func(format, text string, want []SLO, left ...string) {
		t.Helper()
		got, problems := Read(format, "in.yaml", []byte(text))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.Error())
		}
		if diff := cmp.Diff(left, lines); diff != "" {
			t.Errorf("%s: what is left behind (-want +got):\n%s", format, diff)
		}
	}
	f("pyrra", `
metadata: {name: Calls-2, labels: {tier: edge, cmdb: x}}
spec:
  target: "95"
  window: 2w
  indicator:
    latencyNative: {latency: 200ms, total: {metric: 'h{a="b"}'}}
`, []SLO{{
		Name: "calls_2", Title: "Calls-2", Owner: "nobody", Tier: "tier_edge", Objective: "95%", Period: "14d", Traffic: Traffic{PeakPerHour: 1000},
		SLI: SLI{Latency: &Latency{Histogram: `h{a="b"}`, Threshold: "200ms", Native: true}},
	}}, `in.yaml:2:48: label "cmdb" is not carried over: alerts carry slo, tier, owner and severity`)
	f("pyrra", `
metadata: {name: probe}
spec: {target: "99", window: 30d, indicator: {bool_gauge: {metric: probe_success}}}
`, []SLO{{Name: "probe", Title: "probe", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000}, SLI: SLI{Probe: "probe_success"}}})
	f("sloth", `
service: a
slos:
  - {name: b, objective: 99, sli: {raw: {error_ratio_query: x}}}
`, []SLO{{Name: "a_b", Title: "a b", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000}}},
		"in.yaml:4:41: a raw ratio is not carried over: count failed and all events: a mean of ratios is no ratio of events")
	f("sloth", `
service: a
slos:
  - {name: b, objective: 99, sli: {events: {error_query: 'sum(rate(e[5m]))', total_query: 'sum(rate(t[{{ .window }}]))'}}}
`, []SLO{{
		Name: "a_b", Title: "a b", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000},
		SLI: SLI{Errors: "sum(increase(e[5m]))", Total: "sum(increase(t[$window]))"},
	}}, "in.yaml:4:58: a query with a window of its own is not carried over: put $window in its place")
}

func TestIdentifier(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"A b-c": "a_b_c", "9lives": "slo_9lives", "": "slo_", "ünder": "nder"} {
		if got := identifier(in); got != want {
			t.Errorf("%q: want %q, got %q", in, want, got)
		}
	}
}

// Whatever is read, it ends in objectives or in problems, and never in a panic.
func FuzzRead(f *testing.F) {
	f.Add("sloth", "service: a\nslos: [{name: b, objective: 99, sli: {events: {error_query: x, total_query: y}}}]")
	f.Add("pyrra", "metadata: {name: a}\nspec: {target: 1, window: 4w, indicator: {ratio: {errors: {metric: x}, total: {metric: y}}}}")
	f.Add("openslo", "metadata: {name: a}\nspec: {objectives: [{target: 0.5}], timeWindow: [{duration: 1w}], indicator: {spec: {}}}")
	f.Fuzz(func(t *testing.T, format, text string) {
		slos, problems := Read(format, "in.yaml", []byte(text))
		if len(slos) == 0 && problems.Err() == nil && strings.TrimSpace(text) != "" && !strings.Contains(text, "slos") && format != "sloth" {
			t.Errorf("neither objectives nor a problem: %q", text)
		}
	})
}
