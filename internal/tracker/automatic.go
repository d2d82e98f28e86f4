package tracker

import (
	"context"

	"github.com/voipbin/observability/internal/rto"
)

// automatic takes down what probes and samplers show of the drill that runs: nobody has to press a button for what was measured, and nobody can
// press it early.
func (s *Service) automatic(ctx context.Context) {
	// A mark that waits for the disk must not hold up the looks; what is observed now will be observed in a second too.
	if !s.drillMu.TryLock() {
		return
	}
	defer s.drillMu.Unlock()
	d, ok := s.drills.running()
	if !ok || d.State != rto.Running {
		return
	}
	for _, e := range s.observed(d) {
		if _, err := s.note(ctx, e); err != nil {
			s.o.Logger.Warn("what was observed of the drill could not be noted", "drill", d.ID, "event", string(e.Kind), "err", err)
		}
	}
}

// observed are the events that follow from what has been seen and are not in the drill yet.
func (s *Service) observed(d *rto.Drill) []rto.DrillEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []rto.DrillEvent
	store, ok := s.view.stores[d.Start.Store]
	if ok {
		if at, fenced := store.ledger.Fenced(); fenced && !d.Fenced.Valid() && at >= d.Began.Lo {
			out = append(out, rto.DrillEvent{Kind: rto.EventFenced, At: rto.At(at), Source: rto.BySampler, Text: "the source refuses writes"})
		}
		out = append(out, store.promotion(d)...)
	}
	r := rto.Recover(d.Start.Paths, s.view.probes, d.From(s.view.probes), d.Injected, d.Start.Stability)
	if r.Stable != 0 {
		for _, step := range d.Start.Plan.Steps {
			if step.Phase == rto.Verify && !d.Steps[step.ID].Done.Valid() {
				out = append(out, rto.DrillEvent{Kind: rto.EventStepDone, Step: step.ID, At: rto.At(r.Stable), Source: rto.ByProbe, Text: "all critical paths are good and stable"})
			}
		}
	}
	return out
}

// promotion is the event of the replica's promotion, and of the first write through it, when either has been seen.
func (s *storeView) promotion(d *rto.Drill) []rto.DrillEvent {
	now, ok := s.newest[d.Start.Replica]
	if !ok || now.Outcome != rto.OK || now.Send < d.Began.Lo {
		return nil
	}
	before, known := s.readOnly[d.Start.Replica]
	first, writable := s.writable[d.Start.Replica]
	switch {
	case now.ReadOnly || !known || !writable:
		return nil
	case d.Promotion == nil:
		p := &rto.Promotion{
			Store: d.Start.Store, Replica: d.Start.Replica, Received: before.Received, ReceivedKnown: before.ReceivedKnown, Before: before.Applied, After: first.Applied,
		}
		at := rto.Moment{Lo: before.Send, Hi: first.Recv}
		return []rto.DrillEvent{{Kind: rto.EventPromoted, At: at, Source: rto.BySampler, Promotion: p, Text: "the replica takes writes"}}
	case !d.Promotion.FirstWrite.Valid() && d.Promotion.Replica == d.Start.Replica && now.Written().By(now.Server) > before.Written().By(now.Server):
		p := *d.Promotion
		p.FirstWrite = rto.Moment{Lo: d.Promoted.Lo, Hi: now.Recv}
		return []rto.DrillEvent{{Kind: rto.EventPromoted, At: p.FirstWrite, Source: rto.BySampler, Promotion: &p, Text: "the first write on the survivor"}}
	}
	return nil
}
