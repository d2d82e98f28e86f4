package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// small is the program that the suite builds twice. REPRODUCE=all takes all of them for each architecture, REPRODUCE=arm64 for that one, and compiles
// everything twice: the second build has an empty cache of its own, or it would be made of what the first has compiled. The first takes what the
// cache of this place has, as a release does: nothing of it came from the second. REPRODUCED=FILE keeps the digests.
const small = "./cmd/exporters/rtpengine_exporter"

// TestSameBytesTwice builds here and in a copy of the sources elsewhere, and compares.
func TestSameBytesTwice(t *testing.T) {
	packages, arches, asked := []string{small}, []string{"amd64"}, os.Getenv("REPRODUCE")
	if asked == "all" {
		packages, arches = programs(), []string{"amd64", "arm64"}
	} else if asked != "" {
		packages, arches = programs(), []string{asked}
	}
	copied := t.TempDir()
	copySources(t, copied)
	var digests []string
	for _, arch := range arches {
		here, there := t.TempDir(), t.TempDir()
		build(t, repository, arch, here, packages)
		t.Run(arch+", elsewhere", func(t *testing.T) {
			if asked != "" {
				t.Setenv("GOCACHE", t.TempDir()) // of some gigabytes: gone with this build
			}
			build(t, copied, arch, there, packages)
		})
		for _, p := range packages {
			name := filepath.Base(p)
			first := digest(t, filepath.Join(here, name))
			if first != digest(t, filepath.Join(there, name)) {
				t.Errorf("%s for %s: two builds of the same source differ", name, arch)
			}
			digests = append(digests, fmt.Sprintf("%x  %s-%s", first, name, arch))
		}
		if arch == runtime.GOARCH {
			tellsItsVersion(t, filepath.Join(here, filepath.Base(small)))
			bills(t, filepath.Join(here, filepath.Base(small)))
		}
	}
	if file := os.Getenv("REPRODUCED"); file != "" && !t.Failed() {
		keepDigests(t, file, digests)
	}
}

// build compiles the programs of a folder into another.
func build(t *testing.T, root, arch, out string, packages []string) {
	t.Helper()
	began := time.Now()
	if err := compile(t.Context(), root, out, arch, "0.1.0", "abc", packages...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d programs for %s built in %v", len(packages), arch, time.Since(began).Round(time.Second))
}

func tellsItsVersion(t *testing.T, program string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil || !strings.Contains(string(out), "version 0.1.0 (revision: abc") {
		t.Errorf("it does not tell its version: %v, %s", err, out)
	}
}

// keepDigests writes what was the same twice.
func keepDigests(t *testing.T, file string, digests []string) {
	t.Helper()
	slices.Sort(digests)
	text := fmt.Sprintf("command: REPRODUCE=%s go -C tools/release test -run TestSameBytesTwice ./...\ncommit: %s\ngo: %s\n"+
		"Built twice, in two folders, the second time from an empty cache, as version 0.1.0 of revision abc; the same SHA-256 both times:\n\n%s\n",
		os.Getenv("REPRODUCE"), os.Getenv("COMMIT"), runtime.Version(), strings.Join(digests, "\n"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
