package rules

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// shape is what holds for every objective of one shape. Two are of one shape when nothing differs between their expressions but values of
// labels, of the same lengths and equal to each other in the same places: then all of their expressions have the same moulds, which are weighed
// and judged once, and all that is made of the second and of others is cast from one pattern.
type shape struct {
	filled
	rest rest
	// pattern is made when the second objective is met; it is nil where one of the expressions has no mould.
	pattern func() *pattern
	records []Record        // the names of series, with what is recorded of them, are the same too
	steps   []time.Duration // of its test files
}

// rest is what objectives of one shape have in common besides the form of their expressions.
type rest struct {
	slo     spec.SLO // without words and places
	windows []time.Duration
	born    bool
	inputs  int
}

// filled says which sections an objective has rules in, besides its events and its budget.
type filled struct{ counters, days, counted bool }

// shapes are those that were met, by the form of their expressions. They may be used by several goroutines.
type shapes struct {
	mu    sync.Mutex
	known map[string][]*shape
}

func newShapes() *shapes { return &shapes{known: make(map[string][]*shape)} }

// find returns the shape of a form and the rest, nil for one that was not met.
func (s *shapes) find(form string, rest rest) *shape {
	s.mu.Lock()
	alike := s.known[form]
	s.mu.Unlock()
	for _, met := range alike {
		if reflect.DeepEqual(met.rest, rest) {
			return met
		}
	}
	return nil
}

// keep remembers a shape.
func (s *shapes) keep(form string, met *shape) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[form] = append(s.known[form], met)
}

// shapeOf tells shapes apart: by the form of expressions, with the lengths of labels' values, numbered, in the place of these, and by the rest that
// the spec says, but for words that stand in no expression. The form is empty for objectives that are made as a whole: of other kinds than most, or of
// texts in which marks could not be told from words.
func shapeOf(s spec.SLO, from source) (form string, same rest, w words) {
	if s.SLI.Kind != spec.Events && s.SLI.Kind != spec.Latency || len(s.Name) < shortestMark {
		return "", rest{}, nil
	}
	w = wordsOf(s)
	values := []string{s.Name} // which is a value too, of the label slo
	text := strconv.AppendFloat(strconv.AppendInt(make([]byte, 0, usualForm), int64(len(s.Name)), 10), s.Objective, 'g', -1, 64)
	for _, e := range []*spec.Expr{&s.SLI.Errors, &s.SLI.Good, &s.SLI.Total, &s.SLI.Metric} {
		text = appendNumbered(append(text, 0), e.Text, &values)
		*e = spec.Expr{}
	}
	for _, v := range sortedPlaces(values[1:]) { // the order in which they are printed may depend on it
		text = strconv.AppendInt(append(text, ' '), int64(v), 10)
	}
	w = append(w, values[1:]...)
	if len(w) > mostWords || marked(string(text)) || slices.ContainsFunc(w, marked) || slices.ContainsFunc(s.Policy, func(p spec.PolicyStep) bool { return marked(p.Action) }) {
		return "", rest{}, nil
	}
	s.SLI.ThresholdExpr.Pos, s.SLI.ThresholdExpr.Anchors = diag.Position{}, nil
	s.Name, s.Title, s.Owner = "", "", ""
	s.Description, s.Dashboard = strconv.FormatBool(s.Description != ""), strconv.FormatBool(s.Dashboard != "")
	s.Policy, s.Suppliers, s.Pos, s.Traffic.Pos, s.Group = slices.Clone(s.Policy), nil, diag.Position{}, diag.Position{}, spec.Group{}
	for i := range s.Policy {
		s.Policy[i].Pos = diag.Position{}
	}
	return string(text), rest{s, from.windows, from.born != nil, len(from.inputs)}, w
}

// appendNumbered adds an expression with the lengths and the numbers of its values in their place. Those for which a mark would be too long stay.
func appendNumbered(form []byte, expr string, values *[]string) []byte {
	between, own := matched(expr, nil, nil)
	form = append(form, between[0]...)
	for i, v := range own {
		if len(v) < shortestMark {
			form = append(form, v...)
		} else {
			form = strconv.AppendInt(append(strconv.AppendInt(form, int64(len(v)), 10), '#'), int64(place(values, v)), 10)
		}
		form = append(form, between[i+1]...)
	}
	return form
}

// sortedPlaces are the places of values in their order.
func sortedPlaces(values []string) []int {
	places := make([]int, len(values))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return strings.Compare(values[a], values[b]) })
	return places
}

// place returns where a value first stands in a list, to which it is added if it is new.
func place(values *[]string, v string) int {
	at := slices.Index(*values, v)
	if at < 0 {
		at = len(*values)
		*values = append(*values, v)
	}
	return at
}
