package metric

// RTPEngineExporter is this project's exporter for RTPEngine.
var RTPEngineExporter = &Emitter{Name: "rtpengine_exporter", Ours: true}

// RTPEngineKit is what rtpengine_exporter says about itself and its target.
var RTPEngineKit = newKit("rtpengine", RTPEngineExporter)

// The labels that several RTPEngine families share.
var (
	rtpenginePath      = Label{Name: "path", Help: "Whether packets pass through the daemon or only through the kernel module.", Values: []string{"userspace", "kernel"}}
	rtpengineChain     = Label{Name: "chain", Help: "Codecs from and to, for example PCMA/8000 -> opus/48000/2.", Bound: "pairs of codecs in use since the start"}
	rtpengineProxy     = Label{Name: "proxy", Help: "Address of the client that controls RTPEngine, as RTPEngine sees it.", Bound: "addresses that ever sent a command, up to the collector's limit"}
	rtpengineAddress   = Label{Name: "address", Help: "Local address of the interface.", Bound: "addresses configured"}
	rtpengineInterface = Label{Name: "interface", Help: "Name of the logical interface.", Bound: "interfaces configured"}
	rtpenginePortMin   = Label{Name: "port_min", Help: "First port of the range.", Bound: "ranges configured"}
	rtpenginePortMax   = Label{Name: "port_max", Help: "Last port of the range.", Bound: "ranges configured"}
	rtpengineDirection = Label{Name: "direction", Help: "Whether RTPEngine received or sent it.", Values: []string{"ingress", "egress"}}
	rtpengineThread    = Label{Name: "thread", Help: "Number of the thread.", Bound: "poller threads configured"}

	rtpenginePool = []Label{rtpengineAddress, rtpenginePortMin, rtpenginePortMax}
)

// RTPEngineEndReasons lists the ways in which a session that was set up can end, in the words of the label reason.
func RTPEngineEndReasons() []string {
	return []string{"regular", "forced", "timeout", "silent_timeout", "final_timeout", "offer_timeout"}
}

// rtpengineCounter shortens the table below: a counter from the answer to the ng command statistics.
func rtpengineCounter(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Counter, Unit: unit, Help: help, Labels: labels,
		Emitter: RTPEngineExporter, Collector: collector, Source: "ng statistics, " + source,
	}
}

// rtpengineGauge shortens the table below: a gauge of one collector.
func rtpengineGauge(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Gauge, Unit: unit, Help: help, Labels: labels,
		Emitter: RTPEngineExporter, Collector: collector, Source: source,
	}
}

// The families of rtpengine_exporter but for those about quality.
var (
	RTPEnginePing = rtpengineGauge("rtpengine_ping_seconds", "info", "ng ping",
		"How long RTPEngine took to answer a ping in this scrape, the way there and back included.", Seconds)
	RTPEngineStartTime = rtpengineGauge("rtpengine_start_time_seconds", "info", "ng statistics, totalstatistics.uptime",
		"When RTPEngine started, as seconds since 1970, to within a second.", Seconds)
	RTPEngineBuildInfo = &Family{
		Name: "rtpengine_build_info", Type: Gauge, Emitter: RTPEngineExporter, Collector: "build", Since: "26.0",
		Labels: []Label{{Name: "version", Help: "For example 26.0.1.26.", Bound: "one at a time"}},
		Help:   "Version of the running RTPEngine; the value is always 1. Absent where the option software-id hides it.",
		Source: "command line params current, software_id",
	}
	RTPEngineRedisAllowedErrors = &Family{
		Name: "rtpengine_redis_allowed_errors", Type: Gauge, Emitter: RTPEngineExporter, Collector: "build", Since: "26.0",
		Help:   "Errors of Redis after which RTPEngine goes on without it for a while (redis-allowed-errors). Absent where it never does.",
		Source: "command line params current, redis_allowed_errors",
	}

	RTPEngineSessions = rtpengineGauge("rtpengine_sessions", "sessions", "ng statistics, currentstatistics.sessions*",
		"Sessions in memory, those that wait for their deletion included; foreign ones are of another RTPEngine that shares the database.", None,
		Label{Name: "type", Help: "Whose session it is.", Values: []string{"own", "foreign"}})
	RTPEngineTranscodedMedia = rtpengineGauge("rtpengine_transcoded_media", "sessions", "ng statistics, currentstatistics.transcodedmedia",
		"Media sections that are being transcoded.", None)
	RTPEngineMediaStreams = rtpengineGauge("rtpengine_media_streams", "sessions", "ng statistics, currentstatistics.media_*",
		"Media streams by the path of their packets; mixed ones use both. Before 26.0 only streams with packets at the moment.", None,
		Label{Name: "path", Help: "Whether packets pass through the daemon, only through the kernel module, or both.", Values: []string{"userspace", "kernel", "mixed"}})
	RTPEngineMediaCache = &Family{
		Name: "rtpengine_media_cache_entries", Type: Gauge, Emitter: RTPEngineExporter, Collector: "sessions", Since: "13.2",
		Help: "Media files in the player's memory.", Source: "ng statistics, currentstatistics.mediacache",
	}
	RTPEnginePlayerCache = &Family{
		Name: "rtpengine_player_cache_entries", Type: Gauge, Emitter: RTPEngineExporter, Collector: "sessions", Since: "13.2",
		Help: "Encoded media in the player's memory.", Source: "ng statistics, currentstatistics.playercache",
	}
	RTPEngineSessionsEnded = rtpengineCounter("rtpengine_sessions_ended_total", "sessions", "totalstatistics.*sessions",
		"Sessions that were set up and have ended, by reason; counted when they leave memory.", None,
		Label{Name: "reason", Help: "Deleted as asked for (regular), ended by an operator (forced), or the time limit that passed.", Values: RTPEngineEndReasons()})
	RTPEngineSessionsFailed = rtpengineCounter("rtpengine_sessions_failed_total", "sessions", "totalstatistics.managedsessions less all reasons to end",
		"Sessions that an offer began and that could not be set up, as a rule because no pair of ports was free. No statistic of RTPEngine tells them apart; its own totals of sessions include them.", None)
	RTPEngineSessionsRejected = rtpengineCounter("rtpengine_sessions_rejected_total", "sessions", "totalstatistics.rejectedsessions",
		"Offers refused because the limit of sessions was reached. Refusals for load, CPU or bandwidth are only in rtpengine_control_errors_total.", None)
	RTPEngineOneWay = rtpengineCounter("rtpengine_one_way_sessions_total", "sessions", "totalstatistics.onewaystreams",
		"Sessions that ended with packets in one direction only.", None)
	RTPEngineZeroPacket = rtpengineCounter("rtpengine_zero_packet_sessions_total", "sessions", "totalstatistics.zerowaystreams",
		"Sessions that ended without a packet. RTPEngine 26.0 includes those in rtpengine_sessions_failed_total, 10.5 and 12.5 do not.", None)
	RTPEngineCallDuration = &Family{
		Name: "rtpengine_call_duration_seconds", Type: Summary, Unit: Seconds, Emitter: RTPEngineExporter, Collector: "sessions",
		Help:   "Duration of sessions that were set up and have ended, in seconds.",
		Source: "ng statistics, totalstatistics.totalcallsduration",
	}

	RTPEngineRelayedPackets = rtpengineCounter("rtpengine_relayed_packets_total", "relay", "totalstatistics.relayedpackets_*",
		"Packets relayed, those of live sessions included.", None, rtpenginePath)
	RTPEngineRelayedBytes = rtpengineCounter("rtpengine_relayed_bytes_total", "relay", "totalstatistics.relayedbytes_*",
		"Bytes relayed, those of live sessions included.", Bytes, rtpenginePath)
	RTPEngineRelayErrors = rtpengineCounter("rtpengine_relay_errors_total", "relay", "totalstatistics.relayedpacketerrors_*",
		"Packets that could not be relayed.", None, rtpenginePath)

	RTPEngineControlRequests = rtpengineCounter("rtpengine_control_requests_total", "control", "controlstatistics.proxies[].*count",
		"Commands that a client sent, by command; without those of this exporter. Commands other than offer, answer, delete, query, list, ping and statistics appear when first used.", None,
		rtpengineProxy, Label{Name: "command", Help: "Name of the ng command, or RTPEngine's short form of one that is not known here.", Bound: "commands of RTPEngine, 34 in 26.0"})
	RTPEngineControlSeconds = rtpengineCounter("rtpengine_control_request_seconds_total", "control", "controlstatistics.proxies[].*duration",
		"Time that RTPEngine spent on a client's commands, in seconds; series as in rtpengine_control_requests_total.", Seconds,
		rtpengineProxy, Label{Name: "command", Help: "Name of the ng command, or RTPEngine's short form of one that is not known here.", Bound: "commands of RTPEngine, 34 in 26.0"})
	RTPEngineControlErrors = rtpengineCounter("rtpengine_control_errors_total", "control", "controlstatistics.proxies[].errorcount",
		"Commands of a client that RTPEngine answered with an error, whatever the reason: no free port, a limit, an unknown call, bad SDP. Of a client that shares the exporter's address, without the exporter's own and only since the exporter first looked, so that its restart is a reset of the counter.", None, rtpengineProxy)

	RTPEnginePortPoolPorts = rtpengineGauge("rtpengine_port_pool_ports", "ports", "ng statistics, interfaces[].ports",
		"Ports of a pool, which is an address and a range; interfaces that share one show here once.", None, rtpenginePool...)
	RTPEnginePortPoolUsed = rtpengineGauge("rtpengine_port_pool_used_ports", "ports", "ng statistics, interfaces[].ports",
		"Ports of a pool that are in use, by RTPEngine or by another program that got them first. A plain audio call takes four.", None, rtpenginePool...)
	RTPEnginePortPoolFreePairs = rtpengineGauge("rtpengine_port_pool_free_pairs", "ports", "ng statistics, interfaces[].ports",
		"Pairs of ports for RTP and RTCP that are free at most. Scattered single ports make no pair, so a few can be left (4 of 100 ports on 10.5) when offers already fail.", None, rtpenginePool...)
	RTPEnginePortPoolUsage = rtpengineGauge("rtpengine_port_pool_usage_ratio", "ports", "ng statistics, interfaces[].ports",
		"Share of a pool's ports that are in use, 0 to 1; with scattered ports offers can fail before it is 1.", Ratio, rtpenginePool...)

	RTPEngineInterfaceInfo = rtpengineGauge("rtpengine_interface_info", "interfaces", "ng statistics, interfaces[]",
		"Which pool of ports an interface uses; the value is always 1.", None, rtpengineInterface, rtpengineAddress, rtpenginePortMin, rtpenginePortMax)
	RTPEngineInterfacePackets = rtpengineSince("12.5", rtpengineCounter("rtpengine_interface_packets_total", "interfaces", "interfaces[].ingress, .egress",
		"Packets of an interface.", None, rtpengineInterface, rtpengineAddress, rtpengineDirection))
	RTPEngineInterfaceBytes = rtpengineSince("12.5", rtpengineCounter("rtpengine_interface_bytes_total", "interfaces", "interfaces[].ingress, .egress",
		"Bytes of an interface.", Bytes, rtpengineInterface, rtpengineAddress, rtpengineDirection))
	RTPEngineInterfaceErrors = rtpengineSince("12.5", rtpengineCounter("rtpengine_interface_errors_total", "interfaces", "interfaces[].ingress, .egress",
		"Packets of an interface that could not be relayed.", None, rtpengineInterface, rtpengineAddress, rtpengineDirection))
	RTPEngineInterfaceLost = rtpengineSince("12.5", rtpengineCounter("rtpengine_interface_packets_lost_total", "interfaces", "interfaces[].packets_lost",
		"RTP packets lost on their way to an interface, where RTPEngine watches sequence numbers.", None, rtpengineInterface, rtpengineAddress))
	RTPEngineInterfaceDuplicates = rtpengineSince("12.5", rtpengineCounter("rtpengine_interface_duplicates_total", "interfaces", "interfaces[].duplicates",
		"RTP packets that reached an interface twice, where RTPEngine watches sequence numbers.", None, rtpengineInterface, rtpengineAddress))

	RTPEngineTranscoders = rtpengineGauge("rtpengine_transcoders", "transcoders", "ng statistics, transcoders[].num",
		"Transcoders at work by chain of codecs.", None, rtpengineChain)
	RTPEngineTranscodedPackets = rtpengineCounter("rtpengine_transcoded_packets_total", "transcoders", "transcoders[].packets",
		"Packets that went into transcoders.", None, rtpengineChain)
	RTPEngineTranscodedBytes = rtpengineCounter("rtpengine_transcoded_bytes_total", "transcoders", "transcoders[].bytes",
		"Bytes that went into transcoders.", Bytes, rtpengineChain)
	RTPEngineTranscodedSamples = rtpengineCounter("rtpengine_transcoded_samples_total", "transcoders", "transcoders[].samples",
		"Audio samples that went through transcoders.", None, rtpengineChain)

	RTPEnginePollerWakeups = rtpengineSince("14.1", rtpengineCounter("rtpengine_poller_wakeups_total", "pollers", "poller_threads[].wakeups",
		"Times that a poller thread woke up.", None, rtpengineThread))
	RTPEnginePollerItems = rtpengineSince("14.1", rtpengineCounter("rtpengine_poller_items_total", "pollers", "poller_threads[].items",
		"Sockets with something to read that a poller thread woke up for.", None, rtpengineThread))

	RTPEngineSessionsLimit = rtpengineGauge("rtpengine_sessions_limit", "limits", "command line list maxsessions",
		"Most own sessions that RTPEngine sets up (max-sessions); 0 drains it. Absent without a limit.", None)
	RTPEngineLoadLimit = rtpengineGauge("rtpengine_load_limit", "limits", "command line list maxload",
		"Load average over a minute above which RTPEngine refuses offers (max-load). Absent without a limit.", None)
	RTPEngineCPULimit = rtpengineGauge("rtpengine_cpu_limit_ratio", "limits", "command line list maxcpu",
		"Share of the CPU, 0 to 1, above which RTPEngine refuses offers (max-cpu). Absent without a limit.", Ratio)
	RTPEngineBandwidthLimit = rtpengineGauge("rtpengine_bandwidth_limit_bytes_per_second", "limits", "command line list maxbw",
		"Bytes relayed per second above which RTPEngine refuses offers (max-bandwidth). Absent without a limit.", None)
	RTPEngineOpenFilesLimit = rtpengineGauge("rtpengine_open_files_limit", "limits", "command line list maxopenfiles",
		"File descriptors that RTPEngine may have open.", None)
	RTPEngineSessionsByFamily = rtpengineGauge("rtpengine_sessions_by_address_family", "families", "command line list numsessions",
		"Sessions with media on both sides by the address family of the media.", None,
		Label{Name: "family", Help: "Address family of both sides; mixed has one of each.", Values: []string{"ipv4", "ipv6", "mixed"}})

	RTPEngineProcessOpenFDs = rtpengineGauge("rtpengine_process_open_fds", "process", "/proc/PID/fd",
		"File descriptors that RTPEngine has open; only where it runs on the exporter's host.", None)
	RTPEngineProcessMaxFDs = rtpengineGauge("rtpengine_process_max_fds", "process", "/proc/PID/limits",
		"File descriptors that the kernel lets RTPEngine have open; only where it runs on the exporter's host.", None)
	RTPEngineProcessMemory = rtpengineGauge("rtpengine_process_resident_memory_bytes", "process", "/proc/PID/stat",
		"Memory of RTPEngine that is in RAM; only where it runs on the exporter's host.", Bytes)
	RTPEngineProcessThreads = rtpengineGauge("rtpengine_process_threads", "process", "/proc/PID/stat",
		"Threads of RTPEngine; only where it runs on the exporter's host.", None)
	RTPEngineProcessCPU = &Family{
		Name: "rtpengine_process_cpu_seconds_total", Type: Counter, Unit: Seconds, Emitter: RTPEngineExporter, Collector: "process",
		Help:   "CPU time that RTPEngine used, in seconds; only where it runs on the exporter's host.",
		Source: "/proc/PID/stat",
	}
)

// rtpengineSince marks a family that older versions do not have.
func rtpengineSince(version string, f *Family) *Family {
	f.Since = version
	return f
}

// RTPEngine returns the families of rtpengine_exporter.
func RTPEngine() []*Family {
	return append(append(RTPEngineKit.Families(), rtpengineQuality()...),
		RTPEnginePing, RTPEngineStartTime, RTPEngineBuildInfo, RTPEngineRedisAllowedErrors,
		RTPEngineSessions, RTPEngineTranscodedMedia, RTPEngineMediaStreams, RTPEngineMediaCache, RTPEnginePlayerCache,
		RTPEngineSessionsEnded, RTPEngineSessionsFailed, RTPEngineSessionsRejected, RTPEngineOneWay, RTPEngineZeroPacket, RTPEngineCallDuration,
		RTPEngineRelayedPackets, RTPEngineRelayedBytes, RTPEngineRelayErrors,
		RTPEngineControlRequests, RTPEngineControlSeconds, RTPEngineControlErrors,
		RTPEnginePortPoolPorts, RTPEnginePortPoolUsed, RTPEnginePortPoolFreePairs, RTPEnginePortPoolUsage,
		RTPEngineInterfaceInfo, RTPEngineInterfacePackets, RTPEngineInterfaceBytes, RTPEngineInterfaceErrors,
		RTPEngineInterfaceLost, RTPEngineInterfaceDuplicates,
		RTPEngineTranscoders, RTPEngineTranscodedPackets, RTPEngineTranscodedBytes, RTPEngineTranscodedSamples,
		RTPEnginePollerWakeups, RTPEnginePollerItems,
		RTPEngineSessionsLimit, RTPEngineLoadLimit, RTPEngineCPULimit, RTPEngineBandwidthLimit, RTPEngineOpenFilesLimit,
		RTPEngineSessionsByFamily,
		RTPEngineProcessOpenFDs, RTPEngineProcessMaxFDs, RTPEngineProcessMemory, RTPEngineProcessThreads, RTPEngineProcessCPU,
	)
}
