package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Scrape is spec/scrape.yaml: what Prometheus scrapes besides the tiers of platform.yaml, and where it finds that.
type Scrape struct {
	Kubernetes Kubernetes
	Jobs       []ScrapeJob
	Pos        diag.Position
}

// Described reports whether there is anything to scrape.
func (s Scrape) Described() bool { return len(s.Kubernetes.Namespaces)+len(s.Jobs) > 0 }

// ServicesJob is the job by which services are scraped where no cluster lists their pods. Their series have the job of each.
const ServicesJob = "services"

// PortsJob is the job by which the ports of services are connected to, at their addresses in the cluster. It follows from services.yaml.
const PortsJob = "service-ports"

// Kubernetes is a cluster whose pods say by annotations how they are scraped; without namespaces there is none.
type Kubernetes struct {
	Namespaces []string
	// Pods and Nodes are the most that are expected; more are not scraped.
	Pods, Nodes int
	// Prober is host:port of a blackbox_exporter in the cluster, which connects to the ports of services; empty where there is none.
	Prober string
	Pos    diag.Position
}

// The kinds of jobs: each has a path, parameters and labels of its own.
const (
	NodeJob        = "node"
	MySQLJob       = "mysqld"
	RedisJob       = "redis"
	RabbitMQJob    = "rabbitmq"
	KubeStateJob   = "kube_state_metrics"
	BlackboxJob    = "blackbox"
	StackdriverJob = "stackdriver"
	ExporterJob    = "exporter" // any other
)

// JobKinds lists the kinds of jobs.
func JobKinds() []string {
	return []string{NodeJob, MySQLJob, RedisJob, RabbitMQJob, KubeStateJob, BlackboxJob, StackdriverJob, ExporterJob}
}

// ScrapeJob is some targets of one kind.
type ScrapeJob struct {
	Name     string // the job label
	Kind     string
	Targets  []string // host:port; of a blackbox job what is probed
	Files    []string // patterns of files that list targets, for file_sd_configs
	Discover []string // addresses that list targets, for http_sd_configs
	Most     int      // the most targets that files and addresses may list
	// Instance is what the series of the job's only target are about, where its address does not say so; empty where it does.
	Instance string
	Interval time.Duration // 0 for the server's
	Prober   string        // host:port of the blackbox_exporter
	Module   string        // of the blackbox_exporter
	Pos      diag.Position
}
