// Package tracker is the service that follows recovery objectives: it has servers and critical paths looked at, writes down what was seen
// before it counts it, and keeps the record of drills. It computes nothing itself (internal/rto does), knows no wire protocol, and serves no
// page: what looks, writes and shows is handed to it.
package tracker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// Source looks at the server that takes a store's writes. It returns within the context's deadline, also from a server that hangs.
type Source interface {
	Source(ctx context.Context) rto.SourceSample
}

// Replica looks at a server that would survive; as Source.
type Replica interface {
	Replica(ctx context.Context) rto.ReplicaSample
}

// Stock looks at a store of which nothing is replicated; as Source.
type Stock interface {
	Look(ctx context.Context) rto.StockSample
}

// Prober probes one critical path; as Source.
type Prober interface {
	Probe(ctx context.Context) rto.ProbeResult
}

// Journal is where evidence is written. Append returns when the record is safe on disk, or with an error if it is not.
type Journal interface {
	Append(ctx context.Context, kind rto.RecordKind, at rto.Instant, body any) error
}

// StoreWatch is one replicated store and who looks at its servers.
type StoreWatch struct {
	Name     string // as in the spec
	Server   string // name of the source
	Source   Source
	Replicas map[string]Replica // by the replica's name
	// Canary writes to the source, nil does not; CanaryName is what its writes are called where samples are counted by server.
	Canary     Canary
	CanaryName string
	Interval   time.Duration
	Timeout    time.Duration
}

// StockWatch is one store without replication.
type StockWatch struct {
	Name     string
	Stock    Stock
	Interval time.Duration
	Timeout  time.Duration
}

// PathWatch is one critical path and who probes it.
type PathWatch struct {
	rto.Path
	Prober Prober
}

// Options are what a service is made of.
type Options struct {
	Vantage   string
	Version   string
	Recovery  spec.Recovery
	Stores    []StoreWatch
	Stocks    []StockWatch
	Paths     []PathWatch
	Stability rto.Stability
	// Expected are the alerts that must fire when the region is lost.
	Expected []rto.ExpectedAlert
	Journal  Journal
	Now      func() rto.Instant
	// Offset is the wall clock less the tracker's own; nil if nobody compares them.
	Offset func() time.Duration
	Logger *slog.Logger
	// From and To are the regions between which the failover goes.
	From, To string
	// Hooks run steps of the plan that commands do, by the step's id.
	Hooks map[string]Hook
	// Maintenance tells of each objective whether its events count for nothing now; nil where no objectives are followed.
	Maintenance func() map[string]bool
}

// Service is the tracker. Its methods may be called from many goroutines.
type Service struct {
	o Options

	mu      sync.Mutex // guards what follows; never held while a server is asked or evidence is written
	view    *view
	pending rto.Look
	tallies *tallies
	health  health
	alerts  []rto.AlertSeen
	shares  []Share
	traps   []Trap

	flushMu sync.Mutex // held while looks are written, so that they stand in the log in their order

	drillMu sync.Mutex // held while an event is checked, written and applied, so that the log has the order in which they count
	// readMu is held by those who change drills, besides drillMu, for as long as that takes in memory, and by those who read them. So a disk
	// that hangs in a write hides neither the exposure nor the drill from those who look.
	readMu sync.RWMutex
	drills drills

	notify notifier
}

// health is what the service knows of its own work.
type health struct {
	writable bool
	records  uint64
	holes    time.Duration
	lastLook rto.Instant
	lastWarn string
	offset   time.Duration   // of the wall clock, as it was last written down
	newest   rto.Instant     // by the tracker's own clock
	wentBack []rto.ClockStep // of that clock, not yet written down
}

// New makes a service that has seen nothing yet.
func New(o Options) (*Service, error) {
	if o.Now == nil || o.Journal == nil || o.Logger == nil {
		return nil, fmt.Errorf("a tracker needs a clock, a journal and a logger")
	}
	for _, w := range o.Stores {
		if _, ok := storeOf(o.Recovery, w.Name); !ok {
			return nil, fmt.Errorf("the spec has no store %q", w.Name)
		}
	}
	s := &Service{o: o, view: newView(o), drills: newDrills()}
	s.tallies = newTallies(o)
	s.health.writable = true
	return s, nil
}

func storeOf(r spec.Recovery, name string) (spec.Store, bool) {
	for _, s := range r.Stores {
		if s.Name == name {
			return s, true
		}
	}
	return spec.Store{}, false
}
