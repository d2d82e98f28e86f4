package dashboard

import (
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/metric"
)

func (k kamailioBoard) memory() []card {
	full := panel.Float(1)
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Shared memory used of its limit", looks: panel.Series(k.nodes()), max: full, alerts: []string{"KamailioSharedMemoryLow"},
			description: "Shared memory in use, with the allocator's overhead, as a share of the pool (-m). Near the top Kamailio refuses calls: restart it in a quiet hour with a larger pool and look for what grows.",
			asks:        []ask{{k.of(metric.KamailioShmRealUsed).Over(k.of(metric.KamailioShmSize)).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Shared memory in use",
			description: "Shared memory of the proxy that uses most: now, the most ever since its start, and the pool. A slope that does not follow traffic is a leak: find its owner with corex.shm_summary.",
			asks: []ask{
				{k.of(metric.KamailioShmRealUsed).Max(), "in use"},
				{k.of(metric.KamailioShmMaxUsed).Max(), "most since the start"},
				{k.of(metric.KamailioShmSize).Max(), "pool"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Shared memory fragments", looks: panel.Series(k.nodes()),
			description: "Pieces of free shared memory. Many small ones make large allocations fail although much is free; a restart joins them.",
			asks:        []ask{{k.of(metric.KamailioShmFragments).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Private memory used of its limit by kind of process", max: full, looks: usual(processKinds()...), alerts: []string{"KamailioPrivateMemoryLow", "KamailioPrivateMemoryLeak"},
			description: "Private memory of the fullest process of each kind, as a share of its pool (-M). One kind that grows without end leaks; when it is full, that process fails its messages.",
			asks:        []ask{{k.of(metric.KamailioPkgRealUsed).Over(k.of(metric.KamailioPkgSize)).Max("process"), "{{process}}"}},
		},
	}
}

func (k kamailioBoard) connections() []card {
	full := panel.Float(1)
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Connections of their limit", max: full, alerts: []string{"KamailioConnectionsHigh"}, thresholds: between(k.spec.Alerts.Kamailio.Connections),
			description: "Open TCP and TLS connections of the fullest proxy, as a share of what it accepts. " + limitText(k.spec.Alerts.Kamailio.Connections) + " At the top it refuses new ones: raise tcp_max_connections, or find who does not close his.",
			asks: []ask{
				{k.of(metric.KamailioTCPConnections).Over(k.of(metric.KamailioTCPConnectionsLimit)).Max(), "TCP, TLS included"},
				{k.of(metric.KamailioTLSConnections).Over(k.of(metric.KamailioTLSConnectionsLimit)).Max(), "TLS"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Open connections",
			description: "Open TCP connections, and those of them with TLS. A sudden fall is a network that was cut or a certificate that ran out.",
			asks:        []ask{{k.of(metric.KamailioTCPConnections).Sum(), "TCP, TLS included"}, {k.of(metric.KamailioTLSConnections).Sum(), "TLS"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Connections opened and accepted",
			description: "TCP connections a second, by who opened them. A high rate of accepted ones with few open means that clients reconnect: look at idle times and certificates.",
			asks:        []ask{{k.rate(metric.KamailioTCPAccepted), "accepted"}, {k.rate(metric.KamailioTCPConnects), "opened by Kamailio"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Connections that failed",
			description: "TCP connections a second that could not be opened, were refused, reset or timed out. Refused ones mean that the limit is reached; failures to connect name a peer that is away.",
			asks: []ask{
				{k.rate(metric.KamailioTCPConnectFailures), "not opened"},
				{k.rate(metric.KamailioTCPRejects), "refused by Kamailio"},
				{k.rate(metric.KamailioTCPResets), "reset by the peer"},
				{k.rate(metric.KamailioTCPTimeouts), "idle too long"},
				{k.rate(metric.KamailioTCPSendTimeouts), "writes timed out"},
				{k.rate(metric.KamailioTCPSendQueueFull), "writes refused, queue full"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Bytes that wait to be written",
			description: "Data queued on TCP connections, and clear text queued to be encrypted. A queue that stays is a peer that does not read: its connection blocks a worker.",
			asks: []ask{
				{k.of(metric.KamailioTCPWriteQueue).Sum(), "TCP"},
				{k.of(metric.KamailioTLSClearTextQueue).Sum(), "TLS clear text"},
			},
		},
	}
}

// collectors lists the parts of an exporter that its families come from.
func collectors(families []*metric.Family) []string {
	var names []string
	for _, f := range families {
		if f.Collector != "" && !slices.Contains(names, f.Collector) {
			names = append(names, f.Collector)
		}
	}
	return names
}

func (k kamailioBoard) exporter() []card {
	return append([]card{{
		kind: panel.TimeSeriesType, title: "Processes by kind", looks: usual(processKinds()...), alerts: []string{"KamailioProcessLost"},
		description: "Kamailio processes of each kind, over the chosen proxies. The number is fixed by the configuration; a step without a deployment is a process that died.",
		asks:        []ask{{k.of(metric.KamailioProcesses).Sum("process"), "{{process}}"}},
	}}, k.exporterCards()...)
}
