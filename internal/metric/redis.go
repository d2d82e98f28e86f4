package metric

// RedisExporter is the exporter of Redis by Oliver006.
var RedisExporter = &Emitter{Name: "redis_exporter", Captures: []string{"redis_exporter-1.69.0-master.prom", "redis_exporter-1.69.0-slave.prom"}}

// The labels of Redis' families.
var (
	redisMaster = []Label{{Name: "master_host", Help: "Address of the source.", Bound: "one at a time"}, {Name: "master_port", Help: "Port of the source.", Bound: "one at a time"}}
	redisDB     = Label{Name: "db", Help: "Number of the database.", Bound: "databases of the server, 16"}
	redisCmd    = Label{Name: "cmd", Help: "Name of the command.", Bound: "commands in use"}
	redisSlave  = []Label{{Name: "slave_ip", Help: "Address of the replica.", Bound: "replicas"}, {Name: "slave_port", Help: "Port of the replica.", Bound: "replicas"}, {Name: "slave_state", Help: "State of the replica.", Bound: "states of Redis"}}
)

func redisGauge(unit Unit, name, help string, labels ...Label) *Family {
	return foreign(RedisExporter, Gauge, unit, "INFO", name, help, labels...)
}

func redisCounter(unit Unit, name, help string, labels ...Label) *Family {
	return foreign(RedisExporter, Counter, unit, "INFO", name, help, labels...)
}

// What a Redis says of itself.
var (
	RedisUp             = foreign(RedisExporter, Gauge, None, "the exporter", "redis_up", "Whether the server answered (1) or not (0).")
	RedisInstance       = redisGauge(None, "redis_instance_info", "Version and role of the server; the value is always 1.", Label{Name: "redis_version", Help: "For example 7.0.15.", Bound: "one at a time"}, Label{Name: "role", Help: "Its role.", Values: []string{"master", "slave"}}, Label{Name: "maxmemory_policy", Help: "What is evicted when memory is full.", Bound: "policies of Redis"})
	RedisUptime         = redisGauge(Seconds, "redis_uptime_in_seconds", "Time since the start, in seconds.")
	RedisStarted        = redisGauge(Seconds, "redis_start_time_seconds", "When the server started, as seconds since 1970.")
	RedisMemory         = redisGauge(Bytes, "redis_memory_used_bytes", "Memory that the server allocated.")
	RedisMemoryMax      = redisGauge(Bytes, "redis_memory_max_bytes", "Memory that the server may use for keys; 0 is without a limit.")
	RedisMemoryRSS      = redisGauge(Bytes, "redis_memory_used_rss_bytes", "Memory of the process that is in RAM.")
	RedisMemoryPeak     = redisGauge(Bytes, "redis_memory_used_peak_bytes", "Most memory allocated since the start.")
	RedisFragmentation  = redisGauge(Ratio, "redis_mem_fragmentation_ratio", "Memory in RAM over memory allocated.")
	RedisClients        = redisGauge(None, "redis_connected_clients", "Connections of clients.")
	RedisMaxClients     = redisGauge(None, "redis_max_clients", "Connections that the server takes.")
	RedisBlocked        = redisGauge(None, "redis_blocked_clients", "Clients that wait in a blocking command.")
	RedisConnections    = redisCounter(None, "redis_connections_received_total", "Connections taken.")
	RedisRejected       = redisCounter(None, "redis_rejected_connections_total", "Connections refused because there were too many.")
	RedisEvicted        = redisCounter(None, "redis_evicted_keys_total", "Keys thrown away because memory was full.")
	RedisExpired        = redisCounter(None, "redis_expired_keys_total", "Keys whose time was over.")
	RedisHits           = redisCounter(None, "redis_keyspace_hits_total", "Look-ups that found their key.")
	RedisMisses         = redisCounter(None, "redis_keyspace_misses_total", "Look-ups that did not find their key.")
	RedisCommands       = redisCounter(None, "redis_commands_processed_total", "Commands executed.")
	RedisCommandsByName = redisCounter(None, "redis_commands_total", "Commands executed, by name.", redisCmd)
	RedisCommandSeconds = redisCounter(Seconds, "redis_commands_duration_seconds_total", "Time that commands took, in seconds.", redisCmd)
	RedisCommandsFailed = redisCounter(None, "redis_commands_failed_calls_total", "Commands that failed while they ran.", redisCmd)
	RedisKeys           = redisGauge(None, "redis_db_keys", "Keys of a database.", redisDB)
	RedisKeysExpiring   = redisGauge(None, "redis_db_keys_expiring", "Keys of a database that have a time to live.", redisDB)
	RedisReplicas       = redisGauge(None, "redis_connected_slaves", "Replicas that are connected.")
	RedisReplicaLag     = redisGauge(Seconds, "redis_connected_slave_lag_seconds", "Time since a replica was last heard of, in whole seconds.", redisSlave...)
	RedisReplicaOffset  = redisGauge(Bytes, "redis_connected_slave_offset_bytes", "Position in the stream that a replica has confirmed.", redisSlave...)
	RedisOffset         = redisGauge(None, "redis_master_repl_offset", "Position in the stream that the server has written, in bytes.")
	RedisLinkUp         = redisGauge(None, "redis_master_link_up", "Whether a replica is connected to its source (1); absent at a source.", redisMaster...)
	RedisLinkIdle       = redisGauge(None, "redis_master_last_io_seconds_ago", "Time since the source last sent something, in seconds; absent at a source.", redisMaster...)
	RedisLastSaveOK     = redisGauge(None, "redis_rdb_last_bgsave_status", "Whether the last save to disk succeeded (1).")
	RedisLastSave       = redisGauge(Seconds, "redis_rdb_last_save_timestamp_seconds", "When the server was last saved to disk, as seconds since 1970.")
	RedisSlowlog        = redisGauge(None, "redis_slowlog_length", "Entries in the list of slow commands.")
	RedisErrorReplies   = redisCounter(None, "redis_total_error_replies", "Errors answered.")
)

// Redis returns the families of redis_exporter.
func Redis() []*Family {
	return []*Family{
		RedisUp, RedisInstance, RedisUptime, RedisStarted, RedisMemory, RedisMemoryMax, RedisMemoryRSS, RedisMemoryPeak, RedisFragmentation,
		RedisClients, RedisMaxClients, RedisBlocked, RedisConnections, RedisRejected, RedisEvicted, RedisExpired, RedisHits, RedisMisses,
		RedisCommands, RedisCommandsByName, RedisCommandSeconds, RedisCommandsFailed, RedisKeys, RedisKeysExpiring,
		RedisReplicas, RedisReplicaLag, RedisReplicaOffset, RedisOffset, RedisLinkUp, RedisLinkIdle, RedisLastSaveOK, RedisLastSave,
		RedisSlowlog, RedisErrorReplies,
	}
}
