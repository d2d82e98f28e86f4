package specdoc

import (
	"go/ast"
	"strings"
)

// follow notes what becomes of a key's value: the expression is the value, or was made of it.
func (s *scope) follow(k *key, e ast.Expr) {
	if k.seen[use{s, e}] {
		return // a variable that is set from itself
	}
	if k.seen == nil {
		k.seen = map[use]bool{}
	}
	k.seen[use{s, e}] = true
	switch up := s.parents[e].(type) {
	case *ast.ParenExpr:
		s.follow(k, up)
	case *ast.SelectorExpr:
		if call, ok := s.parents[up].(*ast.CallExpr); ok && call.Fun == up {
			s.method(k, up.Sel.Name, call)
		} else if up.X == e {
			s.follow(k, up) // a field of what was decoded
		}
	case *ast.CallExpr:
		s.argument(k, up, e)
	case *ast.KeyValueExpr:
		if field, ok := up.Key.(*ast.Ident); ok {
			literal, _ := s.parents[up].(*ast.CompositeLit)
			s.field(k, literal, field.Name)
		}
	case *ast.AssignStmt:
		s.assignment(k, up, e)
	case *ast.ReturnStmt:
		if s.call != nil {
			s.caller.follow(k, s.call)
		}
	}
}

// assignment follows a value into the variable or the field that holds it.
func (s *scope) assignment(k *key, a *ast.AssignStmt, e ast.Expr) {
	for i, right := range a.Rhs {
		if right != e || i >= len(a.Lhs) {
			continue
		}
		switch left := a.Lhs[i].(type) {
		case *ast.Ident:
			s.variable(k, left)
		case *ast.SelectorExpr:
			if x, ok := left.X.(*ast.Ident); ok {
				literal, _ := s.assigned(x.Name).(*ast.CompositeLit)
				s.field(k, literal, left.Sel.Name)
			}
		}
	}
}

// variable follows each use of a variable, where it is used and not set.
func (s *scope) variable(k *key, declared *ast.Ident) {
	ast.Inspect(s.body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || id == declared || id.Name != declared.Name || id.Pos() < declared.Pos() {
			return true
		}
		switch up := s.parents[id].(type) {
		case *ast.SelectorExpr:
			if up.X != id {
				return true
			}
		case *ast.KeyValueExpr:
			if up.Key == id {
				return true
			}
		case *ast.AssignStmt:
			for _, left := range up.Lhs {
				if left == ast.Expr(id) {
					return true
				}
			}
		}
		s.follow(k, id)
		return true
	})
}

// method notes what a method of a value says about the value.
func (s *scope) method(k *key, name string, call *ast.CallExpr) {
	switch name {
	case "Present", "Pos", "Raw", "Warn":
		return
	case "Reject", "Rejectf":
		if text := s.refusal(name, call.Args); text != "" {
			k.merge(key{refused: []string{text}})
		}
		return
	case "Bool":
		k.kind = "true or false"
		if len(call.Args) == 1 {
			k.absent = s.value(call.Args[0], "")
		}
	default:
		if kind := s.kindOf(name, call.Args); kind != "" {
			k.merge(key{kind: kind})
		}
	}
	s.follow(k, call)
}

// refusal is what is said about a value that cannot be used, with what may vary as an ellipsis.
func (s *scope) refusal(method string, args []ast.Expr) string {
	if len(args) == 0 {
		return ""
	}
	what, _ := s.message(args[0])
	if method == "Rejectf" {
		return varying(what)
	}
	if len(args) < 2 {
		return what
	}
	if hint, ok := s.message(args[1]); ok && hint != "" && what != "" {
		return what + " (" + hint + ")"
	}
	return what
}

// argument follows a value into the function that takes it.
func (s *scope) argument(k *key, call *ast.CallExpr, e ast.Expr) {
	at := -1
	for i, arg := range call.Args {
		if arg == e {
			at = i
		}
	}
	switch name := callee(call); {
	case at < 0:
		return
	case name == "config.Object", name == "config.Objects":
		s.object(k, call, name == "config.Objects")
	case name == "config.List":
		s.list(k, call)
	case name == "cmp.Or":
		if last := len(call.Args) - 1; at < last {
			k.merge(key{absent: s.value(call.Args[last], k.kind)})
		}
	case name == "l.exists":
		if kind, ok := s.text(call.Args[0]); ok {
			k.merge(key{refused: []string{"a name that no " + kind + " has"}})
		}
		return
	case name == "l.unique", name == "l.distinct":
		return
	default:
		if signature, body, _, around := s.function(call.Fun); signature != nil && at < len(parameters(signature)) {
			s.helper(k, s.enter(signature, body, around, call.Args), parameters(signature)[at])
		}
	}
	s.follow(k, call)
}

// callee is the name of what is called, with its package or receiver.
func callee(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			return x.Name + "." + f.Sel.Name
		}
	}
	return ""
}

// object notes the keys below a mapping, or below each mapping of a list.
func (s *scope) object(k *key, call *ast.CallExpr, list bool) {
	signature, body, name, around := s.function(call.Args[1])
	if signature == nil {
		return
	}
	k.list = k.list || list
	kind := "mapping"
	if list {
		kind = "list of mappings"
	}
	inner := s.enter(signature, body, around, nil)
	k.merge(key{kind: kind, objects: []object{{name: name, scope: inner, of: mapParameter(signature)}}})
}

// list notes what the values of a list are.
func (s *scope) list(k *key, call *ast.CallExpr) {
	element := key{}
	if sel, ok := call.Args[1].(*ast.SelectorExpr); ok && sel.Sel.Name == "String" {
		element.kind = "text"
	} else if signature, body, _, around := s.function(call.Args[1]); signature != nil {
		s.helper(&element, s.enter(signature, body, around, nil), parameters(signature)[0])
	}
	if len(element.objects) > 0 {
		element.kind += " or mapping"
		k.list = true
	}
	k.merge(key{kind: strings.TrimSpace("list: " + element.kind), refused: element.refused, objects: element.objects})
}

// helper follows a value through a function that decodes it, and notes what that takes for an absent one.
func (s *scope) helper(k *key, inner *scope, parameter string) {
	var tests []*ast.IfStmt
	defer func() { // what it is decides how its default is written
		for _, test := range tests {
			if k.absent == "" {
				k.absent = inner.withoutIt(test, parameter, k.kind)
			}
		}
	}()
	ast.Inspect(inner.body, func(n ast.Node) bool {
		if test, ok := n.(*ast.IfStmt); ok {
			tests = append(tests, test)
		}
		id, ok := n.(*ast.Ident)
		if !ok || id.Name != parameter {
			return true
		}
		if sel, ok := inner.parents[id].(*ast.SelectorExpr); ok && sel.X != id {
			return true
		}
		if kv, ok := inner.parents[id].(*ast.KeyValueExpr); ok && kv.Key == id {
			return true
		}
		inner.follow(k, id)
		return true
	})
}

// withoutIt is what a function returns at once for a value that is not there.
func (s *scope) withoutIt(test *ast.IfStmt, parameter, kind string) string {
	not, ok := test.Cond.(*ast.UnaryExpr)
	if !ok || len(test.Body.List) != 1 {
		return ""
	}
	call, ok := not.X.(*ast.CallExpr)
	if !ok || callee(call) != parameter+".Present" {
		return ""
	}
	if ret, ok := test.Body.List[0].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
		return s.value(ret.Results[0], kind)
	}
	return ""
}

// field notes what the struct's own documentation says of the field that takes a value.
func (s *scope) field(k *key, literal *ast.CompositeLit, name string) {
	if k.text != "" || name == "Pos" || literal == nil {
		return
	}
	t, ok := s.types[typeName(literal.Type)]
	if !ok {
		return
	}
	for _, f := range t.Fields.List {
		for _, n := range f.Names {
			if n.Name == name {
				k.text = commentOf(f)
			}
		}
	}
}

// typeName is the name of a type, with its package.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok {
			return x.Name + "." + e.Sel.Name
		}
	}
	return ""
}

// commentOf is the documentation of a field, without the field's name before it. One that stands for several fields is about none.
func commentOf(f *ast.Field) string {
	text := f.Doc.Text()
	if text == "" && len(f.Names) == 1 {
		text = f.Comment.Text()
	}
	text = strings.Join(strings.Fields(text), " ")
	for _, verb := range []string{" is ", " are "} {
		if rest, ok := strings.CutPrefix(text, f.Names[0].Name+verb); ok {
			text = rest
		}
	}
	if text == "" {
		return ""
	}
	return strings.TrimRight(text, ".") + "."
}
