package rules

import (
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
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
		for g, group := range f.Make().Groups {
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

// mutated are the rules of an objective that are broken.
type mutated struct {
	what string
	cone *cone
	some int // how many mutants every test run tries
}

// TestMutations breaks the rules of the repository's objectives in one place at a time and demands that their own promtool
// tests fail. MUTATE is how many of the mutants of each are tried, spread over all rules, or "all"; MUTATIONS names a file to
// which the results are written.
func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds of promtool for each mutant")
	}
	tool := promtool(t)
	proof := mutationsFile(t)
	for _, m := range []mutated{
		{"call_setup", newCone(t, buildSpec(t), "call_setup"), 6},
		{"call_journey", newCone(t, composed(t, nil), "call_journey"), 2},
		{"call_journey as a weighted mean", newCone(t, composed(t, weigh), "call_journey"), 2},
	} {
		t.Run(m.what, func(t *testing.T) { m.try(t, tool, proof) })
	}
}

// mutationsFile is where results are written, or nowhere.
func mutationsFile(t *testing.T) io.Writer {
	t.Helper()
	name := os.Getenv("MUTATIONS")
	if name == "" {
		return io.Discard
	}
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f // written line by line: a run that is ended early has proven what it has proven
}

// try breaks the rules, and writes what came of it.
func (m mutated) try(t *testing.T, tool string, proof io.Writer) {
	all := mutants(m.cone.files)
	tried := min(m.some, len(all))
	switch n, err := strconv.Atoi(os.Getenv("MUTATE")); {
	case os.Getenv("MUTATE") == "all":
		tried = len(all)
	case err == nil && n > 0:
		tried = min(n, len(all))
	}
	fmt.Fprintf(proof, "# MUTATE=%s make mutate, at commit %s: %d of %d mutants of the rules of %s.\n", os.Getenv("MUTATE"), os.Getenv("COMMIT"), tried, len(all), m.what)
	for n := range tried {
		changed := all[n*len(all)/tried]
		t.Run(changed.name, func(t *testing.T) {
			story := m.cone.killer(t, tool, changed)
			if story == "" {
				fmt.Fprintf(proof, "SURVIVED    %s\n", changed.name)
				t.Fatalf("no promtool test fails: %s", changed.rule.Expr)
			}
			fmt.Fprintf(proof, "killed      %s\n            by %s\n", changed.name, story)
		})
	}
}
