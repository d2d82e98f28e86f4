package metric

// KubeStateMetrics is kube-state-metrics, which shows the objects of a Kubernetes API server.
var KubeStateMetrics = &Emitter{Name: "kube-state-metrics", Captures: []string{"kube-state-metrics-2.18.0.prom"}}

// The labels of Kubernetes objects.
var (
	kubeNamespace  = Label{Name: "namespace", Help: "Namespace of the object.", Bound: "namespaces"}
	kubePod        = Label{Name: "pod", Help: "Name of the pod.", Bound: "pods that there are"}
	kubeUID        = Label{Name: "uid", Help: "UID of the pod.", Bound: "pods that there are"}
	kubeContainer  = Label{Name: "container", Help: "Name of the container.", Bound: "containers of a pod"}
	kubeDeployment = Label{Name: "deployment", Help: "Name of the deployment.", Bound: "deployments"}
	kubeStateful   = Label{Name: "statefulset", Help: "Name of the stateful set.", Bound: "stateful sets"}
	kubeHPA        = Label{Name: "horizontalpodautoscaler", Help: "Name of the autoscaler.", Bound: "autoscalers"}
	kubeNode       = Label{Name: "node", Help: "Name of the node.", Bound: "nodes"}
	kubeReason     = Label{Name: "reason", Help: "Why.", Bound: "reasons of Kubernetes"}
	kubeCondition  = Label{Name: "condition", Help: "Name of the condition.", Bound: "conditions of Kubernetes"}
	kubeStatus     = Label{Name: "status", Help: "Whether the condition holds.", Values: []string{"true", "false", "unknown"}}
	kubeReady      = Label{Name: "condition", Help: "Whether it is ready.", Values: []string{"true", "false", "unknown"}}
	kubeResource   = Label{Name: "resource", Help: "Kind of resource, such as cpu or memory.", Bound: "resources of Kubernetes"}
	kubeUnit       = Label{Name: "unit", Help: "Unit of the value, such as core or byte.", Bound: "units of resources"}
	kubeMetric     = Label{Name: "metric_name", Help: "What is measured, such as cpu.", Bound: "metrics of the autoscaler"}
	kubeTarget     = Label{Name: "metric_target_type", Help: "How the target is stated.", Values: []string{"value", "utilization", "average"}}
	kubeOwnerKind  = Label{Name: "owner_kind", Help: "Kind of the owner, such as ReplicaSet.", Bound: "kinds of Kubernetes"}
	kubeOwner      = Label{Name: "owner_name", Help: "Name of the owner.", Bound: "objects of that kind"}
	kubeJob        = Label{Name: "job_name", Help: "Name of the job.", Bound: "jobs that there are"}
	kubeBudget     = Label{Name: "poddisruptionbudget", Help: "Name of the budget.", Bound: "budgets"}
	kubeSlice      = Label{Name: "endpointslice", Help: "Name of the slice, which begins with that of its service.", Bound: "slices"}

	kubeOfPod       = []Label{kubeNamespace, kubePod, kubeUID}
	kubeOfContainer = []Label{kubeNamespace, kubePod, kubeUID, kubeContainer}
)

func kubeGauge(name, help string, labels ...Label) *Family {
	return foreign(KubeStateMetrics, Gauge, None, "Kubernetes API", name, help, labels...)
}

// Deployments and stateful sets.
var (
	KubeDeploymentReplicas            = kubeGauge("kube_deployment_spec_replicas", "Pods that the deployment should have.", kubeNamespace, kubeDeployment)
	KubeDeploymentReplicasCurrent     = kubeGauge("kube_deployment_status_replicas", "Pods of the deployment, old and new.", kubeNamespace, kubeDeployment)
	KubeDeploymentReplicasReady       = kubeGauge("kube_deployment_status_replicas_ready", "Pods of the deployment that are ready.", kubeNamespace, kubeDeployment)
	KubeDeploymentReplicasAvailable   = kubeGauge("kube_deployment_status_replicas_available", "Pods of the deployment that have been ready for long enough.", kubeNamespace, kubeDeployment)
	KubeDeploymentReplicasUnavailable = kubeGauge("kube_deployment_status_replicas_unavailable", "Pods that the deployment lacks.", kubeNamespace, kubeDeployment)
	KubeDeploymentReplicasUpdated     = kubeGauge("kube_deployment_status_replicas_updated", "Pods of the deployment that are of its newest template.", kubeNamespace, kubeDeployment)
	KubeDeploymentObserved            = kubeGauge("kube_deployment_status_observed_generation", "Generation of the deployment that its controller has seen.", kubeNamespace, kubeDeployment)
	KubeDeploymentGeneration          = kubeGauge("kube_deployment_metadata_generation", "Generation of the deployment as it is wanted.", kubeNamespace, kubeDeployment)
	KubeDeploymentCondition           = kubeGauge("kube_deployment_status_condition", "Conditions of the deployment; 1 for the status that each has.", kubeNamespace, kubeDeployment, kubeCondition, kubeStatus)
	KubeDeploymentPaused              = kubeGauge("kube_deployment_spec_paused", "Whether the deployment is paused (1).", kubeNamespace, kubeDeployment)
	KubeDeploymentMaxSurge            = kubeGauge("kube_deployment_spec_strategy_rollingupdate_max_surge", "Pods that a rolling update may add at a time.", kubeNamespace, kubeDeployment)
	KubeDeploymentMaxUnavailable      = kubeGauge("kube_deployment_spec_strategy_rollingupdate_max_unavailable", "Pods that a rolling update may take away at a time.", kubeNamespace, kubeDeployment)
	KubeDeploymentCreated             = kubeGauge("kube_deployment_created", "When the deployment was made, as seconds since 1970.", kubeNamespace, kubeDeployment)
	KubeReplicaSetOwner               = kubeGauge("kube_replicaset_owner", "Which deployment a replica set belongs to; the value is always 1.", kubeNamespace, Label{Name: "replicaset", Help: "Name of the replica set.", Bound: "replica sets kept, 10 a deployment"}, kubeOwnerKind, kubeOwner)
	KubeStatefulSetReplicas           = kubeGauge("kube_statefulset_replicas", "Pods that the stateful set should have.", kubeNamespace, kubeStateful)
	KubeStatefulSetReplicasReady      = kubeGauge("kube_statefulset_status_replicas_ready", "Pods of the stateful set that are ready.", kubeNamespace, kubeStateful)
)

// Pods and containers.
var (
	KubePodInfo    = kubeGauge("kube_pod_info", "Where a pod runs; the value is always 1.", append(kubeOfPod[:3:3], kubeNode, Label{Name: "pod_ip", Help: "Address of the pod.", Bound: "pods that there are"}, Label{Name: "host_ip", Help: "Address of its node.", Bound: "nodes"}, Label{Name: "host_network", Help: "Whether it uses its node's network, and has no address of its own.", Values: []string{"true", "false"}}, Label{Name: "created_by_kind", Help: "Kind of its owner.", Bound: "kinds of Kubernetes"}, Label{Name: "created_by_name", Help: "Name of its owner.", Bound: "owners"})...)
	KubePodOwner   = kubeGauge("kube_pod_owner", "What a pod belongs to; the value is always 1.", append(kubeOfPod[:3:3], kubeOwnerKind, kubeOwner)...)
	KubePodPhase   = kubeGauge("kube_pod_status_phase", "Phase of a pod; 1 for the one that it is in.", append(kubeOfPod[:3:3], Label{Name: "phase", Help: "Name of the phase.", Values: []string{"Pending", "Running", "Succeeded", "Failed", "Unknown"}})...)
	KubePodReady   = kubeGauge("kube_pod_status_ready", "Whether a pod is ready; 1 for what holds.", append(kubeOfPod[:3:3], kubeReady)...)
	KubePodReadyAt = kubeGauge("kube_pod_status_ready_time", "When a pod last became ready, as seconds since 1970.", kubeOfPod...)
	KubePodStarted = kubeGauge("kube_pod_start_time", "When a pod started, as seconds since 1970.", kubeOfPod...)
	KubePodCreated = kubeGauge("kube_pod_created", "When a pod was made, as seconds since 1970.", kubeOfPod...)
	KubePodDeleted = kubeGauge("kube_pod_deletion_timestamp", "When a pod that ends was told to, as seconds since 1970.", kubeOfPod...)

	KubeContainerInfo           = kubeGauge("kube_pod_container_info", "What a container runs; the value is always 1.", append(kubeOfContainer[:4:4], Label{Name: "image", Help: "Name of the image with its tag, as the node has it.", Bound: "images in use"}, Label{Name: "image_spec", Help: "Name of the image with its tag, as the pod asks for it.", Bound: "images in use"}, Label{Name: "image_id", Help: "Digest of the image, which tells versions apart where the tag is latest.", Bound: "images in use"}, Label{Name: "container_id", Help: "ID of the container.", Bound: "containers that there are"})...)
	KubeContainerRestarts       = foreign(KubeStateMetrics, Counter, None, "Kubernetes API", "kube_pod_container_status_restarts_total", "Restarts of a container.", kubeOfContainer...)
	KubeContainerReady          = kubeGauge("kube_pod_container_status_ready", "Whether a container is ready (1).", kubeOfContainer...)
	KubeContainerRunning        = kubeGauge("kube_pod_container_status_running", "Whether a container runs (1).", kubeOfContainer...)
	KubeContainerWaiting        = kubeGauge("kube_pod_container_status_waiting_reason", "Why a container waits; 1 for the reason, no series for one that does not wait.", append(kubeOfContainer[:4:4], kubeReason)...)
	KubeContainerLastTerminated = kubeGauge("kube_pod_container_status_last_terminated_reason", "Why a container ended the last time, such as OOMKilled; the value is 1.", append(kubeOfContainer[:4:4], kubeReason)...)
	KubeContainerLastExit       = kubeGauge("kube_pod_container_status_last_terminated_exitcode", "Exit code of the container that ended the last time; 137 is SIGKILL, 143 SIGTERM.", kubeOfContainer...)
	KubeContainerLastEnd        = kubeGauge("kube_pod_container_status_last_terminated_timestamp", "When a container ended the last time, as seconds since 1970.", kubeOfContainer...)
	KubeContainerRequests       = kubeGauge("kube_pod_container_resource_requests", "Resources that a container is promised, in cores or bytes.", append(kubeOfContainer[:4:4], kubeNode, kubeResource, kubeUnit)...)
	KubeContainerLimits         = kubeGauge("kube_pod_container_resource_limits", "Resources that a container may use at most, in cores or bytes.", append(kubeOfContainer[:4:4], kubeNode, kubeResource, kubeUnit)...)
)

// Autoscalers.
var (
	KubeHPAInfo         = kubeGauge("kube_horizontalpodautoscaler_info", "What an autoscaler scales; the value is always 1.", kubeNamespace, kubeHPA, Label{Name: "scaletargetref_kind", Help: "Kind of what it scales.", Bound: "kinds of Kubernetes"}, Label{Name: "scaletargetref_name", Help: "Name of what it scales.", Bound: "objects of that kind"})
	KubeHPAMin          = kubeGauge("kube_horizontalpodautoscaler_spec_min_replicas", "Fewest pods that the autoscaler leaves.", kubeNamespace, kubeHPA)
	KubeHPAMax          = kubeGauge("kube_horizontalpodautoscaler_spec_max_replicas", "Most pods that the autoscaler makes.", kubeNamespace, kubeHPA)
	KubeHPACurrent      = kubeGauge("kube_horizontalpodautoscaler_status_current_replicas", "Pods that there are.", kubeNamespace, kubeHPA)
	KubeHPADesired      = kubeGauge("kube_horizontalpodautoscaler_status_desired_replicas", "Pods that the autoscaler wants.", kubeNamespace, kubeHPA)
	KubeHPATarget       = kubeGauge("kube_horizontalpodautoscaler_spec_target_metric", "Value that the autoscaler aims at, for utilization in percent of the request.", kubeNamespace, kubeHPA, kubeMetric, kubeTarget)
	KubeHPATargetStatus = kubeGauge("kube_horizontalpodautoscaler_status_target_metric", "Value that the autoscaler sees, for utilization in percent of the request.", kubeNamespace, kubeHPA, kubeMetric, kubeTarget)
	KubeHPACondition    = kubeGauge("kube_horizontalpodautoscaler_status_condition", "Conditions of the autoscaler; 1 for the status that each has.", kubeNamespace, kubeHPA, kubeCondition, kubeStatus)
)

// Nodes, endpoints, budgets and jobs.
var (
	KubeNodeInfo          = kubeGauge("kube_node_info", "Versions of a node; the value is always 1.", kubeNode, Label{Name: "kubelet_version", Help: "Version of its kubelet.", Bound: "versions in use"}, Label{Name: "pod_cidr", Help: "Addresses for its pods.", Bound: "nodes"}, Label{Name: "internal_ip", Help: "Its address.", Bound: "nodes"})
	KubeNodeCondition     = kubeGauge("kube_node_status_condition", "Conditions of a node; 1 for the status that each has.", kubeNode, kubeCondition, kubeStatus)
	KubeNodeAllocatable   = kubeGauge("kube_node_status_allocatable", "What a node has for pods: cores, bytes, and how many pods.", kubeNode, kubeResource, kubeUnit)
	KubeNodeCapacity      = kubeGauge("kube_node_status_capacity", "What a node has in all.", kubeNode, kubeResource, kubeUnit)
	KubeNodeUnschedulable = kubeGauge("kube_node_spec_unschedulable", "Whether a node takes no new pods (1).", kubeNode)
	KubeEndpoints         = kubeGauge("kube_endpointslice_endpoints", "Endpoints of a service; the value is always 1. Its labels serving and terminating hold other things than they say in 2.18.0.", kubeNamespace, kubeSlice, Label{Name: "address", Help: "Address of the endpoint.", Bound: "pods that there are"}, Label{Name: "ready", Help: "Whether it is ready.", Values: []string{"true", "false"}}, Label{Name: "targetref_name", Help: "Name of its pod.", Bound: "pods that there are"})
	KubeBudgetHealthy     = kubeGauge("kube_poddisruptionbudget_status_current_healthy", "Healthy pods that a budget counts.", kubeNamespace, kubeBudget)
	KubeBudgetDesired     = kubeGauge("kube_poddisruptionbudget_status_desired_healthy", "Healthy pods that a budget wants.", kubeNamespace, kubeBudget)
	KubeJobFailed         = kubeGauge("kube_job_failed", "Whether a job has failed; 1 for what holds.", kubeNamespace, kubeJob, kubeReady)
	KubeJobCompleted      = kubeGauge("kube_job_status_completion_time", "When a job was done, as seconds since 1970.", kubeNamespace, kubeJob)
	KubeCronJobLast       = kubeGauge("kube_cronjob_status_last_successful_time", "When a cron job last succeeded, as seconds since 1970.", kubeNamespace, Label{Name: "cronjob", Help: "Name of the cron job.", Bound: "cron jobs"})
)

// Kubernetes returns the families of kube-state-metrics.
func Kubernetes() []*Family {
	return []*Family{
		KubeDeploymentReplicas, KubeDeploymentReplicasCurrent, KubeDeploymentReplicasReady, KubeDeploymentReplicasAvailable,
		KubeDeploymentReplicasUnavailable, KubeDeploymentReplicasUpdated, KubeDeploymentObserved, KubeDeploymentGeneration,
		KubeDeploymentCondition, KubeDeploymentPaused, KubeDeploymentMaxSurge, KubeDeploymentMaxUnavailable, KubeDeploymentCreated,
		KubeReplicaSetOwner, KubeStatefulSetReplicas, KubeStatefulSetReplicasReady,
		KubePodInfo, KubePodOwner, KubePodPhase, KubePodReady, KubePodReadyAt, KubePodStarted, KubePodCreated, KubePodDeleted,
		KubeContainerInfo, KubeContainerRestarts, KubeContainerReady, KubeContainerRunning, KubeContainerWaiting,
		KubeContainerLastTerminated, KubeContainerLastExit, KubeContainerLastEnd, KubeContainerRequests, KubeContainerLimits,
		KubeHPAInfo, KubeHPAMin, KubeHPAMax, KubeHPACurrent, KubeHPADesired, KubeHPATarget, KubeHPATargetStatus, KubeHPACondition,
		KubeNodeInfo, KubeNodeCondition, KubeNodeAllocatable, KubeNodeCapacity, KubeNodeUnschedulable, KubeEndpoints,
		KubeBudgetHealthy, KubeBudgetDesired, KubeJobFailed, KubeJobCompleted, KubeCronJobLast,
	}
}
