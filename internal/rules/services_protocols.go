package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/spec"
)

// Protocol is a way in which requests come to services or go from them: a value of the label protocol of the records of requests, and the
// signals that measure it.
type Protocol struct {
	Name string
	// Requests counts requests; where there is none, the durations are counted.
	Requests spec.Signal
	// Duration is a histogram of how long they took.
	Duration spec.Signal
	// Rejected counts requests that were not even sent, which Requests does not.
	Rejected spec.Signal

	failed string // matches the statuses of requests that failed
	ok, ko string // statuses of a story's requests, one of them failed
	method string // of a story's requests
}

// Protocols lists the ways in which a profile measures requests of services, in the order of the boards.
func Protocols(p spec.Profile) []Protocol {
	all := []Protocol{
		{Name: "http", Requests: p.Signal("http_requests"), Duration: p.Signal("http_duration"), failed: `=~"5.."`, ok: "200", ko: "503", method: "GET"},
		{Name: "rpc", Requests: p.Signal("rpc_requests"), Duration: p.Signal("rpc_duration"), Rejected: p.Signal("rpc_rejected"), failed: `!="success"`, ok: "success", ko: "timeout", method: "call_create"},
		{Name: "rpc_served", Duration: p.Signal("rpc_served_duration"), method: "call_create"},
	}
	return slices.DeleteFunc(all, func(o Protocol) bool { return !o.counted() })
}

// counted reports whether it is known how many requests there are.
func (p Protocol) counted() bool { return p.Requests.Mapped() || p.Duration.Mapped() }

// requests is the signal that counts requests, and the suffix of its series.
func (p Protocol) requests() (spec.Signal, string) {
	if p.Requests.Mapped() {
		return p.Requests, ""
	}
	return p.Duration, "_count"
}

// Judged reports whether it is known which requests fail.
func (p Protocol) Judged() bool { return p.status() != "" || p.Rejected.Mapped() }

// status is the label of the series that says how a request ended, or empty.
func (p Protocol) status() string {
	name, _ := p.Requests.Label("status")
	return name
}

// failing matches the series of requests that failed.
func (p Protocol) failing() string { return p.status() + p.failed }

// Sent reports whether the requests are those that a service sends to others, and not those that it answers. Only who sends knows what its
// circuit breaker keeps back.
func (p Protocol) Sent() bool { return p.Rejected.Mapped() }

// protocols are those of the profile.
func (v *services) protocols() []Protocol { return Protocols(v.signals.profile) }

// protocolOf is the first protocol of which something holds, by which stories are told.
func (v *services) protocolOf(holds func(Protocol) bool) (Protocol, bool) {
	all := v.protocols()
	if i := slices.IndexFunc(all, holds); i >= 0 {
		return all[i], true
	}
	return Protocol{}, false
}

// bounded reports whether it is known where the buckets of a protocol's durations end.
func (v *services) bounded(p Protocol) bool {
	return p.Duration.Mapped() && v.signals.family(p.Duration) != nil && v.signals.family(p.Duration).Buckets != nil
}

// requestRecords record how many requests each service has, how many of them fail, and how long they take.
func (v *services) requestRecords() {
	all := v.protocols()
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	labels := []metric.Label{
		{Name: v.spec.Label, Help: "Name of the service.", Bound: "services in the spec"},
		{Name: "protocol", Help: "How the requests came.", Values: names},
	}
	for _, p := range all {
		v.recordsOf(p, labels)
	}
	if v.judged() {
		v.record(Record{Name: serviceErrorsOf, Unit: metric.Ratio, Labels: labels, Help: "Requests that each service answered with an error, of all in five minutes; nothing where there were none."},
			fmt.Sprintf("%s / (%s > 0)", serviceErrors, serviceRequests), nil)
	}
}

// recordsOf records the requests of a protocol: all of them before those that failed, which are 0 where there are others.
func (v *services) recordsOf(p Protocol, labels []metric.Label) {
	counter, _ := p.requests()
	set := map[string]string{"protocol": p.Name}
	subjects := v.signals.subjects(counter, p.Rejected)
	for _, u := range subjects {
		v.record(Record{Name: serviceRequests, Labels: labels, Help: "Requests that each service answered in five minutes, over HTTP and over RabbitMQ." + v.whose()}, v.requested(u, p), u.set(v.spec.Label, set))
	}
	if p.Judged() {
		for _, u := range subjects {
			v.record(Record{Name: serviceErrors, Labels: labels, Help: "Requests that each service answered with an error in five minutes: HTTP 5xx, and calls over RabbitMQ that did not succeed." + v.whose()},
				v.failed(u, p), u.set(v.spec.Label, set))
		}
	}
	if !p.Duration.Mapped() {
		return
	}
	for _, u := range v.signals.subjects(p.Duration) {
		quantile := fmt.Sprintf("histogram_quantile(0.95, %s)", v.signals.growth(u, p.Duration, "_bucket", "", "le"))
		v.record(Record{Name: serviceLatency, Unit: metric.Seconds, Labels: labels, Help: "What one request in twenty exceeded in five minutes, by service, in seconds; estimated between bucket bounds."},
			seconds(p.Duration, quantile), u.set(v.spec.Label, set))
	}
}

// requested counts the requests of a subject. What was not even sent is one of them: a service whose requests are all kept back has no others.
func (v *services) requested(u subject, p Protocol) string {
	signal, suffix := p.requests()
	expr := v.signals.growth(u, signal, suffix, "")
	if p.Rejected.Mapped() {
		return plus(expr, v.signals.growth(u, p.Rejected, "", ""))
	}
	return expr
}

// failed counts the requests of a subject that failed: 0 where there were requests and none failed.
func (v *services) failed(u subject, p Protocol) string {
	if !p.Rejected.Mapped() {
		return fmt.Sprintf("%s or 0 * %s", v.signals.growth(u, p.Requests, "", p.failing()), v.requested(u, p))
	}
	expr := v.signals.growth(u, p.Rejected, "", "")
	if p.status() != "" {
		expr = plus(expr, v.signals.growth(u, p.Requests, "", p.failing()))
	}
	all, by := fmt.Sprintf("%s{protocol=%q}", serviceRequests, p.Name), v.spec.Label
	if u.one {
		all, by = fmt.Sprintf("%s{protocol=%q,%s=%q}", serviceRequests, p.Name, v.spec.Label, u.service.Attribution), ""
	}
	return fmt.Sprintf("%s or on (%s) 0 * %s", expr, by, all)
}

// judged reports whether it is known of any request whether it fails.
func (v *services) judged() bool { return slices.ContainsFunc(v.protocols(), Protocol.Judged) }

// whose says which requests over RabbitMQ are counted where those are not the answered ones alone.
func (v *services) whose() string {
	var texts []string
	for _, p := range v.protocols() {
		switch {
		case p.Sent():
			texts = append(texts, fmt.Sprintf(" With protocol %q they are those that it sends to others; a failed one is one that its circuit breaker kept back.", p.Name))
		case p.Name == "rpc_served":
			texts = append(texts, fmt.Sprintf(" With protocol %q they are those of others that it answers.", p.Name))
		}
	}
	return strings.Join(texts, "")
}

// answers are the series of a story's requests, some of which fail, by their numbers a step.
func (v *services) answers(p Protocol, c lapse, good, bad float64) []TestSeries {
	labels := func(status string) map[string]string {
		set := map[string]string{"method": p.method, "target": "bin-manager.call-manager.request"}
		if name := p.status(); name != "" {
			set[name] = v.status(p, status)
		}
		return set
	}
	signal, suffix := p.requests()
	list := []TestSeries{v.signals.story(signal, suffix, labels(p.ok), c.counter(good))}
	if p.Rejected.Mapped() {
		return append(list, v.signals.story(p.Rejected, "", labels(""), c.counter(bad)))
	}
	return append(list, v.signals.story(signal, suffix, labels(p.ko), c.counter(bad)))
}

// status is a status as a protocol's series have it: its class, where they know no more.
func (v *services) status(p Protocol, status string) string {
	f := v.signals.family(p.Requests)
	if f == nil {
		return status
	}
	for _, l := range f.Labels {
		if l.Name == p.status() && l.Values != nil && !slices.Contains(l.Values, status) {
			return status[:1] + "00"
		}
	}
	return status
}

// lasting are the series of a story's requests, of which all take longer than promised or none does, by their number a step.
func (v *services) lasting(p Protocol, c lapse, slow bool, of float64) []TestSeries {
	labels := map[string]string{"method": p.method}
	bucket := func(le string, n float64) TestSeries {
		return v.signals.story(p.Duration, "_bucket", merge(labels, map[string]string{"le": le}), c.counter(n))
	}
	var list []TestSeries
	signal, suffix := p.requests()
	if name := p.status(); name != "" {
		list = append(list, v.signals.story(signal, suffix, merge(labels, map[string]string{name: v.status(p, p.ok)}), c.counter(of)))
	} else {
		list = append(list, v.signals.story(signal, suffix, labels, c.counter(of)))
	}
	for _, b := range v.signals.family(p.Duration).Buckets {
		n := of
		if slow && b*p.Duration.Scale <= v.limits.Latency.Seconds() {
			n = 0
		}
		list = append(list, bucket(formatValue(b), n))
	}
	return append(list, bucket("+Inf", of))
}
