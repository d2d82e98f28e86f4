package tracker

import (
	"context"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// clockStep is how much the wall clock must move against the tracker's own to be written down.
const clockStep = 100 * time.Millisecond

// compareClocks writes down steps of the wall clock. They change no duration here; an auditor who compares with other logs must know of them.
func (s *Service) compareClocks(ctx context.Context) {
	s.writeSteps(ctx)
	if s.o.Offset == nil {
		return
	}
	now, offset := s.o.Now(), s.o.Offset()
	s.mu.Lock()
	moved := (offset - s.health.offset).Abs()
	s.mu.Unlock()
	if moved < clockStep {
		return
	}
	if err := s.o.Journal.Append(ctx, rto.RecordClock, now, rto.ClockStep{At: now, Offset: offset}); err != nil {
		return // flush tells of it; the step is found again
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.health.offset = offset
	s.o.Logger.Warn("the wall clock stepped against the tracker's own", "offset", offset.String())
}

// watchClock reads the tracker's own clock. It must not go back, and package clock's does not; should it do so all the same, instants from before
// would make every exposure look smaller by the step. So all that was proven is forgotten then, and time is unprovable until it is proven anew. The
// lock is held.
func (s *Service) watchClock() rto.Instant {
	now := s.o.Now()
	if now < s.health.newest {
		s.health.wentBack = append(s.health.wentBack, rto.ClockStep{At: now, Offset: now.Sub(s.health.newest)})
		s.o.Logger.Error("the tracker's own clock went back; nothing counts as proven until it is proven anew", "by", s.health.newest.Sub(now).String())
		s.view.forget()
		s.tallies.forget(now)
		s.pending = rto.Look{}
		s.health.lastLook = min(s.health.lastLook, now)
	}
	s.health.newest = now
	return now
}

// writeSteps writes down when the tracker's own clock went back.
func (s *Service) writeSteps(ctx context.Context) {
	s.mu.Lock()
	steps := slices.Clone(s.health.wentBack)
	s.mu.Unlock()
	for _, step := range steps {
		if err := s.o.Journal.Append(ctx, rto.RecordClock, step.At, step); err != nil {
			return // flush tells of it, and the next try begins with this step
		}
		s.mu.Lock()
		s.health.wentBack = s.health.wentBack[1:]
		s.mu.Unlock()
	}
}

// within leaves out what was begun before the clock went back and ended after it, or comes from a time that is not yet.
func within(l rto.Look, now rto.Instant) rto.Look {
	sane := func(send, recv rto.Instant) bool { return send <= recv && recv <= now }
	l.Sources = slices.DeleteFunc(l.Sources, func(s rto.SourceSample) bool { return !sane(s.Send, s.Recv) })
	l.Replicas = slices.DeleteFunc(l.Replicas, func(s rto.ReplicaSample) bool { return !sane(s.Send, s.Recv) })
	l.Stocks = slices.DeleteFunc(l.Stocks, func(s rto.StockSample) bool { return !sane(s.Send, s.Recv) })
	l.Probes = slices.DeleteFunc(l.Probes, func(p rto.ProbeResult) bool { return !sane(p.Send, p.Recv) })
	return l
}

// forget drops everything that has an instant. What was counted stays counted.
func (v *view) forget() {
	for _, s := range v.stores {
		s.ledger, s.source, s.sourceID = rto.Ledger{}, rto.SourceSample{}, ""
		for _, replica := range s.replicas {
			s.survivors[replica] = &rto.Survivor{}
		}
		clear(s.newest)
		clear(s.readOnly)
		clear(s.writable)
	}
	clear(v.stocks)
	v.probes = nil
	for _, p := range v.paths {
		p.last, p.seen = rto.ProbeResult{}, false
	}
}

// forget begins anew at now: the stretch since the last count, of which nobody knows how long it was, counts as unprovable.
func (t *tallies) forget(now rto.Instant) {
	t.hole(flushEvery)
	t.last = now
	clear(t.before)
}
