package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
)

func config() Config {
	return Config{
		Checker:   promql.NewChecker(metric.NewCatalogue(metric.All()), nil, promql.Options{}),
		UIDPrefix: "test-", Tag: "test", ScrapeInterval: 15 * time.Second,
		Colours: []string{"#3070a0", "#d08000", "#c03050"},
		Schemes: []string{"Cividis"}, ExemplarColour: "magenta",
		RunbookPrefix: "https://example.com/runbooks/", Runbooks: []string{"https://example.com/runbooks/There.md"},
	}
}

// histogramChecker is a checker that knows a histogram, which the catalogue has none of yet.
func histogramChecker() Checker {
	histogram := &metric.Family{Name: "kamailio_wait_seconds", Type: metric.Histogram, Unit: metric.Seconds, Buckets: []float64{0.1, 1}}
	return promql.NewChecker(metric.NewCatalogue(append(metric.All(), histogram)), nil, promql.Options{})
}

// tree is the good board as plain data, to be spoilt.
type tree map[string]any

func good(t *testing.T) tree {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "good.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out tree
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// set puts a value at a path such as panels.1.gridPos.x; nil removes the key.
func (tr tree) set(t *testing.T, path string, value any) {
	t.Helper()
	steps := strings.Split(path, ".")
	var node any = map[string]any(tr)
	for _, step := range steps[:len(steps)-1] {
		if items, ok := node.([]any); ok {
			i, err := strconv.Atoi(step)
			if err != nil {
				t.Fatal(err)
			}
			node = items[i]
		} else {
			node = node.(map[string]any)[step]
		}
	}
	last := steps[len(steps)-1]
	if items, ok := node.([]any); ok {
		i, err := strconv.Atoi(last)
		if err != nil {
			t.Fatal(err)
		}
		items[i] = value
	} else if value == nil {
		delete(node.(map[string]any), last)
	} else {
		node.(map[string]any)[last] = value
	}
}

func (tr tree) source(t *testing.T) Source {
	t.Helper()
	raw, err := json.Marshal(tr)
	if err != nil {
		t.Fatal(err)
	}
	return Source{Path: "dashboards/good.json", JSON: raw}
}

func TestGoodBoardPasses(t *testing.T) {
	t.Parallel()
	if problems := Run(config(), []Source{good(t).source(t)}); problems.Err() != nil {
		t.Errorf("want no problem, got:\n%v", problems)
	}
}

// planted is every kind of mistake that lint finds, by rule: an edit of the good board, and what is said about it.
func planted() map[string][]struct {
	path  string
	value any
	want  string
} {
	const (
		requests = "panels.1.targets.0.expr"
		memory   = "panels.2.fieldConfig.defaults."
	)
	steps := func(values ...any) []any {
		out := make([]any, len(values))
		for i, v := range values {
			out[i] = map[string]any{"color": "#3070a0", "value": v}
		}
		return out
	}
	return map[string][]struct {
		path  string
		value any
		want  string
	}{
		"keys-known": {
			{"titel", "x", `board: key "titel" is not known: did you mean "title"?`},
			{"templating.list.2.includeALL", true, `variable instance: key "includeALL" is not known`},
			{"annotations.list.1.query", "x", `annotation Alerts: key "query" is not known`},
			{"links.0.keeptime", true, `link 1: key "keeptime" is not known: did you mean "keepTime"?`},
			{"panels.1.discription", "x", `panel: key "discription" is not known: did you mean "description"?`},
			{"panels.1.targets.0.legend", "x", `query 1: key "legend" is not known`},
			{"panels.1.links.0.href", "x", `link 1: key "href" is not known`},
			{"panels.1.gridPos.width", 3, `gridPos: key "width" is not known`},
			{"panels.1.fieldConfig.default", 3, `fieldConfig: key "default" is not known`},
			{"panels.1.fieldConfig.defaults.units", "s", `fieldConfig.defaults: key "units" is not known`},
			{"panels.0.open", true, `row: key "open" is not known`},
		},
		"board-uid": {
			{"uid", "call-manager", `uid "call-manager" does not begin with "test-"`},
			{"uid", "test-a b", "want letters, digits"},
			{"uid", "test-" + strings.Repeat("x", 36), "has 41 characters"},
		},
		"board-words": {
			{"title", " ", "no title"},
			{"description", nil, "no description"},
			{"tags", []any{"other"}, `tag "test" is missing`},
		},
		"board-locked": {{"editable", true, "want editable false"}, {"editable", nil, "want editable false"}},
		"board-time": {
			{"time.from", nil, "want a time range"},
			{"time.from", "2026-01-01T00:00:00Z", "want a time range"},
			{"time.from", "now", "want a time range"},
			{"time.to", "now-6hours", "want a time range"},
		},
		"board-refresh": {
			{"refresh", "10s", "refresh 10s is faster than the scrape interval of 15s"},
			{"refresh", false, "refresh is false, want a text"},
			{"refresh", "often", `refresh "often" is not a duration`},
			{"timepicker.refresh_intervals.0", "5s", "refresh 5s is faster"},
		},
		"board-schema": {{"schemaVersion", 27, "schemaVersion 27 is older than 39"}},
		"variable-defined": {
			{requests, `up{instance=~"$node"}`, `variable "node" of panel Requests is not defined`},
			{"panels.1.title", "Requests of ${region:text}", `variable "region" of panel Requests of ${region:text} is not defined`},
			{"panels.1.links.0.url", "https://example.com/?${__url_time_rang}", `variable "__url_time_rang" of panel Requests is not defined`},
			{"panels.1.title", "Requests of ${__data.fieldz.x}", `variable "__data.fieldz.x" of panel Requests of ${__data.fieldz.x} is not defined`},
			{"panels.3.panels.0.fieldConfig.overrides.0.properties.0.value.0.url", "/d/test-good?a=${__field.label.x}", `variable "__field.label.x"`},
			{requests, "sum(rate(kamailio_requests_received_total[$__rate_intervall]))", `variable "__rate_intervall" of panel Requests is not defined`},
			{"links.1.title", "To $nowhere", `variable "nowhere" of link To $nowhere is not defined`},
		},
		"variable-used":  {{"templating.list.2.name", "host", `variable "host" is used nowhere`}},
		"variable-all":   {{"templating.list.2.allValue", "", `variable "instance": includeAll without allValue`}},
		"variable-fresh": {{"templating.list.2.refresh", 1, "refresh is 1, want 2"}, {"templating.list.2.label", "", "no label"}},
		"variable-datasource": {
			{"templating.list.2.datasource", "${DS_PROMETHEUS}", "variable instance: data source is ${DS_PROMETHEUS}, want an object"},
			{"templating.list.2.datasource", nil, "variable instance: data source is <nil>"},
			{"templating.list.2.datasource.uid", "abc", `uid "abc" is fixed`},
		},
		"variable-type": {
			{"templating.list.2.type", "querry", `variable "instance": type "querry" is not known`},
			{"templating.list.1.name", "datasource", `variable "datasource": want a name that no other has`},
			{requests, `sum(rate(kamailio_requests_received_total{instance="$instance"}[$__rate_interval]))`, `variable "instance" can stand for several values`},
			{requests, `sum(rate(kamailio_requests_received_total{job="a", instance!="${instance}"}[$__rate_interval]))`, "compared with =, want =~"},
		},
		"variable-query": {
			{"templating.list.2.query", "label_values(kamailio_upp, instance)", "unknown metric \"kamailio_upp\": did you mean \"kamailio_up\"?"},
			{"templating.list.2.query", "label_values(kamailio_up, node)", `kamailio_up has no label "node"`},
			{"templating.list.2.query", "label_values(instance)", "asks every series"},
			{"templating.list.2.query", "metrics(.*)", "is not label_values"},
		},
		"link-boards": {
			{"links.0.keepTime", false, "no menu of the boards"},
			{"links.0.tags", []any{"other"}, "no menu of the boards"},
		},
		"link-target": {
			{"links.1.url", "/d/test-gone", `leads to a board "test-gone" that is not generated`},
			{"links.1.title", "", "has no title"},
			{"links.1.url", "/d/test-good?var-node=a", `chooses by the variable "node", which the board "test-good" has not`},
			{"panels.1.links.0.url", "runbook.md", `leads to "runbook.md"`},
			{"panels.3.panels.0.fieldConfig.overrides.0.properties.0.value.0.url", "/d/other", `leads to a board "other"`},
		},
		"link-runbook": {{"panels.1.links.0.url", "https://example.com/runbooks/Gone.md", `leads to the runbook "Gone.md", which there is not`}},
		"annotation-alerts": {
			{"annotations.list.1.enable", false, "no annotation shows ALERTS"},
			{"annotations.list.1.expr", `ALERTS{alertstate="fired"}`, `is never "fired"`},
			{"annotations.list.1.datasource", "Prometheus", "data source is Prometheus, want an object"},
		},
		"panel-id": {
			{"panels.2.id", 2, `id 2 is also that of "Requests"`},
			{"panels.3.panels.0.id", 6, `id 6 is also that of "Processes"`},
			{"panels.1.id", 0, "id 0, want one above 0"},
		},
		"grid-bounds": {
			{"panels.2.gridPos.w", 13, "place 12,1 13x8 is not within 24 columns"},
			{"panels.2.gridPos.h", 0, "is not within"},
			{"panels.2.gridPos.x", -1, "is not within"},
			{"panels.2.gridPos", nil, "place none"},
		},
		"grid-overlap": {{"panels.2.gridPos.x", 11, `lies at 11,1 12x8 over "Requests" at 0,1 12x8`}},
		"row-filled": {
			{"panels.0.title", "", "the row has no title"},
			{"panels.3.panels", []any{}, "the row is empty"},
			{"panels.5.type", "row", "the row is empty"},
		},
		"panel-type":        {{"panels.2.type", "gage", `type "gage" is not known`}, {"panels.2.type", "graph", `type "graph" is not known`}},
		"panel-title":       {{"panels.2.title", "", "panel 3 has no title"}, {"panels.2.title", "Requests", "panel 2 has the same title"}},
		"panel-description": {{"panels.2.description", "Memory.", "the description has 1 sentences"}, {"panels.2.description", nil, "0 sentences"}},
		"panel-unit": {
			{memory + "unit", "percentunits", `unit "percentunits" is not known`},
			{memory + "unit", nil, "no unit"},
			{"panels.1.fieldConfig.overrides.1.properties.0.value", "req/s", `unit "req/s" of an override is not known`},
		},
		"unit-quantity": {
			{memory + "unit", "s", `query A: measures ratio and is shown in "s"`},
			{memory + "unit", "percent", `query A: measures ratio and is shown in "percent"`},
			{"panels.1.fieldConfig.defaults.unit", "bytes", `query A: measures a number of things per second and is shown in "bytes"`},
			{"panels.1.fieldConfig.overrides.1.properties.0.value", "binBps", `query B: measures a number of things per second and is shown in "binBps"`},
			{"panels.2.targets.0.expr", "max by (instance) (kamailio_shm_size_bytes)", `query A: measures bytes and is shown in "percentunit"`},
			{"panels.3.panels.0.fieldConfig.defaults.unit", "s", `query A: measures a number of things and is shown in "s"`},
			{"panels.3.panels.0.fieldConfig.overrides.0", map[string]any{
				"matcher": map[string]any{"id": "byName", "options": "Value"}, "properties": []any{map[string]any{"id": "unit", "value": "bytes"}},
			}, `query A: measures a number of things and is shown in "bytes"`},
		},
		"panel-text": {{"panels.5.options.content", " ", "want text"}, {"panels.5.options.mode", "html", "in the mode html"}},
		"panel-targets": {
			{"panels.2.targets", []any{}, "no query"},
			{"panels.1.targets.1.refId", "A", "two queries are called A"},
			{"panels.1.targets.1.refId", "", "query 2 has no letter"},
			{"panels.1.targets.1.expr", " ", "query B is empty"},
			{"panels.1.targets.1.hide", true, "query B is hidden"},
		},
		"panel-datasource": {
			{"panels.1.datasource", "${DS_PROMETHEUS}", "want an object with type and uid"},
			{"panels.1.datasource.uid", "P1809F7CD0C75ACF3", "is fixed, want a variable"},
			{"panels.1.datasource.type", nil, "has no type"},
			{"panels.1.targets.0.datasource.uid", "${logs}", `variable "logs" does not choose a data source of type "prometheus"`},
			{"panels.1.targets.0.datasource", nil, "query A: data source is <nil>"},
		},
		"look-thresholds": {
			{memory + "thresholds.steps", steps(nil, 0.9, 0.7), "threshold 3 does not rise"},
			{memory + "thresholds.steps", steps(0.5, 0.7), "the first threshold has a value"},
			{memory + "thresholds.steps", steps(nil, nil), "threshold 2 does not rise"},
		},
		"look-range": {{memory + "max", nil, "want min below max"}, {memory + "min", 1, "want min below max"}},
		"look-names": {
			{"panels.2.options.reduceOptions.calcs.0", "lastNotNul", `reducer "lastNotNul" is not known`},
			{"panels.1.options.legend.calcs.0", "average", `reducer "average" is not known`},
			{"panels.3.panels.0.transformations.0.id", "join", `transformation "join" is not known`},
			{"panels.1.fieldConfig.overrides.0.matcher.id", "byname", `matcher "byname" is not known`},
			{"panels.1.fieldConfig.overrides.0.properties.0.id", "colour", `property "colour" of an override is not known`},
		},
		"look-override": {
			{"panels.1.fieldConfig.overrides.1.matcher.options", "C", `an override is for query "C"`},
			{"panels.1.fieldConfig.overrides.0.matcher", map[string]any{"id": "byRegexp", "options": "invite.*"}, `the pattern "invite.*", want one between slashes`},
			{"panels.1.fieldConfig.overrides.0.matcher", map[string]any{"id": "byRegexp", "options": "/invite(/"}, `the pattern "/invite(/"`},
			{"panels.1.fieldConfig.overrides.0.matcher.options", "", "a series without a name"},
			{"panels.1.fieldConfig.overrides.0.properties", []any{}, `an override for "invite" sets nothing`},
		},
		"look-mapping": {{memory + "mappings", []any{map[string]any{"type": "values"}}, `mapping of type "values" is not known`}},
		"look-colour": {
			{memory + "thresholds.steps.1.color", "red", "colour red is not of the palette"},
			{"panels.1.fieldConfig.overrides.0.properties.0.value.fixedColor", "#ff0000", "colour #ff0000"},
			{"panels.1.fieldConfig.defaults.color.mode", "palette-classic", "scheme palette-classic"},
			{"panels.1.fieldConfig.overrides.0.properties.0.value", map[string]any{"mode": "continuous-RdYlGr"}, "scheme continuous-RdYlGr"},
			{"panels.1.options.color", map[string]any{"mode": "scheme", "scheme": "Spectral"}, "scheme Spectral"},
			{"panels.1.options.color", map[string]any{"mode": "opacity", "fill": "dark-orange"}, "colour dark-orange"},
			{"panels.1.options.exemplars", map[string]any{"color": "red"}, "colour red"},
			{"panels.3.panels.0.options.fixedColor", "red", "colour red"},
			{"annotations.list.1.iconColor", "red", "annotation Alerts: colour red"},
		},
		"query-promql": {
			{requests, "sum(rate(kamailio_requests_received_total[$__rate_interval])", "PromQL syntax"},
			{requests, "sum(rate(kamailio_request_received_total[$__rate_interval]))", `unknown metric "kamailio_request_received_total"`},
			{requests, "sum by (type) (rate(kamailio_requests_received_by_method_total[$__rate_interval]))", `has no label "type"`},
			{requests, "rate(kamailio_shm_size_bytes[$__rate_interval])", "kamailio_shm_size_bytes"},
			{requests, "kamailio_requests_received_total", "is read as a level"},
			{requests, "histogram_quantile(0.95, sum by (instance) (rate(sip_response_seconds_bucket[$__rate_interval])))", "needs the label le"},
			{requests, "sum by (le) (rate(kamailio_requests_received_total[$__rate_interval]))", "is no classic histogram"},
			{requests, "rate(sum(kamailio_requests_received_total)[10m:$__rate_interval])", "of a sum of counters"},
			{requests, "voipbin:no_such_record:ratio", `unknown metric "voipbin:no_such_record:ratio"`},
			{requests, `kamailio_dispatcher_set_targets{state="up"}`, `is never "up"`},
		},
		"query-interval": {
			{requests, "sum(rate(kamailio_requests_received_total[5m]))", "range [5m], want [$__rate_interval]"},
			{requests, "max_over_time(kamailio_up[1h:$__rate_interval])", "range [1h:$__rate_interval]"},
		},
		"query-step": {
			{"panels.1.targets.0.interval", nil, `query A: interval "", want 15s or more`},
			{"panels.1.targets.1.interval", "10s", `query B: interval "10s", want 15s or more`},
		},
		"query-mode": {
			{"panels.1.targets.0.range", false, "want one of instant and range"},
			{"panels.2.targets.0.range", true, "want one of instant and range"},
			{"panels.3.panels.0.targets.0.format", "time_series", "a table wants instant and the format table"},
			{"panels.2.targets.0", map[string]any{"refId": "A", "range": true, "expr": "up"}, "a gauge wants instant"},
			{"panels.1.targets.0", map[string]any{"refId": "A", "instant": true, "expr": "up"}, "a timeseries wants range"},
		},
		"query-legend": {
			{"panels.1.targets.0.legendFormat", "requests", "names no label"},
			{"panels.1.targets.0.legendFormat", "{{class}}", `the legend names label "class"`},
			{"panels.1.targets.1.legendFormat", "{{method}}", "queries A and B have the same legend"},
			{"panels.2.targets.0.legendFormat", nil, "names no label"},
		},
		"query-exemplar": {{"panels.1.targets.0.exemplar", true, "exemplar is true, want false"}},
	}
}

func TestPlantedMistakes(t *testing.T) {
	t.Parallel()
	all := planted()
	for _, rule := range Rules() {
		if len(all[rule.Name]) == 0 && rule.Name != "board-uid-unique" { // which takes two boards, see below
			t.Errorf("rule %s: want an example that breaks it, got none", rule.Name)
		}
		if rule.Description == "" || (rule.board == nil) == (rule.panel == nil) {
			t.Errorf("rule %s: want a description and one function", rule.Name)
		}
	}
	for rule, cases := range all {
		for _, tc := range cases {
			t.Run(rule+"/"+tc.path, func(t *testing.T) {
				t.Parallel()
				board := good(t)
				board.set(t, tc.path, tc.value)
				problems := Run(config(), []Source{board.source(t)})
				for _, p := range problems {
					if p.Rule == rule && strings.Contains(p.What, tc.want) {
						return
					}
				}
				t.Errorf("want %q, got:\n%v", tc.want, problems)
			})
		}
	}
}

func TestTwoBoardsOfOneUID(t *testing.T) {
	t.Parallel()
	first, second := good(t).source(t), good(t).source(t)
	second.Path = "dashboards/copy.json"
	want := Problems{{
		Path: "dashboards/copy.json", Board: "test-good", Rule: "board-uid-unique",
		What: `uid "test-good" is also that of dashboards/good.json`,
	}}
	if diff := cmp.Diff(want, Run(config(), []Source{first, second})); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestUnreadableBoards(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "[]", `{"panels": 5}`, `{"panels": [null]}`, `{"panels": [{"type": "row", "panels": [null]}]}`} {
		problems := Run(config(), []Source{{Path: "x.json", JSON: []byte(text)}})
		if len(problems) != 1 || problems[0].Rule != "readable" {
			t.Errorf("%q: want one problem of the rule readable, got %v", text, problems)
		}
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	board := good(t)
	board.set(t, "panels.1.targets.0.expr", "sum(rate(kamailio_requests_received_total[5m]))")
	board.set(t, "panels.1.targets.0.legendFormat", "some")
	f := func(e Exception, want string) {
		t.Helper()
		c := config()
		c.Exceptions = []Exception{e}
		if got := Run(c, []Source{board.source(t)}).Error(); got != want {
			t.Errorf("%+v: want %q, got %q", e, want, got)
		}
	}
	finding := `dashboards/good.json: panel "Requests": range [5m], want [$__rate_interval] (query-interval)`
	unneeded := `test-good: panel "Requests": the exception from "query-interval" is not needed, or has no reason (exception-stale)`
	f(Exception{Board: "test-good", Panel: "Requests", Rule: "query-interval", Reason: "the five minutes of the objective"}, "")
	f(Exception{Board: "test-good", Panel: "Requests", Rule: "query-interval"}, finding+"\n"+unneeded)
	f(Exception{Board: "test-good", Panel: "Memory", Rule: "query-interval", Reason: "x"}, finding+"\n"+strings.Replace(unneeded, "Requests", "Memory", 1))
}

func TestKnownUnits(t *testing.T) {
	t.Parallel()
	f := func(unit string, want bool) {
		t.Helper()
		if got := knownUnit(unit); got != want {
			t.Errorf("unit %q: want known %v, got %v", unit, want, got)
		}
	}
	f("", true)
	f("short", true)
	f("suffix: calls", true)
	f("currency:€", true)
	f("suffix:", false)
	f("percentunits", false)
	f("Short", false)
}

func TestGrafanaDuration(t *testing.T) {
	t.Parallel()
	f := func(text string, want time.Duration) {
		t.Helper()
		got, err := grafanaDuration(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: want %v, got %v, %v", text, want, got, err)
		}
	}
	f("30s", 30*time.Second)
	f("1h30m", 90*time.Minute)
	f("2d", 48*time.Hour)
	f("often", -1)
	f("d", -1)
}

func TestUses(t *testing.T) {
	t.Parallel()
	f := func(text string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, uses(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	f("no variable costs $5")
	f(`up{a=~"$one",b="${two}",c="${three:regex}"}[$__rate_interval]`, "one", "two", "three", "__rate_interval")
	f("${__data.fields.instance} ${__value.raw}", "__data", "__value")
	f(`${__data.fields[0]} ${__field.labels["a.b"]:percentencode} ${open`, "__data", "__field")
}

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	f := func(name string, want bool) {
		t.Helper()
		if got := builtIn(name); got != want {
			t.Errorf("%s: want built in %v, got %v", name, want, got)
		}
	}
	for _, name := range []string{"__url_time_range", "__from", "__value.raw", "__field.labels.pod", `__field.labels["a.b"]`, "__data.fields[3]", `__data.fields["Node"]`, "__data.fields.Node", "__user.login"} {
		f(name, true)
	}
	for _, name := range []string{"__url_time_rang", "__", "__value", "__value.row", "__data", "__data.fieldz.x", "__data.fields", "__data.fields.", "__data.fields[x]", "__field.labels[0]", "__from.x", "__user", "node"} {
		f(name, false)
	}
}

func TestProblemString(t *testing.T) {
	t.Parallel()
	f := func(p Problem, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
	f(Problem{Path: "a.json", Rule: "r", What: "w"}, "a.json: w (r)")
	f(Problem{Path: "a.json", Panel: "P", Rule: "r", What: "w"}, `a.json: panel "P": w (r)`)
}

func TestRanges(t *testing.T) {
	t.Parallel()
	f := func(input string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, ranges(input)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", input, diff)
		}
	}
	f("up")
	f("rate(x[5m])", "5m")
	f(`rate(x{a="[1m]",b='\'[2m]'}[ 5m ]) + y[$__rate_interval]`, "5m", "$__rate_interval")
	f("max_over_time(rate(x[1m])[1h:5m])", "1m", "1h:5m")
	f("x{a=`\\`}[3m]", "3m")
	f("x]")
}

// FuzzRun feeds anything to every rule: lint reads what others wrote, and must not panic on it.
func FuzzRun(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("testdata", "good.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"panels":[{"type":"row","panels":[{}]},{"fieldConfig":{"overrides":[{"properties":[{"id":"links","value":[1]}]}]}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range Run(config(), []Source{{Path: "x.json", JSON: data}}) {
			if p.Rule == "" || p.What == "" || p.Path != "x.json" {
				t.Errorf("want a rule, a place and words, got %+v", p)
			}
		}
	})
}

func TestAsksForBuckets(t *testing.T) {
	t.Parallel()
	f := func(expr string, want bool) {
		t.Helper()
		if got := asksForBuckets(expr); want != got {
			t.Errorf("%s: want %v, got %v", expr, want, got)
		}
	}
	f(`sum by (le) (increase(kamailio_wait_seconds_bucket{instance="a"}[5m]))`, true)
	f("increase(kamailio_wait_seconds_bucket[5m])", true)
	f("max(kamailio_wait_seconds_bucket)", true)
	f("kamailio_wait_seconds_bucket", true)
	f(`rate(stackdriver_gcs_bucket_storage_requests{job="a"}[5m])`, false)
	f("up", false)
}
