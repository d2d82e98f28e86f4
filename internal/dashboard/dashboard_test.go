package dashboard

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// described is the repository's own spec and what its rules make.
func described(t testing.TB) (*spec.Spec, *rules.Output) {
	t.Helper()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	out, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		t.Fatal(err)
	}
	return s, out
}

func alertNames(out *rules.Output) []string {
	names := make([]string, len(out.Alerts))
	for i, a := range out.Alerts {
		names[i] = a.Name
	}
	return names
}

// generated are the boards of the repository's own spec.
func generated(t testing.TB) []File {
	t.Helper()
	s, out := described(t)
	files, err := Build(s, out.Checker(metric.NewCatalogue(metric.All()), s), out.Records, alertNames(out))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBuildGolden(t *testing.T) {
	t.Parallel()
	for _, f := range generated(t) {
		golden := filepath.Join("testdata", filepath.Base(f.Path))
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(golden, f.JSON, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(f.JSON)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Path, diff)
		}
	}
}
