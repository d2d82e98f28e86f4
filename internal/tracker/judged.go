package tracker

import (
	"github.com/voipbin/observability/internal/rto"
)

// Judged is what a completed drill came to. It is computed from evidence by the report, and remembered so that a scrape need not read the log.
type Judged struct {
	// Events is how many events of the drill it rests on.
	Events     int             `json:"events"`
	RTO        rto.Bracket     `json:"rto"`
	RTOVerdict rto.Verdict     `json:"rto_verdict"`
	RPO        rto.Bracket     `json:"rpo"`
	RPOVerdict rto.Verdict     `json:"rpo_verdict"`
	Phases     []rto.PhaseTime `json:"phases"`
}

// lastDrill is the newest completed drill of a scenario.
type lastDrill struct {
	scenario string
	kind     rto.DrillKind
	began    rto.Instant
	judged   *Judged
}

// Rehearsal is the newest completed drill of a scenario that measured something.
type Rehearsal struct {
	Scenario string        `json:"scenario"`
	Kind     rto.DrillKind `json:"kind"`
	Began    rto.Instant   `json:"began"`
	// Judged is nil where its report is not made yet.
	Judged *Judged `json:"judged,omitempty"`
}

// rehearsals are the newest of each scenario that was ever rehearsed, tabletops apart.
func (s *Service) rehearsals() []Rehearsal {
	var out []Rehearsal
	for _, l := range s.lastDrills() {
		if l.kind == rto.Tabletop {
			continue
		}
		r := Rehearsal{Scenario: l.scenario, Kind: l.kind, Began: l.began, Judged: l.judged}
		switch last := len(out) - 1; {
		case last < 0 || out[last].Scenario != l.scenario:
			out = append(out, r)
		case l.began > out[last].Began:
			r.Judged = out[last].Judged // the first of a scenario carries what the newest measured
			out[last] = r
		}
	}
	return out
}

// Judge takes what the report of a drill says.
func (s *Service) Judge(drill string, j Judged) {
	s.readMu.Lock()
	defer s.readMu.Unlock()
	s.drills.judged[drill] = j
}

// lastDrills are the newest completed drills, by scenario in the order of the spec. Tabletops measure nothing and count apart from those that do,
// so that talking cannot hide that nothing was rehearsed.
func (s *Service) lastDrills() []lastDrill {
	s.readMu.RLock()
	defer s.readMu.RUnlock()
	var out []lastDrill
	for _, sc := range s.o.Recovery.Scenarios {
		var newest *Judged
		var began rto.Instant
		first := len(out)
		for _, kind := range []rto.DrillKind{rto.Real, rto.Full, rto.Partial, rto.Tabletop} {
			l, ok := s.drills.last(sc.Name, kind)
			if !ok {
				continue
			}
			if kind != rto.Tabletop && l.began >= began {
				newest, began = l.judged, l.began
			}
			l.judged = nil
			out = append(out, l)
		}
		if len(out) > first {
			out[first].judged = newest // one measurement a scenario: the newest
		}
	}
	return out
}

func (d *drills) last(scenario string, kind rto.DrillKind) (lastDrill, bool) {
	for i := len(d.order) - 1; i >= 0; i-- {
		drill := d.byID[d.order[i]]
		if drill.State != rto.Ended || drill.Start.Scenario.Name != scenario || drill.Start.Kind != kind {
			continue
		}
		l := lastDrill{scenario: scenario, kind: kind, began: drill.Began.Lo}
		if j, ok := d.judged[drill.ID]; ok {
			l.judged = &j
		}
		return l, true
	}
	return lastDrill{}, false
}
