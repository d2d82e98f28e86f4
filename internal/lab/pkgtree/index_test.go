package pkgtree

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// indexFiles are the names of the index files in a folder.
func indexFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name() != "lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// TestIndexIsLent: a second tree begins with the first one's index, and an archive that has changed since then is seen all the same.
func TestIndexIsLent(t *testing.T) {
	t.Parallel()
	needTools(t)
	sources := repository(t, "one", "two")
	shared := indexFolder(t.TempDir(), sources)
	first, err := newApt(t.TempDir(), sources, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.download(t.Context(), []string{"one"}); err != nil {
		t.Fatal(err)
	}
	lendIndex(first.lists(), shared)
	lent := indexFiles(t, shared)
	if len(lent) == 0 || !slices.Equal(lent, indexFiles(t, first.lists())) {
		t.Fatalf("want the whole index lent, got %q of %q", lent, indexFiles(t, first.lists()))
	}

	second, err := newApt(t.TempDir(), sources, quiet)
	if err != nil {
		t.Fatal(err)
	}
	borrowIndex(shared, second.lists())
	if got := indexFiles(t, second.lists()); !slices.Equal(got, lent) {
		t.Errorf("want %q borrowed, got %q", lent, got)
	}
	for _, name := range lent {
		a, errA := os.Stat(filepath.Join(first.lists(), name))
		b, errB := os.Stat(filepath.Join(second.lists(), name))
		if errA != nil || errB != nil || !a.ModTime().Equal(b.ModTime()) {
			t.Errorf("%s: its time is another, so that apt would download it: %v, %v", name, errA, errB)
		}
	}
	folder := strings.TrimSuffix(strings.TrimPrefix(sources, "deb [trusted=yes] copy:"), " ./\n")
	index, err := os.ReadFile(filepath.Join(folder, "Packages"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "Packages"), strings.ReplaceAll(string(index), "Package: two", "Package: renamed"))
	if _, err := second.download(t.Context(), []string{"two"}); err == nil {
		t.Error("a package that the archive has no more was found in the lent index")
	}
	if _, err := second.download(t.Context(), []string{"one"}); err != nil {
		t.Errorf("with a changed archive: %v", err)
	}
	if got := indexFiles(t, shared); !slices.Equal(got, lent) {
		t.Errorf("the lent index was changed: %q", got)
	}
	lendIndex(second.lists(), shared) // over what is there
	if got := indexFiles(t, shared); !slices.Equal(got, indexFiles(t, second.lists())) {
		t.Errorf("want the newer index lent, got %q", got)
	}
}

// TestNothingToBorrow: the first tree, and one whose folder cannot be written, do without.
func TestNothingToBorrow(t *testing.T) {
	t.Parallel()
	to := t.TempDir()
	borrowIndex(filepath.Join(t.TempDir(), "nothing"), to)
	lendIndex(to, filepath.Join(t.TempDir(), "no", "folder"))
	if got := indexFiles(t, to); len(got) != 0 {
		t.Errorf("files from nowhere: %q", got)
	}
}
