package tracker

import (
	"slices"

	"github.com/voipbin/observability/internal/rto"
)

// Share is the part of a long time in which a virtual drill was provably inside the objective, read from history.
type Share struct {
	Store   string   `json:"store"`
	Replica string   `json:"replica"`
	Side    rto.Side `json:"side"`
	Period  string   `json:"period"` // 30d or month
	Share   float64  `json:"share"`
}

// TrapState is what is known of a trap.
type TrapState string

// The states of a trap.
const (
	TrapSet     TrapState = "trap"
	TrapClear   TrapState = "good"
	TrapUnknown TrapState = "unknown"
)

// Trap is something that will spoil a failover, or will not, on one server.
type Trap struct {
	Store    string    `json:"store"`
	Server   string    `json:"server"`
	Name     string    `json:"trap"`
	State    TrapState `json:"state"`
	Measured string    `json:"measured,omitempty"`
	Fix      string    `json:"fix,omitempty"`
}

// SetShares takes what history says; it replaces what it said before.
func (s *Service) SetShares(shares []Share) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shares = slices.Clone(shares)
}

// SetTraps takes what an examination found; it replaces what the one before found.
func (s *Service) SetTraps(traps []Trap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traps = slices.Clone(traps)
}

// Unjudged are the drills that are over and of which no report has been taken, or whose record has grown since.
func (s *Service) Unjudged() []string {
	s.readMu.RLock()
	defer s.readMu.RUnlock()
	var out []string
	for _, id := range s.drills.order {
		d := s.drills.byID[id]
		if d.State != rto.Ended && d.State != rto.Aborted {
			continue
		}
		if j, ok := s.drills.judged[id]; !ok || j.Events != len(d.Events) {
			out = append(out, id)
		}
	}
	return out
}
