package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

func TestOnHost(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "daemon-of-this-test")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, ok := OnHost("daemon-of-this-test"); ok {
		t.Fatal("found before it is in PATH")
	}
	t.Setenv("PATH", dir)
	p, ok := OnHost("daemon-of-this-test")
	if !ok {
		t.Fatal("want the one in PATH, found none")
	}
	cmd, err := p.Command(t.Context(), "-x")
	if err != nil || cmd.Path != path || len(cmd.Args) != 2 {
		t.Errorf("want %s -x, got %v, %v", path, cmd, err)
	}
	if p.Origin() != path || p.Package("any") != "" || p.Misplaced() || p.Room() != nil {
		t.Errorf("a program of this host has no tree: %s, %q", p.Origin(), p.Package("any"))
	}
	if err := p.Enter(t.Context(), nil); err != nil {
		t.Errorf("nothing to enter on this host: %v", err)
	}
}

func TestOriginOfATree(t *testing.T) {
	t.Parallel()
	p := &Program{name: "x", tree: &pkgtree.Tree{Root: t.TempDir(), Packages: []pkgtree.Package{{Name: "x", Version: "1.2"}}}}
	if got, want := p.Origin(), "1 packages"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if got := p.Package("x"); got != "1.2" {
		t.Errorf("want 1.2, got %q", got)
	}
	if err := p.Enter(t.Context(), []string{"/nowhere"}); err == nil {
		t.Error("want an error for a tree without a program, got none")
	}
}
