package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts are about being ready: rehearsed, and without traps.

// drillOverdueAlert tells when the failover has not been rehearsed for too long. Talking about it does not count.
func (r *recovery) drillOverdueAlert() {
	const name = "RecoveryDrillOverdue"
	wait := r.spec.For.DrillOverdue
	scenario := r.spec.Plan.Scenario
	last := fmt.Sprintf("%s{job=%q, scenario=%q, kind!=\"tabletop\"}", metric.RecoveryLastDrill.Name, trackerJob, scenario)
	old := r.rule(name, slo.Ticket, fmt.Sprintf("time() - max(%s) > %s", last, slo.FormatNumber(r.spec.DrillEvery.Seconds())), wait,
		"The failover was not rehearsed for {{ $value | humanizeDuration }}", "The plan asks for a drill every "+slo.FormatDuration(r.spec.DrillEvery)+".")
	never := r.rule(name, slo.Ticket, fmt.Sprintf("absent(%s) and on () count(%s{job=%q}) > 0", last, metric.RecoveryBuildInfo.Name, trackerJob), wait,
		"The failover has never been rehearsed", "No tracker has a completed drill of "+scenario+" other than tabletops.")
	old.Labels["cause"], never.Labels["cause"] = "old", "never"
	labels := map[string]string{"scenario": scenario, "kind": "full"}
	c := gauged(wait)
	runs := r.of(metric.RecoveryBuildInfo, map[string]string{"version": "1", "vantage": "a"}, gauge(c.step, c.always()...))
	drilled := func(p ...phase) TestSeries { return r.of(metric.RecoveryLastDrill, labels, gauge(c.step, p...)) }
	// Stories begin at 1970: a drill as long before it as the limit allows, plus what passes until the fault.
	ago := -(r.spec.DrillEvery - c.before).Seconds()
	overdue := at(c.hold+storyStep, name, firing(old, nil, humanDuration((c.hold+storyStep).Seconds()-ago), nil))
	neverLabels := map[string]string{"job": trackerJob, "scenario": scenario}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{old, never},
		Summary: "The failover has not been rehearsed for too long",
		Meaning: "The last completed drill of the planned scenario that was more than a tabletop lies longer back than " + slo.FormatDuration(r.spec.DrillEvery) + ", or there was none.",
		Impact:  "The recovery time is a hope. Assessors ask for a test at planned intervals (ISO 22301 8.5, SOC 2 A1.3).",
		Look:    []string{"`tracker drills --data=DATA`: what was done when", "the last report: which findings are still open?"},
		Do:      []string{"Plan a drill with the owners of its steps, at least a partial one: `tracker drill start " + scenario + " --kind=partial`."},
		FalsePositives: []string{
			"A tracker that lost its data folder does not know of earlier drills: restore the folder, or join the other's evidence.",
		},
	},
		TestGroup{
			Name: name + ": the last one is too long ago", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds}, InputSeries: []TestSeries{runs, drilled(phase{length: c.length(), value: ago})},
			AlertTests: []AlertTest{at(c.hold, name), overdue},
		},
		TestGroup{
			Name: name + ": there was none, and then there is", Interval: slo.FormatDuration(storyStep), Proves: []Proof{Fires, Holds, Resets},
			InputSeries: []TestSeries{runs, drilled(phase{length: c.before + c.fault, gap: true}, phase{length: c.after, value: 1})},
			AlertTests:  []AlertTest{at(stepsUp(wait)-storyStep, name), at(stepsUp(wait), name, firing(never, neverLabels, "", nil)), at(c.before+c.fault+storyStep, name)},
		},
		c.quiet(name, "one was held", Silent, runs, drilled(c.always()...)))
}

// drillFailedAlert tells that the last drill missed an objective.
func (r *recovery) drillFailedAlert() {
	const name = "RecoveryDrillFailed"
	wait := r.spec.For.DrillFailed
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("max by (scenario, objective) (%s{job=%q, verdict=\"fail\"}) == 1", metric.RecoveryLastVerdict.Name, trackerJob), wait,
		"The last drill of {{ $labels.scenario }} missed its {{ $labels.objective }}", "It stays so until a later drill passes.")
	labels := map[string]string{"scenario": r.spec.Plan.Scenario, "objective": "rto"}
	c := gauged(wait)
	failed := func(values string) TestSeries {
		return r.of(metric.RecoveryLastVerdict, merge(labels, map[string]string{"verdict": "fail"}), values)
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "The last drill missed an objective",
		Meaning: "The lower edge of what was measured in the last completed drill is beyond the objective: it was missed, whatever the doubt.",
		Impact:  "The same disaster would be outside of what customers were promised.",
		Look:    []string{"`tracker report --data=DATA DRILL`, with the id from `tracker drills --data=DATA`, or the tracker's page: which phase took more than its budget?", "its findings and their owners"},
		Do:      []string{"Mend the findings, then rehearse again (`tracker drill start SCENARIO --kind=full --announced`); only a measurement closes this."},
		FalsePositives: []string{
			"A drill in which the failure was injected by mistake too early: say so in a deviation, and repeat it.",
		},
	},
		c.fires(name, "it took too long", one(firing(rule, labels, "", nil)), failed(c.gauge(0, 1))),
		c.quiet(name, "it passed", Silent, failed(gauge(c.step, phase{length: c.length()}))))
}

// trapAlert tells of settings that will spoil a failover.
func (r *recovery) trapAlert() {
	const name = "RecoveryReadinessTrap"
	wait := r.spec.TrapFor
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("max by (store, server, trap) (%s{job=%q}) == 1", metric.RecoveryTrap.Name, trackerJob), wait,
		"{{ $labels.server }} has a trap for a failover: {{ $labels.trap }}", "It does no harm until the day on which the region fails.")
	labels := map[string]string{"store": "mysql", "server": "dr", "trap": "retry_count"}
	c := gauged(wait)
	trap := func(values string) TestSeries { return r.of(metric.RecoveryTrap, labels, values) }
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "Something will spoil a failover",
		Meaning: "The tracker's doctor found a setting that works until it is needed: a replica that gives up after ten tries, a delay, a binlog that ends too early, a clock that is off.",
		Impact:  "None until a failover, which it then delays or makes lose data.",
		Look:    []string{"`tracker doctor --config.file=/etc/tracker/tracker.yaml`: each trap with its measured value and what to do"},
		Do:      []string{"Do what the doctor says, and ask it again: `tracker doctor --config.file=/etc/tracker/tracker.yaml` ends with 0 when no trap is left."},
		FalsePositives: []string{
			"A delayed replica that is meant to be one: it must not be the one that takes over in spec/recovery.yaml.",
		},
	},
		c.fires(name, "it stands", one(firing(rule, labels, "", nil)), trap(c.gauge(0, 1))),
		c.quiet(name, "it was mended", Silent, trap(gauge(c.step, phase{length: c.length()}))))
}
