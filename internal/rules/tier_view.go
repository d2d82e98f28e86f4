package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// view is what the SIP proxies think of the nodes of a tier: they know them by an address and probe them themselves.
type view struct {
	record  string // the record of what they think
	proxies watched
	address func(spec.Node) string // as the proxies have it; "" for a node that they do not know
	label   string                 // the label that carries it
	seen    *metric.Family         // 1 while a proxy would use the node
	off     *metric.Family         // 1 while an operator has switched it off in a proxy
	offIs   map[string]string      // further labels of off
	keys    map[string]string      // further labels that both carry, with values for stories
}

// observed are the nodes that the proxies know.
func (v view) observed(nodes []spec.Node) []spec.Node {
	var list []spec.Node
	for _, n := range nodes {
		if v.address(n) != "" {
			list = append(list, n)
		}
	}
	return list
}

// viewRecord records what each proxy thinks of each node. Nodes that somebody switched off in a proxy are left out: that is no
// opinion.
func (w *watched) viewRecord(v view) {
	on := []string{"job", "instance", v.label}
	on = append(on, sortedKeys(v.keys)...)
	var views []string
	for _, n := range v.observed(w.nodes) {
		address := map[string]string{v.label: v.address(n)}
		seen := fmt.Sprintf("max by (instance) (%s%s unless on (%s) %s%s == 1)",
			v.seen.Name, labelText(address), strings.Join(on, ", "), v.off.Name, labelText(merge(address, v.offIs)))
		views = append(views, fmt.Sprintf(`label_replace(label_replace(%s, "proxy", "$1", "instance", "(.*)"), "instance", %q, "", "")`, seen, n.Name))
	}
	if len(views) == 0 {
		return
	}
	w.record(Record{
		Name: v.record,
		Labels: []metric.Label{instanceLabel(), {
			Name: "proxy", Help: "Name of the SIP proxy whose view it is.", Bound: "SIP proxies in the spec",
		}},
		Help: "Whether a SIP proxy would use a node of " + w.daemon + " (1), or not (0) because it fails the proxy's probes; absent where an operator switched it off.",
	}, strings.Join(views, " or "), nil)
}

// viewAlert tells when a proxy and a node disagree about whether the node is well. The texts come in a.
func (w *watched) viewAlert(v view, wait time.Duration, a Alert) {
	known := v.observed(w.nodes)
	if len(known) == 0 || len(v.proxies.nodes) == 0 {
		return
	}
	a.Name, a.Severity = w.daemon+"ViewDiffers", slo.Ticket
	rule := func(cause string, seen, up int, summary, description string) Rule {
		return Rule{
			Expr: fmt.Sprintf("%s == %d and on (instance) %s == %d", v.record, seen, w.kit.Up.Name, up),
			For:  slo.FormatDuration(wait), Labels: map[string]string{"severity": slo.Ticket, "cause": cause},
			Annotations: w.annotations(a.Name, w.board, "{{ $labels.proxy }} "+summary, w.daemon+" there "+description),
		}
	}
	a.Rules = []Rule{
		rule("shunned", 0, 1, "does not use {{ $labels.instance }}, which is well",
			"answers its exporter, but Kamailio on {{ $labels.proxy }} takes it for dead and sends its calls to the others."),
		rule("trusted", 1, 0, "uses {{ $labels.instance }}, which does not answer",
			"does not answer its exporter, but Kamailio on {{ $labels.proxy }} takes it for well and sends calls to it."),
	}
	a.Summary = "A proxy and " + w.daemon + " disagree about whether the latter is well"
	a.Meaning = "The label cause says how. \"shunned\": the node answers its exporter and a proxy does not use it; \"trusted\": the node does not answer its exporter and a proxy still uses it. A node that an operator switched off is left out."
	a.Impact = "Shunned: the other nodes carry its calls, and room for the next failure is missing. Trusted: each call that the proxy sends there waits for a time-out before it goes elsewhere or fails."
	a.Look = append(a.Look, "whether the other proxies say the same (label proxy): one alone points at its network or at itself")
	a.FalsePositives = append(a.FalsePositives,
		"An address in the spec that is not the one in the proxy's configuration, word for word, is never seen at all: compare them when a new node does not show.")
	w.alert(a, w.viewStories(v, wait, a.Name, known[0], a.Rules)...)
}

// viewStories prove both causes, and that neither a dead node that is shunned nor one that is switched off is a difference.
func (w *watched) viewStories(v view, wait time.Duration, name string, known spec.Node, rules []Rule) []TestGroup {
	c := gauged(wait)
	proxy := v.proxies.nodes[0]
	relay := merge(v.proxies.targetLabels(proxy), v.keys, map[string]string{v.label: v.address(known)})
	input := func(seen, off, up string) []TestSeries {
		return []TestSeries{
			series(v.seen.Name, relay, seen), series(v.off.Name, merge(relay, v.offIs), off),
			series(w.kit.Up.Name, w.targetLabels(known), up),
		}
	}
	labels := map[string]string{"instance": known.Name, "proxy": proxy.Name}
	one, none, falls := c.gauge(1, 1), c.gauge(0, 0), c.gauge(1, 0)
	return []TestGroup{
		c.fires(name, "a proxy gives up a node that is well", all(labels, "", rules[0]), input(falls, none, one)...),
		c.fires(name, "a proxy holds on to a node that is down", all(labels, "", rules[1]), input(one, none, falls)...),
		c.quiet(name, "both know that it is down", Holds, input(falls, none, falls)...),
		c.quiet(name, "an operator switched it off", Holds, input(falls, c.gauge(0, 1), one)...),
		c.quiet(name, "no proxy has the node", Silent, w.nothingElse(c)...),
	}
}
