package scrapecfg

import (
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// volatileQueue matches the queues that each daemon or connection has for itself, and that come and go with it: asterisk.<MAC>.request,
// voip.kamailio.<MAC>.request, rtpengine.<IP>.request and the names that RabbitMQ makes up.
const volatileQueue = `(asterisk|voip\.kamailio)\.([0-9a-fA-F]{2}[:-]?){6}\.request|rtpengine\.[0-9a-fA-F.:]+\.request|amq\.(gen|rabbitmq).*`

// queueFamilies are what is asked of RabbitMQ for each queue; the others are dear (https://www.rabbitmq.com/docs/prometheus#detailed-endpoint).
func queueFamilies() []string {
	return []string{"queue_coarse_metrics", "queue_consumer_count", "queue_metrics", "queue_delivery_metrics"}
}

// queuesSuffix ends the name of the job that asks for queues one by one.
const queuesSuffix = "-queues"

// kubeState are the objects of which kube-state-metrics is believed, less the copies of their labels and annotations, which have no bound.
const (
	kubeState       = `kube_(deployment|replicaset|statefulset|daemonset|pod|horizontalpodautoscaler|node|endpointslice|poddisruptionbudget|job|cronjob|persistentvolumeclaim)_.+`
	kubeStateCopies = `kube_.+_(labels|annotations)`
)

// jobs are the scrape jobs of a described one: two for RabbitMQ, whose nodes say what is asked for at two paths.
func jobs(j spec.ScrapeJob) []ScrapeConfig {
	c := ScrapeConfig{JobName: j.Name, Files: files(j.Files), HTTPDiscovery: addresses(j.Discover), Relabel: []Relabel{hostOnly()}}
	if j.Interval > 0 {
		c.Interval = config.FormatDuration(j.Interval)
	}
	if len(j.Files)+len(j.Discover) > 0 {
		c.TargetLimit = j.Most + len(j.Targets)
	}
	if len(j.Targets) > 0 {
		c.Static = []Group{{Targets: j.Targets}}
		if j.Instance != "" {
			c.Static[0].Labels = map[string]string{instanceLabel: j.Instance}
		}
	}
	switch j.Kind {
	case spec.RabbitMQJob:
		queues := c
		queues.JobName += queuesSuffix
		queues.Path, queues.Params = "/metrics/detailed", map[string][]string{"family": queueFamilies()}
		queues.MetricRelabel = []Relabel{drop(volatileQueue, "queue")}
		return []ScrapeConfig{c, queues}
	case spec.KubeStateJob:
		// Its series are about other objects, whose namespace and pod they name; its own must not replace them.
		c.HonorLabels = true
		c.MetricRelabel = []Relabel{drop(kubeStateCopies, nameLabel), keep(kubeState, nameLabel)}
	case spec.BlackboxJob:
		c.Path, c.Params = "/probe", map[string][]string{"module": {j.Module}}
		c.Relabel = []Relabel{into("__param_target", addressLabel), into(instanceLabel, "__param_target"), set(addressLabel, j.Prober)}
	case spec.StackdriverJob:
		// Points of the cloud are minutes old: with their own times they would be written out of order, or be refused.
		no := false
		c.HonorTimestamps = &no
	}
	return []ScrapeConfig{c}
}

// hostOnly makes the instance a host without its port, which is the name of a node: what is said of it by any job is then known to be about
// the same node, and an alert that it is down explains the rest. A target that came with an instance, as those of our exporters' lists do,
// keeps it.
func hostOnly() Relabel {
	return Relabel{SourceLabels: []string{instanceLabel, addressLabel}, Separator: ";", Regex: `;\[?([^\]]+?)\]?(:\d+)?`, TargetLabel: instanceLabel}
}

func files(patterns []string) []FileDiscovery {
	if len(patterns) == 0 {
		return nil
	}
	return []FileDiscovery{{Files: patterns}}
}

func addresses(urls []string) []HTTPDiscovery {
	var list []HTTPDiscovery
	for _, u := range urls {
		list = append(list, HTTPDiscovery{URL: u})
	}
	return list
}
