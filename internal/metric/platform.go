package metric

// PlatformExporter is this project's exporter of what nobody else exports of the platform around the telephony: what RabbitMQ's policies
// really do, what classes of keys a Redis holds, how old backups are, and what was deployed when.
var PlatformExporter = &Emitter{Name: "platform_exporter", Ours: true}

// PlatformKit is what platform_exporter says about itself and its target.
var PlatformKit = newKit("platform", PlatformExporter)

// The labels of the platform's families.
var (
	platformVhost    = Label{Name: "vhost", Help: "Virtual host.", Bound: "virtual hosts of the broker"}
	platformPolicy   = Label{Name: "policy", Help: "Name of the policy.", Bound: "policies of the broker"}
	platformClass    = Label{Name: "class", Help: "Class of keys, by the module's patterns; other is what none of them matches.", Bound: "classes of the module, 50 at most, and other"}
	platformExchange = Label{Name: "exchange", Help: "Name of the exchange.", Bound: "delayed exchanges of the broker"}

	platformQueue  = []Label{platformVhost, {Name: "queue", Help: "Name of the queue.", Bound: "queues that are not volatile, and the collector's limit"}}
	platformDeploy = []Label{
		{Name: "service", Help: "Service that was deployed.", Bound: "services that the CI has told of, 200 at most"},
		{Name: "version", Help: "Version that was deployed.", Bound: "latest versions of a service, 5 of each"},
	}
)

func platformGauge(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{Name: "platform_" + name, Type: Gauge, Unit: unit, Help: help, Labels: labels, Emitter: PlatformExporter, Collector: collector, Source: source}
}

func platformCounter(name, collector, source, help string, labels ...Label) *Family {
	return &Family{Name: "platform_" + name, Type: Counter, Help: help, Labels: labels, Emitter: PlatformExporter, Collector: collector, Source: source}
}

// What RabbitMQ's management interface says, of the whole cluster at once.
var (
	PlatformRabbitBuild = platformGauge("rabbitmq_build_info", "rabbitmq", "/api/overview",
		"Version of the broker; the value is always 1.", None, Label{Name: "version", Help: "For example 3.10.8.", Bound: "one at a time"})
	PlatformRabbitNodes = platformGauge("rabbitmq_nodes", "rabbitmq", "/api/nodes",
		"Nodes of the cluster, by whether they run.", None, Label{Name: "state", Help: "Whether it runs.", Values: []string{"running", "down"}})
	PlatformRabbitPartitions = platformGauge("rabbitmq_node_partitions", "rabbitmq", "/api/nodes",
		"Nodes from which a running one was parted, whether it sees them again or not; above 0 is a cluster that is split.", None, Label{Name: "node", Help: "Name of the node.", Bound: "nodes of the cluster"})
	PlatformRabbitMessages = platformGauge("rabbitmq_messages", "rabbitmq", "/api/queues",
		"Messages in all queues of a virtual host. Absent while a queue does not tell of its own, for a sum without it would be too low.", None, platformVhost, Label{Name: "state", Help: "Waiting for a consumer, or delivered and not yet acknowledged.", Values: []string{"ready", "unacked"}})
	PlatformRabbitQueues = platformGauge("rabbitmq_queues", "rabbitmq", "/api/queues",
		"Queues of a virtual host by type, those that are volatile included.", None, platformVhost, Label{Name: "type", Help: "Type of the queue.", Values: []string{"classic", "quorum", "stream"}})
	PlatformRabbitMirrors = platformGauge("rabbitmq_queue_mirrors", "mirrors", "/api/queues",
		"Mirrors of a classic queue; no series for one that has none.", None, platformQueue...)
	PlatformRabbitUnsynced = platformGauge("rabbitmq_queue_unsynced_mirrors", "mirrors", "/api/queues",
		"Mirrors of a classic queue that do not hold all of its messages; no series for a queue without mirrors.", None, platformQueue...)
	PlatformRabbitOffline = platformGauge("rabbitmq_queue_offline_members", "mirrors", "/api/queues",
		"Members of a quorum queue or stream that are not online.", None, platformQueue...)
	PlatformRabbitPolicy = platformGauge("rabbitmq_policy_info", "policies", "/api/policies",
		"A policy and what it asks of mirrors; the value is always 1.", None, platformVhost, platformPolicy,
		Label{Name: "pattern", Help: "Regular expression of the names that it is for.", Bound: "policies of the broker"},
		Label{Name: "ha_mode", Help: "Mirrors that it asks for: all, exactly or nodes; empty for none.", Bound: "modes of RabbitMQ"},
		Label{Name: "ha_sync_mode", Help: "How mirrors catch up: automatic or manual; empty for none.", Bound: "modes of RabbitMQ"})
	PlatformRabbitPolicyQueues = platformGauge("rabbitmq_policy_queues", "policies", "/api/policies and /api/queues",
		"Queues for which the policy is in effect.", None, platformVhost, platformPolicy)
	PlatformRabbitPolicyEffective = platformGauge("rabbitmq_policy_effective", "policies", "/api/policies and /api/queues",
		"Whether a policy that asks for mirrors gets them: 0 where a queue has fewer than asked for, and from RabbitMQ 4 on, which has no mirrored queues and keeps such a policy only from before its upgrade. Absent for one that asks for none.", None, platformVhost, platformPolicy)
	PlatformRabbitOutside = platformGauge("rabbitmq_queues_outside_policies", "policies", "/api/queues",
		"Queues of a virtual host that no policy is in effect for, without volatile and quorum queues and streams.", None, platformVhost)
	PlatformRabbitOutsideInfo = platformGauge("rabbitmq_queue_outside_policies_info", "policies", "/api/queues",
		"A queue that no policy is in effect for; the value is always 1.", None, platformQueue...)
	PlatformRabbitDelayed = platformGauge("rabbitmq_exchange_delayed_messages", "delayed", "/api/exchanges",
		"Messages that a delayed exchange holds back: they are in no queue, on one node only, and in no count of messages.", None, platformVhost, platformExchange)
)

// What is in a Redis. A pass walks over all keys by SCAN, in the background and at a bounded pace; what is shown is of the last whole pass.
var (
	PlatformRedisKeys = platformGauge("redis_class_keys", "redis", "SCAN",
		"Keys of a class, of the last whole pass; a key that moved meanwhile may count twice or not.", None, platformClass)
	PlatformRedisBytes = platformGauge("redis_class_bytes", "redis", "MEMORY USAGE",
		"Estimated memory of a class: its keys times the mean of those sampled. Absent where none was sampled.", Bytes, platformClass)
	PlatformRedisEndless = platformGauge("redis_class_keys_without_expiry", "redis", "PTTL",
		"Estimated keys of a class that never expire: its keys times the share of those sampled. Absent where none was sampled.", None, platformClass)
	PlatformRedisTTL = platformGauge("redis_class_longest_ttl_seconds", "redis", "PTTL",
		"Longest time to live among the keys sampled, in seconds; absent where none of them expires.", Seconds, platformClass)
	PlatformRedisSampled = platformGauge("redis_class_sampled_keys", "redis", "MEMORY USAGE",
		"Keys of a class whose memory and time to live were asked for in the last whole pass.", None, platformClass)
	PlatformRedisPassEnd = platformGauge("redis_pass_end_timestamp_seconds", "redis", "the exporter",
		"When the last whole pass ended, as seconds since 1970.", Seconds)
	PlatformRedisPassTime = platformGauge("redis_pass_duration_seconds", "redis", "the exporter",
		"How long the last whole pass took, in seconds.", Seconds)
	PlatformRedisCommands = platformCounter("redis_sampler_commands_total", "redis", "the exporter",
		"Commands that the sampler has sent.")
)

// What is known of backups and deployments.
var (
	PlatformBackupTime = platformGauge("backup_last_timestamp_seconds", "backup", "newest file that is not empty",
		"When the newest backup was last written, as seconds since 1970; absent where there is none.", Seconds)
	PlatformBackupSize = platformGauge("backup_last_size_bytes", "backup", "newest file that is not empty",
		"Size of the newest backup; absent where there is none, or where its size is not told.", Bytes)
	PlatformBackupFiles = platformGauge("backup_files", "backup", "folder or bucket",
		"Backups that there are, without empty ones.", None)
	PlatformDeployTime = platformGauge("deploy_timestamp_seconds", "deploys", "webhook of the CI",
		"When a version of a service was last deployed with success, as seconds since 1970.", Seconds, platformDeploy...)
	PlatformDeployFailed = platformGauge("deploy_failure_timestamp_seconds", "deploys", "webhook of the CI",
		"When a deployment of a service last failed, as seconds since 1970; absent for one of which no failure is known.", Seconds, platformDeploy[0])
	PlatformDeploys = platformCounter("deploys_total", "deploys", "webhook of the CI",
		"Deployments that the CI told of, by result; the count outlives the exporter.", platformDeploy[0], Label{Name: "result", Help: "How it ended.", Values: []string{"success", "failure"}})
)

// Platform returns the families of platform_exporter.
func Platform() []*Family {
	return append(PlatformKit.Families(),
		PlatformRabbitBuild, PlatformRabbitNodes, PlatformRabbitPartitions, PlatformRabbitMessages, PlatformRabbitQueues,
		PlatformRabbitMirrors, PlatformRabbitUnsynced, PlatformRabbitOffline,
		PlatformRabbitPolicy, PlatformRabbitPolicyQueues, PlatformRabbitPolicyEffective, PlatformRabbitOutside, PlatformRabbitOutsideInfo,
		PlatformRabbitDelayed,
		PlatformRedisKeys, PlatformRedisBytes, PlatformRedisEndless, PlatformRedisTTL, PlatformRedisSampled, PlatformRedisPassEnd,
		PlatformRedisPassTime, PlatformRedisCommands,
		PlatformBackupTime, PlatformBackupSize, PlatformBackupFiles, PlatformDeployTime, PlatformDeployFailed, PlatformDeploys,
	)
}
