package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// The rules of the RTPEngine alerts as a reviewer should see them.
func TestRTPEngineAlertRules(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	f := func(name string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, alertRules(t, out, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("RTPEngineCapacityHigh",
		`5m {severity="ticket"} voipbin:media_proxy_capacity_used:ratio > 0.7`,
		`5m {severity="page"} voipbin:media_proxy_capacity_used:ratio > 0.85`)
	f("RTPEnginePortsLow",
		`1m {severity="ticket"} 1 - rtpengine_port_pool_free_pairs / (rtpengine_port_pool_ports / 2) > 0.8`,
		`1m {severity="page"} 1 - rtpengine_port_pool_free_pairs / (rtpengine_port_pool_ports / 2) > 0.95`)
	const offers = `voipbin:media_offers_failed:increase5m / voipbin:media_offers:increase5m > `
	f("RTPEngineOffersFailing",
		`1m {severity="ticket"} `+offers+`0.001 and voipbin:media_offers_failed:increase5m >= 5`,
		`1m {severity="page"} `+offers+`0.01 and voipbin:media_offers_failed:increase5m >= 5`)
	f("RTPEngineOffloadLost",
		`10m {severity="ticket"} voipbin:media_userspace:ratio - voipbin:media_userspace_usual:ratio > 0.2 and on (instance) voipbin:media_streams:sum >= 20`)
	f("RTPEngineViewDiffers",
		`2m {cause="shunned", severity="ticket"} voipbin:media_proxy_seen_up:max == 0 and on (instance) rtpengine_up == 1`,
		`2m {cause="trusted", severity="ticket"} voipbin:media_proxy_seen_up:max == 1 and on (instance) rtpengine_up == 0`)
}

// A score that is no bucket bound cannot be judged, and the place in the spec says so.
func TestScoreMustBeABound(t *testing.T) {
	t.Parallel()
	f := func(mos float64, want string) {
		t.Helper()
		s := loadSpec(t)
		s.Alerts.RTPEngine.Quality.MOS, s.Alerts.RTPEngine.Quality.MOSPos = mos, diag.Position{File: "spec/alerts.yaml", Line: 7, Col: 9}
		_, err := Build(s, catalogue())
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%v: want %q, got %q", mos, want, got)
		}
	}
	const what = " is no bucket bound of rtpengine_stream_mos, so that nobody can tell how many streams are below: "
	f(3.6, "")
	f(3.7, "spec/alerts.yaml:7:9: 3.7"+what+"the nearest are 3.6 and 4")
	f(1.2, "spec/alerts.yaml:7:9: 1.2"+what+"take 1.5")
	f(4.9, "spec/alerts.yaml:7:9: 4.9"+what+"take 4.4")
}

// A platform without media proxies gets nothing about them, and one whose spec has no control addresses no comparison.
func TestTiersThatAreNotThere(t *testing.T) {
	t.Parallel()
	none := buildSpec(t, func(s *spec.Spec) { s.Platform.MediaProxies = spec.MediaProxyTier{} })
	for _, f := range none.Files {
		if f.Path == "rules/rtpengine.yaml" {
			t.Errorf("%s is made for a platform without RTPEngine", f.Path)
		}
	}
	blind := buildSpec(t, func(s *spec.Spec) {
		for i := range s.Platform.MediaProxies.Nodes {
			s.Platform.MediaProxies.Nodes[i].Control = ""
		}
	})
	for _, r := range rulesOf(t, blind) {
		if strings.Contains(r.Expr+r.Record, mediaProxySeen) || r.Alert == "RTPEngineViewDiffers" {
			t.Errorf("%s%s compares views that nobody has", r.Record, r.Alert)
		}
	}
}

// Real engines ran out of ports while rtpengine_exporter watched; testdata has what it told. The alerts must page for that, and
// must be silent before and after.
func TestExhaustedEnginesPage(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	recordings, err := filepath.Glob("testdata/rtpengine_exhaustion_*.txt")
	if err != nil || len(recordings) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range recordings {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			out := buildSpec(t)
			// The recordings begin to exhaust the pool at 5m and end it at 13m.
			const early, exhausted, end, over = 3*time.Minute + 45*time.Second, 8 * time.Minute, 12*time.Minute + 45*time.Second, 19*time.Minute + 45*time.Second
			firing := func(at time.Duration, want ...string) ExprTest {
				// The calls of the recordings carry no media, and the alert about silent calls says so all the time.
				e := ExprTest{Expr: `count by (alertname, severity) (ALERTS{alertstate="firing",alertname!="RTPEngineSilentCalls"})`, EvalTime: slo.FormatDuration(at), Expected: []ExpectedSample{}}
				for _, w := range want {
					name, severity, _ := strings.Cut(w, " ")
					e.Expected = append(e.Expected, ExpectedSample{Labels: labelText(map[string]string{"alertname": name, "severity": severity}), Value: 1})
				}
				return e
			}
			both := []string{"RTPEngineOffersFailing page", "RTPEngineOffersFailing ticket", "RTPEnginePortsLow page", "RTPEnginePortsLow ticket"}
			story := TestGroup{
				Name: filepath.Base(file), Interval: slo.FormatDuration(storyStep), InputSeries: recorded(t, file),
				ExprTests: []ExprTest{firing(early), firing(exhausted, both...), firing(end, both...), firing(over)},
			}
			test := testFile("exhaustion_test.yaml", storyStep, []string{"rtpengine.yaml"}, nil, told(story))
			dir := writeFiles(t, append(ruleFiles(out), written{test.Path, test.Make()}))
			run(t, tool, "test", "rules", filepath.Join(dir, test.Path))
		})
	}
}

// recorded reads a recording as the series of the first engine of the spec, the others being well.
func recorded(t *testing.T, file string) []TestSeries {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := loadSpec(t)
	nodes := s.Platform.MediaProxies.Nodes
	target := func(n spec.Node) string {
		l := labelText(map[string]string{"job": rtpengineJob, "instance": n.Name, "node": n.Name, "region": n.Region})
		return strings.TrimSuffix(l, "}")
	}
	var list []TestSeries
	steps := 0
	for line := range strings.Lines(string(text)) {
		name, values, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		name, own, _ := strings.Cut(name, "{")
		labels := target(nodes[0])
		if own != "" {
			labels += ", " + strings.TrimSuffix(own, "}")
		}
		list = append(list, TestSeries{Series: name + labels + "}", Values: values})
		steps = len(strings.Fields(values))
	}
	well := gauge(storyStep, phase{length: time.Duration(steps) * storyStep, value: 1})
	for i, n := range nodes {
		list = append(list, TestSeries{Series: "up" + target(n) + "}", Values: well})
		if i > 0 {
			list = append(list, TestSeries{Series: "rtpengine_up" + target(n) + "}", Values: well})
		}
	}
	return list
}
