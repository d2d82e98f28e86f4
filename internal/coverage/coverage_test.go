package coverage_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/coverage"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// made is a small set of rules and a board: an alert over a record over a histogram, and an alert that nothing shows.
func made(t *testing.T, s *spec.Spec) *coverage.Made {
	t.Helper()
	content := rules.RuleFile{Groups: []rules.Group{{Rules: []rules.Rule{
		{Record: "voipbin:delay:p95", Expr: `histogram_quantile(0.95, sum by (le) (rate(sip_session_request_delay_seconds_bucket{x="kamailio_up"}[5m])))`},
		{Alert: "DelayHigh", Expr: "voipbin:delay:p95 > 3"},
		{Alert: "DelayUnknown", Expr: `absent(voipbin:delay:p95) and on () up{job='sip'} == 1`},
		{Alert: "KamailioDown", Expr: "kamailio_up == 0 or up == 0"},
	}}}}
	files := []rules.File{{Path: "rules/a.yaml", Make: func() rules.RuleFile { return content }}}
	boards := []coverage.Board{{Path: "dashboards/a.json", JSON: []byte(`{"title": "Calls", "panels": [
		{"title": "Row", "panels": [{"title": "Delay", "targets": [{"expr": "voipbin:delay:p95{instance=~\"$instance\"}"}, {"expr": ""}]}]},
		{"title": "Buckets", "targets": [{"expr": "rate(sip_session_request_delay_seconds_count[$__rate_interval])"}]},
		{"title": "Scraped", "targets": [{"expr": "up"}]},
		{"title": "Text"}]}`)}}
	m, err := coverage.Gather(s, metric.NewCatalogue(metric.All()), files, boards)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// row returns a row with names.
func row(id string, change func(*spec.InventoryRow)) spec.InventoryRow {
	r := spec.InventoryRow{ID: id, Title: "Fact " + id, Spec: []string{"platform.name"}, Pos: diag.Position{File: "spec/inventory.yaml", Line: 9, Col: 1}}
	change(&r)
	return r
}

// names returns names at a place.
func names(list ...string) []spec.Named {
	var out []spec.Named
	for _, n := range list {
		out = append(out, spec.Named{Name: n, Pos: diag.Position{File: "spec/inventory.yaml", Line: 7, Col: 3}})
	}
	return out
}

// inventory returns a spec with one section of rows.
func inventory(floor int, rows ...spec.InventoryRow) *spec.Spec {
	return &spec.Spec{
		SLOs:      []spec.SLO{{Name: "delay"}, {Name: "each_call", Group: spec.Group{Of: &spec.Grouping{Name: "each"}, Value: "call"}}},
		Recovery:  spec.Recovery{Scenarios: []spec.RecoveryScenario{{Scenario: rto.Scenario{Name: "region_loss"}}}},
		Inventory: spec.Inventory{Floor: floor, ReasonsAtMost: 10, Sections: []spec.InventorySection{{ID: "A", Title: "All", Rows: rows}}, Pos: diag.Position{File: "spec/inventory.yaml", Line: 1, Col: 1}},
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(*spec.InventoryRow), want coverage.Row, problems ...string) {
		t.Helper()
		s := inventory(0, row("A1", change))
		got, wrong := coverage.Build(s, made(t, s))
		want.ID, want.Title, want.Spec, want.Objective = "A1", "Fact A1", []string{"platform.name"}, s.Inventory.Sections[0].Rows[0].Objective
		for _, list := range []*[]string{&want.Rules, &want.Metrics, &want.Panels, &want.SLOs} {
			if *list == nil {
				*list = []string{}
			}
		}
		if diff := cmp.Diff(want, got.Sections[0].Rows[0]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(strings.Join(problems, "\n"), wrong.Error()); diff != "" {
			t.Errorf("%s: problems (-want +got):\n%s", name, diff)
		}
	}
	delay := []string{"sip_session_request_delay_seconds"}
	f("a rule whose record is shown", func(r *spec.InventoryRow) { r.Rules = names("DelayHigh") },
		coverage.Row{State: coverage.Covered, Rules: []string{"DelayHigh"}, Metrics: delay, Panels: []string{"Calls: Delay"}})
	f("all rules of a form", func(r *spec.InventoryRow) { r.Rules = names("Delay*") },
		coverage.Row{State: coverage.Covered, Rules: []string{"DelayHigh", "DelayUnknown"}, Metrics: delay, Panels: []string{"Calls: Delay"}})
	f("a record is itself and what it reads", func(r *spec.InventoryRow) { r.Rules = names("voipbin:delay:p95") },
		coverage.Row{State: coverage.Covered, Rules: []string{"voipbin:delay:p95"}, Metrics: delay, Panels: []string{"Calls: Delay", "Calls: Buckets"}})
	f("what only up tells is shown by no panel", func(r *spec.InventoryRow) { r.Rules = names("KamailioDown") },
		coverage.Row{State: coverage.Open, Rules: []string{"KamailioDown"}, Metrics: []string{"kamailio_up"}, Missing: []string{"panel"}})
	f("a metric beside the rules", func(r *spec.InventoryRow) { r.Rules, r.Metrics = names("KamailioDown"), names(delay...) },
		coverage.Row{State: coverage.Covered, Rules: []string{"KamailioDown"}, Metrics: []string{"kamailio_up", delay[0]}, Panels: []string{"Calls: Buckets"}})
	f("nothing", func(r *spec.InventoryRow) { r.Objective = true }, coverage.Row{State: coverage.Open, Missing: []string{"rule", "panel", "objective"}})
	f("an objective without one", func(r *spec.InventoryRow) { r.Rules, r.Objective = names("DelayHigh"), true },
		coverage.Row{State: coverage.Open, Rules: []string{"DelayHigh"}, Metrics: delay, Panels: []string{"Calls: Delay"}, Missing: []string{"objective"}})
	f("an objective with both kinds", func(r *spec.InventoryRow) {
		r.Rules, r.Objective, r.SLOs = names("DelayHigh"), true, names("delay", "recovery.region_loss")
	}, coverage.Row{State: coverage.Covered, Rules: []string{"DelayHigh"}, Metrics: delay, Panels: []string{"Calls: Delay"}, SLOs: []string{"delay", "recovery.region_loss"}})
	f("an objective that stands for its groups", func(r *spec.InventoryRow) {
		r.Rules, r.Objective, r.SLOs = names("DelayHigh"), true, names("each", "each_call")
	}, coverage.Row{State: coverage.Covered, Rules: []string{"DelayHigh"}, Metrics: delay, Panels: []string{"Calls: Delay"}, SLOs: []string{"each", "each_call"}})
	f("a reason", func(r *spec.InventoryRow) { r.Reason, r.Objective = "no sensor", true }, coverage.Row{State: coverage.Excused, Reason: "no sensor"})
	f("a rule that is gone", func(r *spec.InventoryRow) { r.Rules = names("DelayHigh", "DelayHihg") },
		coverage.Row{State: coverage.Covered, Rules: []string{"DelayHigh"}, Metrics: delay, Panels: []string{"Calls: Delay"}},
		`spec/inventory.yaml:7:3: row A1 names rule "DelayHihg", which is not made: did you mean "DelayHigh"?`)
	f("a form that fits nothing", func(r *spec.InventoryRow) { r.Rules = names("MySQL*") },
		coverage.Row{State: coverage.Open, Missing: []string{"rule", "panel"}},
		`spec/inventory.yaml:7:3: row A1 names rule "MySQL*", which is not made: obsgen generate writes the rules below rules/`)
	f("names that lead nowhere", func(r *spec.InventoryRow) { r.Metrics, r.SLOs = names("kamailio_upp"), names("delays") },
		coverage.Row{State: coverage.Open, Missing: []string{"rule", "panel"}},
		`spec/inventory.yaml:7:3: row A1 names metric "kamailio_upp", which is not made: did you mean "kamailio_up"?`,
		`spec/inventory.yaml:7:3: row A1 names objective "delays", which is not made: slos.yaml has them, and recovery.yaml the scenarios`)
}

// TestFloor shows that a row which loses its rule is a failure, even where nobody looks at the document.
func TestFloor(t *testing.T) {
	t.Parallel()
	rows := []spec.InventoryRow{
		row("A1", func(r *spec.InventoryRow) { r.Rules = names("DelayHigh") }),
		row("A2", func(r *spec.InventoryRow) { r.Reason = "no sensor" }),
		row("A3", func(*spec.InventoryRow) {}),
	}
	s := inventory(2, rows...)
	report, problems := coverage.Build(s, made(t, s))
	if len(problems) > 0 || report.Rows != 3 || report.Covered != 1 || report.Excused != 1 || report.Open != 1 {
		t.Errorf("report %+v, problems %v", report, problems)
	}
	s = inventory(3, rows...)
	_, problems = coverage.Build(s, made(t, s))
	want := "spec/inventory.yaml:1:1: 2 rows are covered or have a reason, and the floor is 3: a row lost its rule or panel: bring it back, or lower the floor if that is meant"
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLacks shows that a profile may say why a row is not covered, that it is told when the row is covered after all, and that it needs no name that the
// description's own profile has made.
func TestLacks(t *testing.T) {
	t.Parallel()
	s := inventory(2,
		row("A1", func(r *spec.InventoryRow) { r.Rules, r.Lacking = names("HostCPUBusy"), "one machine" }),
		row("A2", func(r *spec.InventoryRow) { r.Rules = names("DelayHigh", "ServiceMissing") }))
	s.Profile.Name = "small"
	report, problems := coverage.Build(s, made(t, s))
	if len(problems) > 0 || report.Covered != 1 || report.Excused != 1 || report.Sections[0].Rows[0].Reason != "one machine" {
		t.Errorf("report %+v, problems %v", report, problems)
	}
	s = inventory(2,
		row("A1", func(r *spec.InventoryRow) { r.Rules, r.Lacking = names("DelayHigh"), "one machine" }),
		row("A2", func(r *spec.InventoryRow) { r.Rules = names("ServiceMissing") }))
	s.Profile.Name = "small"
	_, problems = coverage.Build(s, made(t, s))
	want := "spec/inventory.yaml:9:1: row A1 is covered, and profile small says why it is not: take it out of lacks in the profile\n" +
		"spec/inventory.yaml:1:1: 1 rows are covered or have a reason, and the floor is 2: a row lost its rule or panel: bring it back, or lower the floor if that is meant"
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	s := inventory(1,
		row("A1", func(r *spec.InventoryRow) { r.Rules = names("Delay*", "voipbin:delay:p95") }),
		row("A2", func(r *spec.InventoryRow) { r.Reason = "no | sensor" }),
		row("A3", func(*spec.InventoryRow) {}))
	report, _ := coverage.Build(s, made(t, s))
	want := "3 rows: 1 covered, 1 with a reason, 1 open (floor 1)\nA All                 2 of  3; open: A3 (rule, panel)\n"
	if diff := cmp.Diff(want, report.Text()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	document := string(report.Markdown("made"))
	for _, line := range []string{
		"<!-- made -->",
		"| A1 | Fact A1 | `platform.name` | covered | `DelayHigh`, `DelayUnknown`, `voipbin:delay:p95` | `sip_session_request_delay_seconds` | Calls: Delay, Calls: Buckets |  |",
		`| A2 | Fact A2 | ` + "`platform.name`" + ` | no \| sensor |  |  |  |  |`,
		"| A3 | Fact A3 | `platform.name` | **open**: no rule, no panel |  |  |  |  |",
	} {
		if !strings.Contains(document, line+"\n") {
			t.Errorf("the document lacks %s\n%s", line, document)
		}
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`"state":"covered"`, `"missing":["rule","panel"]`, `"slos":[]`, `"floor":1`} {
		if !strings.Contains(string(data), text) {
			t.Errorf("JSON lacks %s: %s", text, data)
		}
	}
}

func TestGatherBadBoard(t *testing.T) {
	t.Parallel()
	_, err := coverage.Gather(inventory(0), metric.NewCatalogue(nil), nil, []coverage.Board{{Path: "dashboards/a.json", JSON: []byte("{")}})
	if err == nil || !strings.HasPrefix(err.Error(), "dashboards/a.json: ") {
		t.Errorf("want an error that names the board, got %v", err)
	}
}
