package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// Each way to count comes out by instance alone, so that one can stand in for the other, and the exact one comes first.
func TestCallSetupExpressions(t *testing.T) {
	t.Parallel()
	byInstance := []metric.Label{{Name: "instance"}}
	checker := promql.NewChecker(metric.NewCatalogue(metric.All()), []Record{
		{Name: "voipbin:call_setup_attempts:increase1h", Labels: byInstance},
		{Name: "voipbin:call_setup_failures_approximate:increase1h", Labels: byInstance},
	}, promql.Options{Anchored: true})
	for _, c := range []callSetup{{anchored: true}, {}} {
		for _, expr := range []string{c.attempts(time.Hour), c.failures(time.Hour), c.approximateFailures(time.Hour)} {
			if problems := checker.Check(expr); len(problems) > 0 {
				t.Errorf("%s: %v", expr, problems)
			}
			if diff := cmp.Diff([]string{"instance"}, checker.Labels(expr)); diff != "" {
				t.Errorf("labels of %s (-want +got):\n%s", expr, diff)
			}
			if got := strings.Contains(expr, "[1h] anchored"); got != c.anchored {
				t.Errorf("anchored: want %v: %s", c.anchored, expr)
			}
		}
		for _, expr := range []string{c.attempts(time.Hour), c.failures(time.Hour)} {
			exact, rest, _ := strings.Cut(expr, " or ")
			if !strings.Contains(exact, "kamailio_call_setup_") || strings.Contains(rest, "kamailio_call_setup_") {
				t.Errorf("want the exact counters first and only there: %s", expr)
			}
		}
	}
}
