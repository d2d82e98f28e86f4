package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/metric"
)

// Uncountable says why the result of an expression cannot be a number of events, though every part of it is right: a
// rate, a ratio, a mean, a number of series, or windows that overlap. It is nil when nothing speaks against it. A warning is about what counts
// rightly and says more than it needs.
func Uncountable(text string) *Problem {
	expr, err := parse(text)
	if err != nil {
		return nil // Check says so
	}
	var u uncountable
	u.expr(expr, false)
	if u.found == nil {
		return u.doubt
	}
	return u.found
}

// uncountable goes through one expression, and keeps the first thing wrong with it.
type uncountable struct{ found, doubt *Problem }

func (u *uncountable) refuse(n parser.Node, what, hint string) {
	if u.found == nil {
		at := n.PositionRange()
		u.found = &Problem{Start: int(at.Start), End: int(at.End), What: what, Hint: hint}
	}
}

// expr goes through an expression. What is only a condition may be made in ways in which nothing could be counted.
func (u *uncountable) expr(e parser.Expr, condition bool) {
	switch e := e.(type) {
	case *parser.ParenExpr:
		u.expr(e.Expr, condition)
	case *parser.UnaryExpr:
		u.expr(e.Expr, condition)
	case *parser.StepInvariantExpr:
		u.expr(e.Expr, condition)
	case *parser.SubqueryExpr:
		u.expr(e.Expr, condition)
	case *parser.BinaryExpr:
		u.binary(e, condition)
	case *parser.AggregateExpr:
		if !condition {
			u.aggregate(e)
		}
		u.expr(e.Expr, condition)
	case *parser.Call:
		u.call(e, condition)
	}
}

func (u *uncountable) binary(e *parser.BinaryExpr, condition bool) {
	if _, number := e.RHS.(*parser.NumberLiteral); e.Op == parser.DIV && !number {
		u.refuse(e, "a ratio is no count of events", "count the part and the whole, each in its own expression")
	}
	u.expr(e.LHS, condition)
	u.expr(e.RHS, condition || e.Op == parser.LAND || e.Op == parser.LUNLESS || e.Op.IsComparisonOperator())
}

// aggregate judges what makes one number of those of several series: only a sum of counts is a count.
func (u *uncountable) aggregate(e *parser.AggregateExpr) {
	name := e.Op.String() + "()"
	switch e.Op {
	case parser.SUM:
		inner, nested := unparen(e.Expr).(*parser.AggregateExpr)
		if nested && inner.Op == parser.SUM && u.doubt == nil {
			at := inner.PositionRange()
			u.doubt = &Problem{Start: int(at.Start), End: int(at.End), What: "a sum of sums is the sum of all", Hint: "sum once", Warning: true}
		}
	case parser.COUNT, parser.GROUP, parser.COUNT_VALUES:
		u.refuse(e, name+" tells of series and not of their events", "add the events of all series up: sum(...)")
	default:
		u.refuse(e, name+" of counts is no count: what happened elsewhere is lost in it", "add the events of all series up: sum(...)")
	}
}

// unparen is an expression without the parentheses around it.
func unparen(e parser.Expr) parser.Expr {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}

// measurements are functions whose values say how much something is, and not how often it happened.
func measurements() []string {
	return []string{
		"histogram_quantile", "histogram_quantiles", "histogram_avg", "histogram_stddev", "histogram_stdvar", "avg_over_time", "quantile_over_time",
		"stddev_over_time", "stdvar_over_time", "deriv", "predict_linear", "delta", "idelta",
	}
}

func (u *uncountable) call(e *parser.Call, condition bool) {
	switch {
	case e.Func.Name == "rate" || e.Func.Name == "irate":
		u.refuse(e, e.Func.Name+"() is a number a second and no count of events", "use increase()")
	case !condition && slices.Contains(measurements(), e.Func.Name):
		u.refuse(e, e.Func.Name+"() is a measurement and no count of events", "write latency for a histogram and a threshold, or time_slice for a level")
	case strings.HasSuffix(e.Func.Name, "_over_time") && readsIncreases(e):
		u.refuse(e, e.Func.Name+"() adds up windows that overlap, as they are recorded at every evaluation", "read the record of the window itself, as name:increase$window")
	}
	for _, arg := range e.Args {
		u.expr(arg, condition)
	}
}

// readsIncreases reports whether a call reads recorded increases over a plain range.
func readsIncreases(call *parser.Call) bool {
	for _, arg := range call.Args {
		m, ok := arg.(*parser.MatrixSelector)
		if !ok {
			continue
		}
		if s, ok := m.VectorSelector.(*parser.VectorSelector); ok && strings.Contains(s.Name, ":increase") {
			return true
		}
	}
	return false
}

// Gauge reports whether the series of a selector go up and down; false also for those that are unknown.
func (c *Checker) Gauge(selector string) bool {
	_, v := c.check(selector)
	return v.kind == level
}

// Boolean reports whether the series of a selector are 1 or 0, as far as it is known: the help of such a family or record begins with
// Whether, or says what is 1 when several labels tell states apart. Of what nobody has described it is believed.
func (c *Checker) Boolean(selector string) bool {
	found, err := Selections(selector)
	if err != nil || len(found) != 1 {
		return false
	}
	help, unit := "", metric.None
	if r, ok := c.records[found[0].Name]; ok {
		help, unit = r.Help, r.Unit
	} else if f, _, ok := c.catalogue.Resolve(found[0].Name); ok {
		help, unit = f.Help, f.Unit
	}
	return unit == metric.None && (help == "" || strings.HasPrefix(help, "Whether") || strings.Contains(help, "; 1 for "))
}
