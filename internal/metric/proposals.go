package metric

import "slices"

// Proposal is a metric that other exporters have, or that was proposed for one of ours under the name that is given here, and what became of it.
type Proposal struct {
	// Name is the name proposed, which is no family of ours.
	Name string
	// Families are those that tell the same, or more, under other names.
	Families []*Family
	// Why says why it is left out, or what is different.
	Why string
}

// proposed shortens the tables below.
func proposed(name, why string, families ...*Family) Proposal {
	return Proposal{Name: name, Families: families, Why: why}
}

// Reasons that several proposals have.
const (
	whyNotForwarded   = "With the word that tells them from those forwarded."
	whyOneNoun        = "Under a name of one noun."
	whyItsNoun        = "Under a name of its noun."
	whyLimit          = "Limits are named so in all of our exporters."
	whyPlainWords     = "In plain words."
	whyByState        = "By state, which adds up."
	whyAsDialogs      = "Named as the dialogs are."
	whyByResult       = "By result."
	whyByPool         = "By pool, since interfaces may share one."
	whyCountsSessions = "RTPEngine counts sessions."
	whyUnit           = "With its unit."
	whyNotInterfaces  = "With the word that tells them from those of interfaces."
	whyAsMOS          = "As rtpengine_mos, with its unit."
)

// Proposals lists what was proposed for the exporters of Kamailio and RTPEngine and is not, or is not so, in the catalogue. The reference of
// metrics shows it, so that nobody looks for it in vain.
func Proposals() []Proposal {
	return slices.Concat(kamailioProposals(), kamailioModuleProposals(), rtpengineProposals(), kitProposals())
}

func kamailioProposals() []Proposal {
	const plain = "A family a state, since states do not add up."
	return []Proposal{
		proposed("kamailio_shm_bytes", plain, KamailioShmSize, KamailioShmFree, KamailioShmUsed, KamailioShmRealUsed, KamailioShmMaxUsed),
		proposed("kamailio_pkg_bytes", plain, KamailioPkgSize, KamailioPkgFree, KamailioPkgUsed, KamailioPkgRealUsed),
		proposed("kamailio_process_up", "Aggregated by type: which of several equal workers is not ready helps nobody, and a series a process is some dozens.", KamailioProcesses, KamailioProcessesReady),
		proposed("kamailio_requests_total", whyNotForwarded, KamailioRequests, KamailioRequestsByMethod),
		proposed("kamailio_requests_errors_total", whyOneNoun, KamailioRequestErrors),
		proposed("kamailio_replies_errors_total", whyOneNoun, KamailioReplyErrors),
		proposed("kamailio_replies_by_method_total", whyNotForwarded, KamailioRepliesByMethod),
		proposed("kamailio_bad_requests_total", "Replies are among them.", KamailioBadMessages),
		proposed("kamailio_transactions_waiting", "Those in use less those active; Kamailio has it in tm.stats only, which is cut to 32 bits and takes a question of its own.", KamailioTransactionsInUse, KamailioTransactionsActive, CompatTMWaiting),
		proposed("kamailio_tm_created_total", "Cells of memory, which grow with transactions; in tm.stats only, which wraps at 2^32 in every version and takes a question of its own. The compatible names have it.", KamailioTransactions, CompatTMCreated),
		proposed("kamailio_tm_freed_total", "As kamailio_tm_created_total.", CompatTMFreed),
		proposed("kamailio_tm_delayed_free_total", "As kamailio_tm_created_total; what it would show, cells that pile up, transactions in use show.", KamailioTransactionsInUse, CompatTMDelayedFree),
		proposed("kamailio_sl_sent_total", whyItsNoun, KamailioSLSent),
		proposed("kamailio_sl_error_total", whyItsNoun, KamailioSLSentErrors),
		proposed("kamailio_tcp_connections_max", whyLimit, KamailioTCPConnectionsLimit),
		proposed("kamailio_tls_connections_max", whyLimit, KamailioTLSConnectionsLimit),
		proposed("kamailio_tcp_passive_open_total", whyPlainWords, KamailioTCPAccepted),
		proposed("kamailio_tcp_connect_success_total", whyPlainWords, KamailioTCPConnects),
		proposed("kamailio_tcp_connect_failed_total", whyPlainWords, KamailioTCPConnectFailures),
		proposed("kamailio_tcp_local_reject_total", whyPlainWords, KamailioTCPRejects),
		proposed("kamailio_tcp_con_timeout_total", whyPlainWords, KamailioTCPTimeouts),
		proposed("kamailio_tcp_con_reset_total", whyPlainWords, KamailioTCPResets),
		proposed("kamailio_tcp_send_timeout_total", whyPlainWords, KamailioTCPSendTimeouts),
		proposed("kamailio_tcp_sendq_full_total", whyPlainWords, KamailioTCPSendQueueFull),
		proposed("kamailio_tls_clear_text_write_queued_bytes", "Named as the queue of TCP is.", KamailioTLSClearTextQueue),
		proposed("kamailio_dispatcher_target_rweight", whyPlainWords, KamailioDispatcherTargetRelativeWeight),
		proposed("kamailio_dispatcher_target_max_load", "It is a limit of dialogs.", KamailioDispatcherTargetDialogsLimit),
		proposed("kamailio_dispatcher_target_timeouts_total", "It is probes that time out.", KamailioDispatcherTargetTimeouts),
		proposed("kamailio_dispatcher_target_overload_rate", "It is a share, 0 to 1.", KamailioDispatcherTargetOverload),
		proposed("kamailio_dialog_active", whyByState, KamailioDialogs),
		proposed("kamailio_dialog_early", whyByState, KamailioDialogs),
		proposed("kamailio_dialog_processed_total", whyAsDialogs, KamailioDialogsProcessed),
		proposed("kamailio_dialog_expired_total", whyAsDialogs, KamailioDialogsExpired),
		proposed("kamailio_dialog_failed_total", whyAsDialogs, KamailioDialogsFailed),
	}
}

func kamailioModuleProposals() []Proposal {
	const unused = "Statistics of a module that nothing of the published platform loads, and of which no answer was recorded. Its user may ask for a collector."
	return []Proposal{
		proposed("kamailio_registrar_accepted_total", whyByResult, KamailioRegistrations),
		proposed("kamailio_registrar_rejected_total", whyByResult, KamailioRegistrations),
		proposed("kamailio_rtpengine_recheck_seconds", "Ticks until Kamailio asks a dead engine again, in a unit and a type that differ from version to version, where there is a number at all. Whether it is up tells as much.", KamailioRTPEngineUp),
		proposed("kamailio_dmq_node_fail_count", whyPlainWords, KamailioDMQNodeFailures),
		proposed("kamailio_dmq_node_last_notification", "Kamailio says 0 in every recorded answer, of peers that are active and of all versions.", KamailioDMQNodeUp),
		proposed("kamailio_uac_registration_expires_seconds", "As a time, which does not change from scrape to scrape.", KamailioUACRegistrationExpires),
		proposed("kamailio_pike_tracked_ips", "By status.", KamailioPikeAddresses),
		proposed("kamailio_pipelimit_load", "In pl.stats only, as free text; pl.list has the limit and what was counted in the last interval.", KamailioPipeLimit, KamailioPipeRequests),
		proposed("kamailio_pipelimit_counter", whyPlainWords, KamailioPipeRequests),
		proposed("kamailio_siptrace", unused),
		proposed("kamailio_msilo", unused),
		proposed("kamailio_tsilo", unused),
		proposed("kamailio_sst", unused),
		proposed("kamailio_kafka", unused),
		proposed("kamailio_peerstate", unused),
		proposed("kamailio_dlgs_stats", "Answered calls by source need module dlgs in the script. Kamailio's own replies to INVITE tell what became of calls without it.", KamailioCallSetupAttempts, KamailioCallSetupOutcomes),
		proposed("xhttp_prom", "Prometheus scrapes the module itself, as a second target. Passed on, its names would be in nobody's catalogue, without type or help before 6.1, and a worker of SIP would answer within our scrape. Statistics of the script have a collector.", KamailioScriptEvents, KamailioScriptValue),
	}
}

func rtpengineProposals() []Proposal {
	return []Proposal{
		proposed("rtpengine_bandwidth_limit", whyUnit, RTPEngineBandwidthLimit),
		proposed("rtpengine_cpu_limit", whyUnit, RTPEngineCPULimit),
		proposed("rtpengine_ports", whyByPool, RTPEnginePortPoolPorts),
		proposed("rtpengine_ports_used", whyByPool, RTPEnginePortPoolUsed),
		proposed("rtpengine_ports_free", "As pairs, since a call needs pairs.", RTPEnginePortPoolFreePairs),
		proposed("rtpengine_sessions_total", "By what became of them: RTPEngine's own total includes those that never got ports.", RTPEngineSessionsEnded, RTPEngineSessionsFailed, RTPEngineSessions),
		proposed("rtpengine_sessions_closed_total", whyPlainWords, RTPEngineSessionsEnded, RTPEngineSessionsRejected),
		proposed("rtpengine_control_seconds_total", whyPlainWords, RTPEngineControlSeconds),
		proposed("rtpengine_packets_total", whyNotInterfaces, RTPEngineRelayedPackets),
		proposed("rtpengine_bytes_total", whyNotInterfaces, RTPEngineRelayedBytes),
		proposed("rtpengine_errors_total", "With the word that tells them from those of commands.", RTPEngineRelayErrors),
		proposed("rtpengine_kernel_ratio", "A ratio that follows from streams by path, and cannot be added up; rules record it over any group (voipbin:media_userspace:ratio).", RTPEngineMediaStreams),
		proposed("rtpengine_transcode_packets_total", whyPlainWords, RTPEngineTranscodedPackets),
		proposed("rtpengine_transcode_bytes_total", whyPlainWords, RTPEngineTranscodedBytes),
		proposed("rtpengine_transcode_samples_total", whyPlainWords, RTPEngineTranscodedSamples),
		proposed("rtpengine_one_way_streams_total", whyCountsSessions, RTPEngineOneWay),
		proposed("rtpengine_zero_packet_streams_total", whyCountsSessions, RTPEngineZeroPacket),
		proposed("rtpengine_mos", "With what it is of: reports since the start, or streams of sampled calls.", RTPEngineReportedMOS, RTPEngineReportedMOSSquares, RTPEngineStreamMOS),
		proposed("rtpengine_jitter", whyAsMOS, RTPEngineReportedJitter, RTPEngineReportedJitterSquares, RTPEngineStreamJitter),
		proposed("rtpengine_rtt", whyAsMOS, RTPEngineReportedRoundTrip, RTPEngineReportedRoundTripSquares, RTPEngineStreamRoundTrip),
		proposed("rtpengine_packetloss", whyAsMOS, RTPEngineReportedLoss, RTPEngineReportedLossSquares, RTPEngineStreamLoss),
		proposed("rtpengine_interface_reported_squares_total", "Squares by interface: five series more for each, for a question that the engine's own squares answer.", RTPEngineReportedJitterSquares),
		proposed("rtpengine_rtp_lost_total", "With its noun.", RTPEngineRTPLost),
		proposed("rtpengine_rtp_seq_resets_total", whyPlainWords, RTPEngineRTPResets),
		proposed("rtpengine_redis_disabled", "No command tells whether Redis is left out at the moment.", RTPEngineRedisAllowedErrors),
		proposed("rtpengine_foreign_sessions", "By type.", RTPEngineSessions),
	}
}

// kitProposals are about the exporters themselves.
func kitProposals() []Proposal {
	return []Proposal{
		proposed("exporter_rpc_duration_seconds", "A collector asks one question as a rule, and has its duration; by method it would be two series more for each of some twenty, of 518.", KamailioKit.CollectorDuration, RTPEngineKit.CollectorDuration),
		proposed("exporter_reply_bytes_total", "What makes answers long are series, which are counted; those that are cut, or exceed what is read, fail their collector by name.", KamailioKit.CollectorOutcome),
		proposed("exporter_reconnects_total", "A connection is made when there is none: Kamailio closes one that is idle. One that breaks fails a collector with outcome transport.", KamailioKit.CollectorOutcome),
		proposed("exporter_faults_total", "By code: as text in the log, when it changes. The codes that Kamailio uses are four, and the outcome tells absent, disabled, empty and fault apart, which they do not.", KamailioKit.CollectorOutcome),
		proposed("exporter_decode_errors_total", "An outcome of a collector.", KamailioKit.CollectorOutcome),
		proposed("exporter_last_success_timestamp_seconds", "A scrape asks, and keeps nothing; Prometheus knows when a success was last 1, also of a target that the exporter forgot with its restart.", KamailioKit.CollectorSuccess, RTPEngineKit.CollectorSuccess),
	}
}
