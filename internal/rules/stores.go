package rules

import (
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// storesFile is the file of the spec that describes what holds data.
const storesFile = "stores.yaml"

// storeCountWindow is the time over which events of what holds data are counted.
const storeCountWindow = 5 * time.Minute

// storeOf completes what is watched with what all that holds data has alike.
func storeOf(s *spec.Spec, l links, w watched) watched {
	w.links, w.stores, w.plan = l, s.Alerts.Stores, storesFile
	return w
}

// servers are nodes that the jobs of scrape.yaml ask, by their names.
func servers(names ...string) []spec.Node {
	nodes := make([]spec.Node, len(names))
	for i, n := range names {
		nodes[i] = spec.Node{Name: n}
	}
	return nodes
}

// nth is a series of the n-th node.
func (w *watched) nth(n int, f *metric.Family, labels map[string]string, values string) TestSeries {
	return series(f.Name, merge(w.targetLabels(w.nodes[n]), labels), values)
}

// usedAlert tells of a share that comes near its end. The texts come in a; of says in the description what the share is of.
func (w *watched) usedAlert(a Alert, expr, of, warns, pages string, used func(c lapse, share float64) []TestSeries) {
	l := w.stores.Used
	a.Severity, a.Rules = "page", w.limitRules(a.Name, expr, l, nil, warns, pages, of)
	a.Meaning += " " + ticketAndPage(l)
	c, node := gauged(l.For), w.targetLabels(w.nodes[0])
	between, above := (l.Warn+l.Page)/2, (1+l.Page)/2
	w.alert(a,
		c.fires(a.Name, "between the limits", all(node, percent(between), a.Rules[0]), used(c, between)...),
		c.fires(a.Name, "above both limits", all(node, percent(above), a.Rules...), used(c, above)...),
		c.quiet(a.Name, "just below the lower limit", Holds, used(c, l.Warn-0.001)...),
		c.quiet(a.Name, "nothing is known", Silent, w.nothingElse(c)...))
}
