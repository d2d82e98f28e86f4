package rules

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// What is cast is what would have been composed, whatever the words.
func TestCastIsAsComposed(t *testing.T) {
	t.Parallel()
	s := loadSpec(t)
	l := linksOf(s.Platform)
	of := func(o spec.SLO, from source, like *shape) *objective {
		return newObjective(o, nil, l, from, like, s.Platform.Prometheus, s.Alerts.Objectives)
	}
	met, m := newShapes(), newMoulds(sampling(costTargets, s.Platform.Prometheus.ScrapeInterval))
	alike, other := variants()
	latency := alike["first"]
	latency.Name, latency.Title, latency.SLI = "edge_z", "", spec.SLI{Kind: spec.Latency, Metric: spec.Expr{Text: `sip_session_request_delay_seconds{instance="edge_z",region="first"}`}, Threshold: 5}
	slower := latency
	slower.Name, slower.Title, slower.Description, slower.SLI.Metric.Text = "q_up_m", "Calls: 5m of {x}, # q\u0301 \u00e9", "q. % %s $labels.", `sip_session_request_delay_seconds{instance="_edge_",region="q____"}`
	policed := alike["first"]
	policed.Name, policed.Policy = "slow_edge", []spec.PolicyStep{{Consumed: 0.5, Action: "look."}, {Consumed: 1, Action: "stop"}}
	objectives := map[string]spec.SLO{"latency": latency, "latency with other words": slower, "latency again": latency, "policy": policed}
	for _, list := range []map[string]spec.SLO{alike, other} {
		for what, o := range list {
			objectives[what] = o
		}
	}
	cast := 0
	for what, o := range objectives {
		from := source{inputs: inputsOf(o, catalogue())}
		if what == "policy" {
			from.windows = []time.Duration{45 * time.Minute}
		}
		makeObjective(o, from, m, met, of) // which is perhaps the first of its shape
		got, made := makeObjective(o, from, m, met, of)
		if got.like != nil {
			cast++
		}
		whole := of(o, from, nil)
		want, records := whole.give(newMoulds(m.of)), whole.takeRecords()
		if want.fault != nil || made.fault != nil {
			t.Fatalf("%s: %v, %v", what, want.fault, made.fault)
		}
		diff := cmp.Diff(records, made.records) + cmp.Diff(want.alerts, made.alerts) + cmp.Diff(want.rules, made.rules) + cmp.Diff(want.loaded, made.loaded, cmp.AllowUnexported(groupCost{})) +
			cmp.Diff(writtenOf(want), writtenOf(made))
		if diff != "" {
			t.Errorf("%s (-composed +cast):\n%s", what, diff)
		}
	}
	if cast < len(objectives)-3 {
		t.Errorf("want nearly all of %d to be cast, got %d", len(objectives), cast)
	}
}

// writtenOf is all that is written of an objective.
func writtenOf(made madeOf) []written {
	return whole(&Output{Files: made.files, Tests: made.tests})
}
