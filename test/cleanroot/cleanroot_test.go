package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// TestMain lets the test's own program be the first process of a root.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == enterCommand {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestReadmeNamesWhatTheRootHas: what is unpacked beside the bare system is what a reader is told to have.
func TestReadmeNamesWhatTheRootHas(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, needs, _ := strings.Cut(string(text), "\nIt needs ")
	needs, _, found := strings.Cut(needs, ";")
	if !found {
		t.Fatal("no sentence of README.md says what it needs")
	}
	words := strings.FieldsFunc(needs, func(r rune) bool { return strings.ContainsRune(" ,\n", r) })
	for _, name := range append(named(), "Go") {
		if !slices.Contains(words, name) {
			t.Errorf("README.md does not say that it needs %s, but %q", name, needs)
		}
	}
}

// testRoot is a root of a package tree that "make setup" has made, with the folders that a bare system gets.
func testRoot(t *testing.T) *root {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "true").CombinedOutput(); err != nil {
		t.Skipf("no user namespaces here: %v: %s", err, out)
	}
	tree, err := pkgtree.Ensure(t.Context(), pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}}, "../../.lab/trees", nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	r := &root{now: time.Now, dir: t.TempDir(), goroot: t.TempDir(), tree: &pkgtree.Tree{Root: filepath.Join(t.TempDir(), "root"), Packages: tree.Packages}}
	if out, err := exec.CommandContext(t.Context(), "cp", "-a", tree.Root, r.tree.Root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, sub := range folders() {
		if err := os.Mkdir(filepath.Join(r.dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(r.settle(), r.lend()); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOrdinaryUserInARoot(t *testing.T) {
	t.Parallel()
	r := testRoot(t)
	for name, c := range map[string]struct {
		command string
		code    int
		prints  []string
	}{
		"a user without rights": {command: "id -u; grep CapEff /proc/self/status", prints: []string{"1000", "CapEff:\t0000000000000000"}},
		"the system is read-only": {
			command: "for f in / /usr /etc /usr/local/go; do touch $f/new 2>&1; done; true",
			prints: []string{
				"touch: cannot touch '//new': Read-only file system", "touch: cannot touch '/usr/new': Read-only file system",
				"touch: cannot touch '/etc/new': Read-only file system", "touch: cannot touch '/usr/local/go/new': Read-only file system",
			},
		},
		"own folders are not":   {command: "for f in ~ /tmp /var/tmp /run; do echo x > $f/new && cat $f/new; done", prints: []string{"x", "x", "x", "x"}},
		"nothing of the host":   {command: "ls " + r.dir + " 2>&1; true", prints: []string{"ls: cannot access '" + r.dir + "': No such file or directory"}},
		"an exit code":          {command: "exit 7", code: 7},
		"a signal":              {command: "kill -KILL $$", code: 137},
		"what is left is named": {command: "sleep 600 & until grep -q sleep /proc/$!/comm; do :; done", prints: []string{"left running: sleep"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			got, err := r.run(t.Context(), userHome, c.command, &out, &out)
			if err != nil {
				t.Fatal(err)
			}
			if got.code != c.code || !slices.Equal(got.last, c.prints) {
				t.Errorf("want exit %d and %q, got exit %d and %q", c.code, c.prints, got.code, got.last)
			}
		})
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	goroot := t.TempDir()
	if err := os.WriteFile(filepath.Join(goroot, "VERSION"), []byte("go1.26.8\ntime 2026\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var packages []pkgtree.Package
	for i, name := range append(named(), "bash", "coreutils") {
		packages = append(packages, pkgtree.Package{Name: name, Version: fmt.Sprintf("1.%d", i)})
	}
	var kept tail
	for i := range 10_000 {
		fmt.Fprintf(&kept, "line %d\n\n", i)
	}
	r := record{
		root: &root{tree: &pkgtree.Tree{Packages: packages}, goroot: goroot}, commit: "abc", cores: 2,
		done: []outcome{{command: "make test", code: 1, wall: 90 * time.Second, processor: 150 * time.Second, last: kept.lines()}},
	}
	const want = `command: make cleanroot
commit: abc
root: Debian's make 1.0, git 1.1, ca-certificates 1.2 and 2 packages more of the bare system and what these need, read-only
go: go1.26.8
user: 1000, without capabilities; home, caches and .lab empty; 2 cores

$ make test
  | line 9994
  | line 9995
  | line 9996
  | line 9997
  | line 9998
  | line 9999
  exit 1 after 1m30s, 2m30s of processor time
`
	if got := r.text(); got != want {
		t.Errorf("want\n%s\ngot\n%s", want, got)
	}
}

// TestDiscard: read-only modules go, and what somebody else keeps in the folder stays.
func TestDiscard(t *testing.T) {
	t.Parallel()
	for name, others := range map[string]bool{"only its own": false, "beside others": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "folder")
			modules := filepath.Join(dir, "home", "go", "pkg")
			if err := os.MkdirAll(modules, 0o755); err != nil {
				t.Fatal(err)
			}
			for _, sub := range []string{modules, filepath.Dir(modules)} {
				if err := os.Chmod(sub, 0o500); err != nil {
					t.Fatal(err)
				}
			}
			theirs := filepath.Join(dir, "letters")
			if others {
				if err := os.Mkdir(theirs, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := discard(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(dir, "home")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("it is still there: %v", err)
			}
			if _, err := os.Stat(theirs); (err == nil) != others {
				t.Errorf("others' folder: %v", err)
			}
		})
	}
}

// TestClear: of a run that is gone on with, caches and what was set up stay, and the clone goes.
func TestClear(t *testing.T) {
	t.Parallel()
	for again, want := range map[bool]string{true: "home/cache home/lab/tool", false: ""} {
		s := settings{dir: t.TempDir(), again: again}
		for _, sub := range []string{"home/cache", "home/observability/.lab/tool", "home/observability/cmd"} {
			if err := os.MkdirAll(filepath.Join(s.dir, sub), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.clear(); err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, sub := range []string{"home/cache", "home/lab/tool", "home/observability"} {
			if _, err := os.Stat(filepath.Join(s.dir, sub)); err == nil {
				left = append(left, sub)
			}
		}
		if got := strings.Join(left, " "); got != want {
			t.Errorf("again %v: %q is left; want %q", again, got, want)
		}
	}
}
