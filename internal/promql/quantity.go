package promql

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/metric"
)

// Quantity is what the values of an expression measure, as far as it follows from the units of what it reads.
type Quantity struct {
	// Base is metric.None for numbers of things.
	Base metric.Unit
	// PerSecond is true of a rate.
	PerSecond bool
	// Bounds is the unit of the bounds of buckets, whose values are numbers of things; metric.None of all else.
	Bounds metric.Unit
}

// String is the quantity in words.
func (q Quantity) String() string {
	base := string(q.Base)
	if q.Base == metric.None {
		base = "a number of things"
	}
	if q.PerSecond {
		return base + " per second"
	}
	return base
}

// Quantity returns what an expression's values measure, or false where that cannot be known, as of the quotient of two numbers of things. The values of a
// family without a unit are taken for numbers of things.
func (c *Checker) Quantity(text string) (Quantity, bool) {
	e, err := parse(expandPlaceholders(text).Text)
	if err != nil {
		return Quantity{}, false
	}
	return c.quantity(e)
}

func (c *Checker) quantity(e parser.Expr) (Quantity, bool) {
	switch e := e.(type) {
	case *parser.VectorSelector:
		name, _ := selectorName(e)
		return c.seriesQuantity(name)
	case *parser.MatrixSelector:
		return c.quantity(e.VectorSelector)
	case *parser.ParenExpr:
		return c.quantity(e.Expr)
	case *parser.UnaryExpr:
		return c.quantity(e.Expr)
	case *parser.SubqueryExpr:
		return c.quantity(e.Expr)
	case *parser.StepInvariantExpr:
		return c.quantity(e.Expr)
	case *parser.AggregateExpr:
		return c.aggregateQuantity(e)
	case *parser.Call:
		return c.callQuantity(e)
	case *parser.BinaryExpr:
		return c.binaryQuantity(e)
	}
	return Quantity{}, false
}

// seriesQuantity is that of a recorded or scraped series. A recorded one says by the end of its name (level:metric:operation) that it is a rate.
func (c *Checker) seriesQuantity(name string) (Quantity, bool) {
	if r, ok := c.records[name]; ok {
		operation := name[strings.LastIndexByte(name, ':')+1:]
		return Quantity{Base: r.Unit, PerSecond: strings.HasPrefix(operation, "rate") || strings.HasPrefix(operation, "irate")}, true
	}
	f, suffix, ok := c.catalogue.Resolve(name)
	switch {
	case !ok, f.Unit == metric.None && f.HasLabel("unit"): // kube-state-metrics has cores and bytes in one family
		return Quantity{}, false
	case suffix == "_bucket":
		return Quantity{Bounds: f.Unit}, true
	case suffix == "_count":
		return Quantity{}, true
	case f.Type == metric.Histogram && suffix == "": // native: observations rather than numbers
		return Quantity{Bounds: f.Unit}, true
	}
	return Quantity{Base: f.Unit}, true
}

func (c *Checker) aggregateQuantity(e *parser.AggregateExpr) (Quantity, bool) {
	switch e.Op {
	case parser.COUNT, parser.GROUP, parser.COUNT_VALUES:
		return Quantity{}, true
	case parser.STDVAR:
		return Quantity{}, false
	}
	return c.quantity(e.Expr)
}

// keeping are the functions whose result measures what their argument does.
func keeping() []string {
	return strings.Fields(`abs avg_over_time ceil clamp clamp_max clamp_min delta first_over_time floor idelta increase label_join label_replace last_over_time
		mad_over_time max_over_time min_over_time quantile_over_time round scalar sort sort_by_label sort_by_label_desc sort_desc stddev_over_time vector`)
}

// callQuantity is that of a function of what it is given; of other functions nothing is said.
func (c *Checker) callQuantity(e *parser.Call) (Quantity, bool) {
	switch name := e.Func.Name; name {
	case "count_over_time", "changes", "resets", "absent", "absent_over_time", "present_over_time":
		return Quantity{}, true
	case "time", "timestamp":
		return Quantity{Base: metric.Seconds}, true
	case "rate", "irate", "deriv":
		q, ok := c.quantity(e.Args[0])
		if q.PerSecond {
			return Quantity{}, false
		}
		q.PerSecond = true
		return q, ok
	case "histogram_quantile", "histogram_avg", "histogram_sum", "histogram_stddev":
		q, ok := c.quantity(e.Args[len(e.Args)-1])
		return Quantity{Base: q.Bounds, PerSecond: q.PerSecond && name == "histogram_sum"}, ok
	case "histogram_count":
		q, ok := c.quantity(e.Args[0])
		return Quantity{PerSecond: q.PerSecond}, ok
	case "histogram_fraction":
		return Quantity{Base: metric.Ratio}, true
	default:
		if !slices.Contains(keeping(), name) || len(e.Args) == 0 {
			return Quantity{}, false
		}
		of := e.Args[0]
		if name == "quantile_over_time" {
			of = e.Args[1]
		}
		return c.quantity(of)
	}
}

// binaryQuantity follows an operator. What is multiplied by a number may be another unit of the same thing, and of two numbers of things divided by each
// other nobody can tell whether one is a part of the other: of these nothing is said.
func (c *Checker) binaryQuantity(e *parser.BinaryExpr) (Quantity, bool) {
	left, leftKnown := c.quantity(e.LHS)
	right, rightKnown := c.quantity(e.RHS)
	switch {
	case e.Op.IsComparisonOperator() && e.ReturnBool:
		return Quantity{}, true
	case e.Op.IsComparisonOperator() && e.LHS.Type() == parser.ValueTypeScalar:
		return right, rightKnown
	case e.Op.IsComparisonOperator(), e.Op == parser.LAND, e.Op == parser.LUNLESS:
		return left, leftKnown
	case e.Op == parser.LOR:
		return left, leftKnown && rightKnown && left == right
	case e.Op == parser.ADD || e.Op == parser.SUB:
		if isNumber(e.LHS) {
			return right, rightKnown
		}
		if isNumber(e.RHS) {
			return left, leftKnown
		}
		return left, leftKnown && rightKnown && left == right
	case e.Op == parser.DIV && leftKnown && rightKnown:
		return quotient(left, right)
	}
	return Quantity{}, false
}

// quotient is what one quantity divided by another is.
func quotient(left, right Quantity) (Quantity, bool) {
	things := Quantity{PerSecond: right.PerSecond, Bounds: right.Bounds}
	switch {
	case left.Base == metric.None || right.Base == metric.Ratio:
		return Quantity{}, false
	case left == right:
		return Quantity{Base: metric.Ratio}, true
	case right == things && (left.PerSecond || !right.PerSecond): // of one thing
		return Quantity{Base: left.Base, PerSecond: left.PerSecond && !right.PerSecond}, true
	}
	return Quantity{}, false
}

// isNumber reports whether an expression is a number as it is written.
func isNumber(e parser.Expr) bool {
	switch e := e.(type) {
	case *parser.NumberLiteral:
		return true
	case *parser.ParenExpr:
		return isNumber(e.Expr)
	case *parser.UnaryExpr:
		return isNumber(e.Expr)
	}
	return false
}
