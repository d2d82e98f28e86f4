// Package promql parses PromQL, prints it in one form, and checks it against the metric catalogue without a server:
// names, types, labels, label values, bucket bounds and vector matching. It evaluates nothing and asks nobody.
package promql

import (
	"errors"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// parse reads one expression. The anchored modifier is always understood; Checker refuses it for servers that lack it.
func parse(text string) (parser.Expr, error) {
	return Parser().ParseExpr(text)
}

// Parse reads one expression and returns the first thing wrong with its syntax, or nil. Variables are not replaced.
func Parse(text string) []Problem {
	_, err := parse(text)
	return syntaxProblems(text, err)
}

// Format returns the canonical form of an expression: Prometheus' own formatting, one line up to 100 characters and
// indented lines beyond. Variables such as $__rate_interval come back as they were. The error is a list of Problems.
func Format(text string) (string, error) {
	_, canonical, err := formatted(text)
	return canonical, err
}

// formatted is Format with the expression, in which variables are replaced.
func formatted(text string) (expr parser.Expr, canonical string, err error) {
	ex := expandPlaceholders(text)
	expr, err = parse(ex.Text)
	if err != nil {
		return nil, "", problemsError(ex.restore(text, syntaxProblems(ex.Text, err)))
	}
	return expr, ex.unexpand(parser.Prettify(expr)), nil
}

// FormatLine is Format on one line, whatever its length.
func FormatLine(text string) (string, error) {
	ex := expandPlaceholders(text)
	expr, err := parse(ex.Text)
	if err != nil {
		return "", problemsError(ex.restore(text, syntaxProblems(ex.Text, err)))
	}
	return ex.unexpand(expr.String()), nil
}

// syntaxProblems turns the parser's error into problems; nil for nil.
func syntaxProblems(text string, err error) []Problem {
	if err == nil {
		return nil
	}
	var list parser.ParseErrors
	if !errors.As(err, &list) || len(list) == 0 {
		return []Problem{{Start: 0, End: len(text), What: "PromQL syntax: " + err.Error()}}
	}
	first := list[0] // the others follow from it
	start := min(max(int(first.PositionRange.Start), 0), len(text))
	end := min(max(int(first.PositionRange.End), start), len(text))
	return []Problem{{Start: start, End: end, What: "PromQL syntax: " + strings.TrimSpace(first.Err.Error())}}
}
