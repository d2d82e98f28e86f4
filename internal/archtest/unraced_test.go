package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unraced are the folders of the packages that "make test" tests without the race detector.
func unraced(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root(t), "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\nUNRACED  := ")
	list, _, ended := strings.Cut(rest, "\n")
	if !found || !ended || list == "" {
		t.Fatal("the Makefile has no UNRACED any more")
	}
	var folders []string
	for _, pattern := range strings.Fields(list) {
		folders = append(folders, strings.TrimPrefix(pattern, "./"))
	}
	return folders
}

// within reports whether a package is one of the folders, of which "a/..." stands for all below a.
func within(pkg string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		above, all := strings.CutSuffix(f, "/...")
		return pkg == above || all && strings.HasPrefix(pkg, above+"/")
	})
}

// starts reports whether a node starts a goroutine: by the statement, by the Go of a sync.WaitGroup or the like, or by parallel.Each.
func starts(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, _ := sel.X.(*ast.Ident)
		return sel.Sel.Name == "Go" || pkg != nil && pkg.Name == "parallel" && sel.Sel.Name == "Each"
	}
	return false
}

// racedBy names, for a package that is tested without the race detector and does start goroutines, the file of a raced package that has it do
// all of that under the detector: its own tests are too many for it.
func racedBy() map[string]string {
	return map[string]string{
		"internal/dashboard":      "internal/parallel/boards_test.go",
		"internal/dashboard/lint": "internal/parallel/boards_test.go", // as dashboard.Build has every board judged
	}
}

func TestRacedByOthers(t *testing.T) {
	t.Parallel()
	for pkg, name := range racedBy() {
		if within(filepath.Dir(name), unraced(t)) {
			t.Errorf("%s: is to race %s, and is tested without the detector", name, pkg)
		}
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil || !strings.Contains(string(text), "dashboard.Build(") {
			t.Errorf("%s: want dashboard.Build in it, which runs %s: %v", name, pkg, err)
		}
	}
}

// A package that is tested without the race detector starts no goroutine, but where another has it raced. What its tests start for themselves, a server or tools side by side, is
// not what the detector is for.
func TestUnracedStartNothing(t *testing.T) {
	t.Parallel()
	folders, seen := unraced(t), map[string]bool{}
	for _, s := range sources(t) {
		if !within(s.pkg(), folders) {
			continue
		}
		seen[s.pkg()] = true
		if s.test || racedBy()[s.pkg()] != "" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if n != nil && starts(n) {
				t.Errorf("%s:%d: starts a goroutine: take the package out of UNRACED in the Makefile", s.name, s.line(n))
			}
			return true
		})
	}
	if len(seen) < len(folders) {
		t.Errorf("UNRACED of the Makefile names packages that are not there: %v, of which there are %v", folders, seen)
	}
}

func TestStartsCanFail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"go f()": true, "group.Go(f)": true, "parallel.Each(2, f)": true, "list.Each(f)": false, "f()": false, "x.Went(f)": false} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc g() { "+text+" }", 0)
		if err != nil {
			t.Fatal(err)
		}
		got := false
		ast.Inspect(file, func(n ast.Node) bool { got = got || n != nil && starts(n); return true })
		if got != want {
			t.Errorf("%s: want %v, got %v", text, want, got)
		}
	}
	if !within("a/b", []string{"a/..."}) || !within("a", []string{"a/..."}) || within("ab", []string{"a/..."}) || within("a/b", []string{"a"}) {
		t.Error("within is wrong")
	}
}
