package metric

// StackdriverExporter is the exporter of Google's Cloud Monitoring. It has to run with --monitoring.aggregate-deltas: what counts there is a
// delta by minute. What it shows is old: samples are a minute apart and up to 210 s late. The recording is of the real exporter over a stand-in
// for the cloud (test/stackdriver): what a metric is called and labelled there was taken from Google's list.
var StackdriverExporter = &Emitter{
	Name: "stackdriver_exporter", Captures: []string{"stackdriver_exporter-0.19.0.prom"},
}

// The labels of Google's resources.
var (
	gcpProject  = Label{Name: "project_id", Help: "Project.", Bound: "projects"}
	gcpRegion   = Label{Name: "region", Help: "Region.", Bound: "regions in use"}
	gcpDatabase = []Label{gcpProject, gcpRegion, {Name: "database_id", Help: "Instance, with its project before it.", Bound: "instances"}}
	gcpRedis    = []Label{gcpProject, gcpRegion, {Name: "instance_id", Help: "Instance.", Bound: "instances"}, {Name: "node_id", Help: "Node of the instance.", Bound: "nodes of an instance"}}
	gcpHTTPS    = []Label{
		gcpProject, {Name: "url_map_name", Help: "Load balancer.", Bound: "load balancers"}, {Name: "matched_url_path_rule", Help: "Rule of the path that matched.", Bound: "rules of the load balancer"},
		{Name: "backend_target_name", Help: "Backend service.", Bound: "backend services"},
		{Name: "response_code_class", Help: "Class of the status as a number.", Values: []string{"0", "200", "300", "400", "500"}},
	}
	gcpHTTPSLatency = gcpHTTPS[:4:4]
	gcpBucket       = []Label{gcpProject, {Name: "bucket_name", Help: "Bucket.", Bound: "buckets"}, {Name: "location", Help: "Where the bucket is.", Bound: "buckets"}}
	gcpNAT          = []Label{gcpProject, gcpRegion, {Name: "gateway_name", Help: "NAT gateway.", Bound: "gateways"}}
	gcpLBRule       = []Label{gcpProject, gcpRegion, {Name: "forwarding_rule_name", Help: "Forwarding rule.", Bound: "forwarding rules"}}
)

func stackdriver(t Type, resource, name, help string, labels ...Label) *Family {
	return foreign(StackdriverExporter, t, None, "Cloud Monitoring", "stackdriver_"+resource+"_"+name, help, labels...)
}

func cloudSQL(t Type, name, help string) *Family { return cloudSQLIn(None, t, name, help) }

// cloudSQLIn has a unit, which the names of Cloud Monitoring do not end in.
func cloudSQLIn(unit Unit, t Type, name, help string) *Family {
	return foreign(StackdriverExporter, t, unit, "Cloud Monitoring", "stackdriver_cloudsql_database_cloudsql_googleapis_com_database_"+name, help, gcpDatabase...)
}

func memorystore(t Type, name, help string, labels ...Label) *Family {
	return stackdriver(t, "redis_instance", "redis_googleapis_com_"+name, help, append(gcpRedis[:4:4], labels...)...)
}

func httpsLB(t Type, name, help string, labels ...Label) *Family {
	return stackdriver(t, "https_lb_rule", "loadbalancing_googleapis_com_https_"+name, help, labels...)
}

// What Google says of the managed services.
var (
	CloudSQLUp          = cloudSQL(Gauge, "up", "Whether the instance runs (1).")
	CloudSQLCPU         = cloudSQLIn(Ratio, Gauge, "cpu_utilization", "Share of the processors in use, 0 to 1.")
	CloudSQLCores       = cloudSQL(Gauge, "cpu_reserved_cores", "Processors of the instance.")
	CloudSQLMemory      = cloudSQLIn(Ratio, Gauge, "memory_utilization", "Share of the memory in use, 0 to 1.")
	CloudSQLMemoryQuota = cloudSQLIn(Bytes, Gauge, "memory_quota", "Bytes of memory of the instance.")
	CloudSQLDiskUsed    = cloudSQLIn(Bytes, Gauge, "disk_bytes_used", "Bytes in use on the disk.")
	CloudSQLDiskQuota   = cloudSQLIn(Bytes, Gauge, "disk_quota", "Bytes of the disk.")
	CloudSQLFailover    = cloudSQL(Gauge, "available_for_failover", "Whether the instance could fail over (above 0).")
	CloudSQLFailovers   = cloudSQL(Counter, "auto_failover_request_count", "Failovers asked for.")
	CloudSQLReplicaLag  = cloudSQL(Gauge, "replication_replica_lag", "Lag of a replica, in seconds; up to 270 s old.")
	CloudSQLNetworkLag  = cloudSQL(Gauge, "replication_network_lag", "Lag of what a replica has received, in seconds; up to 270 s old.")

	MemorystoreUsage    = foreign(StackdriverExporter, Gauge, Ratio, "Cloud Monitoring", "stackdriver_redis_instance_redis_googleapis_com_stats_memory_usage_ratio", "Share of the memory in use, 0 to 1.", gcpRedis...)
	MemorystoreEvicted  = memorystore(Counter, "stats_evicted_keys", "Keys thrown away because memory was full.")
	MemorystoreRole     = memorystore(Gauge, "replication_role", "Role of the node: 1 primary, 0 replica.")
	MemorystoreLag      = memorystore(Gauge, "replication_offset_diff", "Bytes that the replica is behind.")
	MemorystoreLink     = memorystore(Gauge, "replication_master_slaves_lag", "Time since a replica was last heard of, in seconds.", Label{Name: "slave_ip", Help: "Address of the replica.", Bound: "replicas"})
	MemorystoreRejected = memorystore(Counter, "stats_reject_connections_count", "Connections refused because there were too many.")

	LBRequests        = httpsLB(Counter, "request_count", "Requests by class of status.", gcpHTTPS...)
	LBBackendRequests = httpsLB(Counter, "backend_request_count", "Requests passed on to backends, by class of status.", gcpHTTPS...)
	LBLatency         = httpsLB(Histogram, "total_latencies", "How long requests took from the first byte in to the last out, in milliseconds; the sum is count times mean.", gcpHTTPSLatency...)
	LBBackendLatency  = httpsLB(Histogram, "backend_latencies", "How long backends took, in milliseconds; the sum is count times mean.", gcpHTTPSLatency...)
	LBSIPPacketsIn    = stackdriver(Counter, "udp_lb_rule", "loadbalancing_googleapis_com_l_3_external_ingress_packets_count", "Packets from outside through a load balancer for UDP.", gcpLBRule...)
	LBSIPPacketsOut   = stackdriver(Counter, "udp_lb_rule", "loadbalancing_googleapis_com_l_3_external_egress_packets_count", "Packets to the outside through a load balancer for UDP.", gcpLBRule...)

	NATAllocated = stackdriver(Gauge, "nat_gateway", "router_googleapis_com_nat_allocated_ports", "Ports given to machines.", gcpNAT...)
	NATUsage     = stackdriver(Gauge, "nat_gateway", "router_googleapis_com_nat_port_usage", "Most ports that a machine uses.", gcpNAT...)
	NATDropped   = stackdriver(Counter, "nat_gateway", "router_googleapis_com_nat_dropped_sent_packets_count", "Packets dropped on their way out, by reason.", append(gcpNAT[:3:3], Label{Name: "reason", Help: "Why.", Values: []string{"OUT_OF_RESOURCES", "ENDPOINT_INDEPENDENCE_CONFLICT"}})...)
	NATFailed    = stackdriver(Gauge, "nat_gateway", "router_googleapis_com_nat_nat_allocation_failed", "Whether some machine got no ports (1).", gcpNAT...)

	BucketRequests = stackdriver(Counter, "gcs_bucket", "storage_googleapis_com_api_request_count", "Requests to a bucket.", append(gcpBucket[:3:3], Label{Name: "method", Help: "Kind of request.", Bound: "methods of the interface"}, Label{Name: "response_code", Help: "How it ended, such as OK.", Bound: "codes of the interface"})...)
	BucketBytes    = foreign(StackdriverExporter, Gauge, Bytes, "Cloud Monitoring", "stackdriver_gcs_bucket_storage_googleapis_com_storage_total_bytes", "Bytes in a bucket, once a day.", gcpBucket...)
	BucketObjects  = stackdriver(Gauge, "gcs_bucket", "storage_googleapis_com_storage_object_count", "Objects in a bucket, once a day.", gcpBucket...)
)

// The labels of a quota, which tells whether machines and addresses for a recovery could be had.
var gcpQuota = []Label{
	gcpProject, {Name: "location", Help: "Region, zone or global.", Bound: "places in use"}, {Name: "service", Help: "Service of Google.", Bound: "services in use"},
	{Name: "quota_metric", Help: "What is limited, such as compute.googleapis.com/cpus.", Bound: "quotas of the services in use"},
}

// What may be had of Google at most, and is had.
var (
	QuotaLimit = stackdriver(Gauge, "consumer_quota", "serviceruntime_googleapis_com_quota_limit", "Most that may be had.", append(gcpQuota[:4:4], Label{Name: "limit_name", Help: "Name of the limit.", Bound: "limits of a quota"})...)
	QuotaUsage = stackdriver(Gauge, "consumer_quota", "serviceruntime_googleapis_com_quota_allocation_usage", "What is had.", gcpQuota...)
)

// CloudScrapeError is what the exporter says of its own reading.
var CloudScrapeError = foreign(StackdriverExporter, Gauge, None, "Cloud Monitoring", "stackdriver_monitoring_last_scrape_error", "Whether the last reading of Cloud Monitoring failed, in whole or in part (1).", gcpProject)

// Stackdriver returns the families of stackdriver_exporter.
func Stackdriver() []*Family {
	return []*Family{
		CloudSQLUp, CloudSQLCPU, CloudSQLCores, CloudSQLMemory, CloudSQLMemoryQuota, CloudSQLDiskUsed, CloudSQLDiskQuota, CloudSQLFailover, CloudSQLFailovers,
		CloudSQLReplicaLag, CloudSQLNetworkLag,
		MemorystoreUsage, MemorystoreEvicted, MemorystoreRole, MemorystoreLag, MemorystoreLink, MemorystoreRejected,
		LBRequests, LBBackendRequests, LBLatency, LBBackendLatency, LBSIPPacketsIn, LBSIPPacketsOut,
		NATAllocated, NATUsage, NATDropped, NATFailed, BucketRequests, BucketBytes, BucketObjects, QuotaLimit, QuotaUsage, CloudScrapeError,
	}
}
