package exporter

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// Observing is what all targets of one exporter have in common. Every field but Limit and Limits is required.
type Observing struct {
	Set *emit.Set
	Kit metric.Kit
	// Limit is the number of series that one collector may emit in one scrape; 0 or less is no limit.
	Limit int
	// Limits are those of collectors that have one of their own instead.
	Limits map[string]int
	Logger *slog.Logger
	Now    func() time.Time
}

func (c Observing) limitOf(collector string) int {
	if own, ok := c.Limits[collector]; ok {
		return own
	}
	return c.Limit
}

// Observer scrapes one target. It is safe for concurrent use: scrapes that overlap share one flight, and flights of one
// target follow one another, because the daemons' control interfaces are single processes.
type Observer struct {
	Observing
	target *Target
	events *prometheus.Registry // nil without events
	log    *failureLog
	slot   chan struct{}        // holds a token while a flight talks to the daemon
	sizes  map[string]emit.Size // of what collectors read last; for who holds the token
	run    sync.WaitGroup
	stop   context.CancelFunc // ends the target's Run; nil before Start

	mu      sync.Mutex
	flights map[string]*flight // by selection: the latest, for others to join
}

// NewObserver prepares the target for scraping and dials nothing. An error means that two collectors, or two metrics of
// events, have one name.
func NewObserver(t *Target, c Observing) (*Observer, error) {
	o := &Observer{
		Observing: c, target: t, log: newFailureLog(c.Logger, t.Name),
		slot: make(chan struct{}, 1), sizes: make(map[string]emit.Size), flights: make(map[string]*flight),
	}
	names := make(map[string]bool, len(t.Scrapers))
	for _, s := range t.Scrapers {
		if names[s.Name()] {
			return nil, fmt.Errorf("target %q: two collectors are named %q", t.Name, s.Name())
		}
		names[s.Name()] = true
	}
	if len(t.Events) == 0 {
		return o, nil
	}
	o.events = prometheus.NewRegistry()
	for _, e := range t.Events {
		if err := o.events.Register(e); err != nil {
			return nil, fmt.Errorf("target %q: events: %w", t.Name, err)
		}
	}
	return o, nil
}

// Observe scrapes the target by those of its collectors that selection lets through, nil being all, and returns what
// there is to show. It always answers, and at the latest when ctx ends: with what was read until then, and
// timeout as the outcome of every collector that had not ended.
//
// A ctx without a deadline is taken to have one in 30 seconds.
func (o *Observer) Observe(ctx context.Context, selection *Selection) *emit.Exposition {
	f := o.join(ctx, selection)
	var x *emit.Exposition
	select {
	case <-f.done:
		x = f.exposition(o)
	case <-ctx.Done():
		x = o.report(f.snapshot())
	}
	o.leave(f, ctx.Err())
	return o.withEvents(x)
}

// Start lets the target do what it does by itself between scrapes, until Close. It must be called at most once, before the
// observer is shared.
//
//nolint:contextcheck,nolintlint // it outlives the request that may have made it, and ends with Close; the first linter reports callers
func (o *Observer) Start() {
	if o.target.Run == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	o.stop = cancel
	o.run.Go(func() {
		_ = o.guard(ctx, "run", func() error { o.target.Run(ctx); return nil }) // a panic is logged
	})
}

// Close lets the target's connections go, once no collector runs any longer, and keeps collectors from running again. It
// waits for one that is running, but not for long.
func (o *Observer) Close() error {
	if o.stop != nil {
		o.stop()
		o.run.Wait()
	}
	patience := time.NewTimer(closePatience)
	defer patience.Stop()
	select {
	case o.slot <- struct{}{}: // kept for ever
	case <-patience.C: // a collector ignores its context: let its connection go under it
	}
	if o.target.Close == nil {
		return nil
	}
	if err := o.target.Close(); err != nil {
		return fmt.Errorf("target %q: close: %w", o.target.Name, err)
	}
	return nil
}

// closePatience is how long Close waits for a collector whose scrape is over.
const closePatience = 2 * time.Second

// errNobodyWaits stops a flight whose callers have all hung up.
var errNobodyWaits = errors.New("nobody waits for the scrape any longer")

// join returns a flight under way that suits the caller, or starts one. A flight suits when it has at least half as much
// time left as the caller: one that is about to give up must not decide for a caller who could wait.
func (o *Observer) join(ctx context.Context, selection *Selection) *flight {
	scrapers := selection.of(o.target.Scrapers)
	key := flightKey(scrapers)
	left := o.left(ctx)

	o.mu.Lock()
	defer o.mu.Unlock()
	if f, ok := o.flights[key]; ok && f.deadline.Sub(o.Now()) >= left/2 {
		f.waiting++
		return f
	}
	// The flight outlives the caller who started it while others wait for it, so only its values and deadline come from
	// that caller's context.
	flightCtx, timeout := context.WithTimeout(context.WithoutCancel(ctx), left)
	flightCtx, cancel := context.WithCancelCause(flightCtx)
	f := &flight{
		key: key, deadline: o.Now().Add(left), scrapers: scrapers, waiting: 1,
		cancel: cancel, done: make(chan struct{}),
	}
	o.flights[key] = f
	go func() {
		defer timeout()
		defer cancel(nil)
		o.fly(flightCtx, f)
	}()
	return f
}

// leave takes a caller off the flight; the last one ends it, for reason, which is nil when the flight was done.
func (o *Observer) leave(f *flight, reason error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	f.waiting--
	if f.waiting > 0 {
		return
	}
	o.forget(f)
	if errors.Is(reason, context.Canceled) {
		reason = errNobodyWaits
	}
	f.cancel(reason)
}

// forget keeps others from joining the flight. The caller holds o.mu.
func (o *Observer) forget(f *flight) {
	if o.flights[f.key] == f {
		delete(o.flights, f.key)
	}
}

// left is the time until the deadline of ctx.
func (o *Observer) left(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return defaultMaxScrapeTimeout
	}
	return deadline.Sub(o.Now())
}

func (o *Observer) withEvents(x *emit.Exposition) *emit.Exposition {
	if o.events == nil {
		return x
	}
	events, err := o.events.Gather()
	if err != nil {
		o.Logger.Error("events left out", "target", o.target.Name, "err", err)
	}
	return x.With(events)
}
