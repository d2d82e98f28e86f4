// Package planted holds a board with one panel of each kind, and mistakes to be made in it, each with the gates that have to catch it: by
// them the gates are tested, those that check boards offline and the one that draws them. It judges nothing itself.
package planted

import (
	"time"

	"github.com/voipbin/observability/internal/dashboard"
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
)

// UID is that of the board.
const UID = dashboard.UIDPrefix + "planted"

// The board's panels in the order in which they stand, for the paths of mistakes.
const (
	row = iota
	timeSeries
	stat
	gauge
	barGauge
	table
	heatmap
	stateTimeline
	text
)

// Board returns the board without a mistake, as JSON. All that it asks for comes from Kamailio, the prober and Prometheus itself; it has no
// panel of logs, which would need another data source.
func Board() ([]byte, error) {
	source := source()
	step := 30 * time.Second
	board := grafana.Board{
		UID: UID, Title: "Planted", Description: "One panel of each kind. Mistakes are made in it.", Tags: []string{dashboard.Tag, "test"},
		From: "now-6h", To: "now", Refresh: step, RefreshChoices: []time.Duration{step, time.Minute},
		Variables: []grafana.Variable{
			{Type: grafana.DatasourceVariable, Name: "datasource", Label: "Data source", Description: "The server.", Query: panel.Prometheus},
			{
				Type: grafana.QueryVariable, Name: "instance", Label: "Proxy", Description: "The proxies.", Datasource: &source,
				Query: "label_values(" + metric.KamailioKit.Up.Name + ", instance)", Multi: true, AllValue: ".*",
			},
		},
		Annotations: []grafana.Annotation{{
			Name: "Firing alerts", Datasource: source, Step: time.Minute, Expr: metric.Alerts.Name + `{alertstate="firing"}`,
			Color: string(panel.Bad), TitleFormat: "{{alertname}}",
		}},
		Links: []grafana.Link{{Title: "Boards", Tags: []string{dashboard.Tag}, KeepTime: true, KeepVariables: true}},
	}
	board.Panels = []grafana.Panel{{ID: 1, Type: grafana.RowType, Title: "All kinds", Grid: grafana.Grid{W: grafana.Columns, H: 1}}}
	for i, body := range bodies() {
		p := grafana.Panel{
			ID: uint(i + 2), Type: string(body.Type()), Title: "A " + string(body.Type()), Description: "What it means. What to do about it.",
			Grid: grafana.Grid{X: i % 2 * 12, Y: 1 + i/2*8, W: 12, H: 8}, Body: panel.Wire(body),
		}
		if len(body.Data().Targets) > 0 {
			p.Datasource = &source
			p.Links = []grafana.Link{{Title: "Itself", URL: "/d/" + UID}}
		}
		board.Panels = append(board.Panels, p)
	}
	return grafana.Encode(board)
}

func source() grafana.Datasource {
	return grafana.Datasource{Type: panel.Prometheus, UID: "${datasource}"}
}

// moment asks for the end of the time range, course for all of it.
func moment(letter, expr, legend string) panel.Target {
	return panel.Target{
		RefID: letter, Datasource: panel.Datasource(source()), Expr: expr, Legend: legend, Format: panel.FormatSeries, Instant: true, EditorMode: "code",
	}
}

func course(letter, expr, legend string) panel.Target {
	t := moment(letter, expr, legend)
	t.Instant, t.Range, t.Interval = false, true, "15s"
	return t
}

// bodies are the panels below the row, in the order of their numbers.
func bodies() []panel.Body {
	chosen := `{instance=~"$instance"}`
	methods := `{instance=~"$instance",method=~"ack|bye|invite|options|register|subscribe"}` // as many as a legend shows
	used := metric.KamailioShmRealUsed.Name + chosen + " / " + metric.KamailioShmSize.Name + chosen
	fixed := &panel.Color{Mode: panel.ColorFixed, Fixed: panel.Hues()[0]}
	levels := panel.Rising(panel.Good, panel.Bound{From: 0.7, Color: panel.Warning}, panel.Bound{From: 0.9, Color: panel.Bad})
	share := panel.Field{
		Unit: panel.UnitPercent, Min: panel.Float(0), Max: panel.Float(1), Color: &panel.Color{Mode: panel.ColorThresholds}, Thresholds: levels,
	}
	states := panel.Mapping{States: []panel.State{{Value: 0, Text: "down", Color: panel.Bad}, {Value: 1, Text: "up", Color: panel.Good}}}
	instant := moment("A", "max by (instance, process) ("+metric.KamailioProcesses.Name+chosen+")", "")
	instant.Format = panel.FormatTable
	buckets := course("A", `sum by (le) (increase(`+metric.SIPResponse.Name+`_bucket[$__rate_interval]))`, "{{le}}")
	buckets.Format, buckets.Exemplar = panel.FormatHeatmap, true
	return []panel.Body{
		panel.TimeSeries{
			Common: panel.Data{
				Targets: []panel.Target{
					course("A", "sum by (method) (rate("+metric.KamailioRequestsByMethod.Name+methods+"[$__rate_interval]))", "{{method}}"),
					course("B", "sum(rate("+metric.KamailioRequests.Name+chosen+"[$__rate_interval]))", "all"),
				},
				Field: panel.Field{Unit: panel.UnitPerSec, Color: fixed},
				Overrides: append([]panel.Override{
					panel.ForQuery("B", panel.InColor(panel.Neutral), panel.Dashed(10, 10)),
					panel.ForName("invite", panel.WithLineWidth(3)), panel.ForRegexp("^(bye|ack)$", panel.WithFill(10)),
				}, panel.Series([]string{"invite", "options", "register", "subscribe"})...),
			},
			LegendCalcs: []panel.Reducer{panel.LastNotNull, panel.MaxOf}, LegendRight: true,
		},
		panel.Stat{
			Common: panel.Data{
				Targets: []panel.Target{moment("A", "min by (instance) ("+metric.KamailioKit.Up.Name+chosen+")", "{{instance}}")},
				Field:   panel.Field{Unit: panel.UnitNone, Color: fixed, Mappings: []panel.Mapping{states}},
			},
			Color: panel.ColorBackground, Name: true,
		},
		panel.Gauge{Common: panel.Data{Targets: []panel.Target{moment("A", "max by (instance) ("+used+")", "{{instance}}")}, Field: share}},
		panel.BarGauge{Common: panel.Data{Targets: []panel.Target{moment("A", "max by (instance) ("+used+")", "{{instance}}")}, Field: share}},
		panel.Table{
			Common: panel.Data{
				Targets:         []panel.Target{instant},
				Field:           panel.Field{Unit: panel.UnitShort},
				Transformations: []panel.Transformation{panel.Merge(), panel.Organize([]string{"Time"}, panel.Column{Field: "instance", Name: "Proxy"})},
				Overrides:       []panel.Override{panel.ForName("Proxy", panel.WithWidth(160), panel.WithLink("Itself", "/d/"+UID))},
			},
			SortColumn: "Proxy",
		},
		panel.Heatmap{Common: panel.Data{Targets: []panel.Target{buckets}, Field: panel.Field{Unit: panel.UnitShort}}, AxisUnit: panel.UnitSeconds},
		panel.StateTimeline{Common: panel.Data{
			Targets: []panel.Target{course("A", "min by (instance) ("+metric.KamailioKit.Up.Name+chosen+")", "{{instance}}")},
			Field:   panel.Field{Unit: panel.UnitNone, Color: fixed, Mappings: []panel.Mapping{states}},
		}},
		panel.Text{Markdown: "What this board is for."},
	}
}
