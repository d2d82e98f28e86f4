package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// Idleness is told from chance by waiting until so many events were to be expected: that none comes then has a
// probability of one in 500 million.
const expectedWhenIdle = 20

// longestIdle is the longest time that is waited for an event: with less traffic, silence says nothing.
const longestIdle = 24 * time.Hour

// unexplained ends an expression that tells of missing data, so that it is told only where no other alert says why: an objective whose whole
// tier is down needs no ticket of its own. What was never there is explained by nothing.
func (o *objective) unexplained() string {
	if o.slo.Tier == "sip_proxy" {
		return fmt.Sprintf(" and on () count(%s == 1)", metric.KamailioKit.Up.Name)
	}
	if from := o.targets(); from != "" {
		return fmt.Sprintf(" unless on () max(up and on (job, instance) (%s)) == 0", from)
	}
	return ""
}

// targets yields something for each target from which the objective's series came within the last day; empty when the
// objective reads records only, which have no target.
func (o *objective) targets() string { return o.known(false) }

// known yields the series that the objective was counted by within the last day, be they records or those of targets.
func (o *objective) known(records bool) string {
	var parts []string
	for _, selector := range o.counting.metrics {
		name, _, _ := strings.Cut(selector, "{")
		part := fmt.Sprintf("last_over_time(%s[1d:1h])", selector)
		if records == strings.Contains(name, ":") && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " or ")
}

// dataAlert tells when nothing is known about the objective, has it ever been or not, and no other alert says why. An objective without traffic counts
// zero events and is no fault.
func (o *objective) dataAlert() {
	name := o.alertName("DataMissing")
	events := o.of(windowed(sloEventsRaw, tile))
	expr := fmt.Sprintf("absent(%s)", events) + o.unexplained()
	rule := Rule{
		Expr: expr, For: promDuration(o.limits.DataMissingFor), Labels: o.labels(slo.Ticket),
		Annotations: o.annotations(name, o.slo.Dashboard, o.title()+": nothing is known",
			"The expressions of the objective yield no data, so its budget is not watched and its alerts cannot fire."),
	}
	do := []string{"If the rules fail, run `obsgen check`, and `promtool check rules rules/*.yaml` on what is deployed."}
	if o.slo.Tier == "sip_proxy" {
		do = append([]string{"If single proxies miss data, KamailioCallSetupDataMissing names them: start there."}, do...)
	}
	o.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: o.title() + ": the objective has no data",
		Meaning: "The objective's expressions yield no series, though no target that they came from is known to be down. It may be that they never did: what they read is not scraped, or nobody emits it. No traffic would be a series of zero, so this is missing data and not a quiet hour.",
		Impact:  "The error budget is not watched: an outage in this time would neither page nor count.",
		Look: []string{
			fmt.Sprintf("`promtool query instant http://localhost:9090 '%s'` and the same for the expressions of the objective in spec/slos.yaml", events),
			"the rules page of Prometheus: a rule that fails says why",
			"whether a metric was renamed or a collector switched off since the alert began",
		},
		Do:             do,
		FalsePositives: []string{"The first minutes of a new Prometheus, before two scrapes of every target."},
	}, o.dataTales(name, rule)...)
}

// idleFor is how long no event must come before that is no accident at the quietest hour's traffic; false when the
// objective has hours without traffic, or counts what comes at a fixed pace.
func (o *objective) idleFor() (time.Duration, bool) {
	if o.slo.Traffic.TroughPerHour <= 0 || o.slo.SLI.Kind == spec.Probe || o.slo.SLI.Kind == spec.TimeSlice {
		return 0, false
	}
	wait := time.Duration(expectedWhenIdle / o.slo.Traffic.TroughPerHour * float64(time.Hour))
	wait = max((wait+tile-1)/tile*tile, o.limits.DataMissingFor)
	return wait, wait <= longestIdle
}

// idleAlert tells when events are counted and none comes: whoever should make them does not get through to us, which no
// ratio of events can show.
func (o *objective) idleAlert() {
	wait, ok := o.idleFor()
	if !ok {
		return
	}
	name := o.alertName("Idle")
	events := o.of(windowed(sloEventsRaw, tile))
	rule := Rule{
		Expr: events + " == 0", For: promDuration(wait), Labels: o.labels(slo.Ticket),
		Annotations: o.annotations(name, o.slo.Dashboard, o.title()+": no events",
			fmt.Sprintf("No event was counted for %s, though %s an hour are expected at the quietest time. The objective is neither kept nor missed meanwhile.",
				promDuration(wait), slo.FormatNumber(o.slo.Traffic.TroughPerHour))),
	}
	o.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: o.title() + ": no events come",
		Meaning: fmt.Sprintf("The counters are scraped and stand still. At the expected traffic of the quietest hour, %s without an event is no accident.", promDuration(wait)),
		Impact:  "What should make events may not get through at all; the error budget cannot show that, since nothing fails here.",
		Look: []string{
			fmt.Sprintf("`promtool query range http://localhost:9090 '%s'` for when the events ended", events),
			"whatever stands before the part that counts: load balancer, DNS, firewall, carrier",
		},
		Do: []string{
			"Make an event yourself, from outside (a call or a registration: `curl -s 'http://PROBER:9743/probe?target=NAME'`; a request: `curl -sv https://HOST/`). If it is counted, callers are kept away further out; if not, the part that counts is not reached.",
			"If so little traffic is right, correct trough_per_hour in spec/slos.yaml and run `obsgen generate`.",
		},
		FalsePositives: []string{"A test system, or an announced stop of all traffic."},
	}, o.tiled(func() []TestGroup { return o.idleStories(name, rule) })...)
}

// scrapeAlert tells when a target cannot be scraped from which the objective's series come. The SIP proxies have an alert
// of their own for that.
func (o *objective) scrapeAlert() {
	from := o.targets()
	if from == "" || o.slo.Tier == "sip_proxy" {
		return
	}
	name := o.alertName("ScrapeDown")
	rule := Rule{
		Expr: fmt.Sprintf("up == 0 and on (job, instance) (%s)", from), For: promDuration(o.limits.ScrapeDownFor), Labels: o.labels(slo.Ticket),
		Annotations: o.annotations(name, o.slo.Dashboard, o.title()+": {{ $labels.instance }} is not scraped",
			"Events of {{ $labels.instance }} (job {{ $labels.job }}) are not counted now. They count when it is scraped again within three days and has not restarted."),
	}
	o.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        o.title() + ": a target is not scraped",
		Meaning:        "Prometheus cannot scrape a target whose series the objective counted within the last day.",
		Impact:         "The objective is judged by the other targets alone.",
		Look:           []string{"`promtool query instant http://localhost:9090 'up == 0'`, and the targets page of Prometheus for the error"},
		Do:             []string{"Bring the target back (`systemctl restart EXPORTER` on its machine), or take it out of the scrape configuration if it is gone for good: change spec/, `obsgen generate`, `curl -X POST http://localhost:9090/-/reload`."},
		FalsePositives: []string{"A target that was removed on purpose and is still configured."},
	}, append(o.tiled(func() []TestGroup { return o.scrapeStories(name, rule) }), o.forgottenTales(name, rule, o.target(), 0)...)...)
}
