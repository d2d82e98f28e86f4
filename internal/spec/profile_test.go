package spec_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// repository returns the repository's spec with a profile.
func repository(tb testing.TB, profile string) *spec.Spec {
	tb.Helper()
	s, problems := spec.LoadProfile(os.DirFS(filepath.Join("..", "..", "spec")), "spec", profile)
	if len(problems) > 0 {
		tb.Fatalf("%s: problems:\n%v", profile, problems)
	}
	return s
}

func TestProfilesOfRepository(t *testing.T) {
	t.Parallel()
	names, err := spec.Profiles(os.DirFS(filepath.Join("..", "..", "spec")))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"compose-single-host", "monorepo", "seed"}, names); diff != "" {
		t.Errorf("profiles (-want +got):\n%s", diff)
	}
	f := func(profile string, wantNamespace, wantLabel, wantCall, wantRPC string, wantReplicas, wantMax, wantProxies int, wantHPA, wantDR bool) {
		t.Helper()
		s := repository(t, profile)
		api := s.Services.List[0]
		call := s.Services.List[1]
		metric, _ := s.Profile.Signal("rpc_duration").MetricOf(call)
		got := []any{s.Services.Namespace, s.Services.Label, call.Name, metric, call.Replicas, api.Bounds.Max, len(s.Platform.SIPProxies.Nodes), len(s.Services.Autoscaling.Triggers) > 0, s.Recovery.Described()}
		want := []any{wantNamespace, wantLabel, wantCall, wantRPC, wantReplicas, wantMax, wantProxies, wantHPA, wantDR}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", profile, diff)
		}
	}
	f("seed", "production", "job", "bin-call-manager", "voipbin_rpc_request_duration_seconds", 2, 20, 3, true, true)
	f("monorepo", "bin-manager", "job", "call-manager", "call_manager_request_process_time", 2, 0, 3, false, true)
	f("compose-single-host", "bin-manager", "job", "call-manager", "call_manager_request_process_time", 1, 0, 1, false, false)
}

// TestSignals holds the profile of the real names to the traps that they have.
func TestSignals(t *testing.T) {
	t.Parallel()
	s := repository(t, "monorepo")
	f := func(signal, service, want string) {
		t.Helper()
		o, ok := s.Services.Find(service)
		if !ok {
			t.Fatalf("no service %s", service)
		}
		got, has := s.Profile.Signal(signal).MetricOf(o)
		if got != want || has != (want != "") {
			t.Errorf("%s of %s: want %q, got %q, %v", signal, service, want, got, has)
		}
	}
	f("rpc_served_duration", "call-manager", "call_manager_receive_request_process_time")
	f("rpc_served_duration", "email-manager", "flow_manager_receive_request_process_time")
	f("rpc_served_duration", "rag-manager", "bin_rag_manager_receive_request_process_time")
	f("rpc_served_duration", "api-manager", "")
	f("calls_ended", "call-manager", "call_manager_call_hangup_total")
	f("calls_ended", "api-manager", "")
	served := s.Profile.Signal("rpc_served_duration")
	if served.Scale != 0.001 || !served.PerService() || len(served.Bounds) != 5 {
		t.Errorf("served: %+v", served)
	}
	ended := s.Profile.Signal("calls_ended")
	if name, ok := ended.Label("reason"); name != "reason" || !ok {
		t.Errorf("label: %q, %v", name, ok)
	}
	if _, ok := s.Profile.Signal("rpc_requests").Label("status"); ok {
		t.Error("requests have a status, which the sources do not give them")
	}
	if seed := repository(t, "seed").Profile.Signal("calls_ended"); seed.Metric != "" || seed.Absent == "" {
		t.Errorf("absent signal: %+v", seed)
	}
}

// TestExtends shows that a profile takes what it does not state from the one that it extends.
func TestExtends(t *testing.T) {
	t.Parallel()
	folder := whole(t)
	base, err := os.ReadFile(filepath.Join("testdata", "whole", "profile.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder["profiles/base.yaml"] = &fstest.MapFile{Data: base}
	folder["profiles/small.yaml"] = &fstest.MapFile{Data: []byte("title: Small\nextends: base\nwithout: [redis]\nsignals:\n  - {name: active_calls, metric: calls}\n")}
	s, problems := spec.LoadProfile(folder, "spec", "small")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	p := s.Profile
	if p.Name != "small" || p.Title != "Small" || p.Has("autoscaling") || p.Has("redis") || !p.Has("mysql") {
		t.Errorf("profile: %+v", p)
	}
	if s.Stores.Redis.Described() || len(s.Services.Autoscaling.Classes) > 0 || s.Services.Namespace != "bin-manager" {
		t.Errorf("what is not there: %+v, %+v", s.Stores.Redis, s.Services.Autoscaling)
	}
	if p.Signal("active_calls").Metric != "calls" || p.Signal("rpc_requests").Metric != "rpc_requests_total" || len(p.Accepted) != 1 {
		t.Errorf("signals: %+v", p.Signals)
	}
	if s, problems := spec.Load(folder, "spec"); len(problems) > 0 || s.Profile.Name != "" {
		t.Errorf("no profile named and none of the default's name: %v, %q", problems, s.Profile.Name)
	}
	_, problems = spec.LoadProfile(folder, "spec", "smal")
	if want := `spec/profiles: there is no profile "smal": there are: base, small`; problems.Error() != want {
		t.Errorf("want %q, got %q", want, problems.Error())
	}
	folder["profiles/base.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(base), "title: Base", "title: Base\nextends: small", 1))}
	_, problems = spec.LoadProfile(folder, "spec", "small")
	if want := `spec/profiles/base.yaml:2:10: extends: profile "small" extends itself: by way of small, base`; problems.Error() != want {
		t.Errorf("want %q, got %q", want, problems.Error())
	}
}
