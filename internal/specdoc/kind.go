package specdoc

import (
	"go/ast"
	"strings"
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
