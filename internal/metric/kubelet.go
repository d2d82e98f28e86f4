package metric

// Kubelet is the kubelet with the cAdvisor in it, which shows what the containers of its node use.
var Kubelet = &Emitter{Name: "kubelet", Captures: []string{"kubelet-1.37.2.prom"}}

// The labels of the kubelet's families. The container is empty in the sum over a pod.
var (
	kubeletContainer = []Label{kubeNamespace, kubePod, kubeContainer, {Name: "id", Help: "Control group.", Bound: "containers that there are"}, {Name: "image", Help: "Image; empty in sums over a pod.", Bound: "images in use"}, {Name: "name", Help: "ID of the container; empty in sums over a pod.", Bound: "containers that there are"}}
	kubeletVolume    = []Label{kubeNamespace, {Name: "persistentvolumeclaim", Help: "Name of the claim.", Bound: "claims"}}
	kubeletNetwork   = []Label{kubeNamespace, kubePod, {Name: "interface", Help: "Network interface in the pod.", Bound: "interfaces of a pod"}}
)

// What containers use.
var (
	ContainerCPU              = foreign(Kubelet, Counter, Seconds, "cAdvisor", "container_cpu_usage_seconds_total", "CPU time that a container used, in seconds.", kubeletContainer...)
	ContainerCFSPeriods       = foreign(Kubelet, Counter, None, "cAdvisor", "container_cpu_cfs_periods_total", "Periods of 100 ms in which a container with a limit could run.", kubeletContainer...)
	ContainerThrottledPeriods = foreign(Kubelet, Counter, None, "cAdvisor", "container_cpu_cfs_throttled_periods_total", "Periods in which a container was held up by its limit.", kubeletContainer...)
	ContainerThrottledSeconds = foreign(Kubelet, Counter, Seconds, "cAdvisor", "container_cpu_cfs_throttled_seconds_total", "Time for which a container was held up by its limit, in seconds.", kubeletContainer...)
	ContainerWorkingSet       = foreign(Kubelet, Gauge, Bytes, "cAdvisor", "container_memory_working_set_bytes", "Memory of a container that cannot be taken back without harm; what the limit is held against.", kubeletContainer...)
	ContainerMemory           = foreign(Kubelet, Gauge, Bytes, "cAdvisor", "container_memory_usage_bytes", "Memory of a container, page cache included.", kubeletContainer...)
	ContainerOOMEvents        = foreign(Kubelet, Counter, None, "cAdvisor", "container_oom_events_total", "Times that the kernel killed a process of a container for want of memory.", kubeletContainer...)
	ContainerStarted          = foreign(Kubelet, Gauge, Seconds, "cAdvisor", "container_start_time_seconds", "When a container started, as seconds since 1970.", kubeletContainer...)
	ContainerReceivedBytes    = foreign(Kubelet, Counter, Bytes, "cAdvisor", "container_network_receive_bytes_total", "Bytes that a pod received.", kubeletNetwork...)
	ContainerSentBytes        = foreign(Kubelet, Counter, Bytes, "cAdvisor", "container_network_transmit_bytes_total", "Bytes that a pod sent.", kubeletNetwork...)
	ContainerReceiveDropped   = foreign(Kubelet, Counter, None, "cAdvisor", "container_network_receive_packets_dropped_total", "Packets to a pod that were dropped.", kubeletNetwork...)
	ContainerSendDropped      = foreign(Kubelet, Counter, None, "cAdvisor", "container_network_transmit_packets_dropped_total", "Packets of a pod that were dropped.", kubeletNetwork...)
)

// The kubelet's own families.
var (
	KubeletProbes = foreign(Kubelet, Counter, None, "kubelet, /metrics/probes", "prober_probe_total", "Probes of containers, by kind and result.", kubeNamespace, kubePod, kubeContainer,
		Label{Name: "probe_type", Help: "Kind of probe.", Values: []string{"Liveness", "Readiness", "Startup"}}, Label{Name: "result", Help: "How it ended.", Values: []string{"successful", "failed", "unknown"}})
	KubeletVolumeAvailable = foreign(Kubelet, Gauge, Bytes, "kubelet", "kubelet_volume_stats_available_bytes", "Bytes free on a volume.", kubeletVolume...)
	KubeletVolumeCapacity  = foreign(Kubelet, Gauge, Bytes, "kubelet", "kubelet_volume_stats_capacity_bytes", "Bytes of a volume.", kubeletVolume...)
	KubeletRunningPods     = foreign(Kubelet, Gauge, None, "kubelet", "kubelet_running_pods", "Pods that run on the node.")
)

// KubeletFamilies returns the families of the kubelet and its cAdvisor.
func KubeletFamilies() []*Family {
	return []*Family{
		ContainerCPU, ContainerCFSPeriods, ContainerThrottledPeriods, ContainerThrottledSeconds, ContainerWorkingSet, ContainerMemory,
		ContainerOOMEvents, ContainerStarted, ContainerReceivedBytes, ContainerSentBytes, ContainerReceiveDropped, ContainerSendDropped,
		KubeletProbes, KubeletVolumeAvailable, KubeletVolumeCapacity, KubeletRunningPods,
	}
}
