package rulelint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	prometheuslabels "github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// features finds what a server has only behind a flag. Anchored increases are among it, unless the server of the spec has them.
func features(_ *run, one rule) []string {
	found := told("anchored modifier")(nil, one)
	one.nodes(func(node parser.Node, _ []parser.Node) {
		if c, ok := node.(*parser.Call); ok && c.Func.Experimental {
			found = append(found, c.Func.Name+"() is experimental")
		}
		if a, ok := node.(*parser.AggregateExpr); ok && a.Op.IsExperimentalAggregator() {
			found = append(found, a.Op.String()+"() is experimental")
		}
	})
	return found
}

// fragile finds alerts that would flap: by series that are chosen anew at each evaluation, and by sums of different targets that are compared before
// all have been scraped.
func fragile(_ *run, one rule) []string {
	if one.Alert == "" {
		return nil
	}
	var found []string
	one.nodes(func(node parser.Node, _ []parser.Node) {
		switch n := node.(type) {
		case *parser.AggregateExpr:
			if slices.Contains([]parser.ItemType{parser.TOPK, parser.BOTTOMK, parser.LIMITK, parser.LIMIT_RATIO}, n.Op) {
				found = append(found, n.Op.String()+"() chooses other series at each evaluation")
			}
		case *parser.BinaryExpr:
			if arithmetic(n.Op) && aggregated(n.LHS) && aggregated(n.RHS) && one.For == "" {
				found = append(found, "two aggregations are compared without for")
			}
		}
	})
	return found
}

func arithmetic(op parser.ItemType) bool {
	return slices.Contains([]parser.ItemType{parser.ADD, parser.SUB, parser.MUL, parser.DIV, parser.MOD, parser.POW}, op)
}

// aggregated reports whether an expression is an aggregation over scraped series: records are there all the time.
func aggregated(e parser.Expr) bool {
	for {
		p, ok := e.(*parser.ParenExpr)
		if !ok {
			break
		}
		e = p.Expr
	}
	a, ok := e.(*parser.AggregateExpr)
	return ok && !strings.Contains(a.String(), ":")
}

// impossible finds what can yield nothing: labels that are gone, sides that never match, and conditions that contradict each other.
func impossible(_ *run, one rule) []string {
	found := told("has no label", "the sides never match")(nil, one)
	one.nodes(func(node parser.Node, _ []parser.Node) {
		s, ok := node.(*parser.VectorSelector)
		if !ok {
			return
		}
		for _, m := range s.LabelMatchers {
			if m.Type == prometheuslabels.MatchEqual && slices.ContainsFunc(s.LabelMatchers, func(other *prometheuslabels.Matcher) bool {
				return other.Name == m.Name && !other.Matches(m.Value)
			}) {
				found = append(found, "no series of "+s.Name+" has all that is asked for")
				return
			}
		}
	})
	return found
}

// nan finds divisions by what may be zero inside of an aggregation, which one such series makes worthless.
func nan(_ *run, one rule) []string {
	poisoned := []parser.ItemType{parser.SUM, parser.AVG, parser.STDDEV, parser.STDVAR}
	var found []string
	one.nodes(func(node parser.Node, path []parser.Node) {
		b, ok := node.(*parser.BinaryExpr)
		if !ok || b.Op != parser.DIV && b.Op != parser.MOD || nonzero(b.RHS) {
			return
		}
		if slices.ContainsFunc(path, func(around parser.Node) bool {
			a, ok := around.(*parser.AggregateExpr)
			return ok && slices.Contains(poisoned, a.Op)
		}) {
			found = append(found, "a division by zero would spoil the aggregation around it: "+b.String())
		}
	})
	return found
}

// nonzero reports whether a divisor cannot be zero: a number, what was compared, or what is clamped.
func nonzero(e parser.Expr) bool {
	switch e := e.(type) {
	case *parser.ParenExpr:
		return nonzero(e.Expr)
	case *parser.NumberLiteral:
		return e.Val != 0
	case *parser.BinaryExpr:
		return e.Op.IsComparisonOperator() && !e.ReturnBool || e.Op == parser.LAND && nonzero(e.LHS)
	case *parser.AggregateExpr:
		return nonzero(e.Expr)
	case *parser.Call:
		return e.Func.Name == "clamp_min" || e.Func.Name == "clamp"
	}
	return false
}

// offsets finds selectors that look back further than samples are kept.
func offsets(r *run, one rule) []string {
	var found []string
	one.nodes(func(node parser.Node, _ []parser.Node) {
		if s, ok := node.(*parser.VectorSelector); ok && s.OriginalOffset > r.Retention {
			found = append(found, fmt.Sprintf("an offset of %s, and samples are kept for %s", s.OriginalOffset, r.Retention))
		}
	})
	return found
}

// ranges finds ranges longer than samples are kept.
func ranges(r *run, one rule) []string {
	var found []string
	longest := func(d time.Duration) {
		if d > r.Retention {
			found = append(found, fmt.Sprintf("a range of %s, and samples are kept for %s", d, r.Retention))
		}
	}
	one.nodes(func(node parser.Node, _ []parser.Node) {
		switch n := node.(type) {
		case *parser.MatrixSelector:
			longest(n.Range)
		case *parser.SubqueryExpr:
			longest(n.Range)
		}
	})
	return found
}

// rates finds increases of what is no counter, and over ranges that hold fewer than two scrapes.
func rates(r *run, one rule) []string {
	found := told("which is not a counter", "of a sum of counters", "falls to zero at a restart")(nil, one)
	one.nodes(func(node parser.Node, _ []parser.Node) {
		c, ok := node.(*parser.Call)
		if !ok || !slices.Contains([]string{"rate", "irate", "increase"}, c.Func.Name) {
			return
		}
		if m, ok := c.Args[0].(*parser.MatrixSelector); ok && m.Range < 2*r.Scrape {
			found = append(found, fmt.Sprintf("%s() over %s holds fewer than two scrapes", c.Func.Name, m.Range))
		}
	})
	return found
}

// regexps finds patterns that are none, that name the ends which PromQL puts there anyway, and that take the empty value with others.
func regexps(_ *run, one rule) []string {
	found := told("also matches series without the label")(nil, one)
	one.nodes(func(node parser.Node, _ []parser.Node) {
		s, ok := node.(*parser.VectorSelector)
		if !ok {
			return
		}
		for _, m := range s.LabelMatchers {
			switch {
			case m.Type != prometheuslabels.MatchRegexp && m.Type != prometheuslabels.MatchNotRegexp:
			case regexp.QuoteMeta(m.Value) == m.Value:
				found = append(found, m.String()+" holds no pattern")
			case strings.HasPrefix(m.Value, "^") || strings.HasSuffix(m.Value, "$"):
				found = append(found, m.String()+" names ends that are there anyway")
			}
		}
	})
	return found
}
