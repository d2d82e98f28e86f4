package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// pipeline returns the alerts about how changes come to the platform, which platform_exporter knows by the CI's webhook.
func pipeline(s *spec.Spec, l links) *signs {
	p := &signs{links: l}
	if d := s.Delivery.Pipeline; d.BrokenFor > 0 && scraped(s, platformJob) {
		p.pipelineBroken(d.Name, d.BrokenFor)
	}
	return p
}

func (s *signs) pipelineBroken(name string, wait time.Duration) {
	whose := map[string]string{"service": "bin-call-manager"}
	told := func(result, values string) TestSeries {
		return series(metric.PlatformDeploys.Name, merge(whose, map[string]string{"job": platformJob, "instance": "deploys", "result": result}), values)
	}
	grown := func(result string, window time.Duration) string {
		return fmt.Sprintf("sum by (service) (increase(%s{result=%q}[%s]))", metric.PlatformDeploys.Name, result, slo.FormatDuration(window))
	}
	s.add(sign{
		Alert: Alert{
			Name:    "PipelineBroken",
			Summary: "Deployments of a service fail, and none succeeds",
			Meaning: fmt.Sprintf("%s told of failed deployments of the service, and of no good one for %s.", name, slo.FormatDuration(wait)),
			Impact:  "A mend cannot be brought out: with the next fault everybody waits for the pipeline first. What runs goes on.",
			Look: []string{
				"the last runs of the service in " + name + ": which of the steps fails - checkout, test, lint, build, push, deploy?",
				"`kubectl -n NAMESPACE rollout status deployment/SERVICE --timeout=5s`: does the deployment wait for pods that never become ready?",
			},
			Do: []string{
				"Test, lint or build: revert the change on the main branch, and mend it beside.",
				"Push or deploy: a credential ran out, or the registry or the cluster cannot be reached from the runner.",
			},
			FalsePositives: []string{"A service that is being set up and has never been deployed by the pipeline."},
		},
		board: healthBoard, wait: wait, window: 2 * wait, whose: whose,
		fault: func(c lapse) []TestSeries { return []TestSeries{told("failure", c.counter(1))} },
		well: func(c lapse) []TestSeries {
			return []TestSeries{told("failure", c.counter(1)), told("success", counterValues(c.step, phase{length: c.length(), rise: 1}))}
		},
	}, clause{slo.Ticket, "", fmt.Sprintf("%s > 0 unless on (service) %s > 0", grown("failure", 2*wait), grown("success", wait)), "{{ $labels.service }} cannot be deployed", "Its deployments fail, and none succeeded for " + slo.FormatDuration(wait) + "."})
}
