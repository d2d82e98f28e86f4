package mutation_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/rules"
)

// judged reports whether promtool finds a story to fail for a mutant: as a whole, or with one of its checks alone.
func (o *objective) judged(t *testing.T, tool string, m mutant, s *told, only *check) bool {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content any) string {
		data, err := config.Encode("test", content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for path, content := range o.files {
		if path == m.file {
			content.Groups = slices.Clone(content.Groups)
			content.Groups[m.at[0]].Rules = slices.Clone(content.Groups[m.at[0]].Rules)
			content.Groups[m.at[0]].Rules[m.at[1]] = m.rule
		}
		write(path, content)
	}
	file, group := s.file, s.group
	if only != nil {
		group.ExprTests, group.AlertTests = nil, nil
		if only.alert.Alert != "" {
			group.AlertTests = []rules.AlertTest{only.alert}
		} else {
			group.ExprTests = []rules.ExprTest{only.expr}
		}
	}
	file.Tests = []rules.TestGroup{group}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	err := exec.CommandContext(ctx, tool, "test", "rules", write("test/promtool/one_test.yaml", file)).Run()
	if ctx.Err() != nil {
		t.Fatal(ctx.Err())
	}
	return err != nil
}

// survives reports whether promtool as well finds no story that fails. Those that cannot reach what is broken are left out.
func (o *objective) survives(t *testing.T, tool string, m mutant) bool {
	t.Helper()
	return !slices.ContainsFunc(o.stories, func(s *told) bool {
		place, loaded := s.place[placed{m.file, m.at}]
		if !loaded {
			return false
		}
		touched := slices.Collect(maps.Keys(s.play.touched(place)))
		asked := slices.ContainsFunc(s.checks, func(c check) bool {
			return slices.ContainsFunc(c.names, func(n string) bool { return slices.Contains(touched, n) })
		})
		return asked && o.judged(t, tool, m, s, nil)
	})
}
