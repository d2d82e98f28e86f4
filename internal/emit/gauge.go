package emit

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/voipbin/observability/internal/metric"
)

// NewGaugeFunc returns a gauge without labels whose value is asked for in each scrape, for a state that is known also while the daemon
// does not answer. The function must be safe for concurrent use and must not block.
func NewGaugeFunc(f *metric.Family, value func() float64) Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: f.Name, Help: f.Help}, value)
}
