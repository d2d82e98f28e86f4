package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// How long a dispatcher target or set must be down. Kamailio itself waits for several failed probes before it takes a
// target out, so a short time suffices.
const (
	setDownFor    = time.Minute
	targetDownFor = 5 * time.Minute
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
		Expr: down, For: slo.FormatDuration(setDownFor), Labels: map[string]string{"severity": slo.Page},
		Annotations: k.annotations(setDownAlert, kamailioBoard,
			"{{ $labels.instance }} has no way to send calls of dispatcher set {{ $labels.set }}",
			"No target of the set is active or trying, so Kamailio fails every call that needs it."),
	}
	targetRule := Rule{
		Expr: fmt.Sprintf(`%s{state="inactive"} == 1 unless on (job, instance, set) (%s)`, metric.KamailioDispatcherTargetState.Name, down),
		For:  slo.FormatDuration(targetDownFor), Labels: map[string]string{"severity": slo.Ticket},
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
		Meaning: "Kamailio's probes of one target have failed so often that it no longer sends calls there. Disabled targets are left out: somebody wants them so.",
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

// targetDown is one target of a set over time: up, then down for half an hour, then up again.
const (
	dispatcherBefore = 5 * time.Minute
	dispatcherOutage = 30 * time.Minute
	dispatcherAfter  = 5 * time.Minute
)

// on and off are the phases of a state that holds outside, respectively during, the outage.
func on() []phase {
	return []phase{{length: dispatcherBefore, value: 1}, {length: dispatcherOutage}, {length: dispatcherAfter, value: 1}}
}

func off() []phase {
	return []phase{{length: dispatcherBefore}, {length: dispatcherOutage, value: 1}, {length: dispatcherAfter}}
}

// always is a value that never changes.
func always(value float64) []phase {
	return []phase{{length: dispatcherBefore + dispatcherOutage + dispatcherAfter, value: value}}
}

// setSeries is the number of a set's targets by state.
func (k *kamailioTier) setSeries(active, inactive, disabled []phase) []TestSeries {
	labels := merge(k.targetLabels(k.tier.Nodes[0]), map[string]string{"set": "1"})
	name := metric.KamailioDispatcherSetTargets.Name
	return []TestSeries{
		series(name, merge(labels, map[string]string{"state": "active"}), gauge(storyStep, active...)),
		series(name, merge(labels, map[string]string{"state": "trying"}), gauge(storyStep, always(0)...)),
		series(name, merge(labels, map[string]string{"state": "inactive"}), gauge(storyStep, inactive...)),
		series(name, merge(labels, map[string]string{"state": "disabled"}), gauge(storyStep, disabled...)),
	}
}

// stateSeries is the state of one target of the set.
func (k *kamailioTier) stateSeries(uri, state string, phases []phase) TestSeries {
	labels := merge(k.targetLabels(k.tier.Nodes[0]), map[string]string{"set": "1", "uri": uri, "state": state})
	return series(metric.KamailioDispatcherTargetState.Name, labels, gauge(storyStep, phases...))
}

// setStories prove the page.
func (k *kamailioTier) setStories(rule Rule) []TestGroup {
	hold := dispatcherBefore + stepsUp(setDownFor)
	expected := firing(rule, map[string]string{"job": kamailioJob, "instance": k.tier.Nodes[0].Name, "set": "1"}, "", nil)
	outage := []AlertTest{
		at(hold-storyStep, setDownAlert),
		at(hold, setDownAlert, expected),
		at(dispatcherBefore+dispatcherOutage-storyStep, setDownAlert, expected),
		at(dispatcherBefore+dispatcherOutage, setDownAlert),
	}
	quiet := []AlertTest{at(hold, setDownAlert), at(dispatcherBefore+dispatcherOutage-storyStep, setDownAlert)}
	story := func(title string, proves []Proof, input []TestSeries, tests []AlertTest) TestGroup {
		return TestGroup{Name: setDownAlert + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	return []TestGroup{
		story("the only target becomes inactive", []Proof{Fires, Holds, Resets}, k.setSeries(on(), off(), always(0)), outage),
		story("the only target is disabled by hand", []Proof{Fires, Holds, Resets}, k.setSeries(on(), always(0), off()), outage),
		story("one of two targets becomes inactive", []Proof{Holds}, k.setSeries(always(1), off(), always(0)), quiet),
		story("a set without targets", []Proof{Silent}, k.setSeries(always(0), always(0), always(0)), quiet),
		story("no dispatcher module", []Proof{Silent}, k.upSeries(always(1), always(1), always(1)), quiet),
	}
}

// targetStories prove the ticket, and that it gives way to the page.
func (k *kamailioTier) targetStories(rule Rule) []TestGroup {
	const uri = "sip:asterisk-1:5060"
	hold := dispatcherBefore + stepsUp(targetDownFor)
	expected := firing(rule, merge(k.targetLabels(k.tier.Nodes[0]), map[string]string{"set": "1", "uri": uri, "state": "inactive"}), "", nil)
	quiet := []AlertTest{at(hold, targetDownAlert), at(dispatcherBefore+dispatcherOutage-storyStep, targetDownAlert)}
	story := func(title string, proves []Proof, state TestSeries, set []TestSeries, tests []AlertTest) TestGroup {
		return TestGroup{
			Name: targetDownAlert + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: proves,
			InputSeries: append([]TestSeries{state}, set...), AlertTests: tests,
		}
	}
	inactive, disabled := k.stateSeries(uri, "inactive", off()), k.stateSeries(uri, "disabled", off())
	return []TestGroup{
		story("one of two targets becomes inactive", []Proof{Fires, Holds, Resets}, inactive, k.setSeries(always(1), off(), always(0)), []AlertTest{
			at(hold-storyStep, targetDownAlert),
			at(hold, targetDownAlert, expected),
			at(dispatcherBefore+dispatcherOutage-storyStep, targetDownAlert, expected),
			at(dispatcherBefore+dispatcherOutage, targetDownAlert),
		}),
		story("the set has none left and pages instead", []Proof{Holds}, inactive, k.setSeries(on(), off(), always(0)), quiet),
		story("a target that is disabled by hand", []Proof{Silent}, disabled, k.setSeries(always(1), always(0), off()), quiet),
	}
}
