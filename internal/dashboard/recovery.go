package dashboard

import (
	"fmt"
	"time"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// recoveryName is the board of what would be lost, and how long it would take to come back.
const recoveryName = "recovery"

// recoveryBoard makes the cards of that board. Of several trackers the best proof counts: each bracket holds the truth, so that their
// intersection does as well.
type recoveryBoard struct{ *maker }

func recovery(m *maker) board {
	r := recoveryBoard{m}
	return board{
		name: recoveryName, title: "VoIPBIN / Recovery", folder: "Recovery", from: "now-6h",
		description: "What would be lost if the primary region died now, for how much of the time that was provably inside the objective, and what the last rehearsal showed.",
		rows: []row{
			{title: "What would be lost now?", cards: []card{r.exposureNow(), r.virtualShare(), r.exposure()}},
			{title: "Objectives of recovery", cards: r.objectivesOf(recoveryName)},
			{title: "How sure is that?", cards: []card{r.proven(), r.transactions(), r.estimates(), r.servers()}},
			{title: "Would it come back?", cards: []card{r.paths(), r.grades(), r.traps()}},
			{title: "What did rehearsals show?", cards: []card{r.lastDrills(), r.verdicts(), r.recoveryTime(), r.phases(), r.remaining()}},
			{title: "What cannot be proven, and is it all written down?", cards: []card{r.stocks(), r.virtual(), r.evidence(), r.holes()}},
		},
	}
}

// inShort are the cards for a board that has more to show than recovery: what would be lost now, which comes first, for how much of the time
// that was good, whether the paths are good, what was rehearsed.
func (r recoveryBoard) inShort() []card {
	cards := []card{r.exposureNow(), r.virtualShare(), r.paths(), r.lastDrills(), r.verdicts()}
	for i := range cards {
		cards[i].to = recoveryName
	}
	return cards
}

// limits are the exposures at which a ticket is opened, somebody is woken, and the objective is broken.
func (r recoveryBoard) limits() *panel.Thresholds {
	s := r.spec.Recovery
	return panel.Rising(panel.Good,
		panel.Bound{From: s.Warn.Seconds(), Color: panel.Warning}, panel.Bound{From: s.Page.Seconds(), Color: panel.Bad}, panel.Bound{From: s.RPO().Seconds(), Color: panel.Bad})
}

// upper is the upper edge of the exposure by the tracker that can prove most.
func (r recoveryBoard) upper() query.Expr {
	return query.Age(query.Of(metric.RecoveryProven).Where(">", 0).Max("store", "replica", "position"))
}

func (r recoveryBoard) lower() query.Expr {
	return query.Of(metric.RecoveryExposure, query.Is("bound", "lower")).Max("store", "replica", "position")
}

const ofReplica = "{{store}} {{replica}} {{position}}"

func (r recoveryBoard) exposureNow() card {
	return card{
		kind: panel.StatType, title: "Exposure now, at most", named: true, none: "nothing is proven", thresholds: r.limits(), alerts: r.made("RecoveryExposureHigh"),
		description: fmt.Sprintf("Age of the oldest write that could be lost with the region, at most: applied if the replica is promoted at once, received if its relay log is drained first. The objective is %s; beyond it find out whether the replica lags or nobody sees it.",
			r.spec.Recovery.RPO()),
		asks: []ask{{r.upper(), ofReplica}},
	}
}

func (r recoveryBoard) virtualShare() card {
	return card{
		kind: panel.StatType, title: "Provably inside the objective", named: true, none: "no time was counted", min: panel.Float(0), max: panel.Float(1),
		description: "Share of the time in which a loss of the region would provably have kept the recovery point objective. Time in which nobody looked counts as bad, so that a tracker that is down shows here too.",
		asks:        []ask{{query.Of(metric.RecoveryVirtualShare).Max("store", "replica", "position", "period"), ofReplica + " {{period}}"}},
	}
}

func (r recoveryBoard) exposure() card {
	return card{
		kind: panel.TimeSeriesType, title: "Exposure, as a bracket", weight: 2, thresholds: r.limits(), alerts: r.made("RecoveryExposureHigh"), none: "nothing is proven",
		description: "The truth lies between both edges. An upper edge that rises by a second a second means that one side is not seen or the way between them is cut; a lower edge that rises along proves that writes are missing.",
		asks:        []ask{{r.upper(), "at most " + ofReplica}, {r.lower(), "at least " + ofReplica}},
		looks:       []panel.Override{panel.ForRegexp("^at most", panel.InColor(panel.Hues()[0])), panel.ForRegexp("^at least", panel.InColor(panel.Violet)), received()},
	}
}

// received dashes what counts a replica's relay log in, beside what it has applied.
func received() panel.Override { return panel.ForRegexp("received$", panel.Dashed(10, 6)) }

func (r recoveryBoard) proven() card {
	return card{
		kind: panel.TableType, title: "Age of the newest proof", none: "nothing is proven", alerts: r.made("RecoveryProofMissing"),
		description: "How long ago it was last proven that the replica has everything, by what each tracker sees. It ages by itself when the tracker or the source is gone: look for whichever is.",
		asks:        []ask{{query.Age(query.Of(metric.RecoveryProven).Where(">", 0)).Min("instance", "store", "replica", "position"), ""}},
		hidden:      []string{"Time"},
		columns: []panel.Column{
			{Field: "instance", Name: "Tracker"}, {Field: "store", Name: "Store"}, {Field: "replica", Name: "Replica"}, {Field: "position", Name: "Position"}, {Field: "Value", Name: "Age"},
		},
	}
}

func (r recoveryBoard) transactions() card {
	return card{
		kind: panel.TimeSeriesType, title: "Transactions at risk", alerts: r.made("RecoveryErrantTransactions"), none: "one side was never seen",
		description: "Transactions that the source is known to have and the replica not, and errant ones that only the replica has. A single errant one breaks the way back: find who writes to the replica.",
		asks: []ask{
			{query.Of(metric.RecoveryTransactions).Max("store", "replica", "position"), "missing " + ofReplica},
			{query.Of(metric.RecoveryErrant).Max("store", "replica"), "errant {{store}} {{replica}}"},
		},
		looks: []panel.Override{panel.ForRegexp("^missing", panel.InColor(panel.Hues()[0])), panel.ForRegexp("^errant", panel.InColor(panel.Bad)), received()},
	}
}

func (r recoveryBoard) estimates() card {
	return card{
		kind: panel.TimeSeriesType, title: "What others would say", looks: r.estimators(), none: "no replica says anything",
		description: "Seconds behind, heartbeat and the like, for comparison. None sees a silent partition: where they are calm and the exposure rises, believe the exposure.",
		asks:        []ask{{query.Of(metric.RecoveryEstimate).Max("store", "replica", "estimator"), "{{store}} {{replica}} {{estimator}}"}},
	}
}

// estimators gives each estimate a look of its own.
func (r recoveryBoard) estimators() []panel.Override {
	hues := panel.Hues()
	out := panel.Spread()
	for i, name := range values(metric.RecoveryEstimate, "estimator") {
		out = append(out, panel.ForRegexp(" "+name+"$", panel.InColor(hues[i%len(hues)])))
	}
	return out
}

func (r recoveryBoard) servers() card {
	return card{
		kind: panel.StateTimelineType, title: "Servers seen", states: upStates("seen", "unseen"), alerts: r.made("RecoveryServerUnseen", "RecoveryTrackerDown"),
		description: "Whether each tracker sees each server. One tracker alone that sees none of a region has a network of its own to look at; both together mean the region.",
		asks:        []ask{{query.Of(metric.RecoveryWatched).Min("instance", "store", "server", "role"), "{{store}} {{server}} from {{instance}}"}},
	}
}

func (r recoveryBoard) paths() card {
	return card{
		kind: panel.StateTimelineType, title: "Critical paths", states: upStates("good", "bad"), weight: 2, alerts: r.made("RecoveryRegionDown"),
		description: "Whether the last probe of each critical path was good. The recovery clock starts when they turn bad and ends when all of them are good and stay so.",
		asks:        []ask{{query.Of(metric.RecoveryPathGood).Min("instance", "path"), "{{path}} from {{instance}}"}},
	}
}

func (r recoveryBoard) grades() card {
	return card{
		kind: panel.BarGaugeType, title: "How far probes prove service", none: "no path is probed", min: panel.Float(0), max: panel.Float(4),
		description: "0 no answer, 1 any answer, 2 a good answer, 3 state was read or written, 4 the whole service. An answer is not yet service: raise what a path wants where it matters.",
		asks:        []ask{{query.Of(metric.RecoveryPathGrade).Min("path"), "{{path}}"}},
	}
}

func (r recoveryBoard) traps() card {
	return card{
		kind: panel.TableType, title: "Traps that are set", none: "no trap is set", alerts: r.made("RecoveryReadinessTrap"),
		description: "What will spoil a failover on that server, such as a replica that gives up after ten tries. The command tracker doctor says how to mend each.",
		asks:        []ask{{query.Of(metric.RecoveryTrap).Where("==", 1).Max("store", "server", "trap"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "store", Name: "Store"}, {Field: "server", Name: "Server"}, {Field: "trap", Name: "Trap"}},
	}
}

func (r recoveryBoard) lastDrills() card {
	return card{
		kind: panel.TableType, title: "Time since the last drill", none: "none was completed", alerts: r.made("RecoveryDrillOverdue"),
		description: "How long ago each scenario was last rehearsed, by kind; a tabletop measures nothing. What was not rehearsed for a quarter is not known to work.",
		asks:        []ask{{query.Age(query.Of(metric.RecoveryLastDrill).Max("scenario", "kind")), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "scenario", Name: "Scenario"}, {Field: "kind", Name: "Kind"}, {Field: "Value", Name: "Ago"}},
	}
}

func (r recoveryBoard) verdicts() card {
	return card{
		kind: panel.TableType, title: "Verdicts of the last drills", none: "none was measured", alerts: r.made("RecoveryDrillFailed"),
		description: "What the last completed drill proved: pass, fail, or not proven, which is no pass. The report of the drill has the reasons on its first page.",
		asks:        []ask{{query.Of(metric.RecoveryLastVerdict).Where("==", 1).Max("scenario", "objective", "verdict"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "scenario", Name: "Scenario"}, {Field: "objective", Name: "Objective"}, {Field: "verdict", Name: "Verdict"}},
	}
}

func (r recoveryBoard) recoveryTime() card {
	return card{
		kind: panel.BarGaugeType, title: "Recovery time of the last drills", none: "none was measured", min: panel.Float(0), max: panel.Float(r.longest().Seconds()),
		description: "From the failure until all critical paths were good to stay, at least and at most, beside the objective of the scenario. A bar beyond the objective means that the plan does not hold: rehearse its longest phase.",
		asks: []ask{
			{query.Of(metric.RecoveryLastRTO).Max("scenario", "bound"), "{{scenario}} {{bound}}"},
			{query.Of(metric.RecoveryObjective, query.Is("objective", "rto")).Max("scenario"), "{{scenario}} objective"},
		},
	}
}

// longest is the largest recovery time objective, the end of every bar.
func (r recoveryBoard) longest() time.Duration {
	longest := time.Minute
	for _, s := range r.spec.Recovery.Scenarios {
		longest = max(longest, s.RTO)
	}
	return longest
}

func (r recoveryBoard) phases() card {
	return card{
		kind: panel.BarGaugeType, title: "Phases of the last drills, at most", none: "none was measured", min: panel.Float(0), max: panel.Float(r.longest().Seconds()),
		description: "Where the time went in the last completed drill. The longest phase is the one to rehearse or automate next.",
		asks:        []ask{{query.Of(metric.RecoveryPhaseTime, query.Is("bound", "upper")).Max("scenario", "phase"), "{{scenario}} {{phase}}"}},
	}
}

func (r recoveryBoard) remaining() card {
	return card{
		kind: panel.StatType, title: "Left in the drill that runs", none: "no drill runs",
		thresholds:  panel.Rising(panel.Bad, panel.Bound{From: 0, Color: panel.Warning}, panel.Bound{From: 300, Color: panel.Good}),
		description: "What is left of the recovery time objective, counted from the failure and not from when somebody noticed. The tracker's page has what is to be done next.",
		asks:        []ask{{query.Of(metric.RecoveryDrillRemaining).Min(), "left"}},
	}
}

func (r recoveryBoard) stocks() card {
	return card{
		kind: panel.TimeSeriesType, title: "Held by stores that are not replicated", none: "no such store is watched",
		description: "What would be lost with the region for certain: keys, calls in progress, messages that wait. Nothing proves more of these stores; a rise of waiting messages means that consumers are behind.",
		asks:        []ask{{query.Of(metric.RecoveryStock).Max("store", "kind"), "{{store}} {{kind}}"}},
	}
}

func (r recoveryBoard) virtual() card {
	return card{
		kind: panel.TimeSeriesType, title: "Virtual drill", none: "no time was counted", unit: panel.UnitPercent, stacked: true, max: panel.Float(1),
		description: "Of each stretch of time, what a loss of the region would have meant: inside the objective, outside, or unprovable, by the tracker that proved most. Unprovable counts as bad: look for holes and unseen servers.",
		asks: []ask{
			{query.Of(metric.RecoveryVirtual, query.Is("result", "inside")).Rate().Max("store", "replica", "position").Min(), "inside"},
			{query.Of(metric.RecoveryVirtual, query.Is("result", "outside")).Rate().Min("store", "replica", "position").Max(), "outside"},
			{query.Of(metric.RecoveryVirtual, query.Is("result", "unprovable")).Rate().Min("store", "replica", "position").Max(), "unprovable"},
		},
		looks: append(panel.Kin(panel.Good, "inside"), append(panel.Kin(panel.Bad, "outside"), panel.Kin(panel.Neutral, "unprovable")...)...),
	}
}

func (r recoveryBoard) evidence() card {
	return card{
		kind: panel.StateTimelineType, title: "Evidence is written", states: upStates("written", "refused"), alerts: r.made("RecoveryEvidenceUnwritable"),
		description: "Whether each tracker's evidence reaches the disk. While it does not, no second counts as good and no mark is acknowledged: look at the tracker's disk.",
		asks:        []ask{{query.Of(metric.RecoveryEvidenceWritable).Min("instance"), "{{instance}}"}},
	}
}

func (r recoveryBoard) holes() card {
	return card{
		kind: panel.TimeSeriesType, title: "Time in which nobody looked", none: "no tracker tells",
		description: "Share of the time in which a tracker did not look although it ran, or was restarted. Holes of both trackers at once leave a gap in the evidence: look at the load of their machines.",
		asks:        []ask{{query.Of(metric.RecoveryHoles).Rate().Max("instance"), "{{instance}}"}},
	}
}
