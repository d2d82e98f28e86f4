package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// verifyUnit has systemd itself read the unit in an unpacked package: a key that it does not know, a value that it cannot read and a program
// that is not in the package are errors. Other programs that a unit calls are the host's, and stood in for.
func verifyUnit(t *testing.T, p program, root string) {
	t.Helper()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Logf("no systemd-analyze here: %s.service is not read by systemd", p.name)
		return
	}
	unit := "/usr/lib/systemd/system/" + p.name + ".service"
	text, err := os.ReadFile(filepath.Join(root, unit))
	check(t, err)
	for _, called := range regexp.MustCompile(`(?m)^Exec\w+=(/bin/kill) `).FindAllStringSubmatch(string(text), -1) {
		write(t, root, called[1], "#!/bin/sh\n")
		check(t, os.Chmod(filepath.Join(root, called[1]), 0o755))
	}
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "--man=no", "--recursive-errors=no", "--root="+root, "verify", unit).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify %s: %v\n%s", unit, err, out)
	}
}
