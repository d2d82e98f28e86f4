package rules

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Whoever is woken by an alert finds every text filled in, and real commands where it says to look and what to do: of more than one word, so that
// the name of a file or of a setting is none.
func TestAlertsAreExplained(t *testing.T) {
	t.Parallel()
	typed := regexp.MustCompile("`[A-Za-z][A-Za-z0-9_.-]* [^`]+`")
	for _, a := range slices.Concat(buildSpec(t).Alerts, buildSLOs(t, grouped(t)).Alerts) {
		for part, text := range map[string]string{"summary": a.Summary, "meaning": a.Meaning, "impact": a.Impact} {
			if len(text) < 20 {
				t.Errorf("%s: %s is %q", a.Name, part, text)
			}
			if strings.Contains(text, "{{") || strings.Contains(text, "%!") {
				t.Errorf("%s: %s holds a template: %q", a.Name, part, text)
			}
		}
		for part, list := range map[string][]string{"look": a.Look, "do": a.Do, "false positives": a.FalsePositives} {
			if len(list) == 0 || slices.Contains(list, "") {
				t.Errorf("%s: %s is %q", a.Name, part, list)
			}
		}
		if !strings.Contains(strings.Join(a.Look, ""), "`") {
			t.Errorf("%s: no command tells where to look", a.Name)
		}
		if !typed.MatchString(strings.Join(a.Do, "\n")) {
			t.Errorf("%s: no command does anything about it", a.Name)
		}
		if a.Severity == slo.Ticket && slices.ContainsFunc(a.Rules, func(r Rule) bool { return r.Labels["severity"] == slo.Page }) {
			t.Errorf("%s pages and is called a ticket", a.Name)
		}
	}
}

// Annotations may use only labels that the alert has, and may ask only for series that exist.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	checker := out.Checker(catalogue(), loadSpec(t))
	label := regexp.MustCompile(`\$labels\.([a-z_]+)`)
	query := regexp.MustCompile(`query "([^"]*)"`)
	for _, r := range rulesOf(t, out) {
		if r.Alert == "" {
			continue
		}
		if want := "https://github.com/voipbin/observability/blob/main/docs/runbooks/" + r.Alert + ".md"; r.Annotations["runbook_url"] != want {
			t.Errorf("%s: want runbook %s, got %s", r.Alert, want, r.Annotations["runbook_url"])
		}
		labels := checker.Labels(r.Expr)
		for name, text := range r.Annotations {
			for _, m := range label.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(labels, m[1]) {
					t.Errorf("%s: %s uses the label %q; there are %q", r.Alert, name, m[1], labels)
				}
			}
			for _, m := range query.FindAllStringSubmatch(text, -1) {
				if problems := checker.Check(m[1]); len(problems) > 0 {
					t.Errorf("%s: %s asks for %s: %v", r.Alert, name, m[1], problems)
				}
			}
			parseTemplate(t, r.Alert+" "+name, text)
		}
	}
}

// parseTemplate parses an annotation with the functions of Prometheus' templates that are used here.
func parseTemplate(t *testing.T, name, text string) {
	t.Helper()
	nothing := func(any) string { return "" }
	funcs := template.FuncMap{"query": nothing, "first": nothing, "value": nothing, "humanizePercentage": nothing, "humanizeDuration": nothing, "humanize1024": nothing}
	if _, err := template.New(name).Funcs(funcs).Parse("{{$labels := .}}{{$value := .}}" + text); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// Each alert is shown to fire, to hold, to stay silent without data or traffic, and to stop; so is each tier of a budget.
func TestAlertsAreProven(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	proven := make(map[string][]Proof)
	var tiers []string
	for _, s := range storiesOf(t, out) {
		proven[s.Alert] = append(proven[s.Alert], s.Proves...)
		for _, b := range slo.Tiers() {
			if strings.Contains(s.Name, b.Name+" comes") {
				tiers = append(tiers, b.Name)
			}
		}
	}
	for _, a := range out.Alerts {
		for _, p := range Proofs() {
			if a.Always && p != Fires {
				continue
			}
			if !slices.Contains(proven[a.Name], p) {
				t.Errorf("no story shows that %s %s", a.Name, p)
			}
		}
	}
	if diff := cmp.Diff([]string{"page_fast", "page_slow", "ticket_fast", "ticket_slow"}, tiers); diff != "" {
		t.Errorf("tiers (-want +got):\n%s", diff)
	}
}

// What a story says that it proves must stand in it.
func TestStoriesShowWhatTheySay(t *testing.T) {
	t.Parallel()
	for _, s := range storiesOf(t, buildSpec(t)) {
		fires, quiet := false, false
		for _, a := range s.AlertTests {
			fires = fires || len(a.Expected) > 0
			quiet = quiet || len(a.Expected) == 0
		}
		for _, e := range s.ExprTests {
			if strings.Contains(e.Expr, "ALERTS{") {
				fires = fires || len(e.Expected) > 0
				quiet = quiet || len(e.Expected) == 0
			}
		}
		if slices.Contains(s.Proves, Fires) && !fires {
			t.Errorf("%s: nothing fires", s.Name)
		}
		if (slices.Contains(s.Proves, Holds) || slices.Contains(s.Proves, Silent) || slices.Contains(s.Proves, Resets)) && !quiet {
			t.Errorf("%s: nothing is quiet", s.Name)
		}
		if slices.Contains(s.Proves, Silent) && fires {
			t.Errorf("%s: something fires", s.Name)
		}
		for _, in := range s.InputSeries {
			if strings.Contains(in.Values, "x-") || strings.Contains(in.Values, "NaN") || in.Values == "" {
				t.Errorf("%s: %s has values %q", s.Name, in.Series, in.Values)
			}
		}
	}
}

// A proxy that is down pages once, whatever the cause: the three rules exclude each other by what they read.
func TestDownCauses(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Platform.SIPProxies.Nodes = s.Platform.SIPProxies.Nodes[:2]
		s.Platform.SIPProxies.Nodes[0].Name, s.Platform.SIPProxies.Nodes[1].Name = "a", "b"
	})
	got := make(map[string]string)
	for _, r := range out.Alerts[0].Rules {
		got[r.Labels["cause"]] = strings.Join(strings.Fields(r.Expr), " ")
	}
	want := map[string]string{
		"daemon":   `kamailio_up{job="kamailio"} == 0`,
		"exporter": `up{job="kamailio"} == 0 or (up{job="kamailio"} == 1 unless on (job, instance) kamailio_up)`,
		"missing":  `absent(up{instance="a",job="kamailio"}) or absent(up{instance="b",job="kamailio"})`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// about are the records and alerts that a check asks for.
func about(expr string) []string {
	if _, rest, found := strings.Cut(expr, `ALERTS{alertname="`); found {
		name, _, _ := strings.Cut(rest, `"`)
		return []string{name}
	}
	names, err := promql.Names(expr)
	if err != nil {
		panic(err) // a check of our own
	}
	return names
}

// Every rule of an alert is shown to fire, and not only the first: the rules of one alert differ in labels, such as the cause or the
// severity, and in what they ask for.
func TestEveryRuleIsProven(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	fired := make(map[string][]map[string]string)
	told := make(map[string]bool)
	for _, s := range storiesOf(t, out) {
		for _, a := range s.AlertTests {
			for _, e := range a.Expected {
				fired[a.Alert] = append(fired[a.Alert], e.Labels)
			}
		}
		for _, e := range s.ExprTests {
			told[about(e.Expr)[0]] = true
		}
	}
	for _, a := range out.Alerts {
		for _, r := range a.Rules {
			proven := told[a.Name] || slices.ContainsFunc(fired[a.Name], func(labels map[string]string) bool {
				for name, value := range r.Labels {
					if labels[name] != value {
						return false
					}
				}
				return true
			})
			if !proven {
				t.Errorf("%s: no story shows that its rule with %v fires", a.Name, r.Labels)
			}
		}
	}
}
