package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// storyRequests is how many requests come in a step of a story: enough to be judged.
const storyRequests = 100

// errorsAlert tells when a service answers too many requests with an error.
func (v *services) errorsAlert() {
	const name = "ServiceErrorsHigh"
	l := v.limits.Errors
	rule := func(severity string, limit float64, summary string) Rule {
		return v.rule(name, errorsBoard, severity, fmt.Sprintf("%s > %s and %s >= %d", serviceErrorsOf, slo.FormatNumber(limit), serviceRequests, v.limits.MinRequests), l.For,
			"{{ $labels."+v.spec.Label+" }} "+summary, fmt.Sprintf("{{ $value | humanizePercentage }} of its requests over {{ $labels.protocol }} end in an error; the limit is %s.", slo.FormatPercent(limit)))
	}
	rules := []Rule{rule(slo.Ticket, l.Warn, "answers with errors"), rule(slo.Page, l.Page, "fails many of its requests")}
	c := counted(l.For, serviceWindow)
	between, above := (l.Warn+l.Page)/2, min(1, 2*l.Page)
	// From the first failing step on the share is above a limit only if no good requests are left in the window: there are none before.
	answered := func(share float64, of float64) []TestSeries {
		at := map[string]string{v.spec.Label: v.first().Attribution, "method": "GET"}
		return []TestSeries{
			series(metric.SeedHTTPRequests.Name, merge(at, map[string]string{"status": "200"}), c.counter((1-share)*of)),
			series(metric.SeedHTTPRequests.Name, merge(at, map[string]string{"status": "503"}), c.counter(share*of)),
		}
	}
	calls := []TestSeries{
		series(metric.SeedRPCRequests.Name, map[string]string{v.spec.Label: v.first().Attribution, "method": "call_create", "status": "timeout"}, c.counter(storyRequests)),
	}
	labels := func(protocol string) map[string]string {
		return map[string]string{v.spec.Label: v.first().Attribution, "protocol": protocol}
	}
	v.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A service answers too many requests with an error",
		Meaning: fmt.Sprintf("HTTP answers of 500 and above, or calls over RabbitMQ that did not succeed (label protocol), of all that the service answered in five minutes. %s Below %d requests nothing is judged.", ticketAndPage(l), v.limits.MinRequests),
		Impact:  "Customers see failed requests at the gateway; a failing service behind it makes the flows and calls fail that need it.",
		Look: []string{
			"the board Error Rates: one service alone, or all at once? All at once is the database, the broker or the network.",
			fmt.Sprintf("`kubectl -n %s logs -l app=SERVICE --since=10m --tail=200`: what the errors are", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s rollout history deployment/SERVICE`: did it begin with a deployment?", v.spec.Namespace),
		},
		Do: []string{
			fmt.Sprintf("It began with a deployment: `kubectl -n %s rollout undo deployment/SERVICE`.", v.spec.Namespace),
			"It waits for another service (timeouts over RabbitMQ): mend that one first; it is the one whose queue grows.",
			"All services fail: see the alerts of MySQL, Redis and RabbitMQ.",
		},
		FalsePositives: []string{"A customer's client that repeats a request which the gateway cannot fulfil: see whether one method alone fails."},
	},
		c.fires(name, "errors between the limits", all(labels("http"), percent(between), rules[0]), answered(between, storyRequests)...),
		c.fires(name, "errors above both limits", all(labels("http"), percent(above), rules...), answered(above, storyRequests)...),
		c.fires(name, "calls over RabbitMQ time out", all(labels("rpc"), percent(1), rules...), calls...),
		c.quiet(name, "just below the lower limit", Holds, answered(l.Warn*0.9, storyRequests)...),
		c.quiet(name, "too few requests to judge", Holds, answered(above, float64(v.limits.MinRequests)/(serviceWindow.Seconds()/storyStep.Seconds()+1))...),
		c.quiet(name, "no requests", Silent, answered(0, 0)...))
}

// slowAlert tells when one request in twenty takes longer than was promised.
func (v *services) slowAlert() {
	const name = "ServiceSlow"
	rule := v.rule(name, errorsBoard, slo.Ticket, fmt.Sprintf("%s > %s and %s >= %d", serviceLatency, slo.FormatNumber(v.limits.Latency.Seconds()), serviceRequests, v.limits.MinRequests), v.limits.LatencyFor,
		"{{ $labels."+v.spec.Label+" }} is slow over {{ $labels.protocol }}", "One request in twenty takes longer than "+slo.FormatDuration(v.limits.Latency)+".")
	c := counted(v.limits.LatencyFor, serviceWindow)
	at := map[string]string{v.spec.Label: v.first().Attribution, "method": "GET"}
	taken := func(slow bool, of float64) []TestSeries {
		list := []TestSeries{series(metric.SeedHTTPRequests.Name, merge(at, map[string]string{"status": "200"}), c.counter(of))}
		for _, b := range metric.SeedHTTPDuration.Buckets {
			n := of
			if slow && b <= v.limits.Latency.Seconds() {
				n = 0
			}
			list = append(list, series(metric.SeedHTTPDuration.Name+"_bucket", merge(at, map[string]string{"le": slo.FormatNumber(b)}), c.counter(n)))
		}
		return append(list, series(metric.SeedHTTPDuration.Name+"_bucket", merge(at, map[string]string{"le": "+Inf"}), c.counter(of)))
	}
	labels := map[string]string{v.spec.Label: v.first().Attribution, "protocol": "http"}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "One request in twenty to a service takes too long",
		Meaning: fmt.Sprintf("The 95th percentile of the durations of five minutes is above %s for %s. Below %d requests nothing is judged.", slo.FormatDuration(v.limits.Latency), slo.FormatDuration(v.limits.LatencyFor), v.limits.MinRequests),
		Impact:  "The interface and the calls that need the service wait; what waits longer than its caller does is an error.",
		Look: []string{
			"the board Error Rates: which protocol, and is the service's own CPU at its limit (Service Health)?",
			fmt.Sprintf("`kubectl -n %s top pods -l app=SERVICE`", v.spec.Namespace),
			"the boards of MySQL and RabbitMQ: slow queries, a queue that grows",
		},
		Do: []string{
			"Its CPU is held up by the limit: see ServiceCPUThrottled.",
			"It waits for the database: find the slow query, and see whether a replica lags.",
			fmt.Sprintf("It is busy: `kubectl -n %s scale deployment/SERVICE --replicas=N`, and raise its bounds in spec/services.yaml.", v.spec.Namespace),
		},
		FalsePositives: []string{"Requests that are slow by nature, such as exports: give them a method of their own and an objective that knows them."},
	},
		c.fires(name, "all requests are slow", one(firing(rule, labels, "", nil)), taken(true, storyRequests)...),
		c.quiet(name, "requests are as quick as promised", Holds, taken(false, storyRequests)...),
		c.quiet(name, "one slow request at night", Holds, taken(true, float64(v.limits.MinRequests)/(serviceWindow.Seconds()/storyStep.Seconds()+1))...),
		c.quiet(name, "no requests", Silent, taken(true, 0)...))
}
