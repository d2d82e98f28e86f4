package lint

import (
	"fmt"

	"github.com/voipbin/observability/internal/spec"
)

// crowded is the share of addresses from which on there is little room for a node that is replaced, or for jobs.
const crowded = 0.8

// mostPods is the number of pods when every service is scaled to its maximum and all are rolled out at once.
func mostPods(s *spec.Spec) int {
	_, most := s.Services.Pods()
	return most + s.Delivery.Rollout.MaxSurge*len(s.Services.List)
}

// scalingAddresses finds services that can be scaled to more pods than their subnet has addresses for. Machines take one each.
func scalingAddresses(s *spec.Spec, found *findings) {
	subnet, ok := s.Network.Of(spec.PartServices)
	if !ok || !s.Services.Described() {
		return
	}
	pods, usable := mostPods(s)+s.Services.NodePool.MaxNodes, subnet.Usable()
	what := fmt.Sprintf("subnet %s has %d addresses, and %d are needed when every service is scaled to its maximum and rolled out", subnet.Name, usable, pods)
	switch {
	case pods > usable:
		found.fault(subnet.Name, subnet.Pos, what, "pods without an address stay pending: widen the subnet, give pods a range of their own, or lower maxima")
	case float64(pods) > crowded*float64(usable):
		found.doubt(subnet.Name, subnet.Pos, what, "that leaves little for machines, jobs and what Kubernetes runs itself: give pods a range of their own")
	}
}

// scalingNodes finds services that can be scaled to more than their machines carry, by what they request.
func scalingNodes(s *spec.Spec, found *findings) {
	if !s.Services.Described() || len(s.Services.Autoscaling.Classes) == 0 {
		return
	}
	pool, pods := s.Services.NodePool, mostPods(s)
	var millis int
	var memory int64
	for _, o := range s.Services.List {
		n := max(o.Replicas, o.Bounds.Max) + s.Delivery.Rollout.MaxSurge
		millis += n * o.Requests.CPUMillis
		memory += int64(n) * o.Requests.MemoryBytes
	}
	if pool.MaxNodes == 0 {
		found.doubt("node_pool", s.Services.Pos,
			fmt.Sprintf("services can be scaled to %d pods that request %.1f CPUs and %.1f GiB, and it is not stated on which machines", pods, float64(millis)/1000, gib(memory)),
			"state the machines: node_pool: {max_nodes: ..., machine: {...}}")
		return
	}
	check := func(what string, need, have float64) {
		if need > have {
			found.fault(what, pool.Pos, fmt.Sprintf("services at their maxima need %.1f %s, and %d machines have %.1f", need, what, pool.MaxNodes, have),
				"pods stay pending: allow more or larger machines, or lower maxima")
		}
	}
	check("pods", float64(pods), float64(pool.MaxNodes*pool.PodsPerNode))
	check("CPUs", float64(millis)/1000, float64(pool.MaxNodes*pool.Machine.CPUs))
	check("GiB", gib(memory), gib(int64(pool.MaxNodes)*pool.Machine.MemoryBytes))
}

// gib is an amount of memory in GiB.
func gib(bytes int64) float64 { return float64(bytes) / (1 << 30) }

// scalingTriggers finds triggers that the autoscaler is not told of: nothing happens when they are met.
func scalingTriggers(s *spec.Spec, found *findings) {
	for _, t := range s.Services.Autoscaling.Triggers {
		if t.InHPA {
			continue
		}
		direction := "above"
		if !t.Up() {
			direction = "below"
		}
		found.doubt(t.Metric+" "+direction, t.Pos, fmt.Sprintf("a replica more or less is promised when %s is %s %s, and the autoscaler is not told of it", t.Metric, direction, t.Limit()),
			"add it to the HorizontalPodAutoscaler: queues as an external metric, scaling down by its behavior; or do not promise it")
	}
}
