//go:build integration

package pkgtree

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealTree builds a tree from the host's own mirror and runs a program in it in every mode that this machine allows.
func TestRealTree(t *testing.T) {
	dir := t.TempDir()
	tree, err := Ensure(t.Context(), Request{Name: "small", Packages: []string{"hostname", "file"}}, dir, func(s string) { t.Log(s) })
	if err != nil {
		t.Fatal(err)
	}
	if tree.Version("hostname") == "" {
		t.Errorf("manifest of %d packages has no hostname", len(tree.Packages))
	}
	shared := t.TempDir()
	if err := os.WriteFile(filepath.Join(shared, "note"), []byte("seen inside\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	room, err := NewRoom(t.Context(), tree, []string{os.Args[0]}, shared)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("best mode %q, others refused: %q", room.Mode(), room.Why())
	for _, mode := range []Mode{Chroot, Namespace, Loader} {
		room.mode = mode
		if err := room.try(t.Context()); err != nil {
			t.Logf("%s: not here: %v", mode, err)
			continue
		}
		cmd, err := room.Command(t.Context(), "cat", filepath.Join(shared, "note"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if want := "seen inside"; err != nil || strings.TrimSpace(string(out)) != want {
			t.Errorf("%s: want %q, got %q, %v", mode, want, out, err)
		}
	}
}
