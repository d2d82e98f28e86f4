package rules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// loadProfile reads the repository's spec with a profile, its first objective alone.
func loadProfile(t *testing.T, profile string) *spec.Spec {
	t.Helper()
	s, problems := spec.LoadProfile(os.DirFS("../../spec"), "spec", profile)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s.SLOs = s.SLOs[:1]
	return s
}

// serviceRules are the rules about what services say of themselves, by what they record or alert about and by their labels.
func serviceRules(t *testing.T, s *spec.Spec) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, r := range servicesOf(s, links{}, catalogue()).rules {
		expr, err := promql.Format(r.Expr)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.ReplaceAll(r.Record+r.Alert+labelText(r.Labels), ", ", ",")
		if _, twice := got[name]; twice {
			t.Errorf("%s is made twice", name)
		}
		got[name] = strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(strings.Fields(expr), " "))
	}
	return got
}

// What services really export is asked under each one's name and told apart by its job; milliseconds are made seconds; what a circuit breaker
// keeps back is a request that fails.
func TestRecordsOfRealNames(t *testing.T) {
	t.Parallel()
	got := serviceRules(t, loadProfile(t, "monorepo"))
	for name, want := range map[string]string{
		`voipbin:service_requests:increase5m{job="call-manager",protocol="rpc"}`: `sum without (side) (label_replace(` +
			`sum(increase(call_manager_request_process_time_count{job="call-manager"}[5m] anchored)), "side", "first", "", "") or ` +
			`sum(increase(call_manager_circuitbreaker_rejected_total{job="call-manager"}[5m] anchored)))`,
		`voipbin:service_errors:increase5m{job="call-manager",protocol="rpc"}`: `sum(increase(call_manager_circuitbreaker_rejected_total{job="call-manager"}[5m] anchored)) ` +
			`or on () 0 * voipbin:service_requests:increase5m{job="call-manager",protocol="rpc"}`,
		`voipbin:service_latency:seconds_p95_5m{job="call-manager",protocol="rpc"}`: `histogram_quantile(0.95, ` +
			`sum by (le) (increase(call_manager_request_process_time_bucket{job="call-manager"}[5m] anchored))) / 1000`,
		// Copied sources write under another's name.
		`voipbin:service_requests:increase5m{job="email-manager",protocol="rpc_served"}`: `sum(increase(flow_manager_receive_request_process_time_count{job="email-manager"}[5m] anchored))`,
		`voipbin:service_requests:increase5m{job="flow-manager",protocol="rpc_served"}`:  `sum(increase(flow_manager_receive_request_process_time_count{job="flow-manager"}[5m] anchored))`,
		// A load balancer's series do not name the service.
		`voipbin:service_requests:increase5m{job="api-manager",protocol="http"}`: `sum(increase(stackdriver_https_lb_rule_loadbalancing_googleapis_com_https_request_count[5m] anchored))`,
		`voipbin:service_calls_ended:increase5m{job="call-manager"}`:             `sum by (direction, reason) (increase(call_manager_call_hangup_total{job="call-manager"}[5m] anchored))`,
		`voipbin:service_error:ratio5m`:                                          `voipbin:service_errors:increase5m / (voipbin:service_requests:increase5m > 0)`,
	} {
		if diff := cmp.Diff(want, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for name := range got {
		if strings.Contains(name, `job="api-manager",protocol="rpc_served"`) {
			t.Errorf("want no rule of what api-manager does not export, got %s", name)
		}
	}
}

// What a profile says that nobody exports has no rule.
func TestAbsentSignalsHaveNoRules(t *testing.T) {
	t.Parallel()
	for name := range serviceRules(t, loadProfile(t, "compose-single-host")) {
		if strings.Contains(name, `protocol="http"`) {
			t.Errorf("want no rule about HTTP, got %s", name)
		}
	}
	for name := range serviceRules(t, loadProfile(t, "seed")) {
		if strings.Contains(name, "events") || strings.Contains(name, "rpc_served") {
			t.Errorf("want no rule of what the page does not list, got %s", name)
		}
	}
	s := loadProfile(t, "monorepo")
	for i := range s.Profile.Signals {
		signal := &s.Profile.Signals[i]
		signal.Metric, signal.Exceptions, signal.LabelNames, signal.Absent = "", nil, make([]string, len(signal.Labels)), "nobody tells"
	}
	if got := serviceRules(t, s); len(got) > 0 {
		t.Errorf("want no rule where nothing is mapped, got %v", got)
	}
}

// Profiles differ in how series are shaped: one name for all with a status, labels of other names, exceptions of a shared name.
func TestShapesOfSignals(t *testing.T) {
	t.Parallel()
	f := func(name, want string, change func(s *spec.Spec, signal func(string) *spec.Signal)) {
		t.Helper()
		s := loadProfile(t, "monorepo")
		change(s, func(name string) *spec.Signal {
			return &s.Profile.Signals[slices.IndexFunc(s.Profile.Signals, func(o spec.Signal) bool { return o.Name == name })]
		})
		if diff := cmp.Diff(want, serviceRules(t, s)[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	shared := func(signal *spec.Signal, metric string, labels ...string) {
		signal.Metric, signal.Of, signal.Exceptions, signal.LabelNames = metric, "", nil, labels
	}
	f(`voipbin:service_errors:increase5m{protocol="rpc"}`,
		`sum by (job) (increase(voipbin_rpc_requests_total{status!="success"}[5m] anchored)) or 0 * sum by (job) (increase(voipbin_rpc_requests_total[5m] anchored))`,
		func(_ *spec.Spec, signal func(string) *spec.Signal) {
			shared(signal("rpc_requests"), "voipbin_rpc_requests_total", "", "status")
			shared(signal("rpc_rejected"), "", "")
		})
	f(`voipbin:service_errors:increase5m{job="call-manager",protocol="rpc"}`,
		`sum without (side) (label_replace(sum(increase(call_manager_circuitbreaker_rejected_total{job="call-manager"}[5m] anchored)), "side", "first", "", "") or `+
			`sum(increase(voipbin_rpc_requests_total{job="call-manager",status!="success"}[5m] anchored))) or on () 0 * voipbin:service_requests:increase5m{job="call-manager",protocol="rpc"}`,
		func(_ *spec.Spec, signal func(string) *spec.Signal) {
			shared(signal("rpc_requests"), "voipbin_rpc_requests_total", "", "status")
		})
	f(`voipbin:service_requests:increase5m{protocol="rpc"}`, `sum by (job) (increase(voipbin_rpc_request_duration_seconds_count[5m] anchored))`,
		func(_ *spec.Spec, signal func(string) *spec.Signal) {
			shared(signal("rpc_requests"), "", "", "")
			shared(signal("rpc_rejected"), "", "")
			shared(signal("rpc_duration"), "voipbin_rpc_request_duration_seconds", "")
			signal("rpc_duration").Scale = 1
		})
	f(`voipbin:service_calls_ended:increase5m{job="call-manager"}`,
		`sum without (type) (label_replace(sum by (direction, type) (increase(call_manager_channel_hangup_total{job="call-manager"}[5m] anchored)), "reason", "$1", "type", "(.*)"))`,
		func(_ *spec.Spec, signal func(string) *spec.Signal) {
			signal("calls_ended").Metric, signal("calls_ended").LabelNames = "call_manager_channel_hangup_total", []string{"direction", "type"}
		})
	f(`voipbin:service_requests:increase5m{job="bin-api-manager",protocol="http"}`, "", func(*spec.Spec, func(string) *spec.Signal) {})
}

// The stories hold for what services really export as well: of two services, as the others are alike.
func TestPromtoolProfiles(t *testing.T) {
	t.Parallel()
	tool := promtool(t)
	for _, profile := range []string{"monorepo", "compose-single-host"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			s := loadProfile(t, profile)
			s.Services.List = s.Services.List[:2]
			out, err := Build(s, catalogue())
			if err != nil {
				t.Fatal(err)
			}
			dir := writeFiles(t, whole(out))
			run(t, tool, "check", "rules", "--lint=all", "--lint-fatal", filepath.Join(dir, "rules", "services.yaml"))
			run(t, tool, "test", "rules", filepath.Join(dir, "test", "promtool", "services_test.yaml"))
			proven := map[string][]Proof{}
			for _, story := range storiesOf(t, out) {
				proven[story.Alert] = append(proven[story.Alert], story.Proves...)
			}
			for _, alert := range []string{"ServiceErrorsHigh", "ServiceSlow", "ServiceEventsDropped"} {
				for _, p := range Proofs() {
					if !slices.Contains(proven[alert], p) {
						t.Errorf("no story shows that %s %s", alert, p)
					}
				}
			}
		})
	}
}
