package tracker

import (
	"encoding/json"
	"fmt"

	"github.com/voipbin/observability/internal/rto"
)

// Restore takes a record of an earlier session, in order, before Run. Looks rebuild the GTID clock: what was proven stays proven. Records of
// kinds that this version does not know are skipped. An error says that a record's body is not what its kind promises.
func (s *Service) Restore(kind rto.RecordKind, at rto.Instant, body []byte) error {
	switch kind {
	case rto.RecordLook:
		var l rto.Look
		if err := json.Unmarshal(body, &l); err != nil {
			return fmt.Errorf("look: %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.view.take(l)
		if hole := s.tallies.count(l.Until, s.view.exposures(l.Until), true); hole > 0 {
			s.health.holes += hole
		}
	case rto.RecordDrill:
		var e rto.DrillEvent
		if err := json.Unmarshal(body, &e); err != nil {
			return fmt.Errorf("drill: %w", err)
		}
		return s.RestoreEvent(e)
	case rto.RecordAlert:
		var a rto.AlertSeen
		if err := json.Unmarshal(body, &a); err != nil {
			return fmt.Errorf("alert: %w", err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.alerts = append(s.alerts, a)
	}
	return nil
}

// RestoreEvent takes an event of a drill of an earlier session, in order, before Run.
func (s *Service) RestoreEvent(e rto.DrillEvent) error {
	s.drillMu.Lock()
	defer s.drillMu.Unlock()
	if d, ok := s.drills.byID[e.Drill]; ok {
		return s.change(func() error { return d.Apply(e) })
	}
	d, err := rto.NewDrill(e)
	if err != nil {
		return err
	}
	s.add(d)
	return nil
}
