package metric

// SIPExporter is this project's prober of SIP servers.
var SIPExporter = &Emitter{Name: "sip_exporter", Ours: true}

// SIPKit is what sip_exporter says about itself and its target.
var SIPKit = newKit("sip", SIPExporter)

// SIPProbeOutcomes lists how a probe can end, in the words of the label outcome.
func SIPProbeOutcomes() []string {
	return []string{
		"ok", "dns", "connect", "tls", "certificate", "timeout", "unanswered", "closed", "malformed", "account", "unauthorized", "rejected",
		"unexpected", "unbound", "codec", "silence", "one_way", "ended", "local",
	}
}

// SIPGrades lists the grades above none, in the words of the label grade: answered, with a 2xx, registered, audio both ways.
func SIPGrades() []string { return []string{"L1", "L2", "L3", "L4"} }

// The labels that several families share.
var (
	sipOutcome   = Label{Name: "outcome", Help: "How the probe ended: ok, or where it failed.", Values: SIPProbeOutcomes()}
	sipGrade     = Label{Name: "grade", Help: "L1 any final answer, L2 a 2xx, L3 registered, L4 audio both ways.", Values: SIPGrades()}
	sipMethod    = Label{Name: "method", Help: "What the probe asks.", Values: []string{"OPTIONS", "REGISTER", "INVITE"}}
	sipDirection = Label{Name: "direction", Help: "To the far end (out) or from it (in).", Values: []string{"out", "in"}}
)

// sipGauge shortens the tables below: what the last probe found.
func sipGauge(name, collector, source, help string, unit Unit, labels ...Label) *Family {
	return &Family{Name: name, Type: Gauge, Unit: unit, Help: help, Labels: labels, Emitter: SIPExporter, Collector: collector, Source: source}
}

// sipHistogram shortens the tables below: a distribution over all probes since the start, native and classic.
func sipHistogram(name, collector, help string, unit Unit, labels []Label, buckets ...float64) *Family {
	return &Family{
		Name: name, Type: Histogram, Unit: unit, Help: help, Labels: labels, Emitter: SIPExporter, Collector: collector, Source: "all probes", Buckets: buckets,
	}
}

// The families of sip_exporter about signalling. Those named sip_probe are of the last probe; the others are of all probes of
// the target since the exporter started, whether a scrape asked for them or the module's interval.
var (
	SIPProbeSuccess = sipGauge("sip_probe_success", "probe", "the probe",
		"Whether the last probe ended as its module wants (1): a good code, the expected headers, and for INVITE audio both ways.", None)
	SIPProbeGrade = sipGauge("sip_probe_grade", "probe", "the probe",
		"How far the service was proven: 0 no answer, 1 any final answer, 2 a 2xx, 3 registered, 4 audio both ways.", None)
	SIPProbeOutcome = sipGauge("sip_probe_outcome", "probe", "the probe",
		"How the last probe ended; the value is always 1. Alert on the success, look here for the reason.", None, sipOutcome)
	SIPProbeDuration = sipGauge("sip_probe_duration_seconds", "probe", "the probe",
		"How long the last probe took, the end of its call included, in seconds.", Seconds)
	SIPProbeTime = sipGauge("sip_probe_timestamp_seconds", "probe", "the probe",
		"When the last probe ended, as seconds since 1970.", Seconds)
	SIPProbeStatus = sipGauge("sip_probe_status_code", "probe", "final answer",
		"Code of the last final answer; absent when there was none.", None)
	SIPProbePeer = sipGauge("sip_probe_peer_info", "probe", "DNS",
		"Address that was asked and the transport; the value is always 1. Absent when there was none.", None,
		Label{Name: "address", Help: "IP address and port.", Bound: "one at a time"},
		Label{Name: "transport", Help: "Transport.", Values: []string{"udp", "tcp", "tls", "wss"}})
	SIPProbeExpectation = sipGauge("sip_probe_expected_header", "probe", "final answer",
		"Whether the final answer had the header that the module expects (1) or not (0); absent without an answer.", None,
		Label{Name: "header", Help: "Name of the header, as configured.", Bound: "headers configured"})
	SIPProbeRetransmissions = sipGauge("sip_probe_retransmissions", "probe", "the probe",
		"Requests of the last probe that had to be sent again over UDP.", None)
	SIPProbeStrays = sipGauge("sip_probe_stray_messages", "probe", "the probe",
		"What came in the last probe and was no answer to it: garbage, answers of other calls.", None)
	SIPProbeReleased = sipGauge("sip_probe_released", "probe", "BYE, CANCEL, REGISTER",
		"Whether the call or binding of the last probe was taken down in time (1); absent when there was none.", None)
	SIPProbeResponse = sipGauge("sip_probe_response_seconds", "probe", "final answer",
		"From the first request to the final answer, challenges within, in seconds; absent when there was none.", Seconds, sipMethod)
	SIPProbeRegistrationDelay = sipGauge("sip_probe_registration_request_delay_seconds", "probe", "RFC 6076, 4.1",
		"From the first REGISTER to the 200 that holds, challenges within, in seconds; absent without one.", Seconds)
	SIPProbeSessionDelay = sipGauge("sip_probe_session_request_delay_seconds", "probe", "RFC 6076, 4.3",
		"From the first INVITE to the first answer beyond 100 that is no challenge, in seconds; absent without one.", Seconds)
	SIPProbePostDial = sipGauge("sip_probe_post_dial_delay_seconds", "probe", "180, 183",
		"From the first INVITE to ringing (180) or audio in its place (183), in seconds; absent for a call that does not ring.", Seconds)
	SIPProbeDisconnectDelay = sipGauge("sip_probe_session_disconnect_delay_seconds", "probe", "RFC 6076, 4.4",
		"From BYE to its answer, in seconds; absent without one.", Seconds)

	SIPProbes = &Family{
		Name: "sip_probes_total", Type: Counter, Emitter: SIPExporter, Collector: "probe", Source: "all probes", Labels: []Label{sipOutcome},
		Help: "Probes of the target, by how they ended.",
	}
	SIPProbesReached = &Family{
		Name: "sip_probes_reached_total", Type: Counter, Emitter: SIPExporter, Collector: "probe", Source: "all probes", Labels: []Label{sipGrade},
		Help: "Probes of the target that reached a grade; one that reached a grade counts for those below it too.",
	}
	SIPResponse = sipHistogram("sip_response_seconds", "probe",
		"From the first request to the final answer, challenges within, in seconds, of probes that got one.", Seconds, []Label{sipMethod},
		0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
	SIPRegistrationDelay = sipHistogram("sip_registration_request_delay_seconds", "probe",
		"Registration request delay (RFC 6076, 4.1) in seconds, of probes that were registered.", Seconds, nil,
		0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10)
	SIPSessionDelay = sipHistogram("sip_session_request_delay_seconds", "probe",
		"Session request delay (RFC 6076, 4.3) in seconds, of calls that were heard of.", Seconds, nil,
		0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12)
	SIPPostDial = sipHistogram("sip_post_dial_delay_seconds", "probe",
		"Post-dial delay in seconds, of calls that rang.", Seconds, nil,
		0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12)
)

// SIP lists the families of sip_exporter.
func SIP() []*Family {
	return append(append(SIPKit.Families(),
		SIPProbeSuccess, SIPProbeGrade, SIPProbeOutcome, SIPProbeDuration, SIPProbeTime, SIPProbeStatus, SIPProbePeer, SIPProbeExpectation,
		SIPProbeRetransmissions, SIPProbeStrays, SIPProbeReleased, SIPProbeResponse, SIPProbeRegistrationDelay, SIPProbeSessionDelay,
		SIPProbePostDial, SIPProbeDisconnectDelay,
		SIPProbes, SIPProbesReached, SIPResponse, SIPRegistrationDelay, SIPSessionDelay, SIPPostDial,
	), sipPath()...)
}
