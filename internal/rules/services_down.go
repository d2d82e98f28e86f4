package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// Where no cluster tells of pods, whether a service is there is what its own port for metrics says. It is no health check: a program whose
// database is gone answers there as well.

// up selects whether the services are scraped.
func (v *services) up() string {
	return fmt.Sprintf("%s{%s}", metric.Up.Name, among(v.spec.Label, v.attributions()))
}

// downAlert pages when a service does not answer, or when nobody asks it.
func (v *services) downAlert() {
	const name = "ServiceDown"
	by := v.spec.Label
	absent := make([]string, len(v.spec.List))
	for i, o := range v.spec.List {
		absent[i] = fmt.Sprintf("absent(%s{%s=%q})", metric.Up.Name, by, o.Attribution)
	}
	rules := []Rule{
		cause(v.rule(name, healthBoard, slo.Page, fmt.Sprintf("max by (%s) (%s) == 0", by, v.up()), v.limits.DownFor,
			"{{ $labels."+by+" }} is down", "It does not answer on its metrics port."), downDaemon),
		cause(v.rule(name, healthBoard, slo.Page, strings.Join(absent, " or "), v.limits.DownFor,
			"{{ $labels."+by+" }} is not scraped at all", "The spec lists the service, and Prometheus has no such target."), downMissing),
	}
	c, labels := gauged(v.limits.DownFor), map[string]string{by: v.first().Attribution}
	services := func(first string) []TestSeries {
		list := make([]TestSeries, len(v.spec.List))
		for i, o := range v.spec.List {
			values := c.steady(1)
			if i == 0 {
				values = first
			}
			list[i] = series(metric.Up.Name, map[string]string{by: o.Attribution, "instance": o.Name}, values)
		}
		return list
	}
	gone := gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})
	v.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A service is down, or nobody asks whether it is",
		Meaning: fmt.Sprintf("The label cause says how that is known. %q: its metrics port has not answered for %s; %q: the spec lists the service, and Prometheus does not scrape it.", downDaemon, slo.FormatDuration(v.limits.DownFor), downMissing),
		Impact:  "Whatever needs the service fails: requests wait in its queue until their callers give up.",
		Look: []string{
			"`docker ps -a --filter name=SERVICE --format '{{.Names}} {{.Status}}'` on the host: does it restart again and again, or was it ended for want of memory (137)?",
			"`docker logs --since 15m SERVICE 2>&1 | tail -50`: the last words of the program",
			"`rabbitmqctl list_queues name messages_ready consumers | grep SERVICE`: does it take requests all the same?",
		},
		Do: []string{
			"It ended: `docker start SERVICE`. It came with a new image: bring the one before back (`docker compose up -d SERVICE` with its tag).",
			"All of them at once: the host, or the network between Prometheus and them: see HostMissing and PrometheusTargetsDown.",
			"Missing: run `obsgen generate` for this profile, deploy the scrape configuration and reload Prometheus; or the service was retired: take it out of the profile.",
		},
		FalsePositives: []string{"A deployment that takes longer than the alert's delay: set a silence before it."},
	},
		c.fires(name, "it does not answer", one(firing(rules[0], labels, "", nil)), services(c.gauge(1, 0))...),
		c.fires(name, "it is not scraped", one(firing(rules[1], labels, "", nil)), services(gone)...),
		c.quiet(name, "all answer", Silent, services(c.steady(1))...))
}
