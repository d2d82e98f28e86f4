package report

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// AlertAudit says which alerts did what they are there for.
type AlertAudit struct {
	Expected []AlertLine `json:"expected,omitempty"`
	// Others fired during the drill without being expected.
	Others []AlertLine `json:"others,omitempty"`
	// Notified is the first notification that a person could see; only one of an expected alert counts, if any is expected.
	Notified   rto.Moment `json:"notified,omitzero"`
	NotifiedBy string     `json:"notified_by,omitempty"`
}

// AlertLine is one alert. The zero Instant is "not seen".
type AlertLine struct {
	Name     string            `json:"name"`
	Labels   map[string]string `json:"labels,omitempty"`
	Outcome  string            `json:"outcome"`
	Active   rto.Instant       `json:"active_at,omitempty"`
	Fired    rto.Instant       `json:"fired_at,omitempty"`
	Polled   rto.Instant       `json:"polled_at,omitempty"`
	Received rto.Instant       `json:"received_at,omitempty"`
	Resolved rto.Instant       `json:"resolved_at,omitempty"`
	Muted    bool              `json:"muted,omitempty"`
	// After is from the failure to the notification.
	After rto.Bracket `json:"after"`
	// ForCost and GroupCost are what the rule's `for` and Alertmanager's group_wait added to the detection; nil if not known. Configured is the rule's
	// `for` as the plan has it.
	ForCost    *time.Duration `json:"for_cost_ns,omitempty"`
	GroupCost  *time.Duration `json:"group_cost_ns,omitempty"`
	Configured time.Duration  `json:"for_ns,omitempty"`
	Refs       []string       `json:"refs,omitempty"`
}

// The outcomes of an expected alert.
const (
	AlertReceived    = "received"
	AlertNotReceived = "fired, never received"
	AlertNever       = "never fired"
	AlertBefore      = "was firing before the failure"
	AlertFired       = "fired"
)

// ProbeLine is one path from one vantage point, before, during and after the outage.
type ProbeLine struct {
	Path    string    `json:"path"`
	Vantage string    `json:"vantage,omitempty"`
	Want    rto.Grade `json:"want"`
	Region  string    `json:"region,omitempty"`
	Before  ProbeCell `json:"before"`
	During  ProbeCell `json:"during"`
	After   ProbeCell `json:"after"`
	// Elsewhere counts results after the failure whose grade was good and whose region was not: false recoveries.
	Elsewhere int `json:"elsewhere"`
}

// ProbeCell counts results. Grades[g] is how many reached grade g and no higher.
type ProbeCell struct {
	Results int      `json:"results"`
	Good    int      `json:"good"`
	Grades  [5]int   `json:"grades"`
	Regions []Region `json:"regions,omitempty"`
}

// Region is who answered, and how often.
type Region struct {
	Name    string `json:"name"`
	Results int    `json:"results"`
}

// Estimator is what another way of measuring said at the failure, beside what is proven.
type Estimator struct {
	Name     string      `json:"name"`
	Position rto.Side    `json:"position"`
	Said     *float64    `json:"said_s,omitempty"`
	At       rto.Instant `json:"at,omitempty"`
	Proven   rto.Bracket `json:"proven"`
	// Judged: inside, below, above or silent, as compared with the bracket of the same moment.
	Judged string `json:"judged"`
	// Error is what it said less the exact loss, in seconds; nil without a manifest.
	Error *float64 `json:"error_s,omitempty"`
}

// StoreLine is one store: what can be proven of it, and what it held when the failure came.
type StoreLine struct {
	Store     string      `json:"store"`
	System    string      `json:"system,omitempty"`
	Proven    string      `json:"proven"`
	Statement string      `json:"statement,omitempty"`
	Gap       bool        `json:"gap"`
	Stocks    []StockLine `json:"stocks,omitempty"`
}

// StockLine is what one node held at the failure.
type StockLine struct {
	Node string `json:"node,omitempty"`
	Kind string `json:"kind"`
	// Count is what was at risk, of Kind; OldestAge in seconds.
	Count     float64       `json:"count"`
	OldestAge *float64      `json:"oldest_age_s,omitempty"`
	Seen      rto.Instant   `json:"seen"`
	Before    time.Duration `json:"before_failure_ns"`
	Ref       string        `json:"ref"`
}

// ClockQuality is how far the times can be trusted.
type ClockQuality struct {
	Servers []ServerClock `json:"servers,omitempty"`
	Steps   []ClockStep   `json:"steps,omitempty"`
	// Between are the differences of two vantage points' clocks, by servers that both asked.
	Between  []VantageClock `json:"between,omitempty"`
	Sessions []SessionLine  `json:"sessions"`
}

// ServerClock is a server's clock less the tracker's.
type ServerClock struct {
	Server   string        `json:"server"`
	Vantage  string        `json:"vantage,omitempty"`
	Samples  int           `json:"samples"`
	Min      time.Duration `json:"min_ns"`
	Median   time.Duration `json:"median_ns"`
	Max      time.Duration `json:"max_ns"`
	MaxError time.Duration `json:"max_error_ns"`
}

// VantageClock is one vantage point's clock less another's.
type VantageClock struct {
	One    string        `json:"one"`
	Other  string        `json:"other"`
	Offset time.Duration `json:"offset_ns"`
	Error  time.Duration `json:"error_ns"`
	By     string        `json:"by"`
}

// ClockStep is a step of a vantage point's wall clock.
type ClockStep struct {
	Vantage string        `json:"vantage,omitempty"`
	At      rto.Instant   `json:"at"`
	Offset  time.Duration `json:"offset_ns"`
	Ref     string        `json:"ref"`
}

// SessionLine is one run of a tracker.
type SessionLine struct {
	Vantage      string      `json:"vantage"`
	Version      string      `json:"version"`
	Began        rto.Instant `json:"began"`
	BootID       string      `json:"boot_id,omitempty"`
	ConfigSHA256 string      `json:"config_sha256"`
	Ref          string      `json:"ref"`
}

// HoleLine is time in which something was not looked at.
type HoleLine struct {
	From    rto.Instant   `json:"from"`
	To      rto.Instant   `json:"to"`
	Took    time.Duration `json:"took_ns"`
	What    string        `json:"what"`
	Vantage string        `json:"vantage,omitempty"`
	Cause   string        `json:"cause"`
	// Critical is the part of it between the failure and the end of verification.
	Critical time.Duration `json:"critical_ns"`
	Ref      string        `json:"ref,omitempty"`
}

// FindingLine is a finding of this drill, or one that an earlier drill left open.
type FindingLine struct {
	rto.Finding
	From  string `json:"from"`
	State string `json:"state"` // open, closed, or what this drill measured of it
}

// PhaseTrend is one phase in this drill and in earlier ones.
type PhaseTrend struct {
	Phase   rto.Phase   `json:"phase"`
	Now     rto.Bracket `json:"now"`
	Earlier []TrendItem `json:"earlier"`
	// P50 and P90 are of the earlier drills' upper edges, by nearest rank; nil without any.
	P50 *time.Duration `json:"p50_ns,omitempty"`
	P90 *time.Duration `json:"p90_ns,omitempty"`
}

// TrendItem is the phase in one earlier drill.
type TrendItem struct {
	Drill string      `json:"drill"`
	Took  rto.Bracket `json:"took"`
}

// ControlLine is one requirement of a standard and where the evidence for it is.
type ControlLine struct {
	Standard string `json:"standard"`
	Control  string `json:"control"`
	Asks     string `json:"asks"`
	Shown    bool   `json:"shown"`
	// Shows says what the records show of it; Missing what they do not.
	Shows   string   `json:"shows,omitempty"`
	Missing string   `json:"missing,omitempty"`
	Refs    []string `json:"refs,omitempty"`
}

// Index names the evidence.
type Index struct {
	Records int           `json:"records"`
	Samples Samples       `json:"samples"`
	Chains  []Chain       `json:"chains"`
	Named   []NamedRecord `json:"named"`
}

// Samples counts what the looks hold.
type Samples struct {
	Source  int `json:"source"`
	Replica int `json:"replica"`
	Stock   int `json:"stock"`
	Probe   int `json:"probe"`
}

// Chain is one vantage point's part of the evidence: its log from the first to the last record, whose hashes bind all between.
type Chain struct {
	Vantage   string `json:"vantage"`
	First     uint64 `json:"first_seq"`
	Last      uint64 `json:"last_seq"`
	Records   int    `json:"records"`
	FirstHash string `json:"first_hash"`
	LastHash  string `json:"last_hash"`
	// SHA256 is over all records as they were read, bodies included.
	SHA256 string `json:"sha256"`
}

// NamedRecord is a record that is no look, with its hash.
type NamedRecord struct {
	Ref  string         `json:"ref"`
	At   rto.Instant    `json:"at"`
	Kind rto.RecordKind `json:"kind"`
	What string         `json:"what,omitempty"`
	Hash string         `json:"hash"`
}

// Curve is the exposure over time, as the tracker saw it live.
type Curve struct {
	From     rto.Instant `json:"from,omitempty"`
	To       rto.Instant `json:"to,omitempty"`
	Failed   rto.Moment  `json:"failed,omitzero"`
	Promoted rto.Moment  `json:"promoted,omitzero"`
	Points   []Exposed   `json:"points,omitempty"`
}

// Exposed is one point of the curve.
type Exposed struct {
	At       rto.Instant `json:"at"`
	Received rto.Bracket `json:"received"`
	Applied  rto.Bracket `json:"applied"`
}
