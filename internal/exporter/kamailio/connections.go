package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// tcp reads connections against their limits by core.tcp_info, and the counters of group tcp.
type tcp struct {
	rpc   caller
	stats *statistics
}

// Name is that of the collector in its flag and in its outcome: tcp.
func (tcp) Name() string { return "tcp" }

// Scrape asks core.tcp_info, and reads the group tcp of the statistics.
func (t tcp) Scrape(ctx context.Context, b *emit.Batch) error {
	info, err := t.rpc.call(ctx, "core.tcp_info")
	if err != nil {
		return withoutTCP(err)
	}
	emitFields(b, info, []field{
		{metric.KamailioTCPConnections, "opened_connections", 1},
		{metric.KamailioTCPConnectionsLimit, "max_connections", 1},
		{metric.KamailioTLSConnections, "opened_tls_connections", 1},
		{metric.KamailioTLSConnectionsLimit, "max_tls_connections", 1},
		{metric.KamailioTCPWriteQueue, "write_queued_bytes", 1},
		{metric.KamailioTCPReaders, "readers", 1},
	})
	if b.Len() == 0 {
		return unknown("core.tcp_info")
	}
	values, err := t.stats.group(ctx, "tcp", "kex")
	if err != nil {
		return err
	}
	emitPlain(b, values, []plain{
		{metric.KamailioTCPEstablished, "established"},
		{metric.KamailioTCPAccepted, "passive_open"},
		{metric.KamailioTCPConnects, "connect_success"},
		{metric.KamailioTCPConnectFailures, "connect_failed"},
		{metric.KamailioTCPRejects, "local_reject"},
		{metric.KamailioTCPTimeouts, "con_timeout"},
		{metric.KamailioTCPResets, "con_reset"},
		{metric.KamailioTCPSendTimeouts, "send_timeout"},
		{metric.KamailioTCPSendQueueFull, "sendq_full"},
	})
	return nil
}

// tlsQueue reads what waits in the TLS module; its connections are in core.tcp_info, from where collector tcp has them.
type tlsQueue struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: tls.
func (tlsQueue) Name() string { return "tls" }

// Scrape asks tls.info.
func (t tlsQueue) Scrape(ctx context.Context, b *emit.Batch) error {
	info, err := t.rpc.call(ctx, "tls.info")
	if err != nil {
		return err
	}
	emitFields(b, info, []field{{metric.KamailioTLSClearTextQueue, "clear_text_write_queued_bytes", 1}})
	return nil
}

// field says which member of an answer is which family, and what its unit must be multiplied by.
type field struct {
	family *metric.Family
	name   string
	scale  float64
}

// emitFields emits the members that are numbers; one that is missing or has become a text is left out. None of them can be
// below zero: a level that is was counted down once too often, and its true value is not known.
func emitFields(b *emit.Batch, r reply, table []field, labels ...string) {
	for _, f := range table {
		v, ok := r.number(f.name)
		switch {
		case !ok:
		case v < 0:
			b.Invalid(f.family)
		default:
			b.Add(f.family, v*f.scale, labels...)
		}
	}
}
