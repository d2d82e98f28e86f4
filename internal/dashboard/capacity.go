package dashboard

import (
	"fmt"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/slo"
)

// capacityName is the board of how much room each tier has, and for how long.
const capacityName = "capacity"

// The records that it shows.
const (
	proxyCallsBy     = "voipbin:sip_proxy_calls:estimate"
	capacityUse      = "voipbin:capacity_use:sum"
	capacityTotal    = "voipbin:capacity_total:sum"
	capacityOneLost  = "voipbin:capacity_one_lost:sum"
	capacityLive     = "voipbin:capacity_live_one_lost:sum"
	capacityHeadroom = "voipbin:capacity_headroom:ratio"
	capacityBusy     = "voipbin:capacity_busy_hour:max1d"
	capacityHistory  = "voipbin:capacity_history:days"
	capacityGrowth   = "voipbin:capacity_growth:per_day"
	capacityEnd      = "voipbin:capacity_exhaustion:seconds"
	capacityTraffic  = "voipbin:capacity_busy_hour:erlangs"
	capacityOffered  = "voipbin:capacity_offered_limit:erlangs"
	capacityBlocking = "voipbin:capacity_blocking_bound:ratio"
)

// capacityBoard makes its cards.
type capacityBoard struct{ *maker }

func capacity(m *maker) board {
	c := capacityBoard{m}
	b := board{
		name: capacityName, title: "VoIPBIN / Capacity", folder: "Platform", from: "now-6h",
		description: "How much room each tier has with all of its nodes (N) and with one of them lost (N-1), how busy its busiest hour was, and when it becomes too small.",
		rows: []row{
			{title: "Could each tier lose a node now?", cards: []card{c.now(), c.roomNow(), c.room(), c.standing()}},
			{title: "How busy is the busiest hour?", cards: append([]card{c.busy()}, c.where(capacityTraffic, c.traffic, c.blocking)...)},
		},
	}
	b.rows = append(b.rows, row{title: "When does it become too small?", cards: c.where(capacityEnd, c.ends, c.growth)})
	if _, several := c.records[proxyCallsBy]; several {
		b.rows = append(b.rows, row{title: "How are calls at the proxies known?", cards: []card{c.methods()}})
	}
	b.rows = append(b.rows, row{title: "Could another region get the machines?", cards: c.spare()})
	return b
}

// names are those of the tiers' series, so that each keeps its look.
func (c capacityBoard) names() []string {
	list := []string{"sip_proxies all"}
	for _, farm := range c.spec.Platform.MediaServers.Farms() {
		list = append(list, "media_servers "+farm)
	}
	list = append(list, "media_proxies all")
	for _, trunk := range c.spec.Platform.MediaServers.Trunks {
		list = append(list, "trunks "+trunk.Endpoint)
	}
	return append(list, "mysql primary", "mysql replicas", "redis connections", "rabbitmq files")
}

// ofTier names a tier's series.
const ofTier = "{{tier}} {{part}}"

// tierColumns are those of a table by tier.
func tierColumns(more ...panel.Column) []panel.Column {
	return append([]panel.Column{{Field: "tier", Name: "Tier"}, {Field: "part", Name: "Part"}}, more...)
}

// by is a record by tier and part.
func (c capacityBoard) by(record string, matchers ...query.Matcher) query.Expr {
	return c.record(record, matchers...).Max("tier", "part")
}

// withoutServices leaves the services out, which are many: their board is Service Health.
func withoutServices() query.Matcher { return query.Not("tier", "services") }

func (c capacityBoard) now() card {
	return card{
		kind: panel.TableType, title: "Use, N and N-1", weight: 2, height: 12, unit: panel.UnitNone, none: "no tier tells its use", alerts: c.made("CapacityNotRedundant"),
		description: "What each tier carries now, with all of its nodes and with one lost, in its own unit: calls, media streams, connections, open files. A use near N-1 is a tier that must not lose a node: bring back what is down, or add one.",
		asks:        []ask{{c.by(capacityUse, withoutServices()), ""}, {c.by(capacityTotal, withoutServices()), ""}, {c.by(capacityOneLost, withoutServices()), ""}},
		hidden:      []string{"Time"},
		columns:     tierColumns(panel.Column{Field: "Value #A", Name: "Now"}, panel.Column{Field: "Value #B", Name: "N"}, panel.Column{Field: "Value #C", Name: "N-1"}),
	}
}

// roomColours judge room that is left: below 0 the tier cannot lose a node.
func (c capacityBoard) roomColours() *panel.Thresholds {
	l := c.spec.Alerts.Kamailio.Capacity
	return panel.Rising(panel.Bad, panel.Bound{From: slo.Clean(1 - l.Page), Color: panel.Warning}, panel.Bound{From: slo.Clean(1 - l.Warn), Color: panel.Good})
}

func (c capacityBoard) roomNow() card {
	return card{
		kind: panel.BarGaugeType, title: "Room at N-1 now", height: 12, none: "no tier tells its use", min: panel.Float(0), max: panel.Float(1), thresholds: c.roomColours(), alerts: c.made("CapacityNotRedundant"),
		description: "Room that each tier has left of what it carries with one node lost. Red is less than the share at which its capacity alert pages: order machines before it is used up.",
		asks:        []ask{{c.by(capacityHeadroom, query.Is("nodes", "one_lost"), withoutServices()), ofTier}},
	}
}

func (c capacityBoard) room() card {
	return card{
		kind: panel.TimeSeriesType, looks: panel.Series(c.names()), title: "Room at N-1", weight: 2, none: "no tier tells its use", thresholds: panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Good}), alerts: c.made("CapacityNotRedundant"),
		description: "Room of each tier over time, as a share of what it carries with one node lost; below the line it could lose none. The lowest point of a day is its busy hour: it, and not the mean, says how large a tier must be.",
		asks:        []ask{{c.by(capacityHeadroom, query.Is("nodes", "one_lost"), withoutServices()), ofTier}},
	}
}

func (c capacityBoard) standing() card {
	left := c.by(capacityUse).Over(c.by(capacityLive).Where(">", 0), "tier", "part")
	return card{
		kind: panel.TimeSeriesType, looks: panel.Series(c.names()), title: "Use of what is up less one node", none: "no tier tells its nodes", thresholds: panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Bad}), alerts: c.made("CapacityNotRedundant"),
		description: "What each tier carries as a share of what the nodes that are up now would with one more lost. Above the line the next failure takes calls with it: put off whatever takes nodes away.",
		asks:        []ask{{left, ofTier}},
	}
}

func (c capacityBoard) busy() card {
	share := c.by(capacityBusy, withoutServices()).Over(c.by(capacityOneLost, withoutServices()), "tier", "part")
	return card{
		kind: panel.TimeSeriesType, looks: panel.Series(c.names()), title: "Busiest hour of the last day", weight: 2, none: "no hour was seen", thresholds: panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Bad}), alerts: c.made("CapacityEnds"),
		description: "Mean use in the busiest hour of the 24 hours before, as a share of what the tier carries with one node lost. Look at 30 days: a slope is growth, a step a new customer, a wave the days of a week.",
		asks:        []ask{{share, ofTier}},
	}
}

func (c capacityBoard) traffic() card {
	return card{
		kind: panel.TableType, title: "Traffic of the busiest hour", unit: panel.UnitNone, decimals: panel.Int(0), none: "no hour was seen", alerts: c.made("CapacityBusyHourHigh"),
		description: fmt.Sprintf("Calls at once in the mean of the busiest hour, in erlangs, beside the traffic of which no more than %s finds no line free with one node lost (Erlang B). Above it add a node: calls come in heaps, so that a tier is full before its mean is.", slo.FormatPercent(c.spec.Alerts.Capacity.Grade)),
		asks:        []ask{{c.by(capacityTraffic), ""}, {c.by(capacityOffered), ""}},
		hidden:      []string{"Time"},
		columns:     tierColumns(panel.Column{Field: "Value #A", Name: "Erlangs"}, panel.Column{Field: "Value #B", Name: "Limit"}),
	}
}

func (c capacityBoard) blocking() card {
	return card{
		kind: panel.TimeSeriesType, looks: panel.Series(c.names()), title: "Calls without a line at N-1, at most", none: "no hour was seen", alerts: c.made("CapacityBusyHourHigh"),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: c.spec.Alerts.Capacity.Grade * 2, Color: panel.Warning}),
		description: "Share of the calls of the busiest hour that would find no line free with one node lost, by Erlang B, in steps of ten. Each step up is a node that is missing in the busy hour.",
		asks:        []ask{{c.by(capacityBlocking), ofTier}},
	}
}

func (c capacityBoard) ends() card {
	lead := c.spec.Alerts.Capacity.LeadTime
	return card{
		kind: panel.TableType, title: "Time until N-1 is exceeded", weight: 2, none: "nothing grows, or there are too few days", alerts: c.made("CapacityEnds"),
		description: fmt.Sprintf("When the busy hour of a tier will exceed what it carries with one node lost, if it grows on. Only where busy hours of %s are known and growth is more than the days' own differences. Below %s order a node now.", slo.FormatDuration(c.spec.Alerts.Capacity.Least), slo.FormatDuration(lead)),
		asks:        []ask{{c.by(capacityEnd), ""}},
		hidden:      []string{"Time"},
		columns:     tierColumns(panel.Column{Field: "Value", Name: "Time left"}),
	}
}

func (c capacityBoard) growth() card {
	return card{
		kind: panel.TableType, title: "Growth of busy hours", unit: panel.UnitShort, none: "no day was seen whole",
		description: "By how much the busy hour of each tier grows a day, in its own unit, and of how many days that is known. With few days there is no growth to tell: wait, do not guess.",
		asks:        []ask{{c.by(capacityGrowth, withoutServices()), ""}, {c.by(capacityHistory, withoutServices()), ""}},
		hidden:      []string{"Time"},
		columns:     tierColumns(panel.Column{Field: "Value #A", Name: "A day"}, panel.Column{Field: "Value #B", Name: "Days"}),
	}
}

func (c capacityBoard) methods() card {
	return card{
		kind: panel.TimeSeriesType, title: "Calls at the proxies by method", looks: panel.Series([]string{"dialogs", "media_sessions", "little"}), none: "nobody tells calls",
		description: "Calls through the SIP proxies are an estimate: dialogs where the dialog module counts them on every proxy; else sessions of the media proxies; else Little's law, answered calls a second times how long they last. Methods that part tell of calls without media, or of dialogs that never end.",
		asks:        []ask{{c.record(proxyCallsBy).Max("method"), "{{method}}"}},
	}
}
