package report_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto/report"
)

// BenchmarkMake is a report of a drill of 100,000 samples and more: four hours at a second, with four paths.
func BenchmarkMake(b *testing.B) {
	w := newWorld(1)
	w.End = 16600 * time.Second
	records, _ := w.play(b)
	b.ResetTimer()
	for b.Loop() {
		r, err := report.Make(report.Input{Records: records})
		if err != nil {
			b.Fatal(err)
		}
		n := r.Evidence.Samples
		b.ReportMetric(float64(n.Source+n.Replica+n.Stock+n.Probe), "samples")
		var page bytes.Buffer
		if err := report.HTML(&page, r); err != nil {
			b.Fatal(err)
		}
	}
}
