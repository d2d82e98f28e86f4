package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Limits are two thresholds of one measure: above Warn for a time opens a ticket, above Page for as long wakes somebody.
// Both are shares from 0 to 1 unless the field that holds them says otherwise.
type Limits struct {
	Warn, Page float64
	For        time.Duration
	Pos        diag.Position
}

// Floor is a share, from 0 to 1, of something that must stay free.
type Floor struct {
	Free float64
	For  time.Duration
}

// KamailioThresholds are the limits at which the Kamailio tier alerts.
type KamailioThresholds struct {
	DownFor time.Duration // how long a proxy must be down before it pages
	// RestartsAnHour is how many restarts in an hour are no longer a deployment but a crash that repeats.
	RestartsAnHour int
	// Capacity is of the calls that the tier carries with one node lost (N-1).
	Capacity Limits
	// Connections are open TCP and TLS connections as a share of what Kamailio accepts.
	Connections   Limits
	SharedMemory  Floor
	PrivateMemory Floor
	// LeakWithin is the time within which a process's private memory, growing as it does, must not fill its pool.
	LeakWithin time.Duration
	// ReadyWithin is how long a Kamailio process may take for its start.
	ReadyWithin time.Duration
	WorkerQueue WorkerQueue
	Certificate Expiry
	// SetDownFor and TargetDownFor are how long a dispatcher set must have no target, and a target be given up.
	SetDownFor, TargetDownFor time.Duration
	// RegistrationDownFor is how long a registration of Kamailio at another server must not hold.
	RegistrationDownFor time.Duration
	// RelaysDownFor is how long Kamailio must see no media relay of a set that it would use.
	RelaysDownFor time.Duration
	// NeighbourDownFor is how long a DMQ node must be away.
	NeighbourDownFor time.Duration
	Pos              diag.Position
}

// WorkerQueue is when the queue of packets in front of the SIP workers is too long.
type WorkerQueue struct {
	Bytes          int64   // that wait in the kernel all the time
	DropsPerSecond float64 // packets that the kernel drops because the queue is full, from which on it pages
	For            time.Duration
}

// Expiry is how long before its end something must be renewed.
type Expiry struct{ Warn, Page time.Duration }

// RTPEngineThresholds are the limits at which the RTPEngine tier alerts.
type RTPEngineThresholds struct {
	DownFor        time.Duration // how long an engine must be down before it pages
	RestartsAnHour int
	// Capacity is of the media streams that the tier carries with one node lost (N-1).
	Capacity Limits
	// OwnLimits are sessions, open files and bandwidth as a share of the limits that an engine itself has.
	OwnLimits Limits
	// Ports are port pairs in use as a share of the pool.
	Ports Limits
	// Offers are offers that ended without media ports as a share of all.
	Offers Limits
	// ControlErrors are commands that an engine refused as a share of all.
	ControlErrors Limits
	// MinFailures is the number of failed offers, refused commands or silent calls below which no share of them counts.
	MinFailures int
	Offload     Offload
	// OneWay and NoPackets are ended calls with packets in one direction only, and with none, as a share of all.
	OneWay, NoPackets Limits
	Quality           Quality
	// ViewDiffersFor is how long a proxy and an engine must disagree about whether the engine is well.
	ViewDiffersFor time.Duration
	Pos            diag.Position
}

// Offload is when too many streams have left the kernel's fast path.
type Offload struct {
	Lost       float64 // by how much the share of streams in userspace may rise against an hour ago
	MinStreams int     // below this many streams no share counts
	For        time.Duration
}

// Quality is when media are heard to be bad.
type Quality struct {
	MOS        float64 // a stream below is poor: 1 to 5, and a bucket bound of the exporter's histogram
	MOSPos     diag.Position
	Poor       Limits        // share of the sampled streams that are poor
	Loss       float64       // mean share of packets lost, 0 to 1
	Jitter     time.Duration // mean
	MinReports int           // below this many reports or sampled streams in the window nothing is judged
}
