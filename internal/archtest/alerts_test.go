package archtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// ruleFile is what this test reads of a file in rules/.
type ruleFile struct {
	Groups []struct {
		Rules []struct {
			Alert       string
			For         string
			Labels      map[string]string
			Annotations map[string]string
		}
	}
}

// storyFile is what this test reads of a file in test/promtool/.
type storyFile struct {
	Tests []struct {
		AlertRuleTest []struct {
			Alertname string
			ExpAlerts []any `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
		PromqlExprTest []struct {
			Expr       string
			ExpSamples []any `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	}
}

// alertOfExpr finds the alert that a query of ALERTS asks for: one tier of an alert cannot be asked for otherwise.
func alertOfExpr(expr string) string {
	_, rest, ok := strings.Cut(expr, `ALERTS{alertname="`)
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// TestEveryAlertHasARunbookAndStories holds rules/, docs/runbooks/ and test/promtool/ to each other: each alert has a runbook
// and cases in which it fires and in which it is silent; no runbook and no case is about an alert that is gone.
func TestEveryAlertHasARunbookAndStories(t *testing.T) {
	t.Parallel()
	alerts := alertsInRules(t)
	if len(alerts) == 0 {
		t.Fatal("no alert found in rules/: the reader is broken")
	}
	fires, silent := stories(t)
	for name := range alerts {
		if _, err := os.Stat(filepath.Join(root(t), "docs", "runbooks", name+".md")); err != nil {
			t.Errorf("alert %s has no runbook: %v", name, err)
		}
		if fires[name] == 0 || silent[name] == 0 && name != "Watchdog" { // the dead man's switch is never silent
			t.Errorf("alert %s fires in %d and is silent in %d promtool cases: want some of both", name, fires[name], silent[name])
		}
	}
	for name := range fires {
		if !alerts[name] {
			t.Errorf("test/promtool has cases of %s, which is in no rule", name)
		}
	}
	for _, runbook := range glob(t, "docs/runbooks/*.md") {
		if name := strings.TrimSuffix(filepath.Base(runbook), ".md"); !alerts[name] && !ofOtherProfile(t, runbook) {
			t.Errorf("docs/runbooks/%s.md is about no alert", name)
		}
	}
}

// ofOtherProfile reports whether a runbook says that only a profile has its alert whose rules are not committed, and that there is. That it has
// the alert is for obsgen's own test to say, which makes its rules.
func ofOtherProfile(t *testing.T, runbook string) bool {
	t.Helper()
	text, err := os.ReadFile(runbook)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "Only profile `")
	name, _, found := strings.Cut(after, "`")
	if !found || name == "seed" {
		return false
	}
	_, err = os.Stat(filepath.Join(root(t), "spec", "profiles", name+".yaml"))
	return err == nil
}

func alertsInRules(t *testing.T) map[string]bool {
	t.Helper()
	alerts := map[string]bool{}
	for _, file := range glob(t, "rules/*.yaml") {
		var content ruleFile
		decode(t, file, &content)
		for _, g := range content.Groups {
			for _, r := range g.Rules {
				if r.Alert == "" {
					continue
				}
				alerts[r.Alert] = true
				if severity := r.Labels["severity"]; severity != "page" && severity != "ticket" && r.Alert != "Watchdog" {
					t.Errorf("%s: alert %s: severity is %q, not page or ticket", filepath.Base(file), r.Alert, r.Labels["severity"])
				}
				if !strings.HasSuffix(r.Annotations["runbook_url"], "/"+r.Alert+".md") || r.Annotations["summary"] == "" {
					t.Errorf("%s: alert %s: lacks its runbook or summary", filepath.Base(file), r.Alert)
				}
			}
		}
	}
	return alerts
}

func stories(t *testing.T) (fires, silent map[string]int) {
	t.Helper()
	fires, silent = map[string]int{}, map[string]int{}
	for _, file := range glob(t, "test/promtool/*_test.yaml") {
		var content storyFile
		decode(t, file, &content)
		for _, test := range content.Tests {
			for _, c := range test.AlertRuleTest {
				if len(c.ExpAlerts) > 0 {
					fires[c.Alertname]++
				} else {
					silent[c.Alertname]++
				}
			}
			for _, c := range test.PromqlExprTest {
				if name := alertOfExpr(c.Expr); name != "" && len(c.ExpSamples) == 0 {
					silent[name]++
				}
			}
		}
	}
	return fires, silent
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root(t), filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
