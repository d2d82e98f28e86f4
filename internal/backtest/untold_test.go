package backtest

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// Untold counts the events of which no sample of a store tells that they happened: a counter that ends and is back soon at its old value, or
// above it, looks like one that stood still, or grew by the difference. An increase is anchored at the last sample of the five minutes before its
// own, so that soon is within two tiles.
func Untold(s *Store, of Counter) float64 {
	const soon = 2 * 5 * time.Minute
	untold := 0.0
	for _, one := range s.byName[of.Labels[nameLabel]] {
		if !of.names(one.labels) {
			continue
		}
		var last, end Sample
		for _, sample := range one.samples {
			if math.IsNaN(sample.V) {
				end = sample
				continue
			}
			if end.T > 0 && sample.T-end.T < soon.Milliseconds() && sample.V >= last.V {
				untold += last.V
			}
			last, end = sample, Sample{}
		}
	}
	return untold
}

// names reports whether a series has all labels of a counter.
func (c Counter) names(set labels.Labels) bool {
	for name, text := range c.Labels {
		if set.Get(name) != text {
			return false
		}
	}
	return true
}

func TestUntold(t *testing.T) {
	t.Parallel()
	f := func(want float64, samples ...Sample) {
		t.Helper()
		s := NewStore()
		s.Append(map[string]string{nameLabel: "x", "cause": "503", "instance": "a"}, samples...)
		s.Append(map[string]string{nameLabel: "x", "cause": "2xx", "instance": "a"}, Sample{T: 1, V: 7}, Stale(2), Sample{T: 3, V: 7})
		if got := Untold(s, Counter{Labels: map[string]string{nameLabel: "x", "cause": "503"}}); got != want {
			t.Errorf("want %v, got %v", want, got)
		}
	}
	const minute = 60_000
	f(2, Sample{T: 1 * minute, V: 2}, Stale(2*minute), Sample{T: 11 * minute, V: 2})
	f(2, Sample{T: 1 * minute, V: 2}, Stale(2*minute), Sample{T: 11 * minute, V: 3})
	f(0, Sample{T: 1 * minute, V: 2}, Stale(2*minute), Sample{T: 12 * minute, V: 2})
	f(0, Sample{T: 1 * minute, V: 2}, Stale(2*minute), Sample{T: 3 * minute, V: 1})
	f(0, Sample{T: 1 * minute, V: 2}, Sample{T: 2 * minute, V: 2})
}
