package dashboard

import (
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/voipbin/observability/internal/metric"
)

// target is one scraped target of the cluster and what it says.
type target struct {
	job, name string
	exposed   []sample
}

// clustered are the targets of a cluster with two services of two pods each: what the captures of the catalogue say about one pod, for each.
func clustered(t *testing.T) []target {
	t.Helper()
	const capturedPod, capturedService = "call-manager-6d4b9c-x2x7k", "call-manager"
	state, used, told := captured(t, "kube-state-metrics-2.18.0"), captured(t, "kubelet-1.37.2"), captured(t, "voipbin-seed-written")
	var out []target
	all := []target{{job: "kube-state-metrics", name: "kube-state-metrics"}, {job: "cadvisor", name: "pool-1"}}
	have := map[string]bool{}
	for _, service := range []string{"bin-api-manager", "bin-call-manager"} {
		for _, pod := range []string{service + "-6d4b9c-x2x7k", service + "-6d4b9c-b8qzt"} {
			names := strings.NewReplacer(capturedPod, pod, capturedService, service)
			for i, exposed := range [][]sample{state, used} {
				for _, s := range sized(exposed) {
					s.series = renamed(s.series, names)
					if !have[s.series.String()] {
						have[s.series.String()] = true
						all[i].exposed = append(all[i].exposed, s)
					}
				}
			}
			out = append(out, target{service, pod, told})
		}
	}
	return append(out, all...)
}

// sized lets what never happened in the capture happen, and gives each service a pod more than its fewest.
func sized(exposed []sample) []sample {
	out := slices.Clone(exposed)
	for i, s := range out {
		if s.grows && s.value == 0 {
			out[i].value = 1
		}
		switch s.series.Get(model.MetricNameLabel) {
		case metric.KubeHPACurrent.Name, metric.KubeHPADesired.Name:
			out[i].value++ // as by day
		}
	}
	return out
}

func renamed(series labels.Labels, names *strings.Replacer) labels.Labels {
	b := labels.NewBuilder(series)
	series.Range(func(l labels.Label) { b.Set(l.Name, names.Replace(l.Value)) })
	return b.Labels()
}
