package rto

import (
	"sort"
	"time"
)

// Ledger is the GTID clock of one store: when which position of the source was seen. It answers, for any position of a survivor, up to
// when everything is provably in it and since when something is provably missing.
//
// It belongs to one line of history. When a failover has lost something, what was lost stays missing in it for ever: the new source gets a
// new Ledger.
// It is not safe for concurrent use.
type Ledger struct {
	ticks []tick
	// backwards counts observations that lacked what an earlier one held: the source lost transactions, or is another server.
	backwards int
	fence     Instant
}

// tick is a run of observations of one position: only its first answer and its last question matter.
type tick struct {
	at       Position
	first    Instant // recv of the first: by then something beyond the tick before had been committed
	last     Instant // send of the last: all that was acknowledged before it is in at
	lastRecv Instant
}

// Observe adds a look at the source. Looks that failed, and looks older than the newest, tell nothing and are left out. So does an empty
// position: every survivor contains it, although a source that writes no binlog shows it while it takes writes.
func (l *Ledger) Observe(s SourceSample) {
	if s.Outcome != OK || s.Recv < s.Send || s.At.Empty() {
		return
	}
	n := len(l.ticks)
	if n == 0 {
		l.ticks = append(l.ticks, tick{at: s.At, first: s.Recv, last: s.Send, lastRecv: s.Recv})
		return
	}
	newest := &l.ticks[n-1]
	if s.Send < newest.last {
		return
	}
	if newest.at.Equal(s.At) {
		newest.last, newest.lastRecv = s.Send, max(s.Recv, newest.lastRecv)
		return
	}
	// Of two looks under way at once, from two places, the later asked may have been answered first: that is no way back.
	if s.Send <= newest.lastRecv && newest.at.Contains(s.At) && !newest.at.Diverged(s.At) {
		return
	}
	if !s.At.Contains(newest.at) || s.At.Diverged(newest.at) {
		l.backwards++
	}
	l.ticks = append(l.ticks, tick{at: s.At, first: s.Recv, last: s.Send, lastRecv: s.Recv})
}

// Fence notes that the source could provably take no write from then on: from there the exposure stands still.
func (l *Ledger) Fence(at Instant) { l.fence = at }

// Fenced is the instant of the fence; false if the source may still be taking writes.
func (l *Ledger) Fenced() (Instant, bool) { return l.fence, l.fence != 0 }

// Unfence notes that writes are possible again.
func (l *Ledger) Unfence() { l.fence = 0 }

// Backwards counts how often the source was seen without something that it had before.
func (l *Ledger) Backwards() int { return l.backwards }

// Newest is the newest position and the interval in which it was read; false before the first observation.
func (l *Ledger) Newest() (Position, Moment, bool) {
	if len(l.ticks) == 0 {
		return Position{}, Moment{}, false
	}
	t := l.ticks[len(l.ticks)-1]
	return t.at, Moment{Lo: t.last, Hi: t.lastRecv}, true
}

// Complete is the latest instant before which every commit that the source acknowledged is provably in q; false if nothing is proven.
//
// It is the send time of the last observation before the first that q lacks. For a source that only grows this is max{send: P in q};
// for one that went backwards it stays at the older, safe side.
func (l *Ledger) Complete(q Position) (Instant, bool) {
	i := l.lastHeld(q)
	if i < 0 {
		return 0, false
	}
	return l.ticks[i].last, true
}

// lastHeld is the index of the newest tick that q provably holds, with all before it; -1 without one.
func (l *Ledger) lastHeld(q Position) int {
	i := l.firstLacking(q) - 1
	for i >= 0 && !q.Holds(l.ticks[i].at) {
		i--
	}
	return i
}

// Missing is the earliest instant by which something that q lacks had provably been written into the source's log; false if nothing is known
// to be missing. Its acknowledgement may have come some milliseconds later, or never: a look sees a commit before its client does.
func (l *Ledger) Missing(q Position) (Instant, bool) {
	i := l.firstLacking(q)
	if i == len(l.ticks) {
		return 0, false
	}
	return l.ticks[i].first, true
}

// firstLacking is the index of the first tick that q does not contain.
func (l *Ledger) firstLacking(q Position) int {
	lacks := func(t tick) bool { return !q.Contains(t.at) || q.Diverged(t.at) }
	if l.backwards == 0 {
		return sort.Search(len(l.ticks), func(i int) bool { return lacks(l.ticks[i]) })
	}
	for i, t := range l.ticks {
		if lacks(t) {
			return i
		}
	}
	return len(l.ticks)
}

// Len is the number of ticks held.
func (l *Ledger) Len() int { return len(l.ticks) }

// Thin bounds memory: of ticks older than age before now it keeps one in each step, the newest, and each that the next one lacks something of:
// only those show what a source that went backwards has lost. Leaving out another tick moves Complete earlier and Missing later, so the
// bracket stays true and only becomes wider.
func (l *Ledger) Thin(now Instant, age, step time.Duration) {
	kept := l.ticks[:0]
	var lastKept Instant
	for i, t := range l.ticks {
		old := now.Sub(t.last) > age
		if old && i > 0 && t.last.Sub(lastKept) < step && i != len(l.ticks)-1 && l.ticks[i+1].at.Holds(t.at) {
			continue
		}
		kept, lastKept = append(kept, t), t.last
	}
	clear(l.ticks[len(kept):])
	l.ticks = kept
}

// Drop forgets the ticks that every one of the given positions contains, but for the newest of them: they can prove nothing new.
// Without positions nothing is dropped, because a survivor that was never seen may need the oldest.
func (l *Ledger) Drop(held ...Position) {
	if len(held) == 0 {
		return
	}
	newest := len(l.ticks) - 1
	for _, q := range held {
		newest = min(newest, l.lastHeld(q))
	}
	if newest < 1 || l.backwards != 0 {
		return
	}
	kept := append(l.ticks[:0], l.ticks[newest:]...)
	clear(l.ticks[len(kept):]) // positions are not small
	l.ticks = kept
}
