package rto

import (
	"slices"
	"time"
)

// drainWindow is how far back the pace of a replica is looked at: long enough for a few looks at 10 s, short enough to follow a change.
const drainWindow = 30 * time.Second

// Drain follows how fast a replica applies its relay log while it has one. It forecasts, from what was seen, and proves nothing: the
// transactions that are left may be larger than those before.
type Drain struct {
	steps []drainStep
	last  ReplicaSample
	known bool
}

// drainStep is what was applied between two looks, in a time in which there was something to apply.
type drainStep struct {
	at      Instant
	took    time.Duration
	applied uint64
}

// Observe takes a look; one that failed, or did not tell what was received, leaves what is known as it is.
func (d *Drain) Observe(r ReplicaSample) {
	if r.Outcome != OK || !r.ReceivedKnown || d.known && r.Recv <= d.last.Recv {
		return
	}
	if d.known && backlog(d.last) > 0 {
		d.steps = append(d.steps, drainStep{r.Recv, r.Recv.Sub(d.last.Recv), r.Applied.Minus(d.last.Applied).Count()})
	}
	d.last, d.known = r, true
	old := slices.IndexFunc(d.steps, func(s drainStep) bool { return r.Recv.Sub(s.at) <= drainWindow })
	if old < 0 {
		old = len(d.steps)
	}
	d.steps = slices.Delete(d.steps, 0, old)
}

func backlog(r ReplicaSample) uint64 { return r.Received.Minus(r.Applied).Count() }

// Backlog counts the transactions that are received and not applied, by the newest look; false if no look told.
func (d *Drain) Backlog() (uint64, bool) { return backlog(d.last), d.known }

// Left is how long the relay log will take at the paces seen lately: the fastest third of the window and the slowest. It is 0 without a
// backlog, and unbounded where nothing was applied in a third, or no pace was seen yet.
func (d *Drain) Left() Bracket {
	left, known := d.Backlog()
	if known && left == 0 {
		return Bracket{}
	}
	var applied [3]uint64
	var took [3]time.Duration
	for _, s := range d.steps {
		i := min(int(3*d.last.Recv.Sub(s.at)/drainWindow), 2)
		applied[i], took[i] = applied[i]+s.applied, took[i]+s.took
	}
	b := Bracket{Unbounded: true}
	first, stands := true, false
	for i := range applied {
		if took[i] == 0 {
			continue
		}
		if applied[i] == 0 {
			stands = true
			continue
		}
		t := time.Duration(float64(took[i]) * float64(left) / float64(applied[i]))
		if first {
			b = Bracket{Lo: t, Hi: t}
		}
		b.Lo, b.Hi, first = min(b.Lo, t), max(b.Hi, t), false
	}
	if stands {
		b = Bracket{Lo: b.Lo, Unbounded: true}
	}
	return b
}
