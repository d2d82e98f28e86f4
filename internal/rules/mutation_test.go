package rules

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mutant is the rules with one thing wrong in one of them.
type mutant struct {
	name string // rule, and what was changed
	file string
	rule Rule // as changed
	at   [2]int
}

// mutants changes every number, every window, every label and every "for" of the rules of objectives, one at a time.
func mutants(files []File) []mutant {
	var all []mutant
	for _, f := range files {
		if !strings.Contains(f.Path, "slo") {
			continue
		}
		for g, group := range f.Content.(RuleFile).Groups {
			for r, rule := range group.Rules {
				for _, changed := range mutations(rule) {
					changed.file, changed.at = f.Path, [2]int{g, r}
					all = append(all, changed)
				}
			}
		}
	}
	return all
}

// harmless are changes that no test can see, with the reason.
func harmless(what string) bool {
	// The second that a tile's end lies within its hour may as well be two: tiles end every five minutes.
	return strings.Contains(what, "time() - 1 ")
}

func mutations(r Rule) []mutant {
	var all []mutant
	name := r.Record + r.Alert + " " + r.Labels["burn"]
	add := func(what string, change func(*Rule)) {
		changed := r
		changed.Labels = maps.Clone(r.Labels)
		change(&changed)
		all = append(all, mutant{name: name + ": " + what, rule: changed})
	}
	number := regexp.MustCompile(`(?:[<>=*/%+-]=?|bool|,|vector\() ?([0-9]+(?:\.[0-9]+)?)\b`)
	for _, m := range number.FindAllStringSubmatchIndex(r.Expr, -1) {
		was := r.Expr[m[2]:m[3]]
		v, err := strconv.ParseFloat(was, 64)
		what := r.Expr[max(0, m[2]-9):m[3]] + " "
		if err != nil || v == 0 || harmless(what) {
			continue
		}
		now := formatValue(v * 1.25)
		if v == float64(int(v)) {
			now = formatValue(v + max(1, float64(int(v/4))))
		}
		add(fmt.Sprintf("%s instead of %s at %d", now, was, m[2]), func(c *Rule) { c.Expr = r.Expr[:m[2]] + now + r.Expr[m[3]:] })
	}
	window := regexp.MustCompile(`\[([0-9a-z]+)(:[0-9a-z]+)?\]`)
	for _, m := range window.FindAllStringSubmatchIndex(r.Expr, -1) {
		was := r.Expr[m[2]:m[3]]
		now := "2" + was
		if was[0] > '4' {
			now = "1" + was
		}
		add(fmt.Sprintf("[%s] instead of [%s] at %d", now, was, m[2]), func(c *Rule) { c.Expr = r.Expr[:m[2]] + now + r.Expr[m[3]:] })
	}
	for _, l := range slices.Sorted(maps.Keys(r.Labels)) {
		add("label "+l, func(c *Rule) { c.Labels[l] = "wrong" })
	}
	if r.For != "" {
		add("for", func(c *Rule) { c.For = "1" + r.For })
	}
	return all
}

// TestMutations breaks the rules of the repository's objective in one place at a time and demands that their own promtool
// tests fail. MUTATE is how many of the mutants are tried, spread over all rules, or "all".
func TestMutations(t *testing.T) {
	tried := os.Getenv("MUTATE")
	if tried == "" {
		t.Skip("MUTATE names no number: run make mutate")
	}
	tool := promtool(t)
	out := buildSpec(t)
	all := mutants(out.Files)
	every := 1
	if n, err := strconv.Atoi(tried); err == nil && n > 0 && n < len(all) {
		every = len(all) / n
	}
	t.Logf("%d mutants, every %d is tried", len(all), every)
	for i := 0; i < len(all); i += every {
		m := all[i]
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if !killed(t, tool, out, m) {
				t.Errorf("no promtool test fails: %s", m.rule.Expr)
			}
		})
	}
}

// killed reports whether a test of the rules fails for a mutant; the quick ones are tried first.
func killed(t *testing.T, tool string, out *Output, m mutant) bool {
	t.Helper()
	files := slices.Clone(out.Files)
	for i, f := range files {
		if f.Path != m.file {
			continue
		}
		content := RuleFile{Groups: slices.Clone(f.Content.(RuleFile).Groups)}
		content.Groups[m.at[0]].Rules = slices.Clone(content.Groups[m.at[0]].Rules)
		content.Groups[m.at[0]].Rules[m.at[1]] = m.rule
		files[i].Content = content
	}
	dir := writeFiles(t, whole(&Output{Files: files, Tests: out.Tests}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, name := range []string{"slo_call_setup-budget_test.yaml", "slo_call_setup_test.yaml", "slo_call_setup-days_test.yaml"} {
		if err := exec.CommandContext(ctx, tool, "test", "rules", filepath.Join(dir, "test", "promtool", name)).Run(); err != nil {
			return true
		}
	}
	return false
}
