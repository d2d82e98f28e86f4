package dashboard

import (
	"fmt"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// asteriskName is the end of the board's uid, by which objectives and alerts name it.
const asteriskName = "asterisk"

// serverJob is the job label of the media servers, as the scrape configuration sets it.
const serverJob = "asterisk"

// asteriskBoard makes the cards of the Asterisk board, for the nodes that the reader has chosen.
type asteriskBoard struct{ tierBoard }

// asterisk is the board of the media server tier: the calls first, then queues and media, then what the nodes run short of.
func asterisk(m *maker) board {
	a := asteriskBoard{tierBoard{
		maker: m, job: serverJob, daemon: "Asterisk", noun: "Server", emitter: metric.AsteriskExporter, kit: metric.AsteriskKit,
		own: metric.Asterisk(), members: m.spec.Platform.MediaServers.Nodes,
	}}
	return board{
		name: asteriskName, title: "VoIPBIN / Asterisk", folder: "SIP", from: "now-6h",
		description: "The media servers: how do calls end, how long do callers wait, what do the servers run short of?",
		variables:   a.variables(),
		rows: []row{
			{title: "At a glance", cards: a.glance()},
			{title: "Calls", cards: a.calls()},
			{title: "Objectives of the tier", cards: a.objectivesOf(asteriskName)},
			{title: "Queues", cards: a.queues()},
			{title: "Media", cards: a.media()},
			{title: "Neighbours", cards: a.neighbours()},
			{title: "What the servers run short of", cards: a.resources()},
			{title: "Conferences, bridges and mailboxes", shut: true, cards: a.rooms()},
			{title: "Exporter", shut: true, cards: append(a.connection(), a.exporterCards()...)},
		},
	}
}

func (a asteriskBoard) glance() []card {
	tier := a.spec.Platform.MediaServers
	limits := a.spec.Alerts.Asterisk
	return []card{
		a.upCard("Servers"),
		{
			kind: panel.StatType, title: "Calls in progress", none: "none",
			description: "Calls at the chosen servers, a call being all channels that Asterisk has linked. Compare with the same hour of the day before.",
			asks:        []ask{{a.of(metric.AsteriskActiveCalls).Sum(), "calls"}},
		},
		{
			kind: panel.StatType, title: "Callers in queues", none: "no queues",
			description: "Callers who wait in all queues of the chosen servers. If it grows while members are free, look at the members' states below.",
			asks:        []ask{{a.of(metric.AsteriskQueueCallers).Sum(), "waiting"}},
		},
		{
			kind: panel.BarGaugeType, title: "Calls of what a server is sized for", weight: 2, alerts: []string{"AsteriskCapacityHigh"}, none: "calls are not read",
			min: panel.Float(0), max: panel.Float(1), thresholds: between(limits.Capacity),
			description: "Calls of each server as a share of calls_per_node in the spec. One full bar among low ones means that the dispatcher spreads calls badly.",
			asks:        []ask{{a.recorded(serverCalls).Sum("instance").Per(float64(tier.CallsPerNode)), "{{instance}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Started", weight: 2, states: upStates("booted", "loading"), alerts: []string{"AsteriskNotBooted"},
			description: "Whether each server has loaded its modules. One that stays loading takes no calls: its log names the module that waits.",
			asks:        []ask{{a.of(metric.AsteriskFullyBooted).Min("instance"), "{{instance}}"}},
		},
		a.versionsCard(metric.AsteriskBuildInfo, metric.AsteriskStartTime),
	}
}

// causeLooks gives the classes of causes their colours: what is the platform's own in red.
func causeLooks() []panel.Override {
	return append(append(panel.Kin(panel.Good, "normal", "normal_other", "none"),
		panel.Kin(panel.Bad, "resource_unavailable", "service_unavailable", "service_not_implemented")...),
		panel.Kin(panel.Warning, "invalid_message", "protocol_error", "interworking")...)
}

func (a asteriskBoard) calls() []card {
	limits := a.spec.Alerts.Asterisk
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Farm capacity used", thresholds: between(limits.Capacity), alerts: []string{"AsteriskCapacityHigh"}, looks: panel.Series(a.spec.Platform.MediaServers.Farms()),
			description: "Calls of each farm as a share of what it carries with one server lost. " + limitText(limits.Capacity) + " Empty while a server that is up does not tell its calls.",
			asks:        []ask{{a.record(serverCapacityUsed), "{{farm}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Calls that come in", looks: panel.Series(a.nodes()),
			description: "Calls a second that each server got. One at zero among others is shunned by the proxies, or out of the dispatcher.",
			asks:        []ask{{a.rate(metric.AsteriskIncomingCalls, "instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Ends by class of cause", stacked: true, looks: causeLooks(), alerts: []string{"AsteriskCallsFailing"},
			description: "Channels that ended a second, by the class of their cause (ITU-T Q.850). Red is the platform's or its suppliers' own: no circuit, no resource, not implemented.",
			asks:        []ask{{a.rate(metric.AsteriskHangups, "class"), "{{class}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Ends by cause", looks: usual(hangupCauses()...),
			description: "The ten causes of which most channels end a second. 16 is a normal end, 17 busy, 19 no answer, 34 no circuit, 38 a network out of order, 58 no common codec.",
			asks:        []ask{{a.rate(metric.AsteriskHangups, "cause").Top(manyCodes), "{{cause}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Dials by outcome", stacked: true, none: "the servers dial nobody",
			looks:       append(append(panel.Kin(panel.Good, "answer"), panel.Kin(panel.Neutral, "busy", "noanswer", "cancel")...), panel.Kin(panel.Bad, "congestion", "chanunavail", "other")...),
			description: "Outgoing attempts that ended a second, by outcome. Red growing on all trunks is the platform; on one it is that trunk.",
			asks:        []ask{{a.rate(metric.AsteriskDials, "outcome"), "{{outcome}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Post-dial delay", none: "the servers dial nobody",
			description: "Time until an outgoing attempt rings: the middle one, and the one that one in twenty exceeds. Callers hang up after some seconds of silence; a slow trunk shows here first.",
			asks: []ask{
				{query.Quantile(0.5, metric.AsteriskPostDialDelay, nil, a.chosen(metric.AsteriskPostDialDelay)...), "half"},
				{query.Quantile(0.95, metric.AsteriskPostDialDelay, nil, a.chosen(metric.AsteriskPostDialDelay)...), "19 of 20"},
			},
		},
		{
			kind: panel.HeatmapType, title: "Duration of calls", axis: panel.UnitSeconds, weight: 2, none: "no call has ended",
			description: "How the durations of calls that ended are spread. Many very short ones are robots or calls without audio; many of one length are a time limit.",
			asks:        []ask{{query.Spread(metric.AsteriskCallDuration, a.chosen(metric.AsteriskCallDuration)...), "{{le}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Channels by application", looks: usual(applications()...), none: "no channels",
			description: "Channels by the dialplan application that they run. A pile in one application is where calls get stuck.",
			asks:        []ask{{a.of(metric.AsteriskChannelApplications).Sum("application"), "{{application}}"}},
		},
	}
}

// noQueues stands where queues would be shown.
const noQueues = "no queues"

func (a asteriskBoard) queues() []card {
	q := a.spec.Alerts.Asterisk.Queue
	wait := a.chosen(metric.AsteriskQueueWait)
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Callers who wait by queue", none: noQueues, alerts: []string{"AsteriskQueueUnattended"},
			description: "Callers in each queue. Waiting callers and no member who could answer is nobody at work: tell whoever runs the queue.",
			asks:        []ask{{a.of(metric.AsteriskQueueCallers).Sum("queue"), "{{queue}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Longest wait by queue", none: noQueues, alerts: []string{"AsteriskQueueWaitLong"},
			thresholds:  panel.Rising(panel.Good, panel.Bound{From: q.LongestWait.Seconds(), Color: panel.Warning}),
			description: "How long the caller who has waited longest has waited. At the line a ticket is opened: more agents are needed, or an announcement.",
			asks:        []ask{{a.of(metric.AsteriskQueueLongestWait).Max("queue"), "{{queue}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Members by state", none: noQueues, stacked: true, looks: panel.Series(metric.AsteriskMemberStates()),
			description: "Members of all queues by the state of their device. Unavailable ones have lost their registration or are logged off.",
			asks:        []ask{{a.of(metric.AsteriskQueueMembers).Sum("state"), "{{state}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Wait by outcome", none: "nobody has left a queue", looks: append(append(panel.Kin(panel.Good, "answered"), panel.Kin(panel.Bad, "abandoned")...), panel.Kin(panel.Neutral, "left")...),
			description: "How long four of five callers waited at most, by how that ended. Where abandoned comes below answered, callers give up before their turn.",
			asks:        []ask{{query.Quantile(0.8, metric.AsteriskQueueWait, []string{"outcome"}, wait...), "{{outcome}}"}},
		},
	}
}

func (a asteriskBoard) media() []card {
	limit := a.spec.Alerts.Asterisk.Media
	mean := func(f *metric.Family, by ...string) query.Expr { return query.Mean(f, by, a.chosen(f)...) }
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Packets lost by direction", none: noReports, looks: panel.Series(values(metric.AsteriskRTCPLoss, "direction")), alerts: []string{"AsteriskMediaBad"},
			thresholds:  panel.Rising(panel.Good, panel.Bound{From: limit.Loss, Color: panel.Warning}),
			description: "Mean share of packets lost in RTCP reports: received as Asterisk measures it, sent as the other side reports. At the line a ticket is opened.",
			asks:        []ask{{mean(metric.AsteriskRTCPLoss, "direction"), "{{direction}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Jitter by direction", none: noReports, looks: panel.Series(values(metric.AsteriskRTCPJitter, "direction")), alerts: []string{"AsteriskMediaBad"},
			thresholds:  panel.Rising(panel.Good, panel.Bound{From: limit.Jitter.Seconds(), Color: panel.Warning}),
			description: "Mean jitter in RTCP reports, by direction. At the line a ticket is opened: look at the load of server and relay first.",
			asks:        []ask{{mean(metric.AsteriskRTCPJitter, "direction"), "{{direction}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Round trip", none: noReports,
			description: "Round trip between server and its peers that one in twenty reports exceeds. Peers are the relays as a rule, so milliseconds are normal.",
			asks:        []ask{{query.Quantile(0.95, metric.AsteriskRTCPRoundTrip, nil, a.chosen(metric.AsteriskRTCPRoundTrip)...), "19 of 20"}},
		},
		{
			kind: panel.HeatmapType, title: "Media experience scores", none: "before Asterisk 21 there are none", axis: panel.UnitNone,
			description: "How Asterisk's own score of each report is spread, 0 to 100. Above 80 is good, below 60 bad; a second band below is a group of calls on a bad way.",
			asks:        []ask{{query.Spread(metric.AsteriskRTCPMES, a.chosen(metric.AsteriskRTCPMES)...), "{{le}}"}},
		},
	}
}

func (a asteriskBoard) neighbours() []card {
	return append(a.where(serverSeen, a.proxiesView), []card{
		{
			kind: panel.TimeSeriesType, title: "Endpoints by state", looks: usual(deviceStates()...), none: "endpoints are not read", alerts: a.made("AsteriskEndpointDown"),
			description: "PJSIP endpoints by the state of their device. A cliff from not_in_use to unavailable is a network that was cut or a proxy that is gone.",
			asks:        []ask{{a.of(metric.AsteriskEndpoints).Sum("state"), "{{state}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Registrations at others", none: "the servers register nowhere", states: upStates("registered", "not registered"), alerts: []string{"AsteriskRegistrationDown"},
			description: "Whether each outbound registration stands, on the worst server. If one does not, calls from that trunk do not arrive.",
			asks:        []ask{{a.of(metric.AsteriskRegistrationUp).Min("registration"), "{{registration}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Round trip to contacts", none: "contacts are not qualified",
			description: "Longest round trip of the last OPTIONS to each address of record. A rise of one is its way, of all of them the server.",
			asks:        []ask{{a.of(metric.AsteriskAORRoundTrip).Max("aor").Top(manyCodes), "{{aor}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests refused for security", none: "none", alerts: []string{"AsteriskUnderAttack"},
			description: fmt.Sprintf("Requests a second that failed a password, an access list or another check, by event. Above %s a minute a ticket is opened: block the source at the edge.", slo.FormatNumber(a.spec.Alerts.Asterisk.SecurityEventsPerMinute)),
			asks:        []ask{{a.rate(metric.AsteriskSecurityEventsSeen, "event"), "{{event}}"}},
		},
	}...)
}

// proxiesView is what the proxies think of the servers.
func (a asteriskBoard) proxiesView() card {
	return card{
		kind: panel.StateTimelineType, title: "The proxies' view of each server", weight: 2, states: upStates("used", "shunned"), alerts: []string{"AsteriskViewDiffers"}, none: "no proxy has a server of the spec",
		description: "Whether each proxy would send calls to each server. One that is up and shunned by one proxy alone points at that proxy or the way between.",
		asks:        []ask{{a.recorded(serverSeen).Min("instance", "proxy"), "{{proxy}} of {{instance}}"}},
	}
}

func (a asteriskBoard) resources() []card {
	limits := a.spec.Alerts.Asterisk
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Channels of their limit", max: panel.Float(1), looks: panel.Series(a.nodes()), thresholds: between(limits.OwnLimits), alerts: []string{"AsteriskLimitNear"}, none: "maxcalls is not set",
			description: "Channels as a share of maxcalls, by server. " + limitText(limits.OwnLimits) + " At the top Asterisk refuses calls.",
			asks:        []ask{{a.of(metric.AsteriskActiveChannels).Over(a.of(metric.AsteriskCallsLimit)).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Age of the oldest channel", none: "no channels", alerts: []string{"AsteriskChannelStuck"},
			thresholds:  panel.Rising(panel.Good, panel.Bound{From: limits.ChannelAge.Seconds(), Color: panel.Warning}),
			description: "Age of the oldest channel by technology, on the worst server. A line that climbs without end is a call that nobody ended.",
			asks:        []ask{{a.of(metric.AsteriskChannelOldest).Max("technology"), "{{technology}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Tasks that wait", none: "the collector taskprocessors is off", alerts: []string{"AsteriskTasksBehind"},
			description: "Tasks in the fullest task processor of the ten fullest groups. Above their high water mark PJSIP takes no new requests: find what the tasks wait for.",
			asks:        []ask{{a.of(metric.AsteriskTaskQueueLargest).Max("group").Top(manyCodes), "{{group}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "Required modules and applications", none: "none is asked for", states: upStates("there", "missing"), alerts: []string{"AsteriskServiceMissing"},
			description: "Whether the modules and Stasis applications that the exporter was told of are there, on the worst server. Calls that need a missing one fail.",
			asks: []ask{
				{a.of(metric.AsteriskModuleLoaded).Min("module"), "{{module}}"}, {a.of(metric.AsteriskAppRegistered).Min("application"), "{{application}}"},
			},
		},
	}
}

func (a asteriskBoard) rooms() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Conferences and participants",
			description: "Conferences, all their participants, and those of the largest one. A conference of one for hours is forgotten.",
			asks: []ask{
				{a.of(metric.AsteriskConferences).Sum(), "conferences"}, {a.of(metric.AsteriskConferenceParties).Sum(), "participants"},
				{a.of(metric.AsteriskConferenceLargest).Max(), "in the largest"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Bridges by technology", looks: usual(bridgeTechnologies()...), none: "no bridges",
			description: "Bridges by how they mix. softmix costs most; calls between two parties that are in it are recorded or spied on.",
			asks:        []ask{{a.of(metric.AsteriskBridges).Sum("technology"), "{{technology}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Parked calls and voicemails", none: "neither is loaded",
			description: "Calls that are parked, and messages in mailboxes that nobody has heard. Parked calls that pile up are forgotten callers.",
			asks: []ask{
				{a.of(metric.AsteriskParkedCalls).Sum(), "parked"}, {a.of(metric.AsteriskVoicemails, query.Is("state", "new")).Sum(), "new voicemails"},
			},
		},
	}
}

// connection shows whether events come in: while they do not, counters stand still.
func (a asteriskBoard) connection() []card {
	return []card{
		{
			kind: panel.StateTimelineType, title: "Connection for events", states: upStates("connected", "events are missed"), weight: 2, alerts: []string{"AsteriskEventsMissed"},
			description: "Whether the exporter is logged in at each server. While it is not, no call is counted; from Asterisk 22 on asterisk_ami_missed_calls_total says how many were missed.",
			asks:        []ask{{a.of(metric.AsteriskAMIConnected).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Events by kind", looks: usual(managerEvents()...),
			description: "The ten kinds of events of which most come a second. A rise without calls is a module that talks too much: take its class from the exporter's user.",
			asks:        []ask{{a.rate(metric.AsteriskAMIEvents, "event").Top(manyCodes), "{{event}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Age of events on arrival", none: "timestampevents is off",
			description: "Age of events when they arrive that one in twenty exceeds. Seconds mean that exporter or server is too slow, or that their clocks differ.",
			asks:        []ask{{query.Quantile(0.95, metric.AsteriskAMILag, nil, a.chosen(metric.AsteriskAMILag)...), "19 of 20"}},
		},
	}
}
