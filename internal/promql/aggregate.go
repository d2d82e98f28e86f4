package promql

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// aggregate judges an aggregation and its grouping.
func (r *run) aggregate(e *parser.AggregateExpr) vector {
	v := r.expr(e.Expr)
	if e.Param != nil {
		r.expr(e.Param)
	}
	for _, name := range e.Grouping {
		at := r.clauseLabel(e.PositionRange(), name, parser.BY, parser.WITHOUT)
		if name == "le" && !v.has(name) {
			r.report(at, "only the _bucket series of a histogram has it", "grouped by le, but %s is no classic histogram", v.describe())
			continue
		}
		if !v.has(name) {
			r.unknownLabel(at, name, v)
		}
	}
	out := v.keep(e.Grouping)
	if e.Without {
		out = v.drop(e.Grouping...)
	}
	out.family = "" // its labels are no longer those of the family
	switch e.Op {
	case parser.COUNT, parser.GROUP:
		return out.as(level)
	case parser.COUNT_VALUES:
		return out.as(level).with(stringArg(e.Param), label{})
	case parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO:
		r.levelUse(v, e.Expr)
		return v
	}
	r.levelUse(v, e.Expr)
	if v.kind == counter || v.kind == counterSum {
		return out.as(counterSum)
	}
	return out
}

// stringArg returns the value of a string literal, or a name that no label has.
func stringArg(e parser.Expr) string {
	for {
		paren, ok := e.(*parser.ParenExpr)
		if !ok {
			break
		}
		e = paren.Expr
	}
	if s, ok := e.(*parser.StringLiteral); ok {
		return s.Val
	}
	return ""
}
