package exporter

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// TestAnswersAreThoseOfClientGolang: whatever a client accepts, it gets the header and the bytes that promhttp would send.
func TestAnswersAreThoseOfClientGolang(t *testing.T) {
	t.Parallel()
	level := &metric.Family{Name: "x_level_bytes", Help: "A \"level\".", Type: metric.Gauge, Labels: []metric.Label{{Name: "of_what"}}}
	calls := &metric.Family{Name: "x_calls_total", Help: "Calls.", Type: metric.Counter}
	ring := &metric.Family{Name: "x_ring_seconds", Help: "Ring.", Type: metric.Histogram, Buckets: []float64{1, 5}}
	set := emit.NewSet([]*metric.Family{level, calls})
	b := set.Batch(0)
	b.Add(level, math.Inf(1), "a\"\\\n")
	b.Add(level, 1<<40, "b")
	b.Add(calls, 12)
	histogram := emit.NewHistogramVec(ring, 0)
	histogram.Observe(3)
	events := prometheus.NewRegistry()
	events.MustRegister(histogram)
	rings, err := events.Gather()
	if err != nil {
		t.Fatal(err)
	}
	x := set.Exposition(b).With(rings)
	theirs := promhttp.HandlerFor(prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return x.Families(), nil }),
		promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true})
	var bodies bodies
	ours := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := bodies.serve(w, r, func(b *body) error { return encode(b, r, x) }); err != nil {
			t.Error(err)
		}
	})
	for _, accept := range []string{
		"", "*/*", "text/plain", "text/plain;version=0.0.4;q=0.5", "text/plain;version=1.0.0;escaping=allow-utf-8", "text/plain;escaping=dots",
		"application/openmetrics-text;version=1.0.0", "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
		"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
			"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		"application/openmetrics-text;escaping=dots;version=1.0.0", "application/openmetrics-text;escaping=values;version=1.0.0", "text/html", "nonsense;;",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
		"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
	} {
		for _, query := range []string{"", "?name[]=x_level_bytes", "?name%5B%5D=x_ring_seconds&name[]=x_calls_total", "?other=name"} {
			want, got := answerOf(t, theirs, accept, query), answerOf(t, ours, accept, query)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q %s (-client_golang +ours):\n%s", accept, query, diff)
			}
		}
	}
}

// sent is what a client gets.
type sent struct {
	Status      int
	ContentType string
	Vary        string
	Body        string
}

func answerOf(t *testing.T, h http.Handler, accept, query string) sent {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics"+query, http.NoBody)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	resp := w.Result()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return sent{resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Vary"), string(text)}
}
