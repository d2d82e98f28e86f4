package pkgtree

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// needTools skips where there is no apt to drive.
func needTools(t *testing.T) {
	t.Helper()
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("not a Debian system: %v", err)
		}
	}
}

// repository is a package archive in a folder, with one package for each name, which holds the file usr/share/<name>.
func repository(t *testing.T, names ...string) (sources string) {
	t.Helper()
	dir := t.TempDir()
	var index strings.Builder
	for _, name := range names {
		control := fmt.Sprintf("Package: %s\nVersion: 1:2.0-3\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: %s\n", name, name)
		tree := filepath.Join(t.TempDir(), name)
		write(t, filepath.Join(tree, "DEBIAN", "control"), control)
		write(t, filepath.Join(tree, "usr", "share", name), name)
		deb := filepath.Join(dir, name+".deb")
		if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--root-owner-group", "--build", tree, deb).CombinedOutput(); err != nil {
			t.Fatalf("dpkg-deb: %v: %s", err, out)
		}
		data, err := os.ReadFile(deb)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&index, "%sFilename: ./%s.deb\nSize: %d\nSHA256: %x\n\n", control, name, len(data), sha256.Sum256(data))
	}
	write(t, filepath.Join(dir, "Packages"), index.String())
	return "deb [trusted=yes] copy:" + dir + " ./\n"
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func quiet(string) {}

func TestDownloadAndUnpack(t *testing.T) {
	t.Parallel()
	needTools(t)
	a, err := newApt(t.TempDir(), repository(t, "one", "two", "three"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	debs, err := a.download(t.Context(), []string{"one", "two"})
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	b := builder{progress: quiet}
	pkgs, err := b.unpack(t.Context(), debs, root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pkgs {
		got = append(got, p.Name+" "+p.Version+" "+p.Arch)
		text, err := os.ReadFile(filepath.Join(root, "usr", "share", p.Name))
		if err != nil || string(text) != p.Name {
			t.Errorf("want the file of %s unpacked, got %q, %v", p.Name, text, err)
		}
		sum, err := digest(debNamed(t, debs, p.Name))
		if err != nil || sum != p.SHA256 {
			t.Errorf("%s: want digest %s, got %s, %v", p.Name, sum, p.SHA256, err)
		}
	}
	if diff := cmp.Diff([]string{"one 1:2.0-3 all", "two 1:2.0-3 all"}, got); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

func debNamed(t *testing.T, debs []string, name string) string {
	t.Helper()
	for _, d := range debs {
		if strings.HasPrefix(filepath.Base(d), name+"_") {
			return d
		}
	}
	t.Fatalf("no file for %s among %v", name, debs)
	return ""
}

func TestDownloadFails(t *testing.T) {
	t.Parallel()
	needTools(t)
	f := func(name, sources, pkg, want string) {
		t.Helper()
		a, err := newApt(t.TempDir(), sources, quiet)
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.download(t.Context(), []string{pkg})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: want one line with %q, got %v", name, want, err)
		}
	}
	f("no such package", repository(t, "one"), "two", "Unable to locate package two")
	f("no such mirror", "deb [trusted=yes] http://127.0.0.1:1/debian ./\n", "one", ErrNoNetwork.Error())
}

func TestDownloadStopsWithItsContext(t *testing.T) {
	t.Parallel()
	needTools(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	a, err := newApt(t.TempDir(), repository(t, "one"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.download(ctx, []string{"one"}); err == nil {
		t.Error("want an error after cancel, got none")
	}
}

func TestUnpackRefusesWhatIsNoPackage(t *testing.T) {
	t.Parallel()
	needTools(t)
	bad := filepath.Join(t.TempDir(), "bad.deb")
	write(t, bad, "not an archive")
	b := builder{progress: quiet}
	if _, err := b.unpack(t.Context(), []string{bad}, t.TempDir()); err == nil || !strings.Contains(err.Error(), bad) {
		t.Errorf("want an error that names %s, got %v", bad, err)
	}
}

// TestNothingOfTheHostIsTouched compares the system's package state before and after.
func TestNothingOfTheHostIsTouched(t *testing.T) {
	t.Parallel()
	needTools(t)
	before := hostState(t)
	a, err := newApt(t.TempDir(), repository(t, "one"), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.download(t.Context(), []string{"one"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, hostState(t)); diff != "" {
		t.Errorf("package state of the host (-before +after):\n%s", diff)
	}
}

// hostState is when the places in which apt and dpkg keep their state changed last.
func hostState(t *testing.T) map[string]int64 {
	t.Helper()
	state := map[string]int64{}
	for _, path := range []string{"/var/lib/dpkg/status", "/var/lib/apt/lists", "/var/cache/apt", "/var/cache/apt/archives"} {
		var st syscall.Stat_t
		if syscall.Stat(path, &st) == nil {
			state[path] = st.Mtim.Nano()
		}
	}
	return state
}

func TestFurnish(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, filepath.Join(root, "bin", "sh"), "sh")
	write(t, filepath.Join(root, "lib", "x", "a.so"), "old")
	write(t, filepath.Join(root, "usr", "lib", "x", "a.so"), "kept")
	write(t, filepath.Join(root, "usr", "lib", "x", "b.so"), "b")
	for link, target := range map[string]string{"usr/lib/abs.so": "/lib/x/b.so", "usr/lib/rel.so": "x/b.so", "usr/sbin": "bin"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := furnish(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"usr/bin/sh": "sh", "bin/sh": "sh", "lib/x/a.so": "kept", "usr/lib/abs.so": "b", "usr/lib/rel.so": "b",
		"etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
	} {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil || string(got) != want {
			t.Errorf("%s: want %q, got %q, %v", path, want, got, err)
		}
	}
	if target, err := os.Readlink(filepath.Join(root, "usr/lib/abs.so")); err != nil || filepath.IsAbs(target) {
		t.Errorf("want a link that holds anywhere, got %q, %v", target, err)
	}
}
