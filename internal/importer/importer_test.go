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
		got, problems := Read(format, nil, Source{"in.yaml", []byte(text)})
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
	}}, `in.yaml:2:48: label "cmdb" is not carried over: alerts carry slo, tier, owner and severity`,
		`in.yaml:2:18: the file does not say of "calls_2" what is chosen here: owner nobody, traffic of 0 to 1000 events an hour: put your own in`)
	f("pyrra", `
metadata: {name: probe}
spec: {target: "99", window: 30d, indicator: {bool_gauge: {metric: probe_success}}}
`, []SLO{{Name: "probe", Title: "probe", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000}, SLI: SLI{Probe: "probe_success"}}},
		`in.yaml:2:18: the file does not say of "probe" what is chosen here: owner nobody, tier unknown, traffic of 0 to 1000 events an hour: put your own in`)
	f("sloth", `
service: a
slos:
  - {name: b, objective: 99, sli: {raw: {error_ratio_query: x}}}
`, []SLO{{Name: "a_b", Title: "a b", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000}}},
		"in.yaml:4:41: a raw ratio is not carried over: count failed and all events: a mean of ratios is no ratio of events",
		`in.yaml:4:12: the file does not say of "a_b" what is chosen here: owner nobody, tier unknown, period 30d, traffic of 0 to 1000 events an hour: put your own in`)
	f("sloth", `
service: a
slos:
  - {name: b, objective: 99, sli: {events: {error_query: 'sum(rate(e[5m]))', total_query: 'sum(rate(t[{{ .window }}]))'}}}
`, []SLO{{
		Name: "a_b", Title: "a b", Owner: "nobody", Tier: "unknown", Objective: "99%", Period: "30d", Traffic: Traffic{PeakPerHour: 1000},
		SLI: SLI{Errors: "sum(increase(e[5m]))", Total: "sum(increase(t[$window]))"},
	}}, "in.yaml:4:58: a query with a window of its own is not carried over: put $window in its place",
		`in.yaml:4:12: the file does not say of "a_b" what is chosen here: owner nobody, tier unknown, period 30d, traffic of 0 to 1000 events an hour: put your own in`)
}

// Groups are listed: what the files do not say has to be said beside them.
func TestGroups(t *testing.T) {
	t.Parallel()
	f := func(indicator string, groups map[string][]string, want SLO, left ...string) {
		t.Helper()
		text := "metadata: {name: a, labels: {owner: voip, tier: edge}}\nspec: {target: 99, window: 30d, indicator: " + indicator + "}"
		got, problems := Read("pyrra", groups, Source{"in.yaml", []byte(text)})
		want.Name, want.Title, want.Owner, want.Tier, want.Objective, want.Period, want.Traffic = "a", "a", "voip", "tier_edge", "99%", "30d", Traffic{PeakPerHour: 1000}
		if diff := cmp.Diff([]SLO{want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", indicator, diff)
		}
		var lines []string
		for _, p := range problems {
			if !strings.Contains(p.What, "what is chosen here") {
				lines = append(lines, p.Error())
			}
		}
		if diff := cmp.Diff(left, lines); diff != "" {
			t.Errorf("%s: what is told (-want +got):\n%s", indicator, diff)
		}
	}
	groups := map[string][]string{"handler": {"calls", "flows"}}
	by := &Grouping{By: "handler", Values: groups["handler"]}
	f(`{ratio: {errors: {metric: 'r{code="500"}'}, total: {metric: r}, grouping: [handler]}}`, groups, SLO{
		Grouping: by, SLI: SLI{Errors: `sum(increase(r{code="500",handler="$handler"}[$window]))`, Total: `sum(increase(r{handler="$handler"}[$window]))`},
	})
	f(`{latency: {success: {metric: 'd_bucket{le="1", }'}, total: {metric: 'd_count{}'}, grouping: [handler, code]}}`, groups, SLO{
		Grouping: by, SLI: SLI{Good: `sum(increase(d_bucket{le="1",handler="$handler"}[$window]))`, Total: `sum(increase(d_count{handler="$handler"}[$window]))`},
	}, "in.yaml:2:146: grouping by a second label, code, is not carried over: one label has budgets: write an objective for each value of this one")
	f(`{latencyNative: {latency: 1s, total: {metric: d}, grouping: [handler]}}`, groups, SLO{
		Grouping: by, SLI: SLI{Latency: &Latency{Histogram: `d{handler="$handler"}`, Threshold: "1s", Native: true}},
	})
	f(`{bool_gauge: {metric: up, grouping: [instance]}}`, groups, SLO{SLI: SLI{Probe: "up"}},
		"in.yaml:2:81: grouping by instance is not carried over: groups are listed: say which there are, -group instance=VALUE,VALUE",
		"nothing in these files is grouped by handler: pyrra's grouping names the label")
	f(`{bool_gauge: {metric: up, grouping: [handler]}}`, groups, SLO{Grouping: by, SLI: SLI{Probe: `up{handler="$handler"}`}})
}

// An indicator may stand by itself, before or behind what names it, in the same file or in another.
func TestIndicatorsOfTheirOwn(t *testing.T) {
	t.Parallel()
	const slo = `apiVersion: openslo/v1
kind: SLO
metadata: {name: calls, labels: {team: voip, tier: edge}}
spec: {indicatorRef: calls-ok, timeWindow: [{duration: 4w}], objectives: [{target: 0.99}]}
`
	const sli = `kind: SLI
metadata: {name: calls-ok}
spec:
  ratioMetric:
    good: {metricSource: {spec: {query: 'sum(increase(ok_total[{{.window}}]))'}}}
    total: {metricSource: {spec: {query: 'sum(increase(calls_total[{{.window}}]))'}}}
`
	const service = "kind: Service\nmetadata: {name: voice}\nspec: {description: all of it}\n"
	want := []SLO{{
		Name: "calls", Title: "calls", Owner: "voip", Tier: "tier_edge", Objective: "99%", Period: "28d", Traffic: Traffic{PeakPerHour: 1000},
		SLI: SLI{Good: "sum(increase(ok_total[$window]))", Total: "sum(increase(calls_total[$window]))"},
	}}
	chosen := `: the file does not say of "calls" what is chosen here: traffic of 0 to 1000 events an hour: put your own in`
	f := func(want []SLO, left []string, files ...Source) {
		t.Helper()
		got, problems := Read("openslo", nil, files...)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		var lines []string
		for _, p := range problems {
			lines = append(lines, p.Error())
		}
		if diff := cmp.Diff(left, lines); diff != "" {
			t.Errorf("what is told (-want +got):\n%s", diff)
		}
	}
	f(want, []string{"a.yaml:3:18" + chosen}, Source{"a.yaml", []byte(slo + "---\n" + sli)})
	f(want, []string{"a.yaml:11:18" + chosen, "a.yaml:14:7: the Service voice is not carried over: objectives alone are read"},
		Source{"a.yaml", []byte("---\n" + sli + "---\n" + slo + "---\n" + service)})
	f(want, []string{"b.yaml:3:18" + chosen}, Source{"a.yaml", []byte(sli)}, Source{"b.yaml", []byte(slo)})
	want[0].SLI = SLI{}
	f(want, []string{"b.yaml:3:18" + chosen, `b.yaml:4:22: the indicator "calls-ok" is not carried over: name the file that holds the SLI of that name as well`}, Source{"b.yaml", []byte(slo)})
	f(nil, []string{"c.yaml: the file is empty"}, Source{"c.yaml", nil})
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
	f.Add("pyrra", "metadata: {name: a}\nspec: {target: 1, window: 4w, indicator: {ratio: {errors: {metric: 'x{'}, total: {metric: '}'}, grouping: [handler]}}}")
	f.Add("openslo", "metadata: {name: a}\nspec: {objectives: [{target: 0.5}], timeWindow: [{duration: 1w}], indicator: {spec: {}}}")
	f.Fuzz(func(t *testing.T, format, text string) {
		slos, problems := Read(format, map[string][]string{"handler": {"a"}}, Source{"in.yaml", []byte(text)})
		if len(slos) == 0 && len(problems) == 0 && !strings.Contains(text, "---") && !strings.Contains(text, "SLI") && strings.TrimSpace(text) != "" && !strings.Contains(text, "slos") && format != "sloth" {
			t.Errorf("neither objectives nor a problem: %q", text)
		}
	})
}
