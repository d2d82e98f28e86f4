package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// transactions turns the statistics of group tmx into transactions and their replies. tm.stats has the same numbers cut
// to 32 bits in every version, so it is not used.
type transactions struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: tmx.
func (transactions) Name() string { return "tmx" }

// Scrape reads the group tmx of the statistics.
func (t transactions) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := t.stats.group(ctx, "tmx", "tmx")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{
		{metric.KamailioTransactionsActive, "active_transactions"},
		{metric.KamailioTransactionsInUse, "inuse_transactions"},
	})
	for name, v := range values {
		if side, ok := strings.CutSuffix(name, "_transactions"); ok {
			emitTransactions(b, side, float64(v))
		}
		if kind, ok := strings.CutPrefix(name, "rpl_"); ok {
			b.Add(metric.KamailioTMReplies, float64(v), kind)
		}
	}
	return nil
}

// emitTransactions sorts one of the *_transactions statistics by what stands before the underscore.
func emitTransactions(b *emit.Batch, kind string, value float64) {
	switch {
	case kind == "UAS" || kind == "UAC":
		b.Add(metric.KamailioTransactions, value, strings.ToLower(kind))
	case strings.HasSuffix(kind, "xx"):
		b.Add(metric.KamailioTransactionsCompleted, value, kind)
	}
}
