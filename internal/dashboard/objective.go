package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// objectiveNumbers are the cards that say in four numbers how an objective stands.
func (m *maker) objectiveNumbers(o spec.SLO) []card {
	of := query.Is("slo", o.Name)
	title := objectiveTitle(o)
	period := slo.FormatDuration(o.Period)
	goal := panel.Rising(panel.Bad, panel.Bound{From: o.Objective, Color: panel.Good})
	return []card{
		{
			kind: panel.StatType, title: title + ", " + period, none: "no events", thresholds: goal, decimals: finer(o), to: o.Dashboard,
			description: fmt.Sprintf("%s. Share of events that succeeded over the objective's period of %s; below %s the objective is missed. If it is, work on reliability goes before new features.",
				strings.TrimSuffix(o.Description, "."), period, percentText(o)),
			asks: []ask{{m.record(sloSuccessPeriod, of), "{{slo}}"}},
		},
		{
			kind: panel.StatType, title: title + ", last hour", none: "no events", thresholds: goal, decimals: finer(o), to: o.Dashboard,
			description: fmt.Sprintf("Share of events that succeeded in the last hour, against an objective of %s. If it is below, look for what changed in that hour.", percentText(o)),
			asks:        []ask{{m.record(sloSuccess1h, of), "{{slo}}"}},
		},
		{
			kind: panel.StatType, title: title + ", budget left", none: "no events", decimals: panel.Int(1), to: o.Dashboard,
			thresholds:  panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Good}),
			description: fmt.Sprintf("What is left of the %s of events that may fail in %s; below 0 the objective is missed. The less is left, the more careful changes must be.", slo.FormatPercent(slo.Budget(o.Objective)), period),
			asks:        []ask{{m.record(sloRemaining, of), "{{slo}}"}},
		},
		{
			kind: panel.StatType, title: title + ", budget lasts", none: "nothing fails", decimals: panel.Int(1), to: o.Dashboard,
			description: "How long the rest of the error budget lasts if the failures of the last hour go on. Hours mean that somebody must act now, weeks that nobody need.",
			asks:        []ask{{m.record(sloExhaustion, of), "{{slo}}"}},
		},
	}
}

// mostObjectives is up to how many objectives a board has cards for each of them. A board of more would be hundreds of panels,
// which no reader finds his way in and no browser draws; the table of the overview has all of them.
const mostObjectives = 50

// objectivesOf are the cards of the objectives that a board explains; those that name none are explained by the overview.
func (m *maker) objectivesOf(board string) []card {
	var numbers, graphs []card
	for _, o := range m.spec.SLOs {
		if o.Dashboard != board {
			continue
		}
		o.Dashboard = "" // no link to where the reader is
		numbers = append(numbers, m.objectiveNumbers(o)...)
		graphs = append(graphs, m.burning(o), m.remaining(o))
	}
	if len(graphs) > 2*mostObjectives {
		return nil
	}
	return append(numbers, graphs...)
}

// tableLines is how high the table of objectives may be, so that the overview stays one screen; more of them are scrolled to.
const tableLines = 10

// objectiveTable is all objectives at one look.
func (m *maker) objectiveTable() card {
	var titles []string
	for _, o := range m.spec.SLOs {
		if title := sharedTitle(o); !slices.Contains(titles, title) {
			titles = append(titles, title)
		}
	}
	by := func(record string) query.Expr { return m.record(record).Max("slo") }
	ratio := panel.WithUnit(panel.UnitPercent)
	promised, kept := panel.WithDecimals(m.promisedDecimals()), panel.WithDecimals(m.promisedDecimals()+1)
	return card{
		kind: panel.TableType, title: "Objectives", weight: 2, height: min(4+len(m.spec.SLOs), tableLines), none: "no events yet", unit: panel.UnitShort,
		description: "What was promised (" + strings.Join(titles, ", ") + ") and what is left of each error budget; below 0 the objective is missed. The less is left, the more careful changes must be.",
		asks: []ask{
			{by(sloObjective), ""}, {by(sloSuccessPeriod), ""}, {by(sloSuccess1h), ""}, {by(sloRemaining), ""}, {by(sloExhaustion), ""},
		},
		hidden: []string{"Time"}, sorted: "Budget left",
		columns: []panel.Column{
			{Field: "slo", Name: "Objective"}, {Field: "Value #A", Name: "Promised"}, {Field: "Value #B", Name: "Kept, period"}, {Field: "Value #C", Name: "Kept, last hour"},
			{Field: "Value #D", Name: "Budget left"}, {Field: "Value #E", Name: "Lasts for"},
		},
		looks: []panel.Override{
			panel.ForName("Promised", ratio, promised), panel.ForName("Kept, period", ratio, kept), panel.ForName("Kept, last hour", ratio, kept),
			panel.ForName("Budget left", panel.ByThresholds(), ratio, panel.WithThresholds(panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Good})), panel.WithCell(panel.Cell{Type: panel.TextCell}), panel.WithNone("no events yet")),
			panel.ForName("Lasts for", panel.WithUnit(panel.UnitSeconds), panel.WithNone("nothing burns it")),
		},
	}
}

// promisedDecimals is how many digits after the point the strictest promise needs: of 99.99 % with one digit less a reader sees 100 %.
func (m *maker) promisedDecimals() int {
	most := 0
	for _, o := range m.spec.SLOs {
		_, after, _ := strings.Cut(strings.TrimSuffix(o.ObjectiveText, "%"), ".")
		most = max(most, len(after))
	}
	return most
}

// worstObjectives is of how many objectives a graph of the overview has lines: as many as its legend names without being scrolled. The table has
// all of them.
const worstObjectives = 6

// nothingAtEnd is said where the worst cannot be told.
const nothingAtEnd = "nothing was recorded at the end of the time shown"

// burns is how fast the objectives that burn most now burn their budgets.
func (m *maker) burns() card {
	rate := m.record(sloBurnRate + "1h")
	worst := rate.AtEnd().Max("slo").Top(worstObjectives)
	return card{
		kind: panel.TimeSeriesType, title: "Burn rates over an hour", looks: panel.Series(m.objectiveNames()), none: nothingAtEnd,
		description: fmt.Sprintf("How fast the last hour burnt the error budgets of the %d objectives that burn fastest at the end of the time shown; 1 spends exactly all of one in the period. A line that leaves the others is what is failing: follow it to its board.", worstObjectives),
		asks:        []ask{{rate.Max("slo").OnlyWith(worst, "slo"), "{{slo}}"}},
	}
}

// budgets is what is left over time of the error budgets of which there is least now.
func (m *maker) budgets() card {
	left := m.record(sloRemaining)
	worst := left.AtEnd().Max("slo").Bottom(worstObjectives)
	return card{
		kind: panel.TimeSeriesType, title: "Error budgets left", looks: panel.Series(m.objectiveNames()), none: nothingAtEnd,
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 0, Color: panel.Bad}),
		description: fmt.Sprintf("What is left of the %d error budgets of which there is least at the end of the time shown. A step down is an incident, a slope a fault that goes on; compare steps with deployments.", worstObjectives),
		asks:        []ask{{left.Max("slo").OnlyWith(worst, "slo"), "{{slo}}"}},
	}
}

// objectiveNames are the objectives' names, which their series carry as the label slo.
func (m *maker) objectiveNames() []string {
	names := make([]string, len(m.spec.SLOs))
	for i, o := range m.spec.SLOs {
		names[i] = o.Name
	}
	return names
}

// burning is the card of an objective's burn rates, one line for each alert's long window, with the lowest and the
// highest factor at which an alert fires.
func (m *maker) burning(o spec.SLO) card {
	burns := slo.Burns(o.BurnTiers(), o.Objective, o.Period)
	c := card{
		kind: panel.TimeSeriesType, title: objectiveTitle(o) + ", burn rate", weight: 2, to: o.Dashboard, alerts: m.alertsOf(o),
		description: "How fast each window burns the error budget: 1 spends exactly all of it in the period. The lines across are the rates at which the slowest and the fastest alert fire; when a long window crosses, look at the failures by cause.",
	}
	windows := []time.Duration{time.Hour} // the last hour tells what goes on now, whether or not it alerts
	for _, b := range burns {
		windows = append(windows, b.Long)
	}
	slices.Sort(windows)
	windows = slices.Compact(windows)
	names := make([]string, len(windows))
	for i, w := range windows {
		window := slo.FormatDuration(w)
		c.asks = append(c.asks, ask{m.record(sloBurnRate+window, query.Is("slo", o.Name)), "{{slo}}, " + window})
		names[i] = o.Name + ", " + window
	}
	c.looks = panel.Series(names)
	if len(burns) > 0 {
		slowest, fastest := burns[len(burns)-1].Factor, burns[0].Factor
		bounds := []panel.Bound{{From: slowest, Color: panel.Warning}}
		if fastest > slowest {
			bounds = append(bounds, panel.Bound{From: fastest, Color: panel.Bad})
		}
		c.thresholds = panel.Rising(panel.Good, bounds...)
	}
	return c
}

// remaining is the card of an objective's error budget over time.
func (m *maker) remaining(o spec.SLO) card {
	return card{
		kind: panel.TimeSeriesType, title: objectiveTitle(o) + ", budget over time", to: o.Dashboard, looks: panel.Kin(panel.Good, o.Name),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 0, Color: panel.Bad}),
		description: "The error budget of the rolling period. A step down is an incident, a slope a fault that goes on, a rise means that old failures leave the period; compare steps with deployments.",
		asks:        []ask{{m.record(sloRemaining, query.Is("slo", o.Name)), "{{slo}}"}},
	}
}

// objectiveTitle is the objective's name for people.
func objectiveTitle(o spec.SLO) string {
	if o.Title != "" {
		return o.Title
	}
	return strings.ReplaceAll(o.Name, "_", " ")
}

// sharedTitle is what the groups of an objective have in common in their titles; of any other objective its own title.
func sharedTitle(o spec.SLO) string {
	if g := o.Group.Of; g != nil {
		return fmt.Sprintf("%s, by %s", g.Title, g.Label)
	}
	return objectiveTitle(o)
}

// percentText is the objective as it was written, with its sign.
func percentText(o spec.SLO) string { return strings.TrimSuffix(o.ObjectiveText, "%") + "%" }

// finer returns one decimal more than the objective is written with, so that a small miss shows.
func finer(o spec.SLO) *int {
	_, decimals, _ := strings.Cut(strings.TrimSuffix(o.ObjectiveText, "%"), ".")
	return panel.Int(len(decimals) + 1)
}
