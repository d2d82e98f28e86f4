package console_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/test/console"
)

func TestRead(t *testing.T) {
	t.Parallel()
	got, err := console.Read("a.md", strings.Join([]string{
		"Text.", "", "```console", "$ one -a \\", "  -b", "out", "...", "$ two", "```", "",
		"<!-- run by TestLab: it needs daemons -->", "```console", "$ make run", "```",
		"1. item", "   <!-- not run: it needs a cluster -->", "   ```console", "   $ kubectl apply", "   ```", "```yaml", "$ no: command", "```",
		"```console", "$ cat <<END", ">   a: b", "> END", "$ x", "```",
	}, "\n"))
	want := []console.Block{
		{File: "a.md", Line: 3, Steps: []console.Step{{Line: 4, Command: "one -a \\\n  -b", Want: []string{"out", "..."}}, {Line: 8, Command: "two"}}},
		{File: "a.md", Line: 12, By: "TestLab", Steps: []console.Step{{Line: 13, Command: "make run"}}},
		{File: "a.md", Line: 17, NotRun: "it needs a cluster", Steps: []console.Step{{Line: 18, Command: "kubectl apply"}}},
		{File: "a.md", Line: 23, Steps: []console.Step{{Line: 24, Command: "cat <<END\n  a: b\nEND"}, {Line: 27, Command: "x"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got):\n%s", err, diff)
	}
}

// TestRefused: what no test could run is named with its line.
func TestRefused(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		if _, err := console.Read("a.md", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", text, want, err)
		}
	}
	f("x\n```\nmake\n```", `a.md:2: a fence of language ""`)
	f("```bash\nmake\n```", `a.md:1: a fence of language "bash"`)
	f("```console\nmake\n```", "a.md:2: output before the first command")
	f("```console\n$ make\ntracker drill end\n```", `a.md:3: "tracker drill end" is a command without "$ "`)
	f("```console\n$ make\nbin/lab up\n```", `a.md:3: "bin/lab up" is a command`)
	f("```console\n```", "a.md:1: a block of commands without any")
	f("<!-- run by nobody -->\n```console\n$ make\n```", "a.md:2: the comment before the block")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	f := func(output string, want bool, lines ...string) {
		t.Helper()
		if got := (console.Step{Want: lines}).Match(output); got != want {
			t.Errorf("%q against %q: %v", output, lines, got)
		}
	}
	f("anything\n", true)
	f("a\nb\n", true, "a", "b")
	f("a\nb\n", false, "a")
	f("a\nx\ny\nb\n", true, "a", "...", "b")
	f("a\nb\n", true, "a", "...", "b", "")
	f("took 3.5 s (of 4)\n", true, "took … s (of 4)")
	f("took 3.5 s (of 5)\n", false, "took … s (of 4)")
	f("", false, "a")
}
