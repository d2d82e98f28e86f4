// Package emit turns values into Prometheus metrics by catalogue entry: a sample names a metric.Family, never a string.
// It talks to no daemon, keeps no registry, and refuses what would make an exposition invalid instead of failing on it.
package emit

import (
	"cmp"
	"hash/maphash"
	"slices"

	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/metric"
)

// Set knows the families of one exporter. It is immutable and may be shared by any number of goroutines.
type Set struct {
	descs []desc // by name, the order of an exposition
	index map[*metric.Family]int
	seed  maphash.Seed
}

// desc is a family with all that every sample of it needs, made once.
type desc struct {
	family *metric.Family
	name   string
	help   string
	typ    dto.MetricType
	labels []label // by name, as the data model wants them
	// spelled is by Format. A histogram has none: no batch takes one.
	spelled [2]spelling
}

// label is one label of a family: its name and the place of its value among the values that a caller gives.
type label struct {
	name string
	arg  int
}

// NewSet prepares the families. Where two have one name the first stands, and samples of the other count as invalid: two
// families of one name would be an invalid exposition.
func NewSet(families []*metric.Family) *Set {
	s := &Set{
		descs: make([]desc, 0, len(families)), index: make(map[*metric.Family]int, len(families)), seed: maphash.MakeSeed(),
	}
	taken := make(map[string]bool, len(families))
	for _, f := range families {
		if !taken[f.Name] {
			taken[f.Name] = true
			s.descs = append(s.descs, newDesc(f))
		}
	}
	slices.SortFunc(s.descs, func(a, b desc) int { return cmp.Compare(a.name, b.name) })
	for i, d := range s.descs {
		s.index[d.family] = i
	}
	return s
}

func newDesc(f *metric.Family) desc {
	d := desc{family: f, name: f.Name, help: f.Help, typ: dtoType(f.Type), labels: make([]label, len(f.Labels))}
	for i, l := range f.Labels {
		d.labels[i] = label{name: l.Name, arg: i}
	}
	slices.SortFunc(d.labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
	for _, f := range []Format{Text, OpenMetrics} {
		d.spelled[f] = d.spell(f)
	}
	return d
}

// compare orders samples of the family by label values, label by label in the order of the names.
func (d *desc) compare(a, b entry) int {
	x, y := a.labelValues(), b.labelValues()
	for _, l := range d.labels {
		if c := cmp.Compare(x[l.arg], y[l.arg]); c != 0 {
			return c
		}
	}
	return 0
}

func dtoType(t metric.Type) dto.MetricType {
	switch t {
	case metric.Gauge:
		return dto.MetricType_GAUGE
	case metric.Counter:
		return dto.MetricType_COUNTER
	case metric.Histogram:
		return dto.MetricType_HISTOGRAM
	case metric.Summary:
		return dto.MetricType_SUMMARY
	case metric.Untyped:
	}
	return dto.MetricType_UNTYPED
}
