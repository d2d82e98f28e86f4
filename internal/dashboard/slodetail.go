package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// sloDetailName is the board that shows one objective in full.
const sloDetailName = "slo-detail"

// The records that it shows besides those of the overview; a window follows.
const (
	sloEventsIn = "slo:sli_events:increase"
	sloErrorsIn = "slo:sli_errors:increase"
)

// sloDetailBoard makes the cards of that board: the reader chooses the objective, so that it is the same for few and for hundreds.
type sloDetailBoard struct{ *maker }

func sloDetail(m *maker) board {
	d := sloDetailBoard{m}
	s := source()
	return board{
		name: sloDetailName, title: "VoIPBIN / SLO detail", folder: "Platform", from: "now-30d",
		description: "One objective in full: what was promised and kept, how its budget burns down, at which rates alerts fire, and how many events there are.",
		variables: []grafana.Variable{{
			Type: grafana.QueryVariable, Name: "slo", Label: "Objective", Datasource: &s,
			Description: "The objectives of spec/slos.yaml.", Query: "label_values(" + sloObjective + ", slo)",
		}},
		rows: []row{
			{title: "How does it stand?", cards: d.numbers()},
			{title: "How does the budget burn down?", cards: []card{d.left(), d.kept()}},
			{title: "How fast does it burn?", cards: []card{d.rates(), d.thresholds()}},
			{title: "What happens?", cards: []card{d.events(), d.errors(), d.firing()}},
		},
	}
}

// of is a record of the chosen objectives.
func (d sloDetailBoard) of(record string) query.Expr {
	return d.record(record, query.Like("slo", "$slo")).Max("slo")
}

// ofObjective names an objective's series.
const ofObjective = "{{slo}}"

func (d sloDetailBoard) numbers() []card {
	const none = "no events"
	number := func(title, record, text string) card {
		return card{kind: panel.StatType, title: title, named: true, none: none, description: text, asks: []ask{{d.of(record), ofObjective}}}
	}
	left := number("Budget left", sloRemaining, "What is left of the error budget of the period; below 0 the objective is missed. The less is left, the more careful changes must be.")
	left.thresholds = panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Good})
	kept := number("Kept in the period", sloSuccessPeriod, "Share of the events of the period that were good. Compare it with what was promised beside it.")
	promised := number("Promised", sloObjective, "The share of events that must be good, by spec/slos.yaml. Where it is never in danger, it may be too low; where it always is, too high.")
	lasts := number("Budget lasts", sloExhaustion, "How long the rest of the budget lasts if the failures of the last hour go on. Hours mean that somebody must act now.")
	lasts.none = "nothing fails"
	for _, c := range []*card{&kept, &promised} {
		c.decimals = panel.Int(3)
	}
	return []card{promised, kept, left, lasts}
}

func (d sloDetailBoard) left() card {
	return card{
		kind: panel.TimeSeriesType, title: "Budget burn-down", weight: 2, none: "no events", thresholds: panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Good}),
		description: "What is left of the error budget. A step down is an incident, a slope a fault that goes on, a rise means that old failures leave the period: find each step among the alerts and deployments that are marked.",
		asks:        []ask{{d.of(sloRemaining), ofObjective}},
	}
}

func (d sloDetailBoard) kept() card {
	return card{
		kind: panel.TimeSeriesType, title: "Good events in an hour", none: "no events", close: true, max: panel.Float(1),
		description: "Share of the events of each hour that were good. Dips of minutes burn little; what stays below the promise burns all of it.",
		asks:        []ask{{d.of(sloSuccess1h), ofObjective}},
	}
}

// windows are those over which some objective's burn rate is recorded, the shortest first.
func (d sloDetailBoard) windows() []time.Duration {
	windows := []time.Duration{time.Hour}
	for _, o := range d.spec.SLOs {
		for _, b := range slo.Burns(o.BurnTiers(), o.Objective, o.Period) {
			windows = append(windows, b.Long)
		}
	}
	slices.Sort(windows)
	return slices.Compact(windows)
}

// rates are the burn rates of all windows.
func (d sloDetailBoard) rates() card {
	c := card{
		kind: panel.TimeSeriesType, title: "Burn rates", weight: 2, none: "no events", thresholds: panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Warning}),
		description: "How fast each window burnt the error budget: 1, the line across, spends exactly all of it in the period. At which rates alerts fire is in the table beside; when a long window stays above one, look at the failures by cause.",
	}
	var names []string
	for _, w := range d.windows() {
		name := slo.FormatDuration(w)
		if _, made := d.records[sloBurnRate+name]; made {
			c.asks, names = append(c.asks, ask{d.record(sloBurnRate+name, query.Like("slo", "$slo")).Max(), name}), append(names, name)
		}
	}
	c.looks = panel.Series(names)
	return c
}

// thresholds tells at which rates alerts fire: they follow from the spec and are no series.
func (d sloDetailBoard) thresholds() card {
	lines := d.alertLines()
	return card{
		kind: panel.TextType, title: "When alerts fire", height: 5 + 5*len(lines)/4,
		text:        "| Objective | Period | Alerts when it burns so fast over both windows |\n|---|---|---|\n" + strings.Join(lines, ""),
		description: "At which burn rates over which windows alerts fire, by spec/slos.yaml. Change the objective or its tiers there if they come too late or too often.",
	}
}

// alertLines say at which rates the alerts of each objective fire. The groups of one of which all have the same are one line.
func (d sloDetailBoard) alertLines() []string {
	fires := func(o spec.SLO) string {
		var list []string
		for _, b := range slo.Burns(o.BurnTiers(), o.Objective, o.Period) {
			list = append(list, fmt.Sprintf("%s × over %s and %s: %s", slo.FormatNumber(b.Factor), slo.FormatDuration(b.Long), slo.FormatDuration(b.Short), b.Severity))
		}
		return fmt.Sprintf("%s | %s", slo.FormatDuration(o.Period), strings.Join(list, "; "))
	}
	differs := map[*spec.Grouping]bool{}
	first := map[*spec.Grouping]string{}
	for _, o := range d.spec.SLOs {
		g, text := o.Group.Of, fires(o)
		differs[g] = g == nil || differs[g] || first[g] != "" && first[g] != text
		first[g] = text
	}
	var lines []string
	for _, o := range d.spec.SLOs {
		title := sharedTitle(o)
		if differs[o.Group.Of] {
			title = objectiveTitle(o)
		}
		line := fmt.Sprintf("| %s | %s |\n", title, fires(o))
		if differs[o.Group.Of] || !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (d sloDetailBoard) events() card {
	return card{
		kind: panel.TimeSeriesType, title: "Events in an hour", weight: 2, none: "no events",
		description: "Events that count in an hour. With few of them a single failure burns much; none at all means that nobody uses it, or that nobody counts.",
		asks:        []ask{{d.of(sloEventsIn + "1h"), ofObjective}},
	}
}

func (d sloDetailBoard) errors() card {
	return card{
		kind: panel.TimeSeriesType, title: "Bad events in an hour", weight: 2, none: "no events",
		description: "Events of an hour that were not good. Their causes are on the board that explains the objective; compare peaks with deployments.",
		asks:        []ask{{d.of(sloErrorsIn + "1h"), ofObjective}},
	}
}

func (d sloDetailBoard) firing() card {
	alerts := query.Of(metric.Alerts, query.Is("alertstate", "firing"), query.Like("slo", "$slo"), query.Not("slo", ""))
	return card{
		kind: panel.TableType, title: "Alerts about it", none: "none fires",
		description: "Alerts about the chosen objectives that fire now. A click on a name opens the runbook.",
		asks:        []ask{{alerts.Count("alertname", "severity", "slo"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "alertname", Name: "Alert"}, {Field: "severity", Name: "Severity"}, {Field: "slo", Name: "Objective"}},
		looks:       []panel.Override{panel.ForName("Alert", panel.WithWidth(250), panel.WithLink("Runbook", d.spec.Platform.RunbookURL+"${__value.raw}.md"))},
	}
}
