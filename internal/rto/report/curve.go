package report

import (
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// curvePoints is how many points the exposure curve has: more than a page can show apart.
const curvePoints = 160

// curve replays the exposure as the tracker saw it, from before the failure to after the promotion.
func (m *maker) curve() {
	c := &m.r.Curve
	failed := m.rec.Failed
	if !failed.Valid() || m.r.RPO.Replica == "" || len(m.e.sources) == 0 {
		return
	}
	c.Failed, c.Promoted = failed, m.d.Promoted
	end := failed.Hi
	if c.Promoted.Valid() {
		end = c.Promoted.Hi
	}
	lead := min(max(end.Sub(failed.Lo), time.Minute), 5*time.Minute)
	c.From, c.To = max(failed.Lo.Add(-lead), m.e.sources[0].v.Recv), end.Add(lead/4)
	step := c.To.Sub(c.From) / curvePoints
	if step <= 0 {
		return
	}
	l, s := &rto.Ledger{}, &rto.Survivor{}
	i, j := 0, 0
	for at := c.From; at <= c.To; at = at.Add(step) {
		for ; i < len(m.e.sources) && m.e.sources[i].v.Recv <= at; i++ {
			if src := m.e.sources[i].v; src.Store == m.r.RPO.Store {
				l.Observe(src)
			}
		}
		for ; j < len(m.e.replicas) && m.e.replicas[j].v.Recv <= at; j++ {
			if r := m.e.replicas[j].v; r.Store == m.r.RPO.Store && r.Replica == m.r.RPO.Replica {
				s.Observe(r)
			}
		}
		if m.d.Fenced.Valid() && m.d.Fenced.Hi <= at {
			l.Fence(m.d.Fenced.Hi)
		}
		point := Exposed{At: at}
		point.Received = rto.Exposed(l, s, m.r.RPO.Store, m.r.RPO.Replica, rto.Received, at, m.fresh()).Window
		point.Applied = rto.Exposed(l, s, m.r.RPO.Store, m.r.RPO.Replica, rto.Applied, at, m.fresh()).Window
		c.Points = append(c.Points, point)
	}
}
