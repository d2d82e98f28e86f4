package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sassoftware/go-rpmutils"
)

const repository = "../.."

// binaries is where the programs are: in the folder that PROGRAMS names, or built here as a release does, once for all tests of a run.
func binaries(t *testing.T) string {
	t.Helper()
	if made := os.Getenv("PROGRAMS"); made != "" {
		return made
	}
	dir := t.TempDir()
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", dir}
	for _, p := range programs() {
		folder := "./cmd/" + p.name
		if strings.HasSuffix(p.name, "_exporter") {
			folder = "./cmd/exporters/" + p.name
		}
		args = append(args, folder)
	}
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = repository
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=mod -buildvcs=false")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

// packages makes all packages and returns their paths.
func packages(t *testing.T, from string) []string {
	t.Helper()
	var out, errs strings.Builder
	args := []string{"-root", repository, "-binaries", from, "-out", t.TempDir(), "-version", "0.1.0"}
	environment := func(string) string { return "1700000000" }
	if code := run(t.Context(), args, environment, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	return strings.Fields(out.String())
}

func TestPackages(t *testing.T) {
	built := binaries(t)
	first := packages(t, built)
	t.Run("the same input makes the same bytes", func(t *testing.T) {
		for i, again := range packages(t, built) {
			if digest(t, first[i]) != digest(t, again) {
				t.Errorf("%s: two runs differ", filepath.Base(again))
			}
		}
	})
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			deb, rpm := unpackDeb(t, pick(t, first, p.name, ".deb")), unpackRPM(t, pick(t, first, p.name, ".rpm"))
			sameFiles(t, deb, rpm)
			if p.service {
				verifyUnit(t, p, deb)
				runUnit(t, p, deb)
				runUnit(t, p, rpm)
			}
		})
	}
}

func digest(t *testing.T, file string) [sha256.Size]byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(content)
}

func pick(t *testing.T, paths []string, program, suffix string) string {
	t.Helper()
	for _, path := range paths {
		if strings.HasPrefix(filepath.Base(path), packageName(program)) && strings.HasSuffix(path, suffix) {
			return path
		}
	}
	t.Fatalf("no %s of %s among %v", suffix, program, paths)
	return ""
}

func unpackDeb(t *testing.T, file string) string {
	t.Helper()
	root := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "-x", file, root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return root
}

func unpackRPM(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rpm, err := rpmutils.ReadRpm(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := rpm.ExpandPayload(root); err != nil {
		t.Fatal(err)
	}
	// A package names no folder of the system's, such as /usr/bin. Package managers make those that are missing as they should be, the
	// library for nobody else.
	err = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := rpm.Header.GetFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range listed { // modes are in the package's header, which the library leaves to its caller
		if err := os.Chmod(filepath.Join(root, f.Name()), os.FileMode(f.Mode()).Perm()); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// sameFiles: what one package manager installs the other does, but for the folder of zsh's completion.
func sameFiles(t *testing.T, deb, rpm string) {
	t.Helper()
	a, b := tree(t, deb), tree(t, rpm)
	if !slices.Equal(a, b) {
		t.Errorf("deb has %v, rpm has %v", a, b)
	}
	for _, want := range []string{"/usr/bin/", "/usr/share/man/man1/", "/usr/share/bash-completion/completions/", "_"} {
		if !slices.ContainsFunc(a, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("nothing below %s in %v", want, a)
		}
	}
}

func tree(t *testing.T, root string) []string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path = strings.ReplaceAll(strings.TrimPrefix(path, root), "vendor-completions", "site-functions")
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	return paths
}

// TestProgramsAreThoseOfTheRepository: a program that is added is packaged too.
func TestProgramsAreThoseOfTheRepository(t *testing.T) {
	var have, want []string
	for _, p := range programs() {
		have = append(have, p.name)
	}
	for _, pattern := range []string{"cmd/*", "cmd/exporters/*"} {
		folders, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range folders {
			// The laboratory is for a checkout.
			if name := filepath.Base(folder); name != "exporters" && name != "lab" {
				want = append(want, name)
			}
		}
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("packages are made of %v, the repository has %v", have, want)
	}
}

func TestBadUsage(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		epoch string
		code  int
		want  string
	}{
		"no version":       {nil, "1", 2, "-version"},
		"no time":          {[]string{"-version", "1.0.0"}, "", 2, "SOURCE_DATE_EPOCH"},
		"no binaries":      {[]string{"-version", "1.0.0", "-root", repository, "-binaries", "none", "-out", t.TempDir()}, "1", 1, "no such file"},
		"an argument more": {[]string{"-version", "1.0.0", "more"}, "1", 2, "needs"},
	} {
		t.Run(name, func(t *testing.T) {
			var errs strings.Builder
			code := run(context.Background(), c.args, func(string) string { return c.epoch }, io.Discard, &errs)
			if code != c.code || !strings.Contains(errs.String(), c.want) {
				t.Errorf("exit code %d, %q", code, errs.String())
			}
		})
	}
}
