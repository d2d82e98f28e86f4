package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// stateless turns the statistics of group sl into the replies that Kamailio sent without a transaction.
type stateless struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: sl.
func (stateless) Name() string { return "sl" }

// Scrape reads the group sl of the statistics.
func (s stateless) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := s.stats.group(ctx, "sl", "sl")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{
		{metric.KamailioSLSent, "sent_replies"},
		{metric.KamailioSLSentErrors, "sent_err_replies"},
		{metric.KamailioSLFailures, "failures"},
		{metric.KamailioSLACKs, "received_ACKs"},
	})
	for name, v := range values {
		code, ok := strings.CutSuffix(name, "_replies")
		if !ok || len(code) != len("200") {
			continue
		}
		class, code := slCode(code)
		b.Add(metric.KamailioSLReplies, float64(v), class, code)
	}
	return nil
}

// slCode gives class and code of a statistic of sl, where 4xx counts the 4xx codes that have no statistic of their own
// (unlike group core, where 4xx counts them all) and xxx what is outside 1xx to 6xx.
func slCode(code string) (class, exact string) {
	switch {
	case code == "xxx":
		return "other", "other"
	case strings.HasSuffix(code, "xx"):
		return code, "other"
	}
	return code[:1] + "xx", code
}
