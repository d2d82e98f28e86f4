package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// tcpList counts TCP connections by state. Kamailio lists them one by one, addresses of phones included, and holds a lock
// meanwhile that its TCP workers need, so it is off by default.
type tcpList struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: tcplist.
func (tcpList) Name() string { return "tcplist" }

// Scrape asks core.tcp_list.
func (t tcpList) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := t.rpc.call(ctx, "core.tcp_list")
	if err != nil {
		return withoutTCP(err)
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	type kind struct{ protocol, state string }
	count := map[kind]int{}
	for _, connection := range answer.list() {
		if connection.str("type") == "" {
			continue
		}
		state := strings.TrimPrefix(strings.ToLower(connection.str("state")), "conn_")
		count[kind{strings.ToLower(connection.str("type")), state}]++
	}
	for k, n := range count {
		b.Add(metric.KamailioTCPConnectionsByState, float64(n), k.protocol, k.state)
	}
	return nil
}
