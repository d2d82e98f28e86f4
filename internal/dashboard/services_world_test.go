package dashboard

import (
	"path/filepath"
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

// clustered are the targets of a cluster with two services of two pods each: what is written in the captures of the catalogue about one pod, for each.
func clustered(t *testing.T) []target {
	t.Helper()
	written := func(name string) []sample {
		return seriesIn(t, filepath.Join("..", "metric", "testdata", name+"-written.prom"))
	}
	const capturedPod, captured = "call-manager-6d4b9c-x2x7k", "call-manager"
	state, used, told := written("kube-state-metrics-2"), written("kubelet-1"), written("voipbin-seed")
	var out []target
	all := []target{{job: "kube-state-metrics", name: "kube-state-metrics"}, {job: "cadvisor", name: "pool-1"}}
	have := map[string]bool{}
	for _, service := range []string{"bin-api-manager", "bin-call-manager"} {
		for _, pod := range []string{service + "-6d4b9c-x2x7k", service + "-6d4b9c-b8qzt"} {
			names := strings.NewReplacer(capturedPod, pod, captured, service)
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

// sized adds the memory to the captured amounts of CPU, lets what never happened in the capture happen, and gives each service a pod more than its
// fewest.
func sized(exposed []sample) []sample {
	var out []sample
	for _, s := range exposed {
		if s.grows && s.value == 0 {
			s.value = 1
		}
		switch s.series.Get(model.MetricNameLabel) {
		case metric.KubeHPACurrent.Name, metric.KubeHPADesired.Name:
			s.value++ // as by day
		}
		out = append(out, s)
		if s.series.Get("resource") == "cpu" {
			memory := labels.NewBuilder(s.series).Set("resource", "memory").Set("unit", "byte").Labels()
			bytes := 256e6
			if s.series.Get("pod") == "" { // of a node
				bytes = 13e9
			}
			out = append(out, sample{series: memory, value: bytes})
		}
	}
	return out
}

func renamed(series labels.Labels, names *strings.Replacer) labels.Labels {
	b := labels.NewBuilder(series)
	series.Range(func(l labels.Label) { b.Set(l.Name, names.Replace(l.Value)) })
	return b.Labels()
}
