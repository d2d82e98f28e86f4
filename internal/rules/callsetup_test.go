package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// The exact count comes first and the approximation fills in for proxies without it; both by instance alone.
func TestCallSetupExpressions(t *testing.T) {
	t.Parallel()
	checker := promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{Anchored: true})
	for _, c := range []callSetup{{anchored: true}, {}} {
		for _, expr := range []string{c.attempts(time.Hour), c.failures(time.Hour)} {
			if problems := checker.Check(expr); len(problems) > 0 {
				t.Errorf("%s: %v", expr, problems)
			}
			if diff := cmp.Diff([]string{"instance"}, checker.Labels(expr)); diff != "" {
				t.Errorf("labels of %s (-want +got):\n%s", expr, diff)
			}
			exact, rest, _ := strings.Cut(expr, " or ")
			if !strings.Contains(exact, "kamailio_call_setup_") || strings.Contains(rest, "kamailio_call_setup_") {
				t.Errorf("want the exact counters first and only there: %s", expr)
			}
			if got := strings.Contains(expr, "[1h] anchored"); got != c.anchored {
				t.Errorf("anchored: want %v: %s", c.anchored, expr)
			}
		}
	}
}
