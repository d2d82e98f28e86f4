package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
)

// counters is a collector that is nothing but the statistics of one group, each a family of its own.
type counters struct {
	name   string
	group  string
	module string // that brings the group
	stats  *statistics
	table  []plain
}

// Name is that of the collector in its flag and in its outcome.
func (c counters) Name() string { return c.name }

// Scrape reads the group of the statistics that the collector is about.
func (c counters) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := c.stats.group(ctx, c.group, c.module)
	if err != nil {
		return err
	}
	emitPlain(b, values, c.table)
	return nil
}
