package spec

import (
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
)

// DefaultProfile is the profile that is applied where none is named: the published architecture.
const DefaultProfile = "seed"

// Profile is one file of spec/profiles: how a platform that is really there differs from the description, and by which
// series what is described is measured there. It is empty where the folder has no profiles.
type Profile struct {
	Name  string
	Title string
	// Without are the systems of the description that are not there.
	Without []string
	// WithoutObjectives are the objectives of slos.yaml about what is not there, or is not measured.
	WithoutObjectives []string
	// Signals are the series by which services are measured, one for each of SignalKinds, in that order.
	Signals []Signal
	// Accepted are findings of linters that are known and stay: those of the profile's own file, then those that it takes from
	// the profiles which it extends.
	Accepted []Acceptance
	// Lacks are rows of the inventory that the profile does not cover, those of the profiles that it extends among them.
	Lacks []Lack
	Pos   diag.Position
}

// Lack is why a profile does not cover some rows of the inventory.
type Lack struct {
	Rows   []Named // ids
	Reason string
}

// Has reports whether a system of the description is there.
func (p Profile) Has(system string) bool { return !slices.Contains(p.Without, system) }

// Removable lists the systems that a profile may be without.
func Removable() []string {
	return []string{
		PartAutoscaling, PartLoadBalancers, PartNAT, PartSubnets, PartStandby, PartBuckets, PartMySQL, PartRedis, PartRabbitMQ, PartMediaServers,
		PartMediaProxies, PartSIPProber, PartProbes, PartResources, PartImages, PartKubernetes,
	}
}

// Systems that have no place in the network, beside those that Parts lists.
const (
	PartAutoscaling = "autoscaling"
	PartSubnets     = "subnets"
	PartStandby     = "standby" // the other region, its trackers and what is promised of it
	PartBuckets     = "buckets"
	PartTrackers    = "trackers"
	PartSIPProber   = "sip_prober"
	PartProbes      = "probes"    // Kubernetes' probes of services
	PartResources   = "resources" // what services request, and their limits
	PartImages      = "images"    // what images services run: their names and tags
	// PartKubernetes is the cluster: with it go its autoscalers, probes, requests, machines, and all that only it tells.
	PartKubernetes = "kubernetes"
)

// SignalKind is something that is measured of services under whatever name.
type SignalKind struct {
	Name string
	// Type is counter, gauge or histogram.
	Type string
	// Labels are those that a series of the signal may have besides the service's.
	Labels []string
	Help   string
}

// SignalKinds lists what is measured of services. A profile maps each, or says why it is not to be had.
func SignalKinds() []SignalKind {
	return []SignalKind{
		{"http_requests", "counter", []string{"status"}, "HTTP requests of customers, by status code or class"},
		{"http_duration", "histogram", nil, "time until an HTTP request was answered"},
		{"rpc_requests", "counter", []string{"target", "status"}, "requests to other services"},
		{"rpc_duration", "histogram", []string{"target"}, "time until another service answered"},
		{"rpc_rejected", "counter", []string{"target"}, "requests that a circuit breaker kept back"},
		{"rpc_served_duration", "histogram", nil, "time in which a service answered another's request"},
		{"active_calls", "gauge", nil, "calls in progress"},
		{"calls_created", "counter", []string{"direction"}, "calls that began"},
		{"calls_ended", "counter", []string{"direction", "reason"}, "calls that ended, by reason"},
		{"queue_depth", "gauge", []string{"queue"}, "messages that wait in a queue"},
		{"events_retried", "counter", []string{"queue"}, "events whose handling failed and is tried again"},
		{"events_dropped", "counter", []string{"queue"}, "events that were given up"},
	}
}

// Signal says by which series something is measured.
type Signal struct {
	SignalKind
	// Metric is the name of the series, without the suffix of a histogram's; $namespace stands for the service's. It is empty
	// where there is no such series.
	Metric string
	// Absent says why there is none.
	Absent string
	// Scale makes base units of the series' own: 0.001 where it has milliseconds.
	Scale float64
	// Bounds are the upper bounds of a histogram's buckets, in its own unit: thresholds can stand only there. None where they are
	// not known.
	Bounds []float64
	// LabelNames are the names that the series has for the kind's labels, in the order of the kind's; empty where it lacks one.
	LabelNames []string
	// Of is the service whose series alone have the metric; empty where all have it, or those that each names itself.
	Of string
	// Exceptions are services whose metric has another name.
	Exceptions []SignalException
	Pos        diag.Position
}

// SignalException is a service whose metric has another name, as where its source was copied from another's.
type SignalException struct {
	Service string
	Metric  string // empty where the service has no such series
	Pos     diag.Position
}

// Label returns the name that the series has for a label of the kind, and false where it lacks it.
func (s Signal) Label(name string) (string, bool) {
	i := slices.Index(s.Labels, name)
	if i < 0 || i >= len(s.LabelNames) || s.LabelNames[i] == "" {
		return "", false
	}
	return s.LabelNames[i], true
}

// MetricOf returns the name of a service's series, and false where it has none.
func (s Signal) MetricOf(service Service) (string, bool) {
	if s.Of != "" && s.Of != service.Name {
		return "", false
	}
	for _, e := range s.Exceptions {
		if e.Service == service.Name {
			return e.Metric, e.Metric != ""
		}
	}
	return strings.ReplaceAll(s.Metric, "$namespace", service.MetricsNamespace), s.Metric != ""
}

// Mapped reports whether there is a series at all.
func (s Signal) Mapped() bool { return s.Metric != "" }

// Shared reports whether the series of all services have one name.
func (s Signal) Shared() bool {
	return s.Mapped() && s.Of == "" && len(s.Exceptions) == 0 && !s.PerService()
}

// PerService reports whether each service has a metric of its own name.
func (s Signal) PerService() bool { return strings.Contains(s.Metric, "$namespace") }

// Signal returns how something is measured. Without profile nothing is.
func (p Profile) Signal(name string) Signal {
	for _, s := range p.Signals {
		if s.Name == name {
			return s
		}
	}
	return Signal{}
}

// Acceptance is a finding of a linter that is known and stays.
type Acceptance struct {
	Finding string // the linter's name for it
	About   string // what it is about, as the finding names it; empty accepts all of the name
	Reason  string
	Pos     diag.Position
}
