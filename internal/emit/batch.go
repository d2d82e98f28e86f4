package emit

import (
	"hash/maphash"
	"math"
	"slices"

	"github.com/voipbin/observability/internal/metric"
)

// Dropped counts the samples that a batch kept out, by reason. The sample that came first stands.
type Dropped struct {
	// Limit counts samples beyond the batch's limit.
	Limit int
	// Duplicate counts samples whose family and label values the batch held already.
	Duplicate int
	// Invalid counts samples of a family that is not in the set or belongs to another collector, of the wrong type, with
	// the wrong number of label values, with a value that is not a number, or of a counter below zero.
	Invalid int
}

// Batch collects one collector's samples of one scrape. It is for one goroutine at a time.
type Batch struct {
	set       *Set
	collector string // "" takes families of every collector
	limit     int    // <= 0 is none
	samples   []sample
	values    []string // label values of all samples, one after the other
	seen      map[uint64]int
	seed      maphash.Seed
	dropped   Dropped
}

// sample is one sample; its label values are Batch.values[first:first+len(desc.labels)] in the order of the family.
type sample struct {
	desc  int
	first int
	value float64 // the sum, for a summary
	count uint64
}

// Batch returns an empty batch that keeps at most limit samples; a limit of 0 or less keeps all.
func (s *Set) Batch(limit int) *Batch { return s.CollectorBatch("", limit) }

// CollectorBatch is like Batch, and takes only families that the catalogue gives to the named collector. So two
// collectors cannot emit the same series, whatever their code does.
func (s *Set) CollectorBatch(collector string, limit int) *Batch {
	return &Batch{set: s, collector: collector, limit: limit, seen: make(map[uint64]int), seed: maphash.MakeSeed()}
}

// Add adds a sample of a gauge, counter or untyped family. Label values come in the order of f.Labels; what is not UTF-8
// in them is replaced, and they are cut at MaxLabelValue bytes.
func (b *Batch) Add(f *metric.Family, value float64, labelValues ...string) {
	if f == nil || f.Type == metric.Histogram || f.Type == metric.Summary {
		b.dropped.Invalid++
		return
	}
	b.add(f, sample{value: value}, labelValues)
}

// Summary adds a sample of a summary family without quantiles: the sum of all observations in the family's unit, and
// their number.
func (b *Batch) Summary(f *metric.Family, sum float64, count uint64, labelValues ...string) {
	if f == nil || f.Type != metric.Summary {
		b.dropped.Invalid++
		return
	}
	b.add(f, sample{value: sum, count: count}, labelValues)
}

// Len is the number of samples kept.
func (b *Batch) Len() int { return len(b.samples) }

// Dropped is what was kept out so far.
func (b *Batch) Dropped() Dropped { return b.dropped }

func (b *Batch) add(f *metric.Family, s sample, labelValues []string) {
	i, known := b.set.index[f]
	switch {
	case !known, len(labelValues) != len(f.Labels), math.IsNaN(s.value):
		b.dropped.Invalid++
		return
	case b.collector != "" && f.Collector != b.collector:
		b.dropped.Invalid++
		return
	case f.Type == metric.Counter && s.value < 0:
		b.dropped.Invalid++
		return
	}
	s.desc, s.first = i, len(b.values)
	for _, v := range labelValues {
		b.values = append(b.values, cleanLabelValue(v))
	}
	if !b.keep(s) {
		b.values = b.values[:s.first]
	}
}

// keep appends the sample unless it is a duplicate or beyond the limit.
func (b *Batch) keep(s sample) bool {
	key := b.hash(s)
	for {
		j, taken := b.seen[key]
		if !taken {
			break
		}
		if b.same(b.samples[j], s) {
			b.dropped.Duplicate++
			return false
		}
		key++ // two series with one hash: the next free number is as good
	}
	if b.limit > 0 && len(b.samples) >= b.limit {
		b.dropped.Limit++
		return false
	}
	b.seen[key] = len(b.samples)
	b.samples = append(b.samples, s)
	return true
}

func (b *Batch) hash(s sample) uint64 {
	var h maphash.Hash
	h.SetSeed(b.seed)
	maphash.WriteComparable(&h, s.desc)
	for _, v := range b.labelValues(s) {
		h.WriteString(v)
		h.WriteByte(0xff) // no byte of UTF-8: keeps ("a","bc") and ("ab","c") apart
	}
	return h.Sum64()
}

func (b *Batch) same(x, y sample) bool {
	return x.desc == y.desc && slices.Equal(b.labelValues(x), b.labelValues(y))
}

func (b *Batch) labelValues(s sample) []string {
	return b.values[s.first : s.first+len(b.set.descs[s.desc].labels)]
}
