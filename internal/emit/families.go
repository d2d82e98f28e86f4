package emit

import dto "github.com/prometheus/client_model/go"

// Families returns the samples of the batches as Prometheus metric families, as Exposition sorts them.
func (s *Set) Families(batches ...*Batch) []*dto.MetricFamily {
	return s.Exposition(batches...).Families()
}

// Families returns the exposition as Prometheus metric families, sorted by name, families without a sample left out. They
// point into the exposition, so they must not be changed.
func (x *Exposition) Families() []*dto.MetricFamily {
	a := newArena(x.count())
	var out []*dto.MetricFamily
	_ = x.each(func(d *desc, samples []entry) error { // neither fails
		ms := a.metrics(len(samples))
		for _, e := range samples {
			ms = append(ms, a.metric(d, e))
		}
		out = append(out, &dto.MetricFamily{Name: &d.name, Help: &d.help, Type: &d.typ, Metric: ms})
		return nil
	}, func(f *dto.MetricFamily) error {
		out = append(out, f)
		return nil
	})
	return out
}

// counts is what the families of an exposition will need.
type counts struct{ samples, labels, gauges, counters int }

func (x *Exposition) count() counts {
	c := counts{samples: len(x.own)}
	for _, e := range x.own {
		d := &x.set.descs[e.sample.desc]
		c.labels += len(d.labels)
		switch d.typ {
		case dto.MetricType_GAUGE:
			c.gauges++
		case dto.MetricType_COUNTER:
			c.counters++
		default:
		}
	}
	return c
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

func (a *arena) metric(d *desc, e entry) *dto.Metric {
	m, s := &a.metricSlab[0], e.sample
	a.metricSlab = a.metricSlab[1:]
	m.Label = a.labels(d, e.labelValues())
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
