package exporter

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
)

// flight is one pass over a target's collectors, for one or several callers at once.
type flight struct {
	key      string
	deadline time.Time
	scrapers []Scraper
	cancel   context.CancelCauseFunc
	waiting  int           // callers; guarded by Observer.mu
	done     chan struct{} // closed when the flight is over

	once   sync.Once // builds shared when the flight is over
	shared *emit.Exposition

	// The mutex lets a caller who cannot wait read what has been reached while the flight goes on. runs only grows, and
	// an element is not changed once it is in.
	mu       sync.Mutex
	checkErr error
	checked  bool
	runs     []run
}

// run is how one collector's turn went.
type run struct {
	collector string
	outcome   string
	err       error
	ran       bool // false: it did not get its turn, and duration and batch say nothing
	duration  time.Duration
	batch     *emit.Batch // nil when what it held is not to be trusted
}

// pass is the state of a flight at one moment: a run for each collector.
type pass struct {
	up       bool
	checkErr error
	runs     []run
}

func flightKey(scrapers []Scraper) string {
	names := make([]string, len(scrapers))
	for i, s := range scrapers {
		names[i] = s.Name()
	}
	return strings.Join(names, ",")
}

// fly makes the flight once the target is free, and reports how it went.
func (o *Observer) fly(ctx context.Context, f *flight) {
	select {
	case o.slot <- struct{}{}:
		o.pass(ctx, f)
		<-o.slot
	case <-ctx.Done():
		f.endCheck(fmt.Errorf("wait for the scrape before: %w", context.Cause(ctx)))
	}
	o.mu.Lock()
	o.forget(f)
	o.mu.Unlock()
	close(f.done)
	if !errors.Is(context.Cause(ctx), errNobodyWaits) {
		o.log.pass(f.snapshot())
	}
}

// pass asks the daemon whether it is there, and if it is lets the collectors have their turns.
func (o *Observer) pass(ctx context.Context, f *flight) {
	if o.target.Forget != nil {
		defer o.target.Forget()
	}
	err := o.guard(ctx, "check", func() error { return o.target.Check(ctx) })
	f.endCheck(err)
	if err != nil && !o.target.Tells {
		return
	}
	half, end := o.halves(ctx)
	defer end()
	for i, s := range f.scrapers {
		if ctx.Err() != nil {
			return
		}
		if last := i == len(f.scrapers)-1; last {
			f.end(o.turn(ctx, s))
			return
		}
		f.end(o.turn(half(), s)) //nolint:contextcheck // it is of ctx
	}
}

// halves returns a function that gives each collector its share of the time, half of what is left, and one that ends the shares. So
// whatever a collector does, those after it get a turn. While hardly any time has passed the share stays the same, because making
// one costs more than most turns.
func (o *Observer) halves(ctx context.Context) (half func() context.Context, end func()) {
	const hardly = 100 // parts of what was left
	var (
		share  context.Context
		cancel = func() {}
		before time.Duration // what was left when the share was made
	)
	half = func() context.Context {
		if left := o.left(ctx); share == nil || share.Err() != nil || before-left > before/hardly {
			cancel()
			share, cancel = context.WithTimeout(ctx, left/2)
			before = left
		}
		return share
	}
	return half, func() { cancel() }
}

// turn runs one collector within its share of the time.
func (o *Observer) turn(ctx context.Context, s Scraper) run {
	batch := o.Set.BatchOfSize(s.Name(), o.limitOf(s.Name()), o.sizes[s.Name()])
	start := o.Now()
	err := o.guard(ctx, s.Name(), func() error { return s.Scrape(ctx, batch) })
	r := run{collector: s.Name(), outcome: OutcomeOf(err), err: err, ran: true, duration: o.Now().Sub(start), batch: batch}
	o.sizes[s.Name()] = batch.Size()
	if panicked(err) {
		r.outcome, r.batch = OutcomeDecode, nil
	}
	return r
}

// panicError is a panic in code that reads a daemon's replies: what it read made no sense to it.
type panicError struct{ value any }

// Error is the value that was panicked with.
func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func panicked(err error) bool {
	var p *panicError
	return errors.As(err, &p)
}

// guard runs f and turns its panic into an error, so that a reply nobody thought of costs one collector and not the
// process. The stack of the first panic of each name is logged.
func (o *Observer) guard(ctx context.Context, name string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			o.log.panicked(ctx, name, v, debug.Stack())
			err = &panicError{v}
		}
	}()
	return f()
}

func (f *flight) endCheck(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked, f.checkErr = true, err
}

func (f *flight) end(r run) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = append(f.runs, r)
}

// exposition is the whole flight's result, made once for all callers. Only for after the flight is done.
func (f *flight) exposition(o *Observer) *emit.Exposition {
	f.once.Do(func() { f.shared = o.report(f.snapshot()) })
	return f.shared
}

// snapshot is what the flight has reached. Collectors whose turn has not ended get the outcome of a timeout, or of the
// check where that failed.
func (f *flight) snapshot() pass {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := pass{up: f.checked && f.checkErr == nil, checkErr: f.checkErr, runs: slices.Clone(f.runs)}
	missed := OutcomeTimeout
	if f.checkErr != nil {
		missed = checkOutcome(f.checkErr)
	}
	for _, s := range f.scrapers[len(f.runs):] {
		p.runs = append(p.runs, run{collector: s.Name(), outcome: missed})
	}
	return p
}

// checkOutcome is the reason why the daemon counts as down. Whatever mark the error bears, it is no healthy one.
func checkOutcome(err error) string {
	if panicked(err) {
		return OutcomeDecode
	}
	if out := OutcomeOf(err); !Healthy(out) {
		return out
	}
	return OutcomeTransport
}
