package spec_test

import (
	"io/fs"
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

// TestOneHost holds the profile of today's platform to what one machine without a cluster has.
func TestOneHost(t *testing.T) {
	t.Parallel()
	s := repository(t, "compose-single-host")
	if _, ok := s.Services.Find("sentinel-manager"); ok || s.Services.AtLeast > len(s.Services.List) {
		t.Errorf("%d services, %d promised, and one of them runs elsewhere", len(s.Services.List), s.Services.AtLeast)
	}
	for _, o := range s.Services.List {
		if o.Bounds.Max > 0 || o.Liveness.Port > 0 || o.Limits.CPUMillis > 0 {
			t.Errorf("%s has what only a cluster gives: %+v", o.Name, o)
		}
	}
	if len(s.Scrape.Kubernetes.Namespaces) > 0 || s.Services.NodePool.MaxNodes > 0 || len(s.Services.Autoscaling.Triggers) > 0 {
		t.Error("the cluster is still there")
	}
	for _, j := range s.Scrape.Jobs {
		if j.Kind == spec.KubeStateJob || j.Kind == spec.StackdriverJob {
			t.Errorf("job %s asks what is not there", j.Name)
		}
		if j.Kind == spec.MySQLJob && j.Instance != "mysql-primary" {
			t.Errorf("job %s is about %q", j.Name, j.Instance)
		}
	}
}

// TestLacks shows that a profile's reasons reach the rows of the inventory, and that a row which there is not is told.
func TestLacks(t *testing.T) {
	t.Parallel()
	f := func(row, want string) {
		t.Helper()
		root, folder := os.DirFS(filepath.Join("..", "..", "spec")), make(fstest.MapFS)
		for _, name := range append(spec.Files(), "profiles/seed.yaml", "profiles/monorepo.yaml") {
			data, err := fs.ReadFile(root, name)
			if err != nil {
				t.Fatal(err)
			}
			folder[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(data), "rows: [B8]", "rows: ["+row+"]", 1))}
		}
		s, problems := spec.LoadProfile(folder, "spec", "monorepo")
		if got, _, _ := strings.Cut(problems.Error(), ":"); got != "" || want != "" {
			if !strings.Contains(problems.Error(), want) || want == "" {
				t.Errorf("%s: want %q, got %v", row, want, problems)
			}
			return
		}
		for _, section := range s.Inventory.Sections {
			for _, r := range section.Rows {
				if r.ID == row && r.Lacking == "" {
					t.Errorf("row %s has no reason", row)
				}
			}
		}
	}
	f("B8", "")
	f("J1", "")
	f("Z9", `there is no row "Z9"`)
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

// A profile measures an objective by the series that it has, and promises the same.
func TestObjectivesOfProfiles(t *testing.T) {
	t.Parallel()
	seed, _ := repository(t, "seed").Objective("api_availability")
	real, ok := repository(t, "monorepo").Objective("api_availability")
	if !ok || real.Objective != seed.Objective || real.Traffic != seed.Traffic || strings.Contains(real.SLI.Total.Text, "voipbin_http") || !strings.Contains(real.SLI.Total.Text, "https_request_count") {
		t.Errorf("want the promise of %+v by the load balancer's series, got %+v", seed, real)
	}
	if got := real.SLI.Total.Pos.File; got != "spec/profiles/monorepo.yaml" {
		t.Errorf("want the expression to stand in the profile, got %s", got)
	}
	if o, ok := repository(t, "compose-single-host").Objective("api_availability"); ok {
		t.Errorf("want no objective where nobody counts requests, got %+v", o)
	}

	folder := whole(t)
	base, err := os.ReadFile(filepath.Join("testdata", "whole", "profile.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(objectives, want string) {
		t.Helper()
		folder["profiles/base.yaml"] = &fstest.MapFile{Data: []byte(strings.Replace(string(base), "title: Base", "title: Base\nobjectives:\n"+objectives, 1))}
		_, problems := spec.LoadProfile(folder, "spec", "base")
		got := ""
		if len(problems) > 0 {
			got = problems.Error()
		}
		if got != want {
			t.Errorf("%s: want %q, got %q", objectives, want, got)
		}
	}
	const events = "sli: {errors: 'sum(increase(a_total[$window]))', total: 'sum(increase(b_total[$window]))'}"
	f("  - {name: call_setup, "+events+"}", "")
	f("  - {name: call_setups, "+events+"}", `spec/profiles/base.yaml:3:12: objectives[0].name: there is no objective "call_setups": did you mean "call_setup"?`)
	f("  - {name: replicas_fresh, "+events+"}", "") // which this platform does not promise
	f("  - {name: call_setup, sli: {all_of: [a, b]}}", `spec/profiles/base.yaml:3:29: objectives[0].sli: a profile changes by which series an objective is measured, and not what it is made of: count events: errors or good, and total`)
	f("  - {name: call_setup}", `spec/profiles/base.yaml:3:5: objectives[0]: key "sli" is missing`)
}
