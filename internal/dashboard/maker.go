package dashboard

import (
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// maker holds what boards are made of, and the mistakes that are found on the way.
type maker struct {
	spec      *spec.Spec
	checker   lint.Checker
	records   map[string]rules.Record
	alerts    []rules.Alert
	about     map[string][]string // names of alerts, by the objective that their rules carry as the label slo
	mistakes  []error
	catalogue *metric.Catalogue
	all       []board
	on        string      // the board that is being made
	held      lint.Config // what the boards are held to
}

func newMaker(s *spec.Spec, checker lint.Checker, made *rules.Output) *maker {
	m := &maker{spec: s, checker: checker, records: make(map[string]rules.Record, len(made.Records)), alerts: made.Alerts, about: make(map[string][]string)}
	for _, r := range made.Records {
		m.records[r.Name] = r
	}
	for _, a := range made.Alerts {
		for _, r := range a.Rules {
			if o := r.Labels["slo"]; o != "" && !slices.Contains(m.about[o], a.Name) {
				m.about[o] = append(m.about[o], a.Name)
			}
		}
	}
	m.held = m.lintConfig()
	return m
}

// record selects a recorded series.
func (m *maker) record(name string, matchers ...query.Matcher) query.Expr {
	r, ok := m.records[name]
	if !ok {
		m.mistake("no rule records %q", name)
	}
	return query.Recorded(r, matchers...)
}

// where returns cards if a rule makes the record that they show, and none for a spec from which it does not follow.
func (m *maker) where(record string, cards ...func() card) []card {
	var list []card
	if _, ok := m.records[record]; ok {
		for _, c := range cards {
			list = append(list, c())
		}
	}
	return list
}

// made returns those of some alerts that follow from the spec.
func (m *maker) made(alerts ...string) []string {
	return slices.DeleteFunc(alerts, func(name string) bool {
		return !slices.ContainsFunc(m.alerts, func(a rules.Alert) bool { return a.Name == name })
	})
}

// runbook returns the address of an alert's runbook.
func (m *maker) runbook(alert string) string {
	if !slices.ContainsFunc(m.alerts, func(a rules.Alert) bool { return a.Name == alert }) {
		m.mistake("there is no alert %q", alert)
	}
	return m.spec.Platform.RunbookURL + alert + ".md"
}

// alertsOf returns the names of the alerts about an objective, which their rules carry as the label slo. What no group has is about each of them.
func (m *maker) alertsOf(o spec.SLO) []string {
	names := slices.Clone(m.about[o.Name])
	if g := o.Group.Of; g != nil {
		names = append(names, m.about[g.Name]...)
	}
	return names
}

// nodeNames returns the names of nodes.
func nodeNames(nodes []spec.Node) []string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.Name
	}
	return names
}

func (m *maker) mistake(format string, args ...any) {
	m.mistakes = append(m.mistakes, fmt.Errorf(format, args...))
}
