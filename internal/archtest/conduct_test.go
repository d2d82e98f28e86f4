package archtest_test

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNoInitAndNoExit keeps start-up visible: nothing runs by import, and only mains end the process.
func TestNoInitAndNoExit(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d: init function", s.name, s.line(fn))
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if isCall(call, "os", "Exit") && !inMain(s, call) {
				t.Errorf("%s:%d: os.Exit outside main", s.name, s.line(call))
			}
			return true
		})
	}
}

func isCall(call *ast.CallExpr, pkg, name string) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == pkg
}

func inMain(s source, n ast.Node) bool {
	for _, decl := range s.file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if ok && fn.Name.Name == "main" && fn.Recv == nil && s.file.Name.Name == "main" && fn.Pos() <= n.Pos() && n.End() <= fn.End() {
			return true
		}
	}
	return false
}

// clocks are the packages whose business is the wall clock; everybody else is given a function that tells the time.
func clocks() []string {
	return []string{"internal/lab", "internal/httpserver", "internal/protocol/binrpc", "internal/protocol/jsonrpc", "cmd", "internal/exporter/exportertest", "internal/exporter/programtest"}
}

func TestTheClockIsAtTheEdge(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || slices.ContainsFunc(clocks(), func(c string) bool { return s.pkg() == c || strings.HasPrefix(s.pkg(), c+"/") }) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && (isCall(call, "time", "Now") || isCall(call, "time", "Since")) {
				t.Errorf("%s:%d: reads the clock: take a function that tells the time", s.name, s.line(call))
			}
			return true
		})
	}
}

// TestNoPackageState allows package variables only for what never changes: errors, the catalogue, compiled expressions,
// embedded files and compile-time assertions.
func TestNoPackageState(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.pkg() == "internal/metric" {
			continue
		}
		for _, decl := range s.file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				v := spec.(*ast.ValueSpec)
				if !constantLike(gen, v) {
					t.Errorf("%s:%d: package variable %s", s.name, s.line(v), v.Names[0])
				}
			}
		}
	}
}

func constantLike(gen *ast.GenDecl, v *ast.ValueSpec) bool {
	name := v.Names[0].Name
	if name == "_" || strings.HasPrefix(name, "err") || strings.HasPrefix(name, "Err") {
		return true
	}
	if gen.Doc != nil && strings.Contains(commentText(gen.Doc), "//go:embed") {
		return true
	}
	if len(v.Values) != 1 {
		return false
	}
	call, ok := v.Values[0].(*ast.CallExpr)
	return ok && isCall(call, "regexp", "MustCompile")
}

// commentText is the comment with its directives, which CommentGroup.Text leaves out.
func commentText(g *ast.CommentGroup) string {
	var lines []string
	for _, c := range g.List {
		lines = append(lines, c.Text)
	}
	return strings.Join(lines, "\n")
}

// TestNoDrawers refuses package names that say nothing.
func TestNoDrawers(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		for _, part := range strings.Split(s.pkg(), "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "types", "models"}, part) {
				t.Errorf("%s: a package named %s is a drawer", s.name, part)
			}
		}
	}
}

// TestTrackedFilesNameNoPlace refuses what belongs to one person's machine or network in a tracked file.
func TestTrackedFilesNameNoPlace(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root(t), "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	home := regexp.MustCompile(`/(root|home/[a-z]+|Users/[A-Za-z]+)/[A-Za-z.]`)
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		if strings.HasSuffix(name, ".sum") || name == "internal/archtest/conduct_test.go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			if home.MatchString(line) {
				t.Errorf("%s:%d: names a folder of one machine: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}
