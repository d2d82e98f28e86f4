package scrapecfg

import (
	"strings"

	"github.com/voipbin/observability/internal/spec"
)

// Jobs of a cluster. The job label of a pod's series is the pod's app.
const (
	podJob      = "kubernetes-pods"
	cadvisorJob = "cadvisor"
	probesJob   = "kubelet-probes"
)

// serviceAccount is where a pod finds what it needs to ask its cluster
// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/).
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"

// containerFamilies are what is kept of cAdvisor, which has ten times as much, of pods and not of the slices above them.
const containerFamilies = `container_(cpu_usage_seconds_total|cpu_cfs_(throttled_)?(periods|seconds)_total|memory_(working_set_bytes|usage_bytes)|oom_events_total|start_time_seconds|network_(receive|transmit)_(bytes|packets_dropped)_total)`

// probeFamily is what is kept of a kubelet's probes: how many there were, and not how long they took.
const probeFamily = "prober_probe_total"

// clusterJobs scrape what the annotations of pods ask for, and of each node its cAdvisor and its kubelet's probes.
func clusterJobs(k spec.Kubernetes) []ScrapeConfig {
	if len(k.Namespaces) == 0 {
		return nil
	}
	inside, namespaces := &Namespaces{Names: k.Namespaces}, strings.Join(k.Namespaces, "|")
	return []ScrapeConfig{
		{
			JobName: podJob, TargetLimit: k.Pods,
			Kubernetes: []KubernetesDiscovery{{Role: "pod", Namespaces: inside}},
			Relabel:    podRelabel(), MetricRelabel: serviceDrops(),
		},
		kubeletJob(cadvisorJob, "/metrics/cadvisor", k.Nodes, keep(containerFamilies+";("+namespaces+")|machine_.+;", nameLabel, "namespace"), drop("POD", "container")),
		kubeletJob(probesJob, "/metrics/probes", k.Nodes, keep(probeFamily+";("+namespaces+")", nameLabel, "namespace")),
	}
}

// kubeletJob asks the kubelet of each node at one of its paths.
func kubeletJob(name, path string, nodes int, kept ...Relabel) ScrapeConfig {
	return ScrapeConfig{
		JobName: name, TargetLimit: nodes, Scheme: "https", Path: path,
		Kubernetes:    []KubernetesDiscovery{{Role: "node"}},
		Authorization: &Authorization{serviceAccount + "token"}, TLS: &TLS{serviceAccount + "ca.crt"},
		Relabel:       []Relabel{into(nodeLabel, "__meta_kubernetes_node_name"), into(instanceLabel, "__meta_kubernetes_node_name")},
		MetricRelabel: kept,
	}
}

// podRelabel reads the annotations. A pod with several ports is found once for each, so that the annotated port must be the one: a pod that
// does not declare it is found by a port that it has.
func podRelabel() []Relabel {
	const pod, annotation = "__meta_kubernetes_pod_", "__meta_kubernetes_pod_annotation_prometheus_io_"
	return []Relabel{
		keep("true", annotation+"scrape"),
		drop("Pending|Succeeded|Failed", pod+"phase"),
		drop("true", pod+"container_init"),
		{SourceLabels: []string{annotation + "path"}, Regex: "(.+)", TargetLabel: "__metrics_path__"},
		{SourceLabels: []string{pod + "ip", annotation + "port"}, Separator: ";", Regex: `([0-9.]+);(\d+)`, TargetLabel: addressLabel, Replacement: "$1:$2"},
		{SourceLabels: []string{pod + "ip", annotation + "port"}, Separator: ";", Regex: `([0-9a-fA-F:]+:[0-9a-fA-F:]*);(\d+)`, TargetLabel: addressLabel, Replacement: "[$1]:$2"},
		{SourceLabels: []string{pod + "label_app"}, Regex: "(.+)", TargetLabel: jobLabel},
		into("namespace", "__meta_kubernetes_namespace"),
		into("pod", pod+"name"),
		into(instanceLabel, pod+"name"),
		into(nodeLabel, pod+"node_name"),
	}
}

// serviceDrops drop series of the services whose labels have no bound: a target queue that a pod has for itself, and events by Asterisk,
// whose id changes with every pod. To take the labels away instead would leave several series of one name and labels.
func serviceDrops() []Relabel {
	return []Relabel{drop(volatileQueue, "target"), drop(volatileQueue, "queue"), drop(".+", "asterisk_id")}
}
