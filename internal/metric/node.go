package metric

// NodeExporter is Prometheus' own exporter of a host.
var NodeExporter = &Emitter{Name: "node_exporter", Captures: []string{"node_exporter-1.9.0.prom", "node_exporter-1.12.1.prom"}}

// The labels of a host's families.
var (
	nodeDevice     = Label{Name: "device", Help: "Name of the device.", Bound: "devices of the host"}
	nodeFilesystem = []Label{nodeDevice, {Name: "fstype", Help: "Kind of file system.", Bound: "kinds mounted"}, {Name: "mountpoint", Help: "Where it is mounted.", Bound: "mounts"}}
	nodeCPU        = Label{Name: "cpu", Help: "Number of the processor.", Bound: "processors of the host"}
)

func nodeGauge(unit Unit, collector, name, help string, labels ...Label) *Family {
	return foreign(NodeExporter, Gauge, unit, "collector "+collector, name, help, labels...)
}

func nodeCounter(unit Unit, collector, name, help string, labels ...Label) *Family {
	return foreign(NodeExporter, Counter, unit, "collector "+collector, name, help, labels...)
}

// What a host has and uses.
var (
	NodeCPU              = nodeCounter(Seconds, "cpu", "node_cpu_seconds_total", "Time of a processor by what it did, in seconds; softirq is where packets are handled, steal what the hypervisor took.", nodeCPU, Label{Name: "mode", Help: "What it did.", Values: []string{"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"}})
	NodeLoad1            = nodeGauge(None, "loadavg", "node_load1", "Processes that ran or waited, mean of a minute.")
	NodeMemoryTotal      = nodeGauge(Bytes, "meminfo", "node_memory_MemTotal_bytes", "Memory of the host.")
	NodeMemoryAvailable  = nodeGauge(Bytes, "meminfo", "node_memory_MemAvailable_bytes", "Memory that programs could still have.")
	NodeSwapTotal        = nodeGauge(Bytes, "meminfo", "node_memory_SwapTotal_bytes", "Swap space of the host.")
	NodeSwapFree         = nodeGauge(Bytes, "meminfo", "node_memory_SwapFree_bytes", "Swap space that is free.")
	NodeOOMKills         = foreign(NodeExporter, Untyped, None, "collector vmstat", "node_vmstat_oom_kill", "Processes that the kernel killed for want of memory; only grows.")
	NodeFilesystemAvail  = nodeGauge(Bytes, "filesystem", "node_filesystem_avail_bytes", "Bytes that users can still write.", nodeFilesystem...)
	NodeFilesystemSize   = nodeGauge(Bytes, "filesystem", "node_filesystem_size_bytes", "Bytes of the file system.", nodeFilesystem...)
	NodeFilesystemInodes = nodeGauge(None, "filesystem", "node_filesystem_files", "Files that the file system can hold.", nodeFilesystem...)
	NodeFilesystemFree   = nodeGauge(None, "filesystem", "node_filesystem_files_free", "Files that can still be made.", nodeFilesystem...)
	NodeFilesystemRO     = nodeGauge(None, "filesystem", "node_filesystem_readonly", "Whether the file system is read-only (1).", nodeFilesystem...)
	NodeDiskIOTime       = nodeCounter(Seconds, "diskstats", "node_disk_io_time_seconds_total", "Time in which the disk had something to do, in seconds.", nodeDevice)
	NodeDiskReadTime     = nodeCounter(Seconds, "diskstats", "node_disk_read_time_seconds_total", "Time that reads took, in seconds.", nodeDevice)
	NodeDiskReads        = nodeCounter(None, "diskstats", "node_disk_reads_completed_total", "Reads done.", nodeDevice)
	NodeDiskWriteTime    = nodeCounter(Seconds, "diskstats", "node_disk_write_time_seconds_total", "Time that writes took, in seconds.", nodeDevice)
	NodeDiskWrites       = nodeCounter(None, "diskstats", "node_disk_writes_completed_total", "Writes done.", nodeDevice)

	NodeReceiveBytes     = nodeCounter(Bytes, "netdev", "node_network_receive_bytes_total", "Bytes received.", nodeDevice)
	NodeTransmitBytes    = nodeCounter(Bytes, "netdev", "node_network_transmit_bytes_total", "Bytes sent.", nodeDevice)
	NodeReceivePackets   = nodeCounter(None, "netdev", "node_network_receive_packets_total", "Packets received.", nodeDevice)
	NodeTransmitPackets  = nodeCounter(None, "netdev", "node_network_transmit_packets_total", "Packets sent.", nodeDevice)
	NodeReceiveDrops     = nodeCounter(None, "netdev", "node_network_receive_drop_total", "Packets dropped on their way in.", nodeDevice)
	NodeTransmitDrops    = nodeCounter(None, "netdev", "node_network_transmit_drop_total", "Packets dropped on their way out.", nodeDevice)
	NodeReceiveErrors    = nodeCounter(None, "netdev", "node_network_receive_errs_total", "Packets received with an error.", nodeDevice)
	NodeTransmitErrors   = nodeCounter(None, "netdev", "node_network_transmit_errs_total", "Packets that could not be sent.", nodeDevice)
	NodeNetworkSpeed     = nodeGauge(Bytes, "netclass", "node_network_speed_bytes", "Bytes a second that the interface is made for; negative where the driver does not know.", nodeDevice)
	NodeUDPReceiveErrors = foreign(NodeExporter, Untyped, None, "collector netstat", "node_netstat_Udp_InErrors", "UDP packets that could not be received; only grows.")
	NodeUDPBufferErrors  = foreign(NodeExporter, Untyped, None, "collector netstat", "node_netstat_Udp_RcvbufErrors", "UDP packets lost because a program read too slowly; only grows.")
	NodeConntrack        = nodeGauge(None, "conntrack", "node_nf_conntrack_entries", "Connections that the kernel tracks; absent without the module.")
	NodeConntrackLimit   = nodeGauge(None, "conntrack", "node_nf_conntrack_entries_limit", "Connections that the kernel can track; absent without the module.")
	NodeSoftnetDropped   = nodeCounter(None, "softnet", "node_softnet_dropped_total", "Packets that a processor dropped because its queue was full.", nodeCPU)
	NodeSoftnetSqueezed  = nodeCounter(None, "softnet", "node_softnet_times_squeezed_total", "Times that a processor stopped handling packets before its queue was empty.", nodeCPU)

	NodePressureCPU    = nodeCounter(Seconds, "pressure", "node_pressure_cpu_waiting_seconds_total", "Time in which some process waited for a processor, in seconds.")
	NodePressureMemory = nodeCounter(Seconds, "pressure", "node_pressure_memory_waiting_seconds_total", "Time in which some process waited for memory, in seconds.")
	NodePressureIO     = nodeCounter(Seconds, "pressure", "node_pressure_io_waiting_seconds_total", "Time in which some process waited for a disk, in seconds.")
	NodeFilesOpen      = nodeGauge(None, "filefd", "node_filefd_allocated", "File descriptors in use on the host.")
	NodeFilesLimit     = nodeGauge(None, "filefd", "node_filefd_maximum", "File descriptors that the host can have.")
	NodeClockOffset    = nodeGauge(Seconds, "timex", "node_timex_offset_seconds", "How far the clock is off by the kernel's own estimate, in seconds.")
	NodeClockMaxError  = nodeGauge(Seconds, "timex", "node_timex_maxerror_seconds", "How far the clock can be off, in seconds; grows while nothing sets it.")
	NodeClockSynced    = nodeGauge(None, "timex", "node_timex_sync_status", "Whether the clock is set by a server (1).")
	NodeTime           = nodeGauge(Seconds, "time", "node_time_seconds", "Clock of the host, as seconds since 1970.")
	NodeBootTime       = nodeGauge(Seconds, "stat", "node_boot_time_seconds", "When the host started, as seconds since 1970.")
	NodeUname          = nodeGauge(None, "uname", "node_uname_info", "Name and kernel of the host; the value is always 1.", Label{Name: "nodename", Help: "Name of the host.", Bound: "one at a time"}, Label{Name: "release", Help: "Version of the kernel.", Bound: "one at a time"})
)

// Node returns the families of node_exporter.
func Node() []*Family {
	return []*Family{
		NodeCPU, NodeLoad1, NodeMemoryTotal, NodeMemoryAvailable, NodeSwapTotal, NodeSwapFree, NodeOOMKills,
		NodeFilesystemAvail, NodeFilesystemSize, NodeFilesystemInodes, NodeFilesystemFree, NodeFilesystemRO,
		NodeDiskIOTime, NodeDiskReadTime, NodeDiskReads, NodeDiskWriteTime, NodeDiskWrites,
		NodeReceiveBytes, NodeTransmitBytes, NodeReceivePackets, NodeTransmitPackets, NodeReceiveDrops, NodeTransmitDrops,
		NodeReceiveErrors, NodeTransmitErrors, NodeNetworkSpeed, NodeUDPReceiveErrors, NodeUDPBufferErrors,
		NodeConntrack, NodeConntrackLimit, NodeSoftnetDropped, NodeSoftnetSqueezed,
		NodePressureCPU, NodePressureMemory, NodePressureIO, NodeFilesOpen, NodeFilesLimit,
		NodeClockOffset, NodeClockMaxError, NodeClockSynced, NodeTime, NodeBootTime, NodeUname,
	}
}
