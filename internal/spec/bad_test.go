package spec_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

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

// wantPrefix begins the lines at the head of a bad file that say what is wrong with it, in order.
const wantPrefix = "# want: "

// TestBadSpecs reads each file of testdata/bad in place of the good one of its kind, whose name it begins with; profiles are of a
// spec that has all files. The first
// lines of the file are the expected problems.
func TestBadSpecs(t *testing.T) {
	t.Parallel()
	cases, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(data)) {
				text, found := strings.CutPrefix(line, wantPrefix)
				if !found {
					break
				}
				want = append(want, strings.TrimSuffix(text, "\n"))
			}
			kind, _, _ := strings.Cut(filepath.Base(file), "-")
			folder := good(t)
			if kind == "profiles" {
				folder, kind = whole(t), "profiles/seed"
			}
			folder[kind+".yaml"] = &fstest.MapFile{Data: data}
			s, problems := spec.Load(folder, "spec")
			if diff := cmp.Diff(strings.Join(want, "\n"), problems.Error()); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if problems.Err() == nil || s != nil {
				t.Errorf("want no spec and an error, got %v and %v", s != nil, problems.Err())
			}
		})
	}
}
