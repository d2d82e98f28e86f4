package preview

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/npm"
)

// TestTypes has the TypeScript compiler judge the page, strictly; the bundler takes types away and believes them.
func TestTypes(t *testing.T) {
	t.Parallel()
	repository, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(repository, "preview")
	packages, err := npm.Folder(lab.NodeFolder(filepath.Join(repository, ".lab")), source)
	if err != nil {
		t.Fatal(err)
	}
	compiler := os.Getenv("TSC")
	if compiler == "" {
		own, err := npm.Folder(lab.NodeFolder(filepath.Join(repository, ".lab")), filepath.Join(repository, "tools", "boardtypes"))
		if err != nil {
			t.Fatal(err)
		}
		compiler = filepath.Join(own, "tsc")
	}
	for _, need := range []string{compiler, filepath.Join(source, "node_modules", ".package-lock.json"), packages} {
		if _, err := os.Stat(need); err != nil {
			if os.Getenv("PREVIEW") != "" {
				t.Fatal(err)
			}
			t.Skipf("%v: run make setup", err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), compiler, "-p", source).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
