package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// ignorePlaces leaves out where things stand in their files.
func ignorePlaces() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".Pos" || p.Last().String() == ".Anchors"
	}, cmp.Ignore())
}

// TestLoadRepositorySpec reads the spec that this repository ships: the numbers of the published architecture.
func TestLoadRepositorySpec(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	wantNodes := []spec.Node{
		{Name: "kamailio-1", Region: "us-central1", Address: "kamailio-1"},
		{Name: "kamailio-2", Region: "us-central1", Address: "kamailio-2"},
		{Name: "kamailio-3", Region: "us-central1", Address: "kamailio-3"},
	}
	tier := s.Platform.SIPProxies
	if diff := cmp.Diff(wantNodes, tier.Nodes, ignorePlaces()); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	if want, got := 5000, tier.CallsPerNode; want != got {
		t.Errorf("calls per node: want %d, got %d", want, got)
	}
	wantPrometheus := spec.Prometheus{
		Version: spec.Version{Major: 3, Minor: 16}, ScrapeInterval: 15 * time.Second, EvaluationInterval: 15 * time.Second,
		Retention: 720 * time.Hour, StorageBytes: 100_000_000_000, Alertmanagers: []string{"alertmanager:9093"},
	}
	if diff := cmp.Diff(wantPrometheus, s.Platform.Prometheus, ignorePlaces()); diff != "" {
		t.Errorf("prometheus (-want +got):\n%s", diff)
	}
	if want, got := "99.9", s.SLOs[0].ObjectiveText; want != got {
		t.Errorf("objective: want %q, got %q", want, got)
	}
	if want, got := [2]float64{0.7, 0.85}, [2]float64{s.Alerts.Kamailio.CapacityWarn, s.Alerts.Kamailio.CapacityPage}; want != got {
		t.Errorf("capacity thresholds: want %v, got %v", want, got)
	}
}

// TestLoad reads a small spec in which every key is given another value than its default, and every default is taken once.
func TestLoad(t *testing.T) {
	t.Parallel()
	got, problems := spec.Load(good(t), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	want := &spec.Spec{
		Platform: spec.Platform{
			Name: "voipbin", RunbookURL: "https://example.org/runbooks/",
			Regions: []spec.Region{{Name: "us-central1", Role: "primary"}, {Name: "us-east1", Role: "standby"}},
			Prometheus: spec.Prometheus{
				Version: spec.Version{Major: 3, Minor: 16}, ScrapeInterval: 15 * time.Second, EvaluationInterval: 15 * time.Second,
				Retention: 720 * time.Hour, StorageBytes: 100_000_000_000, Alertmanagers: []string{"alertmanager:9093"},
			},
			SIPProxies: spec.SIPProxyTier{
				CallsPerNode: 5000, MetricsPort: 9494,
				Nodes: []spec.Node{
					{Name: "kamailio-1", Region: "us-central1", Address: "kamailio-1"},
					{Name: "kamailio-2", Region: "us-central1", Address: "10.0.2.12"},
					{Name: "kamailio-3", Region: "us-east1", Address: "[2001:db8::3]:9999"},
				},
			},
		},
		SLOs: []spec.SLO{{
			Name: "call_setup", Title: "Call setup success", Owner: "voip", Tier: "sip_proxy",
			Objective: 0.999, ObjectiveText: "99.9", Period: 720 * time.Hour, MinFailures: 1,
			SLI: spec.SLI{
				Kind:   spec.Events,
				Errors: spec.Expr{Text: "sum(increase(errors_total[$window]))"},
				Total:  spec.Expr{Text: "sum(\n  increase(calls_total[$window])\n)"},
			},
			Traffic: spec.Traffic{PeakPerHour: 40000, TroughPerHour: 4000},
		}},
		Alerts: spec.Alerts{
			Kamailio: spec.KamailioThresholds{DownFor: time.Minute, CapacityWarn: 0.7, CapacityPage: 0.85, CapacityFor: 5 * time.Minute},
			Receivers: []spec.Receiver{
				{Name: "pager", SlackURLFile: "/etc/alertmanager/pager.url"},
				{Name: "desk", SlackURLFile: "desk.url", Channel: "#voip"},
			},
			Routes: spec.Routes{
				Page: "pager", Ticket: "desk", GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute,
				PageRepeat: 4 * time.Hour, TicketRepeat: 24 * time.Hour, ResolveTimeout: 5 * time.Minute,
			},
		},
	}
	if diff := cmp.Diff(want, got, ignorePlaces()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	wantPlaces := map[string]diag.Position{
		"slo":       {File: "spec/slos.yaml", Line: 2, Col: 5},
		"errors":    {File: "spec/slos.yaml", Line: 9, Col: 15},
		"receiver":  {File: "spec/alerts.yaml", Line: 6, Col: 5},
		"threshold": {File: "spec/alerts.yaml", Line: 2, Col: 3},
		"node":      {File: "spec/platform.yaml", Line: 16, Col: 7},
		"total":     {File: "spec/slos.yaml", Line: 11, Col: 9},
	}
	gotPlaces := map[string]diag.Position{
		"slo": got.SLOs[0].Pos, "errors": got.SLOs[0].SLI.Errors.Pos, "receiver": got.Alerts.Receivers[1].Pos,
		"threshold": got.Alerts.Kamailio.Pos, "node": got.Platform.SIPProxies.Nodes[1].Pos, "total": got.SLOs[0].SLI.Total.Pos,
	}
	if diff := cmp.Diff(wantPlaces, gotPlaces); diff != "" {
		t.Errorf("places (-want +got):\n%s", diff)
	}
}

func TestLoadFolder(t *testing.T) {
	t.Parallel()
	f := func(name string, change func(fstest.MapFS), want ...string) {
		t.Helper()
		folder := good(t)
		change(folder)
		_, problems := spec.Load(folder, "spec")
		if diff := cmp.Diff(strings.Join(want, "\n"), problems.Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	f("as it should be", func(fstest.MapFS) {})
	f("with a README and hidden files", func(m fstest.MapFS) { m["README.md"], m[".x.swp"] = &fstest.MapFile{}, &fstest.MapFile{} })
	f("with a file missing", func(m fstest.MapFS) { delete(m, "slos.yaml") }, "spec/slos.yaml: cannot be read: file does not exist")
	f("with a file misspelt", func(m fstest.MapFS) { m["slo.yaml"] = m["slos.yaml"]; delete(m, "slos.yaml") },
		`spec/slo.yaml: nothing reads this file: did you mean "slos.yaml"?`, "spec/slos.yaml: cannot be read: file does not exist")
	f("with a file that nothing reads", func(m fstest.MapFS) { m["recovery-notes.txt"] = &fstest.MapFile{} },
		"spec/recovery-notes.txt: nothing reads this file: a spec folder holds platform.yaml, slos.yaml, alerts.yaml")
	f("with a file too large", func(m fstest.MapFS) {
		m["alerts.yaml"] = &fstest.MapFile{Data: []byte(strings.Repeat("#", config.MaxBytes+1))}
	}, "spec/alerts.yaml: cannot be read: larger than 1048576 bytes")
	f("with a file empty", func(m fstest.MapFS) { m["alerts.yaml"] = &fstest.MapFile{} }, "spec/alerts.yaml: the file is empty")
	f("with a folder in place of a file", func(m fstest.MapFS) {
		delete(m, "alerts.yaml")
		m["alerts.yaml"] = &fstest.MapFile{Mode: fs.ModeDir}
	}, "spec/alerts.yaml: cannot be read: invalid argument")
	f("with faults in all files", func(m fstest.MapFS) {
		for name, file := range m {
			m[name] = &fstest.MapFile{Data: append([]byte("extra: 1\n"), file.Data...)}
		}
	},
		`spec/alerts.yaml:1:1: unknown key "extra": known keys: kamailio, receivers, routes`,
		`spec/platform.yaml:1:1: unknown key "extra": known keys: description, name, prometheus, regions, runbook_url, sip_proxies`,
		`spec/slos.yaml:1:1: unknown key "extra": known keys: slos`)
}

func TestLoadMissingFolder(t *testing.T) {
	t.Parallel()
	_, problems := spec.Load(os.DirFS(filepath.Join(t.TempDir(), "none")), "none")
	want := "none: cannot be read: no such file or directory: name the folder that holds platform.yaml, slos.yaml, alerts.yaml"
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestExprProblem(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(good(t), "spec")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	f := func(e spec.Expr, word string, want diag.Problem) {
		t.Helper()
		at := strings.Index(e.Text, word)
		if diff := cmp.Diff(want, e.Problem(at, at+len(word), "bad", "try")); diff != "" {
			t.Errorf("%q in %q (-want +got):\n%s", word, e.Text, diff)
		}
	}
	sli := s.SLOs[0].SLI
	f(sli.Errors, "errors_total", diag.Problem{Pos: diag.Position{File: "spec/slos.yaml", Line: 9, Col: 28}, Width: 12, What: "bad", Hint: "try"})
	f(sli.Total, "calls_total", diag.Problem{Pos: diag.Position{File: "spec/slos.yaml", Line: 12, Col: 20}, Width: 11, What: "bad", Hint: "try"})
	f(spec.Expr{Text: "up", Pos: diag.Position{File: "made in Go"}}, "up", diag.Problem{Pos: diag.Position{File: "made in Go"}, What: "bad", Hint: "try"})
}

func TestTarget(t *testing.T) {
	t.Parallel()
	tier := spec.SIPProxyTier{MetricsPort: 9494}
	f := func(address, want string) {
		t.Helper()
		if got := tier.Target(spec.Node{Name: "n", Address: address}); want != got {
			t.Errorf("%q: want %q, got %q", address, want, got)
		}
	}
	f("kamailio-1", "kamailio-1:9494")
	f("kamailio-1:1234", "kamailio-1:1234")
	f("10.0.2.12", "10.0.2.12:9494")
	f("2001:db8::3", "[2001:db8::3]:9494")
	f("[2001:db8::3]:9999", "[2001:db8::3]:9999")
}

func TestVersionAtLeast(t *testing.T) {
	t.Parallel()
	f := func(v spec.Version, major, minor int, want bool) {
		t.Helper()
		if got := v.AtLeast(major, minor); want != got {
			t.Errorf("%v at least %d.%d: want %v, got %v", v, major, minor, want, got)
		}
	}
	f(spec.Version{Major: 3, Minor: 16}, 3, 16, true)
	f(spec.Version{Major: 3, Minor: 17}, 3, 16, true)
	f(spec.Version{Major: 3, Minor: 15}, 3, 16, false)
	f(spec.Version{Major: 4, Minor: 0}, 3, 16, true)
	f(spec.Version{Major: 2, Minor: 99}, 3, 0, false)
}

// FuzzLoad demands that no content of the files can make the loader panic, or return both or neither of a spec and a fault.
func FuzzLoad(f *testing.F) {
	folder := good(f)
	f.Add(folder["platform.yaml"].Data, folder["slos.yaml"].Data, folder["alerts.yaml"].Data)
	bad, err := filepath.Glob(filepath.Join("testdata", "bad", "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range bad {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, data, data)
	}
	f.Fuzz(func(t *testing.T, platform, slos, alerts []byte) {
		s, problems := spec.Load(fstest.MapFS{
			"platform.yaml": {Data: platform}, "slos.yaml": {Data: slos}, "alerts.yaml": {Data: alerts},
		}, "spec")
		if (s == nil) == (problems.Err() == nil) {
			t.Errorf("spec %v with problems %v", s, problems)
		}
		if s == nil {
			return
		}
		tier := s.Platform.SIPProxies
		if len(tier.Nodes) < 2 || tier.CallsPerNode < 1 || len(s.SLOs) == 0 || len(s.Alerts.Receivers) == 0 {
			t.Errorf("accepted a spec without substance: %+v", s)
		}
		for _, o := range s.SLOs {
			if o.Objective <= 0 || o.Objective >= 1 || o.Period > s.Platform.Prometheus.Retention {
				t.Errorf("accepted the objective %+v", o)
			}
		}
	})
}
