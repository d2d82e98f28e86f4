package dashboard

import (
	"time"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
)

// annotationStep is the resolution at which what lasts is marked: no alert fires for less.
const annotationStep = time.Minute

// annotationMemory is for how long after a moment it is asked for: whatever the step of the query is, it is no coarser, and what a service
// was long ago is not sent with every board.
const annotationMemory = 24 * time.Hour

// annotations mark on every graph what people look for when one turns: alerts, what was deployed, drills and failovers.
func (m *maker) annotations() []grafana.Annotation {
	list := []grafana.Annotation{{
		Name: "Firing alerts", Datasource: source(), Step: annotationStep, Color: string(panel.Bad),
		Expr:        "sum by (alertname, severity, instance, slo) (" + metric.Alerts.Name + `{alertstate="firing",severity!="none"})`,
		TitleFormat: "{{alertname}}", TextFormat: "{{instance}}{{slo}}", TagKeys: []string{"severity"},
	}}
	if m.spec.Services.Described() {
		list = append(list, m.moments("Deployments", query.Of(metric.PlatformDeployTime).Max("service", "version"), panel.Neutral,
			"{{service}} {{version}} deployed", "service"))
	}
	if m.spec.Recovery.Described() {
		list = append(list,
			m.spells("Drills and failovers", query.Of(metric.RecoveryDrillRunning).Max(), panel.Violet, "Drill or failover under way"),
			m.moments("Failovers", query.Of(metric.RecoveryLastDrill, query.Is("kind", "real")).Max("scenario"), panel.Warning, "{{scenario}}: failover began", "scenario"))
	}
	return list
}

// spells mark the times at which an expression is above 0.
func (m *maker) spells(name string, expr query.Expr, hue panel.Hue, title string) grafana.Annotation {
	return grafana.Annotation{Name: name, Datasource: source(), Step: annotationStep, Color: string(hue), Expr: m.annotated(name, expr), TitleFormat: title}
}

// moments mark what an expression's values are: moments, as seconds since 1970.
func (m *maker) moments(name string, expr query.Expr, hue panel.Hue, title string, tags ...string) grafana.Annotation {
	a := m.spells(name, query.Within(expr, annotationMemory).Times(1000), hue, title) // Grafana takes milliseconds
	a.ValueIsTime, a.TagKeys = true, tags
	return a
}

func (m *maker) annotated(name string, expr query.Expr) string {
	text, err := expr.Build()
	if err != nil {
		m.mistake("board %s: annotation %q: %w", m.on, name, err)
	}
	return text
}
