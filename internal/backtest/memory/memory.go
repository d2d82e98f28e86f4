// Package memory lets Prometheus' engine read series that somebody holds in memory. It holds none itself, and answers nothing that only an
// HTTP API asks.
package memory

import (
	"context"
	"errors"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// Reader finds the series that all matchers accept, in any order. The hints say of which times, in milliseconds since 1970, samples are
// wanted; the engine leaves out others itself.
type Reader func(hints *storage.SelectHints, matchers []*labels.Matcher) []storage.Series

// Accepts reports whether all matchers accept a set of labels.
func Accepts(matchers []*labels.Matcher, set labels.Labels) bool {
	return !slices.ContainsFunc(matchers, func(m *labels.Matcher) bool { return !m.Matches(set.Get(m.Name)) })
}

// Querier returns the reader itself.
func (r Reader) Querier(_, _ int64) (storage.Querier, error) { return r, nil }

// Select returns the series in the order of their labels.
func (r Reader) Select(_ context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	found := r(hints, matchers)
	slices.SortFunc(found, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &seriesSet{series: found, at: -1}
}

// errNotSupported is the answer to questions that only an HTTP API asks.
var errNotSupported = errors.New("not supported")

// LabelValues is not needed by the engine.
func (Reader) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNotSupported
}

// LabelNames is not needed by the engine.
func (Reader) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errNotSupported
}

// Close has nothing to close.
func (Reader) Close() error { return nil }

// seriesSet goes through the series that were found.
type seriesSet struct {
	series []storage.Series
	at     int
}

// Next goes to the next series, and is false after the last.
func (s *seriesSet) Next() bool { s.at++; return s.at < len(s.series) }

// At is the series that Next went to.
func (s *seriesSet) At() storage.Series { return s.series[s.at] }

// Err is nil: what is in memory can be read.
func (s *seriesSet) Err() error { return nil }

// Warnings are none.
func (s *seriesSet) Warnings() annotations.Annotations { return nil }
