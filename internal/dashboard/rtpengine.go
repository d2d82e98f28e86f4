package dashboard

import (
	"fmt"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// rtpengineName is the end of the board's uid, by which objectives and alerts name it.
const rtpengineName = "rtpengine"

// mediaJob is the job label of the media proxies, as the scrape configuration sets it.
const mediaJob = "rtpengine"

// rtpengineBoard makes the cards of the RTPEngine board, for the engines that the reader has chosen.
type rtpengineBoard struct{ tierBoard }

// rtpengine is the board of the media proxy tier: what callers hear first, then the calls, then what the engines run short of.
func rtpengine(m *maker) board {
	r := rtpengineBoard{tierBoard{
		maker: m, job: mediaJob, daemon: "RTPEngine", noun: "Engine", emitter: metric.RTPEngineExporter, kit: metric.RTPEngineKit,
		own: metric.RTPEngine(), members: m.spec.Platform.MediaProxies.Nodes,
	}}
	return board{
		name: rtpengineName, title: "VoIPBIN / RTPEngine", folder: "SIP", from: "now-6h",
		description: "The media proxies: do callers hear each other well, do calls get ports, what do the engines run short of?",
		variables:   r.variables(),
		rows: []row{
			{title: "At a glance", cards: r.glance()},
			{title: "What callers hear", cards: r.quality()},
			{title: "Objectives of the tier", cards: r.objectivesOf(rtpengineName)},
			{title: "Calls without media", cards: r.silence()},
			{title: "Commands of the proxies", cards: r.control()},
			{title: "Limits", cards: r.limits()},
			{title: "Packets", shut: true, cards: r.packets()},
			{title: "Reports of the ends by interface", shut: true, cards: r.interfaces()},
			{title: "Exporter", shut: true, cards: r.exporterCards()},
		},
	}
}

func (r rtpengineBoard) glance() []card {
	tier, limits := r.spec.Platform.MediaProxies, r.spec.Alerts.RTPEngine
	return []card{
		r.upCard("Engines"),
		{
			kind: panel.StatType, title: "Sessions", none: "none",
			description: "Calls that the chosen engines have in memory, those of engines that share their database left out. Compare with the same hour of the day before.",
			asks:        []ask{{r.of(metric.RTPEngineSessions, query.Is("type", "own")).Sum(), "sessions"}},
		},
		{
			kind: panel.StatType, title: "Poor streams", none: "no reports", decimals: panel.Int(1), thresholds: between(limits.Quality.Poor), alerts: []string{"RTPEngineQualityLow"},
			description: fmt.Sprintf("Share of the sampled streams whose last report scored %s or less. %s If it is high, see by which engine below; without reports of the ends nothing is known.",
				slo.FormatNumber(limits.Quality.MOS), limitText(limits.Quality.Poor)),
			asks: []ask{{r.poor(), "poor"}},
		},
		{
			kind: panel.BarGaugeType, title: "Streams of what an engine is sized for", weight: 2, alerts: []string{"RTPEngineCapacityHigh"}, none: "no streams are told",
			min: panel.Float(0), max: panel.Float(1), thresholds: between(limits.Capacity),
			description: "Media streams of each engine as a share of streams_per_node in the spec. One full bar among low ones means that weights are wrong or another engine is shunned; all high means that engines must be added.",
			asks:        []ask{{r.recorded(mediaStreams).Sum("instance").Per(float64(tier.StreamsPerNode)), "{{instance}}"}},
		},
		{
			kind: panel.BarGaugeType, title: "Port pairs taken", weight: 2, alerts: []string{"RTPEnginePortsLow"}, none: "no ports are told",
			min: panel.Float(0), max: panel.Float(1), thresholds: between(limits.Ports),
			description: "Ports in use of the fullest pool of each engine. " + limitText(limits.Ports) + " When no pair is left, calls have no media.",
			asks:        []ask{{r.of(metric.RTPEnginePortPoolUsage).Max("instance"), "{{instance}}"}},
		},
		r.versionsCard(metric.RTPEngineBuildInfo, metric.RTPEngineStartTime),
	}
}

// poor is the share of sampled streams that scored badly.
func (r rtpengineBoard) poor(by ...string) query.Expr {
	return query.UpTo(r.spec.Alerts.RTPEngine.Quality.MOS, metric.RTPEngineStreamMOS, by, r.chosen(metric.RTPEngineStreamMOS)...)
}

// mean is the mean of what the reports said.
func (r rtpengineBoard) mean(f *metric.Family, by ...string) query.Expr {
	return query.Mean(f, by, r.chosen(f)...)
}

// noReports stands where the ends of calls would tell what they hear.
const noReports = "the ends of the calls send no reports"

func (r rtpengineBoard) quality() []card {
	q := r.spec.Alerts.RTPEngine.Quality
	chosen := r.chosen(metric.RTPEngineStreamMOS)
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Poor streams by engine", none: noReports, looks: panel.Series(r.nodes()), thresholds: between(q.Poor), alerts: []string{"RTPEngineQualityLow"},
			description: fmt.Sprintf("Share of sampled streams that scored %s or less, by engine. One engine alone is its network or its load; all of them are what they share, or what callers share.", slo.FormatNumber(q.MOS)),
			asks:        []ask{{r.poor("instance"), "{{instance}}"}},
		},
		{
			kind: panel.HeatmapType, title: "Scores of sampled streams", none: noReports, axis: panel.UnitNone, weight: 2,
			description: "How the mean opinion scores of sampled streams are spread, 1 to 5, over the chosen engines. A second band below the usual one is a group of calls that sounds worse: a carrier, a customer, a region.",
			asks:        []ask{{query.Spread(metric.RTPEngineStreamMOS, chosen...), "{{le}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Mean score by engine", none: noReports, looks: panel.Series(r.nodes()), close: true,
			description: "Mean of the scores that each engine computed from the reports of both ends. Reports come at intervals, so that long calls weigh more; RTPEngine 26.0 scores the same loss lower than 12.5.",
			asks:        []ask{{r.mean(metric.RTPEngineReportedMOS, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets lost by engine", none: noReports, looks: panel.Series(r.nodes()), thresholds: panel.Rising(panel.Good, panel.Bound{From: q.Loss, Color: panel.Warning}),
			description: "Mean share of packets that the ends report as lost. At the line a ticket is opened. Look on which interface it is, then trace the way to a peer of bad calls.",
			asks:        []ask{{r.mean(metric.RTPEngineReportedLoss, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Jitter by engine", none: noReports, looks: panel.Series(r.nodes()), thresholds: panel.Rising(panel.Good, panel.Bound{From: q.Jitter.Seconds(), Color: panel.Warning}),
			description: "Mean jitter that the ends report. At the line a ticket is opened. A rise on one engine with full CPUs is the engine; else it is a queue on the way.",
			asks:        []ask{{r.mean(metric.RTPEngineReportedJitter, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Round trip of sampled streams", none: noReports,
			description: "Round trip between both ends of sampled streams: the middle one and the one that one in twenty exceeds. Above 300 ms people talk over each other.",
			asks: []ask{
				{query.Quantile(0.5, metric.RTPEngineStreamRoundTrip, nil, chosen...), "half"},
				{query.Quantile(0.95, metric.RTPEngineStreamRoundTrip, nil, chosen...), "19 of 20"},
			},
		},
	}
}

func (r rtpengineBoard) silence() []card {
	return append([]card{
		{
			kind: panel.TimeSeriesType, title: "Calls with audio in one direction", looks: panel.Series(r.nodes()), alerts: []string{"RTPEngineOneWayAudio"}, none: "none",
			description: "Calls a second that ended with packets in one direction only. A firewall, NAT or a wrong address in the SDP, as a rule: look which customer or carrier they share.",
			asks:        []ask{{r.rate(metric.RTPEngineOneWay, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Calls without any packet in half an hour", looks: panel.Series(r.nodes()), alerts: []string{"RTPEngineSilentCalls"}, none: "none",
			description: "Calls that were set up and ended without a packet. Some callers hang up at once; a rise above the usual is a way that is cut.",
			asks:        []ask{{r.recorded(mediaSilentCalls), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Offers that got no ports in five minutes", looks: panel.Series(r.nodes()), alerts: []string{"RTPEngineOffersFailing"}, none: "none",
			description: "Sessions that an offer began and that could not be set up: calls without media. Look at the port pool and at open files; switch the engine off in Kamailio until it has room.",
			asks:        []ask{{r.recorded(mediaOffersFailed), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Sessions ended by reason", stacked: true, looks: panel.Series(metric.RTPEngineEndReasons()),
			description: "Sessions that ended a second, by reason. Any time limit among them is a call whose BYE was lost, or one that fell silent: a rise means that proxies do not delete what has ended.",
			asks:        []ask{{r.rate(metric.RTPEngineSessionsEnded, "reason"), "{{reason}}"}},
		},
	}, r.where(mediaProxySeen, r.proxiesView)...)
}

// proxiesView is what the proxies think of the engines.
func (r rtpengineBoard) proxiesView() card {
	return card{
		kind: panel.StateTimelineType, title: "The proxies' view of each engine", weight: 2, states: upStates("used", "shunned"), alerts: []string{"RTPEngineViewDiffers"}, none: "no proxy has an engine of the spec",
		description: "Whether each proxy would send calls to each engine. An engine that is up and shunned by one proxy alone points at that proxy or the way between; see the runbook.",
		asks:        []ask{{r.recorded(mediaProxySeen).Min("instance", "proxy"), "{{proxy}} of {{instance}}"}},
	}
}

func (r rtpengineBoard) control() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Offers and failures", looks: append(panel.Kin(panel.Good, "offers"), panel.Kin(panel.Bad, "failed")...),
			description: "Offers that the chosen engines got in five minutes, and those of them that got no ports. Zero offers by day means that no proxy uses the engine.",
			asks:        []ask{{r.recorded(mediaOffers).Sum(), "offers"}, {r.recorded(mediaOffersFailed).Sum(), "failed"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Commands by kind",
			description: "Commands a second of all proxies, without those of the exporter. Offers, answers and deletes go together; deletes that lag behind leave sessions in memory.",
			looks:       panel.Series([]string{"offer", "answer", "delete", "query", "list", "ping", "statistics"}), // those that the family always has
			asks:        []ask{{r.rate(metric.RTPEngineControlRequests, "command"), "{{command}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Commands refused by proxy", alerts: []string{"RTPEngineCommandsFailing"},
			description: "Commands a second that were answered with an error, by the proxy that sent them. One proxy alone has another view of where calls are; all of them point at the engine.",
			asks:        []ask{{r.rate(metric.RTPEngineControlErrors, "proxy"), "{{proxy}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Time for a command", looks: panel.Series(r.nodes()),
			description: "Mean time that an engine spent on a command. Milliseconds are normal; more means a busy machine, or a Redis that answers slowly.",
			asks: []ask{{
				r.rate(metric.RTPEngineControlSeconds, "instance").Each(r.rate(metric.RTPEngineControlRequests, "instance")), "{{instance}}",
			}},
		},
	}
}

func (r rtpengineBoard) limits() []card {
	limits := r.spec.Alerts.RTPEngine
	full := panel.Float(1)
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Tier capacity used", thresholds: between(limits.Capacity), alerts: []string{"RTPEngineCapacityHigh"}, looks: panel.Kin(panel.Violet, "of N-1"),
			description: "Media streams of all engines as a share of what the tier carries with one engine lost. " + limitText(limits.Capacity) + " Empty while an engine that is up does not tell its streams.",
			asks:        []ask{{r.record(mediaCapacityUsed), "of N-1"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Port pairs taken by pool", looks: append(panel.Begins(r.nodes()...), panel.Digits()...), max: full, thresholds: between(limits.Ports), alerts: []string{"RTPEnginePortsLow"},
			description: "Ports in use of each pool, an address and a range; interfaces that share one show once. " + limitText(limits.Ports) + " Many ports with few calls are sessions that nobody deleted.",
			asks:        []ask{{r.of(metric.RTPEnginePortPoolUsage).Max("instance", "address"), "{{instance}} {{address}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Sessions and files of their limits", max: full, thresholds: between(limits.OwnLimits), alerts: []string{"RTPEngineLimitNear"}, none: "no limits are set",
			description: "Sessions of max-sessions, and open files of what the kernel allows, at the engine that is nearest. " + limitText(limits.OwnLimits) + " Files that grow without calls are a leak.",
			asks: []ask{
				{r.of(metric.RTPEngineSessions, query.Is("type", "own")).Sum("instance").Over(r.of(metric.RTPEngineSessionsLimit).Sum("instance").Where(">", 0)).Max(), "sessions"},
				{r.of(metric.RTPEngineProcessOpenFDs).Over(r.of(metric.RTPEngineProcessMaxFDs)).Max(), "files"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Streams in userspace", max: full, looks: panel.Series(r.nodes()), alerts: []string{"RTPEngineOffloadLost"}, none: "no streams",
			description: "Share of streams whose packets pass through the daemon and not through the kernel alone. A step up is a kernel module that is gone, a firewall rule that is lost, or calls that are transcoded or recorded.",
			asks:        []ask{{r.recorded(mediaUserspace), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Transcoders by chain", looks: chains(), none: "nothing is transcoded",
			description: "Transcoders at work by codecs, over the chosen engines. Each costs many times a stream that is passed on: agree with the trunk that brings them on one codec.",
			asks:        []ask{{r.of(metric.RTPEngineTranscoders).Sum("chain"), "{{chain}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Processors used", looks: panel.Series(r.nodes()), none: "the exporter runs on another machine",
			description: "Processor time of each daemon, 100 % is one processor. When it nears the number of processors, packets come late: move calls away.",
			asks:        []ask{{r.rate(metric.RTPEngineProcessCPU, "instance"), "{{instance}}"}},
		},
	}
}

func (r rtpengineBoard) packets() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Packets relayed by path", stacked: true, looks: panel.Series(values(metric.RTPEngineRelayedPackets, "path")),
			description: "Packets a second by the path they took, over the chosen engines. A plain call brings 100 a second in; what userspace takes from kernel is load.",
			asks:        []ask{{r.rate(metric.RTPEngineRelayedPackets, "path"), "{{path}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets that could not be relayed", looks: panel.Series(values(metric.RTPEngineRelayErrors, "path")),
			description: "Packets a second that could not be relayed, by path. Some at the begin of calls are normal; a level is a wrong address or a table of the kernel module that is not there.",
			asks:        []ask{{r.rate(metric.RTPEngineRelayErrors, "path"), "{{path}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Bytes relayed by path", stacked: true, looks: panel.Series(values(metric.RTPEngineRelayedBytes, "path")),
			description: "Bytes a second by path, over the chosen engines. Compare with the machines' network cards.",
			asks:        []ask{{r.rate(metric.RTPEngineRelayedBytes, "path"), "{{path}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "RTP seen by the engines themselves", none: "no engine watches sequence numbers",
			description: "Packets a second that were lost, came twice or out of order, where an engine watches sequence numbers: with the option measure-rtp, or when it transcodes. Losses here are on the way in.",
			asks: []ask{
				{r.rate(metric.RTPEngineRTPLost), "lost"}, {r.rate(metric.RTPEngineRTPDuplicates), "twice"}, {r.rate(metric.RTPEngineRTPReordered), "out of order"},
			},
		},
	}
}

func (r rtpengineBoard) interfaces() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Mean score by interface", looks: append(panel.Spread(), panel.Lengths()...), none: noReports, close: true,
			description: "Mean score of the reports that reached each interface. One that is worse than the others is the network on that side.",
			asks:        []ask{{r.mean(metric.RTPEngineInterfaceMOS, "interface"), "{{interface}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets lost by interface", looks: append(panel.Spread(), panel.Lengths()...), none: noReports,
			description: "Mean share of packets lost in the reports that reached each interface. Compare the side of the carriers with that of the customers.",
			asks:        []ask{{r.mean(metric.RTPEngineInterfaceLoss, "interface"), "{{interface}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Bytes by interface", looks: append(panel.Begins("ingress", "egress"), panel.Lengths()...), none: "before 12.5 no bytes are told by interface",
			description: "Bytes a second of each interface, by direction. What goes in on one comes out on the other; a difference is what was dropped or recorded.",
			asks:        []ask{{r.rate(metric.RTPEngineInterfaceBytes, "interface", "direction"), "{{direction}} {{interface}}"}},
		},
	}
}
