package kamailio

import (
	"context"
	"fmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

// understood fails a collector that ends well and has read nothing: Kamailio has answered, but in words of a version to
// come. Without it, its metrics would be gone and its success 1.
type understood struct{ exporter.Scraper }

// Scrape lets the collector scrape, and fails where that ends well and has read nothing.
func (u understood) Scrape(ctx context.Context, b *emit.Batch) error {
	err := u.Scraper.Scrape(ctx, b)
	if err == nil && b.Len() == 0 {
		return unknown(u.Name())
	}
	return err
}

// unknown is an answer that is well-formed and in other words than any version so far.
func unknown(what string) error {
	return exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("%s: nothing in the answer is known", what))
}
