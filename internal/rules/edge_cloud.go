package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// cloudUnread tells when nothing, or not all, is known of what Google runs: the exporter is up then, and what it tells is merely gone.
func (s *signs) cloudUnread() {
	whose := map[string]string{"job": cloudJob, "instance": "stackdriver", "project_id": "voipbin-prod"}
	read := func(values string) []TestSeries {
		return []TestSeries{cloudSeries(metric.CloudScrapeError, "", nil, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "CloudMonitoringUnread",
			Summary: "Cloud Monitoring cannot be read",
			Meaning: "stackdriver_exporter was refused something by Cloud Monitoring in each reading (cause refused), or Prometheus has nothing from it at all (cause missing).",
			Impact:  "Alerts, objectives and boards about load balancers, NAT, buckets, quotas and managed databases see nothing or only a part, whatever happens there.",
			Look: []string{
				"`curl -s http://stackdriver:9255/metrics | grep stackdriver_monitoring_`: errors, and calls of the interface",
				"the log of stackdriver_exporter: it says which metric was refused and with which status",
				"`gcloud projects get-iam-policy PROJECT --flatten=bindings --filter=bindings.role:roles/monitoring.viewer`: is its account there?",
			},
			Do: []string{
				"403: give its account roles/monitoring.viewer again: `gcloud projects add-iam-policy-binding PROJECT --member serviceAccount:ACCOUNT --role roles/monitoring.viewer`.",
				"429: the quota of the interface is used up; take prefixes away, or raise `--monitoring.descriptor-cache-ttl`.",
				"Time-outs: raise the scrape timeout of job " + cloudJob + " and `--stackdriver.http-timeout`.",
				"Missing: start the exporter, and see that its address is the one in spec/scrape.yaml.",
			},
			FalsePositives: []string{"Trouble of Google's own interface: https://status.cloud.google.com says so; what it watches may be well."},
		},
		board: networkBoard, wait: s.limits.Monitoring.ExportersFor, whose: whose, value: "1",
		fault: func(c lapse) []TestSeries { return read(c.gauge(0, 1)) },
		well:  func(c lapse) []TestSeries { return read(c.steady(0)) },
		others: []shown{{whose: map[string]string{"job": cloudJob}, fault: func(c lapse) []TestSeries {
			return read(gauge(c.step, phase{length: c.before, value: 0}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 0}))
		}}},
	}, clause{slo.Ticket, "refused", cloud(metric.CloudScrapeError, "", "") + " > 0",
		"Cloud Monitoring refuses to be read", "Some or all of what is known of project {{ $labels.project_id }} is missing, and so are the alerts about that."},
		clause{slo.Ticket, "missing", fmt.Sprintf("absent(%s)", cloud(metric.CloudScrapeError, "", "")),
			"stackdriver_exporter is not scraped", "Nothing is known of load balancers, NAT, buckets, quotas and managed databases."})
}
