//go:build integration

package integration

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/voipbin/observability/test/console"
)

// paged is how long the tutorial's alert may take: the minute that spec/alerts.yaml states, and as much again for a machine that does much
// else.
const paged = 2*time.Minute + 30*time.Second

// TestTutorial runs the steps of docs/tutorial.md that need daemons, word for word, but for two things: no media and no database, to be cheap,
// and the number of its own laboratory in each command, as others run beside it. The reader is told to wait for an alert; so does it.
func TestTutorial(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	commands := documented(t, root, "docs/tutorial.md")
	if first := documented(t, root, "README.md"); len(first) != 1 || first[0].Command != commands[0].Command {
		t.Fatalf("the README shows %v, the tutorial begins with %v", first, commands[0])
	}
	if len(commands) != 4 || commands[0].Command != "make run" {
		t.Fatalf("want make run, a look, a fault and its end, got %v", commands)
	}
	number := runTutorial(t, root)
	run := func(s console.Step) string {
		t.Helper()
		line := regexp.MustCompile(`^bin/lab (\w+)`).ReplaceAllString(s.Command, "bin/lab $1 -run "+number)
		return shell(t.Context(), t, root, line)
	}
	look, fault, mend := commands[1], commands[2], commands[3]
	eachSecond(t, time.Minute, "calls flow, and the status looks as it is shown", func() bool {
		out := run(look)
		return look.Match(out) && regexp.MustCompile(`calls +[1-9]\d*\.\d calls/s`).MatchString(out)
	})
	run(fault)
	eachSecond(t, paged, "KamailioDown fires and somebody is told", func() bool {
		out := run(look)
		return strings.Contains(out, "KamailioDown firing") && regexp.MustCompile(`notifications +[1-9]`).MatchString(out)
	})
	run(mend)
	eachSecond(t, paged, "the alert is over", func() bool { return !regexp.MustCompile(`alerts +.*KamailioDown`).MatchString(run(look)) })
}

// documented are the commands of a document of which it says that this test runs them.
func documented(t *testing.T, root, file string) (steps []console.Step) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := console.Read(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		if b.By == t.Name() {
			steps = append(steps, b.Steps...)
		}
	}
	if len(steps) == 0 {
		t.Fatalf("%s says of no command that %s runs it", file, t.Name())
	}
	return steps
}

// runTutorial starts the laboratory, which ends with the test, and returns the number of its run.
func runTutorial(t *testing.T, root string) string {
	t.Helper()
	cmd := exec.Command("make", "run")
	cmd.Dir = root
	cmd.Env = append(slices.DeleteFunc(os.Environ(), ofMake), "FLAGS=--without-media --without-recovery")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	ended := make(chan struct{})
	t.Cleanup(func() {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil { // Ctrl-C
			t.Error(err)
		}
		<-ended
		_ = cmd.Wait() // make ends as one that was interrupted
	})
	number := make(chan string, 1)
	go func() {
		defer close(ended)
		defer close(number)
		for folder := regexp.MustCompile(`^ +files +\S+/run-(\d+)$`); lines.Scan(); {
			t.Log(lines.Text())
			if found := folder.FindStringSubmatch(lines.Text()); found != nil {
				number <- found[1]
			}
		}
	}()
	select {
	case n, ok := <-number:
		if ok {
			return n
		}
	case <-time.After(5 * time.Minute):
	}
	t.Fatal("the laboratory did not start")
	return ""
}

// ofMake reports whether a variable is what a make, under which this test may run, tells those below it.
func ofMake(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	return slices.Contains([]string{"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "FLAGS"}, name)
}

// eachSecond asks once a second, as a person would, until something is so.
func eachSecond(t *testing.T, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	within(t, limit, what, func() bool {
		if ok() {
			return true
		}
		time.Sleep(time.Second)
		return false
	})
}

// shell runs a command line and returns what it prints.
func shell(ctx context.Context, t *testing.T, dir, line string) string {
	t.Helper()
	cmd := exec.CommandContext(ctx, "bash", "-e", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	return string(out)
}
