package rules

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// What is wrong with one objective is found when another of its shape was right before, and the other way round.
func TestLikeIsJudgedByItsValues(t *testing.T) {
	t.Parallel()
	s := loadSpec(t)
	of := func(name, cause, instance string) spec.SLO {
		o := ofShape(name, "", "")
		o.SLI.Good, o.SLI.Errors = spec.Expr{}, expr(fmt.Sprintf(`sum(increase(kamailio_call_setup_outcomes_total{cause=%q,instance=%q}[$window]))`, cause, instance), 7)
		o.SLI.Total = expr(fmt.Sprintf(`sum(increase(kamailio_call_setup_outcomes_total{instance=%q}[$window]))`, instance), 8)
		return o
	}
	f := func(want string, objectives ...spec.SLO) {
		t.Helper()
		s.SLOs = objectives
		_, err := Build(s, catalogue())
		var problems diag.Problems
		errors.As(err, &problems)
		got := ""
		for _, p := range problems {
			if !p.Warning {
				got += p.What + "\n"
			}
		}
		if got != want {
			t.Errorf("want %q, got %q, %v", want, got, err)
		}
	}
	right, other := of("calls_a", "500", "sip-1"), of("calls_b", "503", "sip-2")
	wrong := of("calls_c", "577", "sip-1")
	const unknown = "label \"cause\" of \"kamailio_call_setup_outcomes_total\" is never \"577\"\n"
	f("", right, other)
	f(unknown, right, other, wrong)
	f(unknown, wrong, right, other)
	apart := of("calls_d", "503", "sip-2")
	apart.SLI.Total = expr(`sum(increase(kamailio_call_setup_outcomes_total{instance="sip-1"}[$window]))`, 8)
	f("kamailio_call_setup_outcomes_total selects events that the total leaves out: it lacks the condition instance=\"sip-1\"\n", right, other, apart)
}

// Values are left out of a judgement only where nobody knows them, they stand for themselves, and the label has to be equal to them.
func TestJudgedValues(t *testing.T) {
	t.Parallel()
	checker := promql.NewChecker(catalogue(), []Record{}, promql.Options{})
	f := func(total, want string) {
		t.Helper()
		got := newJudged(checker).values(spec.SLI{Total: spec.Expr{Text: total}, Good: spec.Expr{Text: `sum(x{node="n-1"})`}})
		if got = strings.ReplaceAll(got, "\n", ";"); got != want {
			t.Errorf("%s: want %q, got %q", total, want, got)
		}
	}
	f(`sum(x)`, "")
	f(`sum(x{instance="edge-1:5060", region ="eu_1"})`, "")
	f(`sum(x{cause="500", instance="a"} / y{cause!="none"})`, "cause=500;cause!=none;")
	f(`sum(x{instance="a"} / y{instance=~"a|b"})`, "instance=a;instance=~a|b;")
	f(`sum(x{instance!="a"})`, "instance!=a;")
	f(`sum(x{instance=""})`, "instance=;")
	f(`sum(x{instance="a b"})`, "instance=a b;")
	f(`sum(x{node=~"n.*"})`, "node=n-1;node=~n.*;")
	closed := promql.NewChecker(catalogue(), []Record{{Name: "x:y", Labels: []metric.Label{{Name: "node", Values: []string{"a"}}}}}, promql.Options{})
	if got := newJudged(closed).values(spec.SLI{Total: spec.Expr{Text: `x{node="a",instance="b"}`}}); got != "node=a\n" {
		t.Errorf("a label whose values are known: got %q", got)
	}
}
