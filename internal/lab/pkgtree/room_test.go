package pkgtree

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// emptyTree is a tree with a program that is no program, so that no mode can work.
func emptyTree(t *testing.T) *Tree {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "usr", "bin", "true"), "not a program")
	return &Tree{Root: root, Packages: []Package{{Name: "a", Version: "1"}}}
}

func TestNoModeWorks(t *testing.T) {
	t.Parallel()
	tree := emptyTree(t)
	_, err := NewRoom(t.Context(), tree, []string{os.Args[0]})
	if err == nil {
		t.Fatal("want an error, got none")
	}
	for _, want := range []string{"no way to run programs of " + tree.Root, string(Namespace) + ": ", string(Loader) + ": no dynamic loader"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %q", want, err)
		}
	}
}

func TestCommandNeedsAProgram(t *testing.T) {
	t.Parallel()
	r := Room{tree: emptyTree(t), mode: Namespace, helper: []string{"helper"}}
	if _, err := r.Command(t.Context(), "kamailio"); err == nil || !strings.Contains(err.Error(), `no program "kamailio" in the tree`) {
		t.Errorf("want an error that names the program, got %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	r := Room{tree: emptyTree(t), mode: Namespace, helper: []string{"helper", "x"}, visible: []string{"/run/1"}}
	cmd, err := r.Command(t.Context(), "true", "-v")
	if err != nil {
		t.Fatal(err)
	}
	want := "helper x enter-tree " + r.tree.Root + " /run/1 -- /usr/bin/true -v"
	if got := strings.Join(cmd.Args, " "); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestLoaderCommandLine(t *testing.T) {
	t.Parallel()
	tree := emptyTree(t)
	for _, file := range []string{"usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu/true/private.so"} {
		write(t, filepath.Join(tree.Root, file), "")
	}
	r := Room{tree: tree, mode: Loader}
	cmd, err := r.Command(t.Context(), "true", "-v")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll("R/usr/lib64/ld-linux-x86-64.so.2 --library-path R/usr/lib/x86_64-linux-gnu:R/usr/lib/x86_64-linux-gnu/true R/usr/bin/true -v", "R", tree.Root)
	if got := strings.Join(cmd.Args, " "); got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if got, err := r.Glob("/usr/lib/*/true"); err != nil || got != filepath.Join(tree.Root, "usr/lib/x86_64-linux-gnu/true") {
		t.Errorf("want the path outside the tree, got %q, %v", got, err)
	}
	r.mode = Namespace
	if got, err := r.Glob("/usr/lib/*/true"); err != nil || got != "/usr/lib/x86_64-linux-gnu/true" {
		t.Errorf("want the path inside the tree, got %q, %v", got, err)
	}
	if _, err := r.Glob("/usr/lib/*/none"); err == nil {
		t.Error("want an error for no match, got none")
	}
}

func TestTreeVersion(t *testing.T) {
	t.Parallel()
	tree := emptyTree(t)
	if got := tree.Version("a") + "," + tree.Version("b"); got != "1," {
		t.Errorf(`want "1,", got %q`, got)
	}
}

func TestEnterRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"/root"}, {"/root", "--"}, {"--", "true"}} {
		if err := Enter(args); err == nil || !strings.Contains(err.Error(), "want ROOT") {
			t.Errorf("%q: want a usage error, got %v", args, err)
		}
	}
}

// TestVisibleWithWhatIsMountedBelow: /sys has file systems of its own below it, which an ordinary user may only see together with it.
func TestVisibleWithWhatIsMountedBelow(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], mountCommand, t.TempDir(), "/sys")
	id := []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER, UidMappings: id}
	out, err := cmd.Output()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		t.Skip("user namespaces are switched off here")
	}
	if got := strings.TrimSpace(string(out)); err != nil || got != "<nil>" {
		t.Errorf("want /sys to be seen, got %q, %v", got, err)
	}
}
