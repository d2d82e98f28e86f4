package rto

import "time"

// RecordKind is the kind of a record in the evidence log, with the Go type of its body.
type RecordKind string

// The kinds of evidence.
const (
	RecordSession RecordKind = "session" // Session
	RecordLook    RecordKind = "look"    // Look
	RecordDrill   RecordKind = "drill"   // DrillEvent
	RecordAlert   RecordKind = "alert"   // AlertSeen
	RecordClock   RecordKind = "clock"   // ClockStep
	RecordHole    RecordKind = "hole"    // Hole
)

// Session begins each run of a tracker.
type Session struct {
	Vantage string  `json:"vantage"` // where this tracker runs: a name of its configuration
	Version string  `json:"version"`
	Began   Instant `json:"began"`
	// BootID tells sessions of one boot, whose monotonic clocks agree, from others.
	BootID string `json:"boot_id,omitempty"`
	// Elapsed is the time since that boot at Began: a later session of it goes on with this one's clock.
	Elapsed      time.Duration `json:"elapsed_ns,omitempty"`
	ConfigSHA256 string        `json:"config_sha256"`
}

// Look is everything that was seen since the look before: one record a flush, so that a second costs one write and not one for each replica.
type Look struct {
	Until    Instant         `json:"until"`
	Sources  []SourceSample  `json:"sources,omitempty"`
	Replicas []ReplicaSample `json:"replicas,omitempty"`
	Stocks   []StockSample   `json:"stocks,omitempty"`
	Probes   []ProbeResult   `json:"probes,omitempty"`
}

// ClockStep is a step of the wall clock away from the tracker's own.
type ClockStep struct {
	At     Instant       `json:"at"`
	Offset time.Duration `json:"offset_ns"` // wall clock less tracker's clock
}

// Hole is time in which the tracker did not look: it was down, stopped, or starved. It is never good time.
type Hole struct {
	From  Instant `json:"from"`
	To    Instant `json:"to"`
	Cause string  `json:"cause"` // restart, starved, disk
}
