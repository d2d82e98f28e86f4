package specdoc

import (
	"go/ast"
	"regexp"
	"strconv"
	"strings"
)

// value is the value of an expression as it would be written in a spec, as far as the source tells it, or else as in the source.
func (s *scope) value(e ast.Expr, kind string) string {
	if d, ok := s.number(e); ok {
		if s.isTime(e) {
			return duration(d)
		}
		if kind == "percentage" {
			return strconv.FormatFloat(d*100, 'g', 6, 64) + "%"
		}
		return strconv.FormatFloat(d, 'f', -1, 64)
	}
	if text, ok := s.text(e); ok {
		return text
	}
	switch e := e.(type) {
	case *ast.CompositeLit:
		return s.composite(e)
	case *ast.Ident:
		if a, ok := s.lookup(e.Name); ok && a.expr != ast.Expr(e) {
			return a.scope.value(a.expr, kind)
		}
	case *ast.SelectorExpr:
		if field, at := s.fieldOf(e); field != nil {
			return at.value(field, kind)
		}
	case *ast.CallExpr:
		if returned := s.returned(e); returned != nil {
			return s.value(returned, kind)
		}
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Raw" {
			if x, ok := sel.X.(*ast.Ident); ok {
				return "as `" + x.Name + "`"
			}
		}
	}
	return s.otherwise(e)
}

// otherwise is an expression that is no constant: another key's value, what Go makes of nothing, or the source.
func (s *scope) otherwise(e ast.Expr) string {
	other := ""
	ast.Inspect(e, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			return true
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Required" || sel.Sel.Name == "Optional") {
			other, _ = s.text(call.Args[0])
		}
		return true
	})
	text := source(e)
	switch phrase, known := phrases()[text]; {
	case other != "":
		return "as `" + other + "`"
	case known:
		return phrase
	}
	return "`" + text + "`"
}

// phrases say what expressions stand for that only a spec gives a value.
func phrases() map[string]string {
	return map[string]string{
		"nil": "", "all.Page": "as `routes.page`", "all.Ticket": "as `routes.ticket`",
		"pattern.replicas": "as `pattern.replicas`", "pattern.image": "as `pattern.image`",
		"services.Namespace": "as described", "services.Label": "as described", "o.Replicas": "as described",
		`strings.ReplaceAll(strings.TrimPrefix(name.Raw(), "bin-"), "-", "_")`: "`name` without bin-, with underscores",
	}
}

// returned is what a function returns that does nothing else, or at once for a value that is not there.
func (s *scope) returned(call *ast.CallExpr) ast.Expr {
	_, body, _, _ := s.function(call.Fun)
	if body == nil {
		return nil
	}
	first := body.List[0]
	if test, ok := first.(*ast.IfStmt); ok && len(call.Args) == 1 && source(call.Args[0]) == "config.Value{}" {
		first = test.Body.List[0]
	}
	if ret, ok := first.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
		return ret.Results[0]
	}
	return nil
}

// fieldOf finds x.Field where x was set to a literal, to what a function returns that is nothing but one, or to a field of such.
func (s *scope) fieldOf(e *ast.SelectorExpr) (ast.Expr, *scope) {
	x, ok := e.X.(*ast.Ident)
	if !ok {
		return nil, nil
	}
	a, ok := s.lookup(x.Name)
	if !ok || a.expr == ast.Expr(e) {
		return nil, nil
	}
	expr, at := a.expr, a.scope
	switch from := expr.(type) {
	case *ast.CallExpr:
		expr = at.returned(from)
	case *ast.SelectorExpr:
		expr, at = at.fieldOf(from)
	}
	literal, ok := expr.(*ast.CompositeLit)
	if !ok {
		return nil, nil
	}
	for _, element := range literal.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if name, ok := kv.Key.(*ast.Ident); ok && name.Name == e.Sel.Name {
			return kv.Value, at
		}
	}
	return nil, nil
}

// composite prints a struct's values. Its shares are ratios in Go, and percentages in a spec.
func (s *scope) composite(lit *ast.CompositeLit) string {
	var parts []string
	for _, element := range lit.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			return ""
		}
		name, _ := kv.Key.(*ast.Ident)
		value := s.value(kv.Value, "")
		if n, err := strconv.ParseFloat(value, 64); err == nil && n < 1 && n > 0 {
			value = strconv.FormatFloat(n*100, 'g', 6, 64) + "%"
		}
		parts = append(parts, spaced(name.Name)+" "+value)
	}
	return strings.Join(parts, ", ")
}

// spaced turns the name of a Go field into words: a word begins with a capital after a small letter, and after an abbreviation with the capital
// before a small one.
func spaced(name string) string {
	name = regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "$1 $2")
	return strings.ToLower(regexp.MustCompile(`([A-Z]+)([A-Z][a-z])`).ReplaceAllString(name, "$1 $2"))
}
