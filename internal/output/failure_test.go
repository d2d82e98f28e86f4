package output_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/output"
)

// TestFailedRenameUndoesThoseBefore makes the last rename fail for real: after the comparison a folder is put where the
// file should go.
func TestFailedRenameUndoesThoseBefore(t *testing.T) {
	t.Parallel()
	for name, before := range map[string][]output.File{
		"over files of an earlier run": files("a", "v1", "b/c", "v1", "gone", "v1"),
		"in an empty folder":           nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			mustGenerate(t, dir, before)
			want, manifest := contents(t, dir), manifestOf(dir)
			tree, err := output.OpenForWriting(dir)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { closeTree(t, tree) })
			plan, err := tree.Compare(files("a", "v2", "b/c", "v2", "new/d", "v2", "z", "v2"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(filepath.Join(dir, "z", "full"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := plan.Apply(); err == nil || !strings.HasPrefix(err.Error(), "nothing was changed: replace z: ") {
				t.Errorf("error: want nothing was changed: replace z, got %v", err)
			}
			if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
				t.Errorf("files (-before +after):\n%s", diff)
			}
			if got := manifestOf(dir); manifest != got {
				t.Errorf("manifest:\nwant %s\ngot  %s", manifest, got)
			}
			if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("folder made on the way: want it gone, got %v", err)
			}
		})
	}
}

func TestFolderWhereAFileShouldGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := generate(t, dir, files("a", "v1")); err == nil || !strings.Contains(err.Error(), "read output") {
		t.Errorf("error: want one of reading, got %v", err)
	}
}

func TestFileWhereAFolderShouldGo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rules", "a file")
	if err := generate(t, dir, files("first", "v1", "rules/a", "v1")); err == nil {
		t.Error("error: want one, got none")
	}
	if diff := cmp.Diff(map[string]string{"rules": "a file"}, contents(t, dir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestLinkOutOfTheFolderIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "rules")); err != nil {
		t.Skipf("links cannot be made here: %v", err)
	}
	if err := generate(t, dir, files("rules/a", "v1")); err == nil {
		t.Error("error: want one, got none")
	}
	if diff := cmp.Diff(map[string]string{}, contents(t, outside)); diff != "" {
		t.Errorf("files outside (-want +got):\n%s", diff)
	}
}

func TestOpenRefusesAMissingFolder(t *testing.T) {
	t.Parallel()
	if _, err := output.Open(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: want %v, got %v", os.ErrNotExist, err)
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, filepath.Dir(file), "file", "")
	if _, err := output.OpenForWriting(file); err == nil {
		t.Error("a file as folder: want an error, got none")
	}
}
