package spec

import (
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/rto"
)

// Recovery is spec/recovery.yaml: what is promised when a part of the platform is lost. It is empty where the folder has no such file.
type Recovery struct {
	Scenarios []RecoveryScenario
	Stores    []Store
	Trackers  Tier
	// Warn and Page are the exposure of a store's replica from which on a ticket is opened and somebody is woken.
	Warn, Page time.Duration
	// RegionDownFor is how long every critical path must be bad, seen from two trackers.
	RegionDownFor time.Duration
	// Owner answers for what is promised here; empty where nobody is named.
	Owner string
	// DrillEvery is the longest time between two rehearsals.
	DrillEvery time.Duration
	// TrapFor is how long a readiness trap may stand.
	TrapFor time.Duration
	// For is how long each of the other faults must last.
	For  RecoveryWaits
	Plan rto.Plan
	Pos  diag.Position
}

// RecoveryWaits are how long faults of what watches a recovery must last until they are told.
type RecoveryWaits struct {
	ProofMissing       time.Duration // no tracker says anything of the replica that takes over
	Unseen             time.Duration // a tracker does not see one of its servers
	Errant             time.Duration // the replica has transactions of its own
	TrackerDown        time.Duration // a tracker cannot be scraped
	EvidenceUnwritable time.Duration // a tracker cannot write down what it sees
	DrillOverdue       time.Duration // the last rehearsal is too long ago, or there was none
	DrillFailed        time.Duration // the last drill of a scenario missed an objective
	Pos                diag.Position
}

// RecoveryScenario is a kind of disaster with its objectives.
type RecoveryScenario struct {
	rto.Scenario
	Pos diag.Position
}

// Store is something that holds data.
type Store struct {
	Name   string
	System string // mysql, mariadb, redis, rabbitmq or gcs
	// Replica is the name of the one that takes over; empty where nothing is replicated in a way that could be proven.
	Replica string
	// Position is which of its positions counts.
	Position rto.Side
	// Published is the provider's own replication target, 0 where there is none.
	Published time.Duration
	// Statement says in words what is lost.
	Statement string
	Pos       diag.Position
}

// Replicated tells whether the exposure of the store can be proven.
func (s Store) Replicated() bool { return s.Replica != "" }

// Described tells whether the spec says anything of recovery.
func (r Recovery) Described() bool { return len(r.Scenarios) > 0 }

// Scenario finds a scenario by its name.
func (r Recovery) Scenario(name string) (RecoveryScenario, bool) {
	for _, s := range r.Scenarios {
		if s.Name == name {
			return s, true
		}
	}
	return RecoveryScenario{}, false
}

// RPO is the recovery point objective of the planned scenario.
func (r Recovery) RPO() time.Duration {
	s, _ := r.Scenario(r.Plan.Scenario)
	return s.RPO
}

// Coverage says of each store what can be proven of it.
func (r Recovery) Coverage() []rto.Coverage {
	out := make([]rto.Coverage, len(r.Stores))
	for i, s := range r.Stores {
		out[i] = rto.Coverage{Store: s.Name, System: s.System, Proven: "stock", Statement: s.Statement}
		switch {
		case s.Replicated():
			out[i].Proven = "bracket"
		case s.Published > 0:
			out[i].Proven, out[i].Gap = "published", s.Published >= r.RPO()
		default:
			out[i].Gap = true
		}
	}
	return out
}
