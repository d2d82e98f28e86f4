package promql

import (
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// Beyond returns a condition of other selections, of which each is of the same series, that this one neither has nor implies; empty when one of
// them takes all that this one does, as far as can be told. Values lists what a label can be, or nil when that is open.
func (s Selection) Beyond(others []Selection, values func(label string) []string) string {
	missing := ""
	for _, other := range others {
		lacks := s.lacks(other, values)
		if lacks == "" {
			return ""
		}
		if missing == "" {
			missing = lacks
		}
	}
	return missing
}

// lacks returns a condition of another selection of the same series that this one does not imply.
func (s Selection) lacks(other Selection, values func(string) []string) string {
	for _, m := range other.matchers {
		if !s.implies(m, values(m.Name)) {
			return m.String()
		}
	}
	return ""
}

// implies reports whether each series of the selection has a value of the matcher's label that the matcher accepts. Of two patterns for a
// label whose values nobody knows it is told by examples: when none of an alternative of the one is accepted by the other, it is not so.
func (s Selection) implies(m *labels.Matcher, values []string) bool {
	own := s.of(m.Name)
	switch {
	case slices.ContainsFunc(own, func(have *labels.Matcher) bool { return have.String() == m.String() }):
		return true
	case m.Name == model.BucketLabel && m.Type == labels.MatchEqual:
		return slices.ContainsFunc(own, func(have *labels.Matcher) bool { return have.Type == labels.MatchEqual && within(have.Value, m.Value) })
	case values != nil && len(own) > 0:
		return !slices.ContainsFunc(values, func(v string) bool { return accepts(own, v) && !m.Matches(v) })
	}
	for _, have := range own {
		switch have.Type {
		case labels.MatchEqual:
			if m.Matches(have.Value) {
				return true
			}
		case labels.MatchRegexp:
			if !leavesOut(have.Value, own, m) {
				return true
			}
		}
	}
	return false
}

// within reports whether the events up to one bound of a histogram are among those up to another.
func within(bound, of string) bool {
	a, errA := strconv.ParseFloat(bound, 64)
	b, errB := strconv.ParseFloat(of, 64)
	return errA == nil && errB == nil && a <= b
}

// leavesOut reports whether a matcher accepts no example of one of a pattern's alternatives.
func leavesOut(pattern string, own []*labels.Matcher, m *labels.Matcher) bool {
	for _, alternative := range alternatives(pattern) {
		examples := slices.DeleteFunc(examplesOf(alternative), func(v string) bool { return !accepts(own, v) })
		if len(examples) > 0 && !slices.ContainsFunc(examples, m.Matches) {
			return true
		}
	}
	return false
}

// accepts reports whether all matchers accept a value.
func accepts(matchers []*labels.Matcher, value string) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(value) })
}

// of returns the matchers of a label.
func (s Selection) of(label string) []*labels.Matcher {
	var own []*labels.Matcher
	for _, m := range s.matchers {
		if m.Name == label {
			own = append(own, m)
		}
	}
	return own
}

// The most repetitions of a part of a pattern in an example of it, and the longest example.
const (
	mostRepeats    = 3
	longestExample = 200
)

// examplesOf returns some texts that a pattern may match: with one, two and three of what may be there any number of times.
func examplesOf(pattern string) []string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	var examples []string
	for n := 1; n <= mostRepeats; n++ {
		var text strings.Builder
		example(&text, parsed, n)
		if text.Len() <= longestExample && !slices.Contains(examples, text.String()) {
			examples = append(examples, text.String())
		}
	}
	return examples
}

// example writes a text that a pattern matches, with n of each part that may repeat. Any character is written as 0: values that people tell
// apart by patterns are codes.
func example(out *strings.Builder, re *syntax.Regexp, n int) {
	if out.Len() > longestExample {
		return
	}
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			out.WriteRune(re.Rune[0])
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('0')
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			example(out, sub, n)
		}
	case syntax.OpAlternate, syntax.OpQuest:
		example(out, re.Sub[0], n)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		times := max(n, re.Min)
		if re.Op == syntax.OpRepeat && re.Max >= 0 {
			times = min(times, re.Max)
		}
		for range times {
			example(out, re.Sub[0], n)
		}
	}
}

// OpenPatterns returns the patterns of the selection that may match values without end, of labels whose values are known: text is the condition, and the
// values are those that it stands for. One that takes any value is meant so.
func (s Selection) OpenPatterns(values func(label string) []string) []OpenPattern {
	var open []OpenPattern
	for _, m := range s.matchers {
		known := values(m.Name)
		if m.Type != labels.MatchRegexp || known == nil || m.Value == ".+" || m.Value == ".*" {
			continue
		}
		parsed, err := syntax.Parse(m.Value, syntax.Perl)
		if err != nil || !endless(parsed) {
			continue
		}
		o := OpenPattern{Text: m.String()}
		for _, v := range known {
			if m.Matches(v) {
				o.Values = append(o.Values, v)
			}
		}
		open = append(open, o)
	}
	return open
}

// OpenPattern is a condition on a label that may match values without end.
type OpenPattern struct {
	Text   string   // as PromQL writes it
	Values []string // those known values that it takes; nil for none
}

// endless reports whether a pattern has a part that may repeat without end.
func endless(re *syntax.Regexp) bool {
	switch {
	case re.Op == syntax.OpStar, re.Op == syntax.OpPlus, re.Op == syntax.OpRepeat && re.Max < 0:
		return true
	}
	return slices.ContainsFunc(re.Sub, endless)
}

// Takes returns the first of some values of a label that the selection takes because of what it says of the label: it asks for it by name, a
// pattern of codes matches it, or it is left when a pattern of codes is excluded. Known are the label's values, nil when they are open.
func (s Selection) Takes(label string, words, known []string) (string, bool) {
	own := s.of(label)
	for _, w := range words {
		if !accepts(own, w) || known != nil && !slices.Contains(known, w) {
			continue
		}
		if slices.ContainsFunc(own, func(m *labels.Matcher) bool { return particular(m, known != nil) }) {
			return w, true
		}
	}
	return "", false
}

// stranger is a value that no pattern of codes is about.
const stranger = "some thing"

// particular reports whether a matcher chooses by what a value is: other than one that takes or leaves nearly any.
func particular(m *labels.Matcher, known bool) bool {
	switch m.Type {
	case labels.MatchEqual:
		return true
	case labels.MatchRegexp:
		return !m.Matches(stranger)
	case labels.MatchNotRegexp:
		return m.Matches(stranger) && coded(m.Value)
	}
	return known && m.Value != ""
}

// coded reports whether a pattern is about codes of three characters, as those of SIP and HTTP are.
func coded(pattern string) bool {
	return slices.ContainsFunc(alternatives(pattern), func(a string) bool {
		return slices.ContainsFunc(examplesOf(a), func(v string) bool { return len(v) == 3 && v[0] >= '1' && v[0] <= '6' })
	})
}

// Labels returns the names of the labels that the selection asks for, each once, in order.
func (s Selection) Labels() []string {
	var names []string
	for _, m := range s.matchers {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
