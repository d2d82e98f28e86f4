package scrapecfg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/scrapecfg"
	"github.com/voipbin/observability/internal/spec"
)

// scraped is the platform with a job of each kind, and a cluster.
func scraped() scrapecfg.Config {
	p := platform()
	t := scrapecfg.SpecTargets(p, spec.Recovery{})
	t.Scrape = spec.Scrape{Kubernetes: spec.Kubernetes{Namespaces: []string{"bin-manager", "voip"}, Pods: 200, Nodes: 30}}
	for _, kind := range spec.JobKinds() {
		t.Scrape.Jobs = append(t.Scrape.Jobs, spec.ScrapeJob{Name: "x-" + kind, Kind: kind, Targets: []string{"a:1", "[::1]:2"}, Most: 50, Prober: "prober:9115", Module: "http_2xx"})
	}
	t.Scrape.Jobs = append(t.Scrape.Jobs, spec.ScrapeJob{Name: "found", Kind: spec.NodeJob, Files: []string{"/t/*.yaml"}, Discover: []string{"http://a/sd"}, Most: 40})
	return scrapecfg.Build(p.Prometheus, t, nil)
}

// jobOf returns a job by name.
func jobOf(t *testing.T, name string) scrapecfg.ScrapeConfig {
	t.Helper()
	for _, c := range scraped().ScrapeConfigs {
		if c.JobName == name {
			return c
		}
	}
	t.Fatalf("no job %q", name)
	return scrapecfg.ScrapeConfig{}
}

// relabelled applies steps as Prometheus does, with its own code; nil where it drops what has the labels.
func relabelled(t *testing.T, steps []scrapecfg.Relabel, in map[string]string) map[string]string {
	t.Helper()
	text, err := config.Encode("", steps)
	if err != nil {
		t.Fatal(err)
	}
	var list []*relabel.Config
	if err := yaml.Unmarshal(text, &list); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, c := range list {
		if err := c.Validate(model.UTF8Validation); err != nil {
			t.Fatal(err)
		}
		c.NameValidationScheme = model.UTF8Validation
	}
	b := labels.NewBuilder(labels.FromMap(in))
	if !relabel.ProcessBuilder(b, list...) {
		return nil
	}
	return b.Labels().Map()
}

// TestPodsByAnnotation shows which pods are scraped, where, and what their series are called.
func TestPodsByAnnotation(t *testing.T) {
	t.Parallel()
	steps := jobOf(t, "kubernetes-pods").Relabel
	pod := func(more map[string]string) map[string]string {
		in := map[string]string{
			"__address__": "10.4.0.7:443", "__metrics_path__": "/metrics", "job": "kubernetes-pods",
			"__meta_kubernetes_namespace": "bin-manager", "__meta_kubernetes_pod_name": "call-manager-6d-x2", "__meta_kubernetes_pod_ip": "10.4.0.7",
			"__meta_kubernetes_pod_label_app": "call-manager", "__meta_kubernetes_pod_node_name": "gke-1", "__meta_kubernetes_pod_phase": "Running",
			"__meta_kubernetes_pod_annotation_prometheus_io_scrape": "true", "__meta_kubernetes_pod_annotation_prometheus_io_port": "2112",
			"__meta_kubernetes_pod_annotation_prometheus_io_path": "/metrics",
		}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	f := func(title string, more, want map[string]string) {
		t.Helper()
		got := relabelled(t, steps, pod(more))
		for k := range got {
			if len(k) > 7 && k[:7] == "__meta_" {
				delete(got, k)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", title, diff)
		}
	}
	is := func(address, path, job string) map[string]string {
		return map[string]string{
			"__address__": address, "__metrics_path__": path, "job": job, "namespace": "bin-manager", "pod": "call-manager-6d-x2",
			"instance": "call-manager-6d-x2", "node": "gke-1",
		}
	}
	f("as the manifests have it", nil, is("10.4.0.7:2112", "/metrics", "call-manager"))
	f("another path", map[string]string{"__meta_kubernetes_pod_annotation_prometheus_io_path": "/m"}, is("10.4.0.7:2112", "/m", "call-manager"))
	f("IPv6", map[string]string{"__meta_kubernetes_pod_ip": "fd00::7"}, is("[fd00::7]:2112", "/metrics", "call-manager"))
	f("no port", map[string]string{"__meta_kubernetes_pod_annotation_prometheus_io_port": ""}, is("10.4.0.7:443", "/metrics", "call-manager"))
	f("no app", map[string]string{"__meta_kubernetes_pod_label_app": ""}, is("10.4.0.7:2112", "/metrics", "kubernetes-pods"))
	f("not annotated", map[string]string{"__meta_kubernetes_pod_annotation_prometheus_io_scrape": ""}, nil)
	f("done", map[string]string{"__meta_kubernetes_pod_phase": "Succeeded"}, nil)
	f("an init container", map[string]string{"__meta_kubernetes_pod_container_init": "true"}, nil)
}

// TestUnboundedLabelsAreDropped shows which series never reach the storage.
func TestUnboundedLabelsAreDropped(t *testing.T) {
	t.Parallel()
	f := func(job string, kept bool, series ...string) {
		t.Helper()
		in := map[string]string{}
		for i := 0; i < len(series); i += 2 {
			in[series[i]] = series[i+1]
		}
		if got := relabelled(t, jobOf(t, job).MetricRelabel, in) != nil; kept != got {
			t.Errorf("%s: %v: want kept %v, got %v", job, series, kept, got)
		}
	}
	const pods, queues, state = "kubernetes-pods", "x-rabbitmq-queues", "x-kube_state_metrics"
	f(pods, true, "__name__", "call_manager_call_hangup_total", "type", "outgoing")
	f(pods, true, "__name__", "call_manager_circuitbreaker_state", "target", "bin-manager.flow-manager.request")
	f(pods, true, "__name__", "call_manager_circuitbreaker_state", "target", "asterisk.call.request")
	f(pods, false, "__name__", "call_manager_circuitbreaker_state", "target", "asterisk.42:01:0a:80:00:05.request")
	f(pods, false, "__name__", "call_manager_circuitbreaker_state", "target", "rtpengine.10.0.2.31.request")
	f(pods, false, "__name__", "call_manager_ari_event_listen_total", "asterisk_id", "42:01:0a:80:00:05", "type", "StasisStart")
	f(queues, true, "__name__", "rabbitmq_detailed_queue_messages_ready", "queue", "bin-manager.call-manager.request")
	f(queues, true, "__name__", "rabbitmq_detailed_queue_messages_ready", "queue", "voip.kamailio.request")
	f(queues, true, "__name__", "rabbitmq_detailed_queue_messages_ready", "queue", "rtpengine.proxy.request")
	f(queues, false, "__name__", "rabbitmq_detailed_queue_messages_ready", "queue", "voip.kamailio.42010a800005.request")
	f(queues, false, "__name__", "rabbitmq_detailed_queue_messages_ready", "queue", "amq.gen-JzTY20BRgKO-HjmUJj0wLg")
	f(state, true, "__name__", "kube_deployment_spec_replicas", "namespace", "bin-manager")
	f(state, false, "__name__", "kube_pod_labels", "label_anything", "x")
	f(state, false, "__name__", "kube_secret_info", "secret", "x")
	f("cadvisor", true, "__name__", "container_memory_working_set_bytes", "namespace", "voip", "container", "asterisk")
	f("cadvisor", true, "__name__", "container_network_receive_bytes_total", "namespace", "voip", "pod", "asterisk-call-1")
	f("cadvisor", true, "__name__", "machine_cpu_cores")
	f("cadvisor", false, "__name__", "container_memory_working_set_bytes", "namespace", "kube-system", "container", "x")
	f("cadvisor", false, "__name__", "container_memory_working_set_bytes", "id", "/kubepods")
	f("cadvisor", false, "__name__", "container_tasks_state", "namespace", "voip", "container", "asterisk")
	f("cadvisor", false, "__name__", "container_cpu_usage_seconds_total", "namespace", "voip", "container", "POD")
	f("kubelet-probes", true, "__name__", "prober_probe_total", "namespace", "voip", "pod", "asterisk-call-1", "probe_type", "Liveness")
	f("kubelet-probes", false, "__name__", "prober_probe_total", "namespace", "kube-system", "pod", "dns-1", "probe_type", "Liveness")
	f("kubelet-probes", false, "__name__", "prober_probe_duration_seconds_bucket", "namespace", "voip", "pod", "asterisk-call-1", "le", "1")
}

// TestInstances shows that an instance is the name of a node, whatever the port.
func TestInstances(t *testing.T) {
	t.Parallel()
	f := func(job, address, want string) {
		t.Helper()
		got := relabelled(t, jobOf(t, job).Relabel, map[string]string{"__address__": address})
		if want != got["instance"] {
			t.Errorf("%s: want %q, got %q", address, want, got["instance"])
		}
	}
	f("x-node", "kamailio-1:9100", "kamailio-1")
	f("x-node", "10.0.0.1:9100", "10.0.0.1")
	f("x-node", "[fd00::1]:9100", "fd00::1")
	if got := relabelled(t, jobOf(t, "found").Relabel, map[string]string{"__address__": "exporter:9744", "instance": "rabbitmq"}); got["instance"] != "rabbitmq" {
		t.Errorf("a target that is listed under a name is called %q", got["instance"])
	}
	f("x-blackbox", "https://api.voipbin.net/ping", "https://api.voipbin.net/ping")
	probe := relabelled(t, jobOf(t, "x-blackbox").Relabel, map[string]string{"__address__": "https://a/ping"})
	if probe["__address__"] != "prober:9115" || probe["__param_target"] != "https://a/ping" {
		t.Errorf("blackbox asks %v", probe)
	}
}
