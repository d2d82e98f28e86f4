package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// The alerts about dispatcher destinations.
const (
	setDownAlert    = "KamailioDispatcherSetDown"
	targetDownAlert = "KamailioDispatcherTargetDown"
)

// dispatcherAlerts tell of destinations that Kamailio has given up: a page when a set has none left, else a ticket. A
// target that somebody disabled by hand is no fault, but a set without any target that takes calls is one in any case.
func (k *kamailioTier) dispatcherAlerts() {
	targets := metric.KamailioDispatcherSetTargets.Name
	const set = "sum by (job, instance, set)"
	down := fmt.Sprintf(`%s (%s{state=~"active|trying"}) == 0 and %s (%s) > 0`, set, targets, set, targets)
	setRule := Rule{
		Expr: down, For: slo.FormatDuration(k.limits.SetDownFor), Labels: map[string]string{"severity": slo.Page},
		Annotations: k.annotations(setDownAlert, kamailioBoard,
			"{{ $labels.instance }} has no way to send calls of dispatcher set {{ $labels.set }}",
			"No target of the set is active or trying, so Kamailio fails every call that needs it."),
	}
	targetRule := Rule{
		Expr: fmt.Sprintf(`%s{state="inactive"} == 1 unless on (job, instance, set) (%s)`, metric.KamailioDispatcherTargetState.Name, down),
		For:  slo.FormatDuration(k.limits.TargetDownFor), Labels: map[string]string{"severity": slo.Ticket},
		Annotations: k.annotations(targetDownAlert, kamailioBoard,
			"{{ $labels.instance }} has given up {{ $labels.uri }}",
			"The target of dispatcher set {{ $labels.set }} does not answer Kamailio's probes; other targets of the set take its calls."),
	}
	look := []string{
		"`kamcmd dispatcher.list` on the node: the first letter of FLAGS is the state (A active, T trying, I inactive, D disabled), the second P says that it is probed",
		"`journalctl -u kamailio -n 200 --no-pager | grep -i dispatcher` on the node",
		"`sipsak -v -s sip:ping@TARGET:PORT` from the node: does the target answer OPTIONS?",
	}
	k.alert(Alert{
		Name: setDownAlert, Severity: slo.Page, Rules: []Rule{setRule},
		Summary: "A dispatcher set has no target left",
		Meaning: "Kamailio on one node considers every target of a dispatcher set inactive or disabled.",
		Impact:  "Every call through that node that needs the set fails at once, with 503 or what the script answers then. The error budget of call set-up burns.",
		Look:    append(look, "whether other nodes say the same: all of them point at the targets, one alone at its network"),
		Do: []string{
			"Bring the targets back, or the network between: start with what changed last.",
			"If the targets are well and only the probes fail, `kamcmd dispatcher.set_state ap SET URI` puts a target back; find out why the probe is not answered before the next check takes it out again.",
			"If somebody disabled all targets by hand, put one back by the same command.",
		},
		FalsePositives: []string{
			"A set that is kept for later and whose targets do not exist yet: take it out of the dispatcher list until they do.",
		},
	}, k.setStories(setRule)...)
	k.alert(Alert{
		Name: targetDownAlert, Severity: slo.Ticket, Rules: []Rule{targetRule},
		Summary: "A dispatcher target does not answer, others of its set do",
		Meaning: "Kamailio's probes of one target have failed so often that it no longer sends calls there. Disabled targets are left out: somebody wants them so. It names no more targets of a node than `--kamailio.dispatcher-detail` of its exporter says (100), those that are down first.",
		Impact:  "None for callers while the other targets of the set carry the load; there is less room for the next failure.",
		Look:    look,
		Do: []string{
			"Treat it as the outage of that target: an Asterisk, a gateway or a carrier's address.",
			"If it was taken away on purpose, remove it from the dispatcher list, then `kamcmd dispatcher.reload`.",
		},
		FalsePositives: []string{
			"A target that answers OPTIONS with a code that is not in ds_ping_reply_codes counts as down although it takes calls.",
		},
	}, k.targetStories(targetRule)...)
}

// setSeries is the number of a set's targets by state.
func (k *kamailioTier) setSeries(c lapse, active, inactive, disabled string) []TestSeries {
	labels := merge(k.targetLabels(k.nodes[0]), map[string]string{"set": "1"})
	of := func(state, values string) TestSeries {
		return series(metric.KamailioDispatcherSetTargets.Name, merge(labels, map[string]string{"state": state}), values)
	}
	return []TestSeries{of("active", active), of("trying", c.gauge(0, 0)), of("inactive", inactive), of("disabled", disabled)}
}

// setStories prove the page.
func (k *kamailioTier) setStories(rule Rule) []TestGroup {
	c := gauged(k.limits.SetDownFor)
	on, off, none, always := c.gauge(1, 0), c.gauge(0, 1), c.gauge(0, 0), c.gauge(1, 1)
	expected := one(firing(rule, map[string]string{"job": kamailioJob, "instance": k.nodes[0].Name, "set": "1"}, "", nil))
	return []TestGroup{
		c.fires(setDownAlert, "the only target becomes inactive", expected, k.setSeries(c, on, off, none)...),
		c.fires(setDownAlert, "the only target is disabled by hand", expected, k.setSeries(c, on, none, off)...),
		c.quiet(setDownAlert, "one of two targets becomes inactive", Holds, k.setSeries(c, always, off, none)...),
		c.quiet(setDownAlert, "a set without targets", Silent, k.setSeries(c, none, none, none)...),
		c.quiet(setDownAlert, "no dispatcher module", Silent, k.nothingElse(c)...),
	}
}

// targetStories prove the ticket, and that it gives way to the page.
func (k *kamailioTier) targetStories(rule Rule) []TestGroup {
	const uri = "sip:asterisk-1:5060"
	c := gauged(k.limits.TargetDownFor)
	on, off, none, always := c.gauge(1, 0), c.gauge(0, 1), c.gauge(0, 0), c.gauge(1, 1)
	state := func(state string) map[string]string {
		return merge(k.targetLabels(k.nodes[0]), map[string]string{"set": "1", "uri": uri, "state": state})
	}
	with := func(name, values string, set []TestSeries) []TestSeries {
		return append(set, series(metric.KamailioDispatcherTargetState.Name, state(name), values))
	}
	return []TestGroup{
		c.fires(targetDownAlert, "one of two targets becomes inactive", one(firing(rule, state("inactive"), "", nil)),
			with("inactive", off, k.setSeries(c, always, off, none))...),
		c.quiet(targetDownAlert, "the set has none left and pages instead", Holds, with("inactive", off, k.setSeries(c, on, off, none))...),
		c.quiet(targetDownAlert, "a target that is disabled by hand", Silent, with("disabled", off, k.setSeries(c, always, none, off))...),
	}
}
