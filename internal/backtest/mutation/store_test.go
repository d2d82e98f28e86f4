package mutation_test

import (
	"math"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"

	"github.com/voipbin/observability/internal/backtest/memory"
)

// sample is one value of a series.
type sample struct {
	t int64
	v float64
	h *histogram.FloatHistogram
}

func (s sample) T() int64                      { return s.t }
func (s sample) ST() int64                     { return 0 }
func (s sample) F() float64                    { return s.v }
func (s sample) H() *histogram.Histogram       { return nil }
func (s sample) FH() *histogram.FloatHistogram { return s.h }
func (s sample) Copy() chunks.Sample           { return s }
func (s sample) Type() chunkenc.ValueType {
	if s.h != nil {
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// line is a series with its samples.
type line struct {
	set     labels.Labels
	samples chunks.SampleSlice
}

// Labels returns the labels of the series.
func (l *line) Labels() labels.Labels { return l.set }

// Iterator returns a reader of the samples.
func (l *line) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	return storage.NewListSeriesIteratorWithCopy(l.samples)
}

// made is what one rule made at those times at which it was evaluated: not all, and in any order.
type made struct {
	times []int64 // in order
	lines map[string]*values
}

type values struct {
	set labels.Labels
	at  map[int64]float64
}

func newMade() *made { return &made{lines: make(map[string]*values)} }

func (m *made) has(t int64) bool {
	_, found := slices.BinarySearch(m.times, t)
	return found
}

// evaluated notes that the rule was evaluated at a time, whatever it made.
func (m *made) evaluated(t int64) {
	if at, found := slices.BinarySearch(m.times, t); !found {
		m.times = slices.Insert(m.times, at, t)
	}
}

func (m *made) add(set labels.Labels, t int64, v float64) {
	key := set.String()
	l, ok := m.lines[key]
	if !ok {
		l = &values{set: set, at: make(map[int64]float64)}
		m.lines[key] = l
	}
	l.at[t] = v
}

// equals reports whether another rule made the same at a time.
func (m *made) equals(other *made, t int64) bool {
	return m.within(other, t) && other.within(m, t)
}

func (m *made) within(other *made, t int64) bool {
	for key, l := range m.lines {
		v, ok := l.at[t]
		if !ok {
			continue
		}
		twin, known := other.lines[key]
		if !known {
			return false
		}
		w, there := twin.at[t]
		if !there || v != w && !(math.IsNaN(v) && math.IsNaN(w)) {
			return false
		}
	}
	return true
}

// between are the samples of a series from one time to another. Where the rule was evaluated and did not make it, it has ended.
func (m *made) between(l *values, from, to int64) chunks.SampleSlice {
	first := sort.Search(len(m.times), func(i int) bool { return m.times[i] >= from })
	var found chunks.SampleSlice
	for _, t := range m.times[first:] {
		if t > to {
			break
		}
		v, ok := l.at[t]
		if !ok {
			v = math.Float64frombits(value.StaleNaN)
		}
		found = append(found, sample{t: t, v: v})
	}
	return found
}

// view is what the rule at a place reads at a time: of those before it what they made just then, of those after it what they made before.
type view struct {
	of *play
	at int64
	// place is that of the rule in the order of evaluation.
	place int
}

// Querier returns a reader of the view.
func (v view) Querier(from, to int64) (storage.Querier, error) {
	return memory.Reader(v.find).Querier(from, to)
}

// find returns the series that all matchers accept.
func (v view) find(hints *storage.SelectHints, matchers []*labels.Matcher) []storage.Series {
	var found []storage.Series
	name := seriesName(matchers)
	for _, l := range v.of.given[name] {
		if memory.Accepts(matchers, l.set) {
			found = append(found, l)
		}
	}
	for _, maker := range v.of.makers[name] {
		until := min(hints.End, v.at)
		if maker >= v.place {
			until = min(until, v.at-1)
		}
		m := v.of.made[maker]
		for _, l := range m.lines {
			if memory.Accepts(matchers, l.set) {
				found = append(found, &line{l.set, m.between(l, hints.Start, until)})
			}
		}
	}
	return found
}
