package spec

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds of services.yaml.
const (
	maxReplicas   = 1000
	maxServices   = 10_000
	maxQueueDepth = 10_000_000
	maxProbeTime  = time.Hour
	usualPods     = 110 // Kubernetes' own default of a node (--max-pods)
	usualLabel    = "job"
)

// servicePattern is what all services have in common unless they say otherwise.
type servicePattern struct {
	replicas         int
	ports            []Port
	requests, limits Resources
	liveness         HealthCheck
	readiness        HealthCheck
	image            string
	config           []ConfigReference
}

// services decodes services.yaml.
func (l *loader) services(m *config.Map) Services {
	list := m.Required("services")
	pattern := config.Object(m.Required("pattern"), decodePattern)
	s := Services{
		Pos:         m.Pos(),
		Namespace:   dnsLabel(m.Required("namespace")),
		Label:       cmp.Or(identifier(m.Optional("label")), usualLabel),
		AtLeast:     m.Optional("at_least").Int(1, maxServices),
		Autoscaling: config.Object(m.Required("autoscaling"), l.autoscaling),
		NodePool:    config.Object(m.Optional("node_pool"), nodePool),
	}
	s.List = config.Objects(list, func(m *config.Map) Service { return l.service(m, pattern, s.Autoscaling) })
	if s.List != nil && len(s.List) < max(s.AtLeast, 1) {
		list.Reject(fmt.Sprintf("%d services, and %d at least are promised", len(s.List), max(s.AtLeast, 1)), "name the others, or promise fewer")
	}
	return s
}

// decodePattern decodes what all services have in common.
func decodePattern(m *config.Map) servicePattern {
	p := servicePattern{
		replicas:  m.Required("replicas").Int(1, maxReplicas),
		ports:     ports(m.Required("ports")),
		requests:  config.Object(m.Required("requests"), resources),
		limits:    config.Object(m.Required("limits"), resources),
		liveness:  config.Object(m.Optional("liveness"), healthCheck),
		readiness: config.Object(m.Optional("readiness"), healthCheck),
		image:     image(m.Optional("image")),
		config:    config.Objects(m.Optional("config"), configReference),
	}
	withinLimits(m, p.requests, p.limits)
	return p
}

// service decodes one service: what it does not state it takes from the pattern.
func (l *loader) service(m *config.Map, pattern servicePattern, scaling Autoscaling) Service {
	name, class, replicas := m.Required("name"), m.Optional("class"), m.Optional("replicas")
	l.unique("service", name)
	s := Service{
		Pos: m.Pos(), Name: dnsLabel(name), Role: prose(m.Optional("role")), Class: class.String(),
		Attribution:      cmp.Or(m.Optional("attribution").String(), name.Raw()),
		MetricsNamespace: cmp.Or(identifier(m.Optional("metrics_namespace")), strings.ReplaceAll(strings.TrimPrefix(name.Raw(), "bin-"), "-", "_")),
		Replicas:         cmp.Or(replicas.Int(1, maxReplicas), pattern.replicas),
		Ports:            ports(m.Optional("ports")),
		Requests:         pattern.requests, Limits: pattern.limits,
		Liveness: config.Object(m.Optional("liveness"), healthCheck), Readiness: config.Object(m.Optional("readiness"), healthCheck),
		Image: cmp.Or(image(m.Optional("image")), pattern.image), Config: pattern.config,
	}
	if own := m.Optional("requests"); own.Present() {
		s.Requests = config.Object(own, resources)
	}
	if own := m.Optional("limits"); own.Present() {
		s.Limits = config.Object(own, resources)
	}
	if s.Requests != pattern.requests || s.Limits != pattern.limits {
		withinLimits(m, s.Requests, s.Limits)
	}
	s.Image = strings.ReplaceAll(s.Image, "$service", s.Name)
	if s.Ports == nil {
		s.Ports = pattern.ports
		s.Liveness, s.Readiness = cmp.Or(s.Liveness, pattern.liveness), cmp.Or(s.Readiness, pattern.readiness)
	}
	s.Bounds = bounds(m, class, scaling)
	if b := s.Bounds; b.Max > 0 && s.Replicas > 0 && (s.Replicas < b.Min || s.Replicas > b.Max) {
		at := class
		if replicas.Present() {
			at = replicas
		}
		at.Reject(fmt.Sprintf("%d is outside the bounds %d to %d of class %s", s.Replicas, b.Min, b.Max, s.Class), "the autoscaler would change them at once")
	}
	return s
}

// bounds finds the bounds of a service's class.
func bounds(m *config.Map, class config.Value, scaling Autoscaling) Bounds {
	if len(scaling.Classes) == 0 {
		return Bounds{} // reported where they should be
	}
	names := make([]string, len(scaling.Classes))
	for i, c := range scaling.Classes {
		names[i] = c.Name
	}
	if !class.Present() {
		m.Reject("the service has no HPA bounds", "give it a class: "+strings.Join(names, ", "))
		return Bounds{}
	}
	class.Enum(names...)
	for _, c := range scaling.Classes {
		if c.Name == class.Raw() {
			return c.Bounds
		}
	}
	return Bounds{}
}

// autoscaling decodes how services are scaled.
func (l *loader) autoscaling(m *config.Map) Autoscaling {
	classes, triggers := m.Required("classes"), m.Required("triggers")
	a := Autoscaling{Pos: m.Pos(), Classes: config.Objects(classes, l.scalingClass), Triggers: config.Objects(triggers, l.trigger)}
	if a.Classes != nil && len(a.Classes) == 0 {
		classes.Reject("no classes", "name the bounds that services may have")
	}
	for _, metric := range []string{ScaleByCPU, ScaleByMemory, ScaleByQueueDepth} {
		up, hasUp := a.Trigger(metric, true)
		down, hasDown := a.Trigger(metric, false)
		if hasUp && hasDown && up.Threshold > 0 && down.Threshold >= up.Threshold {
			triggers.Reject(fmt.Sprintf("%s scales down at %s and up at %s", metric, down.Limit(), up.Limit()), "the lower threshold takes replicas away, the upper one adds them")
		}
	}
	return a
}

// scalingClass decodes bounds that services share.
func (l *loader) scalingClass(m *config.Map) ScalingClass {
	name, most := m.Required("name"), m.Required("max")
	l.unique("scaling class", name)
	c := ScalingClass{
		Pos: m.Pos(), Name: identifier(name), Title: prose(m.Optional("title")),
		Bounds: Bounds{Pos: m.Pos(), Min: m.Required("min").Int(1, maxReplicas), Max: most.Int(1, maxReplicas)},
	}
	if b := c.Bounds; b.Max > 0 && b.Max < b.Min {
		most.Reject(fmt.Sprintf("the maximum %d is below the minimum %d", b.Max, b.Min), "")
		c.Bounds = Bounds{} // so that no service is reported for it
	}
	return c
}

// trigger decodes a condition that changes the number of replicas.
func (l *loader) trigger(m *config.Map) Trigger {
	metric, above, below, step := m.Required("metric"), m.Optional("above"), m.Optional("below"), m.Required("step")
	t := Trigger{Pos: m.Pos(), Metric: metric.Enum(ScaleByCPU, ScaleByMemory, ScaleByQueueDepth), Step: step.Int(-maxReplicas, maxReplicas), InHPA: m.Optional("in_hpa").Bool(true)}
	limit := above
	switch {
	case above.Present() == below.Present():
		m.Reject("a trigger has one threshold", `write either "above" or "below"`)
		return t
	case below.Present():
		limit = below
	}
	if t.Metric == ScaleByQueueDepth {
		t.Threshold = float64(limit.Int(1, maxQueueDepth))
	} else if t.Metric != "" {
		t.Threshold = percentAboveZero(limit)
	}
	if t.Step == 0 || above.Present() != t.Up() {
		step.Reject(fmt.Sprintf("a step of %d does not go with the threshold", t.Step), "above a threshold replicas are added (1), below one they are taken away (-1)")
	}
	direction := "up"
	if below.Present() {
		direction = "down"
	}
	l.distinct("trigger", metric.Raw()+" "+direction, metric)
	return t
}

// percentAboveZero decodes a percentage that is not 0.
func percentAboveZero(v config.Value) float64 {
	p := v.Percent()
	if p.Text != "" && p.Ratio == 0 {
		v.Reject("is zero", "it must be above 0%")
	}
	return p.Ratio
}

// nodePool decodes the machines on which the services run.
func nodePool(m *config.Map) NodePool {
	return NodePool{
		Pos: m.Pos(), MaxNodes: m.Required("max_nodes").Int(1, maxServices), Machine: config.Object(m.Required("machine"), machine),
		PodsPerNode: cmp.Or(m.Optional("pods_per_node").Int(1, maxReplicas), usualPods),
	}
}

// ports decodes a list of ports, none of which occurs twice.
func ports(v config.Value) []Port {
	numbers, names := map[int]bool{}, map[string]bool{}
	return config.Objects(v, func(m *config.Map) Port {
		name, number := m.Required("name"), m.Required("port")
		p := Port{Pos: m.Pos(), Name: dnsLabel(name), Number: number.Int(1, highestPortNumber)}
		if p.Number > 0 && numbers[p.Number] {
			number.Reject(fmt.Sprintf("port %d is taken by another of this service", p.Number), "a port has one listener")
		}
		if p.Name != "" && names[p.Name] {
			name.Reject(fmt.Sprintf("there is another port %q", p.Name), "")
		}
		numbers[p.Number], names[p.Name] = true, true
		return p
	})
}

// resources decodes amounts of CPU and memory.
func resources(m *config.Map) Resources {
	return Resources{CPUMillis: millicores(m.Required("cpu")), MemoryBytes: m.Required("memory").Bytes(1)}
}

// withinLimits reports requests above their limits, which Kubernetes refuses.
func withinLimits(m *config.Map, requests, limits Resources) {
	if limits.CPUMillis > 0 && requests.CPUMillis > limits.CPUMillis {
		m.Reject(fmt.Sprintf("%dm CPU are requested, and the limit is %dm", requests.CPUMillis, limits.CPUMillis), "Kubernetes refuses a request above its limit")
	}
	if limits.MemoryBytes > 0 && requests.MemoryBytes > limits.MemoryBytes {
		m.Reject(fmt.Sprintf("%d bytes of memory are requested, and the limit is %d", requests.MemoryBytes, limits.MemoryBytes), "Kubernetes refuses a request above its limit")
	}
}

// healthCheck decodes a probe of Kubernetes.
func healthCheck(m *config.Map) HealthCheck {
	return HealthCheck{
		Pos: m.Pos(), Path: m.Required("path").Match(`/\S*`, "a path such as /health"),
		Port: m.Required("port").Int(1, highestPortNumber), InitialDelay: m.Optional("initial_delay").Duration(0, maxProbeTime),
		Period: m.Required("period").Duration(time.Second, maxProbeTime),
	}
}

// configReference decodes a setting that comes from a secret or a config map.
func configReference(m *config.Map) ConfigReference {
	c := ConfigReference{
		Pos: m.Pos(), Env: m.Required("env").Match(`[A-Z][A-Z0-9_]*`, "the name of an environment variable"), Key: m.Required("key").String(),
	}
	secret, configMap := m.Optional("secret"), m.Optional("configmap")
	switch {
	case secret.Present() == configMap.Present():
		m.Reject("a setting comes from one place", `write either "secret" or "configmap"`)
	case secret.Present():
		c.Kind, c.Object = "secret", dnsLabel(secret)
	default:
		c.Kind, c.Object = "configmap", dnsLabel(configMap)
	}
	return c
}

// image decodes a container image, in which $service stands for the service's name.
func image(v config.Value) string {
	return v.Match(`[a-z0-9.-]+(:\d+)?(/[A-Za-z0-9._$-]+)+(:[A-Za-z0-9._-]+)?`, "an image such as gcr.io/voipbin/$service:latest")
}
