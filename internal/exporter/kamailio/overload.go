package kamailio

import (
	"context"
	"errors"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// overload reads how much dispatcher targets want held back. It needs the long form of the list, half as large again as
// the one of collector dispatcher; dispatcher.oclist would take a call for every set and does not tell which of two
// targets of one address it means.
type overload struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: overload.
func (overload) Name() string { return "overload" }

// Scrape asks dispatcher.list for its full answer, which has the congestion control since Kamailio 6.0.
func (o overload) Scrape(ctx context.Context, b *emit.Batch) error {
	_, targets, err := readDestinations(ctx, o.rpc, "full")
	if err != nil {
		return err
	}
	const percent = 1e-2
	for _, t := range targets {
		emitFields(b, t.reply, []field{{metric.KamailioDispatcherTargetOverload, "OCRATE", percent}}, t.set, t.uri, t.id)
	}
	if b.Len() == 0 {
		return exporter.Absent(errors.New("this Kamailio knows no overload control: it came with 6.0"))
	}
	return nil
}
