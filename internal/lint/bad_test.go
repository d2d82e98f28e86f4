package lint_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/diag/diagtest"
	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// small returns the folder of a small spec, with all that is compared, of which no linter finds anything.
func small(tb testing.TB) fstest.MapFS {
	tb.Helper()
	on, folder := os.DirFS(filepath.Join("testdata", "good")), make(fstest.MapFS)
	err := fs.WalkDir(on, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(on, name)
		folder[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return folder
}

// judged is all that is said of the spec in a folder, which itself has to be allowed. The year is the last of which rules know the clocks, so that a
// zone is worth a word.
func judged(t *testing.T, folder fs.FS, catalogue *metric.Catalogue) []string {
	t.Helper()
	s, problems := spec.Load(folder, "spec")
	if len(problems) > 0 {
		t.Fatalf("the spec itself is refused:\n%v", problems)
	}
	found, problems := lint.Run(s)
	problems = append(problems, lint.Problems(found)...)
	problems = append(problems, lint.Signals(s, catalogue)...)
	problems = append(problems, lint.Zones(s, time.Date(2036, 6, 1, 0, 0, 0, 0, time.UTC))...)
	return printed(problems)
}

// printed are problems as the files show them.
func printed(problems diag.Problems) []string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		if p.Warning {
			lines[i] = "warning: "
		}
		lines[i] += p.Error()
	}
	return lines
}

// TestBad judges each file of testdata/bad in place of the small spec's of its kind, whose name it begins with. The first lines of the file are what is
// found; a warning is marked.
func TestBad(t *testing.T) {
	t.Parallel()
	catalogue := metric.NewCatalogue(metric.All())
	if found := judged(t, small(t), catalogue); len(found) > 0 {
		t.Errorf("of the spec in which nothing is wrong:\n%s", strings.Join(found, "\n"))
	}
	diagtest.Bad(t, filepath.Join("testdata", "bad"), func(t *testing.T, name, text string) []string {
		kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".yaml"), "-")
		if kind == "profiles" {
			kind = "profiles/seed"
		}
		folder := small(t)
		folder[kind+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		return judged(t, folder, catalogue)
	})
}

// Each message of this package has a file that shows it.
func TestEveryMessageIsShown(t *testing.T) {
	t.Parallel()
	messages, err := diagtest.Messages(os.DirFS("."))
	if err != nil || len(messages) < 25 {
		t.Fatalf("%d messages: %v", len(messages), err)
	}
	shown := diagtest.Shown(t, filepath.Join("testdata", "bad"))
	for _, m := range messages {
		if !m.In(shown) {
			t.Errorf("%s: no file of testdata/bad shows %q", m.At, m.Text)
		}
	}
}
