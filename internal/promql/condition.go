package promql

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Comparison is what is asked of a number: "> 3".
type Comparison struct {
	// Op is one of ==, !=, <, <=, > and >=.
	Op   string
	With float64
}

// Condition is an expression that yields something while series, or what they come to together, compare with a number in one way:
// "count(up == 1) >= 2", "max(queue_length) < 100".
type Condition struct {
	Of Selection
	// Aggregate is count, sum, min, max or avg; empty where each series is compared by itself.
	Aggregate string
	// Each is what is asked of the series that are counted; nil where all of them are.
	Each *Comparison
	// Whole is what is asked of the aggregate, or of each series where there is none.
	Whole Comparison
}

// ParseCondition reads a condition. False means that the expression is something else, or is no PromQL.
func ParseCondition(text string) (Condition, bool) {
	expr, err := parse(text)
	if err != nil {
		return Condition{}, false
	}
	of, whole, ok := comparison(expr)
	if !ok {
		return Condition{}, false
	}
	c := Condition{Whole: whole}
	if a, is := of.(*parser.AggregateExpr); is {
		c.Aggregate = a.Op.String()
		if len(a.Grouping) > 0 || a.Without || !slices.Contains([]string{"count", "sum", "min", "max", "avg"}, c.Aggregate) {
			return Condition{}, false
		}
		of = bare(a.Expr)
	}
	if each, asked, is := comparison(of); is {
		if c.Aggregate != "count" {
			return Condition{}, false
		}
		of, c.Each = each, &asked
	}
	c.Of, ok = plain(of)
	return c, ok
}

// ParseSelection reads a selector of the newest samples. False means that the expression is something else, or is no PromQL.
func ParseSelection(text string) (Selection, bool) {
	expr, err := parse(text)
	if err != nil {
		return Selection{}, false
	}
	return plain(bare(expr))
}

// comparison takes a comparison with a number apart.
func comparison(e parser.Expr) (of parser.Expr, c Comparison, ok bool) {
	b, is := bare(e).(*parser.BinaryExpr)
	if !is || !b.Op.IsComparisonOperator() || b.ReturnBool {
		return nil, Comparison{}, false
	}
	n, is := bare(b.RHS).(*parser.NumberLiteral)
	if !is {
		return nil, Comparison{}, false
	}
	return bare(b.LHS), Comparison{Op: b.Op.String(), With: n.Val}, true
}

// bare is an expression without parentheses around it.
func bare(e parser.Expr) parser.Expr {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			return e
		}
		e = p.Expr
	}
}

// plain is the selection of a selector that looks at now.
func plain(e parser.Expr) (Selection, bool) {
	s, ok := e.(*parser.VectorSelector)
	if !ok || s.OriginalOffset != 0 || s.Timestamp != nil || s.StartOrEnd != 0 {
		return Selection{}, false
	}
	found := selectionOf(s)
	return found, found.Name != ""
}

// Matches reports whether the selection takes a series of its metric with these labels.
func (s Selection) Matches(set map[string]string) bool {
	return !slices.ContainsFunc(s.matchers, func(m *labels.Matcher) bool { return !m.Matches(set[m.Name]) })
}
