package exporter

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/voipbin/observability/internal/emit"
)

// encode writes the exposition in the format that the client prefers. The two text formats are written straight from the samples, for
// objects of each of them would be half of what a scrape costs; all else is left to client_golang: protobuf, OpenMetrics 2, and
// a choice of families by the parameter name[].
func encode(b *body, r *http.Request, x *emit.Exposition) error {
	accepted := expfmt.NegotiateAccept(r.Header, expfmt.DefaultOpenMetricsAcceptedFormats()...)
	format, ok := textFormat(accepted)
	if !ok || r.URL.Query().Has("name[]") {
		families := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) { return x.Families(), nil })
		promhttp.HandlerFor(families, promhttp.HandlerOpts{EnableOpenMetrics: true, DisableCompression: true}).ServeHTTP(b, r)
		return nil
	}
	header := b.Header()
	header.Add("Vary", "Accept")
	header.Set("Content-Type", string(accepted))
	others := expfmt.NewEncoder(b, accepted)
	if err := x.Write(&b.Buffer, format, others.Encode); err != nil {
		return fmt.Errorf("write exposition: %w", err)
	}
	if format == emit.OpenMetrics {
		_, _ = expfmt.FinalizeOpenMetrics(b) // a bytes.Buffer takes everything
	}
	return nil
}

// textFormat says in which of the formats that package emit writes to answer, if in any. Of the ways to escape names only dots
// change such as ours.
func textFormat(f expfmt.Format) (emit.Format, bool) {
	if f.ToEscapingScheme() == model.DotsEscaping {
		return 0, false
	}
	switch f.FormatType() {
	case expfmt.TypeTextPlain:
		return emit.Text, true
	case expfmt.TypeOpenMetrics:
		return emit.OpenMetrics, !strings.Contains(string(f), "version=2")
	default:
		return 0, false
	}
}
