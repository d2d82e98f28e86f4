package spec_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/diag/diagtest"
	"github.com/voipbin/observability/internal/spec"
)

// good returns the folder of a small spec that is right.
func good(tb testing.TB) fstest.MapFS {
	tb.Helper()
	folder := make(fstest.MapFS)
	for _, name := range spec.Files() {
		if !slices.Contains([]string{"platform.yaml", "slos.yaml", "alerts.yaml"}, name) {
			continue // a spec may be without it: see TestRecovery and TestWhole
		}
		data, err := os.ReadFile(filepath.Join("testdata", "good", name))
		if err != nil {
			tb.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	return folder
}

// printed are problems as their files show them.
func printed(problems diag.Problems) string {
	lines := make([]string, len(problems))
	for i, p := range problems {
		if p.Warning {
			lines[i] = "warning: "
		}
		lines[i] += p.Error()
	}
	return strings.Join(lines, "\n")
}

// profiled returns the folder of a whole spec with a composite and an inventory, of which a profile may be without something.
func profiled(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := whole(t)
	for _, name := range []string{"slos.yaml", "inventory.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "profiled", name))
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	return folder
}

// TestBadSpecs reads each file of testdata/bad in place of the good one of its kind, whose name it begins with; profiles are of a
// spec that has all files. The first lines of the file are the expected problems; a warning is marked.
func TestBadSpecs(t *testing.T) {
	t.Parallel()
	diagtest.Bad(t, filepath.Join("testdata", "bad"), func(t *testing.T, name, text string) []string {
		kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".yaml"), "-")
		folder := good(t)
		if kind == "profiles" {
			folder, kind = profiled(t), "profiles/seed"
		}
		folder[kind+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		s, problems := spec.Load(folder, "spec")
		if failed := problems.Err() != nil; failed == (s != nil) {
			t.Errorf("want no spec and an error, or a spec and warnings, got %v and %v", s != nil, problems.Err())
		}
		if len(problems) == 0 {
			return nil
		}
		return strings.Split(printed(problems), "\n")
	})
}

// elsewhere are messages about a folder or a file as a whole, which no content of a file can show, by the test that does.
func elsewhere() map[string]string {
	return map[string]string{"nothing reads this file": "TestLoadFolder", "cannot be read: …": "TestLoadFolder"}
}

// Each message that a spec can earn has a file that shows it.
func TestEveryMessageIsShown(t *testing.T) {
	t.Parallel()
	messages, err := diagtest.Messages(os.DirFS("."))
	if err != nil || len(messages) < 100 {
		t.Fatalf("%d messages: %v", len(messages), err)
	}
	shown := diagtest.Shown(t, filepath.Join("testdata", "bad"))
	for _, m := range messages {
		if _, other := elsewhere()[m.Text]; !other && !m.In(shown) {
			t.Errorf("%s: no file of testdata/bad shows %q", m.At, m.Text)
		}
	}
}
