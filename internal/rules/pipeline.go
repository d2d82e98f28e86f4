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

// pipelineBroken tells of a service whose last failed deployment came after its last good one. It holds for as long as that is so, and does not
// forget: counters would, when the failure has left their window, and they are born with the first failure of a service.
func (s *signs) pipelineBroken(name string, wait time.Duration) {
	const alert = "PipelineBroken"
	last := func(f *metric.Family) string { return fmt.Sprintf("max by (service) (%s)", f.Name) }
	rule := Rule{
		Expr: fmt.Sprintf("%s unless on (service) %s >= %s", last(metric.PlatformDeployFailed), last(metric.PlatformDeployTime), last(metric.PlatformDeployFailed)),
		For:  slo.FormatDuration(wait), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: s.annotations(alert, healthBoard, "{{ $labels.service }} cannot be deployed", "Its last deployment failed, and none has succeeded since."),
	}
	c, whose := gauged(wait), map[string]string{"service": "bin-call-manager"}
	told := func(f *metric.Family, more map[string]string, values string) TestSeries {
		return series(f.Name, merge(whose, map[string]string{"job": platformJob, "instance": "deploys"}, more), values)
	}
	// It fails when the fault begins, and once more in its middle.
	half := c.fault / 2 / c.step * c.step
	fails := told(metric.PlatformDeployFailed, nil, gauge(c.step, phase{length: c.before, gap: true}, phase{length: half, value: c.before.Seconds()},
		phase{length: c.fault - half + c.after, value: (c.before + half).Seconds()}))
	succeeds := func(phases ...phase) TestSeries {
		return told(metric.PlatformDeployTime, map[string]string{"version": "2bf22fa4"}, gauge(c.step, phases...))
	}
	mended := phase{length: c.after, value: (c.before + c.fault).Seconds()}
	expected := one(firing(rule, whose, "", nil))
	s.alert(Alert{
		Name: alert, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Deployments of a service fail, and none succeeds",
		Meaning: fmt.Sprintf("%s told of a failed deployment of the service, and of no good one since. That has been so for %s, and is told until one succeeds.", name, slo.FormatDuration(wait)),
		Impact:  "A mend cannot be brought out: with the next fault everybody waits for the pipeline first. What runs goes on.",
		Look: []string{
			"the last runs of the service in " + name + ": which of the steps fails - checkout, test, lint, build, push, deploy?",
			s.command("kubectl -n %s rollout status deployment/SERVICE --timeout=5s", "docker compose ps SERVICE") + ": does the deployment wait for what never becomes ready?",
		},
		Do: []string{
			"Test, lint or build: revert the change on the main branch (`git revert --no-edit COMMIT`), and mend it beside.",
			"Push or deploy: a credential ran out, or the registry or the cluster cannot be reached from the runner.",
		},
		FalsePositives: []string{"A service that was given up after a failed deployment: take it out of the exporter's file of deployments."},
	},
		c.fires(alert, "it worked, and breaks", expected, fails, succeeds(phase{length: c.before + c.fault, value: 1}, mended)),
		c.fires(alert, "the first deployment of a service fails", expected, fails, succeeds(phase{length: c.before + c.fault, gap: true}, mended)),
		c.quiet(alert, "each failure is mended", Holds, fails, succeeds(phase{length: c.before + storyStep, value: 1}, phase{length: half, value: c.before.Seconds() + 1}, phase{length: c.fault + c.after, value: c.length().Seconds()})),
		c.quiet(alert, "no deployment is known", Silent))
}
