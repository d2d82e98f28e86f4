package rules

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// composed builds the repository's spec with its composite changed, and no other objective than that and its parts.
func composed(t *testing.T, change func(*spec.SLO)) *Output {
	t.Helper()
	s := loadWhole(t)
	journey := s.SLOs[len(s.SLOs)-1]
	if !journey.SLI.Composite() {
		t.Fatalf("%s is no composite", journey.Name)
	}
	s.SLOs = slices.DeleteFunc(s.SLOs, func(o spec.SLO) bool {
		return o.Name != journey.Name && !slices.ContainsFunc(journey.SLI.Parts, func(p spec.Part) bool { return p.Name == o.Name })
	})
	c := &s.SLOs[len(s.SLOs)-1]
	if change != nil {
		change(c)
		for i := range s.SLOs {
			s.SLOs[i].Period, s.SLOs[i].Calendar = c.Period, c.Calendar
		}
	}
	out, err := Build(s, catalogue())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// weigh makes a composite a weighted one.
func weigh(c *spec.SLO) {
	c.SLI.Kind = spec.Weighted
	for i, w := range []float64{0.5, 0.2, 0.3} {
		c.SLI.Parts[i].Weight = w
	}
}

// The records of a composite as a reviewer should see them.
func TestCompositeRecords(t *testing.T) {
	t.Parallel()
	f := func(change func(*spec.SLO), want map[string]string) {
		t.Helper()
		got := make(map[string]string)
		for _, r := range rulesOf(t, composed(t, change)) {
			if r.Labels["slo"] == "call_journey" && r.Record != "" {
				got[r.Record] = oneLine(r.Expr)
			}
		}
		for name, text := range want {
			if diff := cmp.Diff(text, got[name]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	}
	step := func(name string) string {
		return `( 1 - ( max(slo:sli_error:ratio_increase5m{slo="` + name + `"}) or max(slo:sli_error:ratio_increase1h{slo="` + name + `"}) ) )`
	}
	f(nil, map[string]string{
		"slo:sli_errors:increase5m": `max(slo:sli_events:increase5m{slo="call_setup"}) * ( 1 - ` + step("call_setup") + ` * ` + step("registration") + ` * ` + step("media_quality") +
			` ) or max(slo:sli_events:increase5m{slo="call_setup"}) == 0`,
		"slo:sli_events:increase5m":           `max(slo:sli_events:increase5m{slo="call_setup"}) and on () slo:sli_errors:increase5m{slo="call_journey"}`,
		"slo:sli_errors:increase1h":           `sum_over_time(slo:sli_errors:increase5m{slo="call_journey"}[1h:5m])`,
		"slo:sli_error:ratio_increase1d":      `slo:sli_errors:increase1d{slo="call_journey"} / (slo:sli_events:increase1d{slo="call_journey"} > 0)`,
		"slo:sli_error:ratio_increase_period": `slo:sli_errors:increase_period{slo="call_journey"} / (slo:sli_events:increase_period{slo="call_journey"} > 0)`,
	})
	mean := func(window string) string {
		part := func(weight, name string) string {
			return weight + ` * max(slo:sli_error:ratio_increase` + window + `{slo="` + name + `"})`
		}
		return part("0.5", "call_setup") + " + " + part("0.2", "registration") + " + " + part("0.3", "media_quality")
	}
	f(weigh, map[string]string{
		"slo:sli_errors:increase5m": "", "slo:sli_errors:increase_period": "", // a mean of ratios has no events
		"slo:sli_error:ratio_increase1d": mean("1d"), "slo:sli_error:ratio_increase_period": mean("_period"),
	})
}

// A composite has tickets and no pages unless it names its tiers, and only the alert of its budget.
func TestCompositeAlerts(t *testing.T) {
	t.Parallel()
	severities := func(change func(*spec.SLO)) string {
		var got []string
		for _, r := range rulesOf(t, composed(t, change)) {
			if r.Alert != "" && r.Labels["slo"] == "call_journey" {
				got = append(got, r.Alert+" "+r.Labels["burn"]+" "+r.Labels["severity"])
			}
		}
		return strings.Join(got, ", ")
	}
	if want, got := "CallJourneyBudgetBurn ticket_fast ticket, CallJourneyBudgetBurn ticket_slow ticket", severities(nil); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
	if want, got := "CallJourneyBudgetBurn page_fast page", severities(func(c *spec.SLO) { c.Tiers = slo.Tiers()[:1] }); want != got {
		t.Errorf("want %s, got %s", want, got)
	}
}

// A part records the windows that a weighted composite reads, even if it needs them for nothing else.
func TestPartsRecordWhatMeansRead(t *testing.T) {
	t.Parallel()
	out := composed(t, func(c *spec.SLO) {
		weigh(c)
		c.Tiers = []slo.Tier{{Name: "slow", Severity: slo.Ticket, Share: 0.2, Long: 2 * 24 * time.Hour, Short: 4 * time.Hour}}
	})
	for _, part := range []string{"call_setup", "registration", "media_quality"} {
		if !slices.ContainsFunc(rulesOf(t, out), func(r Rule) bool { return r.Record == sloErrorRatio+"2d" && r.Labels["slo"] == part }) {
			t.Errorf("%s lacks the ratio of two days", part)
		}
	}
}

// What the parts promise together.
func TestPromised(t *testing.T) {
	t.Parallel()
	all := []spec.SLO{{Name: "a", Objective: 0.99}, {Name: "b", Objective: 0.9}}
	f := func(kind spec.Kind, parts []spec.Part, want float64, known bool) {
		t.Helper()
		if got, ok := Promised(spec.SLO{SLI: spec.SLI{Kind: kind, Parts: parts}}, all); got != want || ok != known {
			t.Errorf("%s %v: want %v, %v, got %v, %v", kind, parts, want, known, got, ok)
		}
	}
	f(spec.AllOf, []spec.Part{{Name: "a"}, {Name: "b"}}, 0.891, true)
	f(spec.Weighted, []spec.Part{{Name: "a", Weight: 0.75}, {Name: "b", Weight: 0.25}}, 0.9675, true)
	f(spec.AllOf, []spec.Part{{Name: "a"}, {Name: "c"}}, 0, false)
}

// A composite that promises more than its parts is warned of.
func TestCompositePromisesTooMuch(t *testing.T) {
	t.Parallel()
	out := composed(t, func(c *spec.SLO) { c.Objective, c.ObjectiveText = 0.99, "99" })
	const want = `the parts of "call_journey" promise 94.81% together, less than its objective of 99%`
	if len(out.Warnings) != 1 || out.Warnings[0].What != want {
		t.Errorf("want one warning, %s, got %v", want, out.Warnings)
	}
}

// The stories of composites hold for other composites than the repository's own.
func TestPromtoolComposites(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes some seconds of promtool")
	}
	tool := promtool(t)
	for name, c := range map[string]struct {
		change func(*spec.SLO)
		files  []string
	}{
		"weighted":         {weigh, []string{"hours", "budget"}},
		"weighted, of all": {func(c *spec.SLO) { weigh(c); c.Tiers, c.MinFailures = slo.Tiers(), 1 }, []string{"hours"}},
		"with pages":       {func(c *spec.SLO) { c.Tiers = slo.Tiers()[:3] }, []string{"hours", "days"}},
		"of two steps": {func(c *spec.SLO) {
			c.SLI.Parts, c.Objective, c.ObjectiveText, c.MinFailures = c.SLI.Parts[:2], 0.998, "99.8", 1
		}, []string{"hours", "days", "budget"}},
		"of a month":           {func(c *spec.SLO) { c.Calendar = spec.Month }, []string{"budget"}},
		"weighted, of a month": {func(c *spec.SLO) { weigh(c); c.Calendar = spec.Month }, []string{"hours", "budget"}},
		"of a week":            {func(c *spec.SLO) { c.Period = 7 * 24 * time.Hour }, []string{"hours", "days", "budget"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := composed(t, c.change)
			dir := writeFiles(t, whole(out))
			for _, f := range c.files {
				run(t, tool, "test", "rules", filepath.Join(dir, "test", "promtool", "slo_call_journey-"+f+"_test.yaml"))
			}
			for _, f := range []string{"slo_call_journey.yaml", "slo_call_journey-days.yaml", "slo_call_journey-budget.yaml"} {
				run(t, tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(dir, "rules", f))
			}
		})
	}
}
