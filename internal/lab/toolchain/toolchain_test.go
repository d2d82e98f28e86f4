package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// goCommand puts a go command of our own first in PATH: it writes its arguments to the file args beside it and then does what script says.
func goCommand(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text := "#!/bin/sh\necho \"$@\" >" + dir + "/args\necho \"$GOBIN $CGO_ENABLED\" >" + dir + "/env\n" + script
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// rare is a tool that is nowhere.
func rare(name string) Tool {
	return Tool{Name: name, Package: "example.org/cmd/" + name, Version: "v1.2.3", Says: "1.2.3", Tags: "slim"}
}

func TestInstallBuildsWhatIsMissing(t *testing.T) {
	fake := goCommand(t, "echo go: downloading example.org v1.2.3 >&2; echo example.org/a >&2; echo example.org/b >&2")
	bin := filepath.Join(t.TempDir(), "bin")
	var said []string
	got, err := Install(t.Context(), bin, func(s string) { said = append(said, s) }, rare("rare-one"), rare("rare-two"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"rare-one": filepath.Join(bin, "rare-one"), "rare-two": filepath.Join(bin, "rare-two")}, got); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	wantArgs := "install -v -tags slim example.org/cmd/rare-one@v1.2.3 example.org/cmd/rare-two@v1.2.3"
	if diff := cmp.Diff([]string{wantArgs, bin + " 0"}, []string{read(t, fake+"/args"), read(t, fake+"/env")}); diff != "" {
		t.Errorf("go command (-want +got):\n%s", diff)
	}
	want := []string{"downloading example.org v1.2.3", "1 packages compiled, now example.org/a", "2 packages compiled, now example.org/b"}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
}

func TestInstallTakesTheSameVersionFromPath(t *testing.T) {
	fake := goCommand(t, "exit 1")
	for name, version := range map[string]string{"rare-same": "1.2.3", "rare-other": "1.2.30"} {
		script := "#!/bin/sh\necho \"" + name + ", version " + version + " (branch: HEAD)\"\n"
		if err := os.WriteFile(filepath.Join(fake, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Install(t.Context(), t.TempDir(), nil, rare("rare-same"))
	if err != nil || got["rare-same"] != filepath.Join(fake, "rare-same") {
		t.Errorf("want the one in PATH, got %v, %v", got, err)
	}
	if _, err := Install(t.Context(), t.TempDir(), func(string) {}, rare("rare-other")); err == nil {
		t.Error("want another version built anew, and the go command to fail, got no error")
	}
}

func TestBuild(t *testing.T) {
	fake := goCommand(t, "")
	if err := Build(t.Context(), t.TempDir(), "/out", func(string) {}, "./cmd/a", "./cmd/b"); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, fake+"/args"), "build -v -o /out/ ./cmd/a ./cmd/b"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

func TestFailuresAreOneLine(t *testing.T) {
	f := func(name, stderr, want string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			goCommand(t, "printf '"+stderr+"' >&2; exit 1")
			err := Build(t.Context(), t.TempDir(), "/out", func(string) {}, "./cmd/a")
			if err == nil || err.Error() != "build ./cmd/a: "+want {
				t.Errorf("want %q, got %v", want, err)
			}
		})
	}
	f("a mistake in the code", `# example.org/a\na.go:1:1: expected package\n`, "a.go:1:1: expected package")
	f("no network", `go: example.org@v1: Get "https://x": dial tcp: lookup x: no such host\n`,
		`no network: the Go module proxy cannot be reached (example.org@v1: Get "https://x": dial tcp: lookup x: no such host)`)
	f("a full disk", `write /x: no space left on device\n`, "disk full: free some space and run again (write /x: no space left on device)")
	f("nothing said", "", "exit status 1")
}

func TestNoGo(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := Build(t.Context(), t.TempDir(), "/out", func(string) {}, "./cmd/a")
	if want := "build ./cmd/a: the go command was not found: install Go and put it into PATH"; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestExplainKeepsTheStatus(t *testing.T) {
	t.Parallel()
	status := errors.New("exit status 2")
	if got := explain([]string{"# only a heading", " "}, status); !errors.Is(got, status) {
		t.Errorf("want %v, got %v", status, got)
	}
}

func TestGroups(t *testing.T) {
	t.Parallel()
	says := map[string]string{}
	for _, group := range Groups() {
		for _, tool := range group {
			if tool.Version != group[0].Version || tool.Tags != group[0].Tags {
				t.Errorf("%s: want the same build as %s, for one command makes both", tool.Name, group[0].Name)
			}
			says[tool.Name] = tool.Says
		}
	}
	want := map[string]string{"prometheus": "3.16.0", "promtool": "3.16.0", "alertmanager": "0.31.1", "amtool": "0.31.1"}
	if diff := cmp.Diff(want, says); diff != "" {
		t.Errorf("versions as the programs say them (-want +got):\n%s", diff)
	}
}
