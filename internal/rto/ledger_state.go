package rto

import "encoding/json"

// ledgerState is a ledger as JSON, so that who keeps one need not read all evidence again.
type ledgerState struct {
	Ticks     []tickState `json:"ticks"`
	Backwards int         `json:"backwards,omitempty"`
	Fence     Instant     `json:"fence,omitempty"`
}

type tickState struct {
	At       Position `json:"at"`
	First    Instant  `json:"first"`
	Last     Instant  `json:"last"`
	LastRecv Instant  `json:"last_recv"`
}

// MarshalJSON writes all that the ledger knows.
func (l *Ledger) MarshalJSON() ([]byte, error) {
	s := ledgerState{Ticks: make([]tickState, len(l.ticks)), Backwards: l.backwards, Fence: l.fence}
	for i, t := range l.ticks {
		s.Ticks[i] = tickState{At: t.at, First: t.first, Last: t.last, LastRecv: t.lastRecv}
	}
	return json.Marshal(s)
}

// UnmarshalJSON reads what MarshalJSON wrote; the ledger then answers as the one that was written.
func (l *Ledger) UnmarshalJSON(b []byte) error {
	var s ledgerState
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*l = Ledger{backwards: s.Backwards, fence: s.Fence}
	for _, t := range s.Ticks {
		l.ticks = append(l.ticks, tick{at: t.At, first: t.First, last: t.Last, lastRecv: t.LastRecv})
	}
	return nil
}
