package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// websocket turns the statistics of group websocket into connections and frames by what is spoken in them. The
// statistics without sip or msrp in their names are the sums of those with, so they are left out, but for failed
// handshakes: those failed before anything was spoken.
type websocket struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: websocket.
func (websocket) Name() string { return "websocket" }

// Scrape reads the group websocket of the statistics.
func (w websocket) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := w.stats.group(ctx, "websocket", "websocket")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{{metric.KamailioWebsocketHandshakeFailures, "ws_failed_handshakes"}})
	table := []struct {
		family    *metric.Family
		statistic string
		labels    []string
	}{
		{metric.KamailioWebsocketConnections, "current_connections", nil},
		{metric.KamailioWebsocketPeak, "max_concurrent_connections", nil},
		{metric.KamailioWebsocketHandshakes, "successful_handshakes", nil},
		{metric.KamailioWebsocketFailures, "failed_connections", nil},
		{metric.KamailioWebsocketCloses, "local_closed_connections", []string{"local"}},
		{metric.KamailioWebsocketCloses, "remote_closed_connections", []string{"remote"}},
		{metric.KamailioWebsocketFrames, "received_frames", []string{"received"}},
		{metric.KamailioWebsocketFrames, "transmitted_frames", []string{"transmitted"}},
	}
	for _, protocol := range metric.KamailioWebsocketConnections.Labels[0].Values {
		for _, row := range table {
			if v, ok := values["ws_"+protocol+"_"+row.statistic]; ok {
				emitValue(b, row.family, v, append([]string{protocol}, row.labels...)...)
			}
		}
	}
	return nil
}
