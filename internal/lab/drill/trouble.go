package drill

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The laboratory's own pulse: who is woken this much too late was not let run, and served nobody meanwhile.
const (
	pulseEvery = 20 * time.Millisecond
	pulseLate  = 100 * time.Millisecond
)

// trouble is a time in which a part of the platform did not serve, by the laboratory's own books.
type trouble struct{ from, to time.Time }

// lasting is from when on the platform served and went on to for as long as a recovery must: a trouble before that begins it anew.
func lasting(served time.Time, hold time.Duration, all []trouble) time.Time {
	all = slices.SortedFunc(slices.Values(all), func(a, b trouble) int { return a.from.Compare(b.from) })
	for _, t := range all {
		if t.to.After(served) && t.from.Before(served.Add(hold)) {
			served = t.to
		}
	}
	return served
}

// pulse watches whether this process runs. Its name server, its application and its caller are parts of the platform, and on a machine that has
// too much to do they stand still.
type pulse struct {
	stop context.CancelFunc
	ends sync.WaitGroup

	mu    sync.Mutex
	last  time.Time
	still []trouble
}

// startPulse begins to watch, beyond the end of ctx. Close it.
func startPulse(ctx context.Context) *pulse {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &pulse{stop: cancel, last: time.Now()}
	p.ends.Go(func() {
		tick := time.NewTicker(pulseEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				p.beat(time.Now())
			}
		}
	})
	return p
}

// beat notes that the process runs.
func (p *pulse) beat(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Sub(p.last) > pulseEvery+pulseLate {
		p.still = append(p.still, trouble{p.last, now})
	}
	p.last = now
}

// stood are the times at which the process did not run.
func (p *pulse) stood() []trouble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.still)
}

func (p *pulse) close() error {
	p.stop()
	p.ends.Wait()
	return nil
}
