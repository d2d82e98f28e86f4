package tracker

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// maxTick is the longest time between two looks that still counts as looking; what is beyond is a hole.
const maxTick = 3 * time.Second

// exposureKey tells exposures apart.
type exposureKey struct {
	store, replica string
	side           rto.Side
}

func keyOf(e rto.Exposure) exposureKey { return exposureKey{e.Store, e.Replica, e.Side} }

// tallies are the virtual drills of all replicas.
type tallies struct {
	objective time.Duration
	last      rto.Instant
	before    map[exposureKey]rto.Bracket
	sums      map[exposureKey]rto.Tally
	replayed  map[exposureKey]rto.Tally // of sums, what earlier sessions had counted
}

func newTallies(o Options) *tallies {
	t := &tallies{objective: o.Recovery.RPO(), before: map[exposureKey]rto.Bracket{}, sums: map[exposureKey]rto.Tally{}}
	for _, w := range o.Stores {
		for replica := range w.Replicas {
			for _, side := range []rto.Side{rto.Applied, rto.Received} {
				t.sums[exposureKey{w.Name, replica, side}] = rto.Tally{}
			}
		}
	}
	return t
}

// hole counts time in which nobody looked, or in which what was seen could not be written down.
func (t *tallies) hole(d time.Duration) {
	if d <= 0 {
		return
	}
	for k, sum := range t.sums {
		sum.Absent(d)
		t.sums[k] = sum
	}
}

// count adds the time since the last count. written is false if the looks of the stretch are not in the evidence. It returns the hole in the stretch, if there was one.
func (t *tallies) count(now rto.Instant, exposures []rto.Exposure, written bool) time.Duration {
	last := t.last
	t.last = now
	if last == 0 || now <= last {
		t.remember(exposures)
		return 0
	}
	d := now.Sub(last)
	hole := time.Duration(0)
	if d > maxTick {
		hole = d - maxTick
		d = maxTick
	}
	if !written || hole > 0 {
		// Nobody knows which part of a stretch with a hole was looked at.
		t.hole(d + hole)
		t.remember(exposures)
		return hole
	}
	for _, e := range exposures {
		k := keyOf(e)
		before, ok := t.before[k]
		if !ok {
			before = rto.Bracket{Unbounded: true}
		}
		sum := t.sums[k]
		sum.Add(during(before, e.Window, d), t.objective, d)
		t.sums[k] = sum
	}
	t.remember(exposures)
	return hole
}

func (t *tallies) remember(exposures []rto.Exposure) {
	for _, e := range exposures {
		t.before[keyOf(e)] = e.Window
	}
}

// during is the exposure that holds over a whole stretch of length d. What was proven at its begin stays proven, so that within it the upper edge
// never was beyond that of the begin plus d; the replica may have caught up only at the very end.
func during(begin, end rto.Bracket, d time.Duration) rto.Bracket {
	b := rto.Bracket{Lo: min(begin.Lo, end.Lo), Unbounded: begin.Unbounded}
	if !b.Unbounded {
		b.Hi = max(begin.Hi+d, end.Hi)
	}
	return b
}
