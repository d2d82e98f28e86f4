package spec

import (
	"cmp"
	"fmt"

	"github.com/voipbin/observability/internal/config"
)

// Bounds and defaults of scrape.yaml.
const (
	maxTargets   = 10_000
	defaultPods  = 300
	defaultNodes = 30
	defaultMost  = 50
)

// scrape decodes scrape.yaml.
func (l *loader) scrape(m *config.Map) Scrape {
	return Scrape{
		Pos:        m.Pos(),
		Kubernetes: config.Object(m.Optional("kubernetes"), kubernetes),
		Jobs:       config.Objects(m.Optional("jobs"), l.scrapeJob),
	}
}

func kubernetes(m *config.Map) Kubernetes {
	namespaces := m.Required("namespaces")
	k := Kubernetes{
		Pos: m.Pos(), Namespaces: config.List(namespaces, dnsLabel),
		Prober: HostPort(m.Optional("prober")),
		Pods:   cmp.Or(m.Optional("pods").Int(1, maxTargets), defaultPods), Nodes: cmp.Or(m.Optional("nodes").Int(1, maxTargets), defaultNodes),
	}
	if k.Namespaces != nil && len(k.Namespaces) == 0 {
		namespaces.Reject("no namespaces", "name those whose pods are scraped, or leave kubernetes out")
	}
	return k
}

// takenJobs are the names of jobs that follow from platform.yaml and recovery.yaml, and of those of a cluster.
func takenJobs() []string {
	return []string{"kamailio", "rtpengine", "asterisk", "sip", "tracker", "prometheus", "alertmanager", "kubernetes-pods", "cadvisor", "kubelet-probes", ServicesJob, PortsJob}
}

// scrapeJob decodes some targets of one kind.
func (l *loader) scrapeJob(m *config.Map) ScrapeJob {
	name := m.Required("name")
	l.unique("job", name)
	j := ScrapeJob{
		Pos:      m.Pos(),
		Name:     name.Match(`[a-z][a-z0-9_-]{0,62}`, "a name of lower-case letters, digits, hyphens and underscores"),
		Kind:     m.Required("kind").Enum(JobKinds()...),
		Files:    config.List(m.Optional("files"), targetFiles),
		Discover: config.List(m.Optional("discover"), WebAddress),
		Most:     cmp.Or(m.Optional("most").Int(1, maxTargets), defaultMost),
		Interval: interval(m.Optional("interval")),
	}
	for _, taken := range takenJobs() {
		if j.Name == taken {
			name.Reject(fmt.Sprintf("%q is a job already", taken), "it follows from another file of the spec: choose another name")
		}
	}
	target := HostPort
	if j.Kind == BlackboxJob {
		target = config.Value.String
		j.Prober, j.Module = HostPort(m.Required("prober")), m.Required("module").String()
	}
	j.Targets = config.List(m.Optional("targets"), target)
	if instance := m.Optional("instance"); instance.Present() {
		j.Instance = dnsLabel(instance)
		if j.Kind == BlackboxJob || len(j.Targets) != 1 || len(j.Files)+len(j.Discover) > 0 {
			instance.Reject("the job does not scrape one address", "an instance names what is behind the job's only target; where there are more, their addresses do")
		}
	}
	if len(j.Targets)+len(j.Files)+len(j.Discover) == 0 {
		m.Reject("the job scrapes nothing", "give it targets, files or discover")
	}
	return j
}

// targetFiles decodes a pattern of files that list targets. Prometheus takes a star in the last part only
// (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config).
func targetFiles(v config.Value) string {
	return v.Match(`[^*]*(\*[^*/]*)?\.(json|yml|yaml)`, "a file of .json, .yml or .yaml, with one star at most, in its last part")
}
