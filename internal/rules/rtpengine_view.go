package rules

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// viewRecords record what each proxy thinks of each engine whose control address the spec has. Engines that somebody
// switched off in a proxy are left out: that is no opinion.
func (r *rtpengineTier) viewRecords() {
	var views []string
	for _, n := range r.nodes {
		if n.Control == "" {
			continue
		}
		of := fmt.Sprintf("{url=%q}", n.Control)
		seen := fmt.Sprintf("max by (instance) (%s%s unless on (job, instance, url, set) %s%s == 1)",
			metric.KamailioRTPEngineUp.Name, of, metric.KamailioRTPEngineDisabled.Name, of)
		views = append(views, fmt.Sprintf(`label_replace(label_replace(%s, "proxy", "$1", "instance", "(.*)"), "instance", %q, "", "")`, seen, n.Name))
	}
	if len(views) == 0 {
		return
	}
	r.record(Record{
		Name: mediaProxySeen,
		Labels: []metric.Label{instanceLabel(), {
			Name: "proxy", Help: "Name of the SIP proxy whose view it is.", Bound: "SIP proxies in the spec",
		}},
		Help: "Whether a SIP proxy would use an engine (1) in any set, or not (0) because it fails its ping; absent where an operator switched it off.",
	}, strings.Join(views, " or "), nil)
}

// viewAlert tells when a proxy and an engine disagree about whether the engine is well.
func (r *rtpengineTier) viewAlert() {
	const name = "RTPEngineViewDiffers"
	var observed string
	for _, n := range r.nodes {
		if n.Control != "" {
			observed = n.Name
			break
		}
	}
	if observed == "" || len(r.proxies.nodes) == 0 {
		return
	}
	wait := r.limits.ViewDiffersFor
	rule := func(cause string, seen, up int, summary, description string) Rule {
		return Rule{
			Expr: fmt.Sprintf("%s == %d and on (instance) %s == %d", mediaProxySeen, seen, r.kit.Up.Name, up),
			For:  slo.FormatDuration(wait), Labels: map[string]string{"severity": slo.Ticket, "cause": cause},
			Annotations: r.annotations(name, r.board, summary, description),
		}
	}
	rules := []Rule{
		rule("shunned", 0, 1, "{{ $labels.proxy }} does not use {{ $labels.instance }}, which is well",
			"The engine answers its exporter, but Kamailio on {{ $labels.proxy }} takes it for dead and sends its calls to the others."),
		rule("trusted", 1, 0, "{{ $labels.proxy }} uses {{ $labels.instance }}, which does not answer",
			"The engine does not answer its exporter, but Kamailio on {{ $labels.proxy }} takes it for well and sends calls to it."),
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: rules,
		Summary: "A proxy and a media proxy disagree about whether the latter is well",
		Meaning: "The label cause says how. \"shunned\": the engine answers its exporter and a proxy does not use it; \"trusted\": the engine does not answer its exporter and a proxy still uses it. An engine that an operator switched off is left out.",
		Impact:  "Shunned: the other engines carry its calls, and room for the next failure is missing. Trusted: each call that the proxy sends there waits for a time-out, and may have no media.",
		Look: []string{
			"`kamcmd rtpengine.show all` on the proxy: since 6.0 `active` is what the last ping said",
			"whether the other proxies say the same (label proxy): one alone points at its network or at itself",
			"`nc -vzu ENGINE 22222` from the proxy, and the firewall between",
		},
		Do: []string{
			"Shunned: `kamcmd rtpengine.ping all` on the proxy makes it ask again. Kamailio is known to keep an engine inactive after it came back; if it stays so, restart that proxy after taking it out of the load balancer.",
			"Trusted: `kamcmd rtpengine.enable URL 0` on the proxy until the engine answers; see RTPEngineDown.",
		},
		FalsePositives: []string{"A control address in the spec that is not the one in kamailio.cfg, word for word, is never seen at all: compare them when a new engine does not show."},
	}, r.viewStories(name, observed, rules)...)
}

// viewStories prove both causes, and that neither a dead engine that is shunned nor one that is switched off is a difference.
func (r *rtpengineTier) viewStories(name, observed string, rules []Rule) []TestGroup {
	var control string
	engine := map[string]string{}
	for _, n := range r.nodes {
		if n.Name == observed {
			control, engine = n.Control, r.targetLabels(n)
		}
	}
	proxy := r.proxies.nodes[0]
	c := gauged(r.limits.ViewDiffersFor)
	relay := merge(r.proxies.targetLabels(proxy), map[string]string{"url": control, "set": "0"})
	input := func(seen, disabled, up string) []TestSeries {
		return []TestSeries{
			series(metric.KamailioRTPEngineUp.Name, relay, seen), series(metric.KamailioRTPEngineDisabled.Name, relay, disabled),
			series(r.kit.Up.Name, engine, up),
		}
	}
	labels := map[string]string{"instance": observed, "proxy": proxy.Name}
	return []TestGroup{
		c.fires(name, "a proxy gives up an engine that is well", all(labels, "", rules[0]), input(c.gauge(1, 0), c.gauge(0, 0), c.gauge(1, 1))...),
		c.fires(name, "a proxy holds on to an engine that is down", all(labels, "", rules[1]), input(c.gauge(1, 1), c.gauge(0, 0), c.gauge(1, 0))...),
		c.quiet(name, "both know that it is down", Holds, input(c.gauge(1, 0), c.gauge(0, 0), c.gauge(1, 0))...),
		c.quiet(name, "an operator switched it off", Holds, input(c.gauge(1, 0), c.gauge(0, 1), c.gauge(1, 1))...),
		c.quiet(name, "no proxy has the engine", Silent, r.nothingElse(c)...),
	}
}
