package emit

import (
	"bytes"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
)

// Exposition is what there is to show after a scrape: the samples of batches, sorted by family and within a family by label values,
// and families that others made. It is not changed any more and may be read by any number of goroutines.
type Exposition struct {
	set    *Set
	own    []entry
	others []*dto.MetricFamily // by name
}

// entry is one sample and the batch that holds its label values.
type entry struct {
	batch  *Batch
	sample *sample
}

func (e entry) labelValues() []string { return e.batch.labelValues(*e.sample) }

// Exposition sorts the samples of batches, which must be of this set and must not be added to afterwards.
func (s *Set) Exposition(batches ...*Batch) *Exposition {
	ends := make([]int, len(s.descs)) // at first of each family, where its samples begin
	total := 0
	for _, b := range batches {
		total += len(b.samples)
		for i := range b.samples {
			ends[b.samples[i].desc]++
		}
	}
	begin := 0
	for i, n := range ends {
		ends[i], begin = begin, begin+n
	}
	own := make([]entry, total)
	for _, b := range batches {
		for i := range b.samples {
			end := &ends[b.samples[i].desc]
			own[*end] = entry{b, &b.samples[i]}
			*end++
		}
	}
	begin = 0
	for i, end := range ends {
		if end-begin > 1 {
			slices.SortFunc(own[begin:end], s.descs[i].compare)
		}
		begin = end
	}
	return &Exposition{set: s, own: own}
}

// With returns the exposition together with families that others made, sorted by name. None may have the name of one that is
// in it, and none may be changed afterwards.
func (x *Exposition) With(families []*dto.MetricFamily) *Exposition {
	if len(families) == 0 {
		return x
	}
	all := slices.Concat(x.others, families)
	slices.SortStableFunc(all, func(a, b *dto.MetricFamily) int { return strings.Compare(a.GetName(), b.GetName()) })
	return &Exposition{set: x.set, own: x.own, others: all}
}

// Add returns the exposition together with the samples of batches of the same set, whose families it must not have yet.
func (x *Exposition) Add(batches ...*Batch) *Exposition {
	more := x.set.Exposition(batches...)
	all := make([]entry, 0, len(x.own)+len(more.own))
	rest := more.own
	for _, e := range x.own {
		n := 0
		for n < len(rest) && rest[n].sample.desc < e.sample.desc {
			n++
		}
		all, rest = append(append(all, rest[:n]...), e), rest[n:]
	}
	return &Exposition{set: x.set, own: append(all, rest...), others: x.others}
}

// Len is the number of samples, those of others not counted.
func (x *Exposition) Len() int { return len(x.own) }

// Write appends the exposition to buf in a text format, without the mark at its end that OpenMetrics wants. Every byte is as package
// expfmt of github.com/prometheus/common prints the same families, but without their objects. Families that others made are left
// to other, which is called in their turn and must append to buf as well; its error ends the writing.
func (x *Exposition) Write(buf *bytes.Buffer, f Format, other func(*dto.MetricFamily) error) error {
	return x.each(func(d *desc, samples []entry) error {
		text := buf.AvailableBuffer()
		text = d.appendHeader(text, f)
		for _, e := range samples {
			text = d.appendSample(text, f, e)
		}
		buf.Write(text)
		return nil
	}, other)
}

// each visits the families by name until one visit fails.
func (x *Exposition) each(own func(*desc, []entry) error, other func(*dto.MetricFamily) error) error {
	others := x.others
	for rest := x.own; len(rest) > 0; {
		i := rest[0].sample.desc
		n := 1
		for n < len(rest) && rest[n].sample.desc == i {
			n++
		}
		d := &x.set.descs[i]
		for len(others) > 0 && others[0].GetName() < d.name {
			if err := other(others[0]); err != nil {
				return err
			}
			others = others[1:]
		}
		if err := own(d, rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	for _, f := range others {
		if err := other(f); err != nil {
			return err
		}
	}
	return nil
}
