package dashboard_test

import (
	"fmt"
	"strings"
)

// slip is one panel with one mistake, and the kind of finding that it has to give; also are those that follow from it.
type slip struct {
	name, kind, also string
	// panel is the panel's JSON without id and place.
	panel string
}

// wrong are boards full of mistakes; the panel without one is in each, under the same id as another in the second.
func wrong() map[string][]slip {
	const (
		up     = `"targets":[{"refId":"A","expr":"kamailio_up","legendFormat":"{{instance}}"}]`
		number = `"targets":[{"refId":"A","expr":"kamailio_up","legendFormat":"{{instance}}","instant":true}]`
		graph  = `"type":"timeseries","title":"A graph",` + up
		stat   = `"type":"stat","title":"A number",` + number
	)
	field := func(text string) string { return `,"fieldConfig":{"defaults":{` + text + `},"overrides":[]}` }
	override := func(matcher, property, value string) string {
		return fmt.Sprintf(`,"fieldConfig":{"defaults":{},"overrides":[{"matcher":{"id":%q,"options":"kamailio-1"},"properties":[{"id":%q,"value":%s}]}]}`, matcher, property, value)
	}
	return map[string][]slip{
		"names": {
			{"unit", "unit", "", graph + field(`"unit":"req/s"`)},
			{"unit of an override", "unit", "", graph + override("byName", "unit", `"percents"`)},
			{"unit of an axis", "unit", "", `"type":"heatmap","title":"A heatmap","options":{"yAxis":{"unit":"mos"}},"targets":[{"refId":"A","expr":"sum by (le) (increase(rtpengine_stream_mos_bucket[5m]))","format":"heatmap"}]`},
			{"reducer", "reducer", "draw cut", stat + `,"options":{"reduceOptions":{"calcs":["lastNonNull"]}}`},
			{"reducer of a legend", "reducer", "draw cut", graph + `,"options":{"legend":{"displayMode":"table","calcs":["peak"]}}`},
			{"matcher", "matcher", "draw cut", graph + override("byQuery", "unit", `"s"`)},
			{"property of an override", "property", "", graph + override("byName", "lineStyle", `{"fill":"dash"}`)},
			{"option of a field", "property", "", graph + field(`"custom":{"lineWitdh":2}`)},
			{"transformation", "transformation", "query cut", `"type":"table","title":"A table","transformations":[{"id":"mergeAll","options":{}}],"targets":[{"refId":"A","expr":"kamailio_up","format":"table","instant":true}]`},
			{"kind of panel", "type", "", `"type":"timeserie","title":"A graph",` + up},
		},
		"data": {
			{"query that is none", "query", "", `"type":"timeseries","title":"A graph","targets":[{"refId":"A","expr":"sum(kamailio_up"}]`},
			{"metric that nobody has", "empty", "", `"type":"timeseries","title":"A graph","targets":[{"refId":"A","expr":"kamailio_upp"}]`},
			{"field that the result has not", "empty", "", stat + `,"options":{"reduceOptions":{"calcs":["lastNotNull"],"fields":"/^nothing$/"}}`},
			{"column that the table has not", "name", "", `"type":"table","title":"A table","options":{"sortBy":[{"displayName":"Proxies"}]},"targets":[{"refId":"A","expr":"sum(kamailio_up)","format":"table","instant":true}]`},
			{"override of a series that there is not", "name", "", strings.ReplaceAll(graph+override("byName", "unit", `"s"`), `"options":"kamailio-1"`, `"options":"kamailio-x"`)},
			{"lines of one look", "alike", "", graph + field(`"color":{"mode":"fixed","fixedColor":"#3070a0"}`)},
			{"title that does not fit", "cut", "", strings.ReplaceAll(stat, "A number", "A number"+strings.Repeat(" with a title that is far too long", 4))},
			{"legend that ends in half a line", "cut", "", `"type":"timeseries","title":"A graph","targets":[{"refId":"A","expr":"min by (collector) (kamailio_exporter_collector_success)","legendFormat":"{{collector}}"}]`},
			{"names over each other", "overlap", "cut", `"type":"state-timeline","title":"States","targets":[{"refId":"A","expr":"min by (collector) (kamailio_exporter_collector_success)","legendFormat":"{{collector}}"}]`},
			{"variable without values", "variable", "", graph},
		},
		"ids": {
			{"beside the other", "id", "", graph},
			{"id twice", "id", "", graph},
		},
	}
}

// boardOf sets panels two by two below each other.
func boardOf(slips []slip) string {
	panels := make([]string, len(slips))
	for i, s := range slips {
		id := 100 + i
		if s.name == "id twice" {
			id = 100
		}
		panels[i] = fmt.Sprintf(`{"id":%d,"gridPos":{"x":%d,"y":%d,"w":8,"h":6},%s}`, id, i%3*8, i/3*6, s.panel)
	}
	variable := ""
	for _, s := range slips {
		if s.kind == "variable" {
			variable = `{"type":"query","name":"nobody","query":"label_values(kamailio_upp, instance)"}`
		}
	}
	return fmt.Sprintf(`{"uid":"x","title":"Wrong","templating":{"list":[%s]},"panels":[%s]}`, variable, strings.Join(panels, ","))
}
