package dashboard

import (
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/grafana"
)

// The ways through the boards: from the overview to each system, from a system to one of its nodes, and from the node to its machine. What has
// no such panel is reached by the menu of boards.

// inTime keeps the time that is shown when a link to a board is followed.
const inTime = "${__url_time_range}"

// address is where a board is.
func address(name string) string { return "/d/" + UIDPrefix + name + "?" + inTime }

// ofNode is where a board shows the one node that stands in the cell that was clicked.
func ofNode(name string) string {
	return "/d/" + UIDPrefix + name + "?var-instance=${__value.raw}&" + inTime
}

// systems are links to all boards but the one that is being made.
func (m *maker) systems() []grafana.Link {
	var links []grafana.Link
	for _, b := range m.all {
		if b.name != m.on {
			links = append(links, grafana.Link{Title: strings.TrimPrefix(b.title, "VoIPBIN / "), URL: address(b.name)})
		}
	}
	return links
}

// toNode leads from a column of names of nodes to the board that is being made, if a node can be chosen on it, and to the node's machine.
func (m *maker) toNode(column string) []panel.Override {
	var links []panel.Link
	for _, b := range m.all {
		own := b.name == m.on && slices.ContainsFunc(b.variables, func(v grafana.Variable) bool { return v.Name == "instance" })
		switch {
		case own:
			links = append(links, panel.Link{Title: "This one alone", URL: ofNode(b.name)})
		case b.name == hostsName:
			links = append(links, panel.Link{Title: "Its machine", URL: ofNode(b.name)})
		}
	}
	if len(links) == 0 {
		return nil
	}
	return []panel.Override{panel.ForName(column, panel.WithLinks(links...))}
}
