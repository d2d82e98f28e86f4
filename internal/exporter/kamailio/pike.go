package kamailio

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// pikeTop counts the addresses that the pike module follows. It has to list them for that, and there are many in an
// attack, so it is off by default; collector pike tells how often one was blocked.
type pikeTop struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: piketop.
func (pikeTop) Name() string { return "piketop" }

// Scrape asks pike.top.
func (p pikeTop) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := p.rpc.call(ctx, "pike.top", "ALL")
	if err != nil {
		return err
	}
	known := metric.KamailioPikeAddresses.Labels[0].Values
	count := map[string]int{}
	list, ok := answer.field("list")
	if !ok {
		return exporter.Failed(exporter.OutcomeDecode, errors.New("pike.top: no list in the answer"))
	}
	for _, address := range list.entries() {
		status := strings.ToLower(address.str("status"))
		if !slices.Contains(known, status) {
			status = "other"
		}
		count[status]++
	}
	for _, status := range known {
		b.Add(metric.KamailioPikeAddresses, float64(count[status]), status)
	}
	return nil
}
