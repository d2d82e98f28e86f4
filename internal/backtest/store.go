package backtest

import (
	"math"
	"slices"
	"sort"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/voipbin/observability/internal/backtest/memory"
)

// nameLabel is the label that holds the name of a series.
const nameLabel = "__name__"

// Sample is one value of a series. T is in milliseconds since 1970.
type Sample struct {
	T int64
	V float64
	// H is a native histogram in place of V; nil for a number.
	H *histogram.FloatHistogram
}

// Stale is the marker that ends a series until it comes again, as Prometheus writes it when a scrape fails.
func Stale(t int64) Sample { return Sample{T: t, V: math.Float64frombits(value.StaleNaN)} }

// series is one series with its samples in the order of time.
type series struct {
	labels  labels.Labels
	samples []Sample
}

// Store holds series in memory for the engine to read. It has no retention and writes nothing to disk. It is not safe for
// writing while it is read.
type Store struct {
	byName map[string][]*series
	byHash map[string]*series
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{byName: make(map[string][]*series), byHash: make(map[string]*series)}
}

// Append adds samples to the series with these labels, __name__ among them. Samples that are not younger than those that
// are there are left out, as Prometheus does.
func (s *Store) Append(set map[string]string, samples ...Sample) {
	s.appendTo(labels.FromMap(set), samples...)
}

func (s *Store) appendTo(set labels.Labels, samples ...Sample) {
	s.of(set).add(samples...)
}

// of returns the series with these labels, which is new where there was none.
func (s *Store) of(set labels.Labels) *series {
	key := set.String()
	have, ok := s.byHash[key]
	if !ok {
		have = &series{labels: set}
		s.byHash[key] = have
		name := set.Get(nameLabel)
		s.byName[name] = append(s.byName[name], have)
	}
	return have
}

// add appends samples, but those that are not younger than what is there.
func (s *series) add(samples ...Sample) {
	for _, sample := range samples {
		if n := len(s.samples); n == 0 || s.samples[n-1].T < sample.T {
			s.samples = append(s.samples, sample)
		}
	}
}

// Clone returns a store with the same series, to which may be added what the other shall not have.
func (s *Store) Clone() *Store {
	c := NewStore()
	for name, group := range s.byName {
		for _, have := range group {
			one := &series{labels: have.labels, samples: slices.Clip(have.samples)}
			c.byHash[have.labels.String()] = one
			c.byName[name] = append(c.byName[name], one)
		}
	}
	return c
}

// Span is the time of the first and of the last sample in the store, in milliseconds; false when it is empty.
func (s *Store) Span() (first, last int64, ok bool) {
	for _, have := range s.byHash {
		if len(have.samples) == 0 {
			continue
		}
		a, b := have.samples[0].T, have.samples[len(have.samples)-1].T
		if !ok || a < first {
			first = a
		}
		if !ok || b > last {
			last = b
		}
		ok = true
	}
	return first, last, ok
}

// Querier returns a reader of all series; the engine itself leaves out what is older or younger than it asked for.
func (s *Store) Querier(from, to int64) (storage.Querier, error) {
	return memory.Reader(s.find).Querier(from, to)
}

// find returns the series that all matchers accept.
func (s *Store) find(_ *storage.SelectHints, matchers []*labels.Matcher) []storage.Series {
	var found []storage.Series
	for _, candidate := range s.candidates(matchers) {
		if memory.Accepts(matchers, candidate.labels) {
			found = append(found, candidate)
		}
	}
	return found
}

// candidates are the series of the metric that a matcher names, or all.
func (s *Store) candidates(matchers []*labels.Matcher) []*series {
	for _, m := range matchers {
		if m.Name == nameLabel && m.Type == labels.MatchEqual {
			return s.byName[m.Value]
		}
	}
	var all []*series
	for _, group := range s.byName {
		all = append(all, group...)
	}
	return all
}

// Labels returns the labels of the series.
func (s *series) Labels() labels.Labels { return s.labels }

// Iterator returns a reader of the samples.
func (s *series) Iterator(chunkenc.Iterator) chunkenc.Iterator {
	return &iterator{samples: s.samples, at: -1}
}

// iterator reads samples in the order of time, and jumps by halving.
type iterator struct {
	samples []Sample
	at      int
}

func (it *iterator) kind() chunkenc.ValueType {
	switch {
	case it.at >= len(it.samples):
		return chunkenc.ValNone
	case it.samples[it.at].H != nil:
		return chunkenc.ValFloatHistogram
	}
	return chunkenc.ValFloat
}

// Next goes to the next sample and returns its type: a number, a histogram, or none after the last.
func (it *iterator) Next() chunkenc.ValueType {
	if it.at < len(it.samples) {
		it.at++
	}
	return it.kind()
}

//nolint:govet // the engine's interface gives Seek this form, which is not that of io.Seeker
func (it *iterator) Seek(t int64) chunkenc.ValueType {
	if it.at < 0 {
		it.at = 0
	}
	rest := it.samples[min(it.at, len(it.samples)):]
	// Most seeks go a little way ahead: look there before halving the rest.
	const near = 8
	for i := 0; i < min(near, len(rest)); i++ {
		if rest[i].T >= t {
			it.at += i
			return it.kind()
		}
	}
	it.at += sort.Search(len(rest), func(i int) bool { return rest[i].T >= t })
	return it.kind()
}

// At is the sample as a number, with its time in milliseconds since 1970.
func (it *iterator) At() (int64, float64) { return it.samples[it.at].T, it.samples[it.at].V }

// AtHistogram is never asked for: the store holds float histograms only.
func (it *iterator) AtHistogram(*histogram.Histogram) (int64, *histogram.Histogram) {
	return it.samples[it.at].T, nil
}

// AtFloatHistogram is the sample as a histogram, copied into the given one if there is one, with its time in milliseconds since 1970.
func (it *iterator) AtFloatHistogram(into *histogram.FloatHistogram) (int64, *histogram.FloatHistogram) {
	s := it.samples[it.at]
	if into == nil {
		return s.T, s.H.Copy()
	}
	s.H.CopyTo(into)
	return s.T, into
}

// AtT is the sample's time, in milliseconds since 1970.
func (it *iterator) AtT() int64 { return it.samples[it.at].T }

// AtST is when the sample's counter began, in milliseconds since 1970: 0, as that is not known.
func (it *iterator) AtST() int64 { return 0 }

// Err is nil: what is in memory can be read.
func (it *iterator) Err() error { return nil }
