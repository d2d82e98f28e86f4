package backtest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
)

// at is a time in seconds since 1970.
func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// gauge fills a store with one series, a sample every minute.
func gauge(values ...float64) *Store {
	s := NewStore()
	for i, v := range values {
		s.Append(map[string]string{"__name__": "g", "job": "a"}, Sample{T: int64(i) * 60_000, V: v})
	}
	return s
}

func TestStoreKeepsTheOrderOfTime(t *testing.T) {
	t.Parallel()
	s := gauge(1, 2, 3)
	s.Append(map[string]string{"job": "a", "__name__": "g"}, Sample{T: 60_000, V: 9}, Sample{T: 180_000, V: 4})
	first, last, ok := s.Span()
	if first != 0 || last != 180_000 || !ok {
		t.Errorf("want 0 to 180000, got %d to %d (%v)", first, last, ok)
	}
	f := func(expr string, seconds int64, want float64, known bool) {
		t.Helper()
		got, ok, err := Value(t.Context(), s, expr, at(seconds))
		if err != nil || ok != known || got != want {
			t.Errorf("%s at %d: want %v (%v), got %v (%v), %v", expr, seconds, want, known, got, ok, err)
		}
	}
	f("g", 60, 2, true)
	f("g", 181, 4, true)
	f("g", 480, 0, false) // five minutes later it is forgotten
	f("count_over_time(g[10m])", 181, 4, true)
	f(`{job="a"}`, 60, 2, true)
	f("0 / 0", 60, 0, false)
	if _, _, ok := NewStore().Span(); ok {
		t.Error("an empty store has no span")
	}
	s.Append(map[string]string{"__name__": "g", "job": "b"}, Sample{T: 60_000})
	if _, _, err := Value(t.Context(), s, "g", at(60)); err == nil {
		t.Error("want an error for two series")
	}
	if _, _, err := Value(t.Context(), s, "g[", at(60)); err == nil {
		t.Error("want an error for what is no PromQL")
	}
}

func TestStaleEndsASeries(t *testing.T) {
	t.Parallel()
	s := gauge(1)
	s.Append(map[string]string{"__name__": "g", "job": "a"}, Stale(60_000), Sample{T: 120_000, V: 5})
	for seconds, want := range map[int64]bool{30: true, 61: false, 121: true} {
		if _, known, err := Value(t.Context(), s, "g", at(seconds)); known != want || err != nil {
			t.Errorf("at %d: want known %v, got %v (%v)", seconds, want, known, err)
		}
	}
}

// The engine jumps and steps as it likes; near jumps are found one by one, far ones by halving.
func TestIteratorSeeks(t *testing.T) {
	t.Parallel()
	samples := make([]Sample, 100)
	for i := range samples {
		samples[i] = Sample{T: int64(10 * i), V: float64(i)}
	}
	f := func(want chunkenc.ValueType, wantAt int64, seeks ...int64) {
		t.Helper()
		it := &iterator{samples: samples, at: -1}
		var got chunkenc.ValueType
		for _, to := range seeks {
			got = it.Seek(to)
		}
		if got != want || got != chunkenc.ValNone && it.AtT() != wantAt {
			t.Errorf("%v: want %v at %d, got %v", seeks, want, wantAt, got)
		}
	}
	f(chunkenc.ValFloat, 0, 0)
	f(chunkenc.ValFloat, 20, 11)
	f(chunkenc.ValFloat, 500, 495)
	f(chunkenc.ValFloat, 500, 495, 500, 20) // never back
	f(chunkenc.ValFloat, 990, 3, 990)
	f(chunkenc.ValNone, 0, 991)
	f(chunkenc.ValNone, 0, 991, 5)
	it := &iterator{samples: samples[:1], at: -1}
	if it.Next() != chunkenc.ValFloat || it.Next() != chunkenc.ValNone || it.Next() != chunkenc.ValNone {
		t.Error("want one sample, and then none for good")
	}
}

func TestTruthBetween(t *testing.T) {
	t.Parallel()
	truth := sum(map[int64][2]float64{1000: {10, 1}, 2000: {20, 0}, 3000: {30, 5}})
	f := func(from, to int64, want ...float64) {
		t.Helper()
		total, failed := truth.Between(time.UnixMilli(from), time.UnixMilli(to))
		if diff := cmp.Diff(want, []float64{total, failed}); diff != "" {
			t.Errorf("%d to %d (-want +got):\n%s", from, to, diff)
		}
	}
	f(0, 3000, 60, 6)
	f(1000, 3000, 50, 5)
	f(1000, 2999, 20, 0)
	f(0, 500, 0, 0)
}
