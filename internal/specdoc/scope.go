package specdoc

import (
	"go/ast"
	"go/token"
	"slices"
)

// scope is the body of a function with what its parameters were given.
type scope struct {
	*reader
	body   ast.Node
	bound  map[string]argument
	parent *scope // of a function literal
	// caller and call are where the function's result goes on, nil where that is followed already.
	caller *scope
	call   ast.Expr
}

// argument is an expression and the scope in which it stands.
type argument struct {
	expr  ast.Expr
	scope *scope
}

// lookup finds what a parameter was given, or what a variable was set to.
func (s *scope) lookup(name string) (argument, bool) {
	for at := s; at != nil; at = at.parent {
		if a, ok := at.bound[name]; ok {
			return a, true
		}
		if e := at.assigned(name); e != nil {
			return argument{e, at}, true
		}
	}
	return argument{}, false
}

// assigned is the expression with which a variable or a constant is declared.
func (s *scope) assigned(name string) (found ast.Expr) {
	note := func(names []ast.Expr, values []ast.Expr) {
		for i, left := range names {
			if id, ok := left.(*ast.Ident); ok && id.Name == name && len(names) == len(values) {
				found = values[i]
			}
		}
	}
	ast.Inspect(s.body, func(n ast.Node) bool {
		if found != nil {
			return false
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				note(n.Lhs, n.Rhs)
			}
		case *ast.ValueSpec:
			names := make([]ast.Expr, len(n.Names))
			for i, id := range n.Names {
				names[i] = id
			}
			note(names, n.Values)
		}
		return found == nil
	})
	return found
}

// function resolves what is called or handed over: its type, its body, its name where it has one, and the scope around it.
func (s *scope) function(e ast.Expr) (signature *ast.FuncType, body *ast.BlockStmt, name string, around *scope) {
	switch e := e.(type) {
	case *ast.FuncLit:
		return e.Type, e.Body, "", s
	case *ast.Ident:
		if a, ok := s.lookup(e.Name); ok && a.expr != ast.Expr(e) {
			if signature, body, name, around := a.scope.function(a.expr); signature != nil {
				return signature, body, name, around
			}
		}
		if f, ok := s.funcs[e.Name]; ok {
			return f.Type, f.Body, e.Name, nil
		}
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		if !ok {
			return nil, nil, "", nil
		}
		if f, found := s.funcs["loader."+e.Sel.Name]; found && (x.Name == "l" || x.Name == "own") {
			return f.Type, f.Body, "loader." + e.Sel.Name, nil
		}
	}
	return nil, nil, "", nil
}

// enter is the scope of a function that is called with arguments.
func (s *scope) enter(signature *ast.FuncType, body *ast.BlockStmt, around *scope, args []ast.Expr) *scope {
	inner := &scope{reader: s.reader, body: body, bound: map[string]argument{}, parent: around}
	names := parameters(signature)
	for i, name := range names {
		if i < len(args) {
			inner.bound[name] = argument{args[i], s}
		}
	}
	return inner
}

// parameters are the names of a function's parameters in order.
func parameters(signature *ast.FuncType) []string {
	var names []string
	for _, field := range signature.Params.List {
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return names
}

// mapParameter is the name of the parameter of type *config.Map, or "".
func mapParameter(signature *ast.FuncType) string {
	for _, field := range signature.Params.List {
		star, ok := field.Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		if sel, ok := star.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "Map" && len(field.Names) > 0 {
			return field.Names[0].Name
		}
	}
	return ""
}

// keys returns the keys that an object's function asks for, in their order.
func (r *reader) keys(o object) []key {
	var all []key
	add := func(k key) {
		if i := slices.IndexFunc(all, func(have key) bool { return have.path == k.path }); i >= 0 {
			all[i].merge(k)
			return
		}
		all = append(all, k)
	}
	ast.Inspect(o.scope.body, func(n ast.Node) bool {
		if lit, ok := n.(*ast.FuncLit); ok && mapParameter(lit.Type) != "" {
			return false // another object's
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if k, ok := o.asked(call); ok {
			add(k)
			return true
		}
		for _, k := range r.handed(o, call) {
			add(k)
		}
		return true
	})
	return all
}

// asked is the key that a call asks the mapping for, with all that becomes of its value.
func (o object) asked(call *ast.CallExpr) (key, bool) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 1 || sel.Sel.Name != "Required" && sel.Sel.Name != "Optional" {
		return key{}, false
	}
	if x, ok := sel.X.(*ast.Ident); !ok || x.Name != o.of {
		return key{}, false
	}
	name, ok := o.scope.text(call.Args[0])
	if !ok {
		return key{}, false // a loop over keys that are asked for elsewhere
	}
	k := key{path: name, required: sel.Sel.Name == "Required", optional: sel.Sel.Name == "Optional"}
	o.scope.follow(&k, call)
	return k, true
}

// handed are the keys that another function asks for, to which a call hands the mapping, or the key.
func (r *reader) handed(o object, call *ast.CallExpr) []key {
	signature, body, _, around := o.scope.function(call.Fun)
	if signature == nil {
		return nil
	}
	inner := o.scope.enter(signature, body, around, call.Args)
	inner.caller, inner.call = o.scope, call
	for i, arg := range call.Args {
		if id, ok := arg.(*ast.Ident); ok && id.Name == o.of && i < len(parameters(signature)) {
			return r.keys(object{scope: inner, of: parameters(signature)[i]})
		}
	}
	if _, isLiteral := call.Fun.(*ast.Ident); isLiteral && around == o.scope && mapParameter(signature) == "" {
		return r.keys(object{scope: inner, of: o.of}) // a closure over the mapping
	}
	return nil
}
