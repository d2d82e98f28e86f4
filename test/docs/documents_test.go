//go:build programs

package docs_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/test/console"
)

const repository = "../.."

// limit is for one command of a document, on a machine that does much else.
const limit = 2 * time.Minute

// programs is the folder of the programs.
func programs(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("PROGRAMS")
	if folder == "" {
		t.Fatal("PROGRAMS names no folder of programs: run make deployed, or make build and PROGRAMS=$PWD/bin go test -tags programs ./test/docs")
	}
	return folder
}

// documents are all that people read, save for what obsgen writes.
func documents(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/howto/*.md", "deploy/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 15 {
		t.Fatalf("only %d documents: %v", len(names), names)
	}
	return names
}

// blocks reads the blocks of a document.
func blocks(t *testing.T, file string) []console.Block {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := filepath.Rel(repository, file)
	if err != nil {
		t.Fatal(err)
	}
	found, err := console.Read(shown, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestDocuments runs what each document shows, from its top to its end, in a copy of the repository with the programs in bin/.
func TestDocuments(t *testing.T) {
	t.Parallel()
	folder := programs(t)
	ran := 0
	for _, file := range documents(t) {
		all := slices.DeleteFunc(blocks(t, file), func(b console.Block) bool { return b.By != "" || b.NotRun != "" })
		for _, b := range all {
			ran += len(b.Steps)
		}
		if len(all) == 0 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			tree := checkout(t, folder)
			for _, b := range all {
				for _, step := range b.Steps {
					runStep(t, tree, b.File, step)
				}
			}
		})
	}
	if ran < 20 {
		t.Errorf("only %d commands were run: the reading is broken", ran)
	}
}

// runStep runs one command.
func runStep(t *testing.T, tree, file string, step console.Step) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, "bash", "-e", "-c", step.Command)
	command.Dir = tree
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + tree, "NO_COLOR=1", "LC_ALL=C.UTF-8"}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%s:%d: %s: %v\n%s", file, step.Line, step.Command, err, out)
	}
	if !step.Match(string(out)) {
		t.Errorf("%s:%d: %s: want\n%s\ngot\n%s", file, step.Line, step.Command, strings.Join(step.Want, "\n"), out)
	}
}

// checkout is a copy of what is in the repository's index and not source of programs, with the programs in bin/.
func checkout(t *testing.T, folder string) string {
	t.Helper()
	tree := t.TempDir()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = repository
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		top, _, _ := strings.Cut(name, "/")
		if slices.Contains([]string{"internal", "cmd", "preview", "tools"}, top) || strings.HasPrefix(name, "docs/images/") {
			continue
		}
		copyFile(t, filepath.Join(repository, name), filepath.Join(tree, name))
	}
	if err := os.Symlink(folder, filepath.Join(tree, "bin")); err != nil {
		t.Fatal(err)
	}
	return tree
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Lstat(from)
	if os.IsNotExist(err) || err == nil && !info.Mode().IsRegular() {
		return // deleted and not committed yet, or a link out of the tree
	}
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, info.Mode()&fs.ModePerm); err != nil {
		t.Fatal(err)
	}
}
