package emit

import (
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Families returns the samples of the batches as Prometheus metric families, sorted by name and within a family by label
// values, families without a sample left out. The batches must be of this set and must not be added to afterwards; the
// result points into them, is not changed any more and may be read by any number of goroutines.
func (s *Set) Families(batches ...*Batch) []*dto.MetricFamily {
	counts := s.count(batches)
	a := newArena(counts)
	byDesc := make([][]*dto.Metric, len(s.descs))
	families := 0
	for i, n := range counts.perDesc {
		if n > 0 {
			byDesc[i], families = a.metrics(n), families+1
		}
	}
	for _, b := range batches {
		for i := range b.samples {
			d := b.samples[i].desc
			byDesc[d] = append(byDesc[d], a.metric(&s.descs[d], b, &b.samples[i]))
		}
	}
	slab := make([]dto.MetricFamily, 0, families)
	out := make([]*dto.MetricFamily, 0, families)
	for i, ms := range byDesc {
		if len(ms) == 0 {
			continue
		}
		slices.SortFunc(ms, compareMetrics)
		d := &s.descs[i]
		slab = slab[:len(slab)+1]
		f := &slab[len(slab)-1]
		f.Name, f.Help, f.Type, f.Metric = &d.name, &d.help, &d.typ, ms
		out = append(out, f)
	}
	return out
}

// counts is what an exposition will need.
type counts struct {
	perDesc          []int // samples of each family
	samples, labels  int
	gauges, counters int
}

func (s *Set) count(batches []*Batch) counts {
	c := counts{perDesc: make([]int, len(s.descs))}
	for _, b := range batches {
		for i := range b.samples {
			c.perDesc[b.samples[i].desc]++
		}
		c.labels += len(b.values)
	}
	for i, n := range c.perDesc {
		c.samples += n
		if s.descs[i].typ == dto.MetricType_GAUGE {
			c.gauges += n
		}
		if s.descs[i].typ == dto.MetricType_COUNTER {
			c.counters += n
		}
	}
	return c
}

// compareMetrics orders metrics of one family by label values, label by label in the order of the names.
func compareMetrics(a, b *dto.Metric) int {
	for i, l := range a.Label {
		if c := strings.Compare(*l.Value, *b.Label[i].Value); c != 0 {
			return c
		}
	}
	return 0
}

// arena hands out the objects of one exposition from a few large allocations: a scrape of hundreds of series would
// otherwise make some thousand small ones.
type arena struct {
	metricSlab []dto.Metric
	metricPtrs []*dto.Metric
	pairSlab   []dto.LabelPair
	pairPtrs   []*dto.LabelPair
	gauges     []dto.Gauge
	counters   []dto.Counter
}

func newArena(c counts) *arena {
	return &arena{
		metricSlab: make([]dto.Metric, c.samples), metricPtrs: make([]*dto.Metric, c.samples),
		pairSlab: make([]dto.LabelPair, c.labels), pairPtrs: make([]*dto.LabelPair, c.labels),
		gauges: make([]dto.Gauge, c.gauges), counters: make([]dto.Counter, c.counters),
	}
}

// metrics returns an empty slice with room for n pointers.
func (a *arena) metrics(n int) []*dto.Metric {
	out := a.metricPtrs[:0:n]
	a.metricPtrs = a.metricPtrs[n:]
	return out
}

func (a *arena) metric(d *desc, b *Batch, s *sample) *dto.Metric {
	m := &a.metricSlab[0]
	a.metricSlab = a.metricSlab[1:]
	m.Label = a.labels(d, b.labelValues(*s))
	switch d.typ {
	case dto.MetricType_COUNTER:
		m.Counter = &a.counters[0]
		m.Counter.Value = &s.value
		a.counters = a.counters[1:]
	case dto.MetricType_SUMMARY:
		m.Summary = &dto.Summary{SampleCount: &s.count, SampleSum: &s.value}
	case dto.MetricType_GAUGE:
		m.Gauge = &a.gauges[0]
		m.Gauge.Value = &s.value
		a.gauges = a.gauges[1:]
	default:
		m.Untyped = &dto.Untyped{Value: &s.value}
	}
	return m
}

func (a *arena) labels(d *desc, values []string) []*dto.LabelPair {
	n := len(d.labels)
	ptrs := a.pairPtrs[:n:n]
	a.pairPtrs = a.pairPtrs[n:]
	for i := range d.labels {
		p := &a.pairSlab[i]
		p.Name, p.Value = &d.labels[i].name, &values[d.labels[i].arg]
		ptrs[i] = p
	}
	a.pairSlab = a.pairSlab[n:]
	return ptrs
}
