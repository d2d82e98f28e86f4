package ci_test

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

const (
	repository = "../.."
	examples   = repository + "/deploy/ci"
)

// lint returns what actionlint says of a workflow.
func lint(t *testing.T, file string) []*actionlint.Error {
	t.Helper()
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.LintFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	file := filepath.Join(examples, "github", "observability.yml")
	for _, e := range lint(t, file) {
		t.Errorf("%s:%d:%d: %s", file, e.Line, e.Column, e.Message)
	}
	if found := lint(t, broken(t, file, "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04")); len(found) == 0 {
		t.Error("a misspelt key is not seen")
	}
}

// broken is a copy of a file with a mistake in it.
func broken(t *testing.T, file, old, mistake string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	copied := filepath.Join(t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(copied, []byte(strings.Replace(string(text), old, mistake, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// lab runs the laboratory's program, which "make" has built.
func lab(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bin/lab", args...)
	cmd.Dir = repository
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// validator is the program that knows GitLab's schema; its folder has what knows CircleCI's.
func validator(t *testing.T) string {
	t.Helper()
	path, err := lab(t, "tool", "gitlab-ci-local")
	if err != nil {
		t.Fatalf("lab tool gitlab-ci-local: %v", err)
	}
	return path
}

func TestCircleCI(t *testing.T) {
	t.Parallel()
	modules := filepath.Join(filepath.Dir(validator(t)), "node_modules")
	check := func(file string) (string, error) {
		t.Helper()
		absolute, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		return lab(t, "node", "tools/pipelines/circleci.cjs", modules, absolute)
	}
	file := filepath.Join(examples, "circleci", "config.yml")
	if jobs, err := check(file); err != nil || jobs != "check show deploy" {
		t.Errorf("%q, %v", jobs, err)
	}
	if jobs, err := check(broken(t, file, "    steps:\n      - checkout", "    stepps:\n      - checkout")); err == nil {
		t.Errorf("a misspelt key is not seen: %s", jobs)
	}
}

func TestGitLab(t *testing.T) {
	t.Parallel()
	program := validator(t)
	check := func(file string) (string, error) {
		t.Helper()
		folder := t.TempDir()
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, ".gitlab-ci.yml"), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		// The program wants a checkout whose origin is known.
		for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"remote", "add", "origin", "https://gitlab.example.org/voip/observability.git"}} {
			git := exec.CommandContext(t.Context(), "git", args...)
			git.Dir = folder
			if out, err := git.CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v: %s", args, err, out)
			}
		}
		cmd := exec.CommandContext(t.Context(), program, "--list-all", "--no-color")
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "HOME="+folder)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	file := filepath.Join(examples, "gitlab", ".gitlab-ci.yml")
	out, err := check(file)
	if err != nil || !strings.Contains(out, "json schema validated") {
		t.Errorf("%v: %s", err, out)
	}
	for _, job := range []string{"check", "show", "deploy"} {
		if !strings.Contains(out, "\n"+job+" ") {
			t.Errorf("no job %s: %s", job, out)
		}
	}
	if out, err := check(broken(t, file, "expire_in:", "expires_inn:")); err == nil {
		t.Errorf("a misspelt key is not seen: %s", out)
	}
}
