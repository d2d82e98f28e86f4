package rules

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// section is what one system or objective contributes: rules in the order in which they must be evaluated, what they
// record, what people need to know of the alerts, and the stories that prove them.
type section struct {
	rules   []Rule
	records []Record
	alerts  []Alert
	stories []TestGroup
}

// record adds a recording rule. Labels that the rule itself sets come in set; the record's description lists them too.
func (s *section) record(r Record, expr string, set map[string]string) {
	s.rules = append(s.rules, Rule{Record: r.Name, Expr: expr, Labels: set})
	if !slices.ContainsFunc(s.records, func(have Record) bool { return have.Name == r.Name }) {
		s.records = append(s.records, r)
	}
}

// alert adds an alert with its rules and stories.
func (s *section) alert(a Alert, stories ...TestGroup) {
	for i := range a.Rules {
		a.Rules[i].Alert = a.Name
	}
	for i := range stories {
		stories[i].Alert = a.Name
	}
	s.rules = append(s.rules, a.Rules...)
	s.alerts = append(s.alerts, a)
	s.stories = append(s.stories, stories...)
}

// instanceLabel is the label that tells the nodes of a tier apart.
func instanceLabel() metric.Label {
	return metric.Label{Name: "instance", Help: "Name of the node.", Bound: "nodes of the tier in the spec"}
}

// links are the addresses that an alert's annotations carry.
type links struct {
	commands
	runbooks string // prefix; the alert's name and ".md" follow
	boards   string // prefix of a board's address; only the path where the spec names no Grafana
}

// annotations are the texts of an alert, with its runbook and its board.
func (l links) annotations(alert, board, summary, description string) map[string]string {
	a := map[string]string{"summary": summary, "description": description, "runbook_url": l.runbooks + alert + ".md"}
	if board != "" {
		a["dashboard"] = l.boards + board
	}
	return a
}

// increase is the growth of counters over a window. Anchored, it counts every event between the last sample before the
// window and the last one in it; otherwise Prometheus extrapolates from the samples inside the window, which misplaces
// up to a percent around bursts.
func increase(selector string, window time.Duration, anchored bool) string {
	modifier := ""
	if anchored {
		modifier = " anchored"
	}
	return fmt.Sprintf("increase(%s[%s]%s)", selector, slo.FormatDuration(window), modifier)
}

// greater is the larger of two vectors of the same labels, series by series; where one lacks a series, the other's.
func greater(a, b string) string { return pick("max", a, b) }

// plus adds two vectors of the same labels, series by series; where one lacks a series, it is taken as zero.
func plus(a, b string) string { return pick("sum", a, b) }

// pick joins two vectors under a label that tells them apart, and takes that label away again by an aggregation. Unlike
// arithmetic between the two, it yields a series that only one of them has.
func pick(op, a, b string) string {
	return fmt.Sprintf(`%s without (side) (label_replace(%s, "side", "first", "", "") or %s)`, op, a, b)
}

// sortedKeys lists the keys of a label map in order.
func sortedKeys(labels map[string]string) []string { return slices.Sorted(maps.Keys(labels)) }

// merge returns the union of label maps; later ones win.
func merge(sets ...map[string]string) map[string]string {
	out := make(map[string]string)
	for _, s := range sets {
		maps.Copy(out, s)
	}
	return out
}
