package rtpengine

import (
	"math"
	"strconv"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/bencode"
)

// How many of RTPEngine's units make a base unit. Values are divided by it, which rounds better than the inverse would.
const (
	one          = 1
	milliseconds = 1e3
	microseconds = 1e6
	percents     = 1e2
)

// number returns a member of a dictionary that is a number: counters are integers, and everything with a fraction, uptime
// too, is a string. "-nan", a mean of nothing, is no number.
func number(dict bencode.Value, key string) (float64, bool) {
	v, ok := dict.Lookup(key)
	if !ok {
		return 0, false
	}
	return numeric(v)
}

func numeric(v bencode.Value) (float64, bool) {
	if v.Kind() != bencode.Int && v.Kind() != bencode.String {
		return 0, false
	}
	n, err := strconv.ParseFloat(v.Text(), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// text returns a member of a dictionary as it is written.
func text(dict bencode.Value, key string) string {
	v, _ := dict.Lookup(key)
	return v.Text()
}

// field says which member of a dictionary is which family, and how many of its units make one of the family's.
type field struct {
	family *metric.Family
	key    string
	unit   float64
}

// emitFields emits the members that are numbers; one that this version lacks is left out.
func emitFields(b *emit.Batch, dict bencode.Value, table []field, labels ...string) {
	for _, f := range table {
		v, ok := number(dict, f.key)
		switch {
		case !ok:
		case f.family.Type == metric.Gauge:
			emitLevel(b, f.family, v/f.unit, labels...)
		default:
			b.Add(f.family, v/f.unit, labels...)
		}
	}
}

// emitEach emits the members of each dictionary in a list, labelled with what it has under a key.
func emitEach(b *emit.Batch, list bencode.Value, label string, table []field) error {
	if len(list.Members()) == 0 {
		return exporter.Empty(nil)
	}
	for _, m := range list.Members() {
		emitFields(b, m.Value, table, text(m.Value, label))
	}
	return nil
}

// emitLevel emits a gauge that RTPEngine keeps as a counter. A value beyond 2^63, or below zero, is a level that was counted
// down below zero: the true level is not known, so the series is left out and counted as invalid.
func emitLevel(b *emit.Batch, f *metric.Family, v float64, labels ...string) {
	if v < 0 || v >= 1<<63 {
		b.Invalid(f)
		return
	}
	b.Add(f, v, labels...)
}

// emitReports emits the sum and number of samples that are called name. Without samples there is no quality, good or bad, so
// there is no series. The averages beside them are truncated to whole numbers since 12.5 and are not used.
func emitReports(b *emit.Batch, f *metric.Family, dict bencode.Value, name string, unit float64, labels ...string) {
	total, ok := number(dict, name+"_total")
	samples, counted := number(dict, name+"_samples_total")
	if !ok || !counted || samples == 0 {
		return
	}
	if total < 0 || samples < 0 || samples >= 1<<63 {
		b.Invalid(f)
		return
	}
	b.Summary(f, total/unit, uint64(samples), labels...)
}
