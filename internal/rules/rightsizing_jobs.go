package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts are about work on machines that the provider may take away: cheap as long as what is cut off is done again and not lost.

// jobsAlert tells of a batch job that has used up its tries.
func (z *sizing) jobsAlert() {
	const name = "BatchJobFailed"
	rule := z.rule(name, sizingBoard, slo.Ticket, fmt.Sprintf(`max by (namespace, job_name) (%s{condition="true"}) == 1`, metric.KubeJobFailed.Name), z.limits.WaitingFor,
		"Job {{ $labels.job_name }} has failed", "It has used up its tries, and nobody runs it again.")
	c := gauged(z.limits.WaitingFor)
	labels := map[string]string{"namespace": z.spec.Namespace, "job_name": "cdr-export-28411200"}
	job := func(condition, values string) TestSeries {
		return series(metric.KubeJobFailed.Name, merge(labels, map[string]string{"condition": condition}), values)
	}
	z.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A batch job has failed for good",
		Meaning: "Kubernetes has given the job up: it failed as often as its backoffLimit allows, or ran longer than it may. One that is cut off with its machine and started again is not counted.",
		Impact:  "What the job should have made is missing: an export, a clean-up, a report.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s describe job JOB` and `kubectl -n %s logs job/JOB --tail=100`: its own fault, or was it cut off each time?", z.spec.Namespace, z.spec.Namespace),
			"`kubectl get events -A --field-selector reason=Preempted` and `reason=NodeNotReady`: did machines go?",
		},
		Do: []string{
			"It was cut off: run it again (`kubectl create job --from=cronjob/NAME NAME-again`); if that happens often, give it more tries, smaller steps, or a machine that stays.",
			"Its own fault: mend it, then run it again.",
			"`kubectl delete job JOB` when it has been dealt with: the alert ends by that.",
		},
		FalsePositives: []string{"A job that a later run has made good, and that nobody deleted: set ttlSecondsAfterFinished."},
	},
		c.fires(name, "it is given up", one(firing(rule, labels, "1", nil)), job("true", c.gauge(0, 1)), job("false", c.gauge(0, 0))),
		c.quiet(name, "it is not known how it ends", Holds, job("unknown", c.gauge(0, 1)), job("true", c.gauge(0, 0))),
		c.quiet(name, "no jobs", Silent, series(metric.KubeDeploymentReplicas.Name, z.deployment(), c.steady(2))))
}

// leastBuilds is how many builds of a day say something.
const leastBuilds = 5

// buildsAlert tells when many builds and deployments fail.
func (z *sizing) buildsAlert() {
	const name = "DeploysFailOften"
	limit := z.cost.FailedDeploys
	count := func(matchers string) string {
		return fmt.Sprintf("sum(%s)", increase(metric.PlatformDeploys.Name+matchers, aDay, z.anchored))
	}
	expr := fmt.Sprintf(`%s / (%s >= %d) > %s`, count(`{result="failure"}`), count(""), leastBuilds, slo.FormatNumber(limit))
	rule := z.rule(name, sizingBoard, slo.Ticket, expr, 0, "Deployments fail often", fmt.Sprintf("In the last day {{ $value | humanizePercentage }} of them failed; the limit is %s.", slo.FormatPercent(limit)))
	labels := func(result string) map[string]string {
		return map[string]string{"job": "platform", "instance": "deploys", "service": z.first().Name, "result": result}
	}
	// Ten of a result come in the third step, and leave the day four steps later.
	deploys := func(result string, n float64) TestSeries {
		return series(metric.PlatformDeploys.Name, labels(result), fmt.Sprintf("0x2 %sx7", formatValue(n)))
	}
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(longStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	const failed = 10
	well := failed/limit - failed // of which as many failed as may
	z.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Many deployments fail",
		Meaning: fmt.Sprintf("Of the deployments of a day that the CI told of, %d at least, more than %s failed. Builds run on machines that may vanish: one that is cut off has to be tried again and not to fail.", leastBuilds, slo.FormatPercent(limit)),
		Impact:  "Changes come late, people stop believing the pipeline, and what cheap machines save is spent on trying again.",
		Look: []string{
			"the log of the jobs that failed, in the CI: \"preempted\" or \"lost connection\" is a machine that went, all else the change itself",
			"`promtool query instant http://localhost:9090 'sum by (service) (increase(" + metric.PlatformDeploys.Name + "{result=\"failure\"}[1d]))'`: which services?",
			"panel \"Deployments by result\" of the Right-sizing board: since when?",
		},
		Do: []string{
			"Machines went: have the CI try such jobs again by itself, or put the last step, the deployment, on a machine that stays.",
			"One service alone: its change is broken, or its test is flaky: `git revert --no-edit COMMIT` first, and mend it beside.",
		},
		FalsePositives: []string{"A day with a broken main branch: each try of it counts."},
	},
		story("many fail", []Proof{Fires, Holds, Resets}, []TestSeries{deploys("failure", 2*failed), deploys("success", well)},
			at(2*longStep, name), at(3*longStep, name, firing(rule, nil, percent(2*failed/(2*failed+well)), nil)), at(8*longStep, name)),
		story("as many fail as may", []Proof{Holds}, []TestSeries{deploys("failure", failed), deploys("success", well)}, at(3*longStep, name)),
		story("a few are no sign", []Proof{Holds}, []TestSeries{deploys("failure", leastBuilds-1), deploys("success", 0)}, at(3*longStep, name)),
		story("the CI tells nothing", []Proof{Silent}, []TestSeries{series(metric.PlatformBackupFiles.Name, map[string]string{"job": "platform"}, "1x9")}, at(3*longStep, name)))
}
