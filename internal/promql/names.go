package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// Parser returns the parser with which everything here is read, for an engine that evaluates it.
func Parser() parser.Parser {
	return parser.NewParser(parser.Options{EnableExtendedRangeSelectors: true})
}

// Names returns the names of the series that an expression reads, each once, in order. A selector without a name is left
// out. The error is a list of Problems.
func Names(text string) ([]string, error) {
	expr, err := parse(text)
	if err != nil {
		return nil, problemsError(syntaxProblems(text, err))
	}
	var names []string
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			if name, _ := selectorName(s); name != "" {
				names = append(names, name)
			}
		}
		return nil
	})
	slices.Sort(names)
	return slices.Compact(names), nil
}
