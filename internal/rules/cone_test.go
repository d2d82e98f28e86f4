package rules

import (
	"cmp"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/promql"
)

// cone knows which rule of an objective reads which. A mutant concerns what reads it, and the proof of that concerns what is read for it; promtool
// need not evaluate the rest.
type cone struct {
	files   []File
	stories []coneStory
	reads   map[string][]string // by the name of a record or an alert
}

// coneStory is one story, with the file that it stands in.
type coneStory struct {
	TestGroup
	file TestFile
}

// newCone is the cone of an objective: its own rules, and those of call set-up, which it may read. The records of a
// composite's parts are made up by its stories.
func newCone(t *testing.T, out *Output, objective string) *cone {
	t.Helper()
	own := func(path string) bool {
		rest, found := strings.CutPrefix(filepath.Base(path), "slo_"+objective)
		return found && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "-") || rest == "_test.yaml")
	}
	c := &cone{reads: map[string][]string{}}
	for _, f := range out.Files {
		if own(f.Path) || filepath.Base(f.Path) == callSetupFile {
			whole := f.Make() // once, not for each change
			f.Make = func() RuleFile { return whole }
			c.files = append(c.files, f)
		}
	}
	for _, r := range rulesOf(t, &Output{Files: c.files}) {
		c.reads[r.Record+r.Alert] = append(c.reads[r.Record+r.Alert], readBy(t, r)...)
	}
	for _, f := range out.Tests {
		if !own(f.Path) {
			continue
		}
		made := f.Make()
		for _, s := range made.Tests {
			c.stories = append(c.stories, coneStory{TestGroup: s, file: made})
		}
	}
	return c
}

// readBy are the series that a rule reads, those of its texts among them.
func readBy(t *testing.T, r Rule) []string {
	t.Helper()
	names, err := promql.Names(r.Expr)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range r.Annotations {
		names = append(names, regexp.MustCompile(`slo:[a-z0-9_:]+`).FindAllString(text, -1)...)
	}
	return names
}

// above is everything that reads one of the names, itself among it; below is everything that is read for them.
func (c *cone) above(name string) map[string]bool {
	found := map[string]bool{name: true}
	for grown := true; grown; {
		grown = false
		for reader, names := range c.reads {
			if !found[reader] && slices.ContainsFunc(names, func(n string) bool { return found[n] }) {
				found[reader], grown = true, true
			}
		}
	}
	return found
}

func (c *cone) below(names []string) map[string]bool {
	found := map[string]bool{}
	for len(names) > 0 {
		n := names[0]
		names = names[1:]
		if !found[n] {
			found[n] = true
			names = append(names, c.reads[n]...)
		}
	}
	return found
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

// killer returns the name of a story that fails for a mutant, or nothing. Stories come with those checks alone that the
// mutant can reach, over those rules alone that they need; the cheapest comes first.
func (c *cone) killer(t *testing.T, tool string, m mutant) string {
	t.Helper()
	touched := c.above(m.rule.Record + m.rule.Alert)
	type trial struct {
		story coneStory
		rules map[string]bool
		cost  float64
	}
	var trials []trial
	for _, s := range c.stories {
		var asked []string
		last := time.Duration(0)
		kept := s
		kept.ExprTests, kept.AlertTests = nil, nil
		for _, e := range s.ExprTests {
			if names := about(e.Expr); slices.ContainsFunc(names, func(n string) bool { return touched[n] }) {
				kept.ExprTests, asked, last = append(kept.ExprTests, e), append(asked, names...), max(last, parsed(t, e.EvalTime))
			}
		}
		for _, a := range s.AlertTests {
			if touched[a.Alert] {
				kept.AlertTests, asked, last = append(kept.AlertTests, a), append(asked, a.Alert), max(last, parsed(t, a.EvalTime))
			}
		}
		if len(asked) == 0 {
			continue
		}
		needed := c.below(asked)
		trials = append(trials, trial{kept, needed, float64(last) / float64(parsed(t, s.Interval)) * float64(len(needed))})
	}
	slices.SortStableFunc(trials, func(a, b trial) int { return cmp.Compare(a.cost, b.cost) })
	for _, tr := range trials {
		if c.fails(t, tool, m, tr.story, tr.rules) {
			return tr.story.Name
		}
	}
	return ""
}

// fails reports whether a story fails over those of the rules that it needs, one of them changed.
func (c *cone) fails(t *testing.T, tool string, m mutant, s coneStory, needed map[string]bool) bool {
	t.Helper()
	var files []written
	for _, f := range c.files {
		var content RuleFile
		for g, group := range f.Make().Groups {
			kept := group
			kept.Rules = nil
			for r, rule := range group.Rules {
				if m.file == f.Path && m.at == [2]int{g, r} {
					rule = m.rule
				}
				if needed[rule.Record+rule.Alert] {
					kept.Rules = append(kept.Rules, rule)
				}
			}
			content.Groups = append(content.Groups, kept)
		}
		files = append(files, written{f.Path, content})
	}
	test := s.file
	test.Tests = []TestGroup{s.TestGroup}
	dir := writeFiles(t, append(files, written{"test/promtool/one_test.yaml", test}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	err := exec.CommandContext(ctx, tool, "test", "rules", filepath.Join(dir, "test", "promtool", "one_test.yaml")).Run()
	if ctx.Err() != nil {
		t.Fatal(ctx.Err())
	}
	return err != nil
}

// parsed is a duration as stories write it.
func parsed(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := config.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestConesPass proves that a story passes over the rules that it needs, so that a mutant that is killed was killed by
// its change.
func TestConesPass(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds of promtool")
	}
	tool := promtool(t)
	c := newCone(t, buildSpec(t), "call_setup")
	for _, name := range []string{"slo:sli_errors_returned:increase5m", "CallSetupIdle"} {
		var unchanged mutant
		for _, f := range c.files {
			for g, group := range f.Make().Groups {
				for r, rule := range group.Rules {
					if rule.Record+rule.Alert == name {
						unchanged = mutant{name: name, file: f.Path, rule: rule, at: [2]int{g, r}}
					}
				}
			}
		}
		if story := c.killer(t, tool, unchanged); story != "" {
			t.Errorf("%s: unchanged, but fails %q", name, story)
		}
	}
}
