package foreign

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/inventory"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

// exposition is what services of a platform print, with the names and labels of those in the field.
const exposition = `# TYPE call_manager_event_publish_total counter
call_manager_event_publish_total{event_type="call_created"} 5
# TYPE call_manager_call_create_total counter
call_manager_call_create_total{direction="incoming",type="flow"} 5
# TYPE call_manager_channel_create_total counter
call_manager_channel_create_total{direction="incoming",tech="pjsip"} 5
# TYPE call_manager_channel_hangup_total counter
call_manager_channel_hangup_total{direction="incoming",type="call",reason="16"} 4
# TYPE customer_manager_signup_total counter
customer_manager_signup_total{status="success"} 3
customer_manager_signup_total{status="error"} 1
customer_manager_signup_total{status="validation_failed"} 1
# TYPE call_manager_request_process_time histogram
call_manager_request_process_time_bucket{target="x",resource="y",method="GET",le="50"} 1
call_manager_request_process_time_bucket{target="x",resource="y",method="GET",le="+Inf"} 1
call_manager_request_process_time_sum{target="x",resource="y",method="GET"} 1
call_manager_request_process_time_count{target="x",resource="y",method="GET"} 1
# TYPE schedule_manager_dispatch_total counter
schedule_manager_dispatch_total{schedule_name="backup",result="success"} 1
# TYPE tts_manager_request_total counter
tts_manager_request_total{provider="gcp",language="en"} 1
# TYPE api_manager_circuitbreaker_state gauge
api_manager_circuitbreaker_state{target="x"} 0
`

func checker(t *testing.T) *promql.Checker {
	t.Helper()
	seen := inventory.New()
	if err := seen.Read("metrics", strings.NewReader(exposition)); err != nil {
		t.Fatal(err)
	}
	return promql.NewChecker(metric.NewCatalogue(metric.Kamailio()), nil, promql.Options{Observed: seen.Observed()})
}

// TestServices has mistakes of the boards that VoIPBIN's services have: the catalogue alone finds them, without an exposition.
func TestServices(t *testing.T) {
	t.Parallel()
	c := promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{})
	for expr, want := range map[string]string{
		`sum by (type) (rate(call_manager_event_publish_total[5m]))`:                                          `has no label "type"`,
		`sum(rate(customer_manager_signup_total{status="failure"}[5m]))`:                                      `is never "failure"`,
		`histogram_quantile(0.95, sum(rate(call_manager_receive_request_process_time_bucket[5m])))`:           "needs the label le",
		`sum(call_manager_call_create_total)`:                                                                 "is read as a level",
		`sum(rate(call_manager_channel_create_total[5m])) - sum(rate(call_manager_channel_hangup_total[5m]))`: "the difference of the rates",
		`api_manager_circuit_breaker_state`:                                                                   "unknown metric",
		`sum by (event_type) (rate(call_manager_event_publish_total[$__rate_interval]))`:                      "",
	} {
		found, err := Check(c, "b.json", boardOf(expr))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !strings.Contains(found[0].What, want)) {
			t.Errorf("%s: want %q, got %v", expr, want, found)
		}
	}
}

// publishing are the services whose board groups published events by a label that they have not: who wrote the count of them down did not write which, so
// that the first 21 of the catalogue stand for them.
func publishing(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, f := range metric.All() {
		if strings.HasSuffix(f.Name, "_event_publish_total") {
			names = append(names, f.Name)
		}
	}
	if len(names) < 21 {
		t.Fatalf("want 21 services that publish events, got %d", len(names))
	}
	return names[:21]
}

// TestBrokenPanels has what was found wrong with the boards that VoIPBIN's services had on 2026-08-22 (31 boards, 268 panels), where a panel could show
// nothing, or not what it said: 24 group by a label that the metric has not, one asks for a value that the label never has. The faults are recorded, not the
// boards' JSON: the expressions are made of the metrics, the labels and the values that were told of each fault; of the two groupings by status
// the metrics were not told. The catalogue alone has to find each, and nothing where the fault is mended.
func TestBrokenPanels(t *testing.T) {
	t.Parallel()
	type fault struct{ expr, what, mended string }
	var faults []fault
	grouped := func(name, wrong, right string) {
		expr := func(label string) string { return "sum by (" + label + ") (rate(" + name + "[5m]))" }
		faults = append(faults, fault{expr(wrong), fmt.Sprintf("%q has no label %q", name, wrong), expr(right)})
	}
	for _, name := range publishing(t) {
		grouped(name, "type", "event_type")
	}
	grouped(metric.ScheduleManagerDispatch.Name, "status", "result")
	grouped(metric.CampaignManagerCampaigncallDone.Name, "status", "result")
	grouped(metric.TTSManagerSpeechLanguage.Name, "gender", "provider")
	faults = append(faults, fault{
		`sum(rate(customer_manager_signup_total{status="failure"}[5m]))`, `label "status" of "customer_manager_signup_total" is never "failure"`,
		`sum(rate(customer_manager_signup_total{status="error"}[5m]))`,
	})
	if len(faults) != 25 {
		t.Errorf("want 25 panels, got %d", len(faults))
	}
	c := promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{})
	for _, f := range faults {
		found, err := Check(c, "b.json", boardOf(f.expr, f.mended))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != 1 || found[0].Panel != "Panel 0" || !strings.Contains(found[0].What, f.what) {
			t.Errorf("%s: want %s and nothing of %s, got %v", f.expr, f.what, f.mended, found)
		}
	}
}

// boardOf is a board of version 27 with one panel for each query.
func boardOf(queries ...string) []byte {
	var panels []string
	for i, q := range queries {
		text, _ := json.Marshal(q) // a text always can be
		panels = append(panels, fmt.Sprintf(`{"id": %d, "type": "timeseries", "title": "Panel %d", "datasource": "Prometheus", "targets": [{"expr": %s}]}`, i, i, text))
	}
	return []byte(`{"title": "Board", "schemaVersion": 27, "panels": [` + strings.Join(panels, ",") + `]}`)
}

// TestKinds has each kind of mistake that boards in the field were found with, and beside it what is right.
func TestKinds(t *testing.T) {
	t.Parallel()
	c := checker(t)
	f := func(expr, want string) {
		t.Helper()
		found, err := Check(c, "b.json", boardOf(expr))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range found {
			got = append(got, strings.TrimPrefix(x.String(), "b.json: Board/Panel 0: "))
		}
		if text := strings.Join(got, "\n"); text != want {
			t.Errorf("%s: want %q, got %q", expr, want, text)
		}
	}
	f(`sum by (type) (rate(call_manager_event_publish_total[5m]))`, `"call_manager_event_publish_total" has no label "type": labels are "event_type", "instance" and "job"`)
	f(`sum by (event_type) (rate(call_manager_event_publish_total[5m]))`, "")
	f(`sum by (status) (rate(schedule_manager_dispatch_total[5m]))`, `"schedule_manager_dispatch_total" has no label "status": labels are "instance", "job", "result" and "schedule_name"`)
	f(`sum by (gender) (rate(tts_manager_request_total[5m]))`, `"tts_manager_request_total" has no label "gender": labels are "instance", "job", "language" and "provider"`)
	f(`sum(rate(customer_manager_signup_total{status="failure"}[5m]))`, `label "status" of "customer_manager_signup_total" is never "failure": values are "error", "success" and "validation_failed"`)
	f(`histogram_quantile(0.95, rate(call_manager_request_process_time_bucket[5m]))`, "")
	f(`histogram_quantile(0.95, sum(rate(call_manager_request_process_time_bucket[5m])))`, `histogram_quantile() needs the label le, which the expression does not have: group by (le) as well, or give it a native histogram, in histogram_quantile(0.95, sum(rate(call_manager_request_process_time_bucket[5m])))`)
	f(`histogram_quantile(0.95, sum by (le) (rate(call_manager_request_process_time_bucket[$__rate_interval])))`, "")
	f(`sum(call_manager_call_create_total)`, `counter "call_manager_call_create_total" is read as a level: wrap it in rate() or increase()`)
	f(`sum(rate(call_manager_channel_create_total[5m])) - sum(rate(call_manager_channel_hangup_total[5m]))`,
		"the difference of the rates of call_manager_channel_create_total and call_manager_channel_hangup_total is how fast a number changes, not the number: read a gauge, or subtract the counters themselves")
	f(`api_manager_circuit_breaker_state`, `unknown metric "api_manager_circuit_breaker_state": did you mean "api_manager_circuitbreaker_state"?`)
	f(`rate(api_manager_circuitbreaker_state[5m])`, `rate() of "api_manager_circuitbreaker_state", which is not a counter: it goes up and down: use delta(), deriv() or avg_over_time()`)
	f(`sum by (reason) (rate(call_manager_channel_hangup_total{namespace="bin-manager"}[5m]))`, "")
	f(`sum by (instance) (rate(kamailio_requests_received_total[5m]))`, "") // ours
	f(`sum(rate(call_manager_call_create_total[5m])`, `PromQL syntax: unclosed left parenthesis: in sum(rate(call_manager_call_create_total[5m])`)
	// Variables where they may stand.
	f(`sum(rate(call_manager_call_create_total{direction=~"$direction"}[$interval]))`, "")
	f(`sum(rate(call_manager_call_create_total{direction=~"[[direction]]"}[[[interval]]]))`, "")
	f(`topk($limit, sum by (direction) (rate(call_manager_call_create_total{type="$kind"}[5m])))`, "")
	f(`rate($metric[5m])`, "")
	f(`sum by ($by) (rate(call_manager_call_create_total[${window}]))`, "")
}

// TestShapes reads boards of the versions that there have been.
func TestShapes(t *testing.T) {
	t.Parallel()
	c := checker(t)
	f := func(data string, want ...string) {
		t.Helper()
		found, err := Check(c, "b.json", []byte(data))
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		var got []string
		for _, x := range found {
			got = append(got, x.Panel+": "+x.What)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	}
	const wrong, unknown = `"targets": [{"expr": "no_such"}]`, `unknown metric "no_such"`
	f(`{"title": "v8", "rows": [{"panels": [{"title": "In a row", `+wrong+`}]}]}`, "In a row: "+unknown)
	f(`{"title": "v16", "panels": [{"type": "row", "panels": [{"title": "Shut", `+wrong+`}]}, null]}`, "Shut: "+unknown)
	f(`{"meta": {}, "dashboard": {"title": "from the API", "panels": [{"id": 7, `+wrong+`}]}}`, "panel 7: "+unknown)
	f(`{"uid": "x", "panels": [{"title": "Logs", "datasource": {"type": "loki", "uid": "x"}, ` + wrong + `}]}`)
	f(`{"uid": "x", "panels": [{"title": "Named", "datasource": "Loki", ` + wrong + `}]}`)
	f(`{"uid": "x", "panels": [{"title": "A", "datasource": "${DS_PROMETHEUS}"}, {"title": "B", "targets": [{"datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}}]}]}`,
		`: the data source ${DS_PROMETHEUS} is defined nowhere, and asked 2 times, first by "A"`)
	f(`{"uid": "x", "__inputs": [{"name": "DS_PROMETHEUS"}], "panels": [{"title": "A", "datasource": "${DS_PROMETHEUS}"}]}`)
	f(`{"uid": "x", "templating": {"list": [{"name": "ds", "type": "datasource"}]}, "panels": [{"title": "A", "datasource": {"uid": "$ds"}}]}`)
	f(`{"uid": "x", "templating": {"list": [{"name": "kind", "type": "query", "query": "label_values(call_manager_call_create_total, typ)"},
	   {"name": "old", "type": "query", "query": {"query": "query_result(no_such)"}}, {"name": "all", "type": "query", "query": "metrics(.*)"}]}, "panels": []}`,
		`variable kind: call_manager_call_create_total has no label "typ"`, "variable old: "+unknown)
	f(`{"uid": "x", "annotations": {"list": [{"name": "deploys", "target": {"expr": "no_such"}}]}, "panels": []}`, "annotation deploys: "+unknown)
	f(`{"uid": "x", "panels": [{"title": "A", "targets": [{"expr": "sum by (direction) (rate(call_manager_call_create_total[5m]))", "legendFormat": "{{direction}} {{kind}}"}]}]}`,
		`A: the legend names the label "kind", which the result does not have`)
	f(`{"uid": "x", "panels": [{"title": "Net rate of channels", "targets": [{"expr": "sum(rate(call_manager_channel_create_total[5m])) - sum(rate(call_manager_channel_hangup_total[5m]))"}]}]}`)
	for _, text := range []string{"", "[]", "{}", `{"elements": {}}`, `{"panels": 3}`} {
		if _, err := Check(c, "b.json", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), "b.json: ") {
			t.Errorf("%q: want an error that names the file, got %v", text, err)
		}
	}
}

// Our own boards are right by this measure as well, save that the records of a spec are not known here.
func TestOwnBoards(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join("..", "..", "..", "dashboards", "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no boards: %v", err)
	}
	c := promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{TargetLabels: []string{"region", "farm", "node"}, Anchored: true})
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found, err := Check(c, name, data)
		if err != nil {
			t.Error(err)
		}
		for _, x := range found {
			if !strings.Contains(x.What, `unknown metric "voipbin:`) && !strings.Contains(x.What, `unknown metric "slo:`) {
				t.Error(x)
			}
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(boardOf("sum(rate(up[$x]))", "[[x]]"))
	f.Add([]byte(`{"rows": [{"panels": [{"targets": [{"expr": "$"}]}]}], "templating": {"list": [{"type": "query", "query": "label_values(a, b)"}]}}`))
	c := promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := Check(c, "x.json", data)
		for _, x := range found {
			if err != nil || x.What == "" || x.File != "x.json" {
				t.Errorf("want a place and words, got %+v, %v", x, err)
			}
		}
	})
}
