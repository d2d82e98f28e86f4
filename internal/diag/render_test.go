package diag_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
)

func TestRender(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.yaml": "name: x\ninterval: 15\n"}
	source := func(name string) (string, bool) { s, ok := files[name]; return s, ok }
	interval := diag.Problem{Pos: diag.Position{File: "a.yaml", Line: 2, Col: 11}, Width: 2, What: "the unit is missing", Hint: "write 15s"}
	f := func(ps diag.Problems, source func(string) (string, bool), o diag.Options, want ...string) {
		t.Helper()
		var out strings.Builder
		if err := diag.Render(&out, ps, source, o); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Join(want, "\n")+"\n", out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	f(diag.Problems{interval}, source, diag.Options{},
		"a.yaml:2:11: the unit is missing: write 15s",
		"    2 | interval: 15",
		"      |           ^^")
	f(diag.Problems{{Pos: diag.Position{File: "a.yaml", Line: 1}, What: "not YAML"}}, source, diag.Options{},
		"a.yaml:1: not YAML",
		"    1 | name: x")
	f(diag.Problems{{Pos: diag.Position{File: "a.yaml"}, What: "is empty"}, {What: "nowhere", Warning: true}}, source, diag.Options{},
		"a.yaml: is empty",
		"warning: nowhere")
	f(diag.Problems{interval}, nil, diag.Options{}, "a.yaml:2:11: the unit is missing: write 15s")
	f(diag.Problems{interval}, func(string) (string, bool) { return "", false }, diag.Options{}, "a.yaml:2:11: the unit is missing: write 15s")
	f(diag.Problems{interval}, source, diag.Options{Color: true},
		"\x1b[1ma.yaml:2:11:\x1b[0m \x1b[31mthe unit is missing\x1b[0m: write 15s",
		"\x1b[2m    2 |\x1b[0m interval: 15",
		"\x1b[2m      |\x1b[0m           \x1b[31m^^\x1b[0m")
}
