package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"obsgen": main})
}

// TestScripts runs the program in the stories of testdata/script, each in a folder of its own that holds the repository's
// spec.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			// The real tools are tried where make has set them up, or where PATH has them.
			tools, err := filepath.Abs(filepath.Join("..", "..", ".lab", "bin"))
			if err != nil {
				return err
			}
			env.Setenv("PATH", env.Getenv("PATH")+string(filepath.ListSeparator)+tools)
			if err := os.CopyFS(filepath.Join(env.WorkDir, "spec"), os.DirFS(filepath.Join("..", "..", "spec"))); err != nil {
				return err
			}
			return firstObjective(filepath.Join(env.WorkDir, "spec", "slos.yaml"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"edit": edit, "lines": lines, "serve": serve, "ago": ago, "play": play},
	})
}

// firstObjective leaves only the first objective in a file: most stories are about one.
func firstObjective(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const item = "\n  - name: "
	first := strings.Index(string(text), item) + len(item)
	if next := strings.Index(string(text[first:]), item); next >= 0 {
		text = append(text[:first+next:first+next], '\n')
	}
	return os.WriteFile(path, text, 0o644)
}

// edit replaces the one place in a file where a text stands: edit FILE OLD NEW.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if n := strings.Count(text, args[1]); n != 1 {
		ts.Fatalf("%q stands %d times in %s, want once", args[1], n, args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o644))
}

// lines demands that a file or stdout has lines with all the texts, in their order: lines FILE TEXT...
func lines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: lines FILE TEXT...")
	}
	rest := ts.ReadFile(args[0])
	for _, text := range args[1:] {
		_, after, found := strings.Cut(rest, text)
		if !found {
			ts.Fatalf("%q does not follow in %s:\n%s", text, args[0], ts.ReadFile(args[0]))
		}
		rest = after
	}
}

// play writes series to a file in OpenMetrics' form, a sample a minute from the begin of 2026 on: play FILE SERIES VALUES..., where values are
// as promtool's, "0+100x60 6000x30".
func play(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args)%2 == 0 {
		ts.Fatalf("usage: play FILE SERIES VALUES...")
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	for i := 1; i < len(args); i += 2 {
		t := begin
		for piece := range strings.FieldsSeq(args[i+1]) {
			var from, rise, more int
			if _, err := fmt.Sscanf(piece, "%d+%dx%d", &from, &rise, &more); err != nil {
				rise = 0
				_, err = fmt.Sscanf(piece, "%dx%d", &from, &more)
				ts.Check(err)
			}
			for n := range more + 1 {
				fmt.Fprintf(&b, "%s %d %d\n", args[i], from+n*rise, t.Unix())
				t = t.Add(time.Minute)
			}
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()+"# EOF\n"), 0o644))
}
