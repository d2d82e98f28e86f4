package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// Whatever was cast before, an expression comes out as if it were the only one.
func TestCastIsAsPrintedAlone(t *testing.T) {
	t.Parallel()
	checker := promql.NewChecker(catalogue(), []Record{{Name: "slo:x", Labels: []metric.Label{{Name: "slo"}, {Name: "b"}}}}, promql.Options{Anchored: true})
	m := newMoulds(sampling(1, storyStep))
	for _, expr := range []string{
		`slo:x{slo="a"}`, `slo:x{slo="b"}`, `slo:x{slo="longer"}`, `slo:x{slo="a",b="c"}`, `slo:x{b="c",slo="a"}`, `slo:x{slo='a'}`, `slo:x{slo='b'}`, "slo:x{slo=`a`}",
		`slo:x{slo="1"}`, `slo:x{slo=""}`, `slo:x{slo=~"a|b",b!="x"}`, `slo:x{slo=~"c|d",b!="y"}`, `slo:x{slo="a\"b"}`, `slo:x{slo="a\nb"}`, `slo:x{slo="{}"}`, `slo:x{slo="="}`, `slo:x{slo="é"}`, `slo:x{slo="ab"}`,
		`label_replace(slo:x{slo="a"}, "b", "c", "", "")`, `label_replace(slo:x{slo="b"}, "b", "d", "", "")`, `sum by (slo) (slo:x{slo="a"}) / 3`, `vector(1)`,
		`sum(slo:x{slo="` + strings.Repeat("a", 60) + `"}) + sum(slo:x{slo="` + strings.Repeat("b", 60) + `"})`,
		`sum(slo:x{slo="` + strings.Repeat("c", 61) + `"}) + sum(slo:x{slo="` + strings.Repeat("b", 59) + `"})`,
		`sum(slo:x{slo="` + strings.Repeat("e", 2) + `"}) + sum(slo:x{slo="` + strings.Repeat("b", 5) + `"})`,
	} {
		want, err := promql.Format(expr)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := m.cast("x", expr)
			if err != nil {
				t.Fatalf("%s: %v", expr, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-alone +cast):\n%s", expr, diff)
			}
		}
	}
	if err := m.check(checker); err != nil {
		t.Errorf("want no mistake, got %v", err)
	}
	if _, err := m.cast("x", `slo:y{slo="a"}`); err != nil {
		t.Fatal(err)
	}
	if err := m.check(checker); err == nil || !strings.Contains(err.Error(), "slo:y") {
		t.Errorf("a series that nobody records: want an error, got %v", err)
	}
	if _, err := m.cast("x", "sum("); err == nil || !strings.HasPrefix(err.Error(), "rule x: ") {
		t.Errorf("no PromQL: want an error, got %v", err)
	}
}
