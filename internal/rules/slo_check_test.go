package rules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// expr is an expression at the tenth column of a line of its own.
func expr(text string, line int) spec.Expr {
	pos := diag.Position{File: "spec/slos.yaml", Line: line, Col: 10}
	return spec.Expr{Text: text, Pos: pos, Anchors: diag.Anchors{{Offset: 0, Pos: pos}}}
}

// buildWith builds the repository's spec with a changed objective, and returns the problems as a person reads them.
func buildWith(t *testing.T, change func(*spec.SLO)) (failed bool, lines []string) {
	t.Helper()
	s := loadSpec(t)
	o := &s.SLOs[0]
	o.Pos = diag.Position{File: "spec/slos.yaml", Line: 4, Col: 5}
	o.Traffic.Pos = diag.Position{File: "spec/slos.yaml", Line: 30, Col: 7}
	change(o)
	out, err := Build(s, catalogue())
	var problems diag.Problems
	switch {
	case errors.As(err, &problems):
		failed = true
	case err != nil:
		t.Fatal(err)
	default:
		problems = out.Warnings
	}
	for _, p := range problems {
		mark := "error: "
		if p.Warning {
			mark = "warning: "
		}
		lines = append(lines, mark+p.Error())
	}
	return failed, lines
}

func TestBuildRefuses(t *testing.T) {
	t.Parallel()
	f := func(change func(*spec.SLO), want ...string) {
		t.Helper()
		failed, got := buildWith(t, change)
		if diff := cmp.Diff(want, got); diff != "" || !failed {
			t.Errorf("failed: %v (-want +got):\n%s", failed, diff)
		}
	}
	f(func(o *spec.SLO) { o.SLI.Errors = expr("sum(voipbin:call_setup_failure:increase$window)", 20) },
		`error: spec/slos.yaml:20:14: unknown metric "voipbin:call_setup_failure:increase5m": did you mean "voipbin:call_setup_failures:increase5m"?`)
	f(func(o *spec.SLO) { o.SLI.Total = expr("sum(increase(kamailio_dialogs[$window]))", 21) },
		`error: spec/slos.yaml:21:14: increase() of "kamailio_dialogs", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`,
		`warning: spec/slos.yaml:4:5: the alerts of "call_setup" come without promtool tests: events can be made up where each expression reads one counter, and for the records voipbin:call_setup_*`)
	f(func(o *spec.SLO) { o.SLI.Errors = expr("voipbin:call_setup_failures:increase$window", 20) },
		`error: spec/slos.yaml:20:10: the expression yields a series for each instance: add up to one series: sum(...)`)
	f(func(o *spec.SLO) { o.SLI.Errors = expr("sum(voipbin:call_setup_failures:increase$window", 20) },
		`error: spec/slos.yaml:20:57: PromQL syntax: unclosed left parenthesis`)
	f(func(o *spec.SLO) { o.Period = 30*24*time.Hour + 20*time.Minute },
		`error: spec/slos.yaml:4:5: the period of "call_setup", 30d20m, is not a whole number of hours: round it: budgets are made of hours`)
	f(func(o *spec.SLO) { o.Objective, o.ObjectiveText = 0.9, "90%" },
		`error: spec/slos.yaml:4:5: the page_fast alert of "call_setup" can never fire: it needs a burn rate of 14.4, and when everything fails the rate is 10: raise the objective above 93.06%`)
	f(func(o *spec.SLO) { o.Objective, o.ObjectiveText = 0.5, "50%" },
		`error: spec/slos.yaml:4:5: the page_fast alert of "call_setup" can never fire: it needs a burn rate of 14.4, and when everything fails the rate is 2: raise the objective above 93.06%`,
		`error: spec/slos.yaml:4:5: the page_slow alert of "call_setup" can never fire: it needs a burn rate of 6, and when everything fails the rate is 2: raise the objective above 83.33%`,
		`error: spec/slos.yaml:4:5: the ticket_fast alert of "call_setup" can never fire: it needs a burn rate of 3, and when everything fails the rate is 2: raise the objective above 66.67%`)
}

func TestBuildWarns(t *testing.T) {
	t.Parallel()
	f := func(change func(*spec.SLO), want ...string) {
		t.Helper()
		failed, got := buildWith(t, change)
		if diff := cmp.Diff(want, got); diff != "" || failed {
			t.Errorf("failed: %v (-want +got):\n%s", failed, diff)
		}
	}
	f(func(*spec.SLO) {})
	f(func(o *spec.SLO) { o.Traffic.TroughPerHour, o.MinFailures = 60, 1 },
		`warning: spec/slos.yaml:30:7: a single failure pages when "call_setup" has 60 events an hour: set min_failures to 2 or more`)
	f(func(o *spec.SLO) { o.Traffic.TroughPerHour, o.MinFailures = 60, 2 })
	f(func(o *spec.SLO) { o.Traffic.TroughPerHour, o.MinFailures = 5, 100 },
		`warning: spec/slos.yaml:30:7: nothing can page when "call_setup" has 5 events an hour: there are fewer than min_failures: lower min_failures, or watch the quiet hours by probes`)
	f(func(o *spec.SLO) { o.Traffic.TroughPerHour = 0 })
	f(func(o *spec.SLO) { o.Period = 7 * 24 * time.Hour },
		`warning: spec/slos.yaml:4:5: "call_setup" gets no ticket_slow alert: its window of 3d is too long for a period of 7d: a longer period has room for it`)
	f(func(o *spec.SLO) {
		o.SLI.Errors = expr(`sum(increase(kamailio_call_setup_outcomes_total{cause="503"}[$window]))`, 20)
		o.SLI.Total = expr(`sum(increase(kamailio_call_setup_attempts_total[$window]))`, 21)
	})
	f(func(o *spec.SLO) {
		o.SLI = spec.SLI{Kind: spec.Probe, Metric: expr(`kamailio_up`, 20)}
	})
}

// Two objectives share the names of records, which carry their labels, but not those of alerts.
func TestTwoObjectives(t *testing.T) {
	t.Parallel()
	second := func(name string) func(*spec.Spec) {
		return func(s *spec.Spec) {
			o := s.SLOs[0]
			o.Name, o.Objective, o.ObjectiveText = name, 0.99, "99%"
			s.SLOs = append(s.SLOs, o)
		}
	}
	out := buildSpec(t, second("call_setup_loose"))
	labels := map[string][]string{}
	for _, r := range out.Records {
		for _, l := range r.Labels {
			if l.Name == "slo" {
				labels[r.Name] = l.Values
			}
		}
	}
	if diff := cmp.Diff([]string{"call_setup", "call_setup_loose"}, labels["slo:objective:ratio"]); diff != "" {
		t.Errorf("values of slo (-want +got):\n%s", diff)
	}
	groups := 0
	for _, f := range out.Files {
		if !strings.HasPrefix(f.Path, "rules/slo") {
			continue
		}
		groups += len(f.Make().Groups)
	}
	if groups != 10 {
		t.Errorf("want five groups an objective, got %d in all", groups)
	}

	s := loadSpec(t)
	second("call__setup")(s)
	s.SLOs[1].Pos = diag.Position{File: "spec/slos.yaml", Line: 40, Col: 5}
	_, err := Build(s, catalogue())
	const want = `spec/slos.yaml:40:5: the alerts of "call__setup" would have the names of those of "call_setup": name one of them differently`
	if err == nil || err.Error() != want {
		t.Errorf("want %s\ngot  %v", want, err)
	}
}
