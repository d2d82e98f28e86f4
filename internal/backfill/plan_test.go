package backfill_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/backfill"
	"github.com/voipbin/observability/internal/rules"
)

// record is a rule of an objective.
func record(objective, name, expr string) rules.Rule {
	r := rules.Rule{Record: name, Expr: expr}
	if objective != "" {
		r.Labels = map[string]string{"slo": objective}
	}
	return r
}

// chain are the rules of two objectives, the second of which reads the first, and records of a tier that the first reads.
func chain() []rules.RuleFile {
	group := func(list ...rules.Rule) rules.RuleFile {
		return rules.RuleFile{Groups: []rules.Group{{Name: "g", Rules: list}}}
	}
	return []rules.RuleFile{
		group(record("a", "slo:ratio:5m", `slo:errors:5m{slo="a"} / slo:events:5m{slo="a"}`), record("a", "slo:errors:5m", "sum(tier:errors:5m)"),
			record("a", "slo:events:5m", "sum(increase(x_total[5m]))"), rules.Rule{Alert: "Burn", Expr: `slo:ratio:5m{slo="a"} > 1`}),
		group(record("b", "slo:ratio:5m", `1 - slo:ratio:5m{slo="a"}`), record("b", "slo:budget:ratio", `slo:ratio:5m{slo="b"}`)),
		group(record("", "tier:errors:5m", "sum by (instance) (increase(y_total[5m]))"), record("", "tier:other:5m", "up")),
	}
}

// shown is a plan as a person reads it.
func shown(plan []backfill.Level) string {
	var out strings.Builder
	for i, l := range plan {
		fmt.Fprintf(&out, "%d:", i+1)
		for _, s := range l.Made() {
			fmt.Fprintf(&out, " %s", s)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestPlan(t *testing.T) {
	t.Parallel()
	f := func(objective string, there []string, want string) {
		t.Helper()
		plan, err := backfill.Plan(t.Context(), chain(), objective, func(_ context.Context, s rules.Series) (bool, error) {
			for _, have := range there {
				if have == s.String() {
					return true, nil
				}
			}
			return false, nil
		})
		if diff := cmp.Diff(want, shown(plan)); err != nil || diff != "" {
			t.Errorf("%s with %v: %v (-want +got):\n%s", objective, there, err, diff)
		}
	}
	f("a", nil, "1: slo:events:5m{slo=\"a\"} tier:errors:5m\n2: slo:errors:5m{slo=\"a\"}\n3: slo:ratio:5m{slo=\"a\"}\n")
	f("a", []string{"tier:errors:5m"}, "1: slo:errors:5m{slo=\"a\"} slo:events:5m{slo=\"a\"}\n2: slo:ratio:5m{slo=\"a\"}\n")
	// Records of one name do not wait for each other when they are of different objectives.
	f("b", []string{`slo:ratio:5m{slo="a"}`}, "1: slo:ratio:5m{slo=\"b\"}\n2: slo:budget:ratio{slo=\"b\"}\n")
	f("b", nil, "1: slo:events:5m{slo=\"a\"} tier:errors:5m\n2: slo:errors:5m{slo=\"a\"}\n3: slo:ratio:5m{slo=\"a\"}\n4: slo:ratio:5m{slo=\"b\"}\n5: slo:budget:ratio{slo=\"b\"}\n")
}

func TestPlanFails(t *testing.T) {
	t.Parallel()
	none := func(context.Context, rules.Series) (bool, error) { return false, nil }
	f := func(files []rules.RuleFile, has func(context.Context, rules.Series) (bool, error), want string) {
		t.Helper()
		if _, err := backfill.Plan(t.Context(), files, "a", has); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	circle := []rules.RuleFile{{Groups: []rules.Group{{Name: "g", Rules: []rules.Rule{
		record("a", "slo:one:x", `slo:two:x{slo="a"}`), record("a", "slo:two:x", `slo:one:x{slo="a"}`),
	}}}}}
	f(circle, none, `records read each other in a circle: slo:one:x{slo="a"}, slo:two:x{slo="a"}`)
	f([]rules.RuleFile{{Groups: []rules.Group{{Name: "g", Rules: []rules.Rule{record("a", "slo:one:x", "sum(")}}}}}, none, "rule slo:one:x of group g")
	f(chain(), func(context.Context, rules.Series) (bool, error) { return false, errors.New("no route") }, "no route")
}
