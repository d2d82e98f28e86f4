package emit_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

func gather(t *testing.T, c emit.Collector) []*dto.MetricFamily {
	t.Helper()
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

func TestCounterVec(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	v := emit.NewCounterVec(f.calls, 2)
	tests := []struct {
		delta  float64
		labels []string
		want   bool
	}{
		{1, []string{"invite"}, true},
		{2, []string{"invite"}, true},
		{0, []string{"b\xff"}, true},
		{1, []string{"third"}, false},
		{1, []string{"invite"}, true},
		{-1, []string{"invite"}, false},
		{math.NaN(), []string{"invite"}, false},
		{1, nil, false},
		{1, []string{"invite", "200"}, false},
	}
	for _, tt := range tests {
		if got := v.Add(tt.delta, tt.labels...); got != tt.want {
			t.Errorf("Add(%v, %q): want %v, got %v", tt.delta, tt.labels, tt.want, got)
		}
	}
	want := "# HELP x_calls_total Calls.\n# TYPE x_calls_total counter\n" +
		"x_calls_total{method=\"b\ufffd\"} 0\nx_calls_total{method=\"invite\"} 4\n"
	if diff := cmp.Diff(want, exposition(t, gather(t, v))); diff != "" {
		t.Errorf("exposition (-want +got):\n%s", diff)
	}
}

func TestHistogramVecIsClassicAndNative(t *testing.T) {
	t.Parallel()
	f := newFamilies()
	v := emit.NewHistogramVec(f.ring, 0)
	for _, x := range []float64{0.5, 3, 20} {
		if !v.Observe(x) {
			t.Errorf("Observe(%v): want true, got false", x)
		}
	}
	if v.Observe(math.NaN()) {
		t.Error("Observe(NaN): want false, got true")
	}
	if v.Observe(1, "label too many") {
		t.Error("Observe with a label too many: want false, got true")
	}
	families := gather(t, v)
	for _, line := range []string{
		`x_ring_seconds_bucket{le="1"} 1`, `x_ring_seconds_bucket{le="5"} 2`, `x_ring_seconds_bucket{le="+Inf"} 3`,
		`x_ring_seconds_sum 23.5`, `x_ring_seconds_count 3`,
	} {
		if text := exposition(t, families); !strings.Contains(text, line+"\n") {
			t.Errorf("want line %q in:\n%s", line, text)
		}
	}
	h := families[0].Metric[0].Histogram
	if h.Schema == nil || len(h.PositiveDelta) == 0 {
		t.Errorf("want native buckets, got %v", h)
	}
}

// A native histogram must not grow without bound, whatever is observed.
func TestHistogramVecBoundsItsBuckets(t *testing.T) {
	t.Parallel()
	v := emit.NewHistogramVec(newFamilies().ring, 0)
	for i := range 4000 {
		v.Observe(math.Pow(1.02, float64(i%3000)))
	}
	h := gather(t, v)[0].Metric[0].Histogram
	if n := len(h.PositiveDelta); n > 160 {
		t.Errorf("native buckets: want at most 160, got %d", n)
	}
}

func TestSeriesLimitHoldsUnderConcurrency(t *testing.T) {
	t.Parallel()
	const limit = 50
	f := &metric.Family{Name: "x_total", Help: "X.", Type: metric.Counter, Labels: []metric.Label{{Name: "queue"}}}
	v := emit.NewCounterVec(f, limit)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 100 {
				v.Add(1, fmt.Sprint(g, "-", i))
			}
		})
	}
	wg.Wait()
	if n := len(gather(t, v)[0].Metric); n != limit {
		t.Errorf("series: want %d, got %d", limit, n)
	}
}
