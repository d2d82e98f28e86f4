package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// kamailioName is the end of the board's uid, by which objectives and alerts name it.
const kamailioName = "kamailio"

// proxyJob is the job label of the proxies, as the scrape configuration sets it.
const proxyJob = "kamailio"

// kamailioBoard makes the cards of the Kamailio board, for the proxies that the reader has chosen.
type kamailioBoard struct{ tierBoard }

// kamailio is the board of the SIP proxy tier: the calls first, then the traffic, then what they need.
func kamailio(m *maker) board {
	k := kamailioBoard{tierBoard{
		maker: m, job: proxyJob, daemon: "Kamailio", noun: "Proxy", emitter: metric.KamailioExporter, kit: metric.KamailioKit,
		own: metric.Kamailio(), members: m.spec.Platform.SIPProxies.Nodes,
	}}
	return board{
		name: kamailioName, title: "VoIPBIN / Kamailio", folder: "SIP", from: "now-6h",
		description: "The SIP proxies: do calls get through, what traffic do they see, what do they run short of?",
		variables:   k.variables(),
		rows: []row{
			{title: "At a glance", cards: k.glance()},
			{title: "Call set-up", cards: k.callSetup()},
			{title: "Objectives of the tier", cards: k.objectivesOf(kamailioName)},
			{title: "Traffic", cards: k.traffic()},
			{title: "Dispatcher", cards: k.dispatcher()},
			{title: "Memory", cards: k.memory()},
			{title: "Transactions and dialogs", shut: true, cards: append(k.transactions(), k.dialogs()...)},
			{title: "Registrations, relays and sockets", shut: true, cards: k.neighbours()},
			{title: "TCP and TLS", shut: true, cards: k.connections()},
			{title: "Processes and exporter", shut: true, cards: k.exporter()},
		},
	}
}

func (k kamailioBoard) glance() []card {
	limits := k.spec.Alerts.Kamailio
	perNode := float64(k.spec.Platform.SIPProxies.CallsPerNode)
	return []card{
		k.upCard("Proxies"),
		{
			kind: panel.StatType, title: "Call attempts", none: "none",
			description: "Calls attempted a second through the chosen proxies. Compare with the same hour of the day before.",
			asks:        []ask{{k.recorded(attemptsRate).Sum(), "attempted"}},
		},
		{
			kind: panel.StatType, title: "Call set-up success", none: "no calls", thresholds: k.goal(), decimals: panel.Int(2),
			description: "Share of the calls of the last five minutes that the platform did not fail, over the chosen proxies; blue is what the strictest objective of the tier asks for. If it is not, see the outcomes by cause below.",
			asks:        []ask{{k.success(attempts5m, failures5m), "success"}},
		},
		{
			kind: panel.BarGaugeType, title: "Calls of what a proxy is sized for", weight: 2, none: noDialogs, alerts: []string{"KamailioCapacityHigh"},
			min: panel.Float(0), max: panel.Float(1),
			thresholds:  between(limits.Capacity),
			description: "Calls that each proxy's dialog module tracks, as a share of calls_per_node in the spec. One full bar among low ones means that the load balancer spreads calls badly; all high means that nodes must be added.",
			asks:        []ask{{k.recorded(concurrentCalls).Sum("instance").Per(perNode), "{{instance}}"}},
		},
		k.versionsCard(metric.KamailioBuildInfo, metric.KamailioStartTime),
	}
}

// noDialogs stands where calls would be counted.
const noDialogs = "the dialog module is not loaded"

// goal colours a success ratio by the strictest objective of the tier.
func (k kamailioBoard) goal() *panel.Thresholds {
	strictest := 0.0
	for _, o := range k.spec.SLOs {
		if o.Dashboard == kamailioName {
			strictest = max(strictest, o.Objective)
		}
	}
	if strictest == 0 {
		return nil
	}
	return panel.Rising(panel.Bad, panel.Bound{From: strictest, Color: panel.Good})
}

// success is the share of calls that the platform did not fail, of windows of one length; without calls there is none.
func (k kamailioBoard) success(attempts, failures string, by ...string) query.Expr {
	all := k.recorded(attempts).Sum(by...)
	return all.Minus(k.recorded(failures).Sum(by...)).Over(all.Where(">", 0))
}
