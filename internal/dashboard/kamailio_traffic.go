package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// manyCodes is how many status codes a graph shows at most: more cannot be told apart.
const manyCodes = 10

func (k kamailioBoard) traffic() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Requests by method", looks: panel.Series(values(metric.KamailioRequestsByMethod, "method")),
			description: "SIP requests received a second, retransmissions included. A flood of one method is a scan, a loop or a customer's broken device: find its source with the log or pike.",
			asks:        []ask{{k.rate(metric.KamailioRequestsByMethod, "method"), "{{method}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Replies by class", stacked: true, looks: statusClasses(),
			description: "SIP replies received a second from what stands behind the proxies and from callers. 5xx and 6xx growing against 2xx is a fault behind; everything falling while requests go on is a path that is cut.",
			asks:        []ask{{k.rate(metric.KamailioRepliesByClass, "class"), "{{class}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Replies to INVITE by class", stacked: true, looks: statusClasses(),
			description: "Replies received a second to INVITEs alone. 1xx without 2xx means that phones ring and nobody answers; 4xx and 5xx are explained by the codes beside.",
			asks:        []ask{{k.of(metric.KamailioRepliesByMethod, query.Is("method", "invite")).Rate().Sum("class"), "{{class}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Replies by code", looks: statusCodes(),
			description: "The ten codes of which most replies are received a second. Kamailio counts most codes one by one from 6.0 on, before that only a few; what is not counted is in the class.",
			asks:        []ask{{k.rate(metric.KamailioRepliesByCode, "code").Top(manyCodes), "{{code}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Stateless replies sent by code", looks: statusCodes(),
			description: "The ten codes of which Kamailio itself sends most stateless replies a second. 5xx here is Kamailio refusing work: look at its memory and its log; 4xx is what its script answers.",
			asks:        []ask{{k.rate(metric.KamailioSLReplies, "class", "code").Top(manyCodes), "{{class}} {{code}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Messages not processed",
			description: "Messages a second that were dropped, could not be processed, were malformed, or whose reply could not be sent. Near zero is normal; a rise is an attack, a broken device or a fault in the script.",
			asks: []ask{
				{k.rate(metric.KamailioRequestsDropped), "requests dropped"},
				{k.rate(metric.KamailioRequestErrors), "request errors"},
				{k.rate(metric.KamailioRepliesDropped), "replies dropped"},
				{k.rate(metric.KamailioReplyErrors), "reply errors"},
				{k.rate(metric.KamailioBadMessages), "malformed"},
				{k.rate(metric.KamailioSLFailures), "stateless replies not sent"},
			},
		},
	}
}

// noLatency stands where Kamailio would tell of its probes.
const noLatency = "ds_ping_latency_stats is not set"

// dispatcher shows the sets first, then the targets, in Kamailio's words for their states.
func (k kamailioBoard) dispatcher() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Targets that take calls by set", alerts: []string{"KamailioDispatcherSetDown"},
			description: "Targets of each dispatcher set that are active or trying, as the proxy sees it that sees the fewest. At zero, calls that need the set fail; a step down is a target that stopped answering.",
			asks: []ask{{
				k.of(metric.KamailioDispatcherSetTargets, query.Like("state", "active|trying")).Sum("instance", "set").Min("set"), "set {{set}}",
			}},
		},
		{
			kind: panel.StateTimelineType, title: "State of each target", alerts: []string{"KamailioDispatcherTargetDown"}, weight: 2, height: 10, states: dispatcherStates(),
			description: "Kamailio's state of each target, the gravest that any chosen proxy sees. Inactive ones did not answer probes: treat it as an outage of that machine; disabled ones were switched off by hand.",
			asks:        []ask{{k.targetState(), "{{set}} {{uri}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Probe round trip by target", looks: dispatched(), none: noLatency,
			description: "Mean round trip of Kamailio's probes, the slowest of the chosen proxies; empty unless ds_ping_latency_stats is set. A rise of one target is that machine, of all of them the network.",
			asks: []ask{{
				k.of(metric.KamailioDispatcherTargetLatency, query.Is("stat", "avg")).Max("set", "uri"), "{{set}} {{uri}}",
			}},
		},
		{
			kind: panel.TimeSeriesType, title: "Probes that nobody answered by target", looks: dispatched(), none: noLatency,
			description: "Probes a second without an answer; empty unless ds_ping_latency_stats is set. Some are lost packets, a steady rate is a target that is gone.",
			asks:        []ask{{k.rate(metric.KamailioDispatcherTargetTimeouts, "set", "uri"), "{{set}} {{uri}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Calls by target", looks: dispatched(), none: "no set uses the call-load algorithm",
			description: "Calls that the dispatcher's call-load algorithm counts at each target; empty under other algorithms. Lines apart mean unequal weights, or a target that loses calls early.",
			asks:        []ask{{k.of(metric.KamailioDispatcherTargetDialogs).Sum("set", "uri"), "{{set}} {{uri}}"}},
		},
	}
}

// dispatcherStates numbers the states of a target from 1, the better ones first.
func dispatcherStates() []panel.State {
	hues := map[string]panel.Hue{"active": panel.Good, "trying": panel.Warning, "inactive": panel.Bad, "disabled": panel.Neutral}
	var out []panel.State
	for i, name := range metric.DispatcherStates() {
		out = append(out, panel.State{Value: float64(i + 1), Text: name, Color: hues[name]})
	}
	return out
}

// targetState is the number of each target's state. The exporter gives 1 for the state that applies and 0 for the
// others; times the state's number, the largest is the one.
func (k kamailioBoard) targetState() query.Expr {
	var all query.Expr
	for i, s := range dispatcherStates() {
		one := k.of(metric.KamailioDispatcherTargetState, query.Is("state", s.Text)).Times(s.Value)
		if i == 0 {
			all = one
		} else {
			all = all.Or(one)
		}
	}
	return all.Max("set", "uri")
}
