package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// fleet is the board of all VoIP machines together: which is not as the others are?
func fleet(m *maker) board {
	f := fleetBoard{m}
	return board{
		name: "fleet", title: "VoIPBIN / VoIP fleet", folder: "SIP", from: "now-6h",
		description: "Every SIP proxy, media proxy and media server on one page: which is down, which carries more than the others, who does not see whom?",
		rows: []row{
			{title: "Which is down?", cards: f.states()},
			{title: "Which carries what?", cards: f.loads()},
			{title: "Who does not see whom?", cards: f.views()},
			{title: "What runs, and is it watched?", cards: f.watch()},
		},
	}
}

// fleetBoard makes the cards of the fleet board.
type fleetBoard struct{ *maker }

// media and servers report whether the platform has media proxies and media servers.
func (f fleetBoard) media() bool   { return len(f.spec.Platform.MediaProxies.Nodes) > 0 }
func (f fleetBoard) servers() bool { return len(f.spec.Platform.MediaServers.Nodes) > 0 }

// node is an expression of all tiers that there are.
func (f fleetBoard) node(proxies, engines, servers *metric.Family) query.Expr {
	all := query.Of(proxies)
	if f.media() {
		all = all.Or(query.Of(engines))
	}
	if f.servers() {
		all = all.Or(query.Of(servers))
	}
	return all
}

func (f fleetBoard) states() []card {
	up := f.node(metric.KamailioKit.Up, metric.RTPEngineKit.Up, metric.AsteriskKit.Up)
	scraped := query.Of(metric.Up, query.Like("job", proxyJob+"|"+mediaJob+"|"+serverJob))
	alerts := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Not("instance", "")).Count("instance", "alertname", "severity")
	down := []string{"KamailioDown"}
	if f.media() {
		down = append(down, "RTPEngineDown")
	}
	if f.servers() {
		down = append(down, "AsteriskDown")
	}
	return []card{
		{
			kind: panel.StateTimelineType, title: "State of each node", weight: 2, height: 10, states: nodeStates(), alerts: down,
			description: "Whether each daemon answered its exporter; unseen means that nobody could ask it. Several at once in one region are the region or the network, not the daemons.",
			asks:        []ask{{up.Or(scraped.As(unseen)).Min("job", "instance"), "{{job}} {{instance}}"}},
		},
		{
			kind: panel.TableType, title: "Alerts of nodes", node: "Node", none: "no alert is about a node", height: 10,
			description: "Alerts that fire now and name a node. A click on the alert's name opens its runbook.",
			asks:        []ask{{alerts, ""}},
			hidden:      []string{"Time", "Value"},
			columns:     []panel.Column{{Field: "instance", Name: "Node"}, {Field: "alertname", Name: "Alert"}, {Field: "severity", Name: "Severity"}},
			looks:       []panel.Override{panel.ForName("Alert", panel.WithLink("Runbook", f.spec.Platform.RunbookURL+"${__value.raw}.md"))},
		},
	}
}

func (f fleetBoard) loads() []card {
	proxies := f.spec.Platform.SIPProxies
	cards := []card{{
		kind: panel.BarGaugeType, title: "Calls of each proxy", none: noDialogs, min: panel.Float(0), max: panel.Float(1),
		thresholds: between(f.spec.Alerts.Kamailio.Capacity), to: kamailioName, alerts: []string{"KamailioCapacityHigh"},
		description: "Calls that each proxy tracks, as a share of calls_per_node in the spec. Bars apart mean that the load balancer spreads calls badly.",
		asks:        []ask{{f.record(concurrentCalls).Sum("instance").Per(float64(proxies.CallsPerNode)), "{{instance}}"}},
	}}
	if f.media() {
		cards = append(cards, card{
			kind: panel.BarGaugeType, title: "Streams of each engine", none: "no streams are told", min: panel.Float(0), max: panel.Float(1),
			thresholds: between(f.spec.Alerts.RTPEngine.Capacity), to: rtpengineName, alerts: []string{"RTPEngineCapacityHigh"},
			description: "Media streams of each engine, as a share of streams_per_node in the spec. Bars apart mean unequal weights in Kamailio, or an engine that some proxies shun.",
			asks:        []ask{{f.record(mediaStreams).Sum("instance").Per(float64(f.spec.Platform.MediaProxies.StreamsPerNode)), "{{instance}}"}},
		})
	}
	if f.servers() {
		cards = append(cards, card{
			kind: panel.BarGaugeType, title: "Calls of each server", none: "calls are not read", min: panel.Float(0), max: panel.Float(1),
			thresholds: between(f.spec.Alerts.Asterisk.Capacity), to: asteriskName, alerts: []string{"AsteriskCapacityHigh"},
			description: "Calls of each media server, as a share of calls_per_node in the spec. Bars apart within a farm mean that the dispatcher spreads calls badly, or that some proxies shun one.",
			asks:        []ask{{f.record(serverCalls).Sum("instance").Per(float64(f.spec.Platform.MediaServers.CallsPerNode)), "{{instance}}"}},
		})
	}
	cards = append(cards,
		card{
			kind: panel.TimeSeriesType, title: "Attempts by proxy", looks: panel.Series(nodeNames(proxies.Nodes)), to: kamailioName,
			description: "Initial INVITEs a second, by proxy. One at zero among others gets no calls: look at the load balancer's health check.",
			asks:        []ask{{f.record(attemptsRate), "{{instance}}"}},
		},
		card{
			kind: panel.TimeSeriesType, title: "Failures by proxy", looks: panel.Series(nodeNames(proxies.Nodes)), to: kamailioName,
			description: "Calls a second that the platform failed, by proxy. One proxy alone is that node; all of them are what stands behind.",
			asks:        []ask{{f.record(failuresRate), "{{instance}}"}},
		})
	if f.media() {
		cards = append(cards, card{
			kind: panel.TimeSeriesType, title: "Offers by engine in five minutes", looks: panel.Series(nodeNames(f.spec.Platform.MediaProxies.Nodes)), to: rtpengineName,
			description: "Offers that each engine got. One at zero among others is used by no proxy: see who sees whom below.",
			asks:        []ask{{f.record(mediaOffers), "{{instance}}"}},
		})
	}
	return cards
}

func (f fleetBoard) views() []card {
	cards := []card{{
		kind: panel.TimeSeriesType, title: "Dispatcher targets given up", to: kamailioName, alerts: []string{"KamailioDispatcherTargetDown"}, none: "no dispatcher",
		description: "Targets that each proxy has given up. The same number on all proxies points at the targets; one proxy alone has a network of its own to mend.",
		asks:        []ask{{query.Of(metric.KamailioDispatcherSetTargets, query.Is("state", "inactive")).Sum("instance"), "{{instance}}"}},
	}}
	view := func(title, record, board, alert, none string) card {
		return card{
			kind: panel.StateTimelineType, title: title, weight: 2, to: board, alerts: []string{alert}, states: upStates("used", "shunned"), none: none,
			description: "Whether each proxy would send calls to each node; one that an operator switched off is left out. Compare with the state of the node above.",
			asks:        []ask{{f.record(record).Min("instance", "proxy"), "{{proxy}} of {{instance}}"}},
		}
	}
	if f.media() {
		cards = append(cards, f.where(mediaProxySeen, func() card {
			return view("Engines as the proxies see them", mediaProxySeen, rtpengineName, "RTPEngineViewDiffers", "no proxy has an engine of the spec")
		})...)
	}
	if f.servers() {
		cards = append(cards, f.where(serverSeen, func() card {
			return view("Servers as the proxies see them", serverSeen, asteriskName, "AsteriskViewDiffers", "no proxy has a server of the spec")
		})...)
	}
	return cards
}

func (f fleetBoard) watch() []card {
	start := f.node(metric.KamailioStartTime, metric.RTPEngineStartTime, metric.AsteriskStartTime)
	failing := f.node(metric.KamailioKit.CollectorSuccess, metric.RTPEngineKit.CollectorSuccess, metric.AsteriskKit.CollectorSuccess)
	return []card{
		{
			kind: panel.TableType, title: "Up for", node: "Node", unit: panel.UnitSeconds,
			description: "How long each daemon has run. A short time that nobody planned is a crash.",
			asks:        []ask{{query.Age(start).Max("job", "instance", "region"), ""}},
			hidden:      []string{"Time"},
			columns:     []panel.Column{{Field: "instance", Name: "Node"}, {Field: "job", Name: "Kind"}, {Field: "region", Name: "Region"}, {Field: "Value", Name: "Up for"}},
		},
		{
			kind: panel.TableType, title: "Versions", node: "Node", none: "no daemon tells its version",
			description: "Which version runs where. Nodes of one tier that differ are a deployment that has stopped half way.",
			asks:        []ask{{f.node(metric.KamailioBuildInfo, metric.RTPEngineBuildInfo, metric.AsteriskBuildInfo).Max("instance", "job", "version"), ""}},
			hidden:      []string{"Time", "Value"},
			columns:     []panel.Column{{Field: "instance", Name: "Node"}, {Field: "job", Name: "Kind"}, {Field: "version", Name: "Version"}},
			unit:        panel.UnitShort,
		},
		{
			kind: panel.TimeSeriesType, title: "Collectors that fail", none: "none",
			description: "Parts of the exporters that could not do their work at the last scrape, by node. Their panels and alerts see nothing: the exporter's log names the reason.",
			asks:        []ask{{failing.Where("==", 0).Count("instance"), "{{instance}}"}},
		},
	}
}
