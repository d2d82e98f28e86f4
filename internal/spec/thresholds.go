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
	// LeakFor is how long it must look like that.
	LeakFor time.Duration
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
	// CollectorFailingFor is how long a part of the exporter may fail while the daemon answers.
	CollectorFailingFor time.Duration
	// CallsUncountedFor is how long a proxy that answers may count its calls in neither way.
	CallsUncountedFor time.Duration
	Pos               diag.Position
}

// WorkerQueue is when the queue of packets in front of the SIP workers is too long.
type WorkerQueue struct {
	Bytes          int64   // that wait in the kernel all the time
	DropsPerSecond float64 // packets that the kernel drops because the queue is full, from which on it pages
	For            time.Duration
}

// Expiry is how long before its end something must be renewed.
type Expiry struct {
	Warn, Page time.Duration
	For        time.Duration // how long it must be so: a certificate may be shown once more while it is exchanged
}

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
	// CollectorFailingFor is how long a part of the exporter may fail while the daemon answers.
	CollectorFailingFor time.Duration
	Pos                 diag.Position
}

// AsteriskThresholds are the limits at which the Asterisk tier alerts.
type AsteriskThresholds struct {
	DownFor        time.Duration
	RestartsAnHour int
	// Capacity is of the calls that a farm carries with one node lost (N-1).
	Capacity Limits
	// OwnLimits are channels as a share of maxcalls.
	OwnLimits Limits
	// BootedWithin is how long Asterisk may take to load its modules.
	BootedWithin time.Duration
	// GapsAnHour is how many lost connections to the manager interface in an hour are too many.
	GapsAnHour int
	// RegistrationDownFor is how long an outbound registration must not stand.
	RegistrationDownFor time.Duration
	// Endpoints is a regular expression over the names of endpoints that must be there: trunks and proxies, not phones. An empty
	// one watches none.
	Endpoints        string
	EndpointsDownFor time.Duration
	// ServiceDownFor is how long a required module or Stasis application must be missing.
	ServiceDownFor time.Duration
	// TasksFor is how long task processors must be above their high water mark.
	TasksFor time.Duration
	// Failures are channels that ended for want of resources or service, as a share of all.
	Failures    Limits
	MinFailures int
	Queue       QueueLimits
	// ChannelAge is the age beyond which a channel is stuck.
	ChannelAge time.Duration
	// ChannelAgeFor is how long there must be a channel that is stuck.
	ChannelAgeFor time.Duration
	Media         MediaLimits
	// SecurityEventsPerMinute is how many refused requests a minute, for ten minutes, are an attack.
	SecurityEventsPerMinute float64
	// SecurityEventsFor is how long they must be that many.
	SecurityEventsFor time.Duration
	ViewDiffersFor    time.Duration
	// CollectorFailingFor is how long a part of the exporter may fail while the daemon answers.
	CollectorFailingFor time.Duration
	Pos                 diag.Position
}

// QueueLimits are when callers in a queue wait in vain.
type QueueLimits struct {
	UnattendedFor time.Duration // callers wait and no member could ever answer
	LongestWait   time.Duration // of a caller
	WaitFor       time.Duration // how long somebody must wait longer than that
}

// MediaLimits are what the reports of the ends must not exceed.
type MediaLimits struct {
	Loss       float64       // mean share of packets, 0 to 1
	Jitter     time.Duration // mean
	MinReports int           // below this many reports in the window nothing is judged
	For        time.Duration
}

// SIPThresholds are the limits at which probes alert.
type SIPThresholds struct {
	FailedFor   time.Duration // how long probes must fail
	MissingFor  time.Duration // how long nothing must be known of a probe
	MOS         float64       // below it the probed calls sound bad, 1 to 5
	MOSFor      time.Duration
	Certificate Expiry
	Pos         diag.Position
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
