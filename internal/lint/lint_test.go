package lint_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/lint"
	"github.com/voipbin/observability/internal/spec"
)

// repository returns the repository's spec with a profile.
func repository(tb testing.TB, profile string) *spec.Spec {
	tb.Helper()
	s, problems := spec.LoadProfile(os.DirFS(filepath.Join("..", "..", "spec")), "spec", profile)
	if len(problems) > 0 {
		tb.Fatalf("problems:\n%v", problems)
	}
	return s
}

// altered returns a copy of a spec in which the lists that tests change are copies too: reading the files anew for each case takes
// most of a test's time.
func altered(base *spec.Spec, change func(*spec.Spec)) *spec.Spec {
	s := *base
	s.SLOs = slices.Clone(s.SLOs)
	s.Recovery.Scenarios, s.Recovery.Stores = slices.Clone(s.Recovery.Scenarios), slices.Clone(s.Recovery.Stores)
	s.Network.Subnets, s.Network.Firewall = slices.Clone(s.Network.Subnets), slices.Clone(s.Network.Firewall)
	s.Stores.MySQL.LagSources = slices.Clone(s.Stores.MySQL.LagSources)
	change(&s)
	return &s
}

// TestProfiles holds each profile of the repository to have no finding that it does not accept, and none accepted in vain.
func TestProfiles(t *testing.T) {
	t.Parallel()
	f := func(profile string, wantAccepted int) {
		t.Helper()
		found, problems := lint.Run(repository(t, profile))
		problems = append(problems, lint.Problems(found)...)
		if len(problems) > 0 {
			t.Errorf("%s:\n%v", profile, problems)
		}
		if len(found) != wantAccepted {
			t.Errorf("%s: want %d findings, got %d", profile, wantAccepted, len(found))
		}
	}
	f("seed", 40)
	f("monorepo", 35) // nothing is scaled; of api_availability as the page has it
	f("compose-single-host", 1)
}

// TestEachLinter has for each linter a platform in which it finds something, and one in which it does not.
func TestEachLinter(t *testing.T) {
	t.Parallel()
	base, tested := repository(t, "seed"), map[string][2]bool{}
	f := func(linter string, change func(*spec.Spec), want ...string) {
		t.Helper()
		found, _ := lint.Run(altered(base, change))
		var got []string
		for _, x := range found {
			if x.Linter == linter {
				got = append(got, x.About)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", linter, diff)
		}
		seen := tested[linter]
		seen[min(len(want), 1)] = true
		tested[linter] = seen
	}
	as := func(*spec.Spec) {}
	page := []string{
		"prometheus to sip_proxies:9494", "prometheus to sip_proxies:9100", "prometheus to media_servers:9815", "prometheus to media_servers:9100",
		"prometheus to media_proxies:9742", "prometheus to media_proxies:9100", "prometheus to mysql:9104", "prometheus to redis:9121", "prometheus to rabbitmq:15692",
		"sip_proxies to mysql:3306", "sip_proxies to redis:6379", "media_servers to rabbitmq:5672", "media_proxies to redis:6379", "load_balancers to services:443",
	}
	f("firewall-path", as, page...)
	f("firewall-path", func(s *spec.Spec) {
		s.Network.Firewall = append(s.Network.Firewall, rule("10.0.0.0/22", "kubernetes", "voip", "data"))
	})
	f("firewall-path", func(s *spec.Spec) {
		s.Network.Firewall = append(s.Network.Firewall, rule("10.0.0.0/22", "kubernetes", "voip", "data"))
		s.Network.Firewall = slices.DeleteFunc(s.Network.Firewall, func(r spec.FirewallRule) bool { return r.Name == "allow-sip" })
	}, "world to sip_proxies:5060", "world to sip_proxies:5061")

	f("rtp-ports", as)
	f("rtp-ports", func(s *spec.Spec) { s.Platform.MediaProxies.RTPPorts.To = 65535 }, "media_proxies 20000-65535")
	f("rtp-ports", func(s *spec.Spec) { s.Platform.MediaProxies.RTPPorts.To = 22000 }, "media_proxies capacity")
	f("rtp-ports", func(s *spec.Spec) { s.Platform.MediaServers.RTPPorts.To = 11000 }, "media_servers capacity")

	strict := []string{"call_setup", "registration", "api_availability", "api_reachable", "sip_reachable", "services_ready", "database", "cache", "broker", "messages_kept", "object_storage"}
	f("failover-budget", as, strict...)
	f("failover-budget", func(s *spec.Spec) { s.SLOs[0].Objective = 0.9995 }, strict...)
	f("failover-budget", func(s *spec.Spec) { s.Recovery.Scenarios[0].RTO = 20 * time.Minute }, "messages_kept")
	f("failover-budget", func(s *spec.Spec) { s.Recovery = spec.Recovery{} })

	f("supplier-series", as, "call_setup", "api_availability")
	f("supplier-series", func(s *spec.Spec) {
		for i := range s.SLOs {
			s.SLOs[i].Suppliers = nil
		}
	})
	f("supplier-series", func(s *spec.Spec) {
		for i := range s.SLOs {
			s.SLOs[i].Suppliers = nil
		}
		s.SLOs[0].Suppliers = []spec.Supplier{{Name: "load balancer", Objective: 0.9999}, {Name: "cluster", Objective: 0.9995}, {Name: "database", Objective: 0.9995}, {Name: "cache", Objective: 0.999}}
	}, "call_setup")

	f("scaling-addresses", as, "kubernetes")
	f("scaling-addresses", func(s *spec.Spec) { s.Network.Subnets[1].Range = netip.MustParsePrefix("10.0.1.0/25") }, "kubernetes")
	f("scaling-addresses", func(s *spec.Spec) { s.Network.Subnets[1].Range = netip.MustParsePrefix("10.4.0.0/20") })

	f("scaling-nodes", as, "node_pool")
	pool := func(nodes int) func(*spec.Spec) {
		return func(s *spec.Spec) {
			s.Services.NodePool = spec.NodePool{MaxNodes: nodes, PodsPerNode: 110, Machine: spec.Machine{CPUs: 8, MemoryBytes: 32 << 30}}
		}
	}
	f("scaling-nodes", pool(3))
	f("scaling-nodes", pool(2), "pods", "CPUs")

	f("scaling-trigger", as, "cpu below", "queue_depth above")
	f("scaling-trigger", func(s *spec.Spec) { s.Services.Autoscaling.Triggers = s.Services.Autoscaling.Triggers[:1] })

	f("rollout-promise", as, "min_ready")
	f("rollout-promise", func(s *spec.Spec) { s.Delivery.Rollout.MinReady = 2 })
	f("rollout-promise", func(s *spec.Spec) { s.Delivery.Rollout.MinReady = 3 }, "min_ready")

	f("mirroring-version", as, "policy")
	f("mirroring-version", func(s *spec.Spec) { s.Stores.RabbitMQ.Version = spec.Version{} }, "policy")
	f("mirroring-version", func(s *spec.Spec) { s.Stores.RabbitMQ.Version = spec.Version{Major: 3, Minor: 13} })
	f("mirroring-pattern", as, "asterisk_farm_requests", "kamailio_requests", "rtpengine_requests")
	f("mirroring-pattern", func(s *spec.Spec) { s.Stores.RabbitMQ.Mirroring.Pattern = ".*" })

	f("cache-headroom", as, "classes")
	f("cache-headroom", func(s *spec.Spec) { s.Stores.Redis.CapacityBytes = 20e9 })

	f("series-budget", as)
	f("series-budget", func(s *spec.Spec) { s.Platform.Prometheus.StorageBytes = 65e9 }, "storage")
	f("series-budget", func(s *spec.Spec) { s.Platform.Prometheus.ScrapeInterval = 5 * time.Second }, "storage")

	f("lag-source", as)
	f("lag-source", func(s *spec.Spec) { s.Stores.MySQL.LagSources[1].Use = spec.ForObjective }, "cloud_monitoring")
	f("lag-source", func(s *spec.Spec) { s.Stores.MySQL.LagSources = s.Stores.MySQL.LagSources[1:] }, "none")

	f("recovery-gap", as, "redis", "rabbitmq", "recordings")
	f("recovery-gap", func(s *spec.Spec) { s.Recovery.Stores = s.Recovery.Stores[:1] })

	f("shared-ports", as)
	f("shared-ports", func(s *spec.Spec) {
		s.Network.Hosts = []spec.Host{{Name: "h", Listeners: []spec.Listener{
			{Name: "kamailio_exporter", Transport: "tcp", Ports: spec.PortRange{From: 9101, To: 9101}},
			{Name: "RTPEngine HTTP", Transport: "tcp", Ports: spec.PortRange{From: 9101, To: 9101}},
			{Name: "something on UDP", Transport: "udp", Ports: spec.PortRange{From: 9101, To: 9101}},
		}}}
	}, "kamailio_exporter and RTPEngine HTTP")

	for _, l := range lint.Linters() {
		if tested[l.Name] != [2]bool{true, true} {
			t.Errorf("%s: want a case in which it finds something and one in which it does not", l.Name)
		}
	}
}

// rule lets everything in to subnets.
func rule(source string, to ...string) spec.FirewallRule {
	return spec.FirewallRule{Name: "test", Ports: []spec.PortRange{spec.AllPorts()}, Sources: []netip.Prefix{netip.MustParsePrefix(source)}, To: to}
}

// TestAcceptances shows that the first acceptance counts of those that match, and that what another profile accepts need not be there.
func TestAcceptances(t *testing.T) {
	t.Parallel()
	s := repository(t, "seed")
	s.Profile.Accepted = []spec.Acceptance{
		{Finding: "firewall-path", About: "prometheus to *", Reason: "known"},
		{Finding: "firewall-path", About: "prometheus to mysql:9104", Reason: "another"},
		{Finding: "shared-ports", Reason: "of another profile", Pos: diag.Position{File: "spec/profiles/base.yaml", Line: 8, Col: 5}},
	}
	found, problems := lint.Run(s)
	if len(problems) > 0 {
		t.Errorf("problems:\n%v", problems)
	}
	accepted := 0
	for _, x := range found {
		if x.Accepted() {
			accepted++
			if x.Reason != "known" {
				t.Errorf("%s: reason %q, want the first that matches", x.About, x.Reason)
			}
		}
	}
	if accepted != 9 {
		t.Errorf("want 9 accepted, got %d", accepted)
	}
}

// TestMarkdown shows that the document has every finding, and says which are not accepted.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	s := repository(t, "seed")
	s.Profile.Accepted = slices.DeleteFunc(s.Profile.Accepted, func(a spec.Acceptance) bool { return a.Finding == "recovery-gap" })
	found, _ := lint.Run(s)
	text := string(lint.Markdown("made", s, found))
	for _, x := range found {
		if !strings.Contains(text, "| "+x.About+" |") {
			t.Errorf("%s: %s is not in the document", x.Linter, x.About)
		}
	}
	if n := strings.Count(text, "**not accepted**"); n != 3 {
		t.Errorf("want 3 that are not accepted, got %d", n)
	}
	if !strings.Contains(text, "40 findings, of which 37 are accepted") {
		t.Errorf("head:\n%s", text[:300])
	}
	for _, l := range lint.Linters() {
		if !strings.Contains(text, "## "+l.Name+"\n") {
			t.Errorf("%s is not in the document", l.Name)
		}
	}
}
