package dashboard

import (
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/dashboard/lint"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// maker holds what boards are made of, and the mistakes that are found on the way.
type maker struct {
	spec     *spec.Spec
	checker  lint.Checker
	records  map[string]promql.Record
	alerts   []string
	mistakes []error
	on       string // the board that is being made, for messages
}

func newMaker(s *spec.Spec, checker lint.Checker, records []promql.Record, alerts []string) *maker {
	m := &maker{spec: s, checker: checker, records: make(map[string]promql.Record, len(records)), alerts: alerts}
	for _, r := range records {
		m.records[r.Name] = r
	}
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

// runbook returns the address of an alert's runbook.
func (m *maker) runbook(alert string) string {
	if !slices.Contains(m.alerts, alert) {
		m.mistake("there is no alert %q", alert)
	}
	return m.spec.Platform.RunbookURL + alert + ".md"
}

// nodes returns the names of the SIP proxies, which are also their instance labels.
func (m *maker) nodes() []string {
	names := make([]string, len(m.spec.Platform.SIPProxies.Nodes))
	for i, n := range m.spec.Platform.SIPProxies.Nodes {
		names[i] = n.Name
	}
	return names
}

func (m *maker) mistake(format string, args ...any) {
	m.mistakes = append(m.mistakes, fmt.Errorf(format, args...))
}
