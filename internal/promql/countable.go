package promql

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Uncountable says why the result of an expression cannot be a number of events, though every part of it is right: a
// rate, a ratio, or windows that overlap. It is nil when nothing speaks against it.
func Uncountable(text string) *Problem {
	expr, err := parse(text)
	if err != nil {
		return nil // Check says so
	}
	var found *Problem
	report := func(n parser.Node, what, hint string) {
		if found == nil {
			at := n.PositionRange()
			found = &Problem{Start: int(at.Start), End: int(at.End), What: what, Hint: hint}
		}
	}
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			_, number := n.RHS.(*parser.NumberLiteral)
			if n.Op == parser.DIV && !number {
				report(n, "a ratio is no count of events", "count the part and the whole, each in its own expression")
			}
		case *parser.Call:
			switch {
			case n.Func.Name == "rate" || n.Func.Name == "irate":
				report(n, n.Func.Name+"() is a number a second and no count of events", "use increase()")
			case strings.HasSuffix(n.Func.Name, "_over_time") && readsIncreases(n):
				report(n, n.Func.Name+"() adds up windows that overlap, as they are recorded at every evaluation", "read the record of the window itself, as name:increase$window")
			}
		}
		return nil
	})
	return found
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
