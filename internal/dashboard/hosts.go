package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
)

// hostsName is the board of the machines below the daemons.
const hostsName = "hosts"

// hostsJob is the job of the machines, as the scrape configuration sets it.
const hostsJob = "node"

// hostsBoard makes the cards of that board.
type hostsBoard struct{ *maker }

func hosts(m *maker) board {
	h := hostsBoard{m}
	return board{
		name: hostsName, title: "VoIPBIN / Hosts", folder: "Platform", from: "now-6h",
		description: "The machines of the SIP proxies, media proxies and media servers: which has no processor time, memory, disk or bandwidth left, and whose clock is wrong?",
		variables:   h.variables(),
		rows: []row{
			{title: "Are all there?", cards: h.there()},
			{title: "Processors and memory", cards: h.processors()},
			{title: "Disks and clocks", cards: h.disks()},
			{title: "Network", cards: h.network()},
		},
	}
}

// variables let the reader choose machines.
func (h hostsBoard) variables() []grafana.Variable {
	s := source()
	return []grafana.Variable{{
		Type: grafana.QueryVariable, Name: "instance", Label: "Machine", Datasource: &s, Multi: true, AllValue: ".*",
		Description: "The machines of the tiers.", Query: "label_values(" + metric.Up.Name + `{job="` + hostsJob + `"}, instance)`,
	}}
}

// of selects what the chosen machines tell.
func (h hostsBoard) of(f *metric.Family, more ...query.Matcher) query.Expr {
	return query.Of(f, append([]query.Matcher{query.Is("job", hostsJob), query.Like("instance", "$instance")}, more...)...)
}

func (h hostsBoard) there() []card {
	return []card{
		{
			kind: panel.StateTimelineType, title: "Machines", height: 10, states: upStates("seen", "unseen"), alerts: []string{"HostMissing"},
			description: "Whether node_exporter of each machine answers. One that is unseen while its daemon is up has lost its exporter only; look at the fleet board.",
			asks:        []ask{{h.of(metric.Up).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TableType, title: "Processors of each machine", node: "Machine", height: 10, alerts: h.made("HostSizeDiffers"), decimals: panel.Int(0),
			description: "How many processors each machine has. Machines of one tier that differ were not made from one plan: spec/platform.yaml says how many it should be.",
			asks:        []ask{{h.of(metric.NodeCPU, query.Is("mode", "idle")).Count("instance"), ""}},
			hidden:      []string{"Time"},
			columns:     []panel.Column{{Field: "instance", Name: "Machine"}, {Field: "Value", Name: "Processors"}},
		},
		{
			kind: panel.TableType, title: "Memory of each machine", node: "Machine", height: 10, alerts: h.made("HostSizeDiffers"),
			description: "How much memory each machine has in all; the kernel keeps some of what the provider sells. Far less than in spec/platform.yaml is the wrong type of machine.",
			asks:        []ask{{h.of(metric.NodeMemoryTotal).Max("instance"), ""}},
			hidden:      []string{"Time"},
			columns:     []panel.Column{{Field: "instance", Name: "Machine"}, {Field: "Value", Name: "Memory"}},
		},
	}
}

func (h hostsBoard) processors() []card {
	idle := h.of(metric.NodeCPU, query.Is("mode", "idle")).Rate().Sum("instance")
	all := h.of(metric.NodeCPU).Rate().Sum("instance")
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Processor time left", weight: 2, unit: panel.UnitPercent, max: panel.Float(1), alerts: []string{"HostCPUBusy"},
			description: "Share of the time of all processors of a machine in which nothing was done. Near none, media that is handled in programs is late: spread calls, or find what eats it with top.",
			asks:        []ask{{idle.Over(all, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Busiest processor with packets", unit: panel.UnitPercent, max: panel.Float(1), alerts: []string{"HostSoftIRQHigh"},
			description: "Share of its time that the busiest processor of a machine handled packets. Half of it is much: spread the queues of the network card over the processors.",
			asks:        []ask{{h.of(metric.NodeCPU, query.Is("mode", "softirq")).Rate().Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Memory left", max: panel.Float(1), unit: panel.UnitPercent, alerts: []string{"HostMemoryLow"},
			description: "Share of a machine's memory that programs could still have. A line that falls without more calls is a leak: find the process with ps.",
			asks:        []ask{{h.of(metric.NodeMemoryAvailable).Sum("instance").Over(h.of(metric.NodeMemoryTotal).Sum("instance"), "instance"), "{{instance}}"}},
		},
	}
}

func (h hostsBoard) disks() []card {
	root := query.Is("mountpoint", "/")
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Disk left", weight: 2, max: panel.Float(1), unit: panel.UnitPercent, alerts: []string{"HostDiskFilling"}, none: "no machine tells its root file system",
			description: "Share of the root file system that is free. A steady fall is logs or recordings that nobody clears: see du on the machine.",
			asks:        []ask{{h.of(metric.NodeFilesystemAvail, root).Sum("instance").Over(h.of(metric.NodeFilesystemSize, root).Sum("instance"), "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Clocks are off by", alerts: []string{"HostClockOff"}, close: true,
			description: "How far each clock is off by the kernel's own estimate. Tens of milliseconds are much: see chronyc tracking on the machine.",
			asks:        []ask{{h.of(metric.NodeClockOffset).Max("instance"), "{{instance}}"}},
		},
	}
}

func (h hostsBoard) network() []card {
	outside := query.Not("device", "lo")
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Sent by machine", alerts: h.made("HostNetworkBusy"),
			description: "Bytes a second that each machine sends. Voice needs little of the bandwidth; much more is a copy, or an attack through the machine.",
			asks:        []ask{{h.of(metric.NodeTransmitBytes, outside).Rate().Sum("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets received by machine",
			description: "Packets a second that each machine receives. These load processors rather than bytes do; a jump without more calls is an attack.",
			asks:        []ask{{h.of(metric.NodeReceivePackets, outside).Rate().Sum("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets dropped by machine", none: "no machine tells its drops",
			description: "Packets a second that were dropped on their way in, by the card or because a processor's queue was full. Each is a gap in a call: see the busiest processor above.",
			asks:        []ask{{h.of(metric.NodeReceiveDrops, outside).Rate().Sum("instance"), "card {{instance}}"}, {h.of(metric.NodeSoftnetDropped).Rate().Sum("instance"), "queue {{instance}}"}},
		},
	}
}
