//go:build integration

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDrillFromLossToReport runs the program of "make drill": its exit code says whether the report is true.
func TestDrillFromLossToReport(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "lab")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/lab")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, "drill")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("lab drill: %v", err)
	}
	found := regexp.MustCompile(`see (\S+)/report\.html`).FindSubmatch(out)
	if found == nil {
		t.Fatal("want to be told where the report is")
	}
	folder := string(found[1])
	for _, name := range []string{"report.html", "report.md", "report.json"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if strings.Contains(string(text), root) {
			t.Errorf("%s names a folder of this machine", name)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Error(err)
	}
}
