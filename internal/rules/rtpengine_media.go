package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// silenceAlerts tell of calls that ended with packets in one direction only, or with none.
func (r *rtpengineTier) silenceAlerts() {
	sum := func(f *metric.Family) string {
		return fmt.Sprintf("sum by (instance) (%s)", increase(f.Name, mediaWindow, r.anchored))
	}
	ended := sum(metric.RTPEngineSessionsEnded)
	silent := windowed(mediaSilentCalls, mediaWindow)
	r.record(Record{
		Name: silent, Labels: []metric.Label{instanceLabel()},
		Help: "Sessions that were answered and ended without a packet in the window, at least. RTPEngine counts those that were refused or given up before an answer among them, and from 26.0 on, known by rtpengine_build_info, those that could not be set up; offers without an answer are taken out for both.",
	}, r.silentCalls(), nil)

	r.mediaAlert("RTPEngineOneWayAudio", sum(metric.RTPEngineOneWay), ended, r.limits.OneWay, metric.RTPEngineOneWay, Alert{
		Summary: "Calls end with audio in one direction only",
		Meaning: "Sessions that ended with packets in one direction only",
		Impact:  "One of the two parties heard nothing, and hung up.",
		Look: []string{
			"`rtpengine-ctl list sessions all` on the node: which ends send nothing?",
			"the firewall and NAT in front of the engine: is its whole port range open for UDP, in both directions?",
			"`tcpdump -ni any udp portrange MIN-MAX -c 200` on the node during a test call",
		},
		Do: []string{
			"If it began with a change of firewall, NAT or of the engine's advertised address, take that back: `gcloud compute firewall-rules update NAME --allow=udp:MIN-MAX`. Until then `kamcmd rtpengine.enable URL 0` on each proxy keeps calls from the engine.",
			"If one customer or carrier makes most of it, look at the addresses in their SDP: a private one needs the engine's symmetric mode.",
		},
		FalsePositives: []string{"Announcements to callers whose devices send nothing while they listen: look whether those calls are short and to the same number."},
	})
	r.mediaAlert("RTPEngineSilentCalls", silent, ended, r.limits.NoPackets, metric.RTPEngineZeroPacket, Alert{
		Summary: "Calls end without any audio",
		Meaning: "Sessions that were set up and ended without a packet",
		Impact:  "Both parties heard nothing, unless they hung up before either had sent anything.",
		Look: []string{
			"`rtpengine-ctl list interfaces` on the node: are the addresses those that devices can reach?",
			"`ip -br addr` on the node against the interface line of rtpengine.conf: did an address change?",
			"`tcpdump -ni any udp portrange MIN-MAX -c 200` on the node during a test call",
		},
		Do: []string{
			"If no packet comes in at all, keep calls from the engine (`kamcmd rtpengine.enable URL 0` on each proxy), and mend the way to the node: firewall, routes, the public address.",
			"If Kamailio hands the wrong interface or direction to the engine, take the change of its script back.",
		},
		FalsePositives: []string{
			"Callers who hang up at once, robots among them: the lower limit must be above their usual share.",
			"RTPEngine 26.0 or newer that runs out of ports (alert RTPEngineOffersFailing): sessions that could not be set up count as silent there, unless the exporter tells the version (`--collector.build`, off by default).",
		},
	})
}

// silentCalls are sessions without a packet, less the offers that nobody answered. Where commands are not counted only failed
// sessions can be taken out.
func (r *rtpengineTier) silentCalls() string {
	sum := func(selector string) string {
		return fmt.Sprintf("sum by (instance) (%s)", increase(selector, mediaWindow, r.anchored))
	}
	requests := metric.RTPEngineControlRequests.Name
	zero, failed := sum(metric.RTPEngineZeroPacket.Name), sum(metric.RTPEngineSessionsFailed.Name)
	unanswered := fmt.Sprintf(`(%s - %s)`, sum(requests+`{command="offer"}`), sum(requests+`{command="answer"}`))
	counted := func(others string) string {
		return fmt.Sprintf("clamp_min(%s - %s, 0) and on (instance) %s", zero, others, metric.RTPEngineBuildInfo.Name)
	}
	return strings.Join([]string{
		counted(fmt.Sprintf("clamp_min(%s, 0)", unanswered)), counted(failed),
		// Before 26.0 failed sessions are not among those without a packet, but are among the offers without an answer.
		fmt.Sprintf("clamp_min(%s - clamp_min(%s - %s, 0), 0)", zero, unanswered, failed), zero,
	}, " or ")
}

// mediaAlert is an alert about a share of the calls that ended; tells is the family that has the bad ones.
func (r *rtpengineTier) mediaAlert(name, failed, ended string, limit spec.Limits, tells *metric.Family, a Alert) {
	window := slo.FormatDuration(mediaWindow)
	rules := r.shareRules(name, failed, ended, limit, r.limits.MinFailures, nil,
		a.Summary+" at {{ $labels.instance }}", a.Summary+" at {{ $labels.instance }}", "of the calls that ended in the last "+window+" did")
	a.Name, a.Severity, a.Rules = name, slo.Page, rules
	a.Meaning += fmt.Sprintf(", as a share of all that ended within %s. %s At least %d must have.", window, ticketAndPage(limit), r.limits.MinFailures)
	node := r.node()
	c := counted(limit.For, mediaWindow)
	calls := func(every, bad float64) []TestSeries {
		return []TestSeries{
			series(metric.RTPEngineSessionsEnded.Name, merge(node, map[string]string{"reason": "regular"}), c.counter(every)),
			series(tells.Name, node, c.counter(bad)),
		}
	}
	labels := map[string]string{"instance": r.nodes[0].Name}
	least := float64(r.limits.MinFailures)
	between := (limit.Warn + limit.Page) / 2
	stories := []TestGroup{
		c.fires(name, "half of all calls", all(labels, "50%", rules...), calls(4*least, 2*least)...),
		c.fires(name, "a few of many calls", all(labels, percent(between), rules[0]), calls(least/between, least)...),
		c.quiet(name, "fewer than count", Holds, calls(0.1, (least-1)/float64(mediaWindow/storyStep))...),
		c.quiet(name, "no calls", Silent, calls(0, 0)...),
	}
	if tells == metric.RTPEngineZeroPacket {
		failed := series(metric.RTPEngineSessionsFailed.Name, node, c.counter(2*least))
		version := series(metric.RTPEngineBuildInfo.Name, merge(node, map[string]string{"version": "26.0.1.26"}), c.gauge(1, 1))
		asked := func(command string, step float64) TestSeries {
			return series(metric.RTPEngineControlRequests.Name, merge(node, map[string]string{"proxy": "10.0.2.11", "command": command}), c.counter(step))
		}
		refused := []TestSeries{asked("offer", 4*least), asked("answer", 2*least)}
		none := series(metric.RTPEngineSessionsFailed.Name, node, c.counter(0))
		stories = append(stories,
			c.quiet(name, "sessions that could not be set up, which 26.0 counts too", Holds, append(calls(4*least, 2*least), failed, version)...),
			c.quiet(name, "calls that were refused, at 26.0", Holds, append(append(calls(4*least, 2*least), none, version), refused...)...),
			c.quiet(name, "calls that were refused, before", Holds, append(append(calls(4*least, 2*least), none), refused...)...),
			c.fires(name, "answered calls among refused ones", all(labels, "50%", rules...), append(append(calls(4*least, 4*least), none, version), refused...)...))
	}
	r.alert(a, stories...)
}
