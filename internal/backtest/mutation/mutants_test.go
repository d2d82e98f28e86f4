package mutation_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

// mutant is one of an objective's rules with one thing wrong in it.
type mutant struct {
	name string // rule, and what was changed
	file string
	at   [2]int // group and rule
	rule rules.Rule
	// naught is true in what is taken times 0.
	naught bool
}

// wrong is in the place of a label's value.
const wrong = "wrong"

// mutants are all changes of one thing in a rule: each number, window, step and offset once smaller and once larger, each value of a
// label, each matcher, what an alert waits for, and each number of its texts.
func mutants(r rules.Rule) ([]mutant, error) {
	var all []mutant
	title := strings.TrimSpace(r.Record + r.Alert + " " + r.Labels["burn"])
	add := func(what string, change func(*rules.Rule)) {
		changed := r
		changed.Labels, changed.Annotations = maps.Clone(r.Labels), maps.Clone(r.Annotations)
		change(&changed)
		all = append(all, mutant{name: title + ": " + what, rule: changed})
	}
	exprs, err := expressions(r.Expr)
	if err != nil {
		return nil, err
	}
	for _, e := range exprs {
		add(e.what, func(c *rules.Rule) { c.Expr = e.text })
		all[len(all)-1].naught = e.naught
	}
	for _, name := range slices.Sorted(maps.Keys(r.Labels)) {
		add("label "+name, func(c *rules.Rule) { c.Labels[name] = wrong })
	}
	if r.For != "" {
		hold, err := model.ParseDuration(r.For)
		if err != nil {
			return nil, err
		}
		for _, other := range sizes(time.Duration(hold)) {
			add(fmt.Sprintf("for %s instead of %s", other, r.For), func(c *rules.Rule) { c.For = other })
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Annotations)) {
		for i, text := range misquoted(r.Annotations[name]) {
			add(fmt.Sprintf("number %d of the %s", i+1, name), func(c *rules.Rule) { c.Annotations[name] = text })
		}
	}
	return all, nil
}

var numbers = regexp.MustCompile(`\d+(\.\d+)?`)

// misquoted are a text with one of its numbers changed.
func misquoted(text string) []string {
	var all []string
	for _, m := range numbers.FindAllStringIndex(text, -1) {
		all = append(all, text[:m[1]]+"1"+text[m[1]:])
	}
	return all
}

// expression is a changed one.
type expression struct {
	what, text string
	naught     bool
}

// expressions are all changes of one thing in an expression.
func expressions(text string) ([]expression, error) {
	var all []expression
	seen := map[string]int{}
	for site := 0; ; site++ {
		expr, err := promql.Parser().ParseExpr(text)
		if err != nil {
			return nil, err
		}
		whats := changesAt(expr, site)
		if whats == nil {
			return all, nil
		}
		for i, c := range whats {
			expr, err = promql.Parser().ParseExpr(text)
			if err != nil {
				return nil, err
			}
			changesAt(expr, site)[i].apply()
			seen[c.what]++
			what := c.what
			if n := seen[what]; n > 1 {
				what = fmt.Sprintf("%s, place %d", what, n)
			}
			all = append(all, expression{what, expr.String(), c.naught})
		}
	}
}

// change is one that can be made in a parsed expression.
type change struct {
	what   string
	apply  func()
	naught bool
}

// changesAt are the changes of one place of an expression; nil when there are fewer places.
func changesAt(expr parser.Expr, site int) []change {
	var places [][]change
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		before := len(places)
		defer func() {
			for _, place := range places[before:] {
				for i := range place {
					place[i].naught = timesNaught(node, path)
				}
			}
		}()
		switch n := node.(type) {
		case *parser.NumberLiteral:
			places = append(places, numberChanges(n))
		case *parser.MatrixSelector:
			places = append(places, durationChanges("window", &n.Range))
		case *parser.SubqueryExpr:
			places = append(places, durationChanges("window", &n.Range), durationChanges("step", &n.Step))
			if n.OriginalOffset != 0 {
				places = append(places, durationChanges("offset", &n.OriginalOffset))
			}
		case *parser.VectorSelector:
			if n.OriginalOffset != 0 {
				places = append(places, durationChanges("offset", &n.OriginalOffset))
			}
			for i, m := range n.LabelMatchers {
				if m.Name != nameLabel {
					places = append(places, []change{{what: fmt.Sprintf("%s%s%q instead of %q", m.Name, m.Type, wrong, m.Value), apply: func() {
						n.LabelMatchers[i] = labels.MustNewMatcher(m.Type, m.Name, wrong)
					}}})
				}
			}
		}
		return nil
	})
	if site >= len(places) {
		return nil
	}
	return places[site]
}

// timesNaught reports whether a node stands in what is taken times 0; the path leads to it.
func timesNaught(node parser.Node, path []parser.Node) bool {
	return slices.ContainsFunc(path, func(around parser.Node) bool {
		product, ok := around.(*parser.BinaryExpr)
		if !ok || product.Op != parser.MUL {
			return false
		}
		n, ok := product.LHS.(*parser.NumberLiteral)
		return ok && n.Val == 0 && n != node
	})
}

// numberChanges make a number a quarter larger and smaller, and a whole one at least by one. Nothing is smaller than 0 here, and an infinite
// number stays what it is, whatever is added to it.
func numberChanges(n *parser.NumberLiteral) []change {
	v := n.Val
	if math.IsInf(v, 0) {
		return []change{}
	}
	others := []float64{v * 1.25, v * 0.75}
	if v == float64(int(v)) {
		by := max(1, float64(int(v/4)))
		others = []float64{v + by, v - by}
	}
	if v == 0 {
		others = others[:1]
	}
	all := make([]change, len(others))
	for i, other := range others {
		other = slo.Clean(other)
		all[i] = change{what: fmt.Sprintf("%v instead of %v", other, v), apply: func() { n.Val = other }}
	}
	return all
}

// durationChanges make a duration twice and half as long.
func durationChanges(what string, d *time.Duration) []change {
	others := []time.Duration{*d * 2, (*d / 2).Truncate(time.Second)}
	all := make([]change, len(others))
	for i, other := range others {
		all[i] = change{what: fmt.Sprintf("%s %s instead of %s", what, slo.FormatDuration(other), slo.FormatDuration(*d)), apply: func() { *d = other }}
	}
	return all
}

// sizes are a duration twice and half as long, as rules write it.
func sizes(d time.Duration) []string {
	return []string{slo.FormatDuration(d * 2), slo.FormatDuration((d / 2).Truncate(time.Second))}
}
