package dashboard

import (
	"regexp"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/dashboard/lint"
)

// TestPlantedInGenerated spoils the Kamailio board as it is generated, once in each way, and expects lint to say so: that
// the rules hold on what we ship, not only on a small example.
func TestPlantedInGenerated(t *testing.T) {
	t.Parallel()
	s := described(t)
	made := ruled(t, s)
	files := build(t, s)
	m := newMaker(s, made.Checker(catalogue(), s), made)
	edits := []struct{ rule, pattern, replacement string }{
		{"board-uid", `"uid": "voipbin-obs-kamailio"`, `"uid": "kamailio"`},
		{"board-locked", `"editable": false`, `"editable": true`},
		{"board-refresh", `"refresh": "30s"`, `"refresh": "5s"`},
		{"board-refresh", `"refresh": "30s"`, `"refresh": true`},
		{"board-schema", `"schemaVersion": \d+`, `"schemaVersion": 16`},
		{"board-time", `"from": "now-6h"`, `"from": ""`},
		{"board-words", `"voipbin-obs",`, ``},
		{"variable-all", `"allValue": "\.\*",`, ``},
		{"variable-fresh", `"refresh": 2`, `"refresh": 0`},
		{"variable-query", `"query": "label_values\(kamailio_up, region\)"`, `"query": "label_values(kamailio_up, zone)"`},
		{"variable-defined", `region=~\\"\$region\\"`, `region=~\"$$zone\"`},
		{"link-boards", `"keepTime": true`, `"keepTime": false`},
		{"annotation-alerts", `ALERTS\{alertstate=\\"firing\\",severity!=\\"none\\"\}`, `up`},
		{"panel-id", `"id": \d+,`, `"id": 0,`},
		{"panel-type", `"type": "timeseries"`, `"type": "timeserie"`},
		{"panel-type", `"type": "stat"`, `"type": "singlestat"`},
		{"panel-title", `"title": "Requests by method"`, `"title": "Replies by class"`},
		{"panel-description", `"description": "SIP requests received a second[^"]*"`, `"description": ""`},
		{"panel-unit", `"unit": "cps"`, `"unit": "requests/s"`},
		{"panel-unit", `"unit": "percentunit"`, `"unit": "percentunits"`},
		{"unit-quantity", `"unit": "cps"`, `"unit": "s"`},
		{"panel-datasource", `"uid": "\$\{datasource\}"`, `"uid": "prometheus"`},
		{"grid-bounds", `"w": 8`, `"w": 25`},
		{"grid-overlap", `"x": 8,`, `"x": 7,`},
		{"look-colour", `#d08000`, `#00ff00`},
		{"look-names", `"id": "byFrameRefID"`, `"id": "byQuery"`},
		{"look-names", `"id": "custom.lineStyle"`, `"id": "lineStyle"`},
		{"look-names", `"id": "merge"`, `"id": "mergeAll"`},
		{"look-names", `"lastNotNull"`, `"lastNonNull"`},
		{"look-override", `"options": "B"`, `"options": "Z"`},
		{"look-range", `"max": 1,`, ``},
		{"query-promql", `kamailio_shm_fragments`, `kamailio_shmem_fragments`},
		{"query-promql", `sum by \(method\)`, `sum by (type)`},
		{"query-promql", `state=\\"inactive\\"`, `state=\"down\"`},
		{"query-promql", `\brate\(`, `deriv(`},
		{"query-promql", `"expr": "sum\(`, `"expr": "sum((`},
		{"query-interval", `\[\$__rate_interval\]`, `[5m]`},
		{"query-step", `"interval": "15s"`, `"interval": ""`},
		{"query-mode", `"instant": true`, `"instant": false`},
		{"query-mode", `"format": "table"`, `"format": "time_series"`},
		{"query-legend", `"legendFormat": "\{\{method\}\}"`, `"legendFormat": "{{methods}}"`},
		{"query-legend", `"legendFormat": "\{\{instance\}\}"`, `"legendFormat": "proxy"`},
		{"query-exemplar", `"exemplar": false`, `"exemplar": true`},
	}
	for _, edit := range edits {
		t.Run(edit.rule+" "+edit.pattern, func(t *testing.T) {
			t.Parallel()
			sources := make([]lint.Source, len(files))
			for i, f := range files {
				sources[i] = lint.Source{Path: f.Path, JSON: f.JSON}
				if f.UID != UIDPrefix+kamailioName {
					continue
				}
				sources[i].JSON = regexp.MustCompile(edit.pattern).ReplaceAll(f.JSON, []byte(edit.replacement))
				if string(sources[i].JSON) == string(f.JSON) {
					t.Fatal("want the edit to change the board, got the same")
				}
			}
			problems := lint.Run(m.held, sources)
			for _, p := range problems {
				if p.Rule == edit.rule && strings.HasSuffix(p.Path, "kamailio.json") {
					return
				}
			}
			t.Errorf("want a finding of %s, got:\n%v", edit.rule, problems)
		})
	}
}
