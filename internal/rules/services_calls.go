package rules

import (
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// callRecords record what the services count of calls, where they do.
func (v *services) callRecords() {
	service := metric.Label{Name: v.spec.Label, Help: "Name of the service.", Bound: "services in the spec"}
	known := map[string]metric.Label{
		"direction": {Name: "direction", Help: "Direction of the call.", Values: []string{"incoming", "outgoing"}},
		"reason":    {Name: "reason", Help: "Why the call ended.", Bound: "reasons of the service"},
	}
	for _, r := range []struct{ signal, name, help string }{
		{"calls_created", serviceCallsBegun, "Calls that began in five minutes, by the service that counts them."},
		{"calls_ended", serviceCallsEnded, "Calls that ended in five minutes, by reason and by the service that counts them."},
	} {
		signal := v.signals.profile.Signal(r.signal)
		if !signal.Mapped() {
			continue
		}
		for _, u := range v.signals.subjects(signal) {
			expr, have := byKind(signal, signal.Labels, func(by ...string) string { return v.signals.growth(u, signal, "", "", by...) })
			labels := []metric.Label{service}
			for _, name := range have {
				labels = append(labels, known[name])
			}
			v.record(Record{Name: r.name, Labels: labels, Help: r.help}, expr, u.set(v.spec.Label, nil))
		}
	}
}

// eventsRecord records events, the first of a queue among them, of one kind by service and queue, and reports whether any service counts them.
func (v *services) eventsRecord(signal, name, help string) bool {
	s := v.signals.profile.Signal(signal)
	if _, ok := s.Label("queue"); !ok {
		return false
	}
	labels := []metric.Label{
		{Name: v.spec.Label, Help: "Name of the service.", Bound: "services in the spec"},
		{Name: "queue", Help: "Queue that the event came from.", Bound: "queues of the platform"},
	}
	for _, u := range v.signals.subjects(s) {
		expr, _ := byKind(s, []string{"queue"}, func(by ...string) string { return v.signals.withBirth(u, s, by...) })
		v.record(Record{Name: name, Labels: labels, Help: help}, expr, u.set(v.spec.Label, nil))
	}
	return true
}

// droppedAlert tells when a service gives events up. Each was tried again several times, so that none is lost by a restart.
func (v *services) droppedAlert() {
	const name = "ServiceEventsDropped"
	v.eventsRecord("events_retried", serviceEventsRetried, "Events whose handling failed in five minutes, and that are tried again, by service and queue.")
	if !v.eventsRecord("events_dropped", serviceEventsDropped, "Events that were given up in five minutes, after all attempts, by service and queue.") {
		return
	}
	signal := v.signals.profile.Signal("events_dropped")
	label, _ := signal.Label("queue")
	rule := v.rule(name, errorsBoard, slo.Ticket, serviceEventsDropped+" > 0", 0,
		"{{ $labels."+v.spec.Label+" }} gives events up", "Events of {{ $labels.queue }} failed at every attempt, and are lost.")
	c := counted(0, serviceWindow)
	const queue = "bin-manager.call-manager.subscribe"
	dropped := func(n float64) TestSeries {
		return v.signals.story(signal, "", map[string]string{label: queue}, c.counter(n))
	}
	at := map[string]string{v.spec.Label: v.signals.teller(signal).Attribution, "queue": queue}
	expected := one(firing(rule, at, "", nil))
	b := c.later(serviceWindow)
	born := v.signals.story(signal, "", map[string]string{label: queue}, gauge(b.step, phase{length: b.before + b.step, gap: true}, phase{length: b.fault - b.step + b.after, value: 1}))
	up := series(metric.Up.Name, map[string]string{v.spec.Label: v.first().Attribution}, gauge(b.step, b.always()...))
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A service gives events up that it could not handle",
		Meaning: "Handling an event failed, and so did the attempts after 5, 30 and 120 seconds. Nobody tries again.",
		Impact:  "What the event should have caused never happens: a call that is not billed, a webhook that is not sent, a state that stays.",
		Look: []string{
			v.command("kubectl -n %s logs -l app=SERVICE --since=30m | grep -i event", "docker logs --since 30m SERVICE 2>&1 | grep -i event") + ": what the handler says",
			"the board Error Rates: events that are tried again; those of one queue alone are that event's handler",
		},
		Do: []string{
			"The handler fails for one kind of event: go back if it came with a release (" + v.command("kubectl -n %s rollout undo deployment/SERVICE", "docker compose up -d SERVICE") + "), else mend it; what was lost must be made up by hand from the service's log.",
			"It waits for the database or another service: mend that first; events that are still tried again will then succeed.",
		},
		FalsePositives: []string{"An event about something that was deleted in the meantime."},
	},
		c.fires(name, "every attempt fails", expected, dropped(1)),
		b.fires(name, "the first event that it ever gives up", expected, born, up),
		c.quiet(name, "no event is given up", Holds, dropped(0)),
		c.quiet(name, "no service tells its events", Silent, up))
}
