package tooltest

import (
	"os"
	"path/filepath"
	"testing"
)

// The variable goes before what is set up, and that before PATH.
func TestFind(t *testing.T) {
	top := t.TempDir()
	write := func(parts ...string) string {
		path := filepath.Join(append([]string{top}, parts...)...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("go.mod")
	write("inner", "go.mod")
	write("inner", "deep", "file")
	t.Chdir(filepath.Join(top, "inner", "deep"))
	t.Setenv("PATH", filepath.Join(top, "path"))
	f := func(must, want string) {
		t.Helper()
		got, err := find("sometool", must)
		if err != nil || got != want {
			t.Errorf("want %q, got %q, %v", want, got, err)
		}
	}
	f("", "")
	in := write("path", "sometool")
	f("", in)
	built := write(".lab", "bin", "sometool")
	f("", built)
	named := write("named")
	f(named, named)
	if got, err := find("sometool", filepath.Join(top, "nowhere")); err == nil {
		t.Errorf("want an error where there must be one and is none, got %q", got)
	}
}
