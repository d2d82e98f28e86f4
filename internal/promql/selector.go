package promql

import (
	"fmt"
	"math"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/promql/parser/posrange"

	"github.com/voipbin/observability/internal/diag"
)

// selector judges the metric's name and the matchers of a selector.
func (r *run) selector(s *parser.VectorSelector) vector {
	at := s.PositionRange()
	if s.Anchored && !r.anchored {
		r.report(at, "leave the modifier out, or raise prometheus.version in the spec", "the anchored modifier needs Prometheus 3.16")
	}
	name, matchers := selectorName(s)
	if name == "" {
		r.report(at, "name one metric, so that its labels can be checked", "the selector does not name a metric")
		return vector{open: true, kind: unknown}
	}
	if isPlaceholder(name) {
		return vector{open: true, kind: unknown}
	}
	v, known := r.series(name)
	if !known {
		r.report(r.token(at, name), r.unknownNameHint(name), "unknown metric %q", name)
		return vector{open: true, kind: unknown}
	}
	for _, m := range matchers {
		v = r.matcher(v, m, r.token(at, m.Name))
	}
	return v
}

// selectorName returns the metric that a selector names, and the other matchers.
func selectorName(s *parser.VectorSelector) (string, []*labels.Matcher) {
	name := s.Name
	matchers := make([]*labels.Matcher, 0, len(s.LabelMatchers))
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel {
			matchers = append(matchers, m)
		} else if m.Type == labels.MatchEqual {
			name = m.Value
		}
	}
	return name, matchers
}

// series finds a recorded or scraped series by name.
func (r *run) series(name string) (vector, bool) {
	if rec, ok := r.records[name]; ok {
		return recordVector(rec), true
	}
	f, suffix, declared := r.catalogue.Resolve(name)
	seen, seenSuffix, observed := r.observed.Resolve(name)
	switch {
	case declared && observed:
		v := r.familyVector(f, suffix)
		for _, l := range seen.Labels {
			if _, known := v.labels[l.Name]; !known {
				v = v.with(l.Name, label{})
			}
		}
		return r.possible(v, seen.Name), true
	case declared:
		return r.familyVector(f, suffix), true
	case observed:
		return r.possible(r.familyVector(seen, seenSuffix), seen.Name), true
	}
	return vector{}, false
}

// possible adds what an observed family may have besides what was seen of it.
func (r *run) possible(v vector, name string) vector {
	o := r.seen[name]
	for _, n := range o.Possible {
		if _, known := v.labels[n]; !known {
			v = v.with(n, label{maybe: true, unsaid: true})
		}
	}
	v.open = v.open || o.Open
	return v
}

// unknownNameHint says what the name may have been meant to be.
func (r *run) unknownNameHint(name string) string {
	base := name
	for _, suffix := range []string{"_bucket", "_sum", "_count", "_total"} {
		base = strings.TrimSuffix(base, suffix)
	}
	for _, candidate := range []string{base, base + "_total"} {
		if _, ok := r.series(candidate); ok {
			return fmt.Sprintf("did you mean %q?", candidate)
		}
	}
	if hint := diag.DidYouMean(name, r.names); hint != "" {
		return hint
	}
	if len(r.seen) > 0 {
		return "nothing exposes or records it"
	}
	return "docs/METRICS.md lists every metric"
}

// matcher judges one label matcher and returns the vector it leaves.
func (r *run) matcher(v vector, m *labels.Matcher, at posrange.PositionRange) vector {
	if !v.has(m.Name) {
		r.unknownLabel(at, m.Name, v)
		return v
	}
	if isPlaceholder(m.Value) {
		return v
	}
	l := v.labels[m.Name]
	switch m.Type {
	case labels.MatchEqual, labels.MatchNotEqual:
		r.matchedValue(at, v, l, m.Name, m.Value)
	case labels.MatchRegexp, labels.MatchNotRegexp:
		r.matchedPattern(at, v, l, m)
	}
	if m.Type == labels.MatchEqual && m.Value != "" {
		l.pinned = true
		v = v.with(m.Name, l)
	}
	return v
}

// matchedValue judges a value that a label is compared with.
func (r *run) matchedValue(at posrange.PositionRange, v vector, l label, name, value string) {
	if l.values == nil || value == "" || slices.Contains(l.values, value) {
		return
	}
	if name == "le" {
		r.report(at, nearestBounds(value, l.values), "%q has no bucket le=%q", v.family, value)
		return
	}
	hint := diag.DidYouMean(value, l.values)
	if hint == "" {
		hint = "values are " + quoteList(l.values)
	}
	r.report(at, hint, "label %q of %q is never %q", name, v.family, value)
}

// matchedPattern judges a regular expression that a label is compared with.
func (r *run) matchedPattern(at posrange.PositionRange, v vector, l label, m *labels.Matcher) {
	if m.Type == labels.MatchRegexp && m.Matches("") {
		r.report(at, "drop the empty alternative; use .+ for any value", "%s=~%q also matches series without the label", m.Name, m.Value)
		return
	}
	if l.values == nil {
		return
	}
	for _, alternative := range alternatives(m.Value) {
		part, err := labels.NewMatcher(labels.MatchRegexp, m.Name, alternative)
		if err != nil || slices.ContainsFunc(l.values, part.Matches) {
			continue
		}
		r.matchedValue(at, v, l, m.Name, alternative)
	}
}

// alternatives splits a regular expression at its outermost bars.
func alternatives(pattern string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '|':
			if depth == 0 {
				parts = append(parts, pattern[from:i])
				from = i + 1
			}
		}
	}
	parts = append(parts, pattern[from:])
	for _, p := range parts {
		if _, err := syntax.Parse(p, syntax.Perl); err != nil {
			return []string{pattern}
		}
	}
	return parts
}

// boundLabels returns bucket bounds as Prometheus 3 writes them in the le label, +Inf included; nil for none.
func boundLabels(bounds []float64) []string {
	if bounds == nil {
		return nil
	}
	out := make([]string, 0, len(bounds)+1)
	for _, b := range append(slices.Clone(bounds), math.Inf(1)) {
		out = append(out, labels.FormatOpenMetricsFloat(b)) // whole numbers keep a decimal: 1.0
	}
	return out
}

// nearestBounds is a hint that names the bucket bounds around a value.
func nearestBounds(value string, bounds []string) string {
	x, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return "bounds are " + quoteList(bounds)
	}
	if exact := labels.FormatOpenMetricsFloat(x); slices.Contains(bounds, exact) {
		return fmt.Sprintf("write it as Prometheus 3 stores it: le=%q", exact)
	}
	above := slices.IndexFunc(bounds, func(b string) bool {
		y, err := strconv.ParseFloat(b, 64)
		return err == nil && y > x
	})
	if above <= 0 {
		return fmt.Sprintf("the lowest bound is %q", bounds[0])
	}
	return "the nearest bounds are " + quoteList(bounds[above-1:above+1])
}
