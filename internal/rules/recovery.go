package rules

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// trackerJob is the job label of the trackers, as the scrape configuration sets it.
const trackerJob = "tracker"

// recoveryBoard is the end of the uid of the board that shows recovery.
const recoveryBoard = "recovery"

// recoveryInterval is how often the rules about recovery are evaluated: what passes until somebody is told is part of the loss.
const recoveryInterval = 5 * time.Second

// remembered is how long the newest proof is known after a tracker has gone. Its series ends with the scrape that failed; what it proved does not
// become untrue.
const remembered = "10m"

// recovery makes the rules about what would be lost and about coming back.
type recovery struct {
	links
	section
	spec spec.Recovery
}

// recoveries returns the alerts and stories about recovery, or nothing where the spec says nothing of it.
func recoveries(s *spec.Spec, l links) *recovery {
	r := &recovery{links: l, spec: s.Recovery}
	if !r.spec.Described() {
		return r
	}
	for _, store := range r.spec.Stores {
		if store.Replicated() {
			r.exposureAlert(store)
			r.proofMissingAlert(store)
		}
	}
	r.unseenAlert()
	r.errantAlert()
	r.regionDownAlert()
	r.trackerDownAlert()
	r.evidenceAlert()
	r.drillOverdueAlert()
	r.drillFailedAlert()
	r.trapAlert()
	return r
}

// rule is a rule about recovery. A wait of 0 fires at once.
func (r *recovery) rule(alert, severity, expr string, wait time.Duration, summary, description string) Rule {
	rule := Rule{Expr: expr, Labels: map[string]string{"severity": severity}, Annotations: r.annotations(alert, recoveryBoard, summary, description)}
	if wait > 0 {
		rule.For = slo.FormatDuration(wait)
	}
	return rule
}

// labels are those of the first tracker's series, and others.
func (r *recovery) labels(more map[string]string) map[string]string {
	return merge(r.tracker(0), more)
}

func (r *recovery) tracker(i int) map[string]string {
	n := r.spec.Trackers.Nodes[i]
	return map[string]string{"job": trackerJob, "instance": n.Name, "node": n.Name, "region": n.Region}
}

// of is a series of the first tracker.
func (r *recovery) of(f *metric.Family, labels map[string]string, values string) TestSeries {
	return series(f.Name, r.labels(labels), values)
}

// proof is the newest proof of a store's replica that any tracker has: one proof is enough, whoever made it.
func (r *recovery) proof(s spec.Store) string {
	return fmt.Sprintf("max by (store, replica) (last_over_time(%s{job=%q, store=%q, replica=%q, position=%q}[%s]))",
		metric.RecoveryProven.Name, trackerJob, s.Name, s.Replica, s.Position, remembered)
}

// exposureAlert tells when too much would be lost. It reads time() less the proven instant, because a gauge that is scraped every 15 seconds would
// come late, and grows by itself when nobody can prove anything any more.
func (r *recovery) exposureAlert(s spec.Store) {
	const name = "RecoveryExposureHigh"
	objective := r.spec.RPO()
	rule := func(severity string, limit time.Duration, level, summary string) Rule {
		expr := fmt.Sprintf("time() - %s > %s unless on (store) max by (store) (%s{job=%q}) == 1",
			r.proof(s), slo.FormatNumber(limit.Seconds()), metric.RecoveryFenced.Name, trackerJob)
		rule := r.rule(name, severity, expr, 0, summary,
			fmt.Sprintf(`If the source's region died now, writes of the last {{ $value | humanizeDuration }} could be lost with it; the objective is %s.`, slo.FormatDuration(objective)))
		rule.Labels["level"] = level
		return rule
	}
	rules := []Rule{
		rule(slo.Ticket, r.spec.Warn, "warning", "Replica {{ $labels.replica }} of {{ $labels.store }} is provably behind, or nothing proves that it is not"),
		rule(slo.Page, r.spec.Page, "danger", "Half of the recovery point objective of {{ $labels.store }} is used up"),
		rule(slo.Page, objective, "breach", "The recovery point objective of {{ $labels.store }} cannot be kept if its region dies now"),
	}
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: rules,
		Summary: "Too much would be lost if the region died now",
		Meaning: fmt.Sprintf("The newest instant up to which every acknowledged write is provably in the replica (its %s position) lies further back than %s (ticket), %s (page) or the objective of %s (label level=\"breach\"). "+
			"It is a proof, not an estimate: it also ages when the source, the replica or all trackers are out of sight, since nobody can then say what the replica has.",
			s.Position, slo.FormatDuration(r.spec.Warn), slo.FormatDuration(r.spec.Page), slo.FormatDuration(objective)),
		Impact: "None yet for customers. What was acknowledged in that time is gone for good if the source's region dies.",
		Look: []string{
			"the tracker's page: is the source unseen, the replica unseen, or are both seen and the bracket's lower edge grows? Only the last is lag; the others are a partition or a dead server.",
			"`curl -s http://TRACKER:9745/api/v1/status | jq '.exposures, .stores'`",
			"on the replica: `SHOW REPLICA STATUS\\G` (MariaDB: `SHOW ALL SLAVES STATUS\\G`). Seconds_Behind says 0 for a minute in a silent partition, and nothing after it.",
		},
		Do: []string{
			"The replica is seen and its threads do not run: read their error there, mend it, `START REPLICA`.",
			"It applies and cannot keep up: look for a long transaction or a lock on it; received and applied differ by the relay log, which can be drained before a promotion.",
			"The source is unseen from both trackers: this may be the region; see RecoveryRegionDown, and declare early.",
			"Nothing can be done and the objective breaks: tell those who own it; the time counts in the virtual drill.",
		},
		FalsePositives: []string{"A planned stop of the replica: silence it, but know that for so long the objective is not kept."},
	}, r.exposureStories(s, name, rules)...)
}

// exposureStories tell of a replica that stops, and of one that follows.
func (r *recovery) exposureStories(s spec.Store, name string, rules []Rule) []TestGroup {
	at0 := map[string]string{"store": s.Name, "replica": s.Replica, "position": string(s.Position)}
	stands := map[string]string{"store": s.Name, "replica": s.Replica}
	objective := r.spec.RPO()
	// The proof follows until 2m, stands, and jumps to now when the replica is back.
	const stop = 8 * storyStep
	first := func(limit time.Duration) time.Duration { return stop + limit/storyStep*storyStep + storyStep }
	back := first(objective) + 4*storyStep
	follows := func(from, to time.Duration) string {
		return fmt.Sprintf("%d+%dx%d", int(from.Seconds()), int(storyStep.Seconds()), int((to-from)/storyStep)-1)
	}
	stood := follows(0, stop) + " " + gauge(storyStep, phase{length: back - stop, value: stop.Seconds()}) + " " + follows(back, back+4*storyStep)
	firing := func(i int, t time.Duration) ExpectedAlert {
		// The proof that stands is that of the last sample of the rise.
		return firing(rules[i], stands, humanDuration((t - stop).Seconds()), nil)
	}
	fenced := func(v float64) TestSeries {
		return r.of(metric.RecoveryFenced, map[string]string{"store": s.Name}, gauge(storyStep, phase{length: back + 4*storyStep, value: v}))
	}
	story := func(title string, proves []Proof, input []TestSeries, tests ...AlertTest) TestGroup {
		return TestGroup{Name: name + ": " + title, Interval: slo.FormatDuration(storyStep), Proves: proves, InputSeries: input, AlertTests: tests}
	}
	warn, page, breach := first(r.spec.Warn), first(r.spec.Page), first(objective)
	gone := follows(0, stop) + " " + gauge(storyStep, phase{length: stop, gone: true})
	return []TestGroup{
		story("the replica stops and comes back", []Proof{Fires, Holds, Resets}, []TestSeries{r.of(metric.RecoveryProven, at0, stood), fenced(0)},
			at(warn-storyStep, name), at(warn, name, firing(0, warn)), at(page, name, firing(0, page), firing(1, page)),
			at(breach, name, firing(0, breach), firing(1, breach), firing(2, breach)), at(back+storyStep, name)),
		story("all trackers are gone, and the proof ages all the same", []Proof{Fires}, []TestSeries{r.of(metric.RecoveryProven, at0, gone), fenced(0)},
			at(warn, name, firingAged(rules[0], stands, warn-stop+storyStep))),
		story("the source is fenced, so that nothing more can be lost", []Proof{Holds}, []TestSeries{r.of(metric.RecoveryProven, at0, stood), fenced(1)}, at(page, name)),
		story("the replica follows", []Proof{Silent}, []TestSeries{r.of(metric.RecoveryProven, at0, follows(0, back)), fenced(0)}, at(warn, name), at(back-storyStep, name)),
	}
}

// firingAged is an alert whose value is an age.
func firingAged(r Rule, labels map[string]string, age time.Duration) ExpectedAlert {
	return firing(r, labels, humanDuration(age.Seconds()), nil)
}

// proofMissingAlert pages when no tracker says anything of the replica that takes over.
func (r *recovery) proofMissingAlert(s spec.Store) {
	const name = "RecoveryProofMissing"
	wait := r.spec.For.ProofMissing
	rule := r.rule(name, slo.Page, fmt.Sprintf("absent(%s{job=%q, store=%q, replica=%q, position=%q})", metric.RecoveryProven.Name, trackerJob, s.Name, s.Replica, s.Position), wait,
		"No tracker watches replica {{ $labels.replica }} of {{ $labels.store }}", "Nothing is known of what would be lost if the region died now.")
	labels := map[string]string{"job": trackerJob, "store": s.Name, "replica": s.Replica, "position": string(s.Position)}
	c := gauged(wait)
	proven := func(p ...phase) TestSeries {
		return r.of(metric.RecoveryProven, map[string]string{"store": s.Name, "replica": s.Replica, "position": string(s.Position)}, gauge(c.step, p...))
	}
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "Nobody knows what would be lost",
		Meaning: "Prometheus has no series of the replica that takes over, from any tracker: all are down, cannot be scraped, or do not have it in their configuration.",
		Impact:  "None for customers. While it lasts no second counts as proven, and a disaster would be judged without evidence.",
		Look: []string{
			"`promtool query instant http://localhost:9090 'up{job=\"tracker\"}'` on the Prometheus server",
			"`systemctl status tracker` and `journalctl -u tracker -n 200 --no-pager` where they run",
		},
		Do:             []string{"Start the trackers (`systemctl start tracker`); their log says why they ended. The name of the replica in spec/recovery.yaml must be that in tracker.yaml."},
		FalsePositives: []string{"A replica that was renamed in one of the two files: run `tracker serve --config.check`."},
	},
		c.fires(name, "it is gone", one(firing(rule, labels, "", nil)), proven(phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1})),
		c.quiet(name, "it is there", Silent, proven(c.always()...)))
}

// number of trackers that must agree.
const vantages = 2

// regionDownAlert pages when every critical path is bad, seen from two trackers. It is the first step of the published procedure.
func (r *recovery) regionDownAlert() {
	const name = "RecoveryRegionDown"
	wait := r.spec.RegionDownFor
	expr := fmt.Sprintf("count(max by (instance) (%s{job=%q}) == 0) >= %d", metric.RecoveryPathGood.Name, trackerJob, vantages)
	rule := r.rule(name, slo.Page, expr, wait, "The region is down, seen from {{ $value }} places",
		fmt.Sprintf("Every critical path has been bad for %s, from %d trackers at once: this is no lost network of one of them.", slo.FormatDuration(wait), vantages))
	c := gauged(wait)
	path := func(i int, name, values string) TestSeries {
		return series(metric.RecoveryPathGood.Name, merge(r.tracker(i), map[string]string{"path": name}), values)
	}
	well, dead := gauge(c.step, c.always()...), c.gauge(1, 0)
	r.alert(Alert{
		Name: name, Severity: slo.Page, Rules: []Rule{rule},
		Summary: "The region is down, seen from several places",
		Meaning: fmt.Sprintf("All critical paths that the trackers probe (calls, API, names, database) fail, and at least %d trackers say so at the same time.", vantages),
		Impact:  "Customers can neither call nor use the API. The recovery time runs since the first path failed, not since this page.",
		Look: []string{
			"the tracker's page: when did which path fail, who answers, what would be lost",
			"`promtool query instant http://localhost:9090 '" + metric.RecoveryPathGood.Name + "'` for each path as each tracker sees it",
			"the provider's status page of the region, and another provider's view of it",
		},
		Do: []string{
			"Declare: `tracker drill start region_loss --kind=real` and `tracker drill declare`. Each minute of deciding is one of the objective's.",
			"Follow the steps that the page then shows, each with its owner and its budget.",
			"Before you promote: is the old source fenced? The page shows what is lost if the replica is promoted at once, and what if its relay log is drained first.",
		},
		FalsePositives: []string{"Both trackers in one place, or behind one provider: put them in two."},
	},
		c.fires(name, "both trackers see all paths fail", one(firing(rule, nil, "2", nil)), path(0, "calls", dead), path(0, "api", dead), path(1, "calls", dead), path(1, "api", dead)),
		c.quiet(name, "one tracker alone has lost its network", Holds, path(0, "calls", dead), path(0, "api", dead), path(1, "calls", well), path(1, "api", well)),
		c.quiet(name, "one path alone is bad", Holds, path(0, "calls", dead), path(0, "api", well), path(1, "calls", dead), path(1, "api", well)),
		c.quiet(name, "all is well", Silent, path(0, "calls", well), path(1, "calls", well)))
}
