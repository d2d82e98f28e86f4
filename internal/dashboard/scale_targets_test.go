package dashboard

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// scaledTargets are all that a platform of a size has to scrape, each saying what a real one was recorded saying, or, where none could be run,
// what its documentation has: the captures by which the catalogue is proven.
func scaledTargets(t *testing.T, s *spec.Spec, size Size) []scaledTarget {
	t.Helper()
	services := s.Services.List[:min(size.Services, len(s.Services.List))]
	return slices.Concat(scaledTiers(t, s), scaledCluster(t, s, services, size.Pods), scaledStores(t, s, services), scaledRest(t))
}

// at names a target as the scrape configuration does for a job with a list of targets.
func at(job, instance string, exposed []sample) scaledTarget {
	return scaledTarget{labels: map[string]string{"job": job, "instance": instance}, exposed: exposed}
}

// nodeOfTier adds what is known of a node of a tier.
func nodeOfTier(job string, n spec.Node, exposed []sample) scaledTarget {
	a := at(job, n.Name, exposed)
	a.labels["node"], a.labels["region"] = n.Name, n.Region
	if n.Farm != "" {
		a.labels["farm"] = n.Farm
	}
	return a
}

// scaledTiers are the machines of the tiers with their daemons, and what probes and tracks them.
func scaledTiers(t *testing.T, s *spec.Spec) []scaledTarget {
	t.Helper()
	var out []scaledTarget
	machine := metricCapture(t, "node_exporter-1.12.1")
	for _, tier := range []struct {
		job   string
		nodes []spec.Node
		says  []sample
	}{
		{proxyJob, s.Platform.SIPProxies.Nodes, exposition(t, "kamailio", "6.1.5")},
		{mediaJob, s.Platform.MediaProxies.Nodes, exposition(t, "rtpengine", "12.5.1-calls")},
		{serverJob, s.Platform.MediaServers.Nodes, exposition(t, "asterisk", "22.10.1-calls")},
	} {
		for _, n := range tier.nodes {
			out = append(out, nodeOfTier(tier.job, n, tier.says), at(hostsJob, n.Name, machine))
		}
	}
	for _, n := range s.Recovery.Trackers.Nodes {
		out = append(out, nodeOfTier("tracker", n, madeUp(s, metric.Recovery())))
	}
	probe, register := exposition(t, "sip", "call"), exposition(t, "sip", "register")
	for _, name := range s.Platform.SIPProber.Probes {
		says := probe
		if name == "edge-register" {
			says = register
		}
		out = append(out, at("sip", name, says))
	}
	return out
}

// scaledCluster are the pods of services, and what the cluster tells of them.
func scaledCluster(t *testing.T, s *spec.Spec, services []spec.Service, pods int) []scaledTarget {
	t.Helper()
	const nodes = 10
	told := severalMethods(metricCapture(t, "voipbin-seed-written"))
	state := scaledTarget{labels: map[string]string{"job": "kube-state-metrics", "instance": "kube-state-metrics.infrastructure.svc"}, honored: true}
	used := make([]scaledTarget, nodes)
	for i := range used {
		name := fmt.Sprintf("pool-%d", i+1)
		used[i] = scaledTarget{labels: map[string]string{"job": "cadvisor", "instance": name, "node": name}, honored: true}
	}
	capturedState, capturedUse := sized(metricCapture(t, "kube-state-metrics-2.18.0")), sized(metricCapture(t, "kubelet-1.37.2"))
	var out []scaledTarget
	for i, service := range services {
		for p := range pods {
			n := i*pods + p
			pod := fmt.Sprintf("%s-6d4b9c-%05x", service.Name, 0x7a310+n)
			names := strings.NewReplacer("call-manager-6d4b9c-x2x7k", pod, "bin-manager.call-manager", "bin-manager."+strings.TrimPrefix(service.Name, "bin-"),
				"call-manager", service.Name, "0f6e", fmt.Sprintf("%04x", n), "10.0.1.40", fmt.Sprintf("10.0.1.%d", 40+n), "pool-1", fmt.Sprintf("pool-%d", n%nodes+1))
			state.exposed = append(state.exposed, named(capturedState, names)...)
			used[n%nodes].exposed = append(used[n%nodes].exposed, named(capturedUse, names)...)
			a := at(service.Attribution, pod, named(told, names))
			a.labels["namespace"], a.labels["pod"], a.labels["node"] = s.Services.Namespace, pod, fmt.Sprintf("pool-%d", n%nodes+1)
			out = append(out, a)
		}
	}
	return append(append(out, state), used...)
}

// named renames a captured thing.
func named(exposed []sample, names *strings.Replacer) []sample {
	out := slices.Clone(exposed)
	for i := range out {
		out[i].series = renamed(out[i].series, names)
	}
	return out
}

// severalMethods gives a service the methods and results that one has: the capture has one of each.
func severalMethods(exposed []sample) []sample {
	several := map[string][]string{
		"GET": {"GET", "POST", "PUT", "DELETE"}, "call_create": {"call_create", "call_get", "call_list", "call_delete", "call_update", "flow_run"},
		"200": {"200", "201", "400", "404", "500"}, "success": {"success", "error"},
	}
	for _, label := range []string{"method", "status"} {
		var out []sample
		for _, s := range exposed {
			values := several[s.series.Get(label)]
			if values == nil {
				out = append(out, s)
			}
			for _, v := range values {
				out = append(out, sample{series: labels.NewBuilder(s.series).Set(label, v).Labels(), value: s.value, grows: s.grows})
			}
		}
		exposed = out
	}
	return exposed
}

// scaledStores are the servers that hold data, with a queue for each service.
func scaledStores(t *testing.T, s *spec.Spec, services []spec.Service) []scaledTarget {
	t.Helper()
	var out []scaledTarget
	primary, replica := metricCapture(t, "mysqld_exporter-0.17.2-mysql-9.7"), metricCapture(t, "mysqld_exporter-0.17.2-mariadb-10.11")
	for i, n := range s.Stores.MySQL.Nodes() {
		says := replica
		if i == 0 {
			says = primary
		}
		out = append(out, at("mysqld", n.Name, says))
	}
	out = append(out, at("redis", "redis", metricCapture(t, "redis_exporter-1.69.0-master")))
	broker, detail := metricCapture(t, "rabbitmq-4.0.5"), metricCapture(t, "rabbitmq-4.0.5-detailed")
	for i, n := range s.Stores.RabbitMQ.Nodes {
		queues := slices.DeleteFunc(slices.Clone(detail), func(s sample) bool { return s.series.Get("queue") != "" })
		for j, service := range services {
			if j%len(s.Stores.RabbitMQ.Nodes) != i {
				continue // a queue is told of where it lives
			}
			of := slices.DeleteFunc(slices.Clone(detail), func(s sample) bool { return s.series.Get("queue") == "" })
			queues = append(queues, named(of, strings.NewReplacer("bin-manager.call-manager", "bin-manager."+strings.TrimPrefix(service.Name, "bin-")))...)
		}
		out = append(out, at("rabbitmq", n.Name, broker), at("rabbitmq-queues", n.Name, queues))
	}
	for _, target := range []string{"rabbitmq", "redis", "backup", "deploys"} {
		out = append(out, at("platform", target, exposition(t, "platform", target)))
	}
	return out
}

// scaledRest are the server itself, the cloud, and the platform from outside.
func scaledRest(t *testing.T) []scaledTarget {
	t.Helper()
	return []scaledTarget{
		at(serverItself, "localhost:9090", metricCapture(t, "prometheus-3.16.0")), at(cloudJob, "stackdriver", metricCapture(t, "stackdriver_exporter-0.19.0")),
		at(outsideJob, "https://api.voipbin.net/ping", metricCapture(t, "blackbox_exporter-0.26.0-http")),
	}
}
