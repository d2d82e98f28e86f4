package report

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// estimators sets what others would have gone by at the failure beside what was proven at the same look.
func (m *maker) estimators() {
	failed := m.rec.Failed
	if !failed.Valid() || m.r.RPO.Store == "" {
		return
	}
	look, seen := m.survivor(failed.Lo)
	if !seen {
		return
	}
	proven := map[rto.Side]rto.Bracket{}
	live := m.ledgerAt(look.Recv)
	var s rto.Survivor
	s.Observe(look)
	for _, side := range []rto.Side{rto.Received, rto.Applied} {
		proven[side] = rto.Exposed(live, &s, look.Store, look.Replica, side, look.Recv, m.fresh()).Window
	}
	e := look.Estimates
	for _, x := range []struct {
		name string
		side rto.Side
		said *float64
	}{
		{"Seconds_Behind_Source", rto.Applied, e.SecondsBehind},
		{"heartbeat row", rto.Applied, e.Heartbeat},
		{"age of the last applied commit", rto.Applied, e.AppliedAge},
		{"age of the last received commit", rto.Received, e.QueuedAge},
		{"provider's replica lag", rto.Applied, e.Cloud},
	} {
		line := Estimator{Name: x.name, Position: x.side, Said: x.said, At: look.Recv, Proven: proven[x.side], Judged: compareWith(x.said, proven[x.side])}
		if x.said != nil && m.r.RPO.Exact {
			exact := m.r.RPO.OldestLost
			off := *x.said - (exact.Lo + (exact.Hi-exact.Lo)/2).Seconds()
			line.Error = &off
		}
		m.r.Estimators = append(m.r.Estimators, line)
	}
}

// compareWith gives an estimate the resolution of a second that the usual ones have.
func compareWith(said *float64, b rto.Bracket) string {
	switch {
	case said == nil:
		return "silent"
	case *said+1 < b.Lo.Seconds():
		return "below"
	case !b.Unbounded && *said > b.Hi.Seconds()+1:
		return "above"
	default:
		return "inside"
	}
}

// fresh is how old a look may be and still count as seeing.
func (m *maker) fresh() time.Duration {
	return max(3*m.d.Start.Interval/2, time.Second)
}

// ledgerAt is the ledger as the tracker had it at that instant.
func (m *maker) ledgerAt(at rto.Instant) *rto.Ledger {
	l := &rto.Ledger{}
	for _, s := range m.e.sources {
		if s.v.Store == m.r.RPO.Store && s.v.Recv <= at {
			l.Observe(s.v)
		}
	}
	return l
}
