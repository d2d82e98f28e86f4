package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
)

// storesFolder is where the boards of what holds data are.
const storesFolder = "Stores"

// storeBoard makes the cards that the boards of everything that holds data have alike.
type storeBoard struct{ *maker }

// each asks for one number of each server.
func each(e query.Expr) []ask { return []ask{{e, "{{instance}}"}} }

// answers shows which servers answer.
func (s storeBoard) answers(title, description string, up query.Expr, alert string) card {
	return card{
		kind: panel.StatType, title: title, named: true, states: upStates("up", "down"), alerts: s.made(alert),
		description: description, asks: each(up),
	}
}

// share draws how much of what it may have each server has taken: its axis ends where nothing is left.
func (s storeBoard) share(title, description string, part query.Expr, alerts ...string) card {
	return card{
		kind: panel.TimeSeriesType, title: title, unit: panel.UnitPercent, max: panel.Float(1), alerts: s.made(alerts...),
		description: description, asks: each(part),
	}
}

// against holds shares up to what the spec grants: more than all of it is too much.
func (s storeBoard) against(title, description string, parts ask, none, alert string) card {
	return card{
		kind: panel.BarGaugeType, title: title, min: panel.Float(0), max: panel.Float(1), none: none, alerts: s.made(alert),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Bad}),
		description: description, asks: []ask{parts},
	}
}

// inventory lists what the labels of a series say about each server; its values say nothing.
func (s storeBoard) inventory(title, description string, built query.Expr, columns []panel.Column, alerts ...string) card {
	return card{
		kind: panel.TableType, title: title, unit: panel.UnitShort, alerts: s.made(alerts...),
		description: description, asks: []ask{{built, ""}}, hidden: []string{"Time", "Value"}, columns: columns,
	}
}
