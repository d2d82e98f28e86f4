package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// window is the critical time: from the failure to the end of verification, or of the drill if nothing recovered.
func (m *maker) window() (lo, hi rto.Instant) {
	lo, hi = m.rec.Failed.Lo, m.rec.Stable
	if hi == 0 {
		hi = m.d.Ended.Hi
	}
	if hi == 0 {
		hi = m.e.end
	}
	return lo, max(lo, hi)
}

func overlap(from, to, lo, hi rto.Instant) time.Duration {
	return max(min(to, hi).Sub(max(from, lo)), 0)
}

// holes lists the time in which nobody looked, by the trackers' own account and by the gaps between looks, and says what that takes from the verdicts.
func (m *maker) holes() {
	lo, hi := m.window()
	several := len(m.e.index.Chains) > 1
	for _, h := range m.e.holes {
		line := HoleLine{
			From: h.v.From, To: h.v.To, Took: h.v.To.Sub(h.v.From), What: "the tracker", Vantage: h.vantage, Cause: h.v.Cause, Ref: h.ref,
			Critical: overlap(h.v.From, h.v.To, lo, hi),
		}
		m.r.Holes = append(m.r.Holes, line)
		if line.Critical > 0 && several {
			m.reason(Limit, "", fmt.Sprintf("the tracker at %s did not look for %s of the critical time (%s); the other did", place(h.vantage), span(line.Critical), h.v.Cause))
		} else if line.Critical > 0 {
			m.reason(Doubt, "", fmt.Sprintf("the tracker did not look for %s of the critical time (%s)", span(line.Critical), h.v.Cause))
		}
	}
	var unproven []string
	for _, p := range m.d.Start.Paths {
		if m.probeGaps(p, lo, hi) {
			unproven = append(unproven, p.Name)
		}
	}
	if len(unproven) > 0 {
		m.reason(Doubt, "RTO", "not probed all the while their recovery was being proven: "+strings.Join(unproven, ", "))
	}
	m.sourceGaps()
	slices.SortStableFunc(m.r.Holes, func(a, b HoleLine) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.What, b.What))
	})
	m.r.Unprovable = union(m.r.Holes, lo, hi)
	m.continuous()
}

// probeGaps finds gaps in a path's results, from all vantage points together, and tells whether one lies between the begin of the recovery and its
// proof: the path may have failed again unseen. A gap before the recovery only widens its bracket.
func (m *maker) probeGaps(p rto.Path, lo, hi rto.Instant) (unproven bool) {
	limit := 2*p.Interval + p.Timeout
	if p.Interval <= 0 {
		return false
	}
	var last rto.Instant
	for _, r := range m.probes {
		if r.v.Path != p.Name {
			continue
		}
		if gap := r.v.Send.Sub(last); last != 0 && gap > limit && overlap(last, r.v.Send, lo, hi) > 0 {
			m.r.Holes = append(m.r.Holes, HoleLine{
				From: last, To: r.v.Send, Took: gap, What: "probes of " + p.Name, Cause: "no result for longer than " + span(limit), Critical: overlap(last, r.v.Send, lo, hi),
			})
			unproven = unproven || m.rec.Stable != 0 && overlap(last, r.v.Send, m.rec.Recovered.Lo, m.rec.Stable) > 0
		}
		last = max(last, r.v.Recv)
	}
	return unproven
}

// sourceGaps finds pauses of the sampler in the time that the loss is computed from. The bracket holds all the same, because it grows by the pause;
// a sampler that was standing still when the failure came is doubted, because nothing shows that it would have run.
func (m *maker) sourceGaps() {
	failed := m.rec.Failed
	if !failed.Valid() || m.d.Start.Interval <= 0 {
		return
	}
	lo, limit := failed.Lo.Add(-m.d.Start.Scenario.RPO), 3*m.d.Start.Interval
	note := func(from, to rto.Instant) {
		gap := to.Sub(from)
		if gap <= limit || overlap(from, to, lo, failed.Hi) <= 0 {
			return
		}
		m.r.Holes = append(m.r.Holes, HoleLine{
			From: from, To: to, Took: gap, What: "sampler of " + m.d.Start.Store, Cause: "no look for longer than " + span(limit), Critical: overlap(from, to, failed.Lo, failed.Hi),
		})
		if gap > 10*m.d.Start.Interval && from <= failed.Lo && to >= failed.Lo {
			m.reason(Doubt, "RPO", fmt.Sprintf("the sampler of %s stood still for %s when the failure came", m.d.Start.Store, span(gap)))
			return
		}
		m.reason(Limit, "RPO", fmt.Sprintf("the sampler of %s paused for %s before the failure; the bracket holds the pause", m.d.Start.Store, span(gap)))
	}
	var last rto.Instant
	for _, s := range m.e.sources {
		if s.v.Store != m.d.Start.Store {
			continue
		}
		if last != 0 {
			note(last, s.v.Send)
		}
		last = max(last, s.v.Recv)
	}
	if last != 0 && last < failed.Lo {
		note(last, failed.Hi)
	}
}

// union is the time between lo and hi that any hole covers.
func union(holes []HoleLine, lo, hi rto.Instant) time.Duration {
	var total time.Duration
	at := lo
	for _, h := range holes { // in the order of From
		from, to := max(h.From, at), min(h.To, hi)
		if to > from {
			total += to.Sub(from)
			at = to
		}
	}
	return total
}
