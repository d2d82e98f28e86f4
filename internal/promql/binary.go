package promql

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/voipbin/observability/internal/metric"
)

// binary judges an operator between two expressions.
func (r *run) binary(e *parser.BinaryExpr) vector {
	left, right := r.expr(e.LHS), r.expr(e.RHS)
	if !e.Op.IsSetOperator() || e.Op == parser.LOR && left.kind != right.kind {
		r.levelUse(left, e.LHS)
		r.levelUse(right, e.RHS)
	}
	switch {
	case left.kind == scalar && right.kind == scalar:
		return left
	case left.kind == scalar:
		return right.as(level)
	case right.kind == scalar:
		return left.as(level)
	}
	r.matching(e, left, right)
	switch e.Op {
	case parser.LOR:
		return union(left, right)
	case parser.LAND, parser.LUNLESS:
		return left
	}
	return matched(e.VectorMatching, left, right)
}

// matched returns the labels that a match leaves.
func matched(m *parser.VectorMatching, left, right vector) vector {
	many, one := left, right
	switch m.Card {
	case parser.CardOneToMany:
		many, one = right, left
	case parser.CardOneToOne:
		if m.On {
			many = many.keep(m.MatchingLabels)
		} else {
			many = many.drop(m.MatchingLabels...)
		}
	}
	for _, n := range m.Include {
		many = many.with(n, one.labels[n])
	}
	many.kind, many.family = level, ""
	return many
}

// matching judges whether the two sides of an operator can find each other.
func (r *run) matching(e *parser.BinaryExpr, left, right vector) {
	m := e.VectorMatching
	at := between(e.LHS, e.RHS)
	if r.matchingLabels(at, m, left, right) {
		return // what follows would only repeat it
	}
	if e.Op == parser.LOR {
		return
	}
	if !m.On && !left.open && !right.open {
		r.sameLabels(at, left.drop(m.MatchingLabels...), right.drop(m.MatchingLabels...))
	}
	if m.Card == parser.CardOneToOne {
		r.unmatchedLabels(at, m, left, right)
	}
}

// matchingLabels judges the labels that on(), ignoring() and group_left() name. It reports whether one is wrong.
func (r *run) matchingLabels(at posrange.PositionRange, m *parser.VectorMatching, left, right vector) bool {
	before := len(r.problems)
	for _, n := range m.MatchingLabels {
		place := r.clauseLabel(at, n, parser.ON, parser.IGNORING)
		switch {
		case !m.On && !left.has(n) && !right.has(n):
			r.report(place, "", "neither side has the label %q that is ignored", n)
		case m.On && !left.has(n):
			r.unknownLabel(place, n, left.named("the left side"))
		case m.On && !right.has(n):
			r.unknownLabel(place, n, right.named("the right side"))
		}
	}
	one, side := right, "the right side"
	if m.Card == parser.CardOneToMany {
		one, side = left, "the left side"
	}
	for _, n := range m.Include {
		if !one.has(n) {
			r.unknownLabel(r.clauseLabel(at, n, parser.GROUP_LEFT, parser.GROUP_RIGHT), n, one.named(side))
		}
	}
	return len(r.problems) > before
}

// sameLabels reports labels that only one side has: series match when all their labels are equal.
func (r *run) sameLabels(at posrange.PositionRange, left, right vector) {
	onlyLeft, onlyRight := surplus(left, right), surplus(right, left)
	if len(onlyLeft) > 0 {
		r.report(at, "say on(...) or ignoring(...)", "the sides never match: only the left has %s", quoteList(onlyLeft))
	}
	if len(onlyRight) > 0 {
		r.report(at, "say on(...) or ignoring(...)", "the sides never match: only the right has %s", quoteList(onlyRight))
	}
}

// surplus lists the labels that every series of a has and none of b.
func surplus(a, b vector) []string {
	var names []string
	for _, n := range a.labelNames() {
		if !a.labels[n].maybe && !b.has(n) {
			names = append(names, n)
		}
	}
	return names
}

// unmatchedLabels reports labels outside the match that surely take several values on a side: Prometheus then finds
// several series for one and fails. Labels without a known list of values are left alone, as one may be all there is.
func (r *run) unmatchedLabels(at posrange.PositionRange, m *parser.VectorMatching, left, right vector) {
	var free [2][]string
	for i, v := range []vector{left, right} {
		for _, n := range v.labelNames() {
			inMatch := slices.Contains(m.MatchingLabels, n) == m.On
			if !inMatch && v.labels[n].several() && !slices.Contains(metric.TargetLabels(), n) {
				free[i] = append(free[i], n)
			}
		}
	}
	switch {
	case len(free[0]) > 0 && len(free[1]) > 0:
		names := slices.Concat(free[0], free[1])
		slices.Sort(names)
		r.report(at, "add up one side first", "many series on both sides: they differ in %s", quoteList(slices.Compact(names)))
	case len(free[0]) > 0:
		r.report(at, "add group_left(), or add up the left side", "several series on the left for one on the right: they differ in %s", quoteList(free[0]))
	case len(free[1]) > 0:
		r.report(at, "add group_right(), or add up the right side", "several series on the right for one on the left: they differ in %s", quoteList(free[1]))
	}
}
