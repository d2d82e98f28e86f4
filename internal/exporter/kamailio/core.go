package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// core turns the statistics of group core into requests and replies by method, class and code.
type core struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: core.
func (core) Name() string { return "core" }

// plainCore are the statistics that are a family of their own.
func plainCore() []plain {
	return []plain{
		{metric.KamailioRequests, "rcv_requests"},
		{metric.KamailioRequestsForwarded, "fwd_requests"},
		{metric.KamailioRequestsDropped, "drop_requests"},
		{metric.KamailioRequestErrors, "err_requests"},
		{metric.KamailioReplies, "rcv_replies"},
		{metric.KamailioRepliesForwarded, "fwd_replies"},
		{metric.KamailioRepliesDropped, "drop_replies"},
		{metric.KamailioReplyErrors, "err_replies"},
	}
}

// Scrape reads the group core of the statistics.
func (c core) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := c.stats.group(ctx, "core", "kex")
	if err != nil {
		return err
	}
	emitPlain(b, values, plainCore())
	for _, reason := range []struct{ label, statistic string }{
		{"uri", "bad_URIs_rcvd"}, {"header", "bad_msg_hdr"}, {"method", "unsupported_methods"},
	} {
		if v, ok := values[reason.statistic]; ok {
			b.Add(metric.KamailioBadMessages, float64(v), reason.label)
		}
	}
	for name, v := range values {
		if method, ok := strings.CutPrefix(name, "rcv_requests_"); ok {
			b.Add(metric.KamailioRequestsByMethod, float64(v), method)
		}
		if kind, ok := strings.CutPrefix(name, "rcv_replies_"); ok {
			emitReplies(b, kind, float64(v))
		}
	}
	return nil
}

// emitReplies sorts one of the rcv_replies_* statistics: 4xx is a class, 404 and 18x are codes, 4xx_invite is a class by
// method, where Kamailio shortens register to reg.
func emitReplies(b *emit.Batch, kind string, value float64) {
	class, method, byMethod := strings.Cut(kind, "_")
	switch {
	case byMethod && method == "reg":
		b.Add(metric.KamailioRepliesByMethod, value, "register", class)
	case byMethod:
		b.Add(metric.KamailioRepliesByMethod, value, method, class)
	case strings.HasSuffix(class, "xx"):
		b.Add(metric.KamailioRepliesByClass, value, class)
	default:
		b.Add(metric.KamailioRepliesByCode, value, class)
	}
}
