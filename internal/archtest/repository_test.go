package archtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// module is the path that all our import paths start with.
const module = "github.com/voipbin/observability"

// source is one Go file of the repository.
type source struct {
	name string // slash-separated, relative to the repository's root
	fset *token.FileSet
	file *ast.File
	test bool // _test.go file, or in a package that only tests import
}

// pkg is the folder of the file.
func (s source) pkg() string { return path.Dir(s.name) }

// line is the line of a node.
func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// root is the repository's root, two folders up from here.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Fatalf("repository's root: %v", err)
	}
	return dir
}

// sources parses every Go file of the root module.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	top := root(t)
	err := filepath.WalkDir(top, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(top, file)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipFolder(rel, d.Name())
		}
		if !strings.HasSuffix(rel, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		all = append(all, source{name: filepath.ToSlash(rel), fset: fset, file: f, test: strings.HasSuffix(rel, "_test.go")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30 {
		t.Fatalf("only %d Go files found: the walk is broken", len(all))
	}
	return all
}

// skipFolder leaves out what is not source of the root module.
func skipFolder(rel, name string) error {
	if rel == "." {
		return nil
	}
	if strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules" || name == "bin" || rel == "tools" {
		return filepath.SkipDir
	}
	return nil
}
