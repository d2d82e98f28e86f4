package rto

import "time"

// Side names which position of a replica is meant: the loss differs by the whole relay log.
type Side string

// The sides. Received is what is left if the relay log is drained before promotion, applied what is left if it is promoted at once.
const (
	Received Side = "received"
	Applied  Side = "applied"
)

// Exposure is what would be lost if the source's region were gone at Now and the replica took over.
type Exposure struct {
	Store   string  `json:"store"`
	Replica string  `json:"replica"`
	Side    Side    `json:"side"`
	Now     Instant `json:"now"`
	// Window is the age of the oldest write that would be lost. Unbounded: nothing was ever proven to be in the replica.
	Window Bracket `json:"window"`
	// Proven is the instant up to which everything is provably in the replica; 0 if nothing is proven.
	Proven Instant `json:"proven,omitempty"`
	// Known says that both positions are known, without which nothing can be counted.
	Known bool `json:"known"`
	// Transactions is how many are known to be missing, by the newest looks at both; it says nothing of what neither has seen.
	Transactions uint64 `json:"transactions"`
	// SourceSeen and ReplicaSeen tell whether the newest look at each is no older than the freshness asked for.
	SourceSeen  bool `json:"source_seen"`
	ReplicaSeen bool `json:"replica_seen"`
	// Errant counts transactions that the replica has and the source has not: they break the arithmetic and the way back.
	Errant uint64 `json:"errant,omitempty"`
}

// Provable tells whether the exposure has an upper edge.
func (e Exposure) Provable() bool { return !e.Window.Unbounded }

// Survivor is what is known of one replica: its newest good sample, the one before it, and the newest that told what was received, which
// a replica may not tell for a while: SHOW REPLICA STATUS waits for a STOP REPLICA that waits for a transaction.
type Survivor struct {
	newest, before, received ReplicaSample
	seen                     bool
}

// Observe takes a sample; one that failed, or that is older than the newest, leaves what is known as it is.
func (s *Survivor) Observe(r ReplicaSample) {
	if r.Outcome != OK || r.Recv < r.Send || s.seen && r.Send < s.newest.Send {
		return
	}
	s.before, s.newest, s.seen = s.newest, r, true
	if r.ReceivedKnown {
		s.received = r
	}
}

// Newest is the newest good sample; false before the first.
func (s *Survivor) Newest() (ReplicaSample, bool) { return s.newest, s.seen }

// Position is the replica's newest known position on a side; false if it was never seen or the account may not ask. What was received
// as of an older sample may have been applied since, so that the newest applied position is counted in.
func (s *Survivor) Position(side Side) (Position, bool) {
	if side == Received {
		return s.received.Received.Union(s.newest.Applied), s.received.ReceivedKnown
	}
	return s.newest.Applied, s.seen
}

// sample is the sample that a side's position is of.
func (s *Survivor) sample(side Side) ReplicaSample {
	if side == Received {
		return s.received
	}
	return s.newest
}

// Exposed computes the exposure at now. fresh is how old a look may be and still count as seeing (1.5 sampling intervals, say).
//
// The upper edge is now less the proven instant, and grows by a second a second while either side is not seen, unless the source is
// fenced. The lower edge holds at the moment of the replica's sample only: since then the replica may have caught up, so it is 0 as
// soon as the replica is not seen.
func Exposed(l *Ledger, s *Survivor, store, replica string, side Side, now Instant, fresh time.Duration) Exposure {
	e := Exposure{Store: store, Replica: replica, Side: side, Now: now, Window: Bracket{Unbounded: true}}
	newest, looked, known := l.Newest()
	e.SourceSeen = known && now.Sub(looked.Lo) <= fresh
	r := s.sample(side)
	e.ReplicaSeen = r.Outcome == OK && now.Sub(r.Send) <= fresh
	q, ok := s.Position(side)
	if !ok || !known {
		return e
	}
	e.Known, e.Transactions = true, newest.Minus(q).Count()
	e.Errant = s.errant(newest, looked, side)
	end := now
	if fence, fenced := l.Fenced(); fenced && fence < now {
		end = fence
	}
	if proven, ok := l.Complete(q); ok {
		e.Proven = proven
		e.Window = Bracket{Hi: max(end.Sub(proven), 0)}
	}
	if missing, ok := l.Missing(q); ok && e.ReplicaSeen {
		e.Window.Lo = max(min(end, r.Send).Sub(missing), 0)
	}
	return e
}

// errant counts what the replica had before the source was looked at and the source then lacked. A replica that was read after the
// source may rightly have more: then its sample before that is asked, so that it does not matter who of the two is looked at first.
func (s *Survivor) errant(source Position, looked Moment, side Side) uint64 {
	r := s.newest
	if r.Recv > looked.Lo {
		r = s.before
	}
	if r.Outcome != OK || r.Recv > looked.Lo {
		return 0
	}
	q := r.Applied
	if side == Received && r.ReceivedKnown {
		q = r.Received
	}
	n := q.Minus(source).Count()
	if n == 0 && q.Diverged(source) {
		return 1
	}
	return n
}

// Loss is the bracket of the recovery point achieved when the source failed at the given moment and the survivor's position q was
// promoted: [failed.Lo - Missing, failed.Hi - Complete] (oldest lost commit to failure). It is 0 where nothing is missing and the last
// look came after the failure.
func (l *Ledger) Loss(q Position, failed Moment) Bracket {
	b := Bracket{Unbounded: true}
	if proven, ok := l.Complete(q); ok {
		b = Bracket{Hi: max(failed.Hi.Sub(proven), 0)}
	}
	if missing, ok := l.Missing(q); ok {
		b.Lo = max(failed.Lo.Sub(missing), 0)
	}
	return b
}
