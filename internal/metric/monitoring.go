package metric

// PrometheusItself is what a Prometheus server shows on its own /metrics, and AlertmanagerItself the same of an Alertmanager.
var (
	PrometheusItself   = &Emitter{Name: "prometheus-server", Captures: []string{"prometheus-3.16.0.prom"}}
	AlertmanagerItself = &Emitter{Name: "alertmanager", Captures: []string{"alertmanager-0.31.1.prom", "alertmanager-0.31.1-cluster.prom"}}
)

// The labels of the two.
var (
	promGroup       = Label{Name: "rule_group", Help: "File and name of the group.", Bound: "groups of rules"}
	promManager     = Label{Name: "alertmanager", Help: "Address of the Alertmanager.", Bound: "Alertmanagers"}
	promPool        = Label{Name: "scrape_job", Help: "Name of the job.", Bound: "jobs"}
	amIntegration   = Label{Name: "integration", Help: "Kind of receiver, such as slack, pagerduty or email.", Bound: "kinds of receivers"}
	amAlertState    = Label{Name: "state", Help: "State of the alert.", Values: []string{"active", "suppressed", "unprocessed"}}
	amSilenceState  = Label{Name: "state", Help: "State of the silence.", Values: []string{"active", "expired", "pending"}}
	amReceivedState = Label{Name: "status", Help: "State of the alert.", Values: []string{"firing", "resolved"}}
)

func promSelf(t Type, unit Unit, name, help string, labels ...Label) *Family {
	return foreign(PrometheusItself, t, unit, "/metrics", "prometheus_"+name, help, labels...)
}

func amSelf(t Type, unit Unit, name, help string, labels ...Label) *Family {
	return foreign(AlertmanagerItself, t, unit, "/metrics", "alertmanager_"+name, help, labels...)
}

// What a Prometheus server says of itself.
var (
	PromBuild             = promSelf(Gauge, None, "build_info", "What the server was built from; the value is always 1.", Label{Name: "version", Help: "For example 3.16.0; empty for one built without it.", Bound: "one at a time"})
	PromConfigOK          = promSelf(Gauge, None, "config_last_reload_successful", "Whether the last reload of the configuration succeeded (1).")
	PromConfigTime        = promSelf(Gauge, Seconds, "config_last_reload_success_timestamp_seconds", "When the configuration was last loaded, as seconds since 1970.")
	PromIntervalLength    = promSelf(Summary, Seconds, "target_interval_length_seconds", "Time between scrapes that should be an interval apart, in seconds.", Label{Name: "interval", Help: "Interval that was configured.", Bound: "intervals configured"})
	PromRetention         = promSelf(Gauge, Seconds, "tsdb_retention_limit_seconds", "How long samples are kept, in seconds.")
	PromRetentionBytes    = promSelf(Gauge, Bytes, "tsdb_retention_limit_bytes", "How many bytes of samples are kept; 0 is without a limit.")
	PromBlocksBytes       = promSelf(Gauge, Bytes, "tsdb_storage_blocks_bytes", "Bytes of the blocks on disk.")
	PromWALBytes          = promSelf(Gauge, Bytes, "tsdb_wal_storage_size_bytes", "Bytes of the write-ahead log on disk.")
	PromHeadChunksBytes   = promSelf(Gauge, Bytes, "tsdb_head_chunks_storage_size_bytes", "Bytes of the latest chunks on disk.")
	PromHeadSeries        = promSelf(Gauge, None, "tsdb_head_series", "Series in memory.")
	PromSamplesAppended   = promSelf(Counter, None, "tsdb_head_samples_appended_total", "Samples taken.", Label{Name: "type", Help: "Kind of sample.", Values: []string{"float", "histogram"}})
	PromSeriesCreated     = promSelf(Counter, None, "tsdb_head_series_created_total", "Series made.")
	PromCompactionsFailed = promSelf(Counter, None, "tsdb_compactions_failed_total", "Compactions that failed.")
	PromReloadsFailed     = promSelf(Counter, None, "tsdb_reloads_failures_total", "Times that blocks could not be loaded.")
	PromWALCorruptions    = promSelf(Counter, None, "tsdb_wal_corruptions_total", "Times that the write-ahead log was found damaged.")
	PromRuleFailures      = promSelf(Counter, None, "rule_evaluation_failures_total", "Rules that failed.", promGroup)
	PromRuleEvaluations   = promSelf(Counter, None, "rule_evaluations_total", "Rules evaluated.", promGroup)
	PromGroupMissed       = promSelf(Counter, None, "rule_group_iterations_missed_total", "Evaluations left out because the one before took too long.", promGroup)
	PromGroupDuration     = promSelf(Gauge, Seconds, "rule_group_last_duration_seconds", "How long the last evaluation of a group took, in seconds.", promGroup)
	PromGroupInterval     = promSelf(Gauge, Seconds, "rule_group_interval_seconds", "How often a group is evaluated, in seconds.", promGroup)
	PromGroupSamples      = promSelf(Gauge, None, "rule_group_last_evaluation_samples", "Samples that the last evaluation of a group made.", promGroup)
	PromGroupTime         = promSelf(Gauge, Seconds, "rule_group_last_evaluation_timestamp_seconds", "When a group was last evaluated, as seconds since 1970.", promGroup)
	PromManagers          = promSelf(Gauge, None, "notifications_alertmanagers_discovered", "Alertmanagers that alerts are sent to.")
	PromNotifySent        = promSelf(Counter, None, "notifications_sent_total", "Alerts sent.", promManager)
	PromNotifyErrors      = promSelf(Counter, None, "notifications_errors_total", "Alerts that could not be sent.", promManager)
	PromNotifyDropped     = promSelf(Counter, None, "notifications_dropped_total", "Alerts given up.", promManager)
	PromNotifyQueue       = promSelf(Gauge, None, "notifications_queue_length", "Alerts that wait to be sent.", promManager)
	PromNotifyCapacity    = promSelf(Gauge, None, "notifications_queue_capacity", "Alerts that can wait.")
	PromTargets           = promSelf(Gauge, None, "target_scrape_pool_targets", "Targets of a job.", promPool)
	PromSampleLimit       = promSelf(Counter, None, "target_scrapes_exceeded_sample_limit_total", "Scrapes thrown away because they had too many samples.")
	PromLabelLimit        = promSelf(Counter, None, "target_scrape_pool_exceeded_label_limits_total", "Jobs whose targets had too many or too long labels.")
	PromTargetLimit       = promSelf(Counter, None, "target_scrape_pool_exceeded_target_limit_total", "Jobs that had too many targets.")
	PromDuplicates        = promSelf(Counter, None, "target_scrapes_sample_duplicate_timestamp_total", "Samples refused because there was another of the same time.")
	PromOutOfOrder        = promSelf(Counter, None, "target_scrapes_sample_out_of_order_total", "Samples refused because a later one was there.")
	PromQuerySeconds      = promSelf(Summary, Seconds, "engine_query_duration_seconds", "How long parts of queries took, in seconds.", Label{Name: "slice", Help: "Part of a query.", Values: []string{"inner_eval", "prepare_time", "queue_time", "result_sort"}})
	PromQueriesRunning    = promSelf(Gauge, None, "engine_queries", "Queries that run or wait.")
	PromQueriesMax        = promSelf(Gauge, None, "engine_queries_concurrent_max", "Queries that may run at once.")
)

// What an Alertmanager says of itself.
var (
	AMConfigOK        = amSelf(Gauge, None, "config_last_reload_successful", "Whether the last reload of the configuration succeeded (1).")
	AMConfigHash      = amSelf(Gauge, None, "config_hash", "Number made of the configuration: those of a cluster should agree.")
	AMAlerts          = amSelf(Gauge, None, "alerts", "Alerts by state.", amAlertState)
	AMReceived        = amSelf(Counter, None, "alerts_received_total", "Alerts received.", amReceivedState)
	AMInvalid         = amSelf(Counter, None, "alerts_invalid_total", "Alerts refused because they were wrong.")
	AMNotified        = amSelf(Counter, None, "notifications_total", "Notifications tried.", amIntegration)
	AMNotifyFailed    = amSelf(Counter, None, "notifications_failed_total", "Notifications that failed, by reason.", amIntegration, Label{Name: "reason", Help: "Why.", Bound: "reasons of Alertmanager"})
	AMNotifyLatency   = amSelf(Histogram, Seconds, "notification_latency_seconds", "How long notifications took, in seconds.", amIntegration)
	AMSilences        = amSelf(Gauge, None, "silences", "Silences by state.", amSilenceState)
	AMClusterMembers  = amSelf(Gauge, None, "cluster_members", "Alertmanagers of the cluster that it sees, itself among them; only in a cluster.")
	AMClusterFailed   = amSelf(Gauge, None, "cluster_failed_peers", "Alertmanagers of the cluster that it lost; only in a cluster.")
	AMClusterEnabled  = amSelf(Gauge, None, "cluster_enabled", "Whether it is part of a cluster (1).")
	AMRequestsRefused = amSelf(Counter, None, "http_concurrency_limit_exceeded_total", "Requests refused because there were too many at once.", Label{Name: "method", Help: "Method of the request.", Bound: "methods of HTTP"})
)

// PrometheusOwn returns the families that a Prometheus server shows of itself.
func PrometheusOwn() []*Family {
	return []*Family{
		PromBuild, PromConfigOK, PromConfigTime, PromIntervalLength, PromRetention, PromRetentionBytes, PromBlocksBytes, PromWALBytes,
		PromHeadChunksBytes, PromHeadSeries, PromSamplesAppended, PromSeriesCreated, PromCompactionsFailed, PromReloadsFailed,
		PromWALCorruptions, PromRuleFailures, PromRuleEvaluations, PromGroupMissed, PromGroupDuration, PromGroupInterval, PromGroupSamples,
		PromGroupTime, PromManagers, PromNotifySent, PromNotifyErrors, PromNotifyDropped, PromNotifyQueue, PromNotifyCapacity,
		PromTargets, PromSampleLimit, PromLabelLimit, PromTargetLimit, PromDuplicates, PromOutOfOrder,
		PromQuerySeconds, PromQueriesRunning, PromQueriesMax,
	}
}

// Alertmanager returns the families that an Alertmanager shows of itself.
func Alertmanager() []*Family {
	return []*Family{
		AMConfigOK, AMConfigHash, AMAlerts, AMReceived, AMInvalid, AMNotified, AMNotifyFailed, AMNotifyLatency, AMSilences,
		AMClusterEnabled, AMClusterMembers, AMClusterFailed, AMRequestsRefused,
	}
}
