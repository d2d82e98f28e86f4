package specdoc

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// kindOf says what a method of a value takes.
func (s *scope) kindOf(method string, args []ast.Expr) string {
	low, high := "", ""
	if len(args) > 0 {
		low = s.value(args[0], "")
	}
	if len(args) > 1 {
		high = s.value(args[1], "")
	}
	switch method {
	case "Int":
		return "whole number, " + low + " to " + high
	case "Float":
		return "number, " + low + " to " + high
	case "Duration":
		return bounds("duration", low, high)
	case "Percent":
		return "percentage"
	case "Bytes":
		if n, ok := s.number(args[0]); ok && n > 1 {
			return "bytes, from " + bytesText(int64(n))
		}
		return "bytes"
	case "String", "Text":
		return "text"
	case "Entries":
		return "mapping of names of your own"
	case "Match":
		if form, ok := s.text(args[1]); ok {
			return form
		}
	case "Enum":
		return "one of " + s.words(args)
	}
	return ""
}

// bounds names those bounds of a duration that there are: 0 is none.
func bounds(what, low, high string) string {
	switch {
	case low == "0" && high == "0":
		return what
	case high == "0":
		return what + ", from " + low
	case low == "0":
		return what + ", up to " + high
	}
	return what + ", " + low + " to " + high
}

// words are the words of an enumeration.
func (s *scope) words(args []ast.Expr) string {
	var words []string
	for _, arg := range args {
		if text, ok := s.text(arg); ok {
			words = append(words, "`"+text+"`")
			continue
		}
		words = append(words, s.listed(arg)...)
	}
	if len(words) == 0 {
		return "the names above"
	}
	return strings.Join(words, ", ")
}

// listed are the words that a function returns, where it lists them.
func (s *scope) listed(arg ast.Expr) (words []string) {
	call, ok := arg.(*ast.CallExpr)
	if !ok {
		return nil
	}
	f, ok := s.funcs[callee(call)]
	if !ok {
		return nil
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		list, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		for _, e := range list.Elts {
			if text, ok := s.text(e); ok {
				words = append(words, "`"+text+"`")
			}
		}
		return false
	})
	return words
}

// text is the value of an expression that is a text: a literal, a constant, or a parameter that was given one.
func (s *scope) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.Ident:
		if a, ok := s.lookup(e.Name); ok && a.expr != e {
			return a.scope.text(a.expr)
		}
		if c, ok := s.consts[e.Name]; ok {
			return s.text(c)
		}
	case *ast.SelectorExpr:
		if c, ok := s.consts[typeName(e)]; ok {
			return s.text(c)
		}
	case *ast.CallExpr:
		if callee(e) == "string" && len(e.Args) == 1 {
			return s.text(e.Args[0])
		}
	}
	return "", false
}

// message is a text for people, in which an ellipsis stands for what is only known with a spec.
func (s *scope) message(e ast.Expr) (string, bool) {
	if text, ok := s.text(e); ok {
		return text, true
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		left, _ := s.message(e.X)
		right, _ := s.message(e.Y)
		if left == "" && right == "" {
			return "", false
		}
		return orEllipsis(left) + orEllipsis(right), true
	case *ast.CallExpr:
		if callee(e) != "fmt.Sprintf" {
			return "", false
		}
		format, ok := s.text(e.Args[0])
		return varying(format), ok
	}
	return "", false
}

// varying puts an ellipsis for each verb of a format.
func varying(format string) string {
	return regexp.MustCompile(`"?%[-+#.0-9]*[a-zA-Z%]"?`).ReplaceAllStringFunc(format, func(verb string) string {
		if strings.HasSuffix(verb, "%") {
			return "%"
		}
		return "…"
	})
}

func orEllipsis(s string) string {
	if s == "" {
		return "…"
	}
	return s
}

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
		parts = append(parts, snake(name.Name)+" "+value)
	}
	return strings.Join(parts, ", ")
}

// snake turns the name of a Go field into words.
func snake(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z]|[A-Z]+)([A-Z][a-z])`).ReplaceAllString(name, "$1 $2"))
}

// units are the constants of package time.
func units() map[string]time.Duration {
	return map[string]time.Duration{"time.Nanosecond": 1, "time.Millisecond": time.Millisecond, "time.Second": time.Second, "time.Minute": time.Minute, "time.Hour": time.Hour}
}

// number is the value of an expression of numbers.
func (s *scope) number(e ast.Expr) (float64, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.INT || e.Kind == token.FLOAT {
			n, err := strconv.ParseFloat(strings.ReplaceAll(e.Value, "_", ""), 64)
			return n, err == nil
		}
	case *ast.ParenExpr:
		return s.number(e.X)
	case *ast.UnaryExpr:
		n, ok := s.number(e.X)
		return -n, ok && e.Op == token.SUB
	case *ast.Ident:
		if a, ok := s.lookup(e.Name); ok && a.expr != ast.Expr(e) {
			return a.scope.number(a.expr)
		}
		if c, ok := s.consts[e.Name]; ok {
			return s.number(c)
		}
	case *ast.SelectorExpr:
		if unit, ok := units()[typeName(e)]; ok {
			return float64(unit), true
		}
		if c, ok := s.consts[typeName(e)]; ok {
			return s.number(c)
		}
		if field, at := s.fieldOf(e); field != nil {
			return at.number(field)
		}
	case *ast.BinaryExpr:
		return s.calculated(e)
	}
	return 0, false
}

// calculated is the value of a product, a sum or a shift.
func (s *scope) calculated(e *ast.BinaryExpr) (float64, bool) {
	x, okX := s.number(e.X)
	y, okY := s.number(e.Y)
	if !okX || !okY {
		return 0, false
	}
	switch e.Op {
	case token.MUL:
		return x * y, true
	case token.ADD:
		return x + y, true
	case token.SUB:
		return x - y, true
	case token.SHL:
		return x * float64(int64(1)<<int(y)), true
	}
	return 0, false
}

// isTime reports whether an expression of numbers has a unit of time in it.
func (s *scope) isTime(e ast.Expr) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if a, ok := s.lookup(n.Name); ok && a.expr != ast.Expr(n) {
				found = found || a.scope.isTime(a.expr)
			} else if c, ok := s.consts[n.Name]; ok {
				found = found || s.isTime(c)
			}
		case *ast.SelectorExpr:
			_, unit := units()[typeName(n)]
			found = found || unit
			if field, at := s.fieldOf(n); field != nil {
				found = found || at.isTime(field)
			}
			return false
		}
		return !found
	})
	return found
}

// bytesText prints a number of bytes as a spec has it.
func bytesText(n int64) string {
	for _, u := range []struct {
		name string
		unit int64
	}{{"Gi", 1 << 30}, {"Mi", 1 << 20}, {"Ki", 1 << 10}} {
		if n%u.unit == 0 {
			return strconv.FormatInt(n/u.unit, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// duration prints nanoseconds as a spec has them.
func duration(nanoseconds float64) string {
	d := time.Duration(nanoseconds)
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}} {
		if d >= u.unit && d%u.unit == 0 {
			return strconv.FormatInt(int64(d/u.unit), 10) + u.name
		}
	}
	return d.String()
}

// source prints an expression as it stands.
func source(e ast.Expr) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
