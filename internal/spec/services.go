package spec

import (
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/slo"
)

// Services is spec/services.yaml: the programs that run in Kubernetes, and how they are scaled. It is empty where the folder has no
// such file.
type Services struct {
	Namespace string // of all of them
	// Label is the label of a series that tells of which service it is: the names of metrics do not. Its values are those of
	// Service.Attribution.
	Label string
	// AtLeast is how many services are promised, whatever the list names; 0 promises none.
	AtLeast     int
	Autoscaling Autoscaling // without triggers where nothing is scaled by itself
	NodePool    NodePool    // without nodes where it is not stated
	List        []Service
	Elsewhere   []string // names of those that a profile does not have
	Pos         diag.Position
}

// Described tells whether the spec says anything of services.
func (s Services) Described() bool { return len(s.List) > 0 }

// Find finds a service by its name.
func (s Services) Find(name string) (Service, bool) {
	i := slices.IndexFunc(s.List, func(o Service) bool { return o.Name == name })
	if i < 0 {
		return Service{}, false
	}
	return s.List[i], true
}

// Pods is the number of pods of all services when none is scaled, and when each is scaled to its upper bound.
func (s Services) Pods() (usual, most int) {
	for _, o := range s.List {
		usual += o.Replicas
		most += max(o.Replicas, o.Bounds.Max)
	}
	return usual, most
}

// Service is one deployment. What the file states for all services stands in each.
type Service struct {
	Name string // of the deployment
	// Attribution is the value of Services.Label on the series of this service.
	Attribution string
	// MetricsNamespace is what the names of the service's metrics begin with, where they do: underscores for hyphens.
	MetricsNamespace string
	Role             string // what it is for, in a few words
	Class            string // name of its bounds
	Bounds           Bounds // zero where nothing is scaled by itself
	Replicas         int    // when it is not scaled
	Ports            []Port
	Requests, Limits Resources
	Liveness         HealthCheck // zero where it has none
	Readiness        HealthCheck // likewise
	Image            string      // with its tag
	Config           []ConfigReference
	Pos              diag.Position
}

// Port returns the number of the port of a name, or 0.
func (s Service) Port(name string) int {
	i := slices.IndexFunc(s.Ports, func(p Port) bool { return p.Name == name })
	if i < 0 {
		return 0
	}
	return s.Ports[i].Number
}

// Short is the name without a prefix of the platform, as people say it: api-manager for bin-api-manager.
func (s Service) Short() string { return strings.TrimPrefix(s.Name, "bin-") }

// Names of ports with a meaning.
const (
	HealthPort  = "health"  // HTTP, for probes of Kubernetes
	MetricsPort = "metrics" // HTTP, for Prometheus
)

// Port is one port on which a container listens.
type Port struct {
	Name   string
	Number int
	Pos    diag.Position
}

// Resources are amounts of CPU and memory. 0 is not stated.
type Resources struct {
	CPUMillis   int // thousandths of a CPU
	MemoryBytes int64
}

// HealthCheck is a probe by which Kubernetes judges a container.
type HealthCheck struct {
	Path         string
	Port         int
	InitialDelay time.Duration
	Period       time.Duration
	Pos          diag.Position
}

// ConfigReference is a setting that a container takes from a secret or a config map, without which it does not start.
type ConfigReference struct {
	Env    string // name of the environment variable
	Kind   string // secret or configmap
	Object string // name of the secret or config map
	Key    string
	Pos    diag.Position
}

// Bounds are the replicas between which a service is scaled.
type Bounds struct {
	Min, Max int
	Pos      diag.Position
}

// Autoscaling is how services are scaled.
type Autoscaling struct {
	Classes  []ScalingClass
	Triggers []Trigger
	Pos      diag.Position
}

// Trigger returns the trigger of a metric and direction.
func (a Autoscaling) Trigger(metric string, up bool) (Trigger, bool) {
	i := slices.IndexFunc(a.Triggers, func(t Trigger) bool { return t.Metric == metric && t.Up() == up })
	if i < 0 {
		return Trigger{}, false
	}
	return a.Triggers[i], true
}

// ScalingClass is a name for bounds that services share.
type ScalingClass struct {
	Name   string
	Title  string
	Bounds Bounds
	Pos    diag.Position
}

// The metrics by which services are scaled.
const (
	ScaleByCPU        = "cpu"         // usage as a share of what is requested
	ScaleByMemory     = "memory"      // likewise
	ScaleByQueueDepth = "queue_depth" // messages ready in the service's request queue
)

// Trigger is a condition that changes the number of a service's replicas.
type Trigger struct {
	Metric    string  // ScaleByCPU, ScaleByMemory or ScaleByQueueDepth
	Threshold float64 // a ratio, or messages for ScaleByQueueDepth
	Step      int     // replicas that are added, or taken away where it is negative
	// InHPA tells whether the HorizontalPodAutoscaler as it is published states the trigger. What it does not state does not happen.
	InHPA bool
	Pos   diag.Position
}

// Up reports whether the trigger adds replicas.
func (t Trigger) Up() bool { return t.Step > 0 }

// Limit is the threshold as it is written: a percentage, or a number of messages.
func (t Trigger) Limit() string {
	if t.Metric == ScaleByQueueDepth {
		return slo.FormatNumber(t.Threshold)
	}
	return slo.FormatPercent(t.Threshold)
}

// NodePool is the machines on which the services run.
type NodePool struct {
	MaxNodes int     // 0 where it is not stated
	Machine  Machine // likewise
	// PodsPerNode is how many pods a node takes at most; for each, twice as many addresses are set aside on GKE
	// (https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr).
	PodsPerNode int
	Pos         diag.Position
}
