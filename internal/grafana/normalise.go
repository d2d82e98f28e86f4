package grafana

import (
	"slices"
	"strings"
)

// object is a JSON object, list a JSON array, as decodeTree yields them.
type (
	object = map[string]any
	list   = []any
)

// normalise turns what the sdk writes, which has the shape of Grafana 5 to 8, into what today's Grafana knows. Each
// level keeps only the keys that @grafana/schema 12.4 has for it (the sdk always writes some forty others), lists are
// never null, and numbers that stand for a choice are numbers. What lies below a panel's body is not touched: it is
// not the sdk's.
func normalise(board object) {
	keep(board, boardKeys())
	lists(board, "tags", "links", "panels")
	if picker, ok := board["timepicker"].(object); ok {
		keep(picker, []string{"refresh_intervals"})
		lists(picker, "refresh_intervals")
	}
	normaliseLinks(board)
	if templating, ok := board["templating"].(object); ok {
		lists(templating, "list")
		each(templating["list"], normaliseVariable)
	}
	each(board["panels"], normalisePanel)
}

// boardKeys are the keys of a dashboard. id and version belong to the server that stores it, and are left out.
func boardKeys() []string {
	return []string{
		"annotations", "description", "editable", "fiscalYearStartMonth", "graphTooltip", "links", "liveNow", "panels",
		"preload", "refresh", "schemaVersion", "tags", "templating", "time", "timepicker", "timezone", "title", "uid",
		"weekStart",
	}
}

func panelKeys() []string {
	return []string{
		"cacheTimeout", "datasource", "description", "fieldConfig", "gridPos", "hideTimeOverride", "id", "interval",
		"links", "maxDataPoints", "maxPerRow", "options", "pluginVersion", "queryCachingTTL", "repeat",
		"repeatDirection", "targets", "timeCompare", "timeFrom", "timeShift", "title", "transformations",
		"transparent", "type",
	}
}

func rowKeys() []string {
	return []string{"collapsed", "gridPos", "id", "panels", "repeat", "title", "type"}
}

func variableKeys() []string {
	return []string{
		"allValue", "allowCustomValue", "current", "datasource", "definition", "description", "hide", "includeAll",
		"label", "multi", "name", "options", "query", "refresh", "regex", "skipUrlSync", "sort", "type",
	}
}

func linkKeys() []string {
	return []string{
		"asDropdown", "icon", "includeVars", "keepTime", "tags", "targetBlank", "title", "tooltip", "type", "url",
	}
}

func normalisePanel(p object) {
	if p["type"] == RowType {
		keep(p, rowKeys())
		lists(p, "panels")
		each(p["panels"], normalisePanel)
		return
	}
	keep(p, panelKeys())
	if p["transparent"] == false {
		delete(p, "transparent")
	}
	normaliseLinks(p)
}

// normaliseVariable also drops a current value that says nothing, a data source that is not set, and an empty
// allValue, which would make "all" match nothing.
func normaliseVariable(v object) {
	keep(v, variableKeys())
	lists(v, "options")
	for _, number := range []string{"refresh", "sort", "hide"} {
		if flag, ok := v[number].(bool); ok {
			v[number] = 0
			if flag {
				v[number] = refreshOnLoad
			}
		}
	}
	if current, ok := v["current"].(object); !ok || current["value"] == nil {
		delete(v, "current")
	}
	if v["datasource"] == nil {
		delete(v, "datasource")
	}
	if v["allValue"] == "" {
		delete(v, "allValue")
	}
}

// normaliseLinks works on the links of a board or of a panel.
func normaliseLinks(owner object) {
	each(owner["links"], func(l object) {
		keep(l, linkKeys())
		lists(l, "tags")
	})
}

// addMissing puts in what the sdk has no field for, or writes wrongly: annotations (its own carry eleven keys that
// Grafana does not have) and descriptions.
func addMissing(tree object, b Board) {
	tree["description"] = b.Description
	tree["annotations"] = object{"list": annotations(b.Annotations)}
	tree["liveNow"] = false
	tree["preload"] = false
	tree["weekStart"] = ""
	if b.Refresh <= 0 {
		tree["refresh"] = ""
	}
	templating, _ := tree["templating"].(object)
	variables, _ := templating["list"].(list)
	for i, v := range variables {
		described, _ := v.(object)
		described["description"] = b.Variables[i].Description
		if b.Variables[i].Type == QueryVariable {
			described["definition"] = b.Variables[i].Query
		}
	}
}

// annotations returns Grafana's own annotations, hidden, which Grafana would else add on loading, and then the
// board's. The query stands beside the name, where every version since 7 looks for it.
func annotations(own []Annotation) list {
	out := list{object{
		"builtIn": 1, "datasource": object{"type": "grafana", "uid": "-- Grafana --"}, "enable": true, "hide": true,
		"iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
	}}
	for _, a := range own {
		out = append(out, object{
			"datasource": object{"type": a.Datasource.Type, "uid": a.Datasource.UID},
			"enable":     true, "hide": false, "iconColor": a.Color, "name": a.Name,
			"expr": a.Expr, "step": interval(a.Step), "titleFormat": a.TitleFormat, "textFormat": a.TextFormat,
			"tagKeys": strings.Join(a.TagKeys, ","), "useValueForTime": a.ValueIsTime,
		})
	}
	return out
}

// keep deletes every key of o that is not in the list.
func keep(o object, keys []string) {
	for k := range o {
		if !slices.Contains(keys, k) {
			delete(o, k)
		}
	}
}

// lists makes each of the keys a list where it is null or missing.
func lists(o object, keys ...string) {
	for _, k := range keys {
		if o[k] == nil {
			o[k] = list{}
		}
	}
}

// each calls f for every object of a list; anything else is passed over.
func each(v any, f func(object)) {
	items, _ := v.(list)
	for _, item := range items {
		if o, ok := item.(object); ok {
			f(o)
		}
	}
}
