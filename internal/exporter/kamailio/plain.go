package kamailio

import (
	"math"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// plain says which statistic is which family without labels.
type plain struct {
	family    *metric.Family
	statistic string
}

// emitPlain emits the statistics that this Kamailio has; one that it lacks is left out.
func emitPlain(b *emit.Batch, values map[string]uint64, table []plain) {
	for _, p := range table {
		v, ok := values[p.statistic]
		if !ok {
			continue
		}
		emitValue(b, p.family, v)
	}
}

// emitValue emits a statistic as what its family is: a level, or a count that only grows.
func emitValue(b *emit.Batch, f *metric.Family, v uint64, labels ...string) {
	if f.Type == metric.Gauge {
		emitLevel(b, f, v, labels...)
		return
	}
	b.Add(f, float64(v), labels...)
}

// emitLevel emits what Kamailio keeps as an unsigned long and counts up and down. A value above 2^63 was counted down below
// zero: the true level is not known, so the series is left out and counted as invalid.
func emitLevel(b *emit.Batch, f *metric.Family, v uint64, labels ...string) {
	if v > math.MaxInt64 {
		b.Invalid(f)
		return
	}
	b.Add(f, float64(v), labels...)
}
