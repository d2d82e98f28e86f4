package rules

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// oneLine joins an expression's lines.
func oneLine(expr string) string { return strings.Join(strings.Fields(expr), " ") }

// alertRules lists the rules of an alert: how long they hold, their labels and their expressions.
func alertRules(t *testing.T, out *Output, name string) []string {
	t.Helper()
	var got []string
	for _, r := range rulesOf(t, out) {
		if r.Alert == name {
			got = append(got, strings.TrimSpace(r.For+" "+labelText(r.Labels)+" "+oneLine(r.Expr)))
		}
	}
	return got
}

// The rules of the Kamailio alerts as a reviewer should see them. KamailioDown has a test of its own.
func TestKamailioAlertRules(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Alerts.Kamailio.DownFor, s.Alerts.Kamailio.Capacity = time.Minute, spec.Limits{Warn: 0.7, Page: 0.85, For: 5 * time.Minute}
	})
	f := func(name string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, alertRules(t, out, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("KamailioCapacityHigh",
		`5m {severity="ticket"} voipbin:sip_proxy_capacity_used:ratio > 0.7`,
		`5m {severity="page"} voipbin:sip_proxy_capacity_used:ratio > 0.85`)
	f("KamailioDispatcherSetDown",
		`1m {severity="page"} sum by (job, instance, set) (kamailio_dispatcher_set_targets{state=~"active|trying"}) == 0 `+
			`and sum by (job, instance, set) (kamailio_dispatcher_set_targets) > 0`)
	f("KamailioDispatcherTargetDown",
		`5m {severity="ticket"} kamailio_dispatcher_target_state{state="inactive"} == 1 unless on (job, instance, set) `+
			`( sum by (job, instance, set) (kamailio_dispatcher_set_targets{state=~"active|trying"}) == 0 `+
			`and sum by (job, instance, set) (kamailio_dispatcher_set_targets) > 0 )`)
	f("KamailioSharedMemoryLow", `10m {severity="ticket"} kamailio_shm_free_bytes / kamailio_shm_size_bytes < 0.1`)
	f("KamailioCollectorFailing", `10m {severity="ticket"} kamailio_exporter_collector_success == 0 and on (job, instance) kamailio_up == 1`)
	f("KamailioCallSetupDataMissing", `15m {severity="ticket"} kamailio_up == 1 unless on (instance) voipbin:call_setup_attempts:increase5m`)
}

// Alertmanager compares job and instance to tell which alerts a proxy that is down explains; whatever is about one proxy
// must have both.
func TestAlertsOfOneProxyNameIt(t *testing.T) {
	t.Parallel()
	out := buildSpec(t)
	checker := out.Checker(catalogue(), loadSpec(t))
	for _, r := range rulesOf(t, out) {
		if !strings.HasPrefix(r.Alert, "Kamailio") || r.Alert == "KamailioCapacityHigh" || r.Labels["cause"] == downMissing {
			continue
		}
		labels := strings.Join(checker.Labels(r.Expr), " ")
		if !strings.Contains(labels, "instance") || !strings.Contains(labels, "job") {
			t.Errorf("%s lacks job or instance: %s", r.Alert, labels)
		}
	}
}

// Thresholds come from the spec, and from nowhere else.
func TestThresholdsComeFromTheSpec(t *testing.T) {
	t.Parallel()
	out := buildSpec(t, func(s *spec.Spec) {
		s.Alerts.Kamailio.DownFor, s.Alerts.Kamailio.Capacity = 90*time.Second, spec.Limits{Warn: 0.5, Page: 0.66, For: 20 * time.Minute}
		s.Platform.SIPProxies.CallsPerNode = 700
		s.Platform.SIPProxies.Nodes = append(s.Platform.SIPProxies.Nodes, spec.Node{Name: "kamailio-4", Region: "us-central1"})
		s.Platform.RunbookURL = "https://example.org/books/"
	})
	for _, line := range alertRules(t, out, "KamailioDown") {
		if !strings.HasPrefix(line, "1m30s ") {
			t.Errorf("want 1m30s, got %s", line)
		}
	}
	want := []string{
		`20m {severity="ticket"} voipbin:sip_proxy_capacity_used:ratio > 0.5`,
		`20m {severity="page"} voipbin:sip_proxy_capacity_used:ratio > 0.66`,
	}
	if diff := cmp.Diff(want, alertRules(t, out, "KamailioCapacityHigh")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, r := range rulesOf(t, out) {
		if r.Record == capacityUsed && !strings.Contains(oneLine(r.Expr), "sum(voipbin:concurrent_calls:sum) / 2100 unless") {
			t.Errorf("want a capacity of three times 700, got %s", r.Expr)
		}
		if r.Alert != "" && r.Annotations["runbook_url"] != "https://example.org/books/"+r.Alert+".md" {
			t.Errorf("%s has runbook %s", r.Alert, r.Annotations["runbook_url"])
		}
	}
}

// The share of calls in the stories must be one that whole calls on each node can have, at or just below what was asked.
func TestCallsEach(t *testing.T) {
	t.Parallel()
	k := &kamailioTier{watched: watched{nodes: make([]spec.Node, 3)}, callsPerNode: 5000}
	f := func(share, want float64) {
		t.Helper()
		if got := k.callsEach(share); got != want {
			t.Errorf("%v: want %v, got %v", share, want, got)
		}
	}
	f(0.7, 2333)
	f(0.85, 2833)
	f(1, 3333)
	f(0, 0)
	if k.capacity() != 10000 || k.survivors() != 2 {
		t.Errorf("want 10000 calls on 2 nodes, got %d on %d", k.capacity(), k.survivors())
	}
}
