package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Increases is an expression parted at every increase() over a plain range.
type Increases struct {
	// Selectors are what the increases are of, in the order in which they stand.
	Selectors []string
	// Linear is true when the expression does nothing with increases but add them up: then what holds for the increase of
	// each counter, such as a correction, may be added up by the same expression.
	Linear  bool
	between []string // the rest of the expression, around the increases
}

// ParseIncreases parts an expression. Variables such as $window may stand in it, and stay in its parts. The error is a list of
// Problems.
func ParseIncreases(text string) (*Increases, error) {
	ex := expandPlaceholders(text)
	expr, err := parse(ex.Text)
	if err != nil {
		return nil, problemsError(ex.restore(text, syntaxProblems(ex.Text, err)))
	}
	p := parting{linear: true}
	expr = p.expr(expr)
	in := &Increases{Selectors: p.selectors, Linear: p.linear && len(p.selectors) > 0, between: strings.Split(expr.String(), increaseMark)}
	for _, list := range [][]string{in.Selectors, in.between} {
		for i := range list {
			list[i] = ex.unexpand(list[i])
		}
	}
	return in, nil
}

// Replace returns the expression with what with makes of their selectors in the place of the increases, in parentheses.
func (in *Increases) Replace(with func(selector string) string) string {
	var out strings.Builder
	for i, s := range in.Selectors {
		out.WriteString(in.between[i])
		out.WriteString("(" + with(s) + ")")
	}
	out.WriteString(in.between[len(in.Selectors)])
	return out.String()
}

// increaseMark stands for an increase while the expression is printed.
const increaseMark = placeholderPrefix + "increase"

// parting goes through one expression and takes the increases out.
type parting struct {
	selectors []string
	linear    bool
}

func (p *parting) expr(e parser.Expr) parser.Expr {
	switch e := e.(type) {
	case *parser.ParenExpr:
		e.Expr = p.expr(e.Expr)
	case *parser.AggregateExpr:
		p.linear = p.linear && e.Op == parser.SUM
		e.Expr = p.expr(e.Expr)
	case *parser.BinaryExpr:
		p.linear = p.linear && (e.Op == parser.ADD || e.Op == parser.SUB)
		e.LHS, e.RHS = p.expr(e.LHS), p.expr(e.RHS)
	case *parser.UnaryExpr:
		e.Expr = p.expr(e.Expr)
	case *parser.SubqueryExpr:
		p.linear = false
		e.Expr = p.expr(e.Expr)
	case *parser.Call:
		return p.call(e)
	case *parser.VectorSelector:
		p.linear = false // a series that is no increase
	}
	return e
}

// call takes an increase out, and goes into the arguments of any other function.
func (p *parting) call(e *parser.Call) parser.Expr {
	if e.Func.Name == "increase" {
		if m, ok := e.Args[0].(*parser.MatrixSelector); ok {
			selector := *m.VectorSelector.(*parser.VectorSelector)
			selector.Anchored, selector.Smoothed = false, false
			p.selectors = append(p.selectors, selector.String())
			return &parser.VectorSelector{Name: increaseMark}
		}
	}
	p.linear = false
	for i, arg := range e.Args {
		e.Args[i] = p.expr(arg)
	}
	return e
}
