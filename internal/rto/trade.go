package rto

import "time"

// Choice is one way to promote, in both objectives.
type Choice struct {
	// Side is what is kept: Applied if the replica is promoted now, Received if its relay log is drained first.
	Side Side `json:"side"`
	// Loss is the recovery point that it comes to: the age at the failure of the oldest write that would be lost; before a failure is known,
	// at this moment.
	Loss    Bracket `json:"loss"`
	Verdict Verdict `json:"verdict"` // of Loss, by the RPO
	// Transactions is how many are known to be given up, nil if either position is not known.
	Transactions *uint64 `json:"transactions,omitempty"`
	// Wait is how long until the replica can be promoted so: nothing now, a forecast for the drain.
	Wait Bracket `json:"wait"`
	// Left is what the RTO leaves at that promotion, by the longer edges; nil before the failure is known, or where nothing bounds the wait.
	Left *time.Duration `json:"left_ns,omitempty"`
}

// Trade is the question of everybody who has to promote a replica that is behind: now, or after it has applied what it received? It is
// answered in both objectives, so that nobody waits for transactions that the objective allows to lose, or loses some that cost seconds.
type Trade struct {
	Store   string   `json:"store"`
	Replica string   `json:"replica"`
	Seen    bool     `json:"seen"` // the replica; otherwise the positions are old
	Choices []Choice `json:"choices"`
}

// TradeOf sets both ways against each other at now. remaining is what is left of the RTO now, nil before the failure is known; fresh is as
// for Exposed.
func TradeOf(l *Ledger, s *Survivor, d *Drain, sc Scenario, failed Moment, remaining *time.Duration, now Instant, fresh time.Duration) Trade {
	var t Trade
	for _, side := range []Side{Applied, Received} {
		e := Exposed(l, s, "", "", side, now, fresh)
		c := Choice{Side: side, Loss: e.Window}
		t.Seen = e.ReplicaSeen
		if q, known := s.Position(side); failed.Valid() {
			c.Loss = Bracket{Unbounded: true}
			if known {
				c.Loss = l.lossAt(q, failed)
			}
		}
		if e.Known {
			c.Transactions = &e.Transactions
		}
		if side == Received {
			c.Wait = d.Left()
		}
		if remaining != nil && !c.Wait.Unbounded {
			left := *remaining - c.Wait.Hi
			c.Left = &left
		}
		c.Verdict = Judge(c.Loss, sc.RPO)
		t.Choices = append(t.Choices, c)
	}
	return t
}

// lossAt is Loss; a source that was fenced before it failed lost nothing after that.
func (l *Ledger) lossAt(q Position, failed Moment) Bracket {
	if fence, fenced := l.Fenced(); fenced && fence < failed.Hi {
		failed = Moment{Lo: min(failed.Lo, fence), Hi: fence}
	}
	return l.Loss(q, failed)
}
