package metric

// AsteriskCauseClasses lists the classes of hangup causes (ITU-T Q.850, bits 5 to 7 of the cause value); none is cause 0, which is no
// cause at all. The first two are normal events.
func AsteriskCauseClasses() []string {
	return []string{
		"none", "normal", "normal_other", "resource_unavailable", "service_unavailable", "service_not_implemented", "invalid_message",
		"protocol_error", "interworking",
	}
}

// AsteriskDialOutcomes lists how a dial can end (DIALSTATUS).
func AsteriskDialOutcomes() []string {
	return []string{"answer", "busy", "noanswer", "cancel", "congestion", "chanunavail", "other"}
}

// AsteriskSecurityEvents lists the security events that are counted: those that say that something was refused.
func AsteriskSecurityEvents() []string {
	return []string{
		"FailedACL", "InvalidAccountID", "SessionLimit", "MemoryLimit", "LoadAverageLimit", "RequestNotSupported", "RequestNotAllowed",
		"AuthMethodNotAllowed", "RequestBadFormat", "UnexpectedAddress", "ChallengeResponseFailed", "InvalidPassword", "InvalidTransport",
	}
}

// asteriskDirection says whose stream a report of RTCP is about.
var asteriskDirection = Label{
	Name: "direction", Help: "The stream that Asterisk receives, as it measures itself, or the one that it sends, as the other side reports.",
	Values: []string{"received", "sent"},
}

// asteriskHistogram shortens the table below.
func asteriskHistogram(name, collector, source, help string, unit Unit, buckets []float64, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Histogram, Unit: unit, Help: help, Labels: labels, Buckets: buckets,
		Emitter: AsteriskExporter, Collector: collector, Source: source,
	}
}

func asteriskSetupBuckets() []float64 {
	return []float64{0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 11, 15, 30, 60}
}

func asteriskCallBuckets() []float64 {
	return []float64{1, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400}
}

func asteriskWaitBuckets() []float64 {
	return []float64{1, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1200, 1800}
}

// The families of asterisk_exporter that grow by events. They begin when the exporter first connects and lack what happened while it was
// not connected: asterisk_ami_gaps_total and its neighbours say how much that is.
var (
	AsteriskAMIConnected = asteriskGauge("asterisk_ami_connected", "", "the exporter",
		"Whether the exporter is logged in to the manager interface (1) and so gets events, or not (0).", None)
	AsteriskAMIAttempts = asteriskCounter("asterisk_ami_connects_total", "", "the exporter",
		"Attempts to connect to the manager interface and to log in, by result.", None,
		Label{Name: "result", Help: "Logged in (ok), refused by user, secret or address (refused), or anything else (failed).", Values: []string{"ok", "refused", "failed"}})
	AsteriskAMIGaps = asteriskCounter("asterisk_ami_gaps_total", "", "the exporter",
		"Times that the connection to the manager interface ended, after which events were missed until the next login.", None)
	AsteriskAMIGapSeconds = asteriskCounter("asterisk_ami_gap_seconds_total", "", "the exporter",
		"Time without a connection since the first login, in seconds, a gap that lasts included: what the counters of events do not know.", Seconds)
	AsteriskAMIMissedCalls = asteriskSince("22", asteriskCounter("asterisk_ami_missed_calls_total", "events", "AMI CoreStatus, CoreProcessedCalls",
		"Calls that began during gaps, by Asterisk's own count of calls less those seen; after a restart of Asterisk those since the restart. Lacks calls between the last reading, at most 15 seconds before the gap, and a restart.", None))
	AsteriskAMIEvents = asteriskCounter("asterisk_ami_events_total", "", "AMI",
		"Events received from the manager interface. Those that are not wanted are filtered by Asterisk where the user may set filters.", None,
		Label{Name: "event", Help: "Name of the event; other is for those that the exporter does not use.", Bound: "events used, about 30"})
	AsteriskAMILag = asteriskHistogram("asterisk_ami_event_lag_seconds", "", "AMI Timestamp",
		"Time from an event to its arrival here, in seconds; needs timestampevents in manager.conf and one clock for both.", Seconds,
		[]float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5})

	AsteriskIncomingCalls = asteriskCounter("asterisk_incoming_calls_total", "events", "AMI event Newchannel with state Ring",
		"Calls that came in, by technology; the dialplan half of a Local channel is one of technology Local.", None, asteriskTechnology)
	AsteriskHangups = asteriskCounter("asterisk_hangups_total", "events", "AMI event Hangup",
		"Channels that ended, by cause.", None, asteriskTechnology,
		Label{Name: "cause", Help: "Cause value of ITU-T Q.850, for example 16 for normal clearing or 17 for user busy; Asterisk has some of its own.", Bound: "cause values of Asterisk, about 50"},
		Label{Name: "class", Help: "Class of the cause in ITU-T Q.850.", Values: AsteriskCauseClasses()})
	AsteriskCallSetup = asteriskHistogram("asterisk_call_setup_seconds", "events", "AMI events Newchannel and Newstate",
		"Time from an incoming call's arrival until it was answered, in seconds; only answered ones.", Seconds, asteriskSetupBuckets(), asteriskTechnology)
	AsteriskCallDuration = asteriskHistogram("asterisk_call_duration_seconds", "events", "AMI events Newstate and Hangup",
		"Time from the answer of an incoming call until its end, in seconds; only calls whose beginning was seen.", Seconds, asteriskCallBuckets(), asteriskTechnology)
	AsteriskUntracked = asteriskCounter("asterisk_untracked_channels_total", "events", "AMI event Hangup",
		"Channels that ended and whose beginning was not seen, because they are older than the connection or too many: they are counted as hangups and in no histogram.", None)

	AsteriskDials = asteriskCounter("asterisk_dials_total", "events", "AMI event DialEnd",
		"Outgoing attempts that ended and whose beginning was seen, by the technology dialled and outcome. A call to several destinations at once is several.", None, asteriskTechnology,
		Label{Name: "outcome", Help: "DIALSTATUS in lower case.", Values: AsteriskDialOutcomes()})
	AsteriskPostDialDelay = asteriskHistogram("asterisk_post_dial_delay_seconds", "events", "AMI events DialBegin and DialState",
		"Time from an outgoing attempt until the other side rang or sent early media, in seconds; attempts that did not get so far are left out.", Seconds, asteriskSetupBuckets(), asteriskTechnology)
	AsteriskRingTime = asteriskHistogram("asterisk_dial_ring_seconds", "events", "AMI events DialState and DialEnd",
		"Time from the first ringing or early media until the attempt ended, by outcome, in seconds.", Seconds, asteriskSetupBuckets(), asteriskTechnology,
		Label{Name: "outcome", Help: "DIALSTATUS in lower case.", Values: AsteriskDialOutcomes()})

	AsteriskQueueJoined = asteriskCounter("asterisk_queue_joins_total", "events", "AMI event QueueCallerJoin",
		"Callers who entered a queue.", None, asteriskQueue)
	AsteriskQueueWait = asteriskHistogram("asterisk_queue_wait_seconds", "events", "AMI events QueueCallerJoin, AgentConnect, QueueCallerAbandon, QueueCallerLeave",
		"How long callers waited in a queue, by how that ended, in seconds.", Seconds, asteriskWaitBuckets(), asteriskQueue,
		Label{Name: "outcome", Help: "An agent answered, the wait was given up (the caller hung up, the time was over or no agent was left: Asterisk does not tell these apart), or the caller left with a key.", Values: []string{"answered", "abandoned", "left"}})
	AsteriskQueueTalk = asteriskHistogram("asterisk_queue_talk_seconds", "events", "AMI event AgentComplete, TalkTime",
		"How long agents talked with callers of a queue, by who ended the call, in whole seconds.", Seconds, asteriskCallBuckets(), asteriskQueue,
		Label{Name: "ended_by", Help: "Who ended the call.", Values: []string{"caller", "agent", "transfer", "other"}})
	AsteriskQueueRingNoAnswer = asteriskCounter("asterisk_queue_ring_no_answer_total", "events", "AMI event AgentRingNoAnswer",
		"Times that a queue's agent was rung and did not answer.", None, asteriskQueue)

	AsteriskSecurityEventsSeen = asteriskCounter("asterisk_security_events_total", "events", "AMI events of class security",
		"Requests that Asterisk refused for a reason of security, by event and service.", None,
		Label{Name: "event", Help: "Name of the event.", Values: AsteriskSecurityEvents()},
		Label{Name: "service", Help: "Part of Asterisk, for example PJSIP or AMI.", Bound: "services of Asterisk, about 10"})

	AsteriskRTCPLoss = asteriskHistogram("asterisk_rtcp_packet_loss_ratio", "rtcp", "AMI events RTCPSent and RTCPReceived, Report0FractionLost",
		"Share of packets lost since the report before, 0 to 1, one observation for each RTCP report.", Ratio,
		[]float64{0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5}, asteriskDirection)
	AsteriskRTCPJitter = asteriskHistogram("asterisk_rtcp_jitter_seconds", "rtcp", "AMI events RTCPSent and RTCPReceived, Report0IAJitter",
		"Interarrival jitter (RFC 3550) in seconds, one observation for each RTCP report. Reports tell it in units of the codec's clock, which the exporter derives from two sender reports of the same party: reports before the second are left out.", Seconds,
		[]float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5}, asteriskDirection)
	AsteriskRTCPRoundTrip = asteriskHistogram("asterisk_rtcp_round_trip_seconds", "rtcp", "AMI event RTCPReceived, RTT",
		"Round-trip time between Asterisk and the other side, in seconds, one observation for each RTCP report that allows it.", Seconds,
		[]float64{0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1})
	AsteriskRTCPMES = asteriskSince("21", asteriskHistogram("asterisk_rtcp_media_experience_score", "rtcp", "AMI events RTCPSent and RTCPReceived, MES",
		"Asterisk's own Media Experience Score, 0 to 100, one observation for each RTCP report. Above 80 is good, below 60 bad.", None,
		[]float64{10, 20, 30, 40, 50, 60, 70, 80, 85, 88, 90}, asteriskDirection))
)

func asteriskEvents() []*Family {
	return []*Family{
		AsteriskAMIConnected, AsteriskAMIAttempts, AsteriskAMIGaps, AsteriskAMIGapSeconds, AsteriskAMIMissedCalls, AsteriskAMIEvents, AsteriskAMILag,
		AsteriskIncomingCalls, AsteriskHangups, AsteriskCallSetup, AsteriskCallDuration, AsteriskUntracked,
		AsteriskDials, AsteriskPostDialDelay, AsteriskRingTime,
		AsteriskQueueJoined, AsteriskQueueWait, AsteriskQueueTalk, AsteriskQueueRingNoAnswer,
		AsteriskSecurityEventsSeen,
		AsteriskRTCPLoss, AsteriskRTCPJitter, AsteriskRTCPRoundTrip, AsteriskRTCPMES,
	}
}
