package specdoc

import (
	"bytes"
	"go/ast"
	"go/printer"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

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

// source prints an expression as it stands.
func source(e ast.Expr) string {
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), e); err != nil {
		return ""
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
