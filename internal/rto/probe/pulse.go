package probe

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// The pulse of a process: how often it wants to be woken, how much too late counts as having stood still, and for how long it is remembered,
// which is longer than any probe takes.
const (
	pulseEvery = 20 * time.Millisecond
	pulseLate  = 20 * time.Millisecond
	pulseKept  = 2 * time.Minute
)

// Pulse knows when this process was not let run. A probe that ran out of time meanwhile says nothing of its path: the answer may have been there.
type Pulse struct {
	now func() rto.Instant

	mu    sync.Mutex
	last  rto.Instant
	still []rto.Moment // from one beat to the next, where that was too long; oldest first
}

// NewPulse is a pulse that does not beat yet.
func NewPulse(now func() rto.Instant) *Pulse { return &Pulse{now: now, last: now()} }

// Run beats until ctx ends.
func (p *Pulse) Run(ctx context.Context) {
	p.beat() // what was before nobody knows
	p.mu.Lock()
	p.still = nil
	p.mu.Unlock()
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.beat()
		}
	}
}

func (p *Pulse) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Sub(p.last) > pulseEvery+pulseLate {
		p.still = append(p.still, rto.Moment{Lo: p.last, Hi: now})
	}
	p.last = now
	for len(p.still) > 0 && now.Sub(p.still[0].Hi) > pulseKept {
		p.still = p.still[1:]
	}
}

// Stood are the times of the last two minutes at which the process was not let run, oldest first.
func (p *Pulse) Stood() []rto.Moment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.still)
}

// Held is the longest time at a stretch within a span for which the process was not let run, less what it is idle between two beats; 0 if it ran
// all the while. A pulse that does not beat any more, or not yet again, counts as one that stands still.
func (p *Pulse) Held(from, to rto.Instant) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var held time.Duration
	stood := func(lo, hi rto.Instant) {
		if within := min(hi, to).Sub(max(lo, from)); hi.Sub(lo) > pulseEvery+pulseLate {
			held = max(held, within)
		}
	}
	for _, m := range p.still {
		stood(m.Lo, m.Hi)
	}
	stood(p.last, to)
	return held
}
