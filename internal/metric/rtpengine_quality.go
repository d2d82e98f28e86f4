package metric

// rtpengineScope says which way a round trip took.
var rtpengineScope = Label{
	Name: "scope", Help: "Between RTPEngine and the reporting end (leg), or between both ends (end_to_end).", Values: []string{"end_to_end", "leg"},
}

// rtpengineReports shortens the table below: the sum and number of what RTCP reports said, or RTPEngine measured.
func rtpengineReports(name, collector, source, since, help string, unit Unit, labels ...Label) *Family {
	return &Family{
		Name: name, Type: Summary, Unit: unit, Help: help, Labels: labels, Since: since,
		Emitter: RTPEngineExporter, Collector: collector, Source: "ng statistics, " + source,
	}
}

// rtpengineSquares shortens the table below: the sum of the squares of what a family above sums up, from which follows how far values are
// scattered: the deviation is the root of squares / count - (sum / count)^2, over any time and any number of engines.
func rtpengineSquares(name, source, since, help string, labels ...Label) *Family {
	f := rtpengineCounter(name, "reports", source, help, None, labels...)
	f.Since = since
	return f
}

// rtpengineStream shortens the table below: a histogram of what was sampled from live calls.
func rtpengineStream(name, source, help string, unit Unit, buckets ...float64) *Family {
	return &Family{
		Name: name, Type: Histogram, Unit: unit, Help: help, Buckets: buckets,
		Emitter: RTPEngineExporter, Collector: "quality", Source: "ng query, newest entry of SSRC.*.MOS progression, " + source,
	}
}

// The families of rtpengine_exporter about quality. Those named reported hold every RTCP report since the start, so long
// calls weigh more; they are absent while there is none. Those named stream are distributions over a sample of live calls.
var (
	RTPEngineReportedMOS = rtpengineReports("rtpengine_reported_mos", "reports", "mos.mos_total, mos.mos_samples_total", "",
		"Mean opinion scores, 1 to 5, that RTPEngine computed from RTCP reports. Needs RTCP from both ends; absent without samples. For the same loss 26.0 computes lower scores than 12.5.", MOS)
	RTPEngineReportedJitter = rtpengineReports("rtpengine_reported_jitter_seconds", "reports", "voip_metrics.jitter_*", "11.0",
		"Jitter in RTCP reports, in seconds.", Seconds)
	RTPEngineMeasuredJitter = rtpengineReports("rtpengine_measured_jitter_seconds", "reports", "voip_metrics.jitter_measured_*", "11.0",
		"Jitter that RTPEngine measured itself, in seconds; needs the option measure-rtp, or transcoding.", Seconds)
	RTPEngineReportedLoss = rtpengineReports("rtpengine_reported_packet_loss_ratio", "reports", "voip_metrics.packetloss_*", "11.0",
		"Share of packets lost in RTCP reports, 0 to 1; RTPEngine rounds each to a percent.", Ratio)
	RTPEngineReportedRoundTrip = rtpengineReports("rtpengine_reported_round_trip_seconds", "reports", "voip_metrics.rtt_e2e_*, rtt_dsct_*", "11.0",
		"Round-trip times in RTCP reports, in seconds. RTPEngine counts reports from before the first round trip as 0.", Seconds, rtpengineScope)

	RTPEngineReportedMOSSquares = rtpengineSquares("rtpengine_reported_mos_squares_total", "mos.mos2_total", "",
		"Sum of the squares of what rtpengine_reported_mos sums up; for its standard deviation.")
	RTPEngineReportedJitterSquares = rtpengineSquares("rtpengine_reported_jitter_squares_total", "voip_metrics.jitter2_total", "11.0",
		"Sum of the squares of what rtpengine_reported_jitter_seconds sums up, in seconds squared; for its standard deviation.")
	RTPEngineMeasuredJitterSquares = rtpengineSquares("rtpengine_measured_jitter_squares_total", "voip_metrics.jitter_measured2_total", "11.0",
		"Sum of the squares of what rtpengine_measured_jitter_seconds sums up, in seconds squared; for its standard deviation.")
	RTPEngineReportedLossSquares = rtpengineSquares("rtpengine_reported_packet_loss_squares_total", "voip_metrics.packetloss2_total", "11.0",
		"Sum of the squares of what rtpengine_reported_packet_loss_ratio sums up; for its standard deviation.")
	RTPEngineReportedRoundTripSquares = rtpengineSquares("rtpengine_reported_round_trip_squares_total", "voip_metrics.rtt_e2e2_total, rtt_dsct2_total", "11.0",
		"Sum of the squares of what rtpengine_reported_round_trip_seconds sums up, in seconds squared; for its standard deviation.", rtpengineScope)

	RTPEngineRTPLost = rtpengineSince("11.0", rtpengineCounter("rtpengine_rtp_packets_lost_total", "reports", "voip_metrics.packets_lost",
		"RTP packets lost, where RTPEngine watches sequence numbers: with the option measure-rtp, or when it transcodes.", None))
	RTPEngineRTPDuplicates = rtpengineSince("11.0", rtpengineCounter("rtpengine_rtp_duplicates_total", "reports", "voip_metrics.rtp_duplicates",
		"RTP packets received twice, where RTPEngine watches sequence numbers.", None))
	RTPEngineRTPSkips = rtpengineSince("11.0", rtpengineCounter("rtpengine_rtp_skips_total", "reports", "voip_metrics.rtp_skips",
		"Gaps in RTP sequence numbers, where RTPEngine watches them.", None))
	RTPEngineRTPResets = rtpengineSince("11.0", rtpengineCounter("rtpengine_rtp_sequence_resets_total", "reports", "voip_metrics.rtp_seq_resets",
		"RTP sequence numbers that began anew, where RTPEngine watches them.", None))
	RTPEngineRTPReordered = rtpengineSince("11.0", rtpengineCounter("rtpengine_rtp_reordered_total", "reports", "voip_metrics.rtp_reordered",
		"RTP packets received out of order, where RTPEngine watches sequence numbers.", None))

	RTPEngineInterfaceMOS = rtpengineReports("rtpengine_interface_reported_mos", "interfaces", "interfaces[].voip_metrics.mos_*", "11.3",
		"Mean opinion scores, 1 to 5, from RTCP reports that reached an interface; absent without samples.", MOS, rtpengineInterface, rtpengineAddress)
	RTPEngineInterfaceJitter = rtpengineReports("rtpengine_interface_reported_jitter_seconds", "interfaces", "interfaces[].voip_metrics.jitter_*", "11.3",
		"Jitter in RTCP reports that reached an interface, in seconds.", Seconds, rtpengineInterface, rtpengineAddress)
	RTPEngineInterfaceLoss = rtpengineReports("rtpengine_interface_reported_packet_loss_ratio", "interfaces", "interfaces[].voip_metrics.packetloss_*", "11.3",
		"Share of packets lost in RTCP reports that reached an interface, 0 to 1.", Ratio, rtpengineInterface, rtpengineAddress)
	RTPEngineInterfaceRoundTrip = rtpengineReports("rtpengine_interface_reported_round_trip_seconds", "interfaces", "interfaces[].voip_metrics.rtt_*", "11.3",
		"Round-trip times in RTCP reports that reached an interface, in seconds.", Seconds, rtpengineInterface, rtpengineAddress, rtpengineScope)

	RTPEngineStreamMOS = rtpengineStream("rtpengine_stream_mos", "MOS",
		"Mean opinion score, 1 to 5, of streams of sampled live calls, as the last RTCP report had it.", MOS,
		1.5, 2, 2.5, 3, 3.1, 3.5, 3.6, 4, 4.2, 4.3, 4.4)
	RTPEngineStreamJitter = rtpengineStream("rtpengine_stream_jitter_seconds", "jitter",
		"Jitter of streams of sampled live calls, in seconds, as the last RTCP report had it.", Seconds,
		0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
	RTPEngineStreamLoss = rtpengineStream("rtpengine_stream_packet_loss_ratio", "packet loss",
		"Share of packets lost, 0 to 1, of streams of sampled live calls, as the last RTCP report had it; RTPEngine rounds it to a percent.", Ratio,
		0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
	RTPEngineStreamRoundTrip = rtpengineStream("rtpengine_stream_round_trip_seconds", "round-trip time",
		"Round-trip time between both ends of streams of sampled live calls, in seconds, as the last RTCP report had it.", Seconds,
		0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1, 2)

	RTPEngineSampledCalls = &Family{
		Name: "rtpengine_quality_sampled_calls_total", Type: Counter, Emitter: RTPEngineExporter, Collector: "quality",
		Labels: []Label{{
			Name: "result", Help: "Whether there was a report not seen before (measured) or none (unreported), or the call had ended (gone).",
			Values: []string{"measured", "unreported", "gone"},
		}},
		Help:   "Live calls that the exporter asked RTPEngine about for the distributions of quality.",
		Source: "ng query",
	}
	RTPEngineSampleCalls = rtpengineGauge("rtpengine_quality_sample_calls", "quality", "ng list, ng query",
		"Live calls that this scrape found (listed, 500 at most) and asked about (asked).", None,
		Label{Name: "state", Help: "How far it got.", Values: []string{"listed", "asked"}})
)

func rtpengineQuality() []*Family {
	return []*Family{
		RTPEngineReportedMOS, RTPEngineReportedJitter, RTPEngineMeasuredJitter, RTPEngineReportedLoss, RTPEngineReportedRoundTrip,
		RTPEngineReportedMOSSquares, RTPEngineReportedJitterSquares, RTPEngineMeasuredJitterSquares, RTPEngineReportedLossSquares, RTPEngineReportedRoundTripSquares,
		RTPEngineRTPLost, RTPEngineRTPDuplicates, RTPEngineRTPSkips, RTPEngineRTPResets, RTPEngineRTPReordered,
		RTPEngineInterfaceMOS, RTPEngineInterfaceJitter, RTPEngineInterfaceLoss, RTPEngineInterfaceRoundTrip,
		RTPEngineStreamMOS, RTPEngineStreamJitter, RTPEngineStreamLoss, RTPEngineStreamRoundTrip,
		RTPEngineSampledCalls, RTPEngineSampleCalls,
	}
}
