package main

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// outcome is what a call of the program left.
type outcome struct {
	code           int
	stdout, stderr string
}

func runLab(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr strings.Builder
	code := run(t.Context(), args, &stdout, &stderr)
	return outcome{code, stdout.String(), stderr.String()}
}

func TestMistakesInTheCommandLine(t *testing.T) {
	t.Parallel()
	f := func(line, want string) {
		t.Helper()
		if diff := cmp.Diff(outcome{2, "", "lab: " + want + "\n"}, runLab(t, strings.Fields(line)...), cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("lab %s (-want +got):\n%s", line, diff)
		}
	}
	f("", `no command; "lab help" lists them`)
	f("start", `no command "start"; "lab help" lists them`)
	f("up now", `up: unexpected argument "now"`)
	f("up --chek", "up: flag provided but not defined: -chek")
	f("up --duration 5", `up: invalid value "5" for flag -duration: parse error`)
	f("up --scale 0", "up: scale 0: want 1 or more")
	f("up --whole 0", "up: whole 0: want 1 or more")
	f("fault", "fault: FAULT is missing")
	f("tool", "tool: NAME is missing")
	f("status -run x", `status: invalid value "x" for flag -run: parse error`)
}

func TestHelp(t *testing.T) {
	t.Parallel()
	all := runLab(t, "help")
	if all.code != 0 || all.stderr != "" {
		t.Errorf("want help on standard output, got %+v", all)
	}
	for _, c := range commands() {
		if !strings.Contains(all.stdout, "\n  "+c.name) {
			t.Errorf("want %s in the help, got %s", c.name, all.stdout)
		}
		one := runLab(t, c.name, "-h")
		if one.code != 0 || !strings.HasPrefix(one.stdout, "usage: lab "+c.name+" [flags]") {
			t.Errorf("lab %s -h: want its usage, got %+v", c.name, one)
		}
	}
	if got := runLab(t, "fault", "-h").stdout; !strings.Contains(got, "kamailio-hang") {
		t.Errorf("want the faults listed, got %s", got)
	}
}

func TestNothingIsRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := func(args ...string) {
		t.Helper()
		args = append([]string{args[0], "-dir", dir}, args[1:]...)
		want := outcome{1, "", "lab: no laboratory is running below " + dir + ": start one with \"lab up\"\n"}
		if diff := cmp.Diff(want, runLab(t, args...), cmp.AllowUnexported(outcome{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", args, diff)
		}
	}
	f("status")
	f("where", "prometheus")
	f("down")
	f("load", "-user", "busy")
	f("fault", "-mend", "kamailio-down")
}

func TestOutsideTheRepository(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range []string{"up", "setup", "tool promtool"} {
		got := runLab(t, strings.Fields(line)...)
		if want := "lab: run this in the repository's root, where go.mod is\n"; got.code != 1 || got.stderr != want {
			t.Errorf("lab %s: want %q, got %+v", line, want, got)
		}
	}
}

func TestUnknownTool(t *testing.T) {
	t.Chdir("../..")
	got := runLab(t, "tool", "grafana")
	if want := "lab: no tool \"grafana\": there are tsc, preview, gitlab-ci-local, containers, prometheus, promtool, alertmanager, amtool\n"; got.code != 1 || got.stderr != want {
		t.Errorf("want %q, got %+v", want, got)
	}
}

func TestInterruptedIsShort(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	if err := interrupted(ctx, os.ErrClosed); !errors.Is(err, os.ErrClosed) {
		t.Errorf("want errors as they are, got %v", err)
	}
	cancel()
	if err := interrupted(ctx, os.ErrClosed); err.Error() != "interrupted" {
		t.Errorf(`want "interrupted", got %v`, err)
	}
}

// Shells can complete the program.
func TestCompletion(t *testing.T) {
	t.Parallel()
	got := runLab(t, "completion", "bash")
	if got.code != 0 || got.stderr != "" || !strings.Contains(got.stdout, `compgen -W "completion down drill fault help hook load node setup status tool up where"`) {
		t.Errorf("got %+v", got)
	}
	want := outcome{2, "", "lab: completion: there is no completion for \"fish\": there is one for bash and zsh\n"}
	if diff := cmp.Diff(want, runLab(t, "completion", "fish"), cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
