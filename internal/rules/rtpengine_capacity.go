package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// capacityAlert tells when the loss of one engine would leave more streams than the others carry.
func (r *rtpengineTier) capacityAlert() {
	const name = "RTPEngineCapacityHigh"
	limit := r.limits.Capacity
	rules := r.limitRules(name, mediaCapacityUsed, limit, nil, "The media proxy tier is filling up", "The media proxy tier could not lose a node",
		fmt.Sprintf("of the %d media streams that %d of %d nodes carry are there", r.capacity(), r.survivors(), len(r.nodes)))
	c := gauged(limit.For)
	// Each engine has the same number of streams, a whole one.
	each := func(share float64) float64 {
		return float64(int(share * float64(r.capacity()) / float64(len(r.nodes))))
	}
	text := func(share float64) string {
		return percent(each(share) * float64(len(r.nodes)) / float64(r.capacity()))
	}
	load := func(share float64, telling int) []TestSeries {
		list := r.nothingElse(c)
		for _, n := range r.nodes[:telling] {
			labels := merge(r.targetLabels(n), map[string]string{"path": "kernel"})
			list = append(list, series(metric.RTPEngineMediaStreams.Name, labels, c.gauge(0, each(share))))
		}
		return list
	}
	all3 := len(r.nodes)
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "The media proxy tier carries nearly what it could carry with one node lost",
		Meaning: fmt.Sprintf("Media streams of all engines exceed a share of %d: what is left of the tier when one of its %d nodes is lost (N-1). A call between two parties has two streams. %s",
			r.capacity(), len(r.nodes), ticketAndPage(limit)),
		Impact: "None yet. If an engine is lost now, the others are pushed beyond what they are sized for: packets come late or not at all, and every call sounds bad.",
		Look: []string{
			"the RTPEngine board: streams by engine, the share in userspace, transcoded media",
			"`promtool query instant http://localhost:9090 '" + mediaStreams + "'` for the streams of each engine",
			"`rtpengine-ctl list totals` on a node; `top -H` there: is a thread at 100 %?",
		},
		Do: []string{
			"Add an engine to kamailio.cfg's rtpengine_sock and to spec/platform.yaml, and run `obsgen generate`.",
			"When it pages and none can be added in time, limit new calls at the proxies rather than spoiling those in progress.",
			"Where many streams are transcoded, agree on one codec with the trunk that brings them: a transcoded stream costs many times one that is passed on.",
		},
		FalsePositives: []string{
			"Sessions that were never deleted, because a BYE was lost, count until they time out: compare with the calls of the proxies.",
			"streams_per_node in spec/platform.yaml is smaller than what the machines really carry: measure, then raise it.",
		},
	},
		c.fires(name, "half way between the limits", all(nil, text(between), rules[0]), load(between, all3)...),
		c.fires(name, "above both limits", all(nil, text(above), rules...), load(above, all3)...),
		c.quiet(name, "just below the lower limit", Holds, load(limit.Warn-0.005, all3)...),
		c.quiet(name, "an engine that does not tell its streams", Silent, load(above, all3-1)...))
}

// ownLimitsAlert tells when an engine is about to reach a limit that it has itself.
func (r *rtpengineTier) ownLimitsAlert() {
	const name = "RTPEngineLimitNear"
	limit := r.limits.OwnLimits
	var rules []Rule
	for _, l := range []struct{ label, expr, what string }{
		{"sessions", fmt.Sprintf(`%s{type="own"} / ignoring (type) (%s > 0)`, metric.RTPEngineSessions.Name, metric.RTPEngineSessionsLimit.Name), "of the sessions that it may have"},
		{"open_files", metric.RTPEngineProcessOpenFDs.Name + " / " + metric.RTPEngineProcessMaxFDs.Name, "of the files and sockets that it may have open"},
		{
			"bandwidth",
			fmt.Sprintf("sum by (job, instance) (rate(%s[1m])) / sum by (job, instance) (%s > 0)", metric.RTPEngineRelayedBytes.Name, metric.RTPEngineBandwidthLimit.Name),
			"of the bytes a second that it may relay",
		},
	} {
		rules = append(rules, r.limitRules(name, l.expr, limit, map[string]string{"limit": l.label},
			"RTPEngine on {{ $labels.instance }} comes near a limit of its own", "RTPEngine on {{ $labels.instance }} is about to refuse calls", l.what+" are in use")...)
	}
	// A rate over a minute has its full height when all four of its samples are of the fault.
	g, c := gauged(limit.For), lapseOf(limit.For+4*storyStep, time.Minute)
	node := r.node()
	sessions := merge(node, map[string]string{"type": "own"})
	between, above := (limit.Warn+limit.Page)/2, (1+limit.Page)/2
	calls := func(share, most float64) []TestSeries {
		return []TestSeries{
			series(metric.RTPEngineSessions.Name, sessions, g.gauge(1, share*1000)), series(metric.RTPEngineSessionsLimit.Name, node, g.gauge(most, most)),
		}
	}
	files := []TestSeries{
		series(metric.RTPEngineProcessOpenFDs.Name, node, g.gauge(10, above*1000)), series(metric.RTPEngineProcessMaxFDs.Name, node, g.gauge(1000, 1000)),
	}
	relayed := func(share float64) []TestSeries {
		path := merge(node, map[string]string{"path": "kernel"})
		return []TestSeries{
			series(metric.RTPEngineRelayedBytes.Name, path, c.counter(share*1000*storyStep.Seconds())), series(metric.RTPEngineBandwidthLimit.Name, node, c.gauge(1000, 1000)),
		}
	}
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "An engine is about to reach a limit of its own",
		Meaning: "The label limit says which: sessions (max-sessions), open_files (LimitNOFILE of the unit; only where the exporter runs on the same host with `--collector.process`, which is off by default and takes more than the shipped unit may: name it in ARGS in /etc/default/rtpengine_exporter, with a drop-in of the unit with `[Service]`, `AmbientCapabilities=CAP_SYS_PTRACE` and `CapabilityBoundingSet=CAP_SYS_PTRACE`, without which the kernel hides the daemon's files) or bandwidth (max-bandwidth). " + ticketAndPage(limit),
		Impact:  "None yet. At the limit the engine refuses offers: Kamailio goes to another engine or the call fails, as its script has it. Without free files it cannot open ports, whatever the port pool says.",
		Look: []string{
			"`rtpengine-ctl list maxsessions`, `rtpengine-ctl list maxbw`, `rtpengine-ctl list maxopenfiles` on the node",
			"`ls /proc/$(pidof rtpengine)/fd | wc -l` on the node: more than four for each audio call and some for itself is a leak",
			"the RTPEngine board: sessions beside their limit",
		},
		Do: []string{
			"Sessions or bandwidth: `rtpengine-ctl set maxsessions N` or `rtpengine-ctl set maxbw BYTES_A_SECOND` raises it at once; the configuration file keeps it.",
			"Open files: raise LimitNOFILE in the unit and restart the engine after switching it off in Kamailio; if they grow without calls, report the leak.",
		},
		FalsePositives: []string{"An engine that is being drained by a limit of 0 is left out; one whose limit was lowered for a time is not."},
	},
		g.fires(name, "sessions between the limits", all(merge(node), percent(between), rules[0]), calls(between, 1000)...),
		g.fires(name, "sessions above both limits", all(merge(node), percent(above), rules[:2]...), calls(above, 1000)...),
		g.fires(name, "open files above both limits", all(node, percent(above), rules[2:4]...), files...),
		c.fires(name, "bandwidth above both limits", all(r.places(), percent(above), rules[4:]...), relayed(above)...),
		g.quiet(name, "just below the lower limit", Holds, append(calls(limit.Warn-0.001, 1000), relayed(limit.Warn-0.001)...)...),
		g.quiet(name, "an engine that is being drained", Silent, calls(above, 0)...),
		g.quiet(name, "an engine without limits", Silent, calls(above, 1000)[0]))
}
