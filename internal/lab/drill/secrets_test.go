package drill

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSearched(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data", "evidence"), 0o755); err != nil {
		t.Fatal(err)
	}
	report, log := filepath.Join(dir, "report.md"), filepath.Join(dir, "data", "evidence", "1.jsonl")
	for name, text := range map[string]string{report: "all is well", log: `{"text":"hunter2"}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := searched([]string{"hunter3", "swordfish"}, report, filepath.Join(dir, "data")); err != nil {
		t.Error(err)
	}
	err := searched([]string{"swordfish", "hunter2"}, report, filepath.Join(dir, "data"))
	if err == nil || !strings.Contains(err.Error(), "1.jsonl shows secret 2") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
	if err := searched([]string{"swordfish"}, filepath.Join(dir, "nothing")); err == nil {
		t.Error("a file that is not there was searched")
	}
}
