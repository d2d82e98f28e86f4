package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
)

// kamailioName is the end of the board's uid, by which objectives and alerts name it.
const kamailioName = "kamailio"

// proxyJob is the job label of the proxies, as the scrape configuration sets it.
const proxyJob = "kamailio"

// kamailioBoard makes the cards of the Kamailio board, for the proxies that the reader has chosen.
type kamailioBoard struct{ *maker }

// kamailio is the board of the SIP proxy tier: the calls first, then the traffic, then what they need.
func kamailio(m *maker) board {
	k := kamailioBoard{m}
	s := source()
	return board{
		name: kamailioName, title: "VoIPBIN / Kamailio", folder: "SIP", from: "now-6h",
		description: "The SIP proxies: do calls get through, what traffic do they see, what do they run short of?",
		variables: []grafana.Variable{
			{
				Type: grafana.QueryVariable, Name: "region", Label: "Region", Datasource: &s, Multi: true, AllValue: ".*",
				Description: "Where the proxies run.", Query: "label_values(" + metric.KamailioKit.Up.Name + ", region)",
			},
			{
				Type: grafana.QueryVariable, Name: "instance", Label: "Proxy", Datasource: &s, Multi: true, AllValue: ".*",
				Description: "The proxies of the region.", Query: "label_values(" + metric.KamailioKit.Up.Name + `{region=~"$region"}, instance)`,
			},
		},
		rows: []row{
			{title: "At a glance", cards: k.glance()},
			{title: "Call set-up", cards: k.callSetup()},
			{title: "Objectives of the tier", cards: k.objectives()},
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

// of selects the series of a family for the chosen proxies. Families that others emit too, such as those about a
// process, are told apart by the job.
func (k kamailioBoard) of(f *metric.Family, matchers ...query.Matcher) query.Expr {
	chosen := []query.Matcher{query.Like("region", "$region"), query.Like("instance", "$instance")}
	if f.Emitter != metric.KamailioExporter {
		chosen = append(chosen, query.Is("job", proxyJob))
	}
	return query.Of(f, append(chosen, matchers...)...)
}

// recorded selects a recorded series for the chosen proxies. Records have no region: they are joined with a series that
// has, and that every target has.
func (k kamailioBoard) recorded(name string, matchers ...query.Matcher) query.Expr {
	chosen := append([]query.Matcher{query.Like("instance", "$instance")}, matchers...)
	return k.record(name, chosen...).OnlyWith(query.Of(metric.Up, query.Like("region", "$region"), query.Is("job", proxyJob)), "instance")
}

// rate is the growth per second of a counter of the chosen proxies, added up by labels.
func (k kamailioBoard) rate(f *metric.Family, by ...string) query.Expr {
	return k.of(f).Rate().Sum(by...)
}

// values returns the known values of a family's label, so that each gets a look of its own.
func values(f *metric.Family, label string) []string {
	for _, l := range f.Labels {
		if l.Name == label {
			return l.Values
		}
	}
	return nil
}

func (k kamailioBoard) glance() []card {
	limits := k.spec.Alerts.Kamailio
	perNode := float64(k.spec.Platform.SIPProxies.CallsPerNode)
	return []card{
		{
			kind: panel.StatType, title: "Proxies", named: true, states: proxyStates(), alerts: []string{"KamailioDown"}, weight: 2,
			description: "Whether each proxy answered its exporter at the last scrape; unseen means that nobody could ask it. If one is not up, its runbook says what to look at; if one is missing here, it is not scraped at all.",
			asks:        []ask{{k.up(), "{{instance}}"}},
		},
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
			thresholds:  panel.Rising(panel.Good, panel.Bound{From: limits.Capacity.Warn, Color: panel.Warning}, panel.Bound{From: limits.Capacity.Page, Color: panel.Bad}),
			description: "Calls that each proxy's dialog module tracks, as a share of calls_per_node in the spec. One full bar among low ones means that the load balancer spreads calls badly; all high means that nodes must be added.",
			asks:        []ask{{k.recorded(concurrentCalls).Sum("instance").Per(perNode), "{{instance}}"}},
		},
		{
			kind: panel.TableType, title: "Versions and uptime", weight: 2,
			description: "What runs where, and since when. A short uptime that nobody planned is a crash: look for a core file and at the log.",
			asks: []ask{
				{k.of(metric.KamailioBuildInfo).Max("instance", "region", "version"), ""},
				{query.Age(k.of(metric.KamailioStartTime)).Max("instance", "region"), ""},
			},
			hidden:  []string{"Time", "Value #A"},
			columns: []panel.Column{{Field: "instance", Name: "Proxy"}, {Field: "region", Name: "Region"}, {Field: "version", Name: "Version"}, {Field: "Value #B", Name: "Up for"}},
			looks:   []panel.Override{panel.ForName("Up for", panel.WithUnit(panel.UnitSeconds))},
			unit:    panel.UnitShort,
		},
	}
}

// noDialogs stands where calls would be counted.
const noDialogs = "the dialog module is not loaded"

// unseen is the value of a proxy whose exporter says nothing of it.
const unseen = 2

// up is the state of each proxy. Where the exporter cannot be scraped it has no kamailio_up, but still an up.
func (k kamailioBoard) up() query.Expr {
	return k.of(metric.KamailioKit.Up).Or(k.of(metric.Up).As(unseen)).Min("instance")
}

func proxyStates() []panel.State {
	return append(upStates("up", "down"), panel.State{Value: unseen, Text: "unseen", Color: panel.Warning})
}

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
