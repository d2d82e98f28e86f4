package spec_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
		return p.Last().String() == ".Pos" || p.Last().String() == ".MOSPos" || p.Last().String() == ".Anchors"
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
		Retention: 720 * time.Hour, StorageBytes: 100_000_000_000, Alertmanagers: []string{"alertmanager:9093"}, BytesPerSample: 2,
	}
	got := s.Platform.Prometheus
	got.Series = nil // estimates of ours, and no numbers of the page
	if diff := cmp.Diff(wantPrometheus, got, ignorePlaces()); diff != "" {
		t.Errorf("prometheus (-want +got):\n%s", diff)
	}
	if want, got := "99.9", s.SLOs[0].ObjectiveText; want != got {
		t.Errorf("objective: want %q, got %q", want, got)
	}
	if want, got := [2]float64{0.7, 0.85}, [2]float64{s.Alerts.Kamailio.Capacity.Warn, s.Alerts.Kamailio.Capacity.Page}; want != got {
		t.Errorf("capacity thresholds: want %v, got %v", want, got)
	}
}

// usualKamailio are the thresholds of a spec that states only those that it must.
func usualKamailio() spec.KamailioThresholds {
	return spec.KamailioThresholds{
		DownFor: time.Minute, RestartsAnHour: 3, Capacity: spec.Limits{Warn: 0.7, Page: 0.85, For: 5 * time.Minute},
		Connections:  spec.Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
		SharedMemory: spec.Floor{Free: 0.1, For: 10 * time.Minute}, PrivateMemory: spec.Floor{Free: 0.1, For: 10 * time.Minute},
		LeakWithin: 72 * time.Hour, LeakFor: time.Hour, ReadyWithin: 5 * time.Minute,
		WorkerQueue: spec.WorkerQueue{Bytes: 65536, DropsPerSecond: 1, For: 5 * time.Minute},
		Certificate: spec.Expiry{Warn: 21 * 24 * time.Hour, Page: 72 * time.Hour, For: 5 * time.Minute},
		SetDownFor:  time.Minute, TargetDownFor: 5 * time.Minute, RegistrationDownFor: 5 * time.Minute, RelaysDownFor: time.Minute,
		NeighbourDownFor: 10 * time.Minute, CollectorFailingFor: 10 * time.Minute, CallsUncountedFor: 15 * time.Minute,
	}
}

// statedRTPEngine are thresholds all of which the good spec states, each another than the usual one.
func statedRTPEngine() spec.RTPEngineThresholds {
	limits := func(warn, page float64, wait time.Duration) spec.Limits {
		return spec.Limits{Warn: warn, Page: page, For: wait}
	}
	return spec.RTPEngineThresholds{
		DownFor: 2 * time.Minute, RestartsAnHour: 4, Capacity: limits(0.6, 0.8, 4*time.Minute), OwnLimits: limits(0.7, 0.9, 3*time.Minute),
		Ports: limits(0.5, 0.75, 2*time.Minute), Offers: limits(0.002, 0.02, 2*time.Minute), ControlErrors: limits(0.03, 0.3, 6*time.Minute),
		MinFailures: 7, Offload: spec.Offload{Lost: 0.25, MinStreams: 30, For: 5 * time.Minute},
		OneWay: limits(0.01, 0.1, 6*time.Minute), NoPackets: limits(0.04, 0.4, 7*time.Minute),
		Quality:        spec.Quality{MOS: 3.5, Poor: limits(0.15, 0.35, 8*time.Minute), Loss: 0.03, Jitter: 40 * time.Millisecond, MinReports: 25},
		ViewDiffersFor: 3 * time.Minute, CollectorFailingFor: 11 * time.Minute,
	}
}

// statedAsterisk are thresholds all of which the good spec states, each another than the usual one.
func statedAsterisk() spec.AsteriskThresholds {
	limits := func(warn, page float64, wait time.Duration) spec.Limits {
		return spec.Limits{Warn: warn, Page: page, For: wait}
	}
	return spec.AsteriskThresholds{
		DownFor: 2 * time.Minute, RestartsAnHour: 4, Capacity: limits(0.6, 0.8, 4*time.Minute), OwnLimits: limits(0.7, 0.9, 3*time.Minute),
		BootedWithin: 6 * time.Minute, GapsAnHour: 5, RegistrationDownFor: 4 * time.Minute, Endpoints: "trunk-.*", EndpointsDownFor: 3 * time.Minute,
		ServiceDownFor: 2 * time.Minute, TasksFor: 3 * time.Minute, Failures: limits(0.02, 0.1, 6*time.Minute), MinFailures: 7,
		Queue:      spec.QueueLimits{UnattendedFor: 2 * time.Minute, LongestWait: 10 * time.Minute, WaitFor: 90 * time.Second},
		ChannelAge: 2 * time.Hour, ChannelAgeFor: 12 * time.Minute,
		Media:                   spec.MediaLimits{Loss: 0.03, Jitter: 40 * time.Millisecond, MinReports: 25, For: 5 * time.Minute},
		SecurityEventsPerMinute: 30, SecurityEventsFor: 2 * time.Minute, ViewDiffersFor: 3 * time.Minute, CollectorFailingFor: 13 * time.Minute,
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
				Retention: 720 * time.Hour, StorageBytes: 100_000_000_000, Alertmanagers: []string{"alertmanager:9093"}, BytesPerSample: 2,
			},
			SIPProxies: spec.SIPProxyTier{
				CallsPerNode: 5000,
				Tier: spec.Tier{MetricsPort: 9494, Nodes: []spec.Node{
					{Name: "kamailio-1", Region: "us-central1", Address: "kamailio-1"},
					{Name: "kamailio-2", Region: "us-central1", Address: "10.0.2.12"},
					{Name: "kamailio-3", Region: "us-east1", Address: "[2001:db8::3]:9999"},
				}},
			},
			MediaServers: spec.MediaServerTier{
				CallsPerNode: 500,
				Tier: spec.Tier{MetricsPort: 9815, Nodes: []spec.Node{
					{Name: "asterisk-1", Region: "us-central1", Address: "asterisk-1", Farm: "call", SIP: "sip:10.0.2.21:5060"},
					{Name: "asterisk-2", Region: "us-east1", Address: "asterisk-2", Farm: "conference"},
				}},
			},
			SIPProber: spec.SIPProber{Addresses: []string{"prober:9743"}, Probes: []string{"edge-udp", "echo"}},
			MediaProxies: spec.MediaProxyTier{
				StreamsPerNode: 2000,
				Tier: spec.Tier{MetricsPort: 9999, Nodes: []spec.Node{
					{Name: "rtpengine-1", Region: "us-central1", Address: "rtpengine-1", Control: "udp:10.0.2.31:22222"},
					{Name: "rtpengine-2", Region: "us-east1", Address: "rtpengine-2"},
				}},
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
			Kamailio:  usualKamailio(),
			RTPEngine: statedRTPEngine(),
			Asterisk:  statedAsterisk(),
			Services: spec.ServicesThresholds{
				DownFor: time.Minute, Errors: spec.Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute}, MinRequests: 20,
				Latency: 500 * time.Millisecond, LatencyFor: 10 * time.Minute, RestartsAnHour: 3, WaitingFor: 5 * time.Minute,
				Throttled: 0.25, ThrottledFor: 15 * time.Minute, ScalingFor: 15 * time.Minute, DiffersFor: 30 * time.Minute,
			},
			Hosts: spec.HostsThresholds{
				CPU: 0.85, CPUFor: 10 * time.Minute, SoftIRQ: 0.5, SoftIRQFor: 10 * time.Minute,
				Memory: spec.Floor{Free: 0.1, For: 5 * time.Minute}, Disk: spec.Floor{Free: 0.1, For: 15 * time.Minute}, DiskFullWithin: 4 * 24 * time.Hour,
				Clock: 50 * time.Millisecond, ClockFor: 10 * time.Minute, Bandwidth: 0.8, BandwidthFor: 10 * time.Minute,
				DiffersFor: 15 * time.Minute, MissingFor: 10 * time.Minute,
			},
			Stores: spec.StoresThresholds{
				DownFor: time.Minute, WrongFor: 5 * time.Minute, DiffersFor: 15 * time.Minute, Used: spec.Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
				ReadersLag: 30 * time.Second, PrimaryReadOnlyFor: time.Minute, BrokerAlarmFor: 30 * time.Second, BrokerPartedFor: time.Minute,
				DrainSlowFor: 2 * time.Minute, UnattendedFor: 2 * time.Minute, ManagedCPU: 0.8, ManagedDisk: 0.8, ManagedFor: 15 * time.Minute,
			},
			Network: spec.NetworkThresholds{
				UnreachableFor: 2 * time.Minute, CertificatesFor: 10 * time.Minute, Errors: spec.Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute},
				PathErrors: 0.05, PathErrorsFor: 10 * time.Minute, Latency: time.Second, LatencyFor: 10 * time.Minute,
				BucketErrors: 0.01, BucketErrorsFor: 10 * time.Minute, OpenPortFor: time.Minute, LeastShare: 0.1, LeastShareFor: 10 * time.Minute,
				NATPortsFor: 5 * time.Minute, Subnet: 0.8, SubnetFor: 5 * time.Minute,
			},
			Monitoring: spec.MonitoringThresholds{
				Storage: spec.Limits{Warn: 0.8, Page: 0.95, For: 15 * time.Minute}, ConfigRejectedFor: 5 * time.Minute, RulesFailingFor: 5 * time.Minute,
				SlowRules: 0.8, SlowRulesFor: 5 * time.Minute, ScrapesRefusedFor: time.Minute, Notifications: spec.Limits{Warn: 0.01, Page: 0.5, For: 5 * time.Minute},
				TargetsFor: 10 * time.Minute, ExportersFor: 15 * time.Minute, DiffersFor: 15 * time.Minute,
			},
			Capacity: spec.CapacityThresholds{
				NotRedundantFor: 5 * time.Minute, LeadTime: 21 * 24 * time.Hour, Least: 14 * 24 * time.Hour, Most: 28 * 24 * time.Hour, Grade: 0.001,
				EndsFor: time.Hour, BusyHourFor: time.Hour, QuotaShortFor: 15 * time.Minute,
			},
			Objectives: spec.ObjectivesThresholds{DataMissingFor: 15 * time.Minute, ScrapeDownFor: 10 * time.Minute, GroupUnknownFor: 15 * time.Minute},
			SIP: spec.SIPThresholds{
				FailedFor: 3 * time.Minute, MissingFor: 6 * time.Minute, MOS: 4, MOSFor: 8 * time.Minute,
				Certificate: spec.Expiry{Warn: 20 * 24 * time.Hour, Page: 48 * time.Hour, For: 6 * time.Minute},
			},
			Receivers: []spec.Receiver{
				{Name: "pager", SlackURLFile: "/etc/alertmanager/pager.url"},
				{Name: "desk", SlackURLFile: "desk.url", Channel: "#voip"},
			},
			Routes: spec.Routes{
				Page: "pager", Ticket: "desk", GroupWait: 30 * time.Second, GroupInterval: 5 * time.Minute,
				PageRepeat: 4 * time.Hour, TicketRepeat: 24 * time.Hour, ResolveTimeout: 5 * time.Minute, WatchdogRepeat: time.Minute,
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
		"spec/recovery-notes.txt: nothing reads this file: a spec folder holds platform.yaml, slos.yaml, alerts.yaml, recovery.yaml, services.yaml, stores.yaml, network.yaml, delivery.yaml, inventory.yaml, scrape.yaml")
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
		`spec/alerts.yaml:1:1: unknown key "extra": known keys: asterisk, capacity, hosts, kamailio, monitoring, mutes, network, objectives, receivers, routes, rtpengine, services, sip, stores`,
		`spec/platform.yaml:1:1: unknown key "extra": known keys: boards, description, grafana_url, media_proxies, media_servers, name, prometheus, regions, runbook_url, sip_prober, sip_proxies`,
		`spec/slos.yaml:1:1: unknown key "extra": known keys: slos`)
}

func TestLoadMissingFolder(t *testing.T) {
	t.Parallel()
	_, problems := spec.Load(os.DirFS(filepath.Join(t.TempDir(), "none")), "none")
	want := "none: cannot be read: no such file or directory: name the folder that holds platform.yaml, slos.yaml, alerts.yaml, recovery.yaml, services.yaml, stores.yaml, network.yaml, delivery.yaml, inventory.yaml, scrape.yaml"
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
	tier := spec.Tier{MetricsPort: 9494}
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
	f.Add(folder["platform.yaml"].Data, []byte(groupedSLOs), folder["alerts.yaml"].Data)
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
			if g := o.Group.Of; g != nil && (strings.Contains(o.SLI.Total.Text, g.Condition()) || !slices.Contains(g.Values, o.Group.Value) || !o.Called(g.Name)) {
				t.Errorf("accepted the group %+v of %+v", o, g)
			}
		}
	})
}
