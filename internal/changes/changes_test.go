package changes

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const boardText = `{"uid": "x", "title": "Calls", "tags": ["a"], "refresh": "30s", "time": {"from": "now-6h", "to": "now"},
"templating": {"list": [{"name": "region", "query": "up", "current": {"value": "1"}}]}, "panels": [
{"id": 1, "type": "row", "title": "Traffic"},
{"id": 2, "type": "timeseries", "title": "Rate", "gridPos": {"w": 8, "h": 7}, "options": {"legend": {"placement": "bottom"}}, "targets": [{"refId": "A", "expr": "rate(a[5m])", "legendFormat": "x"}],
 "fieldConfig": {"defaults": {"unit": "cps", "thresholds": {"steps": [{"color": "blue", "value": null}, {"color": "red", "value": 0.9}]}, "custom": {"lineWidth": 1}}, "overrides": []}},
{"id": 3, "type": "stat", "title": "Now", "gridPos": {"w": 4, "h": 4}},
{"id": 4, "type": "row", "title": "Detail", "panels": [{"id": 5, "type": "table", "title": "Nodes"}, {"id": 6, "type": "stat", "title": "Last"}]}]}`

const ruleText = `groups:
  - name: calls
    interval: 30s
    rules:
      - record: calls:rate
        expr: rate(calls_total[5m])
      - alert: CallsFail
        expr: calls:failed > 0.1
        for: 5m
        labels: {severity: page}
        annotations: {summary: Calls fail}
      - alert: CallsFail
        expr: calls:failed > 0.01
        labels: {severity: ticket}
`

// set is a set of one board and one rule file, edited.
func set(t *testing.T, edits ...string) *Set {
	t.Helper()
	text := strings.NewReplacer(edits...)
	s := NewSet()
	if err := s.AddBoard("d/x.json", []byte(text.Replace(boardText))); err != nil {
		t.Fatal(err)
	}
	if err := s.AddRules("r/x.yaml", []byte(text.Replace(ruleText))); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCompare(t *testing.T) {
	t.Parallel()
	f := func(before, after string, want ...string) {
		t.Helper()
		if !strings.Contains(boardText+ruleText, before) {
			t.Fatalf("%s is nowhere", before)
		}
		var got []string
		for _, c := range Compare(set(t), set(t, before, after)) {
			line := c.Subject + ": " + c.What
			if c.Before+c.After != "" {
				line += ": " + c.Before + " | " + c.After
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s -> %s (-want +got):\n%s", before, after, diff)
		}
	}
	const calls = `board "Calls": `
	f("rate(a[5m])", "rate(a[5m])")
	f("rate(a[5m])", "rate(b[5m])", calls+`panel "Rate": query A changed: rate(a[5m]) | rate(b[5m])`)
	f(`"legendFormat": "x"`, `"legendFormat": "y"`, calls+`panel "Rate": query A: legendFormat: x -> y`)
	f(`"refId": "A"`, `"refId": "B"`, calls+`panel "Rate": query A removed: rate(a[5m]) | `, calls+`panel "Rate": query B added:  | rate(a[5m])`)
	f(`"unit": "cps"`, `"unit": "reqps"`, calls+`panel "Rate": unit: cps -> reqps`)
	f(`"value": 0.9`, `"value": 0.95`, calls+`panel "Rate": thresholds: blue from the start, red from 0.9 -> blue from the start, red from 0.95`)
	f(`"lineWidth": 1`, `"lineWidth": 2`, calls+`panel "Rate": lineWidth: 1 -> 2`)
	f(`"placement": "bottom"`, `"placement": "right"`, calls+`panel "Rate": option legend: {"placement":"bottom"} -> {"placement":"right"}`)
	f(`"type": "stat", "title": "Now"`, `"type": "gauge", "title": "Now"`, calls+`panel "Now": type: stat -> gauge`)
	f(`"title": "Now"`, `"title": "At this time"`, calls+`panel "At this time": title: Now -> At this time`)
	f(`"id": 3, "type": "stat", "title": "Now"`, `"id": 9, "type": "gauge", "title": "New"`, calls+`panel "Now" removed in row "Traffic"`, calls+`panel "New" added in row "Traffic"`)
	f(`"w": 8, "h": 7`, `"w": 12, "h": 7`, calls+"layout: 1 of the panels have another size")
	f(`"title": "Detail"`, `"title": "Details"`, calls+`panel "Nodes" moved: from row "Detail" to row "Details"`, calls+`panel "Last" moved: from row "Detail" to row "Details"`)
	f(`{"id": 5, "type": "table", "title": "Nodes"}, {"id": 6, "type": "stat", "title": "Last"}`, `{"id": 6, "type": "stat", "title": "Last"}, {"id": 5, "type": "table", "title": "Nodes"}`,
		calls+`panel "Nodes" moved within row "Detail"`)
	f(`"refresh": "30s"`, `"refresh": "1m"`, calls+"refresh: 30s -> 1m")
	f("now-6h", "now-1h", calls+"time shown first: now-6h to now -> now-1h to now")
	f(`"value": "1"`, `"value": "2"`) // what somebody chose
	f(`"query": "up"`, `"query": "down"`, calls+`variable "region": query: up -> down`)
	f(`"name": "region"`, `"name": "zone"`, calls+`variable "region" removed`, calls+`variable "zone" added`)
	f(`"uid": "x"`, `"uid": "y"`, calls+"board removed, with 4 panels", calls+"board added, with 4 panels")

	f("for: 5m", "for: 10m", `alert CallsFail: {severity="page"}: for: 5m -> 10m`)
	f("        for: 5m\n", "", `alert CallsFail: {severity="page"}: for: 5m -> none`)
	f("> 0.01", "> 0.02", `alert CallsFail: {severity="ticket"}: expression changed: calls:failed > 0.01 | calls:failed > 0.02`)
	f("severity: ticket", "severity: page2", `alert CallsFail: label severity: ticket -> page2`)
	f("record: calls:rate", "record: calls:rate5m", "record calls:rate5m: record renamed: calls:rate -> calls:rate5m")
	f("rate(calls_total[5m])", "rate(calls_total[1m])", "record calls:rate: expression changed: rate(calls_total[5m]) | rate(calls_total[1m])")
	f("interval: 30s", "interval: 1m", "group calls: evaluated every: 30s -> 1m")
	f("summary: Calls fail", "summary: Calls do fail", `alert CallsFail: {severity="page"}: summary changed: Calls fail | Calls do fail`)
	f("      - record: calls:rate\n        expr: rate(calls_total[5m])\n", "", "record calls:rate: record removed: rate(calls_total[5m]) | ")
	f("      - record: calls:rate\n", "      - record: calls:new\n        expr: sum(new)\n      - record: calls:rate\n", "record calls:new: record added:  | sum(new)")
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	s := set(t)
	for _, text := range []string{"", "[]", `{"a": 1}`} {
		if err := s.AddBoard("x.json", []byte(text)); !errors.Is(err, ErrNoBoard) {
			t.Errorf("%q: want it told that this is no board, got %v", text, err)
		}
	}
	if err := s.AddBoard("other.json", []byte(boardText)); err == nil || !strings.Contains(err.Error(), "is also in d/x.json") {
		t.Errorf("want the second board of a uid refused, got %v", err)
	}
	for _, text := range []string{"groups:\n  - name: x\n    rules: 5\n", "groups:\n  - nam: x\n    rules: []\n", "groups: [\n"} {
		if err := NewSet().AddRules("x.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "x.yaml:") {
			t.Errorf("%q: want an error with its place, got %v", text, err)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	list := []Change{
		{File: "r.yaml", Subject: "alert A", What: "expression changed", Before: "a\nb", After: "c ``` d"}, {File: "r.yaml", Subject: "alert A", What: "for: 1m -> <2m> @all"},
	}
	for want, write := range map[string]func(*strings.Builder) error{
		"alert A (r.yaml)\n  expression changed\n    - a\n    - b\n    + c ``` d\n  for: 1m -> <2m> @all\n":                                                                     func(b *strings.Builder) error { return Text(b, list) },
		"2 changes in boards and rules.\n\n### alert A\n\n`r.yaml`\n\n- expression changed\n\n  ````diff\n  - a\n  - b\n  + c ``` d\n  ````\n\n- for: 1m -> &lt;2m> &#64;all\n": func(b *strings.Builder) error { return Markdown(b, list) },
		"nothing changed\n":                      func(b *strings.Builder) error { return Text(b, nil) },
		"Nothing changed in boards and rules.\n": func(b *strings.Builder) error { return Markdown(b, nil) },
		"[]\n":                                   func(b *strings.Builder) error { return JSON(b, nil) },
		"[\n  {\n    \"file\": \"r.yaml\",\n    \"subject\": \"alert A\",\n    \"what\": \"for: 1m -> <2m> @all\"\n  }\n]\n": func(b *strings.Builder) error { return JSON(b, list[1:]) },
	} {
		var b strings.Builder
		if err := write(&b); err != nil || b.String() != want {
			t.Errorf("want %q, got %q, %v", want, b.String(), err)
		}
	}
}

// FuzzAdd compares anything with itself: nothing has changed.
func FuzzAdd(f *testing.F) {
	f.Add([]byte(boardText), []byte(ruleText))
	f.Fuzz(func(t *testing.T, board, rules []byte) {
		var sets [2]*Set
		for i := range sets {
			sets[i] = NewSet()
			_ = sets[i].AddBoard("x.json", board) // most of what comes is none
			_ = sets[i].AddRules("x.yaml", rules)
		}
		if got := Compare(sets[0], sets[1]); len(got) > 0 {
			t.Errorf("want no change, got %v", got)
		}
	})
}
