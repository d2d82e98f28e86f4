package rules

import (
	"fmt"
	"regexp"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// matches reports whether a name matches a pattern from end to end, as a label matcher does. A pattern of the spec compiles.
func matches(pattern, name string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString(name)
}

// failureClasses are the classes of causes that are the platform's or its suppliers' own: no circuit, no resource, not
// implemented (ITU-T Q.850, classes 010, 011 and 100).
const failureClasses = "resource_unavailable|service_unavailable|service_not_implemented"

// failuresAlert tells when calls end for want of resources.
func (a *asteriskTier) failuresAlert() {
	const name = "AsteriskCallsFailing"
	const window = 5 * time.Minute
	limit := a.limits.Failures
	hangups := metric.AsteriskHangups.Name
	failed := a.grown(fmt.Sprintf("%s{%s}", hangups, among("class", failureClasses)), window, "")
	rules := a.limitRules(name, failed+" / "+a.grown(hangups, window, ""), limit, nil,
		"Some calls on {{ $labels.instance }} end for want of resources", "Many calls on {{ $labels.instance }} end for want of resources",
		"of the channels that ended in the last "+slo.FormatDuration(window)+" found no circuit, resource or service")
	for i := range rules {
		rules[i].Expr += fmt.Sprintf(" and %s >= %d", failed, a.limits.MinFailures)
	}
	c := counted(limit.For, window)
	ended := func(cause, class string, step float64) TestSeries {
		return a.of(metric.AsteriskHangups, map[string]string{"technology": "PJSIP", "cause": cause, "class": class}, c.counter(step))
	}
	calls := func(good, bad float64) []TestSeries {
		return []TestSeries{ended("16", "normal_other", good), ended("34", "resource_unavailable", bad)}
	}
	places := map[string]string{"job": a.job, "instance": a.nodes[0].Name}
	least := float64(a.limits.MinFailures)
	between := (limit.Warn + limit.Page) / 2
	few := (least - 1) / float64(window/storyStep)
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Calls on a media server end for want of resources or service",
		Meaning: fmt.Sprintf("Channels that ended with a cause of the classes resource or service unavailable, or not implemented (ITU-T Q.850), as a share of all that ended within %s. %s At least %d must have.",
			slo.FormatDuration(window), ticketAndPage(limit), a.limits.MinFailures),
		Impact: "Callers hear a fast busy tone or an announcement of their carrier.",
		Look: []string{
			"`curl -s http://NODE:9815/metrics | grep asterisk_hangups_total`: which causes? 34 is no circuit, 38 a network out of order, 41 a temporary failure, 58 a codec that nobody has",
			"the Asterisk board: outcomes of dials; one trunk alone is that trunk",
			"`asterisk -rx 'core show channels verbose'` on the node",
		},
		Do: []string{
			"A trunk that is full or out of order: route around it in extensions.conf, `asterisk -rx 'dialplan reload'`, and tell its provider.",
			"On all trunks at once: the node's own network, its limits (maxcalls, open files), or a codec that was switched off.",
		},
		FalsePositives: []string{"A campaign to numbers of one carrier that refuses them with 503: its own share is high, callers are not concerned."},
	},
		c.fires(name, "half of all calls", all(places, "50%", rules...), calls(2*least, 2*least)...),
		c.fires(name, "a few of many calls", all(places, percent(between), rules[0]), calls(least/between-least, least)...),
		c.quiet(name, "fewer than count", Holds, calls(few, few)...),
		c.quiet(name, "busy is no failure", Silent, ended("17", "normal_other", 100)))
}

// queueAlerts tell of callers who wait in vain.
func (a *asteriskTier) queueAlerts() {
	const name = "AsteriskQueueUnattended"
	limit := a.limits.Queue
	// Not told by the members' states: a queue that all have left has no member in any state, and of those who are paused some may be
	// unreachable as well.
	rule := a.rule(name, slo.Page, fmt.Sprintf("%s > 0 and %s == 0", metric.AsteriskQueueCallers.Name, metric.AsteriskQueueAttending.Name), limit.UnattendedFor,
		"Nobody attends queue {{ $labels.queue }} on {{ $labels.instance }}", `{{ $value | printf "%.4g" }} callers wait, and no member is logged in, reachable and not paused.`)
	c := gauged(limit.UnattendedFor)
	queue := map[string]string{"queue": "support"}
	with := func(callers, attending float64) []TestSeries {
		return []TestSeries{a.of(metric.AsteriskQueueCallers, queue, c.gauge(0, callers)), a.of(metric.AsteriskQueueAttending, queue, c.gauge(2, attending))}
	}
	a.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Callers wait in a queue that nobody attends",
		Meaning: "Callers are in a queue that has no members, or whose members are all unreachable or paused.",
		Impact:  "They wait until they hang up or the queue's time limit ends.",
		Look:    []string{"`asterisk -rx 'queue show NAME'` on the node: members, their states, who is paused", "the Asterisk board: members by state over the day"},
		Do: []string{
			"Tell whoever runs the queue: agents must log in. Until then `asterisk -rx 'queue unpause member PJSIP/NAME queue QUEUE'` ends a pause, and `asterisk -rx 'queue add member PJSIP/NAME to QUEUE'` brings somebody in.",
			"If agents are logged in and Asterisk sees them unavailable, their registrations are lost: look at their devices and at the registrar.",
		},
		FalsePositives: []string{"A queue that is closed and to which the dialplan should not send callers."},
	},
		c.fires(name, "nobody is there", one(firing(rule, merge(a.node(), queue), "3", nil)), with(3, 0)...),
		c.quiet(name, "one member is there", Holds, with(3, 1)...),
		c.quiet(name, "nobody waits", Silent, with(0, 0)...))
	a.waitAlert()
}

// waitAlert tells of a caller who has waited long.
func (a *asteriskTier) waitAlert() {
	const name = "AsteriskQueueWaitLong"
	limit := a.limits.Queue.LongestWait
	rule := a.rule(name, slo.Ticket, fmt.Sprintf("%s > %s", metric.AsteriskQueueLongestWait.Name, slo.FormatNumber(limit.Seconds())), a.limits.Queue.WaitFor,
		"Callers wait long in queue {{ $labels.queue }} on {{ $labels.instance }}", "One has waited for {{ $value | humanizeDuration }}.")
	c := gauged(a.limits.Queue.WaitFor)
	queue := map[string]string{"queue": "support"}
	longest := func(s float64) TestSeries { return a.of(metric.AsteriskQueueLongestWait, queue, c.gauge(0, s)) }
	long := 2 * limit.Seconds()
	a.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "A caller waits too long in a queue",
		Meaning:        "The caller who has waited longest has waited for more than " + slo.FormatDuration(limit) + ".",
		Impact:         "Callers give up; see the share of abandoned ones.",
		Look:           []string{"`asterisk -rx 'queue show NAME'` on the node", "the Asterisk board: callers, members by state, waits by outcome"},
		Do:             []string{"Tell whoever runs the queue: more agents are needed (`asterisk -rx 'queue add member PJSIP/NAME to QUEUE'`), or an announcement that says how long it takes."},
		FalsePositives: []string{"A queue whose callers are promised a longer wait: raise longest_wait in spec/alerts.yaml."},
	},
		c.fires(name, "one waits", one(firing(rule, merge(a.node(), queue), humanDuration(long), nil)), longest(long)),
		c.quiet(name, "one waits just not too long", Holds, longest(limit.Seconds())),
		c.quiet(name, "no queue", Silent, a.nothingElse(c)...))
}

// mediaAlert tells when the reports of the ends say that packets are lost or late.
func (a *asteriskTier) mediaAlert() {
	const name = "AsteriskMediaBad"
	limit := a.limits.Media
	window := slo.FormatDuration(qualityWindow)
	mean := func(cause string, f *metric.Family, above float64, text string) Rule {
		count := a.grown(f.Name+"_count", qualityWindow, ", direction")
		r := a.rule(name, slo.Ticket, fmt.Sprintf("%s / (%s > 0) > %s and %s >= %d", a.grown(f.Name+"_sum", qualityWindow, ", direction"), count, slo.FormatNumber(above), count, limit.MinReports),
			limit.For, "Media of {{ $labels.instance }} suffer from "+cause, text+" in the last "+window+" (direction {{ $labels.direction }}).")
		r.Labels["cause"] = cause
		return r
	}
	rules := []Rule{
		mean("loss", metric.AsteriskRTCPLoss, limit.Loss, "{{ $value | humanizePercentage }} of the packets were lost on average"),
		mean("jitter", metric.AsteriskRTCPJitter, limit.Jitter.Seconds(), "The jitter was {{ $value | humanizeDuration }} on average"),
	}
	c := counted(limit.For, qualityWindow)
	direction := map[string]string{"direction": "received"}
	reports := func(f *metric.Family, count, value float64) []TestSeries {
		return []TestSeries{
			series(f.Name+"_count", merge(a.node(), direction), c.counter(count)), series(f.Name+"_sum", merge(a.node(), direction), c.counter(count*value)),
		}
	}
	many, few := float64(limit.MinReports), float64(limit.MinReports-1)/float64(qualityWindow/storyStep)
	places := map[string]string{"job": a.job, "instance": a.nodes[0].Name, "direction": "received"}
	jitter := 2 * limit.Jitter.Seconds()
	a.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "Media between Asterisk and its peers are lost or late",
		Meaning: fmt.Sprintf("The mean of all RTCP reports over %s is above %s of packets lost, or %s of jitter. Received is what Asterisk itself measures, sent what the other side reports. Fewer than %d reports are not judged.",
			window, slo.FormatPercent(limit.Loss), slo.FormatDuration(limit.Jitter), limit.MinReports),
		Impact: "Callers hear gaps and robot voices; recordings and speech recognition suffer, too.",
		Look: []string{
			"`asterisk -rx 'pjsip show channelstats'` on the node: which calls, in which direction?",
			"alert RTPEngineQualityLow: the relay sees both sides, Asterisk only its own",
			"`nstat -az UdpRcvbufErrors UdpInErrors` on the node: are packets lost on the machine itself?",
		},
		Do: []string{
			"Received and sent at once: the node or its network. Received alone: the way from the relay.",
			"If the machine is busy, take it out of the dispatcher until calls have drained: `kamcmd dispatcher.set_state dx SET URI` on each proxy, and `kamcmd dispatcher.set_state ap SET URI` afterwards.",
		},
		FalsePositives: []string{"Few calls over a bad line at night: raise min_reports in spec/alerts.yaml."},
	},
		c.fires(name, "packets are lost", all(places, percent(2*limit.Loss), rules[0]), reports(metric.AsteriskRTCPLoss, many, 2*limit.Loss)...),
		c.fires(name, "packets come late", all(places, fmt.Sprintf("%.4gms", jitter*1000), rules[1]), reports(metric.AsteriskRTCPJitter, many, jitter)...),
		c.quiet(name, "too few reports to judge", Holds, reports(metric.AsteriskRTCPLoss, few, 1)...),
		c.quiet(name, "nobody reports", Silent, reports(metric.AsteriskRTCPLoss, 0, 0)...))
}
