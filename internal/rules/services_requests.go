package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/slo"
)

// storyRequests is how many requests come in a step of a story: enough to be judged.
const storyRequests = 100

// errorsAlert tells when a service answers too many requests with an error.
func (v *services) errorsAlert() {
	const name = "ServiceErrorsHigh"
	p, ok := v.protocolOf(Protocol.Judged)
	if !ok {
		return
	}
	l := v.limits.Errors
	rule := func(severity string, limit float64, summary string) Rule {
		return v.rule(name, errorsBoard, severity, fmt.Sprintf("%s > %s and %s >= %d", serviceErrorsOf, slo.FormatNumber(limit), serviceRequests, v.limits.MinRequests), l.For,
			"{{ $labels."+v.spec.Label+" }} "+summary, fmt.Sprintf("{{ $value | humanizePercentage }} of its requests over {{ $labels.protocol }} end in an error; the limit is %s.", slo.FormatPercent(limit)))
	}
	rules := []Rule{rule(slo.Ticket, l.Warn, "answers with errors"), rule(slo.Page, l.Page, "fails many of its requests")}
	c := counted(l.For, serviceWindow)
	between, above := (l.Warn+l.Page)/2, min(1, 2*l.Page)
	// From the first failing step on the share is above a limit only if no good requests are left in the window: there are none before.
	answered := func(share float64, of float64) []TestSeries { return v.answers(p, c, (1-share)*of, share*of) }
	labels := func(p Protocol) map[string]string {
		signal, _ := p.requests()
		return map[string]string{v.spec.Label: v.signals.teller(signal).Attribution, "protocol": p.Name}
	}
	stories := []TestGroup{
		c.fires(name, "errors between the limits", all(labels(p), percent(between), rules[0]), answered(between, storyRequests)...),
		c.fires(name, "errors above both limits", all(labels(p), percent(above), rules...), answered(above, storyRequests)...),
	}
	if rpc, other := v.protocolOf(func(o Protocol) bool { return o.Judged() && o.Name != p.Name }); other {
		stories = append(stories, c.fires(name, rpcFails(rpc), all(labels(rpc), percent(1), rules...), v.answers(rpc, c, 0, storyRequests)[1:]...))
	}
	stories = append(stories,
		c.quiet(name, "just below the lower limit", Holds, answered(l.Warn*0.9, storyRequests)...),
		c.quiet(name, "too few requests to judge", Holds, answered(above, float64(v.limits.MinRequests)/(serviceWindow.Seconds()/storyStep.Seconds()+1))...),
		c.quiet(name, "no requests", Silent, answered(0, 0)...))
	v.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "A service answers too many requests with an error",
		Meaning: fmt.Sprintf("HTTP answers of 500 and above, or calls over RabbitMQ that did not succeed (label protocol), of all that the service answered in five minutes. %s Below %d requests nothing is judged.%s", ticketAndPage(l), v.limits.MinRequests, v.whose()),
		Impact:  "Customers see failed requests at the gateway; a failing service behind it makes the flows and calls fail that need it.",
		Look: []string{
			"the board Error Rates: one service alone, or all at once? All at once is the database, the broker or the network.",
			v.command("kubectl -n %s logs -l app=SERVICE --since=10m --tail=200", "docker logs --since 10m --tail 200 SERVICE") + ": what the errors are",
			v.command("kubectl -n %s rollout history deployment/SERVICE", "docker inspect -f '{{.Created}} {{.Config.Image}}' SERVICE") + ": did it begin with a deployment?",
		},
		Do: []string{
			"It began with a deployment: " + v.command("kubectl -n %s rollout undo deployment/SERVICE", "docker compose up -d SERVICE") + v.before() + ".",
			"It waits for another service (timeouts over RabbitMQ): mend that one first; it is the one whose queue grows.",
			"All services fail: see the alerts of MySQL, Redis and RabbitMQ.",
		},
		FalsePositives: []string{"A customer's client that repeats a request which the gateway cannot fulfil: see whether one method alone fails."},
	}, stories...)
}

// rpcFails is the title of a story in which no call to another service succeeds.
func rpcFails(p Protocol) string {
	if p.Rejected.Mapped() {
		return "a circuit breaker keeps all calls back"
	}
	return "calls over RabbitMQ time out"
}

// slowAlert tells when one request in twenty takes longer than was promised.
func (v *services) slowAlert() {
	const name = "ServiceSlow"
	p, ok := v.protocolOf(v.bounded)
	if !ok {
		return
	}
	rule := v.rule(name, errorsBoard, slo.Ticket, fmt.Sprintf("%s > %s and %s >= %d", serviceLatency, slo.FormatNumber(v.limits.Latency.Seconds()), serviceRequests, v.limits.MinRequests), v.limits.LatencyFor,
		"{{ $labels."+v.spec.Label+" }} is slow over {{ $labels.protocol }}", "One request in twenty takes longer than "+slo.FormatDuration(v.limits.Latency)+".")
	c := counted(v.limits.LatencyFor, serviceWindow)
	taken := func(slow bool, of float64) []TestSeries { return v.lasting(p, c, slow, of) }
	labels := map[string]string{v.spec.Label: v.signals.teller(p.Duration).Attribution, "protocol": p.Name}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "One request in twenty to a service takes too long",
		Meaning: fmt.Sprintf("The 95th percentile of the durations of five minutes is above %s for %s. Below %d requests nothing is judged.%s", slo.FormatDuration(v.limits.Latency), slo.FormatDuration(v.limits.LatencyFor), v.limits.MinRequests, v.whose()),
		Impact:  "The interface and the calls that need the service wait; what waits longer than its caller does is an error.",
		Look: []string{
			"the board Error Rates: which protocol, and is the service's own CPU at its limit (Service Health)?",
			v.command("kubectl -n %s top pods -l app=SERVICE", "docker stats --no-stream SERVICE"),
			"the boards of MySQL and RabbitMQ: slow queries, a queue that grows",
		},
		Do: []string{
			"Its CPU is held up by the limit: see ServiceCPUThrottled.",
			"It waits for the database: find the slow query, and see whether a replica lags.",
			"It is busy: " + v.more(),
		},
		FalsePositives: []string{"Requests that are slow by nature, such as exports: give them a method of their own and an objective that knows them."},
	},
		c.fires(name, "all requests are slow", one(firing(rule, labels, "", nil)), taken(true, storyRequests)...),
		c.quiet(name, "requests are as quick as promised", Holds, taken(false, storyRequests)...),
		c.quiet(name, "one slow request at night", Holds, taken(true, float64(v.limits.MinRequests)/(serviceWindow.Seconds()/storyStep.Seconds()+1))...),
		c.quiet(name, "no requests", Silent, taken(true, 0)...))
}

// before says with what a service is brought back where nothing remembers it.
func (v *services) before() string {
	if v.cluster {
		return ""
	}
	return " with the image tag of before"
}

// more says how a service is given more room.
func (v *services) more() string {
	if v.cluster {
		return fmt.Sprintf("`kubectl -n %s scale deployment/SERVICE --replicas=N`, and raise its bounds in spec/services.yaml.", v.spec.Namespace)
	}
	return "`docker compose up -d --scale SERVICE=N`, where the host has the room."
}
