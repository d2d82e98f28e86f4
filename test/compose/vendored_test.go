package compose_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestVendoredImage builds the image of the tracker from vendored modules, all of the Dockerfile, without a network. The image of Go, which
// cannot be had without one, has a stand-in: this host's shell and the few programs that the Dockerfile calls, and its Go. "make image" sets
// CONTAINERS and VENDORED, the file for the record.
func TestVendoredImage(t *testing.T) {
	tools, record := os.Getenv("CONTAINERS"), os.Getenv("VENDORED")
	switch {
	case tools == "" || record == "":
		t.Skip("it compiles everything anew: run make image")
	case os.Geteuid() != 0:
		t.Skip("images have files of two users: making them takes root, or a user namespace of many users")
	}
	w := newWorkshop(t, tools, t.TempDir())
	source := filepath.Join(w.dir, "source")
	if err := os.Mkdir(source, 0o755); err != nil {
		t.Fatal(err)
	}
	said(t, exec.Command("sh", "-ec", `git -C "$1" archive HEAD | tar -xf - -C "$2"`, "sh", repository, source))
	vendor := exec.Command("go", "mod", "vendor")
	vendor.Dir = source
	said(t, vendor)

	dockerfile := read(t, repository, "deploy", "docker", "Dockerfile")
	version := regexp.MustCompile(`(?m)^ARG GO_VERSION=(\S+)$`).FindStringSubmatch(dockerfile)
	if version == nil {
		t.Fatal("the Dockerfile names no version of Go")
	}
	base := w.golang(t, version[1])
	policy := "--signature-policy=" + filepath.Join(w.dir, "policy.json")
	w.buildah(t, "build", policy, "--pull=never", "--isolation=chroot", "--build-arg=MOD=vendor", "--build-arg=VERSION=0.0.0", "--build-arg=TARGETARCH="+runtime.GOARCH, "--target=tracker", "--tag=vendored",
		"--file="+filepath.Join(source, "deploy", "docker", "Dockerfile"), source)
	root := w.buildah(t, "mount", w.buildah(t, "from", policy, "--pull=never", "vendored"))
	size, files := contents(t, root)
	shown := said(t, exec.Command(filepath.Join(root, "usr", "bin", "tracker"), "--version"))
	first, _, _ := strings.Cut(shown, "\n")
	if !strings.HasPrefix(first, "tracker, version 0.0.0") {
		t.Errorf("the image has %s", first)
	}
	text := fmt.Sprintf("command: make image\ncommit: %s\nwith: %s, in a network namespace without any interface; go mod vendor beforehand\nbase: a stand-in for golang:%s: %s\n\ntracker %.1f MB, %d files\n/usr/bin/tracker --version: %s\n",
		os.Getenv("COMMIT"), w.say("buildah"), version[1], base, float64(size)/1e6, files, first)
	t.Logf("\n%s", text)
	if !t.Failed() {
		if err := os.WriteFile(record, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// said runs a command, which has to end well, and returns what it said.
func said(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v: %s", cmd.Args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// golang makes the image golang:VERSION out of what this host has, and says of what.
func (w *workshop) golang(t *testing.T, version string) string {
	t.Helper()
	goroot, programs := said(t, exec.Command("go", "env", "GOROOT")), []string{"sh", "mkdir", "chown", "chmod"}
	files := map[string]bool{}
	for _, name := range programs {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = true
		for _, library := range regexp.MustCompile(`(?m)(/\S+) \(0x`).FindAllStringSubmatch(said(t, exec.Command("ldd", path)), -1) {
			files[library[1]] = true
		}
	}
	policy := "--signature-policy=" + filepath.Join(w.dir, "policy.json")
	container := w.buildah(t, "from", policy, "scratch")
	root := w.buildah(t, "mount", container)
	for file := range files {
		to := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		said(t, exec.Command("cp", "--dereference", file, to))
	}
	said(t, exec.Command("sh", "-ec", `mkdir -p "$1/bin" "$1/usr/local" "$1/etc/ssl/certs" "$1/tmp" && chmod 1777 "$1/tmp" && cp --recursive --dereference "$2" "$1/usr/local/go" &&
		cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/" && { [ -e "$1/bin/sh" ] || cp --dereference /bin/sh "$1/bin/sh"; }`, "sh", root, goroot))
	w.buildah(t, "config", "--env=PATH=/usr/local/go/bin:/usr/bin:/bin", "--env=GOTOOLCHAIN=local", container)
	w.buildah(t, "commit", policy, "--rm", container, "golang:"+version)
	return "this host's " + strings.Join(programs, ", ") + ", and " + strings.Fields(said(t, exec.Command("go", "version")))[2]
}
