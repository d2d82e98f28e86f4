package kube

import (
	"strings"

	"github.com/voipbin/observability/internal/scrapecfg"
)

// ScrapeSpec is a ScrapeConfig of the Prometheus Operator, as far as it is used here
// (https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1alpha1.ScrapeConfig).
type ScrapeSpec struct {
	JobName         string              `yaml:"jobName"`
	Static          []staticGroup       `yaml:"staticConfigs,omitempty"`
	Files           []fileGroup         `yaml:"fileSDConfigs,omitempty"`
	HTTP            []httpGroup         `yaml:"httpSDConfigs,omitempty"`
	Relabel         []relabelStep       `yaml:"relabelings,omitempty"`
	Path            string              `yaml:"metricsPath,omitempty"`
	Interval        string              `yaml:"scrapeInterval,omitempty"`
	HonorTimestamps *bool               `yaml:"honorTimestamps,omitempty"`
	HonorLabels     bool                `yaml:"honorLabels,omitempty"`
	Params          map[string][]string `yaml:"params,omitempty"`
	SampleLimit     int                 `yaml:"sampleLimit,omitempty"`
	TargetLimit     int                 `yaml:"targetLimit,omitempty"`
	MetricRelabel   []relabelStep       `yaml:"metricRelabelings,omitempty"`
}

type staticGroup struct {
	Targets []string          `yaml:"targets"`
	Labels  map[string]string `yaml:"labels,omitempty"`
}

type fileGroup struct {
	Files []string `yaml:"files"`
}

type httpGroup struct {
	URL string `yaml:"url"`
}

// relabelStep is a step of relabelling as the objects spell it.
type relabelStep struct {
	SourceLabels []string `yaml:"sourceLabels,omitempty"`
	Separator    string   `yaml:"separator,omitempty"`
	Regex        string   `yaml:"regex,omitempty"`
	TargetLabel  string   `yaml:"targetLabel,omitempty"`
	Replacement  string   `yaml:"replacement,omitempty"`
	Action       string   `yaml:"action,omitempty"`
}

// relabelSteps spells steps as the objects do.
func relabelSteps(steps []scrapecfg.Relabel) []relabelStep {
	var list []relabelStep
	for _, s := range steps {
		list = append(list, relabelStep(s))
	}
	return list
}

// ScrapeObjects are the jobs as objects of the Prometheus Operator: pods by a PodMonitor, cAdvisor by the service of the kubelets that the
// operator keeps, what the blackbox_exporter probes by a Probe, and everything outside the cluster by a ScrapeConfig. The operator's own Prometheus is
// scraped by whoever installed it.
func ScrapeObjects(c scrapecfg.Config) []Object {
	var list []Object
	for _, j := range c.ScrapeConfigs {
		switch {
		case j.JobName == scrapecfg.PrometheusJob:
		case len(j.Kubernetes) > 0 && j.Kubernetes[0].Role == "pod":
			list = append(list, podMonitor(j))
		case len(j.Kubernetes) > 0:
			list = append(list, kubeletMonitor(j))
		case len(j.Params["module"]) > 0 && len(j.Static) > 0:
			list = append(list, probe(j))
		default:
			list = append(list, scrapeConfig(j))
		}
	}
	return list
}

func scrapeConfig(j scrapecfg.ScrapeConfig) Object {
	s := ScrapeSpec{
		JobName: j.JobName, Path: j.Path, Interval: j.Interval, HonorTimestamps: j.HonorTimestamps, HonorLabels: j.HonorLabels, Params: j.Params,
		SampleLimit: j.SampleLimit, TargetLimit: j.TargetLimit, Relabel: relabelSteps(j.Relabel), MetricRelabel: relabelSteps(j.MetricRelabel),
	}
	for _, g := range j.Static {
		s.Static = append(s.Static, staticGroup{g.Targets, g.Labels})
	}
	for _, f := range j.Files {
		s.Files = append(s.Files, fileGroup(f))
	}
	for _, h := range j.HTTPDiscovery {
		s.HTTP = append(s.HTTP, httpGroup(h))
	}
	// The operator sets job to the name of its object unless a step says otherwise.
	s.Relabel = append(s.Relabel, relabelStep{TargetLabel: "job", Replacement: j.JobName})
	return object(operatorAlphaAPI, "ScrapeConfig", j.JobName, s)
}

// probeSpec is a Probe: targets that a prober asks for.
type probeSpec struct {
	JobName     string       `yaml:"jobName"`
	Prober      prober       `yaml:"prober"`
	Module      string       `yaml:"module"`
	Interval    string       `yaml:"interval,omitempty"`
	SampleLimit int          `yaml:"sampleLimit,omitempty"`
	Targets     probeTargets `yaml:"targets"`
}

type prober struct {
	URL  string `yaml:"url"`
	Path string `yaml:"path"`
}

type probeTargets struct {
	Static probeStatic `yaml:"staticConfig"`
}

type probeStatic struct {
	Targets []string `yaml:"static"`
}

func probe(j scrapecfg.ScrapeConfig) Object {
	s := probeSpec{JobName: j.JobName, Module: j.Params["module"][0], Interval: j.Interval, SampleLimit: j.SampleLimit, Prober: prober{Path: j.Path}}
	for _, r := range j.Relabel {
		if r.TargetLabel == "__address__" {
			s.Prober.URL = r.Replacement
		}
	}
	for _, g := range j.Static {
		s.Targets.Static.Targets = append(s.Targets.Static.Targets, g.Targets...)
	}
	return object(operatorAPI, "Probe", j.JobName, s)
}

// monitorSpec is a PodMonitor or a ServiceMonitor.
type monitorSpec struct {
	JobLabel    string            `yaml:"jobLabel,omitempty"`
	Namespaces  namespaceSelector `yaml:"namespaceSelector"`
	Selector    selector          `yaml:"selector"`
	SampleLimit int               `yaml:"sampleLimit,omitempty"`
	TargetLimit int               `yaml:"targetLimit,omitempty"`
	Pods        []endpoint        `yaml:"podMetricsEndpoints,omitempty"`
	Services    []endpoint        `yaml:"endpoints,omitempty"`
}

type namespaceSelector struct {
	Names []string `yaml:"matchNames"`
}

type selector struct {
	Labels map[string]string `yaml:"matchLabels"`
}

type endpoint struct {
	Port          string        `yaml:"port,omitempty"`
	Scheme        string        `yaml:"scheme,omitempty"`
	Path          string        `yaml:"path,omitempty"`
	TokenFile     string        `yaml:"bearerTokenFile,omitempty"`
	TLS           *endpointTLS  `yaml:"tlsConfig,omitempty"`
	Relabel       []relabelStep `yaml:"relabelings,omitempty"`
	MetricRelabel []relabelStep `yaml:"metricRelabelings,omitempty"`
}

type endpointTLS struct {
	CAFile string `yaml:"caFile"`
}

// podMonitor selects every pod and lets the annotations decide, as the file does.
func podMonitor(j scrapecfg.ScrapeConfig) Object {
	return object(operatorAPI, "PodMonitor", j.JobName, monitorSpec{
		Namespaces: namespaceSelector{j.Kubernetes[0].Namespaces.Names}, Selector: selector{map[string]string{}}, SampleLimit: j.SampleLimit, TargetLimit: j.TargetLimit,
		Pods: []endpoint{{Relabel: relabelSteps(j.Relabel), MetricRelabel: relabelSteps(j.MetricRelabel)}},
	})
}

// kubeletMonitor finds the nodes by the endpoints that the operator keeps for the kubelets (--kubelet-service=kube-system/kubelet).
func kubeletMonitor(j scrapecfg.ScrapeConfig) Object {
	steps := []relabelStep{
		{SourceLabels: []string{"__meta_kubernetes_endpoint_address_target_name"}, TargetLabel: "node"},
		{SourceLabels: []string{"__meta_kubernetes_endpoint_address_target_name"}, TargetLabel: "instance"},
		{TargetLabel: "job", Replacement: j.JobName},
	}
	return object(operatorAPI, "ServiceMonitor", j.JobName, monitorSpec{
		Namespaces: namespaceSelector{[]string{"kube-system"}}, Selector: selector{map[string]string{"app.kubernetes.io/name": "kubelet"}},
		SampleLimit: j.SampleLimit, TargetLimit: j.TargetLimit,
		Services: []endpoint{{
			Port: "https-metrics", Scheme: strings.ToUpper(j.Scheme), Path: j.Path, TokenFile: j.Authorization.CredentialsFile, TLS: &endpointTLS{j.TLS.CAFile},
			Relabel: steps, MetricRelabel: relabelSteps(j.MetricRelabel),
		}},
	})
}
