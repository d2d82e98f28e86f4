package tracker

import (
	"maps"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/spec"
)

// Snapshot is all that the tracker knows at one instant. It shares nothing with the service.
type Snapshot struct {
	Now       rto.Instant    `json:"now"`
	Vantage   string         `json:"vantage"`
	Version   string         `json:"version"`
	Scenarios []rto.Scenario `json:"scenarios"`
	Planned   string         `json:"planned"`         // the scenario whose objectives count for exposure
	Owner     string         `json:"owner,omitempty"` // of what is promised of recovery
	// DrillEvery is the longest time between two rehearsals of the planned scenario; 0 where nothing is promised.
	DrillEvery time.Duration     `json:"drill_every_ns,omitempty"`
	Rehearsed  []Rehearsal       `json:"rehearsed,omitempty"`
	Exposures  []rto.Exposure    `json:"exposures"`
	Stores     []StoreStatus     `json:"stores"`
	Stocks     []rto.StockSample `json:"stocks"`
	Paths      []PathStatus      `json:"paths"`
	Virtual    []VirtualDrill    `json:"virtual_drill"`
	Shares     []Share           `json:"virtual_drill_shares,omitempty"`
	Traps      []Trap            `json:"traps,omitempty"`
	Coverage   []rto.Coverage    `json:"coverage"`
	Evidence   EvidenceStatus    `json:"evidence"`
	Running    *DrillStatus      `json:"running,omitempty"`
}

// stuckAfter is how long after the newest record evidence no longer counts as written. A starved machine is late by less.
const stuckAfter = 10 * time.Second

// StoreStatus is what is known of a store's servers.
type StoreStatus struct {
	Store    string          `json:"store"`
	Source   ServerStatus    `json:"source"`
	Fenced   bool            `json:"fenced"`
	Replicas []ReplicaStatus `json:"replicas"`
	// Backwards counts how often the source was seen without something that it had before.
	Backwards int `json:"backwards,omitempty"`
}

// ServerStatus is the newest look at a server.
type ServerStatus struct {
	Server  string      `json:"server"`
	Seen    bool        `json:"seen"`
	Outcome rto.Outcome `json:"outcome,omitempty"`
	Looked  rto.Instant `json:"looked,omitzero"`
}

// ReplicaStatus is the newest look at a replica and what it says of itself.
type ReplicaStatus struct {
	ServerStatus
	ReadOnly  bool          `json:"read_only"`
	Threads   *rto.Threads  `json:"threads,omitempty"`
	Estimates rto.Estimates `json:"estimates"`
	// Backlog counts transactions that are received and not applied; nil if that is not known.
	Backlog *uint64 `json:"backlog,omitempty"`
}

// PathStatus is the newest probe of a critical path.
type PathStatus struct {
	rto.Path
	Seen bool            `json:"seen"`
	Last rto.ProbeResult `json:"last,omitzero"`
	Good uint64          `json:"good_total"`
	Bad  uint64          `json:"bad_total"`
}

// VirtualDrill is the tally of one replica's side since the tracker began or was last restarted.
type VirtualDrill struct {
	Store   string    `json:"store"`
	Replica string    `json:"replica"`
	Side    rto.Side  `json:"side"`
	Tally   rto.Tally `json:"tally"`
	// Replayed is what of Tally earlier sessions had counted; it was read again from the evidence.
	Replayed rto.Tally `json:"replayed,omitzero"`
}

// EvidenceStatus is the state of the evidence log.
type EvidenceStatus struct {
	Writable bool          `json:"writable"`
	Records  uint64        `json:"records"`
	Holes    time.Duration `json:"holes_ns"`
	LastLook rto.Instant   `json:"last_look,omitzero"`
}

// DrillStatus is the drill that runs: what the clock shows and what comes next.
type DrillStatus struct {
	ID        string          `json:"id"`
	Kind      rto.DrillKind   `json:"kind"`
	State     rto.State       `json:"state"`
	Scenario  rto.Scenario    `json:"scenario"`
	Began     rto.Moment      `json:"began"`
	Recovery  rto.Recovery    `json:"recovery"`
	Remaining *time.Duration  `json:"remaining_ns,omitempty"` // of the objective; nil before the failure is known
	Phases    []rto.PhaseTime `json:"phases"`
	Next      []rto.Step      `json:"next"`
	// Notified is the first notification after the failure; the zero Moment without one.
	Notified rto.Moment `json:"notified,omitzero"`
	// Trade sets promoting now against draining first; nil once the replica is promoted, or where the drill names none.
	Trade *rto.Trade `json:"trade,omitempty"`
}

// Snapshot returns what is known now.
func (s *Service) Snapshot() Snapshot {
	running, ok := s.Running()
	rehearsed := s.rehearsals()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.watchClock()
	out := Snapshot{
		Now: now, Vantage: s.o.Vantage, Version: s.o.Version, Scenarios: scenariosOf(s.o.Recovery), Planned: s.o.Recovery.Plan.Scenario, Exposures: s.view.exposures(now), Coverage: s.o.Recovery.Coverage(),
		Evidence: EvidenceStatus{Writable: s.health.writable && !s.stuck(now), Records: s.health.records, Holes: s.health.holes, LastLook: s.health.lastLook},
	}
	out.Owner, out.DrillEvery, out.Rehearsed = s.o.Recovery.Owner, s.o.Recovery.DrillEvery, rehearsed
	out.Shares, out.Traps = slices.Clone(s.shares), slices.Clone(s.traps)
	for _, name := range s.view.order {
		out.Stores = append(out.Stores, s.view.stores[name].status(name, now))
	}
	for _, name := range slices.Sorted(maps.Keys(s.view.stocks)) {
		out.Stocks = append(out.Stocks, s.view.stocks[name])
	}
	for _, p := range s.view.sortedPaths() {
		out.Paths = append(out.Paths, PathStatus{Path: p.path, Seen: p.seen, Last: p.last, Good: p.good, Bad: p.bad})
	}
	for _, e := range out.Exposures {
		out.Virtual = append(out.Virtual, VirtualDrill{Store: e.Store, Replica: e.Replica, Side: e.Side, Tally: s.tallies.sums[keyOf(e)], Replayed: s.tallies.replayed[keyOf(e)]})
	}
	if ok {
		out.Running = s.drillStatus(&running, now)
	}
	return out
}

// stuck tells whether nothing was written for so long that the disk hangs, which no error says. The lock is held.
func (s *Service) stuck(now rto.Instant) bool {
	return s.health.lastLook != 0 && now.Sub(s.health.lastLook) > stuckAfter
}

func scenariosOf(r spec.Recovery) []rto.Scenario {
	out := make([]rto.Scenario, len(r.Scenarios))
	for i, s := range r.Scenarios {
		out[i] = s.Scenario
	}
	return out
}

func (s *storeView) status(name string, now rto.Instant) StoreStatus {
	_, fenced := s.ledger.Fenced()
	out := StoreStatus{
		Store: name, Fenced: fenced, Backwards: s.ledger.Backwards(),
		Source: ServerStatus{Server: s.server, Outcome: s.source.Outcome, Looked: s.source.Send, Seen: s.seen(s.source.Outcome, s.source.Send, now)},
	}
	for _, replica := range s.replicas {
		r := s.newest[replica]
		status := ReplicaStatus{
			ServerStatus: ServerStatus{Server: replica, Outcome: r.Outcome, Looked: r.Send, Seen: s.seen(r.Outcome, r.Send, now)},
			ReadOnly:     r.ReadOnly, Threads: r.Threads, Estimates: r.Estimates,
		}
		if r.Outcome == rto.OK && r.ReceivedKnown {
			backlog := r.Received.Minus(r.Applied).Count()
			status.Backlog = &backlog
		}
		out.Replicas = append(out.Replicas, status)
	}
	return out
}

// drillStatus computes what the clock of a drill shows. The lock is held.
func (s *Service) drillStatus(d *rto.Drill, now rto.Instant) *DrillStatus {
	recovery := rto.Recover(d.Start.Paths, s.view.probes, d.From(s.view.probes), d.Injected, d.Start.Stability)
	out := &DrillStatus{ID: d.ID, Kind: d.Start.Kind, State: d.State, Scenario: d.Start.Scenario, Began: d.Began, Recovery: recovery, Next: nextSteps(d)}
	out.Notified = s.notified(recovery)
	out.Phases = d.PhaseTimes(rto.Measured{Recovery: recovery, Notified: out.Notified})
	if recovery.Failed.Valid() {
		end := now
		if recovery.Recovered.Valid() {
			end = recovery.Recovered.Hi
		}
		left := d.Start.Scenario.RTO - end.Sub(recovery.Failed.Lo)
		out.Remaining = &left
	}
	out.Trade = s.trade(d, out, now)
	return out
}

// trade sets the two ways to promote the drill's replica against each other. The lock is held.
func (s *Service) trade(d *rto.Drill, status *DrillStatus, now rto.Instant) *rto.Trade {
	store, ok := s.view.stores[d.Start.Store]
	if !ok || store.survivors[d.Start.Replica] == nil || d.Promotion != nil || d.State != rto.Running {
		return nil
	}
	replica := d.Start.Replica
	t := rto.TradeOf(&store.ledger, store.survivors[replica], store.drains[replica], d.Start.Scenario, status.Recovery.Failed, status.Remaining, now, store.fresh)
	t.Store, t.Replica = d.Start.Store, replica
	return &t
}

// notified is the first notification after the failure. The lock is held.
func (s *Service) notified(r rto.Recovery) rto.Moment {
	first := rto.Instant(0)
	for _, a := range s.alerts {
		if a.Received != 0 && a.Received >= r.Failed.Lo && r.Failed.Valid() && (first == 0 || a.Received < first) {
			first = a.Received
		}
	}
	if first == 0 {
		return rto.Moment{}
	}
	return rto.At(first)
}

// nextSteps are the steps that can begin or be done now: all that they wait for is done, and they are not.
func nextSteps(d *rto.Drill) []rto.Step {
	var out []rto.Step
	for _, step := range d.Start.Plan.Steps {
		ready := !d.Steps[step.ID].Done.Valid()
		for _, id := range step.After {
			ready = ready && d.Steps[id].Done.Valid()
		}
		if ready {
			out = append(out, step)
		}
	}
	return out
}
