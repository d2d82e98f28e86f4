package metric

// compatSource is what the families below have in common.
const compatSource = "kamailio_exporter 1.x (florentchauveau), whose README lists the names"

// compatGauge shortens the table below: a gauge as kamailio_exporter 1.x names it.
func compatGauge(name, help string, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Gauge, Help: help, Labels: labels, Emitter: KamailioExporter, Collector: "compat",
		Source: compatSource, Stability: Compat,
	}
}

// compatCounter shortens the table below: a counter as kamailio_exporter 1.x names it.
func compatCounter(name, help string, labels ...Label) *Family {
	f := compatGauge(name, help, labels...)
	f.Type = Counter
	return f
}

// The families that kamailio_exporter emits besides its own with --compat.names=kamailio_exporter-1, so that queries
// written for that exporter go on working. New queries use the others: these have sizes without a unit, states in labels
// and a lifetime as a counter.
var (
	CompatShmTotal     = compatGauge("kamailio_core_shmmem_total", "Total shared memory, in bytes.")
	CompatShmFree      = compatGauge("kamailio_core_shmmem_free", "Free shared memory, in bytes.")
	CompatShmUsed      = compatGauge("kamailio_core_shmmem_used", "Used shared memory, in bytes.")
	CompatShmRealUsed  = compatGauge("kamailio_core_shmmem_real_used", "Used shared memory with the allocator's overhead, in bytes.")
	CompatShmMaxUsed   = compatGauge("kamailio_core_shmmem_max_used", "Most shared memory ever used, in bytes.")
	CompatShmFragments = compatGauge("kamailio_core_shmmem_fragments", "Fragments in shared memory.")

	CompatUptime = compatCounter("kamailio_core_uptime_uptime_total", "Time since the start, in seconds.")

	CompatTCPReaders           = compatGauge("kamailio_core_tcp_info_readers", "TCP worker processes.")
	CompatTCPMaxConnections    = compatGauge("kamailio_core_tcp_info_max_connections", "Most TCP connections that are accepted.")
	CompatTCPMaxTLSConnections = compatGauge("kamailio_core_tcp_info_max_tls_connections", "Most TLS connections that are accepted.")
	CompatTCPConnections       = compatGauge("kamailio_core_tcp_info_opened_connections", "Open TCP connections.")
	CompatTCPTLSConnections    = compatGauge("kamailio_core_tcp_info_opened_tls_connections", "Open TLS connections.")
	CompatTCPWriteQueue        = &Family{
		Name: "kamailio_core_tcp_info_write_queued_bytes", Type: Gauge, Unit: Bytes, Help: "Bytes that wait to be written to TCP connections.",
		Emitter: KamailioExporter, Collector: "compat", Source: compatSource, Stability: Compat,
	}

	CompatTLSConnections    = compatGauge("kamailio_tls_info_opened_connections", "Open TLS connections.")
	CompatTLSMaxConnections = compatGauge("kamailio_tls_info_max_connections", "Most TLS connections that are accepted.")

	CompatTMCurrent      = compatGauge("kamailio_tm_stats_current", "Transactions in memory.")
	CompatTMWaiting      = compatGauge("kamailio_tm_stats_waiting", "Finished transactions that wait for retransmissions.")
	CompatTMTotal        = compatCounter("kamailio_tm_stats_total_total", "Transactions created.")
	CompatTMTotalLocal   = compatCounter("kamailio_tm_stats_total_local_total", "Transactions created by Kamailio itself.")
	CompatTMRplReceived  = compatCounter("kamailio_tm_stats_rpl_received_total", "Replies received.")
	CompatTMRplGenerated = compatCounter("kamailio_tm_stats_rpl_generated_total", "Replies generated.")
	CompatTMRplSent      = compatCounter("kamailio_tm_stats_rpl_sent_total", "Replies sent.")
	CompatTMCreated      = compatCounter("kamailio_tm_stats_created_total", "Transaction cells created; wraps at 2^32.")
	CompatTMFreed        = compatCounter("kamailio_tm_stats_freed_total", "Transaction cells freed; wraps at 2^32.")
	CompatTMDelayedFree  = compatCounter("kamailio_tm_stats_delayed_free_total", "Transaction cells whose release had to wait; wraps at 2^32.")
	CompatTMCodes        = compatCounter("kamailio_tm_stats_codes_total", "Transactions by class of the final reply.",
		Label{Name: "code", Help: "Class of the final reply.", Values: []string{"2xx", "3xx", "4xx", "5xx", "6xx"}})

	CompatSLCodes = compatCounter("kamailio_sl_stats_codes_total", "Stateless replies by code; a class holds what has no series of its own.",
		Label{Name: "code", Help: "Status code, or class; xxx is outside 1xx to 6xx.", Values: []string{
			"200", "202", "2xx", "300", "301", "302", "3xx", "400", "401", "403", "404", "407", "408", "483", "4xx", "500", "5xx", "6xx", "xxx",
		}})

	CompatDispatcherTarget = compatGauge("kamailio_dispatcher_list_target", "Dispatcher target; the value is always 1, the state is in the label.",
		Label{Name: "uri", Help: "Address of the target.", Bound: "dispatcher targets configured, up to the collector's limit"},
		Label{Name: "flags", Help: "State and probing as Kamailio writes them, such as AP.", Bound: "about 8, one at a time for a target"},
		Label{Name: "setid", Help: "Dispatcher set id.", Bound: "dispatcher sets configured"})

	CompatDialogsStarting   = compatGauge("kamailio_dlg_stats_active_starting", "Dialogs that start.")
	CompatDialogsConnecting = compatGauge("kamailio_dlg_stats_active_connecting", "Dialogs that connect.")
	CompatDialogsAnswering  = compatGauge("kamailio_dlg_stats_active_answering", "Dialogs that are being answered.")
	CompatDialogsOngoing    = compatGauge("kamailio_dlg_stats_active_ongoing", "Dialogs that go on.")
	CompatDialogsAll        = compatGauge("kamailio_dlg_stats_active_all", "Dialogs in all states.")

	// The two are counters named without _total, as they are there. OpenMetrics knows no such counter: in that format they keep
	// their names, which queries ask for, and have no type.
	CompatScrapes       = compatCounter("kamailio_exporter_total_scrapes", "Scrapes of Kamailio so far.")
	CompatFailedScrapes = compatCounter("kamailio_exporter_failed_scrapes", "Scrapes so far in which Kamailio did not answer.")
)

// kamailioCompat lists the families of this file.
func kamailioCompat() []*Family {
	return []*Family{
		CompatShmTotal, CompatShmFree, CompatShmUsed, CompatShmRealUsed, CompatShmMaxUsed, CompatShmFragments,
		CompatUptime,
		CompatTCPReaders, CompatTCPMaxConnections, CompatTCPMaxTLSConnections, CompatTCPConnections, CompatTCPTLSConnections,
		CompatTCPWriteQueue,
		CompatTLSConnections, CompatTLSMaxConnections,
		CompatTMCurrent, CompatTMWaiting, CompatTMTotal, CompatTMTotalLocal, CompatTMRplReceived, CompatTMRplGenerated,
		CompatTMRplSent, CompatTMCreated, CompatTMFreed, CompatTMDelayedFree, CompatTMCodes,
		CompatSLCodes, CompatDispatcherTarget,
		CompatDialogsStarting, CompatDialogsConnecting, CompatDialogsAnswering, CompatDialogsOngoing, CompatDialogsAll,
		CompatScrapes, CompatFailedScrapes,
	}
}
