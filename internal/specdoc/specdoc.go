// Package specdoc writes the reference of a spec's keys, with types, bounds, defaults and refusals, from the source of package spec that
// decodes them: what a key takes is stated once, in Go. It reads source text only: it decodes no spec and runs none of the code it reads.
package specdoc

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strings"
)

// file is one file of a spec folder, and the method of package spec's loader that decodes it.
type file struct{ name, decoder, about string }

// files are the files of a spec folder in the order in which a person writes them.
func files() []file {
	return []file{
		{"platform.yaml", "platform", "What there is. Required."},
		{"slos.yaml", "slos", "What is promised to customers. Required."},
		{"alerts.yaml", "alerts", "From which values on somebody is told, and who. Required."},
		{"recovery.yaml", "recovery", "What is promised for the loss of a region."},
		{"services.yaml", "services", "What runs in Kubernetes."},
		{"stores.yaml", "stores", "Databases, cache and brokers."},
		{"network.yaml", "network", "Subnets, firewall, load balancers."},
		{"delivery.yaml", "delivery", "Pipeline, rollouts, cost."},
		{"scrape.yaml", "scrape", "What else Prometheus scrapes."},
		{"inventory.yaml", "inventory", "The published facts, and what watches each."},
		{"profiles/NAME.yaml", "overlay", "How another platform differs from the one described."},
	}
}

// key is one key of a file.
type key struct {
	path     string // dotted, with [] behind a list
	required bool
	optional bool // both: which of the two depends on other keys
	kind     string
	absent   string // what an absent key stands for, "" where that is nothing
	text     string // what it is for
	refused  []string
	objects  []object // what is decoded below it
	list     bool
	seen     map[use]bool // what was followed already
}

// use is an expression in a scope: one function may be entered from several places.
type use struct {
	scope *scope
	expr  ast.Expr
}

// object is a mapping with keys of its own.
type object struct {
	name  string // of the function that decodes it, "" for one without a name
	scope *scope
	of    string // the name of the parameter that holds the mapping
}

// reader holds the parsed sources.
type reader struct {
	fset    *token.FileSet
	parents map[ast.Node]ast.Node
	funcs   map[string]*ast.FuncDecl   // by name, the loader's own as loader.node
	types   map[string]*ast.StructType // by name; those of other packages as rto.Plan
	consts  map[string]ast.Expr
}

// Markdown returns the reference. sources is the repository's folder internal, and header the first line.
func Markdown(sources fs.FS, header string) ([]byte, error) {
	r := &reader{token.NewFileSet(), map[ast.Node]ast.Node{}, map[string]*ast.FuncDecl{}, map[string]*ast.StructType{}, map[string]ast.Expr{}}
	for _, pkg := range []string{"spec", "rto", "slo"} {
		if err := r.read(sources, pkg); err != nil {
			return nil, err
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<!-- %s -->\n\n%s", header, introduction)
	first := map[string]string{}
	for _, f := range files() {
		decoder, ok := r.funcs["loader."+f.decoder]
		if !ok {
			return nil, fmt.Errorf("reference of %s: package spec has no function %s", f.name, f.decoder)
		}
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n| key | | takes | without it | meaning |\n|---|---|---|---|---|\n", f.name, f.about)
		root := object{name: "loader." + f.decoder, scope: &scope{reader: r, body: decoder.Body}, of: mapParameter(decoder.Type)}
		for _, k := range r.expand(f.name, "", root, first) {
			k.write(&out)
		}
	}
	return []byte(out.String()), nil
}

// read parses the sources of one package, tests apart.
func (r *reader) read(sources fs.FS, pkg string) error {
	names, err := fs.Glob(sources, path.Join(pkg, "*.go"))
	if err != nil {
		return fmt.Errorf("sources of %s: %w", pkg, err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(sources, name)
		if err != nil {
			return fmt.Errorf("sources of %s: %w", pkg, err)
		}
		parsed, err := parser.ParseFile(r.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("sources of %s: %w", pkg, err)
		}
		r.note(parsed, pkg)
	}
	return nil
}

// note remembers what a file declares.
func (r *reader) note(parsed *ast.File, pkg string) {
	prefix := ""
	if pkg != "spec" {
		prefix = pkg + "."
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if receiver, ok := receiverOf(d); ok {
				r.funcs[prefix+receiver+d.Name.Name] = d
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				r.declare(prefix, s)
			}
		}
	}
	var open []ast.Node
	ast.Inspect(parsed, func(n ast.Node) bool {
		if n == nil {
			open = open[:len(open)-1]
			return true
		}
		if len(open) > 0 {
			r.parents[n] = open[len(open)-1]
		}
		open = append(open, n)
		return true
	})
}

// receiverOf is what stands before a function's name: nothing, or "loader." for what the loader decodes. Other methods decode nothing.
func receiverOf(d *ast.FuncDecl) (string, bool) {
	if d.Recv == nil {
		return "", true
	}
	star, ok := d.Recv.List[0].Type.(*ast.StarExpr)
	if !ok {
		return "", false
	}
	id, ok := star.X.(*ast.Ident)
	return "loader.", ok && id.Name == "loader"
}

// declare remembers a type or constants.
func (r *reader) declare(prefix string, s ast.Spec) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		if t, ok := s.Type.(*ast.StructType); ok {
			r.types[prefix+s.Name.Name] = t
		}
	case *ast.ValueSpec:
		for i, name := range s.Names {
			if i < len(s.Values) {
				r.consts[prefix+name.Name] = s.Values[i]
			}
		}
	}
}

// expand returns the keys of an object and of all below it, by their whole paths. An object that another file has already is named there
// instead; first holds where.
func (r *reader) expand(in, under string, o object, first map[string]string) []key {
	var all []key
	for _, k := range r.keys(o) {
		k.path = strings.TrimPrefix(under+"."+k.path, ".")
		if k.list {
			k.path += "[]"
		}
		var below []key
		for _, child := range k.objects {
			if at, seen := first[child.name]; seen && !strings.HasPrefix(at, in+" ") {
				k.text = strings.TrimSpace(k.text + " Keys as those of " + at + ".")
				continue
			}
			if child.name != "" && first[child.name] == "" {
				first[child.name] = in + " `" + k.path + "`"
			}
			below = append(below, r.expand(in, k.path, child, first)...)
		}
		all = append(all, k)
		all = append(all, below...)
	}
	return all
}
