package metric

// The families of sip_exporter about the way to the server and about audio. What is called the loop is the way there and
// back: the probe knows its own packets again when an echo returns them.
var (
	SIPProbeDNS = sipGauge("sip_probe_dns_seconds", "connection", "NAPTR, SRV, A and AAAA",
		"How long the last probe took to find where to ask, in seconds; absent for a target given by its IP address.", Seconds)
	SIPProbeConnect = sipGauge("sip_probe_connect_seconds", "connection", "TCP",
		"How long the last probe took to connect, in seconds; absent over UDP.", Seconds)
	SIPProbeHandshake = sipGauge("sip_probe_tls_handshake_seconds", "connection", "TLS",
		"How long the TLS handshake of the last probe took, with a WebSocket's upgrade, in seconds.", Seconds)
	SIPProbeCertificateExpiry = sipGauge("sip_probe_tls_certificate_expiry_timestamp_seconds", "connection", "TLS",
		"When the first certificate of the server's chain expires, as seconds since 1970; told of one that is not trusted too.", Seconds)
	SIPProbeCertificateTrusted = sipGauge("sip_probe_tls_certificate_trusted", "connection", "TLS",
		"Whether the server's certificate is valid, of a known issuer, and for the name that was asked for (1); 0 also where the module does not check.", None)
	SIPProbeTLSInfo = sipGauge("sip_probe_tls_info", "connection", "TLS",
		"TLS version of the last probe; the value is always 1.", None,
		Label{Name: "version", Help: "TLS 1.2 or TLS 1.3.", Values: []string{"TLS 1.2", "TLS 1.3"}})

	SIPProbeRTPSent = sipGauge("sip_probe_rtp_sent_packets", "media", "RTP",
		"RTP packets that the last probe sent.", None)
	SIPProbeRTPReceived = sipGauge("sip_probe_rtp_received_packets", "media", "RTP",
		"RTP packets of audio that the last probe received since the answer.", None)
	SIPProbeRTPEchoed = sipGauge("sip_probe_rtp_echoed_packets", "media", "RTP",
		"RTP packets of the last probe that came back from the echo, repetitions left out.", None)
	SIPProbeRTPEarly = sipGauge("sip_probe_rtp_early_packets", "media", "RTP",
		"RTP packets that came before the call was answered.", None)
	SIPProbeRTPRepeated = sipGauge("sip_probe_rtp_repeated_packets", "media", "RTP",
		"RTP packets of the last probe that came back more than once.", None)
	SIPProbeRTPReordered = sipGauge("sip_probe_rtp_reordered_packets", "media", "RTP",
		"RTP packets of the last probe that came back after a later one.", None)
	SIPProbeAudio = sipGauge("sip_probe_audio_direction", "media", "RTP, RTCP",
		"Whether audio runs in a direction (1) or is known not to (0); absent where that cannot be told.", None, sipDirection)
	SIPProbeOneWay = sipGauge("sip_probe_one_way_audio", "media", "RTP, RTCP",
		"Whether audio of the last call ran in one direction only (1), in both (0); absent where there was none at all.", None)
	SIPProbeLoss = sipGauge("sip_probe_rtp_loss_ratio", "media", "RTP",
		"Share of the probe's packets that the loop lost, 0 to 1; absent without an echo.", Ratio)
	SIPProbeDirectionLoss = sipGauge("sip_probe_rtp_direction_loss_ratio", "media", "RTCP (out), the far end's sequence numbers (in)",
		"Share of packets lost in one direction, 0 to 1; absent where the far end tells nothing of it.", Ratio, sipDirection)
	SIPProbeBurst = sipGauge("sip_probe_rtp_loss_burst_ratio", "media", "RTP",
		"Mean length of runs of lost packets by what it were at random loss (ITU-T G.107 BurstR), at least 1; absent without loss.", Ratio)
	SIPProbeJitter = sipGauge("sip_probe_rtp_jitter_seconds", "media", "RTP",
		"Mean change of transit time from packet to packet, in seconds: of the loop, or without an echo of the way back.", Seconds)
	SIPProbeRoundTrip = sipGauge("sip_probe_rtp_round_trip_seconds", "media", "RTP",
		"Mean time from sending a packet to its echo, in seconds; absent without an echo.", Seconds)
	SIPProbeFirstPacket = sipGauge("sip_probe_rtp_first_packet_seconds", "media", "RTP",
		"From the answer to the first audio, in seconds, 0 if it came before; absent without audio.", Seconds)
	SIPProbeRating = sipGauge("sip_probe_rating", "media", "ITU-T G.107",
		"Transmission rating factor R, up to 93.2, estimated from loss, jitter and half the round trip of the loop; absent without an echo.", None)
	SIPProbeMOS = sipGauge("sip_probe_mos", "media", "ITU-T G.107",
		"Mean opinion score, 1 to 5, estimated from loss, jitter and half the round trip of the loop; absent without an echo.", MOS)
	SIPProbeRTCPReports = sipGauge("sip_probe_rtcp_reports", "media", "RTCP",
		"RTCP reports that the far end sent in the last call.", None)

	SIPCallMOS = sipHistogram("sip_call_mos", "media",
		"Estimated mean opinion score, 1 to 5, of calls whose audio came back.", MOS, nil, 1.5, 2, 2.5, 3, 3.1, 3.5, 3.6, 4, 4.2, 4.3, 4.4)
	SIPCallLoss = sipHistogram("sip_call_loss_ratio", "media",
		"Share of packets that the loop lost, 0 to 1, of calls whose audio came back.", Ratio, nil, 0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
	SIPCallJitter = sipHistogram("sip_call_jitter_seconds", "media",
		"Jitter of the loop, in seconds, of calls whose audio came back.", Seconds, nil, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2)
	SIPCallRoundTrip = sipHistogram("sip_call_round_trip_seconds", "media",
		"Round trip of audio, in seconds, of calls whose audio came back.", Seconds, nil, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1)
)

func sipPath() []*Family {
	return []*Family{
		SIPProbeDNS, SIPProbeConnect, SIPProbeHandshake, SIPProbeCertificateExpiry, SIPProbeCertificateTrusted, SIPProbeTLSInfo,
		SIPProbeRTPSent, SIPProbeRTPReceived, SIPProbeRTPEchoed, SIPProbeRTPEarly, SIPProbeRTPRepeated, SIPProbeRTPReordered,
		SIPProbeAudio, SIPProbeOneWay, SIPProbeLoss, SIPProbeDirectionLoss, SIPProbeBurst, SIPProbeJitter, SIPProbeRoundTrip,
		SIPProbeFirstPacket, SIPProbeRating, SIPProbeMOS, SIPProbeRTCPReports,
		SIPCallMOS, SIPCallLoss, SIPCallJitter, SIPCallRoundTrip,
	}
}
