package metric

import "slices"

// KamailioExporter is this project's exporter for Kamailio.
var KamailioExporter = &Emitter{Name: "kamailio_exporter", Ours: true}

// KamailioKit is what kamailio_exporter says about itself and its target.
var KamailioKit = newKit("kamailio", KamailioExporter)

// The labels that several Kamailio families share.
var (
	kamailioMethod = Label{
		Name: "method", Help: "SIP method in lower case; kdmq is Kamailio's own.",
		Values: []string{
			"ack", "bye", "cancel", "info", "invite", "kdmq", "message", "notify", "options", "prack", "publish",
			"refer", "register", "subscribe", "update",
		},
	}
	kamailioReplyMethod = Label{
		Name: "method", Help: "Method of the request that was answered, in lower case.",
		Values: []string{"bye", "cancel", "invite", "message", "options", "prack", "refer", "register", "update"},
	}
	kamailioClass = Label{
		Name: "class", Help: "First digit of the status code.", Values: []string{"1xx", "2xx", "3xx", "4xx", "5xx", "6xx"},
	}
	kamailioFinalClass = Label{
		Name: "class", Help: "First digit of the final status code.", Values: []string{"2xx", "3xx", "4xx", "5xx", "6xx"},
	}
	kamailioCode       = Label{Name: "code", Help: "SIP status code; 18x is 180 to 189.", Bound: "the codes that Kamailio counts one by one, at most 29"}
	kamailioProcess    = Label{Name: "process", Help: "Kind of process, without the number of the child or its socket.", Bound: "kinds of Kamailio processes, about 20"}
	kamailioIndex      = Label{Name: "index", Help: "Place in Kamailio's process table; stays the same over restarts, unlike the pid.", Bound: "number of Kamailio processes"}
	kamailioSet        = Label{Name: "set", Help: "Dispatcher set id.", Bound: "dispatcher sets configured"}
	kamailioURI        = Label{Name: "uri", Help: "Address of the target as configured.", Bound: "dispatcher targets configured, up to the collector's limit"}
	kamailioTargetID   = Label{Name: "id", Help: "The target's duid attribute, or empty.", Bound: "dispatcher targets configured, up to the collector's limit"}
	kamailioTargetKeys = []Label{kamailioSet, kamailioURI, kamailioTargetID}
)

// DispatcherStates lists the states of a dispatcher target in Kamailio's words; the first letter of FLAGS in
// dispatcher.list stands for them. Kamailio routes to active and trying targets and to no others.
func DispatcherStates() []string { return []string{"active", "trying", "inactive", "disabled"} }

// CallSetupCauses lists the causes that deploy/kamailio/observability.cfg counts, each an end of an initial INVITE as the
// caller was told: a status code, "other" codes of a class, timeout when nobody answered and Kamailio itself sent 408, or
// none when the caller got no final answer at all.
func CallSetupCauses() []string {
	return []string{
		"2xx", "3xx", "401_407", "404", "408", "timeout", "480", "486", "487", "4xx_other",
		"500", "503", "504", "5xx_other", "6xx", "none",
	}
}

// CallSetupFailures lists those of CallSetupCauses that are the platform's own failure: the codes of ineffective session
// attempts (RFC 6076 section 4.8) and no answer. The others are answers that callers get from a healthy platform.
func CallSetupFailures() []string { return []string{"408", "timeout", "500", "503", "504", "none"} }

// kamailioCounter shortens the table below: a counter without labels from one statistic.
func kamailioCounter(name, collector, source, help string) *Family {
	return &Family{Name: name, Type: Counter, Help: help, Emitter: KamailioExporter, Collector: collector, Source: "statistic " + source}
}

// kamailioGauge shortens the table below: a gauge of one collector.
func kamailioGauge(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Gauge, Unit: unit, Help: help, Labels: labels,
		Emitter: KamailioExporter, Collector: collector, Source: source,
	}
}

// The families of kamailio_exporter.
var (
	KamailioBuildInfo = kamailioGauge("kamailio_build_info", "info", "RPC core.info",
		"Version and compiler of the running Kamailio; the value is always 1.", None,
		Label{Name: "version", Help: "For example 5.6.3.", Bound: "one at a time"},
		Label{Name: "compiler", Help: "For example gcc 12.2.0.", Bound: "one at a time"})
	KamailioStartTime = kamailioGauge("kamailio_start_time_seconds", "info", "RPC core.uptime",
		"When Kamailio started, as seconds since 1970, to within a second.", Seconds)

	KamailioRequests         = kamailioCounter("kamailio_requests_received_total", "core", "core:rcv_requests", "SIP requests received, retransmissions included.")
	KamailioRequestsByMethod = &Family{
		Name: "kamailio_requests_received_by_method_total", Type: Counter, Labels: []Label{kamailioMethod},
		Help:    "SIP requests received by method, retransmissions included; methods that Kamailio does not count are only in kamailio_requests_received_total.",
		Emitter: KamailioExporter, Collector: "core", Source: "statistics core:rcv_requests_*",
	}
	KamailioRequestsForwarded = kamailioCounter("kamailio_requests_forwarded_total", "core", "core:fwd_requests", "SIP requests sent on statelessly.")
	KamailioRequestsDropped   = kamailioCounter("kamailio_requests_dropped_total", "core", "core:drop_requests", "SIP requests dropped before or in the script.")
	KamailioRequestErrors     = kamailioCounter("kamailio_request_errors_total", "core", "core:err_requests", "SIP requests that could not be processed.")

	KamailioReplies        = kamailioCounter("kamailio_replies_received_total", "core", "core:rcv_replies", "SIP replies received, retransmissions included.")
	KamailioRepliesByClass = &Family{
		Name: "kamailio_replies_received_by_class_total", Type: Counter, Labels: []Label{kamailioClass},
		Help:    "SIP replies received by class; holds every code of the class.",
		Emitter: KamailioExporter, Collector: "core", Source: "statistics core:rcv_replies_Nxx",
	}
	KamailioRepliesByCode = &Family{
		Name: "kamailio_replies_received_by_code_total", Type: Counter, Labels: []Label{kamailioCode},
		Help:    "SIP replies received by code, for the codes that this version counts; each is also in its class's total.",
		Emitter: KamailioExporter, Collector: "core", Source: "statistics core:rcv_replies_NNN", Since: "6.0 for most codes",
	}
	KamailioRepliesByMethod = &Family{
		Name: "kamailio_replies_received_by_method_total", Type: Counter, Labels: []Label{kamailioReplyMethod, kamailioClass},
		Help:    "SIP replies received by the method they answer and by class.",
		Emitter: KamailioExporter, Collector: "core", Source: "statistics core:rcv_replies_Nxx_*",
	}
	KamailioRepliesForwarded = kamailioCounter("kamailio_replies_forwarded_total", "core", "core:fwd_replies", "SIP replies sent on statelessly.")
	KamailioRepliesDropped   = kamailioCounter("kamailio_replies_dropped_total", "core", "core:drop_replies", "SIP replies dropped.")
	KamailioReplyErrors      = kamailioCounter("kamailio_reply_errors_total", "core", "core:err_replies", "SIP replies that could not be processed.")
	KamailioBadMessages      = &Family{
		Name: "kamailio_bad_messages_total", Type: Counter,
		Labels:  []Label{{Name: "reason", Help: "What was wrong.", Values: []string{"uri", "header", "method"}}},
		Help:    "SIP messages refused for a bad URI, a bad header or an unsupported method.",
		Emitter: KamailioExporter, Collector: "core", Source: "statistics core:bad_URIs_rcvd, core:bad_msg_hdr, core:unsupported_methods",
	}

	KamailioSLReplies = &Family{
		Name: "kamailio_sl_replies_total", Type: Counter,
		Labels: []Label{
			{Name: "class", Help: "First digit of the status code; other is outside 1xx to 6xx.", Values: []string{"1xx", "2xx", "3xx", "4xx", "5xx", "6xx", "other"}},
			{Name: "code", Help: "Status code, or other for the codes of the class that are not counted one by one.", Bound: "the codes that the sl module counts, about 14, and other"},
		},
		Help:    "Replies that Kamailio itself sent statelessly, by code; no reply is in two series.",
		Emitter: KamailioExporter, Collector: "sl", Source: "statistics sl:*_replies",
	}
	KamailioSLSent       = kamailioCounter("kamailio_sl_sent_replies_total", "sl", "sl:sent_replies", "Stateless replies sent.")
	KamailioSLSentErrors = kamailioCounter("kamailio_sl_sent_error_replies_total", "sl", "sl:sent_err_replies", "Stateless error replies sent because of an internal failure.")
	KamailioSLFailures   = kamailioCounter("kamailio_sl_failures_total", "sl", "sl:failures", "Stateless replies that could not be sent.")
	KamailioSLACKs       = kamailioCounter("kamailio_sl_acks_received_total", "sl", "sl:received_ACKs", "ACKs received for stateless replies.")

	KamailioTransactionsActive = kamailioGauge("kamailio_transactions_active", "tmx", "statistic tmx:active_transactions", "Transactions without a final reply.", None)
	KamailioTransactionsInUse  = kamailioGauge("kamailio_transactions_in_use", "tmx", "statistic tmx:inuse_transactions", "Transactions in memory, finished ones that still wait for retransmissions included.", None)
	KamailioTransactions       = &Family{
		Name: "kamailio_transactions_total", Type: Counter,
		Labels:  []Label{{Name: "side", Help: "Whether Kamailio was the server or the client of the transaction.", Values: []string{"uas", "uac"}}},
		Help:    "Transactions created. Dispatcher probes are among those of side uac.",
		Emitter: KamailioExporter, Collector: "tmx", Source: "statistics tmx:UAS_transactions, tmx:UAC_transactions",
	}
	KamailioTransactionsCompleted = &Family{
		Name: "kamailio_transactions_completed_total", Type: Counter, Labels: []Label{kamailioFinalClass},
		Help:    "Transactions completed by class of the final reply. Failed dispatcher probes count as 4xx.",
		Emitter: KamailioExporter, Collector: "tmx", Source: "statistics tmx:Nxx_transactions",
	}
	KamailioTMReplies = &Family{
		Name: "kamailio_tm_replies_total", Type: Counter,
		Labels:  []Label{{Name: "kind", Help: "What tm did with the reply; sent is the number of relayed and generated ones that left.", Values: []string{"received", "absorbed", "generated", "relayed", "sent"}}},
		Help:    "Replies handled by the tm module. The kinds overlap: do not add them up.",
		Emitter: KamailioExporter, Collector: "tmx", Source: "statistics tmx:rpl_*",
	}

	KamailioShmSize      = kamailioGauge("kamailio_shm_size_bytes", "shm", "statistic shmem:total_size", "Size of the shared memory pool.", Bytes)
	KamailioShmFree      = kamailioGauge("kamailio_shm_free_bytes", "shm", "statistic shmem:free_size", "Shared memory that is free.", Bytes)
	KamailioShmUsed      = kamailioGauge("kamailio_shm_used_bytes", "shm", "statistic shmem:used_size", "Shared memory in use, without the allocator's overhead.", Bytes)
	KamailioShmRealUsed  = kamailioGauge("kamailio_shm_real_used_bytes", "shm", "statistic shmem:real_used_size", "Shared memory in use with the allocator's overhead.", Bytes)
	KamailioShmMaxUsed   = kamailioGauge("kamailio_shm_max_used_bytes", "shm", "statistic shmem:max_used_size", "Most shared memory ever in use since the start.", Bytes)
	KamailioShmFragments = kamailioGauge("kamailio_shm_fragments", "shm", "statistic shmem:fragments", "Fragments of free shared memory.", None)

	KamailioPkgSize      = kamailioGauge("kamailio_pkg_size_bytes", "pkg", "RPC pkg.stats", "Size of a process's private memory pool.", Bytes, kamailioProcess, kamailioIndex)
	KamailioPkgFree      = kamailioGauge("kamailio_pkg_free_bytes", "pkg", "RPC pkg.stats", "Private memory of a process that is free.", Bytes, kamailioProcess, kamailioIndex)
	KamailioPkgUsed      = kamailioGauge("kamailio_pkg_used_bytes", "pkg", "RPC pkg.stats", "Private memory of a process in use, without the allocator's overhead.", Bytes, kamailioProcess, kamailioIndex)
	KamailioPkgRealUsed  = kamailioGauge("kamailio_pkg_real_used_bytes", "pkg", "RPC pkg.stats", "Private memory of a process in use with the allocator's overhead; growth without end is a leak.", Bytes, kamailioProcess, kamailioIndex)
	KamailioPkgFragments = kamailioGauge("kamailio_pkg_fragments", "pkg", "RPC pkg.stats", "Fragments of a process's free private memory.", None, kamailioProcess, kamailioIndex)

	KamailioProcesses      = kamailioGauge("kamailio_processes", "processes", "RPC core.psa", "Kamailio processes by kind.", None, kamailioProcess)
	KamailioProcessesReady = kamailioGauge("kamailio_processes_ready", "processes", "RPC core.psa",
		"Kamailio processes by kind that have finished their start; fewer than kamailio_processes for long means that some hang in it.", None, kamailioProcess)

	KamailioTCPConnections      = kamailioGauge("kamailio_tcp_connections", "tcp", "RPC core.tcp_info", "Open TCP connections, TLS ones included.", None)
	KamailioTCPConnectionsLimit = kamailioGauge("kamailio_tcp_connections_limit", "tcp", "RPC core.tcp_info", "Most TCP connections that Kamailio accepts.", None)
	KamailioTLSConnections      = kamailioGauge("kamailio_tls_connections", "tcp", "RPC core.tcp_info", "Open TLS connections.", None)
	KamailioTLSConnectionsLimit = kamailioGauge("kamailio_tls_connections_limit", "tcp", "RPC core.tcp_info", "Most TLS connections that Kamailio accepts.", None)
	KamailioTCPWriteQueue       = kamailioGauge("kamailio_tcp_write_queue_bytes", "tcp", "RPC core.tcp_info", "Bytes that wait to be written to TCP connections.", Bytes)
	KamailioTCPReaders          = kamailioGauge("kamailio_tcp_readers", "tcp", "RPC core.tcp_info", "TCP worker processes.", None)
	KamailioTCPEstablished      = kamailioCounter("kamailio_tcp_established_total", "tcp", "tcp:established", "TCP connections established, either way.")
	KamailioTCPAccepted         = kamailioCounter("kamailio_tcp_accepted_total", "tcp", "tcp:passive_open", "TCP connections accepted.")
	KamailioTCPConnects         = kamailioCounter("kamailio_tcp_connects_total", "tcp", "tcp:connect_success", "TCP connections that Kamailio opened.")
	KamailioTCPConnectFailures  = kamailioCounter("kamailio_tcp_connect_failures_total", "tcp", "tcp:connect_failed", "TCP connections that Kamailio could not open.")
	KamailioTCPRejects          = kamailioCounter("kamailio_tcp_rejects_total", "tcp", "tcp:local_reject", "TCP connections that Kamailio refused, for example at the limit.")
	KamailioTCPTimeouts         = kamailioCounter("kamailio_tcp_timeouts_total", "tcp", "tcp:con_timeout", "TCP connections closed for idleness.")
	KamailioTCPResets           = kamailioCounter("kamailio_tcp_resets_total", "tcp", "tcp:con_reset", "TCP connections reset by the peer.")
	KamailioTCPSendTimeouts     = kamailioCounter("kamailio_tcp_send_timeouts_total", "tcp", "tcp:send_timeout", "Writes to TCP connections that timed out.")
	KamailioTCPSendQueueFull    = kamailioCounter("kamailio_tcp_send_queue_full_total", "tcp", "tcp:sendq_full", "Writes refused because the connection's queue was full.")

	KamailioTLSClearTextQueue = kamailioGauge("kamailio_tls_clear_text_write_queue_bytes", "tls", "RPC tls.info", "Clear text that waits to be encrypted and written.", Bytes)

	KamailioDispatcherSets       = kamailioGauge("kamailio_dispatcher_sets", "dispatcher", "RPC dispatcher.list", "Dispatcher sets in memory.", None)
	KamailioDispatcherSetTargets = kamailioGauge("kamailio_dispatcher_set_targets", "dispatcher", "RPC dispatcher.list",
		"Targets of a dispatcher set by state.", None, kamailioSet, Label{Name: "state", Help: "Kamailio's word for the target's state.", Values: DispatcherStates()})
	KamailioDispatcherTargetUp = kamailioGauge("kamailio_dispatcher_target_up", "dispatcher", "RPC dispatcher.list",
		"Whether Kamailio would route to the target (1: active or trying) or not (0: inactive or disabled).", None, kamailioTargetKeys...)
	KamailioDispatcherTargetState = kamailioGauge("kamailio_dispatcher_target_state", "dispatcher", "RPC dispatcher.list",
		"State of the target: 1 for the state that applies, 0 for the others. Only of as many targets as --kamailio.dispatcher-detail says (100), as all series of single targets but kamailio_dispatcher_target_up: inactive ones first, then disabled ones. Were even more inactive, kamailio_dispatcher_set_targets counts them all.", None,
		kamailioSet, kamailioURI, kamailioTargetID, Label{Name: "state", Help: "Kamailio's word for the target's state.", Values: DispatcherStates()})
	KamailioDispatcherTargetProbed = kamailioGauge("kamailio_dispatcher_target_probed", "dispatcher", "RPC dispatcher.list",
		"Whether Kamailio probes the target (1) or not (0); an unprobed target is up whatever happens to it.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetPriority = kamailioGauge("kamailio_dispatcher_target_priority", "dispatcher", "RPC dispatcher.list",
		"Priority of the target; higher is tried first.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetWeight = kamailioGauge("kamailio_dispatcher_target_weight", "dispatcher", "RPC dispatcher.list",
		"Weight of the target in its set.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetRelativeWeight = kamailioGauge("kamailio_dispatcher_target_relative_weight", "dispatcher", "RPC dispatcher.list",
		"Relative weight (rweight) of the target in its set; absent where it has none.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetDialogsLimit = kamailioGauge("kamailio_dispatcher_target_dialogs_limit", "dispatcher", "RPC dispatcher.list",
		"Calls (maxload) at which the call-load algorithm passes the target over; absent where it has no such limit.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetDialogs = kamailioGauge("kamailio_dispatcher_target_dialogs", "dispatcher", "RPC dispatcher.list",
		"Calls that the dispatcher's call-load algorithm counts at the target.", None, kamailioTargetKeys...)
	KamailioDispatcherTargetLatency = kamailioGauge("kamailio_dispatcher_target_latency_seconds", "dispatcher", "RPC dispatcher.list",
		"Round trip of Kamailio's probes of the target; needs modparam ds_ping_latency_stats.", Seconds,
		kamailioSet, kamailioURI, kamailioTargetID,
		Label{Name: "stat", Help: "Mean, standard deviation, moving estimate or maximum.", Values: []string{"avg", "std", "est", "max"}})
	KamailioDispatcherTargetTimeouts = &Family{
		Name: "kamailio_dispatcher_target_probe_timeouts_total", Type: Counter, Labels: kamailioTargetKeys,
		Help:    "Probes of the target that nobody answered; needs modparam ds_ping_latency_stats.",
		Emitter: KamailioExporter, Collector: "dispatcher", Source: "RPC dispatcher.list",
	}

	KamailioDispatcherTargetOverload = &Family{
		Name: "kamailio_dispatcher_target_overload_ratio", Type: Gauge, Unit: Ratio, Labels: kamailioTargetKeys,
		Help:    "Share of requests that the target last asked Kamailio to hold back (overload control, RFC 7339).",
		Emitter: KamailioExporter, Collector: "overload", Source: "RPC dispatcher.list full", Since: "6.0",
	}

	KamailioDialogs = kamailioGauge("kamailio_dialogs", "dialog", "RPC dlg.stats_active",
		"Calls that the dialog module tracks, by state.", None,
		Label{Name: "state", Help: "Kamailio's word for the dialog's state.", Values: []string{"starting", "connecting", "answering", "ongoing"}})
	KamailioDialogsProcessed = kamailioCounter("kamailio_dialogs_processed_total", "dialog", "dialog:processed_dialogs", "Dialogs that the dialog module has tracked.")
	KamailioDialogsExpired   = kamailioCounter("kamailio_dialogs_expired_total", "dialog", "dialog:expired_dialogs", "Dialogs that ended by their time limit.")
	KamailioDialogsFailed    = kamailioCounter("kamailio_dialogs_failed_total", "dialog", "dialog:failed_dialogs", "Dialogs that never were established.")

	KamailioScriptEvents = &Family{
		Name: "kamailio_script_events_total", Type: Counter,
		Labels:  []Label{{Name: "name", Help: "Name of the variable in kamailio.cfg.", Bound: "variables declared with the statistics module, up to the collector's limit"}},
		Help:    "Variables of the statistics module that only grow; which ones do not is told by --kamailio.script-gauges.",
		Emitter: KamailioExporter, Collector: "script", Source: "statistics script:*",
	}
	KamailioScriptValue = kamailioGauge("kamailio_script_value", "script", "statistics script:*",
		"Variables of the statistics module that go up and down, as told by --kamailio.script-gauges.", None,
		Label{Name: "name", Help: "Name of the variable in kamailio.cfg.", Bound: "variables declared with the statistics module, up to the collector's limit"})

	KamailioCallSetupAttempts = kamailioCounter("kamailio_call_setup_attempts_total", "callsetup", "script:obs_invite_attempts",
		"Initial INVITEs, each counted once; needs observability.cfg in kamailio.cfg.")
	KamailioCallSetupOutcomes = &Family{
		Name: "kamailio_call_setup_outcomes_total", Type: Counter,
		Labels:  []Label{{Name: "cause", Help: "Final outcome as the caller was told.", Values: CallSetupCauses()}},
		Help:    "Initial INVITEs by final outcome, each counted once; needs observability.cfg in kamailio.cfg.",
		Emitter: KamailioExporter, Collector: "callsetup", Source: "statistics script:obs_invite_*",
	}
)

// Kamailio returns the families of kamailio_exporter.
func Kamailio() []*Family {
	return slices.Concat(KamailioKit.Families(), kamailioCore(), kamailioModules(), kamailioNetwork(), kamailioCompat())
}

// kamailioCore lists the families of this file.
func kamailioCore() []*Family {
	return []*Family{
		KamailioBuildInfo, KamailioStartTime,
		KamailioRequests, KamailioRequestsByMethod, KamailioRequestsForwarded, KamailioRequestsDropped, KamailioRequestErrors,
		KamailioReplies, KamailioRepliesByClass, KamailioRepliesByCode, KamailioRepliesByMethod,
		KamailioRepliesForwarded, KamailioRepliesDropped, KamailioReplyErrors, KamailioBadMessages,
		KamailioSLReplies, KamailioSLSent, KamailioSLSentErrors, KamailioSLFailures, KamailioSLACKs,
		KamailioTransactionsActive, KamailioTransactionsInUse, KamailioTransactions, KamailioTransactionsCompleted, KamailioTMReplies,
		KamailioShmSize, KamailioShmFree, KamailioShmUsed, KamailioShmRealUsed, KamailioShmMaxUsed, KamailioShmFragments,
		KamailioPkgSize, KamailioPkgFree, KamailioPkgUsed, KamailioPkgRealUsed, KamailioPkgFragments,
		KamailioProcesses, KamailioProcessesReady,
		KamailioTCPConnections, KamailioTCPConnectionsLimit, KamailioTLSConnections, KamailioTLSConnectionsLimit,
		KamailioTCPWriteQueue, KamailioTCPReaders,
		KamailioTCPEstablished, KamailioTCPAccepted, KamailioTCPConnects, KamailioTCPConnectFailures, KamailioTCPRejects,
		KamailioTCPTimeouts, KamailioTCPResets, KamailioTCPSendTimeouts, KamailioTCPSendQueueFull,
		KamailioTLSClearTextQueue,
		KamailioDispatcherSets, KamailioDispatcherSetTargets, KamailioDispatcherTargetUp, KamailioDispatcherTargetState,
		KamailioDispatcherTargetProbed, KamailioDispatcherTargetPriority, KamailioDispatcherTargetWeight,
		KamailioDispatcherTargetRelativeWeight,
		KamailioDispatcherTargetDialogs, KamailioDispatcherTargetDialogsLimit, KamailioDispatcherTargetLatency,
		KamailioDispatcherTargetTimeouts, KamailioDispatcherTargetOverload,
		KamailioDialogs, KamailioDialogsProcessed, KamailioDialogsExpired, KamailioDialogsFailed,
		KamailioScriptEvents, KamailioScriptValue,
		KamailioCallSetupAttempts, KamailioCallSetupOutcomes,
	}
}
