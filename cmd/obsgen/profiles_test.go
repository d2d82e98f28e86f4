package main

import (
	"encoding/json"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// repositorySpec is the repository's spec with a profile.
func repositorySpec(t *testing.T, profile string) *spec.Spec {
	t.Helper()
	s, problems := spec.LoadProfile(os.DirFS(filepath.Join("..", "..", "spec")), "spec", profile)
	if len(problems) > 0 {
		t.Fatalf("%s:\n%v", profile, problems)
	}
	return s
}

// profileNames are the profiles of the repository.
func profileNames(t *testing.T) []string {
	t.Helper()
	names, err := spec.Profiles(os.DirFS(filepath.Join("..", "..", "spec")))
	if err != nil || len(names) < 3 {
		t.Fatalf("profiles %v: %v", names, err)
	}
	return names
}

// placesOf are the hosts that a profile has: of nodes and their addresses, stores, services, shared machines, entrances, and what watches.
func placesOf(s *spec.Spec) []string {
	places := []string{"localhost", s.Stores.Redis.Name}
	p := s.Platform
	for _, tier := range []spec.Tier{p.SIPProxies.Tier, p.MediaServers.Tier, p.MediaProxies.Tier, s.Recovery.Trackers} {
		for _, n := range tier.Nodes {
			host, _, err := net.SplitHostPort(tier.Target(n))
			if err != nil {
				host = tier.Target(n)
			}
			places = append(places, n.Name, host)
		}
	}
	for _, n := range s.Stores.MySQL.Nodes() {
		places = append(places, n.Name)
	}
	for _, n := range s.Stores.RabbitMQ.Nodes {
		places = append(places, n.Name)
	}
	for _, o := range s.Services.List {
		places = append(places, o.Name)
		if s.Profile.Has(spec.PartKubernetes) {
			places = append(places, s.Services.ClusterHost(o))
		}
	}
	for _, h := range s.Network.Hosts {
		places = append(append(places, h.Name), h.Public...)
	}
	for _, b := range s.Network.LoadBalancers {
		places = append(places, b.Host)
	}
	for _, a := range p.Prometheus.Alertmanagers {
		places = append(places, hostOf(a))
	}
	if s.Profile.Has(spec.PartKubernetes) {
		places = append(places, "kube-state-metrics.infrastructure.svc")
	}
	if len(s.Network.LoadBalancers) > 0 || s.Network.NAT || len(s.Stores.Buckets) > 0 {
		places = append(places, "stackdriver")
	}
	return places
}

// hostOf is the host of a target: an address, or what a prober asks.
func hostOf(target string) string {
	if at, err := url.Parse(target); err == nil && at.Host != "" {
		return at.Hostname()
	}
	host, _, err := net.SplitHostPort(target)
	if err != nil {
		return target
	}
	return host
}

// TestTargetsOfProfiles shows that Prometheus asks nobody whom the profile does not have, and misses none of its machines.
func TestTargetsOfProfiles(t *testing.T) {
	t.Parallel()
	for _, profile := range profileNames(t) {
		s := repositorySpec(t, profile)
		places, asked := placesOf(s), map[string]bool{}
		for _, c := range scrapecfg.Build(s.Platform.Prometheus, specTargets(s), nil).ScrapeConfigs {
			if len(c.Kubernetes) > 0 && !s.Profile.Has(spec.PartKubernetes) {
				t.Errorf("%s: job %s asks a cluster that is not there", profile, c.JobName)
			}
			for _, g := range c.Static {
				for _, target := range g.Targets {
					host := hostOf(target)
					asked[host], asked[g.Labels["instance"]] = true, true
					if !slices.Contains(places, host) {
						t.Errorf("%s: job %s asks %s, which the profile does not have", profile, c.JobName, target)
					}
					if instance, ok := g.Labels["instance"]; ok && !slices.Contains(places, instance) {
						t.Errorf("%s: job %s calls %s %q, which the profile does not have", profile, c.JobName, target, instance)
					}
				}
			}
		}
		var must []string
		for _, n := range s.Stores.MySQL.Nodes() {
			must = append(must, n.Name)
		}
		for _, n := range s.Stores.RabbitMQ.Nodes {
			must = append(must, n.Name)
		}
		for _, h := range s.Network.Hosts {
			must = append(must, h.Name)
		}
		if !s.Profile.Has(spec.PartKubernetes) {
			for _, o := range s.Services.List {
				must = append(must, o.Name)
			}
		}
		for _, name := range append(must, s.Stores.Redis.Name) {
			if !asked[name] {
				t.Errorf("%s: nobody asks %s", profile, name)
			}
		}
	}
}

// emittersOf are the programs whose expositions a profile's Prometheus reads.
func emittersOf(s *spec.Spec) map[*metric.Emitter]bool {
	of := map[*metric.Emitter]bool{metric.PrometheusServer: true, metric.PrometheusItself: true, metric.ClientGolang: true}
	t := specTargets(s)
	for _, own := range []struct {
		there   bool
		emitter *metric.Emitter
	}{
		{len(t.Kamailio) > 0, metric.KamailioExporter},
		{len(t.RTPEngine) > 0, metric.RTPEngineExporter},
		{len(t.Asterisk) > 0, metric.AsteriskExporter},
		{len(t.SIP) > 0, metric.SIPExporter},
		{len(t.Trackers) > 0, metric.Tracker},
		{len(t.Alertmanagers) > 0, metric.AlertmanagerItself},
		{len(t.Scrape.Kubernetes.Namespaces) > 0, metric.Kubelet},
	} {
		of[own.emitter] = of[own.emitter] || own.there
	}
	kinds := map[string]*metric.Emitter{
		spec.NodeJob: metric.NodeExporter, spec.MySQLJob: metric.MySQLExporter, spec.RedisJob: metric.RedisExporter, spec.RabbitMQJob: metric.RabbitMQPlugin,
		spec.KubeStateJob: metric.KubeStateMetrics, spec.BlackboxJob: metric.BlackboxExporter, spec.StackdriverJob: metric.StackdriverExporter,
	}
	for _, j := range t.Scrape.Jobs {
		if emitter, ok := kinds[j.Kind]; ok {
			of[emitter] = true
		} else if j.Name == "platform" {
			of[metric.PlatformExporter] = true
		}
	}
	return of
}

// withoutEmitter are families that rules read whether somebody emits them or not: nothing of them is no fault.
func withoutEmitter() []string {
	return []string{
		metric.SLOMaintenanceActive.Name, // announced by the tracker; without one nothing is
	}
}

// inQuotes are the strings of an expression.
var inQuotes = regexp.MustCompile(`"(\\.|[^"\\])*"|'(\\.|[^'\\])*'`)

// identifiers are its names, functions and labels among them.
var identifiers = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)

// TestEmittersOfProfiles shows that no rule and no panel asks for what nobody tells whom the profile's Prometheus scrapes: it would be silent for ever.
func TestEmittersOfProfiles(t *testing.T) {
	t.Parallel()
	for _, profile := range profileNames(t) {
		s := repositorySpec(t, profile)
		j, err := judge(s, specTargets(s))
		if err != nil {
			t.Fatal(err)
		}
		emitters := emittersOf(s)
		asks := func(where, expr string) {
			for _, word := range identifiers.FindAllString(inQuotes.ReplaceAllString(expr, `""`), -1) {
				f, _, ok := j.catalogue.Resolve(word)
				if !ok || slices.Contains(withoutEmitter(), f.Name) {
					continue
				}
				told := emitters[f.Emitter] || f.Emitter.Profile != "" && s.Services.Described() || strings.HasPrefix(f.Name, "voipbin:")
				if !told && !slices.ContainsFunc(f.Also, func(e *metric.Emitter) bool { return emitters[e] }) {
					t.Errorf("%s: %s asks %s of %s, which nobody scrapes", profile, where, f.Name, f.Emitter.Name)
				}
			}
		}
		for _, file := range j.made.Files {
			for _, r := range file.Make().All() {
				asks(r.Alert+r.Record, r.Expr)
			}
		}
		for _, b := range j.boards {
			var content any
			if err := json.Unmarshal(b.JSON, &content); err != nil {
				t.Fatal(err)
			}
			each(content, func(expr string) { asks(b.Path, expr) })
		}
		for _, a := range j.made.Alerts {
			for _, r := range a.Rules {
				board := strings.TrimPrefix(r.Annotations["dashboard"], "/d/")
				if board != "" && !slices.ContainsFunc(uids(j), func(uid string) bool { return uid == board }) {
					t.Errorf("%s: %s leads to %s, which is not made", profile, a.Name, board)
				}
			}
		}
	}
}

// uids are those of the boards that were made.
func uids(j *judged) []string {
	list := make([]string, len(j.boards))
	for i, b := range j.boards {
		list[i] = b.UID
	}
	return list
}

// each calls f for every expression of a board.
func each(v any, f func(expr string)) {
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			if expr, ok := below.(string); ok && key == "expr" {
				f(expr)
			}
			each(below, f)
		}
	case []any:
		for _, below := range v {
			each(below, f)
		}
	}
}

// TestPlacesTell shows that the test of targets finds a target that is not there.
func TestPlacesTell(t *testing.T) {
	t.Parallel()
	places := placesOf(repositorySpec(t, "compose-single-host"))
	for target, want := range map[string]bool{"bm-nyc-01:9100": true, "https://api.voipbin.net/ping": true, "mysql-dr:9104": false, "kube-state-metrics.infrastructure.svc:8080": false, "rabbitmq-2:15692": false} {
		if got := slices.Contains(places, hostOf(target)); got != want {
			t.Errorf("%s: %v, want %v", target, got, want)
		}
	}
}
