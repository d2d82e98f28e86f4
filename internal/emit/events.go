package emit

import (
	"math"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/voipbin/observability/internal/metric"
)

// Collector is a metric that lives as long as the process. It is an alias so that a package which hands one on needs no
// Prometheus library.
type Collector = prometheus.Collector

// nativeBucketFactor is the growth from one native bucket to the next: 10 % is the error that a quantile may have.
const nativeBucketFactor = 1.1

// maxNativeBuckets bounds the memory of a native histogram: beyond it the histogram halves its resolution.
const maxNativeBuckets = 160

// CounterVec counts events by the labels of one family. It is safe for concurrent use.
type CounterVec struct {
	*prometheus.CounterVec
	series seriesCap
}

// NewCounterVec returns the counters of a family, at most limit of them; a limit of 0 or less is none.
func NewCounterVec(f *metric.Family, limit int) *CounterVec {
	opts := prometheus.CounterOpts{Name: f.Name, Help: f.Help}
	return &CounterVec{prometheus.NewCounterVec(opts, f.LabelNames()), seriesCap{limit: limit, labels: len(f.Labels)}}
}

// Add counts delta events and reports whether it did: it refuses a negative delta, a wrong number of label values, and a
// series beyond the limit.
func (v *CounterVec) Add(delta float64, labelValues ...string) bool {
	if !(delta >= 0) { // NaN too
		return false
	}
	values, ok := v.series.admit(labelValues)
	if !ok {
		return false
	}
	v.WithLabelValues(values...).Add(delta)
	return true
}

// HistogramVec observes values by the labels of one family, in the family's unit, as classic and as native histogram. It
// is safe for concurrent use.
type HistogramVec struct {
	*prometheus.HistogramVec
	series seriesCap
}

// NewHistogramVec returns the histograms of a family, at most limit of them; a limit of 0 or less is none.
func NewHistogramVec(f *metric.Family, limit int) *HistogramVec {
	opts := prometheus.HistogramOpts{
		Name: f.Name, Help: f.Help, Buckets: slices.Clone(f.Buckets),
		NativeHistogramBucketFactor:    nativeBucketFactor,
		NativeHistogramMaxBucketNumber: maxNativeBuckets,
	}
	return &HistogramVec{prometheus.NewHistogramVec(opts, f.LabelNames()), seriesCap{limit: limit, labels: len(f.Labels)}}
}

// Observe adds one observation and reports whether it did: it refuses NaN, a wrong number of label values, and a series
// beyond the limit.
func (v *HistogramVec) Observe(value float64, labelValues ...string) bool {
	if math.IsNaN(value) {
		return false
	}
	values, ok := v.series.admit(labelValues)
	if !ok {
		return false
	}
	v.WithLabelValues(values...).Observe(value)
	return true
}

// seriesCap remembers which series exist and refuses more than the limit.
type seriesCap struct {
	limit  int
	labels int

	mu    sync.Mutex
	known map[string]struct{}
}

// admit returns the label values fit for an exposition, and whether a series of these may exist.
func (c *seriesCap) admit(labelValues []string) ([]string, bool) {
	if len(labelValues) != c.labels {
		return nil, false
	}
	values := make([]string, len(labelValues))
	var key []byte
	for i, v := range labelValues {
		values[i] = cleanLabelValue(v)
		key = append(append(key, values[i]...), 0xff) // 0xff is no byte of UTF-8
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.known[string(key)]; ok {
		return values, true
	}
	if c.limit > 0 && len(c.known) >= c.limit {
		return nil, false
	}
	if c.known == nil {
		c.known = make(map[string]struct{})
	}
	c.known[string(key)] = struct{}{}
	return values, true
}
