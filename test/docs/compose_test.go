//go:build programs

package docs_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/lab/pkgtree"
)

// TestMain lets this test program be the helper which enters trees.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == pkgtree.EnterCommand {
		fmt.Fprintln(os.Stderr, pkgtree.Enter(os.Args[2:]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// composer is Docker Compose of Debian, which reads files without an engine, in a room that sees one folder.
func composer(t *testing.T, folder string) *pkgtree.Room {
	t.Helper()
	tree, err := pkgtree.Ensure(t.Context(), pkgtree.Request{
		Name: "compose", Packages: []string{"docker-compose"}, Suite: "trixie", AllowExpired: true, // Debian 12 has the one of Python, long given up
	}, filepath.Join(repository, ".lab", "trees"), nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	room, err := pkgtree.NewRoom(t.Context(), tree, []string{self}, folder)
	if err != nil {
		t.Fatal(err)
	}
	return room
}

// TestDockerComposeReadsIt: the program itself takes the file, with and without the platform to look at, and would refuse another.
func TestDockerComposeReadsIt(t *testing.T) {
	t.Parallel()
	tree := checkout(t, programs(t))
	room := composer(t, tree)
	file := filepath.Join(tree, "deploy/compose/compose.yaml")
	compose := func(file string, words ...string) (string, error) {
		command, err := room.Command(t.Context(), "docker-compose", append([]string{"--file", file}, words...)...)
		if err != nil {
			t.Fatal(err)
		}
		command.Dir, command.Env = filepath.Dir(file), []string{"HOME=" + tree}
		out, err := command.CombinedOutput()
		return string(out), err
	}
	services := map[string][]string{}
	for _, profile := range []string{"", "demo"} {
		if out, err := compose(file, "--profile", profile, "config", "--quiet"); err != nil || out != "" {
			t.Errorf("profile %q: %v\n%s", profile, err, out)
		}
		out, err := compose(file, "--profile", profile, "config", "--services")
		if err != nil {
			t.Fatalf("profile %q: %v\n%s", profile, err, out)
		}
		services[profile] = strings.Fields(out)
	}
	if both := services["demo"]; !slices.Contains(both, "prometheus") || len(both) <= len(services[""]) || slices.Contains(services[""], "kamailio") {
		t.Errorf("want the services, and with the profile those of the platform: %v", services)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(filepath.Dir(file), "bad.yaml")
	if err := os.WriteFile(bad, []byte(strings.Replace(string(text), "read_only:", "readonly:", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var refused *exec.ExitError
	if out, err := compose(bad, "config", "--quiet"); !errors.As(err, &refused) || !strings.Contains(out, "readonly") {
		t.Errorf("want a key that there is not refused: %v\n%s", err, out)
	}
}
