package mutation_test

import (
	"fmt"
	"sync"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/promql"
)

// nameLabel holds the name of a series, and alerts is the one by which alerts are asked for.
const (
	nameLabel = "__name__"
	alerts    = "ALERTS"
)

// read is one selector of an expression, with what says of which times it wants samples. All times are in milliseconds.
type read struct {
	name         string // of the series, or of the alert that is asked for
	within       []subquery
	offset, over int64 // over is 0 for the latest sample alone
}

// subquery is one that a selector stands in.
type subquery struct{ over, step, offset int64 }

// reads remembers what expressions read.
type reads struct {
	mu    sync.Mutex
	known map[string][]read
}

// of returns the selectors of an expression.
func (r *reads) of(text string) ([]read, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if found, ok := r.known[text]; ok {
		return found, nil
	}
	expr, err := promql.Parser().ParseExpr(text)
	if err != nil {
		return nil, err
	}
	found := []read{}
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		one, problem := readOf(selector, path)
		if problem != nil {
			err = problem
		}
		found = append(found, one)
		return nil
	})
	r.known[text] = found
	return found, err
}

func readOf(s *parser.VectorSelector, path []parser.Node) (read, error) {
	one := read{name: seriesName(s.LabelMatchers), offset: s.OriginalOffset.Milliseconds()}
	if one.name == "" || s.Timestamp != nil || s.Smoothed {
		return one, fmt.Errorf("%s: not known when it reads what", s)
	}
	for _, around := range path {
		switch n := around.(type) {
		case *parser.SubqueryExpr:
			one.within = append(one.within, subquery{n.Range.Milliseconds(), n.Step.Milliseconds(), n.OriginalOffset.Milliseconds()})
			if n.Step == 0 || n.Timestamp != nil {
				return one, fmt.Errorf("%s: not known when it reads what", n)
			}
		case *parser.MatrixSelector:
			one.over = n.Range.Milliseconds()
		}
	}
	if s.Anchored {
		one.over += lookback.Milliseconds() // it wants the last sample before its window
	}
	return one, nil
}

// seriesName is the name that matchers want; of alerts, that of the alert.
func seriesName(matchers []*labels.Matcher) string {
	name, alert := "", ""
	for _, m := range matchers {
		switch {
		case m.Type != labels.MatchEqual:
		case m.Name == nameLabel:
			name = m.Value
		case m.Name == labels.AlertName:
			alert = m.Value
		}
	}
	if name == alerts {
		return alert
	}
	return name
}

// moments visits the evaluations, step apart from a start on, whose samples are wanted at a time.
func (r read) moments(t, start, step int64, visit func(int64)) {
	times := []int64{t}
	for _, s := range r.within {
		var inner []int64
		for _, around := range times {
			last := around - s.offset
			for at := floor(last, s.step); at > last-s.over; at -= s.step {
				inner = append(inner, at)
			}
		}
		times = inner
	}
	for _, at := range times {
		at -= r.offset
		latest := start + floor(at-start, step)
		visit(latest)
		for g := latest - step; g > at-r.over; g -= step {
			visit(g)
		}
	}
}

// floor is the last multiple of a step that is not after a time.
func floor(t, step int64) int64 {
	rest := t % step
	if rest < 0 {
		rest += step
	}
	return t - rest
}

// milliseconds reads a duration as stories and rules write it.
func milliseconds(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	d, err := config.ParseDuration(text)
	return d.Milliseconds(), err
}
