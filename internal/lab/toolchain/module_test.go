package toolchain

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInstallModule: the program is built in the module's own folder, of the very sources that were looked at, and once.
func TestInstallModule(t *testing.T) {
	source, dir := t.TempDir(), t.TempDir()
	fake := goCommand(t, `case "$1" in mod) echo '{"Dir":"`+source+`","Sum":"h1:good"}';; build) pwd > "$(dirname "$0")/where"; echo "$@" > "$(dirname "$0")/build"; touch "$5"; echo built >> "$(dirname "$0")/built";; esac`)
	m := Module{Name: "rare", Path: "example.org/rare", Version: "v1.2.3", Sum: "h1:good", Package: "./cmd/rare", Tags: "slim,fast"}
	for range 2 {
		program, err := InstallModule(t.Context(), dir, func(string) {}, m)
		if err != nil || program != filepath.Join(dir, "rare-v1.2.3-slim,fast") {
			t.Fatalf("%s: %v", program, err)
		}
		if _, err := os.Stat(program); err != nil {
			t.Error(err)
		}
	}
	if where := read(t, filepath.Join(fake, "where")); where != source {
		t.Errorf("it was built in %s", where)
	}
	if how := read(t, filepath.Join(fake, "build")); !strings.Contains(how, "-tags=slim,fast ./cmd/rare") {
		t.Errorf("it was built by %s", how)
	}
	if built := read(t, filepath.Join(fake, "built")); built != "built" {
		t.Errorf("it was built more than once: %q", built)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are left: %v", len(left), err)
	}
}

func TestInstallModuleRefuses(t *testing.T) {
	m := Module{Name: "rare", Path: "example.org/rare", Version: "v1.2.3", Sum: "h1:good", Package: "./cmd/rare"}
	for name, c := range map[string]struct{ script, want string }{
		"other sources":    {`echo '{"Dir":"/x","Sum":"h1:other"}'`, "it is not what was looked at"},
		"no such version":  {`echo '{"Error":"unknown revision v1.2.3"}'; exit 1`, "unknown revision v1.2.3"},
		"no network":       {`echo '{"Error":"dial tcp: lookup x: no such host"}'; exit 1`, "no network"},
		"nothing sensible": {`exit 1`, "exit status 1"},
		"a build that fails": {`case "$1" in mod) echo '{"Dir":"/","Sum":"h1:good"}';; build) echo "a.go:1: no" >&2; exit 1;; esac`,
			"build rare v1.2.3: a.go:1: no"},
	} {
		t.Run(name, func(t *testing.T) {
			goCommand(t, c.script)
			dir := t.TempDir()
			if _, err := InstallModule(t.Context(), dir, func(string) {}, m); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Error("something half is left")
			}
		})
	}
}
