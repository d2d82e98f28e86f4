package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const small = `{"uid": "x", "title": "X", "tags": [], "time": {"from": "now-6h", "to": "now"}, "schemaVersion": 41, "graphTooltip": 1,
 "templating": {"list": [{"name": "region", "type": "query", "refresh": 2}]},
 "annotations": {"list": [{"name": "Alerts", "enable": true, "iconColor": "red", "datasource": {"type": "prometheus", "uid": "x"}}]},
 "panels": [
  {"id": 1, "type": "row", "title": "Shut", "collapsed": true, "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}, "panels": [
   {"id": 2, "type": "stat", "title": "Calls", "gridPos": {"h": 4, "w": 6, "x": 0, "y": 1}, "options": {"colorMode": "value", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "datasource": {"type": "prometheus", "uid": "x"}, "targets": [{"refId": "A", "datasource": {"type": "prometheus", "uid": "x"}, "expr": "up"}],
    "fieldConfig": {"defaults": {"unit": "short", "custom": {}}, "overrides": [{"matcher": {"id": "byName"}, "properties": [{"id": "unit", "value": "s"}]}]}}]},
  {"id": 3, "type": "timeseries", "title": "Rate", "gridPos": {"h": 4, "w": 6, "x": 0, "y": 1}, "options": {"legend": {"displayMode": "list"}},
   "fieldConfig": {"defaults": {"custom": {"drawStyle": "line", "lineWidth": 2}}, "overrides": [{"matcher": {"id": "byName"}, "properties": [{"id": "custom.lineStyle", "value": {"fill": "dash"}}]}]}},
  {"id": 4, "type": "logs", "title": "Lines", "gridPos": {"h": 4, "w": 6, "x": 0, "y": 1}, "options": {"sortOrder": "Descending", "showTime": true, "wrapLogMessage": true},
   "datasource": {"type": "loki", "uid": "y"}, "targets": [{"refId": "L", "datasource": {"type": "loki", "uid": "y"}, "expr": "{app=\"x\"}", "queryType": "range", "maxLines": 200}]}]}`

// TestPlaces spoils a small board in every place where a piece is, all at once, and expects each to be found in its own: that no finding
// hides another, and that each names its piece.
func TestPlaces(t *testing.T) {
	t.Parallel()
	edits := []struct{ old, new, where, what string }{
		{`"graphTooltip": 1`, `"graphTooltip": 3`, "graphTooltip", "TS2322"},
		{`"title": "X"`, `"titel": "X"`, "titel", "TS2339"},
		{`"title": "X"`, `"titel": "X"`, "", "lacks"},
		{`"refresh": 2`, `"refresh": true`, `variable "region" refresh`, "TS2322"},
		{`"enable": true`, `"enabled": true`, `annotation "Alerts" enabled`, "TS2339"},
		{`"collapsed": true`, `"collapsed": "yes"`, `row "Shut": collapsed`, "TS2322"},
		{`"colorMode": "value"`, `"colorMode": "valeu"`, `panel "Calls": option colorMode`, `"value"`},
		{`"calcs":`, `"calc":`, `panel "Calls": option reduceOptions`, `"calc"' does not exist`},
		{`"unit": "short"`, `"unit": 5`, `panel "Calls": field unit`, "TS2322"},
		{`"properties": [{"id": "unit", "value": "s"}]`, `"properties": [{"id": "units", "value": "s"}]`, `panel "Calls": overrides`, `"units"`},
		{`"datasource": {"type": "prometheus", "uid": "x"}, "targets"`, `"datasource": "prometheus", "targets"`, `panel "Calls": datasource`, "TS2"},
		{`"refId": "A"`, `"refID": "A"`, `panel "Calls": targets`, "TS2"},
		{`"type": "timeseries"`, `"type": "timeserie"`, `panel "Rate": type`, `"timeseries"`},
		{`"displayMode": "list"`, `"displayMode": "lists"`, `panel "Rate": option legend`, `"lists"`},
		{`"drawStyle": "line"`, `"drawStyle": "lines"`, `panel "Rate": field custom drawStyle`, `"lines"`},
		{`"lineWidth": 2`, `"lineWidth": "2"`, `panel "Rate": field custom lineWidth`, "TS2322"},
		{`"sortOrder": "Descending"`, `"sortOrder": "descending"`, `panel "Lines": option sortOrder`, `"Descending"`},
		{`"wrapLogMessage"`, `"wrapLogMessages"`, `panel "Lines": option wrapLogMessages`, "TS2339"},
		{`"maxLines": 200`, `"maxLines": "200"`, `panel "Lines": targets`, "TS2322"},
		{`"fill": "dash"`, `"fill": "dashed"`, `panel "Rate": overrides`, "TS2322"},
	}
	board := map[string][]byte{"dashboards/good.json": []byte(small)}
	spoilt := small
	for i, e := range edits {
		if i > 0 && e.old == edits[i-1].old {
			continue
		}
		if strings.Count(spoilt, e.old) != 1 {
			t.Fatalf("%s stands %d times", e.old, strings.Count(spoilt, e.old))
		}
		if strings.Contains(e.new, "timeserie\"") {
			continue // a panel of no known kind has nothing to be held to: it has a board of its own below
		}
		spoilt = strings.Replace(spoilt, e.old, e.new, 1)
	}
	board["dashboards/bad.json"] = []byte(spoilt)
	board["dashboards/kind.json"] = []byte(strings.Replace(small, `"type": "timeseries"`, `"type": "timeserie"`, 1))
	problems := compile(t, board)
	for _, e := range edits {
		found := slices.ContainsFunc(problems, func(p Problem) bool {
			return p.Path != "dashboards/good.json" && p.Where == e.where && strings.Contains(p.What, e.what)
		})
		if !found {
			t.Errorf("%s: want a problem at %q with %q, got none of\n%v", e.new, e.where, e.what, strings.ReplaceAll(fmt.Sprint(problems), ") dash", ")\n dash"))
		}
	}
	for _, p := range problems {
		if p.Path == "dashboards/kind.json" && p.Where != `panel "Rate": type` {
			t.Errorf("want the unknown kind said once, got %v", p)
		}
		if p.Path == "dashboards/good.json" || !regexp.MustCompile(`^dashboards/(bad|kind)\.json: `).MatchString(p.String()) {
			t.Errorf("want problems of the spoilt boards alone, got %v", p)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"panels": 5}`, `{"templating": []}`, `{"panels": [{"type": "stat", "options": 3}]}`, `{"panels": [{"type": "row", "panels": 3}]}`, `{"panels": [{"fieldConfig": 1}]}`} {
		if _, err := Write("x.json", []byte(text)); err == nil {
			t.Errorf("%s: want an error, got none", text)
		}
	}
}

// FuzzWrite writes anything that others may take for a board: whatever is a board has to become lines that are counted right.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(small))
	f.Fuzz(func(t *testing.T, board []byte) {
		file, err := Write("x.json", board)
		if err != nil {
			return
		}
		lines := strings.Split(string(file.Text), "\n")
		for _, at := range file.places {
			if at.line > len(lines) || !strings.HasPrefix(lines[at.line-1], "export const c") {
				t.Fatalf("line %d is no constant (%s)", at.line, at.what)
			}
		}
	})
}
