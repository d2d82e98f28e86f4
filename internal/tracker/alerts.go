package tracker

import (
	"context"

	"github.com/voipbin/observability/internal/rto"
)

// maxAlerts bounds the sightings that are kept in memory; the evidence has them all.
const maxAlerts = 10_000

// SeeAlerts takes down sightings of alerts. The first notification that arrives in a drill ends its detection, if the plan has one step for it.
func (s *Service) SeeAlerts(ctx context.Context, seen []rto.AlertSeen) error {
	for _, a := range seen {
		if err := s.o.Journal.Append(ctx, rto.RecordAlert, s.o.Now(), a); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.alerts = append(s.alerts, seen...)
	if n := len(s.alerts) - maxAlerts; n > 0 {
		s.alerts = append(s.alerts[:0], s.alerts[n:]...)
	}
	s.mu.Unlock()
	s.detected(ctx, seen)
	s.notify.all()
	return nil
}

// detected marks the detection.
func (s *Service) detected(ctx context.Context, seen []rto.AlertSeen) {
	s.drillMu.Lock()
	defer s.drillMu.Unlock()
	d, ok := s.drills.running()
	if !ok {
		return
	}
	step, ok := onlyStep(d.Start.Plan, rto.Detect)
	if !ok || d.Steps[step].Done.Valid() {
		return
	}
	for _, a := range seen {
		if a.Received == 0 || a.Resolved != 0 || !expected(d.Start.Alerts, a.Name) || d.Injected.Valid() && a.Received < d.Injected.Lo {
			continue
		}
		e := rto.DrillEvent{Kind: rto.EventStepDone, Step: step, At: rto.At(a.Received), Source: rto.ByAlertmanager, Text: "notification of " + a.Name}
		if _, err := s.note(ctx, e); err != nil {
			s.o.Logger.Warn("the detection could not be noted", "drill", d.ID, "err", err)
		}
		return
	}
}

// expected tells whether the alert is one that the drill waits for; any is, where it names none.
func expected(list []rto.ExpectedAlert, name string) bool {
	for _, e := range list {
		if e.Name == name {
			return true
		}
	}
	return len(list) == 0
}

// onlyStep is the step of a phase that has one.
func onlyStep(p rto.Plan, phase rto.Phase) (string, bool) {
	id := ""
	for _, s := range p.Steps {
		if s.Phase != phase {
			continue
		}
		if id != "" {
			return "", false
		}
		id = s.ID
	}
	return id, id != ""
}

// Alerts are the newest sightings, oldest first.
func (s *Service) Alerts() []rto.AlertSeen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]rto.AlertSeen(nil), s.alerts...)
}
