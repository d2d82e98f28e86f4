package spec_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/spec"
)

// whole returns the folder of a spec that has the files which a spec may be without.
func whole(tb testing.TB) fstest.MapFS {
	tb.Helper()
	folder := good(tb)
	for _, name := range []string{"services.yaml", "stores.yaml", "network.yaml", "delivery.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", "whole", name))
		if err != nil {
			tb.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: data}
	}
	return folder
}

// TestWhole reads a small spec in which little is stated, so that the usual values are seen.
func TestWhole(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(whole(t), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	core := spec.Bounds{Min: 2, Max: 10}
	service := func(name, namespace string) spec.Service {
		return spec.Service{
			Name: name, Attribution: name, MetricsNamespace: namespace, Class: "core", Bounds: core, Replicas: 2,
			Ports:    []spec.Port{{Name: "metrics", Number: 2112}},
			Requests: spec.Resources{CPUMillis: 100, MemoryBytes: 256 << 20}, Limits: spec.Resources{CPUMillis: 500, MemoryBytes: 512 << 20},
		}
	}
	wantServices := spec.Services{
		Namespace: "production", Label: "job",
		Autoscaling: spec.Autoscaling{
			Classes:  []spec.ScalingClass{{Name: "core", Bounds: core}},
			Triggers: []spec.Trigger{{Metric: "cpu", Threshold: 0.7, Step: 1, InHPA: true}, {Metric: "cpu", Threshold: 0.3, Step: -1, InHPA: true}},
		},
		List: []spec.Service{service("bin-api-manager", "api_manager"), service("bin-call-manager", "call_manager")},
	}
	if diff := cmp.Diff(wantServices, s.Services, ignorePlaces()); diff != "" {
		t.Errorf("services (-want +got):\n%s", diff)
	}
	wantStores := spec.Stores{
		MySQL: spec.MySQL{
			Primary:  spec.DatabaseNode{Name: "db-1", Region: "us-central1", StorageBytes: 1e12},
			Replicas: []spec.DatabaseNode{{Name: "db-2", Region: "us-central1", StorageBytes: 1e12}},
			DR:       spec.DatabaseNode{Name: "db-dr", Region: "us-east1", StorageBytes: 1e12},
			Port:     3306, MetricsPort: 9104, HighAvailability: "none", Replication: "async",
			Backups:    spec.Backups{Every: 24 * time.Hour, MaxAge: 26 * time.Hour},
			LagSources: []spec.LagSource{{Name: "tracker", SampledEvery: time.Second, Use: "objective"}},
		},
		Redis: spec.Redis{
			Name: "redis", Version: "6", CapacityBytes: 16e9, MaxConnections: 65000, Port: 6379, MetricsPort: 9121,
			Classes: []spec.DataClass{{Name: "sessions", Keys: []string{"session:*"}, Bytes: 2e9, TTL: time.Hour}, {Name: "other", Bytes: 6e9}},
		},
		RabbitMQ: spec.RabbitMQ{
			Nodes: []spec.BrokerNode{{Name: "mq-1", Region: "us-central1", Role: "primary"}, {Name: "mq-2", Region: "us-central1", Role: "mirror"}},
			Port:  5672, MetricsPort: 15692, RPCTimeout: 3 * time.Second,
			Mirroring: spec.Mirroring{Pattern: "bin-manager.*", HAMode: "all", SyncMode: "automatic"},
			Queues:    []spec.QueueFamily{{Name: "requests", Pattern: `bin-manager\.[a-z-]+\.request`, Example: "bin-manager.call-manager.request"}},
		},
	}
	if diff := cmp.Diff(wantStores, s.Stores, ignorePlaces()); diff != "" {
		t.Errorf("stores (-want +got):\n%s", diff)
	}
	wantDelivery := spec.Delivery{
		Pipeline: spec.Pipeline{Name: "CI", BrokenFor: time.Hour, Steps: []spec.PipelineStep{{Name: "test"}, {Name: "deploy", MainOnly: true}}},
		Rollout:  spec.Rollout{MaxSurge: 1, MinReady: 1, Within: 10 * time.Minute, StuckAfter: 15 * time.Minute},
		Cost: spec.Cost{
			Commitments:   []spec.Commitment{{Name: "nodes", Term: 3 * 365 * 24 * time.Hour, Discount: 0.57}},
			FailedDeploys: 0.1,
			RightSizing:   spec.RightSizing{Every: 31 * 24 * time.Hour, TooLarge: 0.3, TooSmall: 0.9, For: time.Hour},
			OffPeak:       spec.OffPeak{FromHour: 2, ToHour: 7, Idle: 0.3, For: 30 * time.Minute},
		},
	}
	if diff := cmp.Diff(wantDelivery, s.Delivery, ignorePlaces()); diff != "" {
		t.Errorf("delivery (-want +got):\n%s", diff)
	}
	if usual, most := s.Services.Pods(); usual != 4 || most != 20 {
		t.Errorf("pods: want 4 and 20, got %d and %d", usual, most)
	}
}

func TestNetwork(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(whole(t), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	voip, ok := s.Network.Of(spec.PartSIPProxies)
	if !ok || voip.Name != "voip" || voip.Usable() != 252 {
		t.Fatalf("subnet of the proxies: %+v, %v", voip, ok)
	}
	if _, ok := s.Network.Of(spec.PartRedis); ok {
		t.Error("redis has a place that nobody stated")
	}
	rule := s.Network.Firewall[0]
	f := func(source, to string, ports spec.PortRange, want bool) {
		t.Helper()
		if got := rule.Allows(netip.MustParsePrefix(source), to, ports); want != got {
			t.Errorf("from %s to %s, %s: want %v, got %v", source, to, ports, want, got)
		}
	}
	f("10.0.1.0/24", "voip", spec.PortRange{From: 5060, To: 5060}, true)
	f("0.0.0.0/0", "voip", spec.PortRange{From: 5060, To: 5061}, true)
	f("10.0.1.0/24", "kubernetes", spec.PortRange{From: 5060, To: 5060}, false)
	f("10.0.1.0/24", "voip", spec.PortRange{From: 5060, To: 5062}, false)
	f("10.0.1.0/24", "voip", spec.PortRange{}, false)
	f("2001:db8::/32", "voip", spec.PortRange{From: 5060, To: 5060}, false)
	if b, ok := s.Network.LoadBalancer("sip"); !ok || len(b.Fronts) != 2 {
		t.Errorf("load balancer: %+v, %v", b, ok)
	}
}

func TestPortRange(t *testing.T) {
	t.Parallel()
	media, sip := spec.PortRange{From: 20000, To: 30000}, spec.PortRange{From: 5060, To: 5060}
	if media.Size() != 10001 || sip.Size() != 1 || (spec.PortRange{}).Size() != 0 {
		t.Errorf("sizes: %d, %d, %d", media.Size(), sip.Size(), spec.PortRange{}.Size())
	}
	if media.String() != "20000-30000" || sip.String() != "5060" {
		t.Errorf("texts: %s, %s", media, sip)
	}
	f := func(a, b spec.PortRange, want bool) {
		t.Helper()
		if a.Overlaps(b) != want || b.Overlaps(a) != want {
			t.Errorf("%s and %s: want overlap %v", a, b, want)
		}
	}
	f(media, spec.PortRange{From: 30000, To: 30001}, true)
	f(media, spec.PortRange{From: 10000, To: 19999}, false)
	f(media, spec.PortRange{}, false)
}

// TestSeed compares what the repository's spec says with the published page, number by number.
func TestSeed(t *testing.T) {
	t.Parallel()
	s, problems := spec.Load(os.DirFS(filepath.Join("..", "..", "spec")), "spec")
	if len(problems) > 0 {
		t.Fatalf("problems:\n%v", problems)
	}
	f := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got, ignorePlaces()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	bounds := map[string]spec.Bounds{}
	for _, o := range s.Services.List {
		bounds[o.Name] = o.Bounds
		f(o.Name+": replicas", 2, o.Replicas)
		f(o.Name+": metrics port", 2112, o.Port(spec.MetricsPort))
		f(o.Name+": requests", spec.Resources{CPUMillis: 100, MemoryBytes: 256 << 20}, o.Requests)
		f(o.Name+": limits", spec.Resources{CPUMillis: 500, MemoryBytes: 512 << 20}, o.Limits)
		f(o.Name+": image", "gcr.io/voipbin/"+o.Name+":latest", o.Image)
	}
	f("at least", 30, s.Services.AtLeast)
	for name, want := range map[string]spec.Bounds{
		"bin-api-manager": {Min: 2, Max: 20}, "bin-call-manager": {Min: 2, Max: 10}, "bin-flow-manager": {Min: 2, Max: 10},
		"bin-ai-manager": {Min: 2, Max: 5}, "bin-pipecat-manager": {Min: 2, Max: 8}, "bin-webhook-manager": {Min: 2, Max: 5},
	} {
		f(name, want, bounds[name])
	}
	f("liveness", spec.HealthCheck{Path: "/health", Port: 8080, InitialDelay: 30 * time.Second, Period: 10 * time.Second}, s.Services.List[1].Liveness)
	f("readiness", spec.HealthCheck{Path: "/ready", Port: 8080, InitialDelay: 5 * time.Second, Period: 5 * time.Second}, s.Services.List[1].Readiness)
	f("gateway's liveness", spec.HealthCheck{}, s.Services.List[0].Liveness)
	f("triggers", []spec.Trigger{
		{Metric: "cpu", Threshold: 0.7, Step: 1, InHPA: true}, {Metric: "cpu", Threshold: 0.3, Step: -1},
		{Metric: "memory", Threshold: 0.8, Step: 1, InHPA: true}, {Metric: "queue_depth", Threshold: 100, Step: 2},
	}, s.Services.Autoscaling.Triggers)
	f("proxy", spec.Machine{Type: "n1-standard-4", CPUs: 4, MemoryBytes: 15e9, DiskBytes: 100e9, NetworkBitsPS: 10e9}, s.Platform.SIPProxies.Machine)
	f("server", spec.Machine{Type: "n1-standard-8", CPUs: 8, MemoryBytes: 30e9, DiskBytes: 200e9, NetworkBitsPS: 10e9}, s.Platform.MediaServers.Machine)
	f("engine", spec.Machine{Type: "n1-highcpu-8", CPUs: 8, MemoryBytes: 7.2e9, DiskBytes: 50e9, NetworkBitsPS: 10e9}, s.Platform.MediaProxies.Machine)
	f("counts", []int{3, 6, 3}, []int{len(s.Platform.SIPProxies.Nodes), len(s.Platform.MediaServers.Nodes), len(s.Platform.MediaProxies.Nodes)})
	f("replicas", 3, len(s.Stores.MySQL.Replicas))
	f("database servers", 5, len(s.Stores.MySQL.Nodes()))
	f("redis", []int{16e9, 65000, 7}, []int{int(s.Stores.Redis.CapacityBytes), s.Stores.Redis.MaxConnections, len(s.Stores.Redis.Classes)})
	f("redis, all classes", int64(16e9), s.Stores.Redis.ClassBytes())
	f("mirroring", spec.Mirroring{Pattern: "bin-manager.*", HAMode: "all", SyncMode: "automatic"}, s.Stores.RabbitMQ.Mirroring)
	f("brokers", 3, len(s.Stores.RabbitMQ.Nodes))
	f("subnets", 4, len(s.Network.Subnets))
	f("firewall", 7, len(s.Network.Firewall))
	f("rollout", spec.Rollout{MaxSurge: 1, MinReady: 1, Within: 10 * time.Minute, StuckAfter: 15 * time.Minute}, s.Delivery.Rollout)
	f("commitments", []float64{0.57, 0.57, 0.25}, []float64{s.Delivery.Cost.Commitments[0].Discount, s.Delivery.Cost.Commitments[1].Discount, s.Delivery.Cost.Commitments[2].Discount})
	f("boards", []string{"Service Health", "Call Metrics", "Queue Depths", "Error Rates"}, s.Platform.Boards)
}
