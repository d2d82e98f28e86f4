package promql

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// ReplaceIncreases returns an expression in which every increase() over a plain range is replaced by what with makes of
// its selector. Linear is true when the expression does nothing with them but add up: then what holds for the increase of
// each counter, such as a correction, may be added up by the same expression. The error is a list of Problems.
func ReplaceIncreases(text string, with func(selector string) string) (out string, linear bool, err error) {
	expr, err := parse(text)
	if err != nil {
		return "", false, problemsError(syntaxProblems(text, err))
	}
	r := replacer{with: with, linear: true}
	expr = r.expr(expr)
	if r.err != nil {
		return "", false, r.err
	}
	return expr.String(), r.linear && r.found, nil
}

// replacer goes through one expression.
type replacer struct {
	with          func(selector string) string
	linear, found bool
	err           error
}

func (r *replacer) expr(e parser.Expr) parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		e.Expr = r.expr(e.Expr)
	case *parser.AggregateExpr:
		r.linear = r.linear && e.Op == parser.SUM
		e.Expr = r.expr(e.Expr)
	case *parser.BinaryExpr:
		r.linear = r.linear && (e.Op == parser.ADD || e.Op == parser.SUB)
		e.LHS, e.RHS = r.expr(e.LHS), r.expr(e.RHS)
	case *parser.UnaryExpr:
		e.Expr = r.expr(e.Expr)
	case *parser.SubqueryExpr:
		r.linear = false
		e.Expr = r.expr(e.Expr)
	case *parser.Call:
		return r.call(e)
	case *parser.VectorSelector:
		r.linear = false // a series that is no increase
	}
	return e
}

// call replaces an increase, and goes into the arguments of any other function.
func (r *replacer) call(e *parser.Call) parser.Expr {
	if e.Func.Name == "increase" {
		if m, ok := e.Args[0].(*parser.MatrixSelector); ok {
			return r.replace(m)
		}
	}
	r.linear = false
	for i, arg := range e.Args {
		e.Args[i] = r.expr(arg)
	}
	return e
}

func (r *replacer) replace(m *parser.MatrixSelector) parser.Expr {
	selector := *m.VectorSelector.(*parser.VectorSelector)
	selector.Anchored, selector.Smoothed = false, false
	r.found = true
	expr, err := parse(r.with(selector.String()))
	if err != nil {
		r.err = err
		return m
	}
	return &parser.ParenExpr{Expr: expr}
}
