package diagtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag/diagtest"
)

// The lines at the head of each file count, and no others; what is judged is the whole file, as its lines are counted.
func TestBad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	files := map[string]string{
		"a-one.yaml": "# want: a: wrong: not so\n# want: warning: b\nkey: 1\n# want: later\n",
		"b.yaml":     "# want: c",
		"README.md":  "# want: not this\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"a: wrong: not so", "warning: b", "c"}
	if diff := cmp.Diff(want, diagtest.Shown(t, folder)); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	if os.Getenv("UPDATE") != "" {
		return // these files are what is tested
	}
	diagtest.Bad(t, folder, func(t *testing.T, name, text string) []string {
		if text != files[name] {
			t.Errorf("%s: judged is %q", name, text)
		}
		return map[string][]string{"a-one.yaml": want[:2], "b.yaml": want[2:]}[name]
	})
}
