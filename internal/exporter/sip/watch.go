package sip

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/sipprobe"
)

// watch makes the probes of one target and keeps the last result: a scrape asks for a probe, or, where the module has an
// interval, shows the last one of those that are made anyway.
type watch struct {
	Options
	ask    func(ctx context.Context) sipprobe.Result
	totals *totals

	mu    sync.Mutex
	last  *sipprobe.Result
	first chan struct{} // closed with the first result
}

func newWatch(o Options, ask func(ctx context.Context) sipprobe.Result) *watch {
	return &watch{Options: o, ask: ask, totals: newTotals(), first: make(chan struct{})}
}

// scrapeMargin is what a probe leaves of a scrape's time to its report: a tenth, at most this.
const scrapeMargin = 200 * time.Millisecond

// check gets the result that the scrapers tell of. Its error says why the server counts as down: it did not answer.
func (w *watch) check(ctx context.Context) error {
	if w.Module.Interval == 0 {
		w.note(w.probe(ctx))
	} else if err := w.await(ctx); err != nil {
		return err
	}
	return unanswered(w.result())
}

// probe makes one probe within the time of a scrape.
func (w *watch) probe(ctx context.Context) sipprobe.Result {
	if deadline, ok := ctx.Deadline(); ok {
		left := deadline.Sub(w.Now())
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, left-min(left/10, scrapeMargin))
		defer cancel()
	}
	return w.ask(ctx)
}

// await waits for a result that is not too old: one is missing after the start, or when this host was asleep.
func (w *watch) await(ctx context.Context) error {
	select {
	case <-w.first:
	case <-ctx.Done():
		return fmt.Errorf("no probe has ended yet: %w", ctx.Err())
	}
	if age, most := w.Now().Sub(w.result().Ended), 2*w.Module.Interval+w.timeout(); age > most {
		w.mu.Lock()
		w.last = nil
		w.mu.Unlock()
		return exporter.Failed(exporter.OutcomeTimeout, fmt.Errorf("the last probe ended %s ago", age.Round(time.Second)))
	}
	return nil
}

// run probes at the module's interval until ctx ends, first at once so that there is something to show. A probe that takes
// longer than the interval delays the next one: two at once would be another load than the one that was asked for.
func (w *watch) run(ctx context.Context) {
	tick := time.NewTicker(w.phase())
	defer tick.Stop()
	for first := true; ; first = false {
		probing, cancel := context.WithTimeout(ctx, w.timeout())
		r := w.ask(probing)
		cancel()
		if ctx.Err() != nil {
			return // it was broken off, which says nothing of the server
		}
		w.note(r)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if first {
			tick.Reset(w.Module.Interval)
		}
	}
}

// phase is the first pause, from half an interval to a whole one by the target's name: the targets of a fleet, which all begin
// at once, do not go on at once.
func (w *watch) phase() time.Duration {
	h := fnv.New64a()
	_, _ = h.Write([]byte(w.Name)) // never fails
	half := w.Module.Interval / 2
	return half + time.Duration(h.Sum64()%uint64(half)) //nolint:gosec // below half, which is above 0
}

// timeout bounds a probe at the interval.
func (w *watch) timeout() time.Duration {
	if w.Timeout > 0 {
		return min(w.Timeout, w.Module.Interval)
	}
	return w.Module.Interval
}

// note counts a result, keeps it, and logs what is news of a server that answers; that it does not is for the scrape to log.
// It counts first: a scrape that waits for the first result must not show one that its counters do not know of.
func (w *watch) note(r sipprobe.Result) {
	w.totals.count(r)
	w.mu.Lock()
	before := w.last
	w.last = &r
	if before == nil {
		select {
		case <-w.first:
		default:
			close(w.first)
		}
	}
	w.mu.Unlock()
	was := sipprobe.OK
	if before != nil {
		was = before.Outcome
	}
	switch {
	case r.Outcome == was || w.Logger == nil:
	case r.Outcome == sipprobe.OK:
		w.Logger.Info("probe succeeds again", "target", w.Name)
	case r.Grade > sipprobe.GradeNone:
		w.Logger.Warn("probe failed", "target", w.Name, "outcome", string(r.Outcome), "err", r.Err)
	}
}

// result is the last one, nil before there is one.
func (w *watch) result() *sipprobe.Result {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// unanswered is nil for a server that answered.
func unanswered(r *sipprobe.Result) error {
	switch {
	case r == nil:
		return errors.New("no result")
	case r.Grade > sipprobe.GradeNone:
		return nil
	}
	switch r.Outcome {
	case sipprobe.FailTimeout, sipprobe.FailRinging:
		return exporter.Failed(exporter.OutcomeTimeout, r.Err)
	case sipprobe.FailGarbage:
		return exporter.Failed(exporter.OutcomeDecode, r.Err)
	}
	return exporter.Failed(exporter.OutcomeTransport, r.Err)
}
