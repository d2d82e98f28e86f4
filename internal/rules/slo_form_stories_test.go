package rules

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The stories of probes, time slices and native histograms pass, for objectives that are strict and loose, and for each
// minimum of failures.
func TestFormStories(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	for form, sli := range map[string]spec.SLI{
		"probe":  {Kind: spec.Probe, Metric: spec.Expr{Text: `sip_probe_success{instance="edge-udp"}`}},
		"slices": {Kind: spec.TimeSlice, GoodWhen: spec.Expr{Text: "count(kamailio_up == 1) >= 2"}, Known: spec.Expr{Text: "kamailio_up"}},
		"native": {Kind: spec.Latency, Native: true, Metric: spec.Expr{Text: "test_seconds"}, Threshold: 0.7},
	} {
		for _, level := range []struct {
			objective float64
			minimum   int
		}{{0.999, 1}, {0.98, 5}} {
			t.Run(fmt.Sprintf("%s %g", form, level.objective), func(t *testing.T) {
				t.Parallel()
				out, found := buildForm(t, sli, level.objective, level.minimum)
				if found == 0 {
					t.Fatal("no stories")
				}
				dir := writeFiles(t, whole(out))
				for _, f := range out.Tests {
					if strings.Contains(f.Path, "/slo_") {
						run(t, tool, "test", "rules", filepath.Join(dir, f.Path))
					}
				}
				// The proof of the proof: with the threshold twice as high something fails.
				breakAlerts(out)
				dir = writeFiles(t, whole(out))
				if passes(t, tool, filepath.Join(dir, "test", "promtool", "slo_call_setup_test.yaml")) {
					t.Error("the stories pass over an alert that never fires")
				}
			})
		}
	}
}

// buildForm builds the first objective with another indicator, and says how many stories prove that its alert fires.
func buildForm(t *testing.T, sli spec.SLI, objective float64, minimum int) (*Output, int) {
	t.Helper()
	s := loadSpec(t)
	o := &s.SLOs[0]
	o.SLI, o.Tier, o.Objective, o.ObjectiveText, o.MinFailures, o.Tiers = sli, "scenario", objective, slo.FormatPercent(objective), minimum, slo.Tiers()[:1]
	native := &metric.Family{Name: "test_seconds", Type: metric.Histogram, Unit: metric.Seconds, Emitter: metric.Tracker}
	out, err := Build(s, metric.NewCatalogue(append(metric.All(), native)))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range storiesOf(t, out) {
		if s.Alert == "CallSetupBudgetBurn" && len(s.Proves) == 3 {
			found++
		}
	}
	return out, found
}

// breakAlerts makes all burn alerts ask for more than there can be.
func breakAlerts(out *Output) {
	for f := range out.Files {
		whole := out.Files[f].Make()
		for _, g := range whole.Groups {
			for i := range g.Rules {
				if strings.HasSuffix(g.Rules[i].Alert, "BudgetBurn") {
					g.Rules[i].Expr = "(" + g.Rules[i].Expr + ") > 1"
				}
			}
		}
		out.Files[f].Make = func() RuleFile { return whole }
	}
}
