package metric

// RabbitMQPlugin is RabbitMQ's own plugin rabbitmq_prometheus. Each node shows only what it leads: sums over nodes are the whole. What
// /metrics/detailed shows by queue has names of its own and comes only for the families asked for.
var RabbitMQPlugin = &Emitter{
	Name:     "rabbitmq_prometheus",
	Captures: []string{"rabbitmq-3.10.8.prom", "rabbitmq-3.10.8-detailed.prom", "rabbitmq-4.0.5.prom", "rabbitmq-4.0.5-detailed.prom"},
}

// The labels of a queue.
var rabbitQueue = []Label{
	{Name: "queue", Help: "Name of the queue.", Bound: "queues; those of single pods come and go, so leave them out"},
	{Name: "vhost", Help: "Virtual host of the queue.", Bound: "virtual hosts"},
}

func rabbitGauge(unit Unit, name, help string) *Family {
	return foreign(RabbitMQPlugin, Gauge, unit, "/metrics", "rabbitmq_"+name, help)
}

func rabbitCounter(unit Unit, name, help string) *Family {
	return foreign(RabbitMQPlugin, Counter, unit, "/metrics", "rabbitmq_"+name, help)
}

// rabbitAlarm is a flag whose type the plugin does not state.
func rabbitAlarm(name, help string) *Family {
	return foreign(RabbitMQPlugin, Untyped, None, "/metrics", "rabbitmq_alarms_"+name, help)
}

// rabbitDetailed is a value by queue, from a family of /metrics/detailed.
func rabbitDetailed(t Type, unit Unit, family, name, help string) *Family {
	return foreign(RabbitMQPlugin, t, unit, "/metrics/detailed?family="+family, "rabbitmq_detailed_"+name, help, rabbitQueue...)
}

// What a node says of itself and, without telling them apart, of the queues that it leads.
var (
	RabbitBuild = foreign(RabbitMQPlugin, Untyped, None, "/metrics", "rabbitmq_build_info", "Versions of a node; the value is always 1.",
		Label{Name: "rabbitmq_version", Help: "For example 4.0.5.", Bound: "one at a time"}, Label{Name: "erlang_version", Help: "For example 27.3.4.", Bound: "one at a time"})
	RabbitIdentity = foreign(RabbitMQPlugin, Untyped, None, "/metrics", "rabbitmq_identity_info", "Name of a node and its cluster; the value is always 1.",
		Label{Name: "rabbitmq_node", Help: "Name of the node.", Bound: "one at a time"}, Label{Name: "rabbitmq_cluster", Help: "Name of the cluster.", Bound: "one at a time"})
	RabbitMessages        = rabbitGauge(None, "queue_messages", "Messages in queues.")
	RabbitReady           = rabbitGauge(None, "queue_messages_ready", "Messages that wait for a consumer.")
	RabbitUnacked         = rabbitGauge(None, "queue_messages_unacked", "Messages delivered and not yet acknowledged.")
	RabbitQueues          = rabbitGauge(None, "queues", "Queues that there are.")
	RabbitConsumers       = rabbitGauge(None, "consumers", "Consumers that there are.")
	RabbitConnections     = rabbitGauge(None, "connections", "Connections that are open.")
	RabbitChannels        = rabbitGauge(None, "channels", "Channels that are open.")
	RabbitOpened          = rabbitCounter(None, "connections_opened_total", "Connections opened.")
	RabbitClosed          = rabbitCounter(None, "connections_closed_total", "Connections closed.")
	RabbitChannelsOpened  = rabbitCounter(None, "channels_opened_total", "Channels opened.")
	RabbitMemory          = rabbitGauge(Bytes, "process_resident_memory_bytes", "Memory of the node.")
	RabbitMemoryLimit     = rabbitGauge(Bytes, "resident_memory_limit_bytes", "Memory above which the node stops publishers.")
	RabbitDiskFree        = rabbitGauge(Bytes, "disk_space_available_bytes", "Bytes free on the node's disk.")
	RabbitDiskLimit       = rabbitGauge(Bytes, "disk_space_available_limit_bytes", "Bytes free below which the node stops publishers.")
	RabbitFiles           = rabbitGauge(None, "process_open_fds", "File descriptors that are open.")
	RabbitFilesLimit      = rabbitGauge(None, "process_max_fds", "File descriptors that the node may have open.")
	RabbitProcesses       = rabbitGauge(None, "erlang_processes_used", "Erlang processes that there are.")
	RabbitProcessesLimit  = rabbitGauge(None, "erlang_processes_limit", "Erlang processes that there can be.")
	RabbitUptime          = rabbitGauge(Seconds, "erlang_uptime_seconds", "Time since the node started, in seconds.")
	RabbitAlarmFiles      = rabbitAlarm("file_descriptor_limit", "Whether the node has run out of file descriptors (1).")
	RabbitAlarmDisk       = rabbitAlarm("free_disk_space_watermark", "Whether the node stops publishers for want of disk (1).")
	RabbitAlarmMemory     = rabbitAlarm("memory_used_watermark", "Whether the node stops publishers for want of memory (1).")
	RabbitUnreachable     = since("4.0", rabbitGauge(None, "unreachable_cluster_peers_count", "Nodes of the cluster that this one cannot reach."))
	RabbitPublished       = rabbitProtocol("received_total", "Messages that publishers sent.")
	RabbitDelivered       = rabbitProtocol("delivered_total", "Messages handed to consumers.")
	RabbitAcknowledged    = rabbitProtocol("acknowledged_total", "Messages that consumers acknowledged.")
	RabbitRedelivered     = rabbitProtocol("redelivered_total", "Messages handed out once more.")
	RabbitUnroutable      = rabbitProtocol("unroutable_dropped_total", "Messages dropped because no queue took them.")
	RabbitUnroutableBack  = rabbitProtocol("unroutable_returned_total", "Messages returned because no queue took them.")
	RabbitRaftCommitIndex = rabbitGauge(None, "raft_log_commit_index", "Position in the log of quorum queues that is committed; 0 where there are none.")
)

// rabbitProtocol is a count by protocol.
func rabbitProtocol(name, help string) *Family {
	f := rabbitCounter(None, "global_messages_"+name, help)
	f.Labels = []Label{{Name: "protocol", Help: "Protocol, such as amqp091.", Bound: "protocols of the broker"}}
	return f
}

// What a node says of each queue that it leads.
var (
	RabbitQueueMessages  = rabbitDetailed(Gauge, None, "queue_coarse_metrics", "queue_messages", "Messages in a queue.")
	RabbitQueueReady     = rabbitDetailed(Gauge, None, "queue_coarse_metrics", "queue_messages_ready", "Messages in a queue that wait for a consumer.")
	RabbitQueueUnacked   = rabbitDetailed(Gauge, None, "queue_coarse_metrics", "queue_messages_unacked", "Messages of a queue delivered and not yet acknowledged.")
	RabbitQueueConsumers = rabbitDetailed(Gauge, None, "queue_consumer_count", "queue_consumers", "Consumers of a queue.")
	RabbitQueueCapacity  = rabbitDetailed(Gauge, None, "queue_metrics", "queue_consumer_capacity", "Share of the time in which a queue could hand out messages at once, 0 to 1.")
	RabbitQueueBytes     = rabbitDetailed(Gauge, Bytes, "queue_metrics", "queue_messages_bytes", "Bytes of the messages in a queue.")
	RabbitQueueMemory    = rabbitDetailed(Gauge, Bytes, "queue_metrics", "queue_process_memory_bytes", "Memory of a queue's process.")
	RabbitQueueAcked     = since("4.0", rabbitDetailed(Counter, None, "queue_delivery_metrics", "queue_messages_acked_total", "Messages of a queue that consumers acknowledged."))
	RabbitQueueDelivered = since("4.0", rabbitDetailed(Counter, None, "queue_delivery_metrics", "queue_messages_delivered_ack_total", "Messages of a queue handed out to be acknowledged."))
	RabbitQueueRedeliver = since("4.0", rabbitDetailed(Counter, None, "queue_delivery_metrics", "queue_messages_redelivered_total", "Messages of a queue handed out once more."))
	RabbitChannelAcked   = rabbitChannel("channel_messages_acked_total", "Messages acknowledged on a channel, by queue: the acknowledgements of a queue before version 4, in a sum without the channel.")
	RabbitChannelDeliver = rabbitChannel("channel_messages_delivered_ack_total", "Messages handed out on a channel to be acknowledged, by queue.")
)

// rabbitChannel is a count by channel and queue.
func rabbitChannel(name, help string) *Family {
	f := rabbitDetailed(Counter, None, "channel_queue_metrics", name, help)
	f.Labels = append([]Label{{Name: "channel", Help: "Process of the channel.", Bound: "channels that are open"}}, rabbitQueue...)
	return f
}

// RabbitMQ returns the families of RabbitMQ's own plugin.
func RabbitMQ() []*Family {
	return []*Family{
		RabbitBuild, RabbitIdentity, RabbitMessages, RabbitReady, RabbitUnacked, RabbitQueues, RabbitConsumers, RabbitConnections,
		RabbitChannels, RabbitOpened, RabbitClosed, RabbitChannelsOpened, RabbitMemory, RabbitMemoryLimit, RabbitDiskFree, RabbitDiskLimit,
		RabbitFiles, RabbitFilesLimit, RabbitProcesses, RabbitProcessesLimit, RabbitUptime,
		RabbitAlarmFiles, RabbitAlarmDisk, RabbitAlarmMemory, RabbitUnreachable,
		RabbitPublished, RabbitDelivered, RabbitAcknowledged, RabbitRedelivered, RabbitUnroutable, RabbitUnroutableBack, RabbitRaftCommitIndex,
		RabbitQueueMessages, RabbitQueueReady, RabbitQueueUnacked, RabbitQueueConsumers, RabbitQueueCapacity, RabbitQueueBytes, RabbitQueueMemory,
		RabbitQueueAcked, RabbitQueueDelivered, RabbitQueueRedeliver, RabbitChannelAcked, RabbitChannelDeliver,
	}
}
