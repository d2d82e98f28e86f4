package lint

import (
	"strings"
	"testing"
	"time"
)

// TestAllowed changes the good board in ways that are right too: lint must not cry wolf.
func TestAllowed(t *testing.T) {
	t.Parallel()
	source := map[string]any{"type": "prometheus", "uid": "${datasource}"}
	target := func(extra map[string]any) []any {
		out := map[string]any{"refId": "A", "datasource": source, "range": true, "interval": "15s", "legendFormat": "x"}
		for k, v := range extra {
			out[k] = v
		}
		return []any{out}
	}
	edits := []struct {
		name, path string
		value      any
	}{
		{"no refresh", "refresh", ""},
		{"slow refresh", "refresh", "1d"},
		{"newest schema", "schemaVersion", 42},
		{"more tags", "tags", []any{"sip", "test"}},
		{"a runbook that there is", "panels.1.links.0.url", "https://example.com/runbooks/There.md"},
		{"a runbook of what is clicked", "panels.1.links.0.url", "https://example.com/runbooks/${__value.raw}.md"},
		{"a day that is over", "time.from", "now-1d/d"},
		{"override by a pattern", "panels.1.fieldConfig.overrides.0.matcher", map[string]any{"id": "byRegexp", "options": "/^(invite|bye)$/"}},
		{"a mapping of words", "panels.2.fieldConfig.defaults.mappings", []any{map[string]any{"type": "special"}}},
		{"complete address", "links.1.url", "https://example.com/"},
		{"values asked by text", "templating.list.2.query", `label_values(kamailio_up{instance=~"$instance"}, job)`},
		{"a label that only some alerts have", "annotations.list.1.expr", `sum by (anything) (ALERTS{alertstate="firing"})`},
		{"unit of its own", "panels.1.fieldConfig.defaults.unit", "suffix: calls"},
		{"scale of the heatmaps", "panels.1.options.color", map[string]any{"mode": "scheme", "scheme": "Cividis", "fill": "dark-orange"}},
		{"shades of a colour of the palette", "panels.1.options.color", map[string]any{"mode": "opacity", "scheme": "Oranges", "fill": "#3070a0"}},
		{"exemplars that stand out", "panels.1.options.exemplars", map[string]any{"color": "magenta"}},
		{"marks in a colour of the palette", "annotations.list.1.iconColor", "#c03050"},
		{"unit of a series by its name", "panels.1.fieldConfig.overrides.0.properties.0", map[string]any{"id": "unit", "value": "s"}},
		{"number that nobody knows the unit of", "panels.2.targets.0.expr", "max by (instance) (kamailio_processes * 8)"},
		{"percentile", "panels.1.options.legend.calcs", []any{"p95"}},
		{"no thresholds", "panels.2.fieldConfig.defaults.thresholds", nil},
		{"thresholds from below zero", "panels.2.fieldConfig.defaults.thresholds.steps", []any{
			map[string]any{"color": "#3070a0", "value": nil}, map[string]any{"color": "#d08000", "value": -1}, map[string]any{"color": "#c03050", "value": 0},
		}},
		{"one series needs no label in its legend", "panels.1.targets", target(map[string]any{"expr": "count(kamailio_up)"})},
		{"legend beside words", "panels.1.targets", target(map[string]any{"expr": "kamailio_up", "legendFormat": "proxy {{ instance }}, {{job}}"})},
		{"rate of the interval with an offset", "panels.1.targets", target(map[string]any{"expr": "sum(rate(kamailio_requests_received_total[$__rate_interval] offset 1d))"})},
		{"brackets in a text", "panels.1.targets", target(map[string]any{"expr": `count(kamailio_up{instance!="[5m]"})`})},
		{"slower step", "panels.1.targets", target(map[string]any{"expr": "count(kamailio_up)", "interval": "5m"})},
		{"description with a number", "panels.1.description", "At 1.5 it is full. Order more. Or less."},
		{"place at the right edge", "panels.2.gridPos", map[string]any{"x": 23, "y": 1, "w": 1, "h": 8}},
		{"gap between panels", "panels.5.gridPos.y", 90},
	}
	for _, edit := range edits {
		t.Run(edit.name, func(t *testing.T) {
			t.Parallel()
			board := good(t)
			board.set(t, edit.path, edit.value)
			if edit.path == "panels.1.targets" { // its override is for a second query
				board.set(t, "panels.1.fieldConfig.overrides", []any{})
				board.set(t, "panels.1.fieldConfig.defaults.unit", "short") // fits numbers and rates
			}
			problems := Run(config(), []Source{board.source(t)})
			for _, p := range problems {
				if p.Rule != "variable-used" { // a replaced query may have been the variable's only use
					t.Errorf("want nothing, got %v", p)
				}
			}
		})
	}
}

// TestHeatmap holds the one kind of panel that the good board lacks to its own rules.
func TestHeatmap(t *testing.T) {
	t.Parallel()
	f := func(format string, exemplar, instant bool, want string) {
		t.Helper()
		board := good(t)
		board.set(t, "panels.1.type", "heatmap")
		board.set(t, "panels.1.options.yAxis", map[string]any{"unit": "s"})
		board.set(t, "panels.1.fieldConfig.defaults.unit", "short")
		board.set(t, "panels.1.fieldConfig.overrides", []any{})
		board.set(t, "panels.1.targets", []any{map[string]any{
			"refId": "A", "datasource": map[string]any{"type": "prometheus", "uid": "${datasource}"}, "range": !instant, "instant": instant,
			"interval": "15s", "format": format, "exemplar": exemplar, "legendFormat": "{{le}}",
			"expr": `sum by (le) (increase(kamailio_wait_seconds_bucket{instance=~"$instance"}[$__rate_interval]))`,
		}})
		c := config()
		c.Checker = histogramChecker()
		got := Run(c, []Source{board.source(t)}).Error()
		if got != want {
			t.Errorf("format %s, exemplar %v, instant %v: want %q, got %q", format, exemplar, instant, want, got)
		}
	}
	const panel = `dashboards/good.json: panel "Requests": `
	f("heatmap", true, false, "")
	f("heatmap", false, false, panel+"query A: exemplar is false, want true (query-exemplar)")
	f("time_series", true, false, panel+"query A: a heatmap wants the format heatmap (query-mode)")
	f("heatmap", true, true, panel+"query A: a heatmap wants range (query-mode)")
}

// TestRefreshAgainstScrape moves the scrape interval instead of the board.
func TestRefreshAgainstScrape(t *testing.T) {
	t.Parallel()
	c := config()
	c.ScrapeInterval = time.Minute
	rules := map[string]int{}
	for _, p := range Run(c, []Source{good(t).source(t)}) {
		rules[p.Rule]++
	}
	// The refresh, one of the choices, and the steps of two queries are of 15 to 30 seconds.
	if rules["board-refresh"] != 2 || rules["query-step"] != 2 || len(rules) != 2 {
		t.Errorf("want two findings each of board-refresh and query-step, got %v", rules)
	}
}

// TestSlowJobs: of a job that is scraped once a minute a rate over a minute finds no two samples, nor does one up to now.
func TestSlowJobs(t *testing.T) {
	t.Parallel()
	c := config()
	c.SlowJobs = map[string]time.Duration{"cloud": time.Minute}
	f := func(query string, interval any, want string) {
		t.Helper()
		b := good(t)
		b.set(t, query+".expr", `sum(rate(kamailio_requests_received_total{job="cloud"}[$__rate_interval]))`)
		b.set(t, query+".interval", interval)
		var got []string
		for _, p := range Run(c, []Source{b.source(t)}) {
			if p.Rule == "query-step" {
				got = append(got, p.What)
			}
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s of %v: got %q, want %q", query, interval, got, want)
		}
	}
	f("panels.1.targets.0", "1m", "")
	f("panels.1.targets.0", "15s", `query A: interval "15s", want 1m0s or more`)
	f("panels.2.targets.0", "1m", "")
	f("panels.2.targets.0", nil, `query A: interval "", want 1m0s or more`)
}
