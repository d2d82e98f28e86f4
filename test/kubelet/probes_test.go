//go:build recordings

package kubelet

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/kubelet/prober"
	"k8s.io/kubernetes/pkg/kubelet/prober/results"
	"k8s.io/kubernetes/pkg/kubelet/status"
)

// states knows of each pod that its container has started.
type states struct {
	status.Manager
}

func (states) GetPodStatus(types.UID) (v1.PodStatus, bool) {
	started := true
	return v1.PodStatus{Phase: v1.PodRunning, PodIP: "127.0.0.1", ContainerStatuses: []v1.ContainerStatus{{
		Name: service, ContainerID: "containerd://00", Started: &started,
		State: v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: metav1.NewTime(time.Unix(1_700_000_000, 0))}},
	}}}, true
}

// probed has the kubelet's prober ask a pod that lives and is not ready, once each: what it asks further is answered when the test ends, so that
// the counts do not hang on how long it takes.
func probed(t *testing.T) (asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	var lives, ready atomic.Int64
	over := make(chan struct{})
	once := func(seen *atomic.Int64, code int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1); seen.Add(1) > 1 {
				select {
				case <-over:
				case <-r.Context().Done():
				}
			}
			w.WriteHeader(code)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/lives", once(&lives, http.StatusOK))
	mux.HandleFunc("/ready", once(&ready, http.StatusServiceUnavailable))
	s := httptest.NewServer(mux)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) *v1.Probe {
		return &v1.Probe{
			ProbeHandler:   v1.ProbeHandler{HTTPGet: &v1.HTTPGetAction{Host: at.Hostname(), Port: intstr.Parse(at.Port()), Path: path, Scheme: v1.URISchemeHTTP}},
			TimeoutSeconds: 600, PeriodSeconds: 1, SuccessThreshold: 1, FailureThreshold: 1,
		}
	}
	m := prober.NewManager(states{}, results.NewManager(), results.NewManager(), results.NewManager(), nil, &record.FakeRecorder{})
	of := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace, UID: uid},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Name: service, LivenessProbe: ask("/lives"), ReadinessProbe: ask("/ready")}}},
	}
	m.AddPod(context.Background(), of)
	t.Cleanup(func() {
		m.RemovePod(of)
		close(over)
		s.Close()
	})
	return asked
}
