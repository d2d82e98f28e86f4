package metric_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/voipbin/observability/internal/metric"
)

// TestForeignFamiliesAreCaptured holds entries of other people's emitters to a recorded exposition of theirs: name and
// type agree, and every label that we claim was seen on a sample.
func TestForeignFamiliesAreCaptured(t *testing.T) {
	t.Parallel()
	for _, f := range metric.All() {
		if f.Emitter.Ours {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			if f.Emitter.Capture == "" {
				t.Fatalf("emitter %s is foreign and has no capture", f.Emitter.Name)
			}
			checkCaptured(t, f)
		})
	}
}

func checkCaptured(t *testing.T, f *metric.Family) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", f.Emitter.Capture))
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", f.Emitter.Capture, err)
	}
	captured, ok := families[f.Name]
	if !ok {
		t.Fatalf("%s does not hold it", f.Emitter.Capture)
	}
	want := map[metric.Type]dto.MetricType{
		metric.Gauge: dto.MetricType_GAUGE, metric.Counter: dto.MetricType_COUNTER, metric.Histogram: dto.MetricType_HISTOGRAM,
		metric.Summary: dto.MetricType_SUMMARY, metric.Untyped: dto.MetricType_UNTYPED,
	}[f.Type]
	if captured.GetType() != want {
		t.Errorf("captured type is %v, catalogued %v", captured.GetType(), want)
	}
	seen := map[string]bool{}
	for _, m := range captured.GetMetric() {
		for _, l := range m.GetLabel() {
			seen[l.GetName()] = true
		}
	}
	for _, l := range f.LabelNames() {
		if !seen[l] {
			t.Errorf("label %s was not captured", l)
		}
	}
}
