package dashboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/rules"
)

// Panels are the ids of the panels that show what alerts are about, by alert, each on the board that the alert names.
func Panels(files []File) map[string]uint {
	all := make(map[string]uint)
	for _, f := range files {
		maps.Copy(all, f.Panels)
	}
	return all
}

// Titles are those of boards by uid, and of panels by the end of their address: uid?viewPanel=id.
func Titles(files []File) map[string]string {
	all := make(map[string]string)
	for _, f := range files {
		maps.Copy(all, f.Titles)
	}
	return all
}

// titlesOf are the title of a board and those of its panels.
func titlesOf(b grafana.Board) map[string]string {
	titles := map[string]string{b.UID: b.Title}
	for _, p := range unfolded(b.Panels) {
		titles[fmt.Sprintf("%s?viewPanel=%d", b.UID, p.ID)] = p.Title
	}
	return titles
}

// panelsOf finds the panels of a board that link to the runbooks of the alerts that name the board: the first of each.
func (m *maker) panelsOf(b grafana.Board) map[string]uint {
	first := make(map[string]uint)
	for _, p := range unfolded(b.Panels) {
		for _, l := range p.Links {
			if _, have := first[l.URL]; !have {
				first[l.URL] = p.ID
			}
		}
	}
	ids := make(map[string]uint)
	for _, a := range m.alerts {
		named := slices.ContainsFunc(a.Rules, func(r rules.Rule) bool { return strings.HasSuffix(r.Annotations["dashboard"], "/d/"+b.UID) })
		if id, ok := first[m.spec.Platform.RunbookURL+a.Name+".md"]; named && ok {
			ids[a.Name] = id
		}
	}
	return ids
}

// unfolded are panels with those of folded rows behind them.
func unfolded(panels []grafana.Panel) []grafana.Panel {
	all := slices.Clone(panels)
	for _, p := range panels {
		all = append(all, p.Collapsed...)
	}
	return all
}
