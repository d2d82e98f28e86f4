package rulelint_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/promql/rulelint"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// options know the catalogue, some records, and a server of the usual kind.
func options(records ...promql.Record) rulelint.Options {
	return rulelint.Options{
		Checker: promql.NewChecker(metric.NewCatalogue(metric.All()), records, promql.Options{TargetLabels: rules.TargetLabels()}),
		Scrape:  15 * time.Second, Retention: 30 * 24 * time.Hour,
	}
}

// texts are annotations that no check minds.
func texts(changed ...string) map[string]string {
	t := map[string]string{"summary": "It is down", "description": "It has been down.", "runbook_url": "https://example.org/It.md"}
	for i := 0; i+1 < len(changed); i += 2 {
		t[changed[i]] = changed[i+1]
	}
	return t
}

// alert is one that no check minds, with another expression.
func alert(expr string, change ...func(*rules.Rule)) rules.Rule {
	r := rules.Rule{Alert: "It", Expr: expr, For: "5m", Labels: map[string]string{"severity": "page"}, Annotations: texts()}
	for _, c := range change {
		c(&r)
	}
	return r
}

// record is one that no check minds, with another expression.
func record(expr string) rules.Rule { return rules.Rule{Record: "test:it:sum", Expr: expr} }

// failing are rules that each of pint's checks finds something wrong with, and what.
func failing() []struct {
	check, what string
	rules       []rules.Rule
} {
	type row = struct {
		check, what string
		rules       []rules.Rule
	}
	one := func(check, what string, list ...rules.Rule) row { return row{check, what, list} }
	waits := func(d string) func(*rules.Rule) { return func(r *rules.Rule) { r.For = d } }
	says := func(name, text string) func(*rules.Rule) {
		return func(r *rules.Rule) { r.Annotations = texts(name, text) }
	}
	return []row{
		one("alerts/absent", "absent() without a for of two scrapes", alert(`absent(kamailio_up)`, waits("15s"))),
		one("alerts/annotation", "no description", alert(`kamailio_up == 0`, says("description", " "))),
		one("alerts/comparison", "the expression compares nothing", alert(`sum(kamailio_up)`)),
		one("alerts/for", "for is 0s", alert(`kamailio_up == 0`, waits("0s"))),
		one("alerts/template", "summary: the alert has no label cause", alert(`kamailio_up == 0`, says("summary", "{{ $labels.cause }}"))),
		one("alerts/template", "summary: template: summary:1: unclosed action", alert(`kamailio_up == 0`, says("summary", "{{ $value"))),
		one("alerts/template", `summary: unknown metric "kamailio_upp"`, alert(`kamailio_up == 0`, says("summary", `{{ query "kamailio_upp" }}`))),
		one("promql/counter", `counter "kamailio_requests_received_total" is read as a level`, alert(`kamailio_requests_received_total > 5`)),
		one("promql/features", "the anchored modifier needs Prometheus 3.16", record(`sum(increase(kamailio_requests_received_total[5m] anchored))`)),
		one("promql/fragile", "topk() chooses other series at each evaluation", alert(`topk(3, kamailio_dialogs > 0)`)),
		one("promql/fragile", "two aggregations are compared without for", alert(`sum(kamailio_up) / sum(up) < 0.5`, waits(""))),
		one("promql/impossible", "no series of kamailio_up has all that is asked for", alert(`kamailio_up{instance="a",instance="b"} == 0`)),
		one("promql/nan", "a division by zero would spoil the aggregation around it: kamailio_up / kamailio_up", record(`sum(kamailio_up / kamailio_up)`)),
		one("promql/offset", "an offset of 960h0m0s, and samples are kept for 720h0m0s", record(`sum(kamailio_up offset 40d)`)),
		one("promql/range_query", "a range of 960h0m0s, and samples are kept for 720h0m0s", record(`sum(max_over_time(kamailio_up[40d]))`)),
		one("promql/rate", "rate() over 15s holds fewer than two scrapes", record(`sum(rate(kamailio_requests_received_total[15s]))`)),
		one("promql/rate", `rate() of "kamailio_dialogs", which is not a counter`, record(`sum(rate(kamailio_dialogs[5m]))`)),
		one("promql/regexp", `instance=~"a" holds no pattern`, record(`sum(kamailio_up{instance=~"a"})`)),
		one("promql/regexp", `instance=~"^a.*" names ends that are there anyway`, record(`sum(kamailio_up{instance=~"^a.*"})`)),
		one("promql/series", `unknown metric "kamailio_upp"`, record(`sum(kamailio_upp)`)),
		one("promql/syntax", "PromQL syntax: unclosed left parenthesis", record(`sum(kamailio_up`)),
		one("promql/vector_matching", `the sides never match: only the left has "state"`, record(`sum(kamailio_dialogs + kamailio_up)`)),
		one("rule/dependency", "test:gone:sum is made by no rule", record(`test:gone:sum`)),
		one("rule/dependency", "test:later:sum is made after it is read", record(`test:later:sum`), rules.Rule{Record: "test:later:sum", Expr: `sum(kamailio_up)`}),
		one("rule/duplicate", "it is in group test already", record(`sum(kamailio_up)`), record(`count(kamailio_up)`)),
		one("rule/for", "for is 2d", alert(`kamailio_up == 0`, waits("2d"))),
		one("rule/label", "no severity", alert(`kamailio_up == 0`, func(r *rules.Rule) { r.Labels = nil })),
		one("rule/link", "the runbook's address is runbook.md", alert(`kamailio_up == 0`, says("runbook_url", "runbook.md"))),
		one("rule/name", "a record is level:metric:operation", rules.Rule{Record: "sum_of_it", Expr: `sum(kamailio_up)`}),
		one("rule/owner", "no owner", alert(`kamailio_up == 0`, func(r *rules.Rule) { r.Labels = map[string]string{"severity": "page", "slo": "a"} })),
	}
}

// Each check finds what it is about, and of the rule that is as it should be nothing is found.
func TestChecks(t *testing.T) {
	t.Parallel()
	judge := func(interval string, list ...rules.Rule) []rulelint.Finding {
		file := rules.RuleFile{Groups: []rules.Group{{Name: "test", Interval: interval, Rules: list}}}
		return rulelint.Judge([]rules.RuleFile{file}, options(promql.Record{Name: "test:later:sum"}))
	}
	if got := judge("", alert(`kamailio_up == 0`), record(`sum(kamailio_up / (kamailio_up > 0)) + sum(kamailio_up / clamp_min(kamailio_up, 1))`)); len(got) > 0 {
		t.Errorf("found in what is right: %v", got)
	}
	shown := map[string]bool{}
	for _, row := range failing() {
		got := judge("", row.rules...)
		if !slices.ContainsFunc(got, func(f rulelint.Finding) bool { return f.Check == row.check && f.What == row.what }) {
			t.Errorf("%s: want %q, got %v", row.check, row.what, got)
		}
		shown[row.check] = true
	}
	if got := judge("10m", record(`sum(kamailio_up)`)); !slices.Contains(got, rulelint.Finding{Check: "group/interval", Group: "test", Rule: "test:it:sum", What: "the group is evaluated every 10m"}) {
		t.Errorf("of a group that is evaluated every 10m: %v", got)
	}
	shown["group/interval"] = true
	for _, c := range rulelint.Checks() {
		if !shown[c.Name] {
			t.Errorf("no rule shows what %s finds", c.Name)
		}
	}
}

// Each check of pint 0.87 is judged, or has a reason why not.
func TestEveryCheckOfPint(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`alerts/absent alerts/annotation alerts/comparison alerts/count alerts/external_labels alerts/for alerts/template group/interval
		labels/conflict promql/aggregate promql/counter promql/features promql/fragile promql/impossible promql/nan promql/offset promql/performance
		promql/range_query promql/rate promql/regexp promql/selector promql/series promql/syntax promql/vector_matching query/cost rule/dependency
		rule/duplicate rule/for rule/label rule/link rule/name rule/owner rule/reject rule/report yaml/parse`)
	got := slices.Collect(maps.Keys(rulelint.Skipped()))
	for _, c := range rulelint.Checks() {
		got = append(got, c.Name)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// excused are findings that are meant so: by check, and the begin of the rule's name.
func excused() map[[2]string]string {
	return map[[2]string]string{
		{"alerts/comparison", "Watchdog"}:               "it fires all the time, so that its silence is heard",
		{"alerts/comparison", "ServicePodDoesNotEnd"}:   "the series of an endpoint is there only while it is one: its value is always 1",
		{"alerts/comparison", "RedisNotAsSpecified"}:    "the series of a version is 1 while the server has it, and is chosen by its label",
		{"alerts/comparison", "RabbitMQNotAsSpecified"}: "the series of a version is 1 while the server has it, and is chosen by its label",
		{"promql/counter", "slo:sli_errors_born:"}:      "what a counter begins with is its level",
		{"promql/counter", "slo:sli_events_born:"}:      "what a counter begins with is its level",
		{"promql/counter", "ApiGroupUnknown"}:           "what a counter begins with is its level",
		{"promql/counter", "slo:sli_errors_returned:"}:  "what a counter grew by while it was away is a difference of levels",
		{"promql/counter", "slo:sli_events_returned:"}:  "what a counter grew by while it was away is a difference of levels",
	}
}

// grouped are objectives that are groups of one, of which the repository's own spec has none, and of a probe.
func grouped(t *testing.T) []spec.SLO {
	t.Helper()
	folder := fstest.MapFS{}
	for name, file := range map[string]string{"platform.yaml": "../../../spec/platform.yaml", "alerts.yaml": "../../../spec/alerts.yaml", "slos.yaml": "../../rules/testdata/grouped/slos.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	folder["slos.yaml"].Data = append(folder["slos.yaml"].Data, `  - name: probed
    title: Probed
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    grouping: {by: instance, values: [one]}
    sli: {probe: 'sip_probe_success{instance="$instance"}'}
    traffic: {peak_per_hour: 60, trough_per_hour: 60}
    min_failures: 5
`...)
	s, problems := spec.Load(folder, "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s.SLOs
}

// Nothing is found in any rule that this repository generates, nor in those of groups.
func TestGeneratedRulesAreClean(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "..", "spec")), "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s.SLOs = append(s.SLOs, grouped(t)...)
	catalogue := metric.NewCatalogue(metric.All())
	out, err := rules.Build(s, catalogue)
	if err != nil {
		t.Fatal(err)
	}
	var files []rules.RuleFile
	for _, f := range out.Files {
		files = append(files, f.Make())
	}
	p := s.Platform.Prometheus
	found := rulelint.Judge(files, rulelint.Options{Checker: out.Checker(catalogue, s), Scrape: p.ScrapeInterval, Retention: p.Retention})
	used := map[[2]string]bool{}
	for _, f := range found {
		excuse := [2]string{}
		for e := range excused() {
			if e[0] == f.Check && strings.HasPrefix(f.Rule, e[1]) {
				excuse = e
			}
		}
		if used[excuse] = true; excuse == [2]string{} {
			t.Errorf("%s of %s in %s: %s", f.Check, f.Rule, f.Group, f.What)
		}
	}
	for e := range excused() {
		if !used[e] {
			t.Errorf("nothing is found of %v any more", e)
		}
	}
}
