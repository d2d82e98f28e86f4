package emit

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"

	"github.com/voipbin/observability/internal/metric"
)

// Dropped counts the samples that a batch kept out, by reason. The sample that came first stands.
type Dropped struct {
	// Limit counts samples beyond the batch's limit.
	Limit int
	// Duplicate counts samples whose family and label values the batch held already.
	Duplicate int
	// Invalid counts values that cannot be true: not a number, or a counter below zero.
	Invalid int
	// Misused counts samples that no daemon can be blamed for: of a family that is not in the set or belongs to another
	// collector, of the wrong type, or with the wrong number of label values.
	Misused int
}

// Batch collects one collector's samples of one scrape. It is for one goroutine at a time.
type Batch struct {
	set       *Set
	collector string // "" takes families of every collector
	limit     int    // <= 0 is none
	samples   []sample
	values    []string // label values of all samples, one after the other
	slots     []int32  // hash table: 0 is free, otherwise 1 + an index of samples
	dropped   Dropped
}

// sample is one sample; its label values are Batch.values[first:first+len(desc.labels)] in the order of the family.
type sample struct {
	desc  int
	first int
	value float64 // the sum, for a summary
	count uint64
	hash  uint64
}

// Batch returns an empty batch that keeps at most limit samples; a limit of 0 or less keeps all.
func (s *Set) Batch(limit int) *Batch { return s.CollectorBatch("", limit) }

// CollectorBatch is like Batch, and takes only families that the catalogue gives to the named collector. So two
// collectors cannot emit the same series, whatever their code does.
func (s *Set) CollectorBatch(collector string, limit int) *Batch {
	const usual = 16 // saves the first few growths
	return s.BatchOfSize(collector, limit, Size{samples: usual, values: usual})
}

// Size is how much a batch holds. The zero Size is nothing.
type Size struct{ samples, values int }

// BatchOfSize is like CollectorBatch, and has room for as much as a batch before it held, so that it need not grow.
func (s *Set) BatchOfSize(collector string, limit int, size Size) *Batch {
	b := &Batch{
		set: s, collector: collector, limit: limit,
		samples: make([]sample, 0, size.samples), values: make([]string, 0, size.values),
	}
	if size.samples > 0 {
		b.slots = make([]int32, 1<<bits.Len(uint(2*size.samples)))
	}
	return b
}

// Size is how much the batch holds.
func (b *Batch) Size() Size { return Size{len(b.samples), len(b.values)} }

// Add adds a sample of a gauge, counter or untyped family. Label values come in the order of f.Labels; what is not UTF-8
// in them is replaced, and they are cut at MaxLabelValue bytes.
func (b *Batch) Add(f *metric.Family, value float64, labelValues ...string) {
	if f == nil || f.Type == metric.Histogram || f.Type == metric.Summary {
		b.dropped.Misused++
		return
	}
	b.add(f, sample{value: value}, labelValues)
}

// Summary adds a sample of a summary family without quantiles: the sum of all observations in the family's unit, and
// their number.
func (b *Batch) Summary(f *metric.Family, sum float64, count uint64, labelValues ...string) {
	if f == nil || f.Type != metric.Summary {
		b.dropped.Misused++
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
	case !known, len(labelValues) != len(f.Labels), b.collector != "" && f.Collector != b.collector:
		b.dropped.Misused++
		return
	case math.IsNaN(s.value), f.Type == metric.Counter && s.value < 0:
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
	if 2*len(b.samples) >= len(b.slots) {
		b.grow()
	}
	s.hash = b.hash(s)
	slot := b.slot(s.hash)
	for b.slots[slot] != 0 {
		if other := b.samples[b.slots[slot]-1]; other.hash == s.hash && b.same(other, s) {
			b.dropped.Duplicate++
			return false
		}
		slot = b.slot(uint64(slot) + 1)
	}
	if b.limit > 0 && len(b.samples) >= b.limit {
		b.dropped.Limit++
		return false
	}
	b.samples = append(b.samples, s)
	b.slots[slot] = int32(len(b.samples))
	return true
}

// grow doubles the hash table, which is never more than half full. It is our own because a map would cost more than all
// else in a scrape.
func (b *Batch) grow() {
	b.slots = make([]int32, max(2*len(b.slots), 32))
	for i, s := range b.samples {
		slot := b.slot(s.hash)
		for b.slots[slot] != 0 {
			slot = b.slot(uint64(slot) + 1)
		}
		b.slots[slot] = int32(i + 1)
	}
}

func (b *Batch) slot(hash uint64) int { return int(hash & uint64(len(b.slots)-1)) }

func (b *Batch) hash(s sample) uint64 {
	const mix = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio spreads neighbours
	h := uint64(s.desc) * mix
	for _, v := range b.labelValues(s) {
		h = (h ^ maphash.String(b.set.seed, v)) * mix
	}
	return h ^ h>>32 // a product's low bits know nothing of the high ones
}

func (b *Batch) same(x, y sample) bool {
	return x.desc == y.desc && slices.Equal(b.labelValues(x), b.labelValues(y))
}

func (b *Batch) labelValues(s sample) []string {
	return b.values[s.first : s.first+len(b.set.descs[s.desc].labels)]
}
