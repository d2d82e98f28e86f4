// Package tooltest finds the real programs that tests hold our files to, such as promtool. It obtains none and runs none.
package tooltest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Find returns the path of a program: the one that the variable of its name says (PROMTOOL for promtool), else the one that "make setup" puts
// below .lab, else the one in PATH. Without any the test is skipped, unless the variable says that there must be one: "make test" sets it, as
// it relies on these tests.
func Find(t testing.TB, name string) string {
	t.Helper()
	variable := strings.ToUpper(name)
	path, err := find(name, os.Getenv(variable))
	switch {
	case err != nil:
		t.Fatalf("%s: %v", variable, err)
	case path == "":
		t.Skipf("no %s: set %s, run make setup, or put it in PATH", name, variable)
	}
	return path
}

// find looks for a program; the path is empty where there is none and need not be.
func find(name, must string) (string, error) {
	if must != "" {
		return exec.LookPath(must)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for _, candidate := range []string{filepath.Join(root(here), ".lab", "bin", name), name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path, nil
		}
	}
	return "", nil
}

// root is the folder of the repository's module: the outermost above a folder that has a go.mod.
func root(folder string) string {
	found := folder
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			found = folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			return found
		}
		folder = above
	}
}
