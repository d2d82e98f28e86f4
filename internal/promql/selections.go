package promql

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Selection is one selector of an expression.
type Selection struct {
	Name     string
	matchers []*labels.Matcher
}

// Selections returns the selectors of an expression, in the order in which they stand. The error is a list of Problems.
func Selections(text string) ([]Selection, error) {
	expr, err := parse(text)
	if err != nil {
		return nil, problemsError(syntaxProblems(text, err))
	}
	var found []Selection
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			found = append(found, selectionOf(s))
		}
		return nil
	})
	return found, nil
}

func selectionOf(s *parser.VectorSelector) Selection {
	name, matchers := selectorName(s)
	return Selection{Name: name, matchers: matchers}
}

// String is the selection as PromQL writes it.
func (s Selection) String() string {
	if len(s.matchers) == 0 {
		return s.Name
	}
	conditions := make([]string, len(s.matchers))
	for i, m := range s.matchers {
		conditions[i] = m.String()
	}
	return s.Name + "{" + strings.Join(conditions, ",") + "}"
}

// Conditions is how many labels the selection asks for.
func (s Selection) Conditions() int { return len(s.matchers) }

// Counted returns the selectors of an expression whose events are added up, in the order in which they stand: those of conditions, and what is
// taken away, are not among them. The error is a list of Problems.
func Counted(text string) ([]Selection, error) {
	expr, err := parse(text)
	if err != nil {
		return nil, problemsError(syntaxProblems(text, err))
	}
	return added(expr), nil
}

func added(e parser.Expr) []Selection {
	switch e := e.(type) {
	case *parser.VectorSelector:
		return []Selection{selectionOf(e)}
	case *parser.BinaryExpr:
		found := added(e.LHS)
		if e.Op == parser.SUB || e.Op == parser.LAND || e.Op == parser.LUNLESS || e.Op.IsComparisonOperator() {
			return found
		}
		return append(found, added(e.RHS)...)
	}
	var found []Selection
	for child := range parser.ChildrenIter(e) {
		if inner, ok := child.(parser.Expr); ok {
			found = append(found, added(inner)...)
		}
	}
	return found
}

// Example returns labels of a series that the selection takes and, unless it is nil, the other does not. Values lists
// what a label of the series can be, or nil when that is open. False means that none could be thought of.
func (s Selection) Example(not *Selection, values func(label string) []string) (map[string]string, bool) {
	set := make(map[string]string)
	for _, m := range s.matchers {
		if v, ok := s.choose(m.Name, values, nil); !ok {
			return nil, false
		} else if v != "" {
			set[m.Name] = v
		}
	}
	if not == nil {
		return set, true
	}
	for _, m := range not.matchers {
		if v, ok := s.choose(m.Name, values, m); ok {
			set[m.Name] = v
			return set, true
		}
	}
	return nil, false
}

// choose finds a value of a label that all matchers of the selection accept, and that one more does not.
func (s Selection) choose(name string, values func(string) []string, not *labels.Matcher) (string, bool) {
	candidates := values(name)
	for _, m := range s.matchers {
		if m.Name == name && (m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp) {
			candidates = append(candidates, alternatives(m.Value)...)
		}
	}
	candidates = append(candidates, "other", "200", "0")
	for _, v := range candidates {
		accepted := not == nil || !not.Matches(v)
		for _, m := range s.matchers {
			accepted = accepted && (m.Name != name || m.Matches(v))
		}
		if accepted {
			return v, true
		}
	}
	return "", false
}

// Asked returns the values that the selection asks of a label by name or in a plain pattern, by the label's name.
func (s Selection) Asked() map[string][]string {
	asked := make(map[string][]string)
	for _, m := range s.matchers {
		if m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp {
			asked[m.Name] = append(asked[m.Name], alternatives(m.Value)...)
		}
	}
	return asked
}
