package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// errorRates is the board that the published page calls Error Rates. What the profile says that nobody exports, it does not ask for.
func errorRates(m *maker) board {
	v := servicesBoard{m}
	b := board{
		name: errorRatesName, title: "VoIPBIN / Error Rates", folder: "Services", from: "now-6h",
		description: "How many requests each service answers, how many of them with an error, and how long they take: over HTTP and over RabbitMQ.",
	}
	for _, p := range rules.Protocols(m.spec.Profile) {
		b.rows = append(b.rows, row{title: protocolTitle(p), cards: v.protocol(p)})
	}
	b.rows = append(b.rows,
		row{title: "By method", cards: slices.Concat(v.methods("HTTP", "http_requests"), v.methods("RPC", "rpc_requests"))},
		row{title: "What waits, and what is going on?", cards: slices.Concat(v.queues(), v.calls(), v.ended(), v.events())},
		row{title: "Objectives", cards: v.objectivesOf(errorRatesName)})
	return b
}

// protocolTitle is what the row of a protocol is called.
func protocolTitle(p rules.Protocol) string {
	switch {
	case p.Name == "http":
		return "HTTP"
	case p.Sent():
		return "RabbitMQ: what services ask of others"
	case p.Name == "rpc_served":
		return "RabbitMQ: what services answer"
	}
	return "RabbitMQ"
}

// protocol are the cards of the requests that come, or are sent, in one way.
func (v servicesBoard) protocol(p rules.Protocol) []card {
	l := v.spec.Alerts.Services
	name, title := "{{"+v.spec.Services.Label+"}}", map[string]string{"http": "HTTP", "rpc": "RPC", "rpc_served": "Served RPC"}[p.Name]
	of := func(record string) query.Expr { return v.record(record, query.Is("protocol", p.Name)) }
	none := "no service tells its requests"
	requests := "Requests that each service answered. A fall to none by day means that nobody reaches it: look at what calls it."
	failures := "Share of the requests that ended in an error. " + limitText(l.Errors) + " One service alone is that service; all are what they share: database, broker, network."
	if p.Sent() {
		requests = "Requests that each service sent to others, with those that its circuit breaker kept back. A fall to none by day means that nobody asks anything of it: look at what calls it."
		failures = "Share of a service's requests to others that its circuit breaker kept back: the one that it asks did not answer. " + limitText(l.Errors) + " Of its other requests it is not known how they end."
	}
	list := []card{{
		kind: panel.TimeSeriesType, title: title + " requests in five minutes", looks: v.attributed(), none: none,
		description: requests,
		asks:        []ask{{of(serviceRequests), name}},
	}}
	if p.Judged() {
		list = append(list, card{
			kind: panel.TimeSeriesType, title: title + " errors", looks: v.attributed(), none: none, alerts: v.made("ServiceErrorsHigh"), thresholds: between(l.Errors),
			description: failures,
			asks:        []ask{{of(serviceErrorsOf), name}},
		})
	}
	if p.Duration.Mapped() {
		list = append(list, card{
			kind: panel.TimeSeriesType, title: title + " latency", looks: v.attributed(), none: none, alerts: v.made("ServiceSlow"), thresholds: panel.Rising(panel.Good, panel.Bound{From: l.Latency.Seconds(), Color: panel.Warning}),
			description: fmt.Sprintf("What one request in twenty exceeds. Above %s a ticket is opened: look whether the service is held up by its CPU limit, or waits for the database.", slo.FormatDuration(l.Latency)),
			asks:        []ask{{of(serviceLatency), name}},
		})
	}
	return list
}

// family is that of a signal which all series have under one name, or nil.
func (v servicesBoard) family(s spec.Signal) *metric.Family {
	if !s.Shared() {
		return nil
	}
	f, _, _ := v.catalogue.Resolve(s.Metric)
	return f
}

// methods shows requests by method and status, where one family tells both of all services.
func (v servicesBoard) methods(title, signal string) []card {
	s := v.spec.Profile.Signal(signal)
	f := v.family(s)
	status, ok := s.Label("status")
	if f == nil || !ok || !f.HasLabel("method") {
		return nil
	}
	return []card{{
		kind: panel.TimeSeriesType, title: title + " requests by method and status", none: "no service tells its requests",
		description: "Requests a second of all services. Errors of a single method are that method's code; of all methods, what they share.",
		asks:        []ask{{query.Of(f).Rate().Sum("method", status), "{{method}} {{" + status + "}}"}},
	}}
}

func (v servicesBoard) queues() []card {
	s := v.spec.Profile.Signal("queue_depth")
	f := v.family(s)
	label, ok := s.Label("queue")
	if f == nil || !ok {
		return nil
	}
	none, whose := "no service tells its queue", "the services count"
	if f.Emitter.Profile == "" {
		none, whose = "the broker tells nothing of its queues", "the broker counts"
	}
	c := card{
		kind: panel.TimeSeriesType, title: "Messages that wait", alerts: v.made("ServiceQueueDeep"), none: none,
		description: "Messages that wait in each queue, as " + whose + " them. What rises and does not fall has too few consumers, or consumers that wait for something else.",
		asks:        []ask{{query.Of(f).Max(label), "{{" + label + "}}"}},
	}
	if t, ok := v.spec.Services.Autoscaling.Trigger(spec.ScaleByQueueDepth, true); ok {
		c.thresholds = panel.Rising(panel.Good, panel.Bound{From: t.Threshold, Color: panel.Warning})
	}
	return []card{c}
}

// calls shows the calls that are in progress: by the services' own count, or by a record of the servers'.
func (v servicesBoard) calls() []card {
	s := v.spec.Profile.Signal("active_calls")
	if _, recorded := v.records[s.Metric]; recorded {
		return []card{{
			kind: panel.TimeSeriesType, title: "Calls in progress", none: "no media server tells its calls",
			description: "Calls on the media servers, as no service counts them. Compare with the services' count of those that begin and end.",
			asks:        []ask{{v.record(s.Metric).Sum("instance"), "{{instance}}"}},
		}}
	}
	f := v.family(s)
	if f == nil || strings.Contains(s.Metric, ":") {
		return nil
	}
	return []card{{
		kind: panel.TimeSeriesType, title: "Calls as the services count them", looks: v.attributed(), none: "no service tells its calls",
		description: "Active calls by the services' own count. Compare with the proxies: a difference that grows is calls whose end a service has missed.",
		asks:        []ask{{query.Of(f).Sum(v.spec.Services.Label), "{{" + v.spec.Services.Label + "}}"}},
	}}
}

// ended shows the calls that begin and end, where services count them.
func (v servicesBoard) ended() []card {
	return slices.Concat(
		v.counted(serviceCallsBegun, card{
			title: "Calls that begin", none: "no call began",
			description: "Calls that began in five minutes, by direction. A fall to none by day means that nobody reaches the platform: look at the SIP proxies.",
		}, "direction"),
		v.counted(serviceCallsEnded, card{
			title: "Calls that end, by reason", none: "no call ended",
			description: "Calls that ended in five minutes, by reason. Incoming ones have few: all but busy, no answer and time-out count as normal, so that the SIP proxies tell more of them.",
		}, "direction", "reason"))
}

// events shows what becomes of events that services could not handle.
func (v servicesBoard) events() []card {
	return slices.Concat(
		v.counted(serviceRetried, card{
			title: "Events that are tried again", none: "none",
			description: "Events whose handling failed in five minutes. A few succeed at the next attempt; what stays is given up after four.",
		}, v.spec.Services.Label, "queue"),
		v.counted(serviceDropped, card{
			title: "Events that are given up", none: "none", alerts: v.made("ServiceEventsDropped"),
			description: "Events that failed at every attempt, and are lost. The log of the service that names the queue has the reason.",
		}, v.spec.Services.Label, "queue"))
}

// counted shows a record of what was counted by those of some labels that it has, if there is such a record.
func (v servicesBoard) counted(record string, c card, labels ...string) []card {
	r, ok := v.records[record]
	if !ok {
		return nil
	}
	by := slices.DeleteFunc(labels, func(name string) bool {
		return !slices.ContainsFunc(r.Labels, func(l metric.Label) bool { return l.Name == name })
	})
	legend := make([]string, len(by))
	for i, name := range by {
		legend[i] = "{{" + name + "}}"
	}
	c.kind = panel.TimeSeriesType
	c.asks = []ask{{v.record(record).Sum(by...), strings.Join(legend, " ")}}
	return []card{c}
}
