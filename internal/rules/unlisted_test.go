package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// loadSLOs reads objectives with the repository's platform.
func loadSLOs(t *testing.T, text string) *spec.Spec {
	t.Helper()
	folder := fstest.MapFS{"slos.yaml": {Data: []byte(text)}}
	for _, name := range []string{"platform.yaml", "alerts.yaml"} {
		data, err := os.ReadFile("../../spec/" + name)
		if err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	s, problems := spec.Load(folder, "spec")
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return s
}

// grouped is an objective of three groups.
func grouped(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "grouped", "slos.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// buildSLOs makes the rules of some objectives.
func buildSLOs(t *testing.T, text string) *Output {
	t.Helper()
	out, err := Build(loadSLOs(t, text), catalogue())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Each group has all that an objective has, and what no group has is told. The first group's rules and stories differ from those of a plain objective of
// the same expressions in no byte.
func TestGroupsAreObjectives(t *testing.T) {
	t.Parallel()
	text := grouped(t)
	out := buildSLOs(t, text)
	var names []string
	for _, f := range out.Files {
		if strings.HasPrefix(f.Path, "rules/slo_") {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(f.Path, "rules/slo_"), ".yaml"))
		}
	}
	want := []string{"api-groups", "api_bin_api_manager", "api_bin_api_manager-budget", "api_bin_call_manager", "api_bin_call_manager-budget", "api_bin_tts_manager", "api_bin_tts_manager-budget"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	before, rest, _ := strings.Cut(text, "    grouping:\n")
	_, rest, _ = strings.Cut(rest, "    sli:\n")
	plain := strings.NewReplacer("name: api\n", "name: api_bin_api_manager\n", "title: API answers\n", "title: 'API answers: bin-api-manager'\n", "$job", "bin-api-manager").Replace(before + "    sli:\n" + rest)
	alone := buildSLOs(t, plain)
	of := func(out *Output) (list []written) {
		for _, f := range whole(out) {
			if strings.Contains(f.Path, "slo_api_bin_api_manager") {
				list = append(list, f)
			}
		}
		return list
	}
	if diff := cmp.Diff(of(alone), of(out)); diff != "" || len(of(alone)) < 4 {
		t.Errorf("plain and grouped differ (-plain +grouped):\n%s", diff)
	}
	if diff := cmp.Diff(whole(out), whole(buildSLOs(t, text))); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
}

// What no group has is asked for of every counter that counts events, whatever signs the values have.
func TestUnlistedRule(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		var got []string
		for _, r := range rulesOf(t, buildSLOs(t, text)) {
			if strings.HasSuffix(r.Alert, "GroupUnknown") {
				got = append(got, r.Expr)
			}
		}
		want, err := promql.Format(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("rule (-want +got):\n%s", diff)
		}
	}
	sum := func(series string) string {
		return "sum by (job) (increase(" + series + "[1h])) > 0 or sum by (job) (" + series + " unless " + series + " offset 1h) > 0"
	}
	f(grouped(t), sum(`voipbin_http_requests_total{job!~"bin-api-manager|bin-call-manager|bin-tts\\.manager"}`))
	objective := func(by, values, sli string) string {
		return "slos:\n  - name: a\n    title: A\n    owner: voip\n    tier: scenario\n    objective: 99%\n    period: 30d\n    min_failures: 5\n" +
			"    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}\n    grouping: {by: " + by + ", values: [" + values + "]}\n    sli: " + sli + "\n"
	}
	f(objective("instance", "one", `{probe: 'sip_probe_success{instance="$instance"}'}`), `count by (instance) (present_over_time(sip_probe_success{instance!="one"}[1h])) > 0`)
	f(objective("job", "x", `{latency: {histogram: 'sip_response_seconds{job="$job",method="INVITE"}', threshold: 1s}}`),
		`sum by (job) (increase(sip_response_seconds_count{job!="x",method="INVITE"}[1h])) > 0 or sum by (job) (sip_response_seconds_count{job!="x",method="INVITE"} unless sip_response_seconds_count{job!="x",method="INVITE"} offset 1h) > 0`)
	f(objective("instance", "k-1", `{errors: 'sum(voipbin:call_setup_failures:increase$window{instance="$instance"})', total: 'sum(voipbin:call_setup_attempts:increase$window{instance="$instance"})'}`),
		`sum by (instance) (max_over_time(voipbin:call_setup_attempts:increase5m{instance!="k-1"}[1h])) > 0`)
	// A record that says how it is, is an event as well where it is 0: what is wholly down is told of.
	f(objective("instance", "one", `{time_slice: {good_when: 'voipbin:media_server_seen_up:max{instance="$instance"} > 0', known_when: 'voipbin:media_server_seen_up:max{instance="$instance"}'}}`),
		`count by (instance) (present_over_time(voipbin:media_server_seen_up:max{instance!="one"}[1h])) > 0`)
	f(objective("instance", "one", `{probe: 'voipbin:media_server_seen_up:max{instance="$instance"}'}`), `count by (instance) (present_over_time(voipbin:media_server_seen_up:max{instance!="one"}[1h])) > 0`)
	f(objective("instance", "one", `{time_slice: {good_when: 'sum(sip_probe_success{instance="$instance"}) > 0', known_when: 'sip_probe_success{instance="$instance"}'}}`),
		`count by (instance) (present_over_time(sip_probe_success{instance!="one"}[1h])) > 0`)
}

// Rules of groups pass promtool, and so do the stories about what no group has, of each kind of series, and those of a group.
func TestPromtoolGroups(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	text := grouped(t) + `  - name: reached
    title: Probed
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    grouping: {by: instance, values: [one, two]}
    sli: {probe: 'sip_probe_success{instance="$instance"}'}
    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}
  - name: seen
    title: Seen
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    grouping: {by: instance, values: [one]}
    sli: {time_slice: {good_when: 'voipbin:media_server_seen_up:max{instance="$instance"} > 0', known_when: 'voipbin:media_server_seen_up:max{instance="$instance"}'}}
    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}
  - name: setup
    title: Set up
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    grouping: {by: instance, values: [one]}
    sli: {errors: 'sum(voipbin:call_setup_failures:increase$window{instance="$instance"})', total: 'sum(voipbin:call_setup_attempts:increase$window{instance="$instance"})'}
    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}
    min_failures: 5
`
	out := buildSLOs(t, text)
	dir := writeFiles(t, whole(out))
	args := []string{"check", "rules", "--lint=all", "--lint-fatal"}
	for _, f := range out.Files {
		if strings.HasPrefix(f.Path, "rules/slo_") {
			args = append(args, filepath.Join(dir, f.Path))
		}
	}
	spent := run(t, tool, args...)
	for _, name := range []string{"slo_api-groups_test.yaml", "slo_reached-groups_test.yaml", "slo_seen-groups_test.yaml", "slo_setup-groups_test.yaml", "slo_api_bin_call_manager_test.yaml"} {
		took := run(t, tool, "test", "rules", filepath.Join(dir, "test", "promtool", name))
		t.Logf("%s: %s", name, took)
		spent += took
	}
	t.Logf("%s of processor time", spent.Round(10*time.Millisecond))
	for _, name := range []string{"ApiGroupUnknown", "ReachedGroupUnknown", "SeenGroupUnknown", "SetupGroupUnknown"} {
		proven := map[Proof]bool{}
		for _, story := range storiesOf(t, out) {
			for _, p := range story.Proves {
				proven[p] = proven[p] || story.Alert == name
			}
		}
		for _, p := range Proofs() {
			if !proven[p] {
				t.Errorf("no story of %s shows that it %s", name, p)
			}
		}
	}
}

// Where a label's values are known, a group of another is refused: it would have no events for ever.
func TestGroupsHaveKnownValues(t *testing.T) {
	t.Parallel()
	got := judgeFile(t, `slos:
  - name: quick
    title: Quick
    owner: voip
    tier: scenario
    objective: 99%
    period: 30d
    min_failures: 5
    traffic: {peak_per_hour: 40000, trough_per_hour: 4000}
    grouping: {by: method, values: [INVITE, OPTION, REGISTER]}
    sli: {latency: {histogram: 'sip_response_seconds{method="$method"}', threshold: 1s}}
`)
	want := []string{`error: spec/slos.yaml:11:60: label "method" of "sip_response_seconds_count" is never "OPTION": did you mean "OPTIONS"?`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A mistake that all groups share is told once, where it is, and what one group alone has wrong of that one.
func TestSharedMistakesAreToldOnce(t *testing.T) {
	t.Parallel()
	f := func(old, with string, want ...string) {
		t.Helper()
		text := strings.Replace(grouped(t), old, with, 1)
		if text == grouped(t) {
			t.Fatalf("%s does not stand there", old)
		}
		got := slices.DeleteFunc(judgeFile(t, text), func(line string) bool { return strings.Contains(line, "come without promtool tests") })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", with, diff)
		}
	}
	f("increase(voipbin_http_requests_total{job=\"$job\",", "increase(voipbin_http_request_total{job=\"$job\",",
		`error: spec/slos.yaml:15:28: unknown metric "voipbin_http_request_total": did you mean "voipbin_http_requests_total"?`)
	f("status=~\"5..\"", "state=~\"5..\"",
		`error: spec/slos.yaml:15:67: "voipbin_http_requests_total" has no label "state": labels are "farm", "instance", "job", "method", "node", "region" and "status"`)
	f("tiers: [{name: page_fast, severity: page, share: 2%, long: 1h, short: 5m}]", "tiers: [{name: page_fast, severity: page, share: 0.1%, long: 1h, short: 5m}]",
		`error: spec/slos.yaml:2:5: the page_fast alert of "api" would come at 0.72 times the pace that the objective allows: a share of at least 0.138888888889% for a window of 1h`,
		`error: spec/slos.yaml:12:11: the page_fast alert of "api_bin_call_manager" would come at 0.72 times the pace that the objective allows: a share of at least 0.138888888889% for a window of 1h`)
	f("trough_per_hour: 400}, min_failures: 3", "trough_per_hour: 4}, min_failures: 1",
		`warning: spec/slos.yaml:12:64: a single failure pages when "api_bin_call_manager" has 4 events an hour: set min_failures to 2 or more`)
}
