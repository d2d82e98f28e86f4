package planted

import (
	"fmt"
	"strings"
)

// Gate is one of the gates that a board has to pass.
type Gate string

// The gates: the rules of package lint, the compiler with Grafana's types (package schema), and a drawing with data in a browser.
const (
	Lint  Gate = "lint"
	Types Gate = "types"
	Draw  Gate = "draw"
)

// Mistake is an edit of the board.
type Mistake struct {
	Name string
	// Gates are all those of Lint and Types that catch it, and Draw where no other does.
	Gates []Gate
	// Path is where Value goes, such as panels.1.title; a nil Value removes what is there.
	Path  string
	Value any
}

// at is a path below a panel.
func at(panel int, path string) string { return fmt.Sprintf("panels.%d.%s", panel, path) }

// Mistakes returns all of them. The first 22 are the kinds of reference boards that people spoilt by hand; the others are what boards in the
// field were found with, and what we got wrong ourselves.
func Mistakes() []Mistake {
	return append(append(append(known(), queries()...), offline()...), drawn()...)
}

// known are the 22 kinds: what Grafana takes without a word and then does not do.
func known() []Mistake {
	custom := "fieldConfig.defaults.custom."
	return []Mistake{
		{"draw style", []Gate{Types}, at(timeSeries, custom+"drawStyle"), "lines"},
		{"colour mode", []Gate{Types}, at(stat, "fieldConfig.defaults.color.mode"), "threshold"},
		{"part of a stat that is coloured", []Gate{Types}, at(stat, "options.colorMode"), "backgroundSolid"},
		{"place of the legend", []Gate{Types}, at(timeSeries, "options.legend.placement"), "buttom"},
		{"key of an option", []Gate{Types}, at(stat, "options.graphmode"), "area"},
		{"key of a field", []Gate{Lint, Types}, at(gauge, "fieldConfig.defaults.maximum"), 1},
		{"text for a number", []Gate{Types}, at(timeSeries, custom+"lineWidth"), "2"},
		{"data source as a text", []Gate{Lint, Types}, at(gauge, "datasource"), "${DS_PROMETHEUS}"},
		{"kind of panel", []Gate{Lint, Types}, at(timeSeries, "type"), "timeserie"},
		{"true for a number", []Gate{Types}, "templating.list.1.hide", true},
		{"format of a query", []Gate{Lint, Types}, at(table, "targets.0.format"), "tabel"},
		{"shared pointer", []Gate{Types}, "graphTooltip", 3},
		{"refresh", []Gate{Lint, Types}, "refresh", false},
		{"kind of mapping", []Gate{Lint, Types}, at(stat, "fieldConfig.defaults.mappings.0.type"), "values"},
		{"unit", []Gate{Lint}, at(timeSeries, "fieldConfig.defaults.unit"), "req/s"},
		{"reducer", []Gate{Lint}, at(stat, "options.reduceOptions.calcs.0"), "lastNonNull"},
		{"matcher", []Gate{Lint}, at(timeSeries, "fieldConfig.overrides.0.matcher.id"), "byQuery"},
		{"property of an override", []Gate{Lint, Types}, at(timeSeries, "fieldConfig.overrides.0.properties.1.id"), "lineStyle"},
		{"transformation", []Gate{Lint}, at(table, "transformations.0.id"), "mergeAll"},
		{"width beyond the grid", []Gate{Lint}, at(barGauge, "gridPos.w"), 25},
		{"PromQL", []Gate{Lint}, at(timeSeries, "targets.1.expr"), "sum(rate(kamailio_requests_received_total[$__rate_interval])"},
		{"key of the board", []Gate{Lint, Types}, "titel", "Planted"},
	}
}

// queries are mistakes in what is asked.
func queries() []Mistake {
	expr := func(name, text string) Mistake {
		return Mistake{Name: name, Gates: []Gate{Lint}, Path: at(timeSeries, "targets.1.expr"), Value: text}
	}
	return []Mistake{
		expr("metric that nobody has", "sum(rate(kamailio_request_received_total[$__rate_interval]))"),
		expr("label that the metric has not", "sum(sum by (type) (rate(kamailio_requests_received_by_method_total[$__rate_interval])))"),
		expr("value that the label never has", `sum(rate(kamailio_requests_received_by_method_total{method="INVIT"}[$__rate_interval]))`),
		expr("quantile without le", "histogram_quantile(0.95, sum(rate(sip_response_seconds_bucket[$__rate_interval])))"),
		expr("counter as it stands", "sum(kamailio_requests_received_total)"),
		expr("rate of a gauge", "sum(rate(kamailio_shm_used_bytes[$__rate_interval]))"),
		expr("rate of a sum", "rate(sum(kamailio_requests_received_total)[10m:$__rate_interval])"),
		expr("le of what is no histogram", "sum by (le) (rate(kamailio_requests_received_total[$__rate_interval]))"),
		expr("record that no rule makes", "sum(voipbin:call_setup_atempts:rate5m)"),
		expr("sides that never match", "kamailio_up / on (method) kamailio_shm_size_bytes"),
		expr("range that does not follow the time shown", "sum(rate(kamailio_requests_received_total[5m]))"),
		expr("several values compared with =", `sum(rate(kamailio_requests_received_total{instance="$instance"}[$__rate_interval]))`),
		expr("variable that there is not", `sum(rate(kamailio_requests_received_total{instance=~"$node"}[$__rate_interval]))`),
		{"legend with a label that is added up", []Gate{Lint}, at(timeSeries, "targets.0.legendFormat"), "{{class}}"},
		{"number from the whole range", []Gate{Lint}, at(stat, "targets.0.instant"), false},
		{"query twice", []Gate{Lint}, at(timeSeries, "targets.1.refId"), "A"},
		{"variable of a metric that nobody has", []Gate{Lint}, "templating.list.1.query", "label_values(kamailio_upp, instance)"},
	}
}

// offline are mistakes in what stands around queries.
func offline() []Mistake {
	return []Mistake{
		{"id twice", []Gate{Lint}, at(gauge, "id"), 2},
		{"panels one over the other", []Gate{Lint}, at(stat, "gridPos.x"), 11},
		{"all without a value", []Gate{Lint}, "templating.list.1.allValue", nil},
		{"data source of one Grafana", []Gate{Lint}, at(gauge, "datasource.uid"), "P1809F7CD0C75ACF3"},
		{"variable with a data source as a text", []Gate{Lint, Types}, "templating.list.1.datasource", "Prometheus"},
		{"no description", []Gate{Lint}, at(heatmap, "description"), nil},
		{"no unit", []Gate{Lint}, at(gauge, "fieldConfig.defaults.unit"), nil},
		{"unit of something else", []Gate{Lint}, at(timeSeries, "fieldConfig.defaults.unit"), "s"},
		{"unit of a share that is in hundredths", []Gate{Lint}, at(barGauge, "fieldConfig.defaults.unit"), "percent"},
		{"unit of the axis", []Gate{Lint}, at(heatmap, "options.yAxis.unit"), "bytes"},
		{"no title", []Gate{Lint, Types}, at(gauge, "title"), nil},
		{"board that can be edited", []Gate{Lint}, "editable", true},
		{"uid of somebody else", []Gate{Lint}, "uid", "call-manager"},
		{"refresh faster than data come", []Gate{Lint}, "refresh", "5s"},
		{"thresholds that fall", []Gate{Lint}, at(gauge, "fieldConfig.defaults.thresholds.steps.2.value"), 0.5},
		{"gauge without an end", []Gate{Lint}, at(gauge, "fieldConfig.defaults.max"), nil},
		{"colour that few can tell", []Gate{Lint}, at(timeSeries, "fieldConfig.overrides.0.properties.0.value.fixedColor"), "#00ff00"},
		{"rainbow of a heatmap", []Gate{Lint}, at(heatmap, "options.color.scheme"), "Turbo"},
		{"heatmap in shades of a colour of its own", []Gate{Lint}, at(heatmap, "options.color.mode"), "opacity"},
		{"colour of exemplars", []Gate{Lint}, at(heatmap, "options.exemplars.color"), "red"},
		{"colour of marks", []Gate{Lint}, "annotations.list.1.iconColor", "rgba(255, 96, 96, 1)"},
		{"link to a board that there is not", []Gate{Lint}, at(gauge, "links.0.url"), "/d/gone"},
		{"variable that Grafana has not", []Gate{Lint}, at(gauge, "links.0.url"), "/d/" + UID + "?${__url_time_rang}"},
		{"part of a variable that it has not", []Gate{Lint}, at(gauge, "links.0.title"), "${__data.fieldz.x}"},
		{"no menu of boards", []Gate{Lint}, "links", []any{}},
		{"no annotation of alerts", []Gate{Lint, Types}, "annotations.list.1.enable", nil},
		{"value of an override", []Gate{Types}, at(timeSeries, "fieldConfig.overrides.1.properties.0.value"), "thick"},
		{"scale of a heatmap", []Gate{Types}, at(heatmap, "options.color.scale"), "exponent"},
		{"height of a table's cells", []Gate{Types}, at(table, "options.cellHeight"), "small"},
		{"gaps that are bridged by a word", []Gate{Types}, at(stateTimeline, "fieldConfig.defaults.custom.spanNulls"), "yes"},
		{"text without words", []Gate{Lint}, at(text, "options.content"), ""},
		{"row without a title", []Gate{Lint, Types}, at(row, "title"), nil},
	}
}

// drawn are mistakes that only show when the board is drawn with data: everything in them exists, and together it shows nothing, or not what
// it should.
func drawn() []Mistake {
	return []Mistake{
		{"node that there is not", []Gate{Draw}, at(stat, "targets.0.expr"), `min by (instance) (kamailio_up{instance="kamailio-99",job=~"$instance|.+"})`},
		{"comparison that nothing passes", []Gate{Draw}, at(gauge, "targets.0.expr"), `max by (instance) (kamailio_shm_real_used_bytes{instance=~"$instance"} / kamailio_shm_size_bytes{instance=~"$instance"} > 2)`},
		{"field that the result has not", []Gate{Draw}, at(stat, "options.reduceOptions.fields"), "/^nothing$/"},
		{"column that the table has not", []Gate{Draw}, at(table, "options.sortBy.0.displayName"), "Proxies"},
		{"override of a series that there is not", []Gate{Draw}, at(timeSeries, "fieldConfig.overrides.1.matcher.options"), "invit"},
		{"title that does not fit", []Gate{Draw}, at(stat, "title"), "A stat " + strings.Repeat("with a title that is far too long ", 8)},
	}
}
