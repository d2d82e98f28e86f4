package dashboard

import (
	"fmt"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/spec"
)

// Thirty groups of one objective leave the boards readable: the overview's table is no higher, its text names what they share, and the table of
// alerts has one line for all that have the same.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	s := described(t)
	grouped := func(change func(i int, o *spec.SLO)) (table, alerts card) {
		g := &spec.Grouping{Name: "api", Title: "API answers", Label: "job", SLI: s.SLOs[0].SLI, Owner: "voip", Tier: "services"}
		many := *s
		many.SLOs = append([]spec.SLO{}, s.SLOs[:1]...)
		many.SLOs[0].Dashboard = ""
		for i := range 30 {
			o := many.SLOs[0]
			value := fmt.Sprintf("service-%02d", i)
			o.Name, o.Title, o.Group = fmt.Sprintf("api_service_%02d", i), "API answers: "+value, spec.Group{Of: g, Value: value}
			g.Values = append(g.Values, value)
			change(i, &o)
			many.SLOs = append(many.SLOs, o)
		}
		m := newMaker(&many, nil, ruled(t, &many))
		return m.objectiveTable(), sloDetailBoard{m}.thresholds()
	}
	table, alerts := grouped(func(int, *spec.SLO) {})
	if table.height != tableLines {
		t.Errorf("the table of objectives is %d high", table.height)
	}
	if !strings.Contains(table.description, "(Call setup success, API answers, by job)") {
		t.Errorf("want what they share to be named once, got %s", table.description)
	}
	if n := strings.Count(alerts.text, "\n"); n != 2+2 || !strings.Contains(alerts.text, "| API answers, by job | 30d |") {
		t.Errorf("want a line for all groups, got\n%s", alerts.text)
	}
	_, alerts = grouped(func(i int, o *spec.SLO) {
		if i == 7 {
			o.Tiers = o.BurnTiers()[:1]
		}
	})
	if n := strings.Count(alerts.text, "\n"); n != 2+31 || !strings.Contains(alerts.text, "| API answers: service-07 | 30d |") {
		t.Errorf("want a line for each group, got\n%s", alerts.text)
	}
}
