package dashboard

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/spec"
)

// Played is the world of the whole platform, in blocks that a Prometheus reads.
type Played struct {
	// Dir holds the blocks, From and To are the hour to look at.
	Dir      string
	From, To time.Time
	exposed  []sample
}

// Play plays the platform of the spec: Kamailio, RTPEngine, Asterisk and probes as they were recorded, trackers as the catalogue has them, and
// alerts of which one came and went.
func Play(t *testing.T) *Played {
	t.Helper()
	s := recordedSpec(t)
	proxy, media, server := exposition(t, "kamailio", "6.1.5"), exposition(t, "rtpengine", "12.5.1-calls"), exposition(t, "asterisk", "22.10.1-calls")
	echo, register, tracker := exposition(t, "sip", "call"), exposition(t, "sip", "register"), madeUp(s, metric.Recovery())
	first := s.Platform.SIPProxies.Nodes[0].Name
	regions := []string{"us-central1", "us-east1"}
	var all []moving
	for i := range 2 {
		all = slices.Concat(all,
			moved(node{proxyJob, s.Platform.SIPProxies.Nodes[i].Name, regions[i]}, proxy),
			moved(node{mediaJob, s.Platform.MediaProxies.Nodes[i].Name, regions[i]}, media),
			moved(node{serverJob, s.Platform.MediaServers.Nodes[i].Name, regions[i]}, server),
			moved(node{"tracker", s.Recovery.Trackers.Nodes[i].Name, regions[1]}, tracker))
	}
	all = slices.Concat(all, moved(node{"sip", "edge-echo", regions[0]}, echo), moved(node{"sip", "edge-register", regions[0]}, register), moved(node{"sip", "edge-udp", regions[0]}, exposition(t, "sip", "options")))
	for _, at := range clustered(t) {
		all = slices.Concat(all, moved(node{at.job, at.name, regions[0]}, at.exposed))
	}
	shut, manager, member := captured(t, "blackbox_exporter-0.26.0-tcp"), captured(t, "alertmanager-0.31.1"), captured(t, "alertmanager-0.31.1-cluster")
	machine, itself, cloud, outside := captured(t, "node_exporter-1.12.1"), captured(t, "prometheus-3.16.0"), captured(t, "stackdriver_exporter-0.19.0"), captured(t, "blackbox_exporter-0.26.0-http")
	all = slices.Concat(all,
		moved(node{hostsJob, first, regions[0]}, machine), moved(node{serverItself, "localhost:9090", regions[0]}, itself),
		moved(node{"platform", "deploys", regions[0]}, exposition(t, "platform", "deploys")),
		moved(node{cloudJob, "stackdriver", regions[0]}, cloud), moved(node{outsideJob, "https://api.voipbin.net/ping", regions[0]}, outside),
		moved(node{closedJob, "sip.voipbin.net:5038", regions[0]}, shut), moved(node{closedInner, "redis:6379", regions[0]}, shut),
		moved(node{spec.PortsJob, "bin-api-manager.production.svc:443", regions[0]}, outside), moved(node{spec.PortsJob, "bin-call-manager.production.svc:8080", regions[0]}, outside),
		moved(node{alertsBy, "alertmanager-1:9093", regions[0]}, manager), moved(node{alertsBy, "alertmanager-2:9093", regions[0]}, member))
	for _, at := range stored(t) {
		all = slices.Concat(all, moved(node{at.job, at.node, regions[0]}, at.exposed))
		if at.job == "rabbitmq" { // the others of the cluster
			all = slices.Concat(all, moved(node{at.job, "rabbitmq-2", regions[0]}, at.exposed), moved(node{at.job, "rabbitmq-3", regions[0]}, at.exposed))
		}
	}
	all = slices.Concat(all, moved(node{"kube-state-metrics", "kube-state-metrics", regions[0]}, deployed(s)))
	for _, service := range besides(s) {
		all = slices.Concat(all, moved(node{service, service + "-6d4b9c-x2x7k", regions[0]}, nil))
	}
	w := newWorld(t)
	remember(t, playback{TestStorage: w.store, start: w.start})
	w.play(t, all)
	made := ruled(t, s)
	w.record(t, made)
	w.alert(t, made, "KamailioDispatcherSetDown", first, 30*time.Minute, 41*time.Minute)
	w.alert(t, made, "KamailioDispatcherTargetDown", first, 68*time.Minute, worldLasts)
	w.alert(t, made, "KamailioWorkersBehind", first, 66*time.Minute, worldLasts)
	w.alert(t, made, rules.WatchdogName, first, 0, worldLasts)
	dir := filepath.Join(t.TempDir(), "blocks")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Snapshot(dir, true); err != nil {
		t.Fatal(err)
	}
	return &Played{Dir: dir, From: w.end().Add(-61 * time.Minute), To: w.end().Add(-time.Minute), // graphs write no time at their very edge
		exposed: slices.Concat(proxy, media, server, echo, register, tracker, machine, itself, cloud, outside, manager, member)}
}

// besides are the services of the spec that are not among the two whose pods are played in full: they are there, ready, and scraped.
func besides(s *spec.Spec) (names []string) {
	for _, service := range s.Services.List {
		if service.Name != "bin-api-manager" && service.Name != "bin-call-manager" {
			names = append(names, service.Name)
		}
	}
	return names
}

// deployed is what the cluster tells of them.
func deployed(s *spec.Spec) []sample {
	var out []sample
	for _, service := range besides(s) {
		for _, f := range []*metric.Family{metric.KubeDeploymentReplicas, metric.KubeDeploymentReplicasReady} {
			out = append(out, sample{series: labels.FromStrings(model.MetricNameLabel, f.Name, "namespace", s.Services.Namespace, "deployment", service), value: 2})
		}
	}
	return out
}

// recordedSpec is the repository's spec with the addresses that the recorded proxies have.
func recordedSpec(t *testing.T) *spec.Spec {
	t.Helper()
	s := described(t)
	s.Platform.MediaProxies.Nodes[0].Control, s.Platform.MediaProxies.Nodes[1].Control = "udp:127.0.0.1:18305", "udp:127.0.0.1:18105"
	s.Platform.MediaServers.Nodes[0].SIP, s.Platform.MediaServers.Nodes[1].SIP = "sip:127.0.0.1:18304", "sip:127.0.0.1:18104"
	return s
}

// Happened are the titles of what annotations have to mark in the hour to look at.
func Happened() []string {
	return []string{
		"KamailioDispatcherSetDown", "KamailioDispatcherTargetDown", deployedService + " 2bf22fa4 deployed", "Drill or failover under way",
		"region_loss: failover began",
	}
}

// Quiet says why a panel shows nothing of this world, or "" if it has to show something.
func (p *Played) Quiet(t *testing.T, board []byte, title string) string {
	t.Helper()
	switch title {
	case "Collectors that fail":
		return "every collector is healthy"
	case "Alerts about it":
		return "no alert about an objective is played"
	case "Traps that are set":
		return "the played standby region is ready"
	case "What is not as the spec has it":
		return "no such alert is played"
	case "Reads that hit":
		return "nobody read from the recorded cache"
	case "Longest time to live":
		return "no key of the recorded cache that expires is of a class with a limit"
	case "Requests that fail":
		return "no request of the load balancer's sample failed"
	case "Streams in userspace":
		return "the recorded engine had not counted its streams yet"
	case "Call setup success, budget lasts", "Registration success, budget lasts", "Post-dial delay, budget lasts", "SIP edge reachable, budget lasts", "Standby region ready, budget lasts", "Services watched, budget lasts", "API availability, budget lasts", "API reachable, budget lasts", "Database, budget lasts", "Replicas fresh, budget lasts", "Cache, budget lasts", "Messages kept, budget lasts", "Object storage, budget lasts", "Services ready, budget lasts", "Message queue, budget lasts", "Budget lasts":
		return "lasts for ever while nothing fails"
	}
	for _, expr := range queries(t, board)[title] {
		if family := unexposed(expr, p.exposed); family != "" {
			return "the recorded daemons do not have " + family
		}
	}
	return ""
}
