package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// dialog reads the calls that the dialog module tracks. dlg.list would show the callers, and costs 10 ms for 600 calls.
type dialog struct {
	rpc   caller
	stats *statistics
}

// Name is that of the collector in its flag and in its outcome: dialog.
func (dialog) Name() string { return "dialog" }

// Scrape asks dlg.stats_active, and reads the group dialog of the statistics.
func (d dialog) Scrape(ctx context.Context, b *emit.Batch) error {
	active, err := d.rpc.call(ctx, "dlg.stats_active")
	if err != nil {
		return err
	}
	for _, state := range metric.KamailioDialogs.Labels[0].Values {
		emitFields(b, active, []field{{metric.KamailioDialogs, state, 1}}, state)
	}
	if b.Len() == 0 {
		return unknown("dlg.stats_active")
	}
	values, err := d.stats.group(ctx, "dialog", "dialog")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{
		{metric.KamailioDialogsProcessed, "processed_dialogs"},
		{metric.KamailioDialogsExpired, "expired_dialogs"},
		{metric.KamailioDialogsFailed, "failed_dialogs"},
	})
	return nil
}
