// Package report makes the report of a drill or a real failover from its evidence: a pure function, so that the same records give the same bytes
// and an auditor can recompute every number. It writes HTML, Markdown and JSON of one model and verifies a report against the records. It reads
// no clock, no file and no network, and it turns nothing that is not proven into a number: what was not measured is left out or said to be so.
package report

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Format is the name and version of the JSON form.
const Format = "voipbin-recovery-report/1"

// Report is the whole report. The order of the fields is the order in its JSON; durations are in nanoseconds, instants in UTC.
type Report struct {
	Format  string      `json:"format"`
	Drill   string      `json:"drill"`
	Title   string      `json:"title"`
	Verdict rto.Verdict `json:"verdict"`
	// Refused says that the evidence contradicts itself or is incomplete: no verdict can be drawn from it, and Reasons say why.
	Refused  bool        `json:"refused"`
	Reasons  []Reason    `json:"reasons,omitempty"`
	Identity Identity    `json:"identity"`
	Realism  []Statement `json:"realism"`
	RTO      Time        `json:"rto"`
	RPO      Point       `json:"rpo"`
	// Phases are in the order of rto.Phases; CriticalPath compares the plan's chain of steps with what was measured.
	Phases       []PhaseLine  `json:"phases"`
	CriticalPath CriticalPath `json:"critical_path"`
	Curve        Curve        `json:"exposure_curve"`
	Timeline     []Entry      `json:"timeline"`
	People       []Attendance `json:"participants,omitempty"`
	Approvals    []Entry      `json:"approvals,omitempty"`
	Alerts       AlertAudit   `json:"alerts"`
	Probes       []ProbeLine  `json:"probes"`
	Estimators   []Estimator  `json:"estimators,omitempty"`
	Stores       []StoreLine  `json:"stores,omitempty"`
	Clocks       ClockQuality `json:"clocks"`
	Holes        []HoleLine   `json:"holes,omitempty"`
	// Unprovable is how much of the time from the failure to the end of verification lies in holes.
	Unprovable time.Duration `json:"unprovable_ns"`
	Deviations []Entry       `json:"deviations,omitempty"`
	Findings   []FindingLine `json:"findings,omitempty"`
	Comparison []PhaseTrend  `json:"comparison,omitempty"`
	// Earlier are the drills that were compared with, as they were given: the only part of a report that these records do not prove.
	Earlier  []Summary     `json:"earlier,omitempty"`
	Controls []ControlLine `json:"controls"`
	Evidence Index         `json:"evidence"`
	SignOff  []string      `json:"sign_off"`
	// Seal is the SHA-256 of the report's JSON up to here, with Seal empty: it finds the slip of a byte, not a forger. Verify finds both.
	Seal string `json:"seal"`
}

// Level is how much a reason weighs.
type Level string

// The levels. A refusal takes every verdict away; a doubt turns the PASS of one objective into NOT PROVEN and leaves a FAIL, whose lower edge
// holds all the same; a limit changes nothing and is stated.
const (
	Refusal Level = "refusal"
	Doubt   Level = "doubt"
	Limit   Level = "limit"
)

// Reason is why a verdict is not what the brackets alone would say.
type Reason struct {
	Level Level `json:"level"`
	// Objective is RTO, RPO, or empty for both.
	Objective string `json:"objective,omitempty"`
	Text      string `json:"text"`
}

// Identity says what was tested, by what plan and with what.
type Identity struct {
	Kind            rto.DrillKind `json:"kind"`
	State           rto.State     `json:"state"`
	Scenario        rto.Scenario  `json:"scenario"`
	Plan            string        `json:"plan"`
	PlanVersion     string        `json:"plan_version,omitempty"`
	PlanSHA256      string        `json:"plan_sha256,omitempty"`
	ToolVersion     string        `json:"tool_version,omitempty"`
	From            string        `json:"from_region,omitempty"`
	To              string        `json:"to_region,omitempty"`
	Store           string        `json:"store,omitempty"`
	Replica         string        `json:"replica,omitempty"`
	Scope           string        `json:"scope,omitempty"`
	Excluded        []string      `json:"excluded,omitempty"`
	Began           rto.Moment    `json:"began"`
	Ended           rto.Moment    `json:"ended,omitzero"`
	FailedBack      rto.Moment    `json:"failed_back,omitzero"`
	StartedBy       string        `json:"started_by,omitempty"`
	ProbeStability  rto.Stability `json:"stability"`
	SamplerInterval time.Duration `json:"sampler_interval_ns"`
}

// Statement is a question about the drill and its answer: yes, no or not stated.
type Statement struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Time is the recovery time: from the failure to the begin of the recovery that lasted.
type Time struct {
	Objective time.Duration `json:"objective_ns"`
	Verdict   rto.Verdict   `json:"verdict"`
	Took      rto.Bracket   `json:"took"`
	// Failed is T0, and Basis what it rests on.
	Failed    rto.Moment  `json:"failed,omitzero"`
	Basis     string      `json:"basis,omitempty"`
	Refs      []string    `json:"refs,omitempty"`
	Partial   rto.Moment  `json:"partial,omitzero"`
	Recovered rto.Moment  `json:"recovered,omitzero"`
	Stable    rto.Instant `json:"stable,omitempty"`
	Paths     []PathLine  `json:"paths"`
}

// PathLine is what one vantage point's probes of a critical path say.
type PathLine struct {
	Path      string        `json:"path"`
	Vantage   string        `json:"vantage,omitempty"`
	Failed    rto.Moment    `json:"failed,omitzero"`
	FirstGood rto.Moment    `json:"first_good,omitzero"`
	Recovered rto.Moment    `json:"recovered,omitzero"`
	Down      rto.Bracket   `json:"down"`
	Flaps     int           `json:"flaps"`
	Hole      time.Duration `json:"hole_ns"`
	// Late counts bad results that say nothing, because who probed was held up.
	Late int `json:"late,omitempty"`
	// Relapses counts runs of bad results, as long as a recovery's run of good ones must be, after the recovery was called stable.
	Relapses int `json:"relapses"`
}

// Point is the recovery point: what was lost of the store that was promoted.
type Point struct {
	Objective time.Duration `json:"objective_ns"`
	Verdict   rto.Verdict   `json:"verdict"`
	Store     string        `json:"store,omitempty"`
	Replica   string        `json:"replica,omitempty"`
	// Position names which position was kept, received or applied, and Kept is that position.
	Position rto.Side     `json:"position,omitempty"`
	Kept     rto.Position `json:"kept,omitzero"`
	// OldestLost and Commits are the two definitions; Judged is the one that is stricter, by name.
	OldestLost rto.Bracket `json:"oldest_lost"`
	Commits    rto.Bracket `json:"last_commits"`
	Judged     string      `json:"judged"`
	// Exact says that the brackets come from the old source's own log.
	Exact bool `json:"exact"`
	// Ledger keeps the brackets as they were before the manifest; Drained and AtOnce are the losses had the survivor been promoted after draining
	// its relay log, or at once.
	Ledger  rto.Bracket  `json:"ledger"`
	Choices []SideLoss   `json:"choices,omitempty"`
	Drain   *DrainChoice `json:"drain,omitempty"`
	// Transactions known to be lost: exact with a manifest, at least so many without.
	Transactions      *uint64         `json:"transactions,omitempty"`
	TransactionsExact bool            `json:"transactions_exact"`
	Canary            *CanaryLoss     `json:"canary,omitempty"`
	Tables            []rto.TableLoss `json:"tables,omitempty"`
	// SplitWrites are transactions that the old source was seen to have after the failure and not at the last look before it. Those between
	// that look and the failure are among them.
	SplitWrites uint64   `json:"split_writes"`
	Refs        []string `json:"refs,omitempty"`
	Manifest    *Exact   `json:"manifest,omitempty"`
}

// SideLoss is what would be lost with one position of the survivor.
type SideLoss struct {
	Position     rto.Side     `json:"position"`
	At           rto.Position `json:"at,omitzero"`
	Window       rto.Bracket  `json:"window"`
	Commits      rto.Bracket  `json:"last_commits"`
	Transactions uint64       `json:"transactions"`
	Kept         bool         `json:"kept"`
}

// DrainChoice weighs promoting at once against draining the relay log first.
type DrainChoice struct {
	// Backlog is what lay in the relay log at the failure, in transactions; Rate what the replica applied, in transactions a second, over the last
	// minute in which it applied any; Estimate what draining would have cost of the recovery time. The last two are estimates and may be absent.
	Backlog  uint64         `json:"backlog"`
	Rate     *float64       `json:"rate,omitempty"`
	Estimate *time.Duration `json:"estimate_ns,omitempty"`
}

// CanaryLoss is what happened to the tracker's own writes.
type CanaryLoss struct {
	Acknowledged uint64     `json:"acknowledged"`
	Lost         uint64     `json:"lost"`
	Uncertain    uint64     `json:"uncertain"`
	OldestLost   rto.Moment `json:"oldest_lost,omitzero"`
}

// Exact is what the old source's log says, on the tracker's clock.
type Exact struct {
	Server     string        `json:"server,omitempty"`
	Oldest     rto.Moment    `json:"oldest,omitzero"`
	Newest     rto.Moment    `json:"newest,omitzero"`
	Resolution time.Duration `json:"resolution_ns"`
	Offset     time.Duration `json:"clock_offset_ns"`
	Error      time.Duration `json:"clock_error_ns"`
	OffsetFrom string        `json:"clock_offset_from"`
	// Inside says whether the ledger's bracket holds the exact value.
	Inside bool `json:"ledger_agrees"`
}

// PhaseLine is a phase, measured and judged against its budget.
type PhaseLine struct {
	rto.PhaseTime
	// Judged is empty without a budget.
	Judged rto.Verdict `json:"verdict,omitempty"`
}

// CriticalPath is the longest chain of steps, by the plan and as it was.
type CriticalPath struct {
	Planned      time.Duration `json:"planned_ns"`
	PlannedSteps []string      `json:"planned_steps"`
	Took         rto.Bracket   `json:"took"`
	TookSteps    []string      `json:"took_steps,omitempty"`
	Steps        []StepLine    `json:"steps"`
}

// StepLine is one step of the plan.
type StepLine struct {
	ID     string        `json:"id"`
	Title  string        `json:"title"`
	Owner  string        `json:"owner"`
	Phase  rto.Phase     `json:"phase"`
	Budget time.Duration `json:"budget_ns"`
	Begun  rto.Moment    `json:"begun,omitzero"`
	Done   rto.Moment    `json:"done,omitzero"`
	Took   rto.Bracket   `json:"took"`
	By     string        `json:"by,omitempty"`
	// Planned and Real say whether the step is on the plan's critical chain, and on that which was measured.
	Planned bool `json:"planned_critical"`
	Real    bool `json:"real_critical"`
}

// Entry is one line of the timeline.
type Entry struct {
	At     rto.Moment  `json:"at"`
	Noted  rto.Instant `json:"noted,omitempty"`
	What   string      `json:"what"`
	Text   string      `json:"text,omitempty"`
	Author string      `json:"author,omitempty"`
	Source string      `json:"source,omitempty"`
	Refs   []string    `json:"refs,omitempty"`
	// Late says that it was taken down more than a minute after it happened.
	Late bool `json:"late,omitempty"`
}

// Attendance is a person and when they joined.
type Attendance struct {
	Name   string     `json:"name"`
	Role   string     `json:"role"`
	Joined rto.Moment `json:"joined"`
	// After is how long after the failure that was; unbounded if the failure is not known or the person was there before.
	After rto.Bracket `json:"after"`
	Refs  []string    `json:"refs,omitempty"`
}
