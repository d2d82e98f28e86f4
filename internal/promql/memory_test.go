package promql

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
)

// A memory says what its checker says, however often and whatever the caller does with the answer.
func TestMemory(t *testing.T) {
	t.Parallel()
	checker := NewChecker(metric.NewCatalogue(metric.All()), nil, Options{})
	memory := NewMemory(checker)
	for range 2 {
		for _, text := range []string{
			"", "up", "sum(", "ALERTS", "kamailio_upp", "kamailio_requests_received_total", `sum by (class) (rate(kamailio_up{instance=~"$instance"}[$__rate_interval]))`,
			"sum by (instance) (rate(kamailio_requests_received_total[$__rate_interval]))", "$node + kamailio_upp",
		} {
			problems, labels := memory.Check(text), memory.Labels(text)
			if diff := cmp.Diff(checker.Check(text), problems); diff != "" {
				t.Errorf("%s: problems (-checker +memory):\n%s", text, diff)
			}
			if diff := cmp.Diff(checker.Labels(text), labels); diff != "" {
				t.Errorf("%s: labels (-checker +memory):\n%s", text, diff)
			}
			clear(problems)
			clear(labels)
		}
	}
}
