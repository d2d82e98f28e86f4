package tracker

import (
	"context"
	"maps"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// How often what was seen is written down. A crash loses at most that much of the view, and shows it as a hole.
const (
	flushEvery    = time.Second
	tidyEvery     = time.Minute
	stockInterval = 10 * time.Second
	// maxPending bounds what waits for a journal that refuses, of each kind of sample: more than half an hour of ten servers. What is older than
	// that proves nothing any more that an objective of minutes could rest on.
	maxPending = 20_000
)

// Begin writes the records that a session begins with. It comes before Run and whatever else writes: a record that came between would hide the
// time before it. before is the instant of the newest record of an earlier session, 0 without one: the time since then is a hole. The hole is
// written first, so that a tracker that dies between the two leaves a newest record up to which all is told. After an error Run must not follow.
func (s *Service) Begin(ctx context.Context, session rto.Session, before rto.Instant) error {
	now := s.o.Now()
	if before != 0 {
		if err := s.restarted(ctx, before, now); err != nil {
			return err
		}
	}
	return s.o.Journal.Append(ctx, rto.RecordSession, now, session)
}

// Run looks, writes and counts until ctx ends.
func (s *Service) Run(ctx context.Context) {
	workers := s.workers()
	done := make(chan struct{}, len(workers))
	for _, work := range workers {
		go func() {
			defer func() { done <- struct{}{} }()
			work(ctx)
		}()
	}
	s.record(ctx)
	for range workers {
		<-done
	}
	// What was seen until the end is written too, although ctx ended.
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushEvery)
	defer cancel()
	s.flush(last)
}

// restarted writes down and counts the time between two sessions.
func (s *Service) restarted(ctx context.Context, before, now rto.Instant) error {
	hole := rto.Hole{From: before, To: now, Cause: "restart"}
	if err := s.o.Journal.Append(ctx, rto.RecordHole, now, hole); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// The newest record may be a mark that came after the last look: the tally goes on from that look, or a part of a second would be lost.
	from := before
	if s.tallies.last != 0 {
		from = min(from, s.tallies.last)
	}
	s.tallies.replayed = maps.Clone(s.tallies.sums)
	s.tallies.hole(now.Sub(from))
	s.tallies.last = now
	s.tallies.remember(s.view.exposures(now)) // what was proven before the restart is as much older now
	s.health.holes += max(now.Sub(from), 0)
	return nil
}

// workers are the loops that look, one for each server and path, so that one that hangs delays no other.
func (s *Service) workers() []func(context.Context) {
	var out []func(context.Context)
	for _, w := range s.o.Stores {
		out = append(out, func(ctx context.Context) {
			every(ctx, w.Interval, w.Timeout, func(ctx context.Context) { s.see(rto.Look{Sources: []rto.SourceSample{w.Source.Source(ctx)}}) })
		})
		for _, r := range w.Replicas {
			out = append(out, func(ctx context.Context) {
				every(ctx, w.Interval, w.Timeout, func(ctx context.Context) { s.see(rto.Look{Replicas: []rto.ReplicaSample{r.Replica(ctx)}}) })
			})
		}
		out = append(out, s.canaries(w)...)
	}
	for _, w := range s.o.Stocks {
		interval := w.Interval
		if interval == 0 {
			interval = stockInterval
		}
		out = append(out, func(ctx context.Context) {
			every(ctx, interval, w.Timeout, func(ctx context.Context) { s.see(rto.Look{Stocks: []rto.StockSample{w.Stock.Look(ctx)}}) })
		})
	}
	for _, p := range s.o.Paths {
		out = append(out, func(ctx context.Context) {
			every(ctx, p.Interval, p.Timeout, func(ctx context.Context) { s.see(rto.Look{Probes: []rto.ProbeResult{p.Prober.Probe(ctx)}}) })
		})
	}
	return out
}

// every calls work on a grid of the interval until ctx ends, each time with a deadline. A call that takes longer than the interval makes the
// next ones late, never two at once.
func every(ctx context.Context, interval, timeout time.Duration, work func(context.Context)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, timeout)
		work(limited)
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// see takes what was seen into the view at once, and keeps it for the next record.
func (s *Service) see(l rto.Look) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l = within(l, s.watchClock())
	s.view.take(l)
	s.pending.Sources = append(s.pending.Sources, l.Sources...)
	s.pending.Replicas = append(s.pending.Replicas, l.Replicas...)
	s.pending.Stocks = append(s.pending.Stocks, l.Stocks...)
	s.pending.Probes = append(s.pending.Probes, l.Probes...)
}

// record writes down what was seen, second by second, and counts it.
func (s *Service) record(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var tidied rto.Instant
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.flush(ctx)
			s.compareClocks(ctx)
			s.automatic(ctx)
			if now := s.o.Now(); now.Sub(tidied) >= tidyEvery {
				s.tidy(now)
				tidied = now
			}
		}
	}
}

// flush writes one look and counts the time since the one before. What could not be written is kept for the next try within bounds, and the
// time counts as unprovable: a second without evidence is not a good one.
func (s *Service) flush(ctx context.Context) {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	s.mu.Lock()
	now := s.watchClock()
	look := s.pending
	s.pending = rto.Look{}
	s.mu.Unlock()
	look.Until = now
	err := s.o.Journal.Append(ctx, rto.RecordLook, now, look)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteWriting(err)
	if err != nil {
		s.keep(look)
	}
	if hole := s.tallies.count(now, s.view.exposures(now), err == nil); hole > 0 {
		s.health.holes += hole
	}
	s.health.lastLook = now
	s.notify.all()
}

// keep puts back what could not be written, before what was seen since. The lock is held.
func (s *Service) keep(l rto.Look) {
	s.pending.Sources = newestOf(append(l.Sources, s.pending.Sources...))
	s.pending.Replicas = newestOf(append(l.Replicas, s.pending.Replicas...))
	s.pending.Stocks = newestOf(append(l.Stocks, s.pending.Stocks...))
	s.pending.Probes = newestOf(append(l.Probes, s.pending.Probes...))
}

// newestOf leaves out the oldest of too many samples.
func newestOf[T any](samples []T) []T { return samples[max(len(samples)-maxPending, 0):] }

// noteWriting logs the first failure of a row and the recovery from it. The lock is held.
func (s *Service) noteWriting(err error) {
	if err == nil {
		s.health.records++
		if !s.health.writable {
			s.o.Logger.Info("evidence is written again")
		}
		s.health.writable, s.health.lastWarn = true, ""
		return
	}
	if s.health.writable || s.health.lastWarn != err.Error() {
		s.o.Logger.Error("evidence cannot be written; no second counts as good until it can", "err", err)
	}
	s.health.writable, s.health.lastWarn = false, err.Error()
}

func (s *Service) tidy(now rto.Instant) {
	since := rto.Instant(0)
	if d, ok := s.Running(); ok {
		since = d.Began.Lo
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view.tidy(now, since)
}
