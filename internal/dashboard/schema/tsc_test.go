package schema

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/npm"
)

// compiler finds tsc beside the node_modules with Grafana's types: TSC, or what make sets up. Without it the test is skipped, unless TSC
// says that it must be there.
func compiler(t *testing.T) string {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	if path := os.Getenv("TSC"); path != "" {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("TSC: %v", err)
		}
		return path
	}
	folder, err := npm.Folder(lab.NodeFolder(filepath.Join(root, ".lab")), filepath.Join(root, "tools", "boardtypes"))
	if err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(filepath.Join(folder, "tsc"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("no TypeScript compiler: run make setup")
	}
	return path
}

// compile has the compiler judge boards, by path.
func compile(t *testing.T, boards map[string][]byte) []Problem {
	t.Helper()
	tsc := compiler(t)
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(filepath.Dir(tsc), "node_modules"), filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	files := Shared()
	for path, board := range boards {
		f, err := Write(path, board)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), tsc, "-p", ".")
	cmd.Dir = dir
	var told strings.Builder // by what runs it: that Node.js comes from packages
	cmd.Stderr = &told
	out, err := cmd.Output()
	problems := Problems(files, string(out))
	if (err != nil) != (len(problems) > 0) {
		t.Fatalf("tsc: %v, and says:\n%s%s", err, out, told.String())
	}
	return problems
}

// TestBoards holds every board of the repository to Grafana's types: gate 2.
func TestBoards(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "dashboards", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no boards: %v", err)
	}
	boards := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		boards["dashboards/"+filepath.Base(name)] = text
	}
	for _, p := range compile(t, boards) {
		t.Error(p)
	}
}

// TestNoCompilerIsNoPass shows that silence alone is not taken for a pass.
func TestNoCompilerIsNoPass(t *testing.T) {
	t.Parallel()
	got := Problems(nil, "error TS5023: Unknown compiler option 'strcit'.\n")
	if len(got) != 1 || !strings.Contains(got[0].String(), "strcit") {
		t.Errorf("want the message as a problem, got %v", got)
	}
}
