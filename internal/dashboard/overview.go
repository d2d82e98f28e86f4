package dashboard

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
)

// overview is the board to look at first: is the platform well, how much budget is left, what is burning.
func overview(m *maker) board {
	b := board{
		name: "overview", title: "VoIPBIN / Overview", folder: "Platform", from: "now-6h",
		description: "Is the platform well, how much of the error budgets is left, what is burning? Start here, then follow a panel's link to its system.",
	}
	b.rows = []row{{title: "Is the platform well?", dense: true, cards: append([]card{
		m.firing("page", panel.Bad), m.firing("ticket", panel.Warning), m.proxiesUp(), m.callsNow(),
	}, m.watchdog()...)}}
	if m.spec.Recovery.Described() {
		b.rows[0].cards = append(b.rows[0].cards, recoveryBoard{m}.inShort()[0])
	}
	if len(m.spec.SLOs) > 0 {
		b.rows = append(b.rows, row{title: "What is promised, and what is burning?", dense: true, cards: []card{m.objectiveTable(), m.burns(), m.budgets()}})
	}
	b.rows = append(b.rows, row{title: "What is alerting, what is not seen?", dense: true, cards: []card{
		m.activeAlerts(), m.targets(), m.calls(), m.capacity(),
	}}, row{title: "Objectives that no other board explains", shut: true, cards: m.objectivesOf("")})
	if m.spec.Recovery.Described() {
		b.rows = append(b.rows, row{title: "Would a lost region come back?", shut: true, cards: recoveryBoard{m}.inShort()[1:]})
	}
	return b
}

// firing counts the alerts of a severity.
func (m *maker) firing(severity string, colour panel.Hue) card {
	alerts := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Is("severity", severity))
	return card{
		kind: panel.StatType, title: strings.ToUpper(severity[:1]) + severity[1:] + "s firing", none: "none",
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 1, Color: colour}),
		description: fmt.Sprintf("Alerts of severity %s that fire now. If there is one, it is in the list of active alerts with a link to its runbook.", severity),
		asks:        []ask{{alerts.Count(), "firing"}},
	}
}

// watchdog shows that alerts are made at all, where there is a dead man's switch.
func (m *maker) watchdog() []card {
	if len(m.made(rules.WatchdogName)) == 0 {
		return nil
	}
	fires := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Is("alertname", rules.WatchdogName))
	return []card{{
		kind: panel.StatType, title: "Watchdog", none: "silent", alerts: []string{rules.WatchdogName},
		thresholds:  panel.Rising(panel.Bad, panel.Bound{From: 1, Color: panel.Good}),
		description: "1 while the dead man's switch fires, as it always should. Without it this server evaluates no rules, and no other alert can come.",
		asks:        []ask{{fires.Count(), "firing"}},
	}}
}

// proxiesUp counts the SIP proxies that answer, against the number that the spec describes.
func (m *maker) proxiesUp() card {
	nodes := len(m.spec.Platform.SIPProxies.Nodes)
	bounds := []panel.Bound{{From: float64(nodes), Color: panel.Good}}
	text := "Kamailio nodes that answered their exporter at the last scrape, of %d in the spec. Without it there are no calls."
	if nodes > 1 {
		bounds = append([]panel.Bound{{From: float64(nodes - 1), Color: panel.Warning}}, bounds...)
		text = "Kamailio nodes that answered their exporter at the last scrape, of %d in the spec. With one missing the others carry its calls; with two missing calls are being lost."
	}
	return card{
		kind: panel.StatType, title: "SIP proxies up", none: "none", alerts: []string{"KamailioDown"}, to: kamailioName,
		thresholds:  panel.Rising(panel.Bad, bounds...),
		description: fmt.Sprintf(text, nodes),
		asks:        []ask{{query.Of(metric.KamailioKit.Up).Where("==", 1).Count(), "up"}},
	}
}

// callsNow is the number of calls attempted a second.
func (m *maker) callsNow() card {
	return card{
		kind: panel.StatType, title: "Call attempts", none: "none", to: kamailioName,
		description: "Calls attempted a second through all SIP proxies. Zero by day is an outage before them, or one of what counts.",
		asks:        []ask{{m.record(attemptsRate).Sum(), "attempted"}},
	}
}

// activeAlerts lists the alerts that fire, each with its runbook.
func (m *maker) activeAlerts() card {
	firing := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Not("severity", rules.NoSeverity)).Count("alertname", "severity", "instance", "slo")
	return card{
		kind: panel.TableType, title: "Active alerts", none: "no alert fires", weight: 2,
		description: "Every alert that fires now, with what it is about. A click on the alert's name opens its runbook.",
		asks:        []ask{{firing, ""}},
		hidden:      []string{"Time"},
		columns: []panel.Column{
			{Field: "alertname", Name: "Alert"}, {Field: "severity", Name: "Severity"}, {Field: "instance", Name: "Instance"},
			{Field: "slo", Name: "Objective"}, {Field: "Value", Name: "How many"},
		},
		looks: []panel.Override{
			panel.ForName("Alert", panel.WithWidth(250), panel.WithLink("Runbook", m.spec.Platform.RunbookURL+"${__value.raw}.md")),
			panel.ForName("Severity", panel.WithWidth(90)), panel.ForName("How many", panel.WithWidth(100)),
		},
	}
}

// worstJobs is of how many jobs that graph has lines, so that its legend names them all.
const worstJobs = 6

// targets shows of which jobs Prometheus could not scrape all: a platform has more targets than a picture has lines.
func (m *maker) targets() card {
	up := query.Of(metric.Up)
	missing := up.Count("job").Minus(up.Sum("job")).Where(">", 0).Top(worstJobs)
	return card{
		kind: panel.TimeSeriesType, title: "Targets not scraped", none: "no target is known", min: panel.Float(0), alerts: []string{"KamailioDown"}, systems: true,
		description: fmt.Sprintf("How many targets Prometheus could not scrape, in all and of the %d jobs with the most; of those nothing is known. The board of the job's system names them, and this panel's links lead to it: look at their machine, then at the network between.", worstJobs),
		asks:        []ask{{up.Count().Minus(up.Sum()), "all jobs"}, {missing, "{{job}}"}},
	}
}

// calls shows how many calls are attempted and failed.
func (m *maker) calls() card {
	return card{
		kind: panel.TimeSeriesType, title: "Call attempts and failures", to: kamailioName,
		description: "Calls attempted a second, and those of them that the platform failed. A fall to zero by day is an outage before the proxies; a rise of failures alone is one behind them.",
		asks:        []ask{{m.record(attemptsRate).Sum(), "attempted"}, {m.record(failuresRate).Sum(), "failed"}},
		looks:       append(panel.Kin(panel.Good, "attempted"), panel.Kin(panel.Bad, "failed")...),
	}
}

// capacity shows how full the SIP proxy tier is, with one node lost.
func (m *maker) capacity() card {
	tier := m.spec.Platform.SIPProxies
	limits := m.spec.Alerts.Kamailio
	return card{
		kind: panel.TimeSeriesType, title: "SIP proxy capacity used", alerts: []string{"KamailioCapacityHigh"}, to: kamailioName, none: "a proxy does not tell its calls", looks: panel.Kin(panel.Violet, "of N-1"),
		thresholds: panel.Rising(panel.Good, panel.Bound{From: limits.Capacity.Warn, Color: panel.Warning}, panel.Bound{From: limits.Capacity.Page, Color: panel.Bad}),
		description: fmt.Sprintf("Calls in progress as a share of what the tier carries when one of its %d nodes is lost. Above the lower line order machines; above the upper one the loss of a node drops calls. Empty while a proxy does not tell its calls.",
			len(tier.Nodes)),
		asks: []ask{{m.record(capacityUsed), "of N-1"}},
	}
}

// upStates are the words for 1 and 0.
func upStates(up, down string) []panel.State {
	return []panel.State{{Value: 1, Text: up, Color: panel.Good}, {Value: 0, Text: down, Color: panel.Bad}}
}
