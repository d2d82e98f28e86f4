//go:build recordings

package kubelet

import (
	"context"
	"strings"
	"time"

	cadvisor "github.com/google/cadvisor/lib/model"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"
	kubelettypes "k8s.io/kubelet/pkg/types"
	"k8s.io/kubernetes/pkg/kubelet/container"
	containertest "k8s.io/kubernetes/pkg/kubelet/container/testing"
	"k8s.io/kubernetes/pkg/kubelet/server"
)

const (
	pod       = "call-manager-6d4b9c-x2x7k"
	uid       = "0f6e"
	namespace = "production"
	service   = "call-manager"
	image     = "gcr.io/voipbin/call-manager:latest"
)

// node stands in for the rest of the kubelet, and for the machine below it. Who asks it for what is not answered here ends the test.
type node struct {
	server.HostInterface
}

func (node) GetVersionInfo() (*cadvisor.VersionInfo, error) { return &cadvisor.VersionInfo{}, nil }

func (node) GetCachedMachineInfo() (*cadvisor.MachineInfo, error) {
	return &cadvisor.MachineInfo{NumCores: 4, MemoryCapacity: 16 << 30}, nil
}

// GetRequestedContainersInfo returns the control groups of a node with one pod: its root, the pod, the container that holds the pod's network, and
// the one that works.
func (node) GetRequestedContainersInfo(string, cadvisor.RequestOptions) (map[string]*cadvisor.ContainerInfo, error) {
	const ofPod = "/kubepods/burstable/pod" + uid
	sandbox := group(ofPod+"/01", "01", "registry.k8s.io/pause:3.10", "")
	sandbox.Spec.HasNetwork = true
	sandbox.Stats[0].Network = &cadvisor.NetworkStats{Interfaces: []cadvisor.InterfaceStats{{Name: "eth0", RxBytes: 9000, TxBytes: 8000, RxPackets: 90, TxPackets: 80}}}
	all := map[string]*cadvisor.ContainerInfo{}
	for _, c := range []*cadvisor.ContainerInfo{group("/", "", "", ""), group(ofPod, "", "", ""), sandbox, group(ofPod+"/00", "00", image, service)} {
		all[c.Name] = c
	}
	return all, nil
}

// group is a control group with use, and with the labels that a runtime gives to containers.
func group(id, alias, image, name string) *cadvisor.ContainerInfo {
	began := time.Unix(1_700_000_000, 0).UTC()
	c := &cadvisor.ContainerInfo{
		ContainerReference: cadvisor.ContainerReference{Name: id},
		Spec: cadvisor.ContainerSpec{
			CreationTime: began, StartTime: began, Image: image, HasCpu: true, HasMemory: true,
			Cpu: cadvisor.CpuSpec{Limit: 102, Quota: 50_000, Period: 100_000}, Memory: cadvisor.MemorySpec{Limit: 512 << 20},
		},
		Stats: []*cadvisor.ContainerStats{{
			Timestamp: began,
			Cpu:       &cadvisor.CpuStats{Usage: cadvisor.CpuUsage{Total: 12_500_000_000, User: 12_000_000_000, System: 500_000_000}, CFS: cadvisor.CpuCFS{Periods: 1000}},
			Memory:    &cadvisor.MemoryStats{Usage: 110 << 20, WorkingSet: 100 << 20, RSS: 90 << 20, Cache: 20 << 20},
		}},
	}
	if alias != "" {
		c.Aliases = []string{alias}
		c.Spec.Labels = map[string]string{kubelettypes.KubernetesPodNameLabel: pod, kubelettypes.KubernetesPodNamespaceLabel: namespace}
	}
	if name != "" {
		c.Spec.Labels[kubelettypes.KubernetesContainerNameLabel] = name
	}
	return c
}

// GetPodByCgroupfs finds the pod of a control group that is a pod's.
func (node) GetPodByCgroupfs(group string) (*v1.Pod, bool) {
	if !strings.HasSuffix(group, "/pod"+uid) {
		return nil, false
	}
	return &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace, UID: uid}}, true
}

// ListPodStats returns a pod with a claim and with a volume that is nobody's claim.
func (node) ListPodStats(context.Context) ([]stats.PodStats, error) {
	size, free, used, inodes := uint64(20<<30), uint64(15<<30), uint64(5<<30), uint64(1<<20)
	volume := stats.FsStats{AvailableBytes: &free, CapacityBytes: &size, UsedBytes: &used, Inodes: &inodes, InodesFree: &inodes, InodesUsed: &inodes}
	return []stats.PodStats{{
		PodRef: stats.PodReference{Name: "rabbitmq-0", Namespace: namespace, UID: "0f70"},
		VolumeStats: []stats.VolumeStats{
			{Name: "data", FsStats: volume, PVCRef: &stats.PVCReference{Name: "data-rabbitmq-0", Namespace: namespace}},
			{Name: "tmp", FsStats: volume},
		},
	}}, nil
}

// runs is a container runtime in which one pod runs, and another has ended.
func runs() *containertest.FakeRuntime {
	of := func(uid, name string, state container.State) *containertest.FakePod {
		at := []*container.Container{{ID: container.ContainerID{Type: "containerd", ID: uid}, Name: name, State: state}}
		return &containertest.FakePod{Pod: &container.Pod{ID: types.UID(uid), Name: name, Namespace: namespace, Containers: at, Sandboxes: at}}
	}
	return &containertest.FakeRuntime{AllPodList: []*containertest.FakePod{of(uid, service, container.ContainerStateRunning), of("0a05", "dbscheme", container.ContainerStateExited)}}
}
