package tracker

import (
	"context"

	"github.com/voipbin/observability/internal/rto"
)

// Canary writes rows of the tracker's own to a store's source, and tells afterwards which of them a survivor has.
type Canary interface {
	// Write writes one row within the context's deadline; what became of it is remembered for Compare.
	Write(ctx context.Context) rto.Outcome
	// Compare counts the rows that were sent up to a moment, that of the failure, by whether the replica of that name has them.
	Compare(ctx context.Context, replica string, until rto.Instant) (rto.Canaries, error)
}

// canaries are the loops of a store's canary: one that writes, and one that compares, because a write to a server that is gone takes all its time.
func (s *Service) canaries(w StoreWatch) []func(context.Context) {
	if w.Canary == nil {
		return nil
	}
	return []func(context.Context){
		func(ctx context.Context) {
			every(ctx, w.Interval, w.Timeout, func(ctx context.Context) { s.wrote(w, w.Canary.Write(ctx)) })
		},
		func(ctx context.Context) {
			every(ctx, flushEvery, SlowLook, func(ctx context.Context) { s.compareCanaries(ctx, w) })
		},
	}
}

func (s *Service) wrote(w StoreWatch, o rto.Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view.counts[sampleCount{w.Name, w.CanaryName, o}]++
}

// compareCanaries takes down, once a drill, which of the canary's writes the survivor lacks. It waits for the promotion: until then a replica may
// yet receive and apply them.
func (s *Service) compareCanaries(ctx context.Context, w StoreWatch) {
	d, ok := s.Running()
	if !ok || d.Promotion == nil || d.Promotion.Store != w.Name {
		return
	}
	for _, c := range d.Canaries {
		if c.Store == w.Name {
			return
		}
	}
	failed := s.failure(&d)
	if !failed.Valid() {
		return
	}
	c, err := w.Canary.Compare(ctx, d.Promotion.Replica, failed.Hi)
	if err != nil || c.Acknowledged+c.Uncertain == 0 { // a survivor that does not answer yet is asked again; without a write there is nothing to tell
		return
	}
	e := rto.DrillEvent{Drill: d.ID, Kind: rto.EventCanary, Source: rto.ByTracker, Canaries: &c, Text: "the tracker's own writes, looked for on the survivor"}
	if _, err := s.Note(ctx, e); err != nil {
		s.o.Logger.Warn("what became of the canary's writes could not be noted", "drill", d.ID, "err", err)
	}
}

// failure is when the drill's failure was, by what is known now.
func (s *Service) failure(d *rto.Drill) rto.Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return rto.Recover(d.Start.Paths, s.view.probes, d.From(s.view.probes), d.Injected, d.Start.Stability).Failed
}
