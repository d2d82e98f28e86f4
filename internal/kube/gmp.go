package kube

import "github.com/voipbin/observability/internal/scrapecfg"

// PodPort is where VoIPBIN's services listen for scrapes. GKE Managed Prometheus does not read annotations.
const PodPort = 2112

// managedSpec is a PodMonitoring of GKE Managed Prometheus
// (https://github.com/GoogleCloudPlatform/prometheus-engine/blob/main/doc/api.md).
type managedSpec struct {
	Selector  managedSelector   `yaml:"selector"`
	Endpoints []managedEndpoint `yaml:"endpoints"`
	Labels    managedLabels     `yaml:"targetLabels"`
	Limits    managedLimits     `yaml:"limits"`
}

type managedSelector struct {
	Expressions []managedExpression `yaml:"matchExpressions"`
}

type managedExpression struct {
	Key      string `yaml:"key"`
	Operator string `yaml:"operator"`
}

type managedEndpoint struct {
	Port          int           `yaml:"port"`
	Path          string        `yaml:"path"`
	Interval      string        `yaml:"interval"`
	MetricRelabel []relabelStep `yaml:"metricRelabeling,omitempty"`
}

type managedLabels struct {
	Metadata []string      `yaml:"metadata"`
	FromPod  []managedFrom `yaml:"fromPod"`
}

type managedFrom struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

type managedLimits struct {
	Samples int `yaml:"samples"`
}

// PodMonitorings are the pods of a cluster, a namespace an object: it can select no other than its own. The job is the object's name, which cannot
// be changed, so that the pod's app is a label of its own.
func PodMonitorings(c scrapecfg.Config) []Object {
	var list []Object
	for _, j := range c.ScrapeConfigs {
		if len(j.Kubernetes) == 0 || j.Kubernetes[0].Role != "pod" {
			continue
		}
		for _, namespace := range j.Kubernetes[0].Namespaces.Names {
			o := object(managedAPI, "PodMonitoring", "pods", managedSpec{
				Selector:  managedSelector{[]managedExpression{{Key: "app", Operator: "Exists"}}},
				Endpoints: []managedEndpoint{{Port: PodPort, Path: "/metrics", Interval: c.Global.ScrapeInterval, MetricRelabel: relabelSteps(j.MetricRelabel)}},
				Labels:    managedLabels{Metadata: []string{"pod", "node"}, FromPod: []managedFrom{{"app", "app"}}},
				Limits:    managedLimits{j.SampleLimit},
			})
			o.Metadata.Namespace = namespace
			list = append(list, o)
		}
	}
	return list
}
