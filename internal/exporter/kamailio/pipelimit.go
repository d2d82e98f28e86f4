package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// pipelimit reads the pipes that limit requests. A script may name a pipe after a caller, which is why it is off by
// default. The requests are those of the last complete interval: the current one is cut at a random moment.
type pipelimit struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: pipelimit.
func (pipelimit) Name() string { return "pipelimit" }

// Scrape asks pl.list.
func (p pipelimit) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := p.rpc.call(ctx, "pl.list")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	for _, pipe := range answer.list() {
		emitFields(b, pipe, []field{
			{metric.KamailioPipeRequests, "last_counter", 1},
			{metric.KamailioPipeLimit, "limit", 1},
		}, pipe.str("name"), strings.ToLower(pipe.str("algorithm")))
	}
	return nil
}
