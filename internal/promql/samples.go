package promql

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

// lookback is how far Prometheus looks back for the value of a series at a time, unless it is told otherwise.
const lookback = 5 * time.Minute

// Sampling says what the series of a name are like.
type Sampling struct {
	Series  int           // how many there are
	Spacing time.Duration // between two samples
}

// Weigh returns the canonical form of an expression, as Format does, and estimates how many samples Prometheus loads to evaluate it once, as its own
// statistics count them: those of a subquery once for reading and once for what is made of them. The error is a list of Problems.
func Weigh(text string, of func(Selection) Sampling) (canonical string, samples int, err error) {
	expr, canonical, err := formatted(text)
	if err != nil {
		return "", 0, err
	}
	e := estimator{of: of}
	samples, _ = e.expr(expr)
	return canonical, samples, nil
}

// estimator adds up the samples of one expression.
type estimator struct {
	of func(Selection) Sampling
}

// expr returns how many samples an expression loads, and how many series it yields at most.
func (e estimator) expr(x parser.Expr) (samples, series int) {
	switch x := x.(type) {
	case *parser.VectorSelector:
		n := e.of(selectionOf(x)).Series
		return n, n
	case *parser.MatrixSelector:
		return e.matrix(x)
	case *parser.SubqueryExpr:
		inner, n := e.expr(x.Expr)
		steps := 1
		if x.Step > 0 {
			steps = int(x.Range / x.Step)
		}
		return steps * (inner + n), n
	case *parser.AggregateExpr:
		samples, series = e.expr(x.Expr)
		if len(x.Grouping) == 0 && !x.Without {
			series = min(series, 1)
		}
		return samples, series
	case *parser.BinaryExpr:
		left, n := e.expr(x.LHS)
		right, m := e.expr(x.RHS)
		return left + right, max(n, m)
	case *parser.Call:
		return e.call(x)
	case *parser.ParenExpr:
		return e.expr(x.Expr)
	case *parser.UnaryExpr:
		return e.expr(x.Expr)
	}
	return 0, 0
}

// matrix counts a plain range, which reaches back further when it is anchored.
func (e estimator) matrix(x *parser.MatrixSelector) (samples, series int) {
	selector, ok := x.VectorSelector.(*parser.VectorSelector)
	if !ok {
		return 0, 0
	}
	s := e.of(selectionOf(selector))
	reach := x.Range
	if selector.Anchored {
		reach += lookback
	}
	if s.Spacing <= 0 {
		return s.Series, s.Series
	}
	return s.Series * int(reach/s.Spacing), s.Series
}

func (e estimator) call(x *parser.Call) (samples, series int) {
	if len(x.Args) == 0 || x.Func.Name == "vector" {
		return 1, 1
	}
	for _, arg := range x.Args {
		n, m := e.expr(arg)
		samples, series = samples+n, max(series, m)
	}
	return samples, series
}
