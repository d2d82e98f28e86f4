package metric

// MySQLExporter is Prometheus' own exporter of MySQL and MariaDB. It names what it finds in a replica's state after the columns, which
// MariaDB and MySQL before 8.4 call otherwise than MySQL from 8.4 on: rules have to take both.
var MySQLExporter = &Emitter{Name: "mysqld_exporter", Captures: []string{"mysqld_exporter-0.17.2-mariadb-10.11.prom", "mysqld_exporter-0.17.2-mysql-9.7.prom"}}

// The labels of a replica's state. The last three are of the channel that it replicates by; empty ones are no labels to Prometheus.
var (
	mysqlChannel = []Label{
		{Name: "master_host", Help: "Address of its source.", Bound: "sources of a replica"},
		{Name: "master_uuid", Help: "UUID of its source, of MySQL only.", Bound: "sources of a replica"},
		{Name: "channel_name", Help: "Name of the channel, of MySQL.", Bound: "channels of a replica"},
		{Name: "connection_name", Help: "Name of the connection, of MariaDB.", Bound: "channels of a replica"},
	}
	mysqlServer = Label{Name: "server_id", Help: "Server that wrote the heartbeat.", Bound: "servers that write heartbeats"}
)

// mysqlStatus shortens the table below: a value of SHOW GLOBAL STATUS, whose type the exporter does not state.
func mysqlStatus(unit Unit, name, help string) *Family {
	return foreign(MySQLExporter, Untyped, unit, "SHOW GLOBAL STATUS", "mysql_global_status_"+name, help)
}

// mysqlVariable is the same for SHOW GLOBAL VARIABLES.
func mysqlVariable(name, help string) *Family {
	return foreign(MySQLExporter, Gauge, None, "SHOW GLOBAL VARIABLES", "mysql_global_variables_"+name, help)
}

// mysqlReplica is the same for the state of a replica.
func mysqlReplica(name, help string) *Family {
	return foreign(MySQLExporter, Untyped, None, "SHOW REPLICA STATUS or SHOW SLAVE STATUS", "mysql_slave_status_"+name, help, mysqlChannel...)
}

// What a database server says of itself. Of a status, what counts only grows; the rest goes up and down.
var (
	MySQLUp                  = foreign(MySQLExporter, Gauge, None, "the exporter", "mysql_up", "Whether the server answered (1) or not (0).")
	MySQLVersion             = foreign(MySQLExporter, Gauge, None, "SELECT @@version", "mysql_version_info", "Version of the server; the value is always 1.", Label{Name: "version", Help: "For example 10.11.14-MariaDB.", Bound: "one at a time"})
	MySQLConnected           = mysqlStatus(None, "threads_connected", "Connections that there are.")
	MySQLRunning             = mysqlStatus(None, "threads_running", "Connections whose statement runs.")
	MySQLMaxUsed             = mysqlStatus(None, "max_used_connections", "Most connections at once since the start.")
	MySQLConnections         = mysqlStatus(None, "connections", "Attempts to connect; counts.")
	MySQLAbortedConnects     = mysqlStatus(None, "aborted_connects", "Attempts to connect that failed; counts.")
	MySQLAbortedClients      = mysqlStatus(None, "aborted_clients", "Connections that ended without a word; counts.")
	MySQLQuestions           = mysqlStatus(None, "questions", "Statements of clients; counts.")
	MySQLQueries             = mysqlStatus(None, "queries", "Statements, those in stored programs included; counts.")
	MySQLSlowQueries         = mysqlStatus(None, "slow_queries", "Statements that took longer than long_query_time; counts.")
	MySQLUptime              = mysqlStatus(None, "uptime", "Time since the start, in seconds.")
	MySQLPoolReads           = mysqlStatus(None, "innodb_buffer_pool_reads", "Reads that the buffer pool could not serve; counts.")
	MySQLPoolRequests        = mysqlStatus(None, "innodb_buffer_pool_read_requests", "Reads asked of the buffer pool; counts.")
	MySQLPoolWaits           = mysqlStatus(None, "innodb_buffer_pool_wait_free", "Waits for a free page; counts.")
	MySQLLogWaits            = mysqlStatus(None, "innodb_log_waits", "Waits because the log buffer was too small; counts.")
	MySQLRowLockWaits        = mysqlStatus(None, "innodb_row_lock_waits", "Waits for a lock of a row; counts.")
	MySQLRowLockTime         = mysqlStatus(None, "innodb_row_lock_time", "Time waited for locks of rows, in milliseconds; counts.")
	MySQLTmpDiskTables       = mysqlStatus(None, "created_tmp_disk_tables", "Temporary tables made on disk; counts.")
	MySQLOpenFiles           = mysqlStatus(None, "open_files", "Files that are open.")
	MySQLBytesReceived       = mysqlStatus(None, "bytes_received", "Bytes from clients; counts.")
	MySQLBytesSent           = mysqlStatus(None, "bytes_sent", "Bytes to clients; counts.")
	MySQLConnectionErrors    = foreign(MySQLExporter, Counter, None, "SHOW GLOBAL STATUS", "mysql_global_status_connection_errors_total", "Connections that could not be made, by reason.", Label{Name: "error", Help: "Reason, such as max_connection.", Bound: "reasons of the server"})
	MySQLCommands            = foreign(MySQLExporter, Counter, None, "SHOW GLOBAL STATUS", "mysql_global_status_commands_total", "Statements by kind; on a replica those of clients only, not what it replicates.", Label{Name: "command", Help: "Kind of statement, such as select, insert, update or delete.", Bound: "kinds of statements, about 150"})
	MySQLMaxConnections      = mysqlVariable("max_connections", "Connections that the server takes.")
	MySQLReadOnly            = mysqlVariable("read_only", "Whether the server takes no writes (1), but of users with rights beyond it.")
	MySQLSuperReadOnly       = mysqlVariable("super_read_only", "Whether the server takes no writes at all (1), of MySQL only.")
	MySQLBufferPoolSize      = mysqlVariable("innodb_buffer_pool_size", "Size of the buffer pool in bytes.")
	MySQLOpenFilesLimit      = mysqlVariable("open_files_limit", "Files that the server may have open.")
	MySQLSyncBinlog          = mysqlVariable("sync_binlog", "Transactions after which the binlog is made durable; 1 is each.")
	MySQLFlushLog            = mysqlVariable("innodb_flush_log_at_trx_commit", "Whether each commit is made durable (1).")
	MySQLSecondsBehindMaster = mysqlReplica("seconds_behind_master", "Lag of a replica of MariaDB or of MySQL before 8.4, in whole seconds; absent while its threads do not run.")
	MySQLSecondsBehindSource = mysqlReplica("seconds_behind_source", "Lag of a replica of MySQL from 8.4 on, in whole seconds; absent while its threads do not run.")
	MySQLSlaveIORunning      = mysqlReplica("slave_io_running", "Whether a replica of MariaDB or of MySQL before 8.4 receives (1).")
	MySQLSlaveSQLRunning     = mysqlReplica("slave_sql_running", "Whether a replica of MariaDB or of MySQL before 8.4 applies (1).")
	MySQLReplicaIORunning    = mysqlReplica("replica_io_running", "Whether a replica of MySQL from 8.4 on receives (1).")
	MySQLReplicaSQLRunning   = mysqlReplica("replica_sql_running", "Whether a replica of MySQL from 8.4 on applies (1).")
	MySQLSQLDelay            = mysqlReplica("sql_delay", "Seconds that a replica is meant to lag.")
	MySQLRelayLogSpace       = mysqlReplica("relay_log_space", "Bytes received that the replica keeps.")
	MySQLHeartbeatNow        = foreign(MySQLExporter, Gauge, Seconds, "option --collect.heartbeat", "mysql_heartbeat_now_timestamp_seconds", "Clock of the server, as seconds since 1970.", mysqlServer)
	MySQLHeartbeatStored     = foreign(MySQLExporter, Gauge, Seconds, "option --collect.heartbeat", "mysql_heartbeat_stored_timestamp_seconds", "Latest heartbeat in the table, as seconds since 1970.", mysqlServer)
)

// MySQL returns the families of mysqld_exporter.
func MySQL() []*Family {
	return []*Family{
		MySQLUp, MySQLVersion, MySQLConnected, MySQLRunning, MySQLMaxUsed, MySQLConnections, MySQLAbortedConnects, MySQLAbortedClients,
		MySQLQuestions, MySQLQueries, MySQLSlowQueries, MySQLUptime, MySQLPoolReads, MySQLPoolRequests, MySQLPoolWaits, MySQLLogWaits,
		MySQLRowLockWaits, MySQLRowLockTime, MySQLTmpDiskTables, MySQLOpenFiles, MySQLBytesReceived, MySQLBytesSent,
		MySQLConnectionErrors, MySQLCommands, MySQLMaxConnections, MySQLReadOnly, MySQLSuperReadOnly, MySQLBufferPoolSize,
		MySQLOpenFilesLimit, MySQLSyncBinlog, MySQLFlushLog,
		MySQLSecondsBehindMaster, MySQLSecondsBehindSource, MySQLSlaveIORunning, MySQLSlaveSQLRunning, MySQLReplicaIORunning,
		MySQLReplicaSQLRunning, MySQLSQLDelay, MySQLRelayLogSpace, MySQLHeartbeatNow, MySQLHeartbeatStored,
	}
}
