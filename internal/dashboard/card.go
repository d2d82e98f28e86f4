package dashboard

import (
	"strconv"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
)

// card is one panel as people write it. Its unit follows from its queries, its colours from the names of its series.
type card struct {
	kind  panel.Type
	title string
	// description says what the panel means and what to do about it.
	description string
	// height is how many lines the card needs where that is more than usual.
	height int
	// weight is the card's share of its line, 1 where it is not set. A graph with more has its legend beside it, as a table.
	weight int
	asks   []ask
	// alerts are those that watch what the panel shows: it links to their runbooks.
	alerts []string
	// to is the name of the board that shows more.
	to string
	// systems links to every other board.
	systems bool
	// node is the column of a table that holds names of nodes: each leads to what is known of that one.
	node string
	// looks are those of single series or columns. Series that are known beforehand get one that they keep, whichever of
	// them have data; without any, the series of a graph take their hue from the number in their names.
	looks []panel.Override
	// thresholds colour numbers, and are drawn as lines in graphs.
	thresholds *panel.Thresholds
	// states are the values that stand for words.
	states   []panel.State
	min, max *float64
	decimals *int
	// unit replaces the one that the queries have.
	unit panel.Unit
	// axis is the unit of the bounds of a heatmap's buckets.
	axis panel.Unit
	// none stands where there is no value.
	none string
	// stacked piles series up, which must be parts of one whole.
	stacked bool
	// close shows a graph's values as near as they are to each other; else the axis begins at zero.
	close bool
	// text is the Markdown of a card that asks nothing.
	text string
	// lines is what a card of logs asks Loki for, in LogQL, which nothing here checks; the board has logsVariable then.
	lines string
	// named shows the series' names beside the numbers of a stat.
	named bool
	// columns are those of a table, in order; hidden are left out. It is sorted by the column of the name sorted, the smallest first.
	columns []panel.Column
	sorted  string
	hidden  []string
}

// ask is one query of a card and the name of its series, with labels as {{name}}.
type ask struct {
	expr   query.Expr
	legend string
}

// panel turns a card into a panel at a place.
func (m *maker) panel(c card, at grafana.Grid) grafana.Panel {
	s := source()
	if c.kind == panel.LogsType {
		s = logsSource()
	}
	p := grafana.Panel{
		ID: idOf(c.title), Type: string(c.kind), Title: c.title, Description: c.description, Grid: at,
		Datasource: &s, Body: panel.Wire(m.body(c)),
	}
	if c.to != "" {
		p.Links = append(p.Links, grafana.Link{Title: "More about this", URL: address(c.to)})
	}
	if c.systems {
		p.Links = append(p.Links, m.systems()...)
	}
	for _, alert := range c.alerts {
		p.Links = append(p.Links, grafana.Link{Title: "Runbook " + alert, URL: m.runbook(alert), NewTab: true})
	}
	return p
}

// body chooses the type by the card's kind.
func (m *maker) body(c card) panel.Body {
	data := m.data(c)
	switch c.kind {
	case panel.StatType:
		return panel.Stat{Common: data, Color: statColor(c), Name: c.named}
	case panel.BarGaugeType:
		return panel.BarGauge{Common: data, Orientation: panel.Horizontal}
	case panel.TableType:
		return panel.Table{Common: data, SortColumn: c.sorted}
	case panel.StateTimelineType:
		return panel.StateTimeline{Common: data}
	case panel.HeatmapType:
		return panel.Heatmap{Common: data, AxisUnit: c.axis}
	case panel.TextType:
		return panel.Text{Markdown: c.text}
	case panel.TimeSeriesType:
		return graph(c, data)
	case panel.LogsType:
		if c.lines == "" || len(c.asks) > 0 {
			m.mistake("board %s: panel %q: logs ask for lines, and for nothing else", m.on, c.title)
		}
		return panel.Logs{Common: logLines(c), Wrap: true}
	default:
		m.mistake("board %s: panel %q: no body for type %q", m.on, c.title, c.kind)
		return panel.TimeSeries{}
	}
}

// mostLines is how many lines a panel of logs shows at most: as many as somebody reads.
const mostLines = 200

// logLines asks for lines over the range that is shown.
func logLines(c card) panel.Data {
	return panel.Data{Targets: []panel.Target{{
		RefID: refID(0), Datasource: panel.Datasource(logsSource()), Expr: c.lines, Range: true, QueryType: "range", MaxLines: mostLines, EditorMode: "code",
	}}}
}

// leastShare is how far the axis of a share goes at least: where all values are 0 Grafana's own ends at 10000 %.
const leastShare = 0.01

// graph draws a card over time.
func graph(c card, data panel.Data) panel.TimeSeries {
	out := panel.TimeSeries{Common: data, Stacked: c.stacked, Fill: fill(c.stacked), ThresholdLines: c.thresholds != nil, FromZero: !c.close}
	if c.max == nil && c.thresholds == nil && data.Field.Unit == panel.UnitPercent {
		out.SoftMax = panel.Float(leastShare)
	}
	if c.weight > 1 {
		out.LegendRight, out.LegendCalcs = true, []panel.Reducer{panel.LastNotNull, panel.MaxOf}
	}
	return out
}

// statColor fills the ground of a stat that judges, and leaves others plain.
func statColor(c card) panel.StatColor {
	if c.thresholds != nil || len(c.states) > 0 {
		return panel.ColorBackground
	}
	return panel.ColorNothing
}

// fill is the opacity of the area below a line in percent.
func fill(stacked bool) int {
	if stacked {
		return 70
	}
	return 5
}

// data makes what all panels that ask have in common.
func (m *maker) data(c card) panel.Data {
	d := panel.Data{
		Field: panel.Field{
			Unit: c.unit, Min: c.min, Max: c.max, Decimals: c.decimals, NoValue: c.none, Thresholds: c.thresholds,
			Color: &panel.Color{Mode: panel.ColorFixed, Fixed: panel.Hues()[0]},
		},
	}
	if len(c.states) > 0 {
		d.Field.Mappings = []panel.Mapping{{States: c.states}}
	}
	if c.thresholds != nil && c.kind != panel.TimeSeriesType {
		d.Field.Color = &panel.Color{Mode: panel.ColorThresholds}
	}
	several := false
	for i, a := range c.asks {
		t := m.target(c, a, refID(i))
		d.Targets = append(d.Targets, t)
		unit := m.unit(c, a)
		if d.Field.Unit == "" {
			d.Field.Unit = unit
		}
		var look []panel.Property
		if unit != d.Field.Unit {
			look = append(look, panel.WithUnit(unit))
		}
		if c.kind == panel.TimeSeriesType {
			several = several || len(m.checker.Labels(t.Expr)) > 0
			look = append(look, panel.InColor(panel.Hues()[i%len(panel.Hues())]))
		}
		if len(look) > 0 {
			d.Overrides = append(d.Overrides, panel.ForQuery(t.RefID, look...))
		}
	}
	looks := c.looks
	if looks == nil && several {
		looks = panel.Spread()
	}
	d.Overrides = append(d.Overrides, looks...)
	if c.node != "" {
		d.Overrides = append(d.Overrides, m.toNode(c.node)...)
	}
	if c.kind == panel.TableType {
		d.Transformations = []panel.Transformation{panel.Merge(), panel.Organize(c.hidden, c.columns...)}
	}
	return d
}

// refID is the letter of the n-th query.
func refID(n int) string { return string(rune('A' + n)) }

// target writes one query in the mode that the kind of panel needs: numbers and tables show the end of the time range,
// since of a whole range they would show the last value that there was, however old.
func (m *maker) target(c card, a ask, letter string) panel.Target {
	expr, err := a.expr.Build()
	if err != nil {
		m.mistake("board %s: panel %q: query %s: %w", m.on, c.title, letter, err)
	}
	s := source()
	t := panel.Target{
		RefID: letter, Datasource: panel.Datasource(s), Expr: expr, Legend: a.legend,
		Format: panel.FormatSeries, Range: true, Exemplar: a.expr.Exemplars(), EditorMode: "code",
	}
	usual, every := m.spec.Platform.Prometheus.ScrapeInterval, m.held.Every(expr)
	t.Interval = strconv.Itoa(int(every.Seconds())) + "s"
	atOnce := ""
	if every > usual { // so that a rate up to the moment finds two samples
		atOnce = t.Interval
	}
	switch c.kind {
	case panel.TableType:
		t.Format, t.Instant, t.Range, t.Exemplar, t.Interval = panel.FormatTable, true, false, false, atOnce
	case panel.HeatmapType:
		t.Format = panel.FormatHeatmap
	case panel.StatType, panel.BarGaugeType:
		t.Instant, t.Range, t.Exemplar, t.Interval = true, false, false, atOnce
	default: // what shows a course asks for the range
	}
	return t
}

// unit returns the unit of a query's values: the card's own, if it has one.
func (m *maker) unit(c card, a ask) panel.Unit {
	if c.unit != "" {
		return c.unit
	}
	u, ok := unitOf(a.expr.Quantity())
	if !ok {
		m.mistake("board %s: panel %q: no unit for %s", m.on, c.title, a.expr.Quantity())
	}
	return u
}
