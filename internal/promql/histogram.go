package promql

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Suffixed returns a selector of a histogram as that of one of its classic series: suffix is _bucket, _sum or _count, and
// le the bucket's bound, or nil for all. The error is a list of Problems.
func Suffixed(selector, suffix string, le *float64) (string, error) {
	expr, err := parse(selector)
	if err != nil {
		return "", problemsError(syntaxProblems(selector, err))
	}
	s, ok := expr.(*parser.VectorSelector)
	if !ok {
		return "", problemsError([]Problem{{What: "want a selector such as name{label=\"value\"}"}})
	}
	name, matchers := selectorName(s)
	matchers = slices.Clone(matchers)
	if le != nil {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, model.BucketLabel, labels.FormatOpenMetricsFloat(*le)))
	}
	s.Name = name + suffix
	s.LabelMatchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, model.MetricNameLabel, s.Name))
	return s.String(), nil
}
