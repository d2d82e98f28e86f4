package rto

import "time"

// DrillKind is how much of the real thing a drill is.
type DrillKind string

// The kinds (NIST SP 800-84): a tabletop talks, a partial drill touches some systems, a full one all; real is no drill.
const (
	Tabletop DrillKind = "tabletop"
	Partial  DrillKind = "partial"
	Full     DrillKind = "full"
	Real     DrillKind = "real"
)

// EventKind is what happened in a drill.
type EventKind string

// The events of a drill.
const (
	EventStarted     EventKind = "started"
	EventInjected    EventKind = "injected" // the failure was made: T0 of a drill
	EventDeclared    EventKind = "declared" // somebody decided that this is a disaster
	EventStepBegun   EventKind = "step_begun"
	EventStepDone    EventKind = "step_done"
	EventFenced      EventKind = "fenced"   // the old source provably takes no writes
	EventPromoted    EventKind = "promoted" // the survivor takes writes
	EventRestored    EventKind = "restored" // data are back as they were at a point in time
	EventHook        EventKind = "hook"
	EventJoined      EventKind = "joined" // a person takes part
	EventApproved    EventKind = "approved"
	EventNote        EventKind = "note"
	EventDeviation   EventKind = "deviation" // something was done otherwise than the plan says
	EventAborted     EventKind = "aborted"
	EventEnded       EventKind = "ended"
	EventFailback    EventKind = "failback"       // the way back began
	EventFailedBack  EventKind = "failed_back"    // the old region serves again
	EventFinding     EventKind = "finding"        // something is to be mended
	EventManifest    EventKind = "manifest"       // the old source's log was read
	EventCanary      EventKind = "canary"         // a write that was acknowledged, and whether the survivor has it
	EventFindingDone EventKind = "finding_closed" // a later measurement shows that it was
)

// EventSource is who took an event down.
type EventSource string

// The sources of events.
const (
	ByPerson       EventSource = "person"
	ByProbe        EventSource = "probe"
	BySampler      EventSource = "sampler"
	ByAlertmanager EventSource = "alertmanager"
	ByHook         EventSource = "hook"
	ByTracker      EventSource = "tracker"
)

// DrillEvent is one entry of a drill's record. At is when it happened, Noted when the tracker took it down: what people enter later is
// late, and shows.
type DrillEvent struct {
	Drill  string      `json:"drill"`
	Kind   EventKind   `json:"kind"`
	At     Moment      `json:"at"`
	Noted  Instant     `json:"noted"`
	Author string      `json:"author,omitempty"`
	Source EventSource `json:"source"`
	Step   string      `json:"step,omitempty"`
	Text   string      `json:"text,omitempty"`

	Start     *DrillStart `json:"start,omitempty"`     // with EventStarted
	Promotion *Promotion  `json:"promotion,omitempty"` // with EventPromoted
	Restored  *Restored   `json:"restored,omitempty"`  // with EventRestored
	Hook      *HookRun    `json:"hook,omitempty"`      // with EventHook
	Joined    *Person     `json:"joined,omitempty"`    // with EventJoined
	Finding   *Finding    `json:"finding,omitempty"`   // with EventFinding and EventFindingDone
	Manifest  *Manifest   `json:"manifest,omitempty"`  // with EventManifest
	Canaries  *Canaries   `json:"canaries,omitempty"`  // with EventCanary
}

// DrillStart is all that a drill is judged by; it is copied into the record, so that later changes of the configuration change no report.
type DrillStart struct {
	Kind       DrillKind `json:"kind"`
	Scenario   Scenario  `json:"scenario"`
	Plan       Plan      `json:"plan"`
	PlanSHA256 string    `json:"plan_sha256,omitempty"`
	Paths      []Path    `json:"paths"`
	Stability  Stability `json:"stability"`
	// Store and Replica name what is to be promoted.
	Store    string          `json:"store,omitempty"`
	Replica  string          `json:"replica,omitempty"`
	Interval time.Duration   `json:"interval_ns"` // of the samplers
	Alerts   []ExpectedAlert `json:"alerts,omitempty"`
	Realism  Realism         `json:"realism"`
	Scope    string          `json:"scope,omitempty"`
	Excluded []string        `json:"excluded,omitempty"`
	From     string          `json:"from_region,omitempty"`
	To       string          `json:"to_region,omitempty"`
	Version  string          `json:"tool_version,omitempty"`
	// Coverage states for each store what the tracker can and cannot prove of it.
	Coverage []Coverage `json:"coverage,omitempty"`
}

// Realism says how much a drill was like a disaster (Google's DiRT practice); nil is "not stated".
type Realism struct {
	Announced         *bool `json:"announced,omitempty"`
	KeyPeopleExcluded *bool `json:"key_people_excluded,omitempty"`
	InjectedByTool    *bool `json:"injected_by_tool,omitempty"`
	PreScaled         *bool `json:"pre_scaled,omitempty"`
	RealTraffic       *bool `json:"real_traffic,omitempty"`
	FailbackDone      *bool `json:"failback_done,omitempty"`
}

// ExpectedAlert is an alert that must fire in this scenario.
type ExpectedAlert struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
	// For is the rule's own waiting time, which is part of the detection.
	For time.Duration `json:"for_ns,omitempty"`
}

// AlertSeen is one sighting of an alert in Alertmanager or by its webhook.
type AlertSeen struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels,omitempty"`
	Fingerprint string            `json:"fingerprint,omitempty"`
	// Starts is Prometheus' startsAt: when the alert fired, after its `for`.
	Starts Instant `json:"starts,omitempty"`
	// ActiveAt is when its expression became true, if Prometheus was asked.
	ActiveAt Instant `json:"active_at,omitempty"`
	// Polled is when Alertmanager first showed it, Received when a notification arrived: only then could a person know.
	Polled   Instant `json:"polled,omitempty"`
	Received Instant `json:"received,omitempty"`
	Resolved Instant `json:"resolved,omitempty"`
	Muted    bool    `json:"muted,omitempty"`
}

// Promotion is what is known of the survivor at the moment of its promotion.
type Promotion struct {
	Store   string `json:"store"`
	Replica string `json:"replica"`
	// Received and Before are the positions read just before, After that read when it took writes: equal to Received if it was drained.
	Received      Position `json:"received,omitzero"`
	ReceivedKnown bool     `json:"received_known,omitempty"`
	Before        Position `json:"before,omitzero"`
	After         Position `json:"after,omitzero"`
	FirstWrite    Moment   `json:"first_write,omitzero"`
}

// Restored says of which time a store's data are after a restore.
type Restored struct {
	Store string `json:"store,omitempty"`
	// Point is the time up to which everything that was acknowledged is in the copy.
	Point Instant `json:"point"`
}

// HookRun is a command that the tracker ran.
type HookRun struct {
	Command  []string      `json:"command"`
	Began    Instant       `json:"began"`
	Took     time.Duration `json:"took_ns"`
	Exit     int           `json:"exit"`
	TimedOut bool          `json:"timed_out,omitempty"`
	// Output is the end of what it printed, cut to a limit; OutputSHA256 is of all of it.
	Output       string `json:"output,omitempty"`
	OutputSHA256 string `json:"output_sha256,omitempty"`
	Cut          bool   `json:"cut,omitempty"`
}

// Person is somebody who takes part in a drill.
type Person struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// Finding is something that a drill showed and that is to be mended. It is closed by a later measurement, never by a statement.
type Finding struct {
	ID    string  `json:"id"`
	Title string  `json:"title"`
	Owner string  `json:"owner"`
	Due   Instant `json:"due,omitempty"`
	// Measure names what must improve: a phase, a verdict, a readiness trap; ClosedBy is the drill or doctor run that showed it.
	Measure  string `json:"measure,omitempty"`
	ClosedBy string `json:"closed_by,omitempty"`
}

// Manifest is what the fenced old source's own log says was lost: exact where the estimate was a bracket.
type Manifest struct {
	Store  string   `json:"store"`
	Server string   `json:"server,omitempty"`
	Kept   Position `json:"kept"` // the survivor's position at promotion
	Until  Position `json:"until,omitzero"`
	// Transactions lost, and the commit times of the oldest and the newest by the source's clock.
	Transactions uint64  `json:"transactions"`
	Oldest       Instant `json:"oldest,omitempty"`
	Newest       Instant `json:"newest,omitempty"`
	// Resolution of those times: 1 µs on MySQL 8, 1 s on MariaDB.
	Resolution time.Duration `json:"resolution_ns"`
	// Clock is the source's clock less the tracker's, to be taken off the times.
	Clock  *ClockOffset `json:"clock,omitempty"`
	Tables []TableLoss  `json:"tables,omitempty"`
}

// TableLoss is what was lost of one table, in rows.
type TableLoss struct {
	Table   string `json:"table"`
	Inserts uint64 `json:"inserts,omitempty"`
	Updates uint64 `json:"updates,omitempty"`
	Deletes uint64 `json:"deletes,omitempty"`
	// Statements counts statements whose rows the log does not tell (MIXED or STATEMENT format).
	Statements uint64 `json:"statements,omitempty"`
}

// Canaries are the tracker's own acknowledged writes around the failure.
type Canaries struct {
	Store        string `json:"store"`
	Acknowledged uint64 `json:"acknowledged"`
	Lost         uint64 `json:"lost"`
	// Uncertain were sent and never acknowledged; the survivor may or may not have them.
	Uncertain uint64 `json:"uncertain"`
	// OldestLost is when the oldest lost one was acknowledged.
	OldestLost Moment `json:"oldest_lost,omitzero"`
}

// Coverage is what can be proven of one store.
type Coverage struct {
	Store     string `json:"store"`
	System    string `json:"system"` // mysql, mariadb, redis, rabbitmq, gcs
	Proven    string `json:"proven"` // bracket, stock, published, none
	Statement string `json:"statement"`
	// Gap says that the store cannot meet the objective by design; it stands in every report.
	Gap bool `json:"gap,omitempty"`
}
