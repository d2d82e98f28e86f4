package lab

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func claimFolder(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := ClaimFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestFoldersDoNotCollide(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := claimFolder(t, dir), claimFolder(t, dir)
	if filepath.Base(first.Path) != "run-1" || filepath.Base(second.Path) != "run-2" {
		t.Errorf("want run-1 and run-2, got %s and %s", first.Path, second.Path)
	}
	old := filepath.Join(first.Path, "old")
	if err := os.WriteFile(old, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if again := claimFolder(t, dir); again.Path != first.Path {
		t.Errorf("want the folder of the run that ended, %s, got %s", first.Path, again.Path)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("want the folder emptied, an old file is still there")
	}
}

func TestLongPathsHaveSocketsElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", 90))
	f := claimFolder(t, dir)
	if f.Sockets == f.Path || len(f.Visible()) != 2 {
		t.Fatalf("want another folder for sockets, got %s, visible %v", f.Sockets, f.Visible())
	}
	l, err := net.Listen("unix", filepath.Join(f.Sockets, controlName))
	if err != nil {
		t.Fatalf("want a path short enough to listen on: %v", err)
	}
	defer func() { _ = l.Close() }()
	if got, want := controlSockets(dir)[1], filepath.Join(f.Sockets, controlName); got != want {
		t.Errorf("want the socket of run 1 found at %s, got %s", want, got)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Sockets); err == nil {
		t.Error("want the folder for sockets removed")
	}
}

func TestShortPathsKeepSocketsInPlace(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "f") //nolint:usetesting // t.TempDir has the test's name in it, which is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := claimFolder(t, dir)
	if f.Sockets != f.Path || len(f.Visible()) != 1 {
		t.Errorf("want sockets in %s, got %s", f.Path, f.Sockets)
	}
	if got := controlSockets(dir); len(got) != 0 {
		t.Errorf("want no socket before one listens, got %v", got)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Path); err == nil {
		t.Error("want the folder removed")
	}
}

func TestClaimFolderFails(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ClaimFolder(file); err == nil || !strings.HasPrefix(err.Error(), "run folder: ") {
		t.Errorf("want an error for a path that is a file, got %v", err)
	}
}

func TestOccupiedFixedPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	err = FixedPorts{Alertmanager: port}.check()
	if want := fmt.Sprintf("Alertmanager: port %d is occupied by another program", port); err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
	if err := (FixedPorts{}).check(); err != nil {
		t.Errorf("no fixed port: %v", err)
	}
}
