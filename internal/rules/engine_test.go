package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// Rules for engines without anchored ranges have none anywhere, whatever the version of Prometheus in the spec.
func TestPlain(t *testing.T) {
	t.Parallel()
	anchored := func(plain bool) int {
		n := 0
		for _, r := range rulesOf(t, buildSpec(t, func(s *spec.Spec) { s.Platform.Prometheus.Plain = plain })) {
			n += strings.Count(r.Expr, "] anchored")
		}
		return n
	}
	if n := anchored(true); n != 0 {
		t.Errorf("%d anchored ranges in plain rules", n)
	}
	if anchored(false) == 0 {
		t.Error("no anchored range for a Prometheus that knows them: this test finds nothing")
	}
}

func TestEngineFiles(t *testing.T) {
	t.Parallel()
	f := RuleFile{Groups: []Group{{Name: "a", Interval: "1m", Rules: []Rule{{Record: "b", Expr: "c"}}}}}
	if diff := cmp.Diff(ThanosFile{Groups: []ThanosGroup{{Name: "a", Interval: "1m", PartialResponse: "abort", Rules: f.Groups[0].Rules}}}, Thanos(f)); diff != "" {
		t.Errorf("thanos (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(MimirFile{Namespace: "n", Groups: f.Groups}, Mimir("n", f)); diff != "" {
		t.Errorf("mimir (-want +got):\n%s", diff)
	}
	more := RuleFile{Groups: []Group{{Rules: make([]Rule, 3)}, {Rules: make([]Rule, 2)}}}
	if groups, rules := (&Output{Files: []File{{Make: func() RuleFile { return f }}, {Make: func() RuleFile { return more }}}}).Largest(); groups != 3 || rules != 3 {
		t.Errorf("want 3 groups and 3 rules, got %d and %d", groups, rules)
	}
}
