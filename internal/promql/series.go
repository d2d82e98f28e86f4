package promql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/diag"
)

// Series reads one series as an exposition or a message writes it: name{label="value"}. The name may be empty.
func Series(text string) (name string, labels map[string]string, err error) {
	ls, err := Parser().ParseMetric(text)
	if err != nil {
		return "", nil, fmt.Errorf("not a series: %q", text)
	}
	labels = ls.Map()
	name = labels[model.MetricNameLabel]
	delete(labels, model.MetricNameLabel)
	return name, labels, nil
}

// Nearest is a hint that names the one of some words that a wrong one was probably meant to be, empty for none.
func Nearest(word string, words []string) string { return diag.DidYouMean(word, words) }

// RateDifference finds the difference of two rates of different counters: how fast something changes, where people often mean how much of it
// there is. It is nil when there is none, or the expression does not parse.
func RateDifference(text string) *Problem {
	ex := expandPlaceholders(text)
	expr, err := parse(ex.Text)
	if err != nil {
		return nil
	}
	var found *Problem
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		b, ok := node.(*parser.BinaryExpr)
		if !ok || b.Op != parser.SUB || found != nil {
			return nil
		}
		left, right := ratedNames(b.LHS), ratedNames(b.RHS)
		if len(left) > 0 && len(right) > 0 && !slices.Equal(left, right) {
			at := b.PositionRange()
			found = &Problem{
				Start: int(at.Start), End: int(at.End),
				What: fmt.Sprintf("the difference of the rates of %s and %s is how fast a number changes, not the number", strings.Join(left, ", "), strings.Join(right, ", ")),
				Hint: "read a gauge, or subtract the counters themselves",
			}
		}
		return nil
	})
	if found != nil {
		return &ex.restore(text, []Problem{*found})[0]
	}
	return nil
}

// ratedNames returns the counters of an expression that is a rate, or a sum of rates, in order; nil for anything else.
func ratedNames(e parser.Expr) []string {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return ratedNames(e.Expr)
	case *parser.AggregateExpr:
		return ratedNames(e.Expr)
	case *parser.Call:
		if !slices.Contains([]string{"rate", "irate", "increase"}, e.Func.Name) {
			return nil
		}
		m, ok := e.Args[0].(*parser.MatrixSelector)
		if !ok {
			return nil
		}
		if s, ok := m.VectorSelector.(*parser.VectorSelector); ok {
			name, _ := selectorName(s)
			return []string{name}
		}
	}
	return nil
}
