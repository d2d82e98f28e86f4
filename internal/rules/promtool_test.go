package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/config"
)

// promtool finds the binary: PROMTOOL, the one that make sets up, or PATH. Without any the test is skipped.
func promtool(t *testing.T) string {
	t.Helper()
	built, err := filepath.Abs("../../.lab/bin/promtool")
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range []string{os.Getenv("PROMTOOL"), built, "promtool"} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Skip("no promtool: set PROMTOOL, run make setup, or put it in PATH")
	return ""
}

// writeFiles writes files below a new folder and returns it.
func writeFiles(t *testing.T, files []File) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range files {
		data, err := config.Encode("test", f.Content)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestPromtool(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	out := buildSpec(t)
	dir := writeFiles(t, append(out.Files, out.Tests...))
	for _, f := range out.Files {
		t.Run("check "+filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			run(t, tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(dir, f.Path))
		})
	}
	for _, f := range out.Tests {
		t.Run("test "+filepath.Base(f.Path), func(t *testing.T) {
			t.Parallel()
			run(t, tool, "test", "rules", filepath.Join(dir, f.Path))
		})
	}
}

// run runs a command that must succeed.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if text, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, text)
	}
}
