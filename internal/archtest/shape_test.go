package archtest_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// The limits of a file and a function, in lines. Pure tables are exempt from the first: they are named in tables.
const (
	maxFile     = 500
	maxFunction = 80
	maxNesting  = 3
)

// tables are files that hold a table and nothing to follow.
func tables() []string { return nil }

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		lines := s.fset.Position(s.file.FileEnd).Line
		if lines > maxFile && !s.test && !slices.Contains(tables(), s.name) {
			t.Errorf("%s: %d lines, at most %d", s.name, lines, maxFile)
		}
		if s.test {
			continue
		}
		for _, decl := range s.file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			length := s.fset.Position(fn.Body.End()).Line - s.fset.Position(fn.Pos()).Line + 1
			if length > maxFunction {
				t.Errorf("%s:%d: %s has %d lines, at most %d", s.name, s.line(fn), fn.Name, length, maxFunction)
			}
			if n := nesting(fn.Body); n > maxNesting {
				t.Errorf("%s:%d: %s nests %d deep, at most %d", s.name, s.line(fn), fn.Name, n, maxNesting)
			}
		}
	}
}

// nesting is the deepest chain of if, for, switch and select; an else-if does not add.
func nesting(n ast.Node) int {
	deepest := 0
	var walk func(n ast.Node, depth int, elseIf bool)
	walk = func(n ast.Node, depth int, elseIf bool) {
		switch n.(type) {
		case *ast.IfStmt:
			if !elseIf {
				depth++
			}
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			depth++
		case *ast.FuncLit:
			depth = 0 // a function of its own
		}
		deepest = max(deepest, depth)
		ast.Inspect(n, func(c ast.Node) bool {
			if c == nil || c == n {
				return c == n
			}
			parent, isIf := n.(*ast.IfStmt)
			walk(c, depth, isIf && parent.Else == c)
			return false
		})
	}
	walk(n, 0, false)
	return deepest
}

// TestPackageComments wants one comment a package, that says what the package is for.
func TestPackageComments(t *testing.T) {
	t.Parallel()
	comments := map[string][]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		key := s.pkg()
		if _, seen := comments[key]; !seen {
			comments[key] = nil
		}
		if s.file.Doc != nil {
			comments[key] = append(comments[key], s.name)
			want := "Package " + s.file.Name.Name + " "
			if s.file.Name.Name == "main" {
				want = strings.ToUpper(path.Base(key)[:1]) + path.Base(key)[1:] + " "
			}
			if !strings.HasPrefix(s.file.Doc.Text(), want) && !strings.HasPrefix(strings.ToLower(s.file.Doc.Text()), "command "+strings.ToLower(want)) {
				t.Errorf("%s: package comment does not start with %q", s.name, want)
			}
		}
	}
	for pkg, files := range comments {
		if len(files) != 1 {
			t.Errorf("%s: %d package comments, want 1: %v", pkg, len(files), files)
		}
	}
}

// TestExportedNamesAreDocumented wants a comment on every exported function, method, type and value.
func TestExportedNamesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
					t.Errorf("%s:%d: %s has no comment", s.name, s.line(d), d.Name)
				}
			case *ast.GenDecl:
				undocumented(t, s, d)
			}
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if gen, ok := typ.(*ast.IndexExpr); ok {
		typ = gen.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

// undocumented accepts a comment on the group for the values in it.
func undocumented(t *testing.T, s source, d *ast.GenDecl) {
	t.Helper()
	for _, spec := range d.Specs {
		switch sp := spec.(type) {
		case *ast.TypeSpec:
			if sp.Name.IsExported() && d.Doc == nil && sp.Doc == nil {
				t.Errorf("%s:%d: %s has no comment", s.name, s.line(sp), sp.Name)
			}
		case *ast.ValueSpec:
			if sp.Names[0].IsExported() && d.Doc == nil && sp.Doc == nil && sp.Comment == nil {
				t.Errorf("%s:%d: %s has no comment", s.name, s.line(sp), sp.Names[0])
			}
		}
	}
}
