package rto

// CommitLoss is the bracket of the other definition of the recovery point achieved: the time of the source's last commit less that of the last
// commit that q kept. It counts time in which the source was idle before the first lost write, so it may be far above Loss; where a heartbeat is
// written every second the two agree within one (recovery evidence 2.3). A report judges by the stricter of both. It is unbounded where the log
// does not reach back to the last commit that was kept.
func (l *Ledger) CommitLoss(q Position, failed Moment) Bracket {
	n := len(l.ticks)
	lacking := l.firstLacking(q)
	if lacking == 0 {
		return Bracket{Unbounded: true}
	}
	var b Bracket
	if lacking < n {
		// At the earliest the last commit came just after the look that did not show it yet, and the kept one by the look that q lacks.
		last, _ := l.before(n - 1)
		b.Lo = max(min(last, failed.Lo).Sub(min(l.ticks[lacking].first, failed.Hi)), 0)
	}
	// What is lost may have been committed at the very end, and what is kept at once after the look that did not show it yet.
	kept, ok := l.before(lacking - 1)
	if !ok {
		b.Unbounded = true
		return b
	}
	b.Hi = max(failed.Hi.Sub(kept), 0)
	return b
}

// before is the last instant at which tick i's newest commit was provably not there yet; false for the first tick, whose age nobody saw.
func (l *Ledger) before(i int) (Instant, bool) {
	if i == 0 {
		return 0, false
	}
	return l.ticks[i-1].last, true
}
