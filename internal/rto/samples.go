package rto

import "time"

// Outcome is how a question to a server ended.
type Outcome string

// The outcomes of a question. Anything but OK leaves the answer's fields empty; none is ever filled with 0.
const (
	OK        Outcome = "ok"
	TimedOut  Outcome = "timeout"   // no answer within the time limit: the peer may hang or the network may swallow
	Refused   Outcome = "refused"   // nobody listens
	Denied    Outcome = "denied"    // the server answers and refuses to do this: no right, read-only, still loading
	Broken    Outcome = "transport" // the connection broke or could not be made
	Malformed Outcome = "decode"    // the answer makes no sense
	Unfit     Outcome = "unfit"     // the peer answered and is not set up so that its answer proves anything: GTIDs or the binlog are off
)

// SourceSample is one look at the server that takes the writes: one tick of the GTID clock. Send and Recv bracket the moment at which
// the position was read.
type SourceSample struct {
	Store   string   `json:"store"`
	Server  string   `json:"server,omitempty"` // server_uuid, or MariaDB's server_id: who answered
	Send    Instant  `json:"send"`
	Recv    Instant  `json:"recv"`
	Outcome Outcome  `json:"outcome"`
	At      Position `json:"at,omitzero"`
	// ReadOnly says that the server refused writes when asked: it is fenced, or is no source.
	ReadOnly bool `json:"read_only,omitempty"`
	// Clock is server time less tracker time, with the error that the round trip leaves (Cristian 1989: half of it).
	Clock *ClockOffset `json:"clock,omitempty"`
}

// ReplicaSample is one look at a server that would survive.
type ReplicaSample struct {
	Store   string  `json:"store"`
	Replica string  `json:"replica"`
	Server  string  `json:"server,omitempty"`
	Send    Instant `json:"send"`
	Recv    Instant `json:"recv"`
	Outcome Outcome `json:"outcome"`
	// Applied is what a reader of the replica sees; it takes no privilege to ask.
	Applied Position `json:"applied,omitzero"`
	// Received is applied plus what lies in the relay log. ReceivedKnown is false without the privilege to ask: Received is then empty.
	Received      Position `json:"received,omitzero"`
	ReceivedKnown bool     `json:"received_known,omitempty"`
	// Log is what the server's own log holds where that is more than Applied: on MariaDB, writes that were made on it.
	Log       Position     `json:"log,omitzero"`
	ReadOnly  bool         `json:"read_only,omitempty"`
	Threads   *Threads     `json:"threads,omitempty"`
	Estimates Estimates    `json:"estimates,omitzero"`
	Clock     *ClockOffset `json:"clock,omitempty"`
}

// Written is all that was written on the server or applied by it: it grows by the first write after a promotion.
func (r ReplicaSample) Written() Position { return r.Applied.Union(r.Log) }

// Threads is what the replica says of its own replication.
type Threads struct {
	Receiving string `json:"receiving"` // Yes, No, Connecting, or MariaDB's Preparing
	Applying  string `json:"applying"`  // Yes or No
	// LastError is the number of the newest error of either thread; its text may hold data and is not kept.
	LastError int `json:"last_error,omitempty"`
}

// Estimates are the numbers that others go by, for comparison only: nothing is proven by them. Nil is "said nothing".
type Estimates struct {
	SecondsBehind *float64 `json:"seconds_behind_s,omitempty"`
	Heartbeat     *float64 `json:"heartbeat_s,omitempty"`
	// QueuedAge and AppliedAge are now less the original commit time of the last transaction received and applied (performance_schema).
	QueuedAge  *float64 `json:"queued_age_s,omitempty"`
	AppliedAge *float64 `json:"applied_age_s,omitempty"`
	// Cloud is the provider's own metric (Cloud SQL's replica_lag); negative there means "not replicating".
	Cloud *float64 `json:"cloud_s,omitempty"`
}

// ClockOffset is a server's clock less the tracker's.
type ClockOffset struct {
	Offset time.Duration `json:"offset_ns"`
	Error  time.Duration `json:"error_ns"`
}

// StockSample is what a store without replication across regions would lose at that moment: all that it holds.
type StockSample struct {
	Store   string  `json:"store"`
	Node    string  `json:"node,omitempty"`
	Send    Instant `json:"send"`
	Recv    Instant `json:"recv"`
	Outcome Outcome `json:"outcome"`
	// AtRisk counts by kind: keys, calls, messages_ready, messages_unacked, unsynced_mirrors, bytes_behind, ...
	AtRisk map[string]float64 `json:"at_risk,omitempty"`
	// OldestAge is the age of the oldest element at risk, in seconds; nil if it cannot be told.
	OldestAge *float64 `json:"oldest_age_s,omitempty"`
	Role      string   `json:"role,omitempty"`
	// Facts are what else the node says of itself, in base units: replicas, link_up (1 or 0), link_silent_s, offset_bytes, ...
	Facts map[string]float64 `json:"facts,omitempty"`
}

// Grade is how far a probe's answer proves service (recovery evidence 2.5): "answered" is not "serves".
type Grade int

// The grades. SIP's are those of the SIP prober; other protocols use the highest that they reach.
const (
	NoAnswer   Grade = 0
	Answered   Grade = 1 // any answer: SIP OPTIONS with any code, HTTP with any status, a TCP handshake
	Accepted   Grade = 2 // the answer is good: 2xx, a DNS answer that holds the wanted address
	Registered Grade = 3 // state was read or written: SIP REGISTER, a read of the database
	Served     Grade = 4 // the whole service: a call with media both ways, a write read back
)

// ProbeResult is one probe of a critical path from one vantage point.
type ProbeResult struct {
	Path    string  `json:"path"`
	Vantage string  `json:"vantage,omitempty"`
	Send    Instant `json:"send"`
	Recv    Instant `json:"recv"`
	Outcome Outcome `json:"outcome"`
	Grade   Grade   `json:"grade"`
	// Good says that the wanted grade was reached and, where a region was wanted, that the answer came from it.
	Good bool `json:"good"`
	// Region is who answered: a header, a server's name or UUID. A probe that the dying region serves is no recovery.
	Region string `json:"region,omitempty"`
	// Code is the protocol's own: a SIP or HTTP status, a DNS rcode. 0 without an answer.
	Code int `json:"code,omitempty"`
	// TTL is what a DNS answer may still be cached for.
	TTL time.Duration `json:"ttl_ns,omitempty"`
	// Held is, where no answer came, for how long at a stretch who probed was not let run meanwhile: a busy or suspended host of the tracker.
	Held time.Duration `json:"held_ns,omitempty"`
	// Detail is one plain clause for people, without data of the peer.
	Detail string `json:"detail,omitempty"`
}
