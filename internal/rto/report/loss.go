package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// The names of the two definitions of a recovery point.
const (
	ByOldestLost = "oldest lost write"
	ByCommits    = "last commit less last surviving commit"
)

// loss computes the recovery point of the store that the drill is about.
func (m *maker) loss() {
	p := &m.r.RPO
	start := m.d.Start
	*p = Point{
		Objective: start.Scenario.RPO, Store: start.Store, Replica: start.Replica,
		OldestLost: rto.Bracket{Unbounded: true}, Commits: rto.Bracket{Unbounded: true}, Ledger: rto.Bracket{Unbounded: true}, Judged: ByOldestLost,
	}
	if pr := m.d.Promotion; pr != nil {
		p.Store, p.Replica = cmp.Or(pr.Store, p.Store), cmp.Or(pr.Replica, p.Replica)
		p.Refs = m.e.refsOfKind(rto.EventPromoted)
	}
	m.fillLedger()
	m.canaries()
	if !m.rec.Failed.Valid() {
		return
	}
	m.sides()
	if m.ledger.Backwards() > 0 {
		m.reason(Doubt, "RPO", "the source was seen without transactions that it had shown before")
	}
	m.exact()
	p.Judged = stricter(p.OldestLost, p.Commits)
}

func stricter(oldest, commits rto.Bracket) string {
	if !oldest.Unbounded && (commits.Unbounded || commits.Hi > oldest.Hi) {
		return ByCommits
	}
	return ByOldestLost
}

// fillLedger takes the looks at the old source, and at no other: after the failover the same name may lead to the new one.
func (m *maker) fillLedger() {
	server := ""
	for _, s := range m.e.sources {
		if s.v.Store != m.r.RPO.Store || s.v.Outcome != rto.OK {
			continue
		}
		if m.rec.Failed.Valid() && s.v.Send > m.rec.Failed.Hi {
			break
		}
		server = s.v.Server
	}
	before := rto.Position{}
	for _, s := range m.e.sources {
		if s.v.Store != m.r.RPO.Store || s.v.Outcome != rto.OK || s.v.Server != server {
			continue
		}
		m.ledger.Observe(s.v)
		if !m.rec.Failed.Valid() || s.v.Send <= m.rec.Failed.Hi {
			before = s.v.At
		} else {
			m.r.RPO.SplitWrites = s.v.At.Minus(before).Count()
		}
	}
	if n := m.r.RPO.SplitWrites; n > 0 {
		m.reason(Limit, "RPO", fmt.Sprintf("seen again, the old source had %d transactions more than at the last look before the failure; those of after the failure are lost too, if nobody carries them over", n))
	}
}

// survivor is the newest good look at the survivor by the time of its promotion, or of the failure if nothing was promoted.
func (m *maker) survivor(until rto.Instant) (rto.ReplicaSample, bool) {
	var s rto.Survivor
	for _, r := range m.e.replicas {
		if r.v.Store == m.r.RPO.Store && r.v.Replica == m.r.RPO.Replica && r.v.Recv <= until {
			s.Observe(r.v)
		}
	}
	return s.Newest()
}

// sides computes the loss with either position, and chooses the one that was kept.
func (m *maker) sides() {
	p := &m.r.RPO
	promoted := m.d.Promoted
	until := m.rec.Failed.Hi
	if promoted.Valid() {
		until = promoted.Hi
	}
	look, seen := m.survivor(until)
	received, applied, receivedKnown := look.Received, look.Applied, seen && look.ReceivedKnown
	if pr := m.d.Promotion; pr != nil {
		seen, applied = true, pr.Before
		if pr.ReceivedKnown {
			received, receivedKnown = pr.Received, true
		}
	}
	if !seen {
		m.reason(Limit, "RPO", "no position of the survivor is known")
		return
	}
	kept, side := m.kept(applied, received, receivedKnown)
	received = received.Union(kept)
	if side == rto.Applied {
		applied = kept
	}
	if receivedKnown {
		p.Choices = append(p.Choices, m.side(rto.Received, received, side))
	}
	p.Choices = append(p.Choices, m.side(rto.Applied, applied, side))
	m.drain(applied, received, receivedKnown)
	if m.d.Promotion == nil {
		m.reason(Limit, "RPO", "nothing was promoted: the loss is what a promotion of the last position seen would have cost")
	}
	p.Position, p.Kept = side, kept
	p.OldestLost, p.Commits = m.ledger.Loss(kept, m.rec.Failed), m.ledger.CommitLoss(kept, m.rec.Failed)
	p.Ledger = p.OldestLost
	if newest, _, ok := m.ledger.Newest(); ok {
		n := newest.Minus(kept).Count()
		p.Transactions = &n
	}
}

// kept is the position that the survivor had of the old source when it took writes, by the first look at it as a writer. The last look at it as a
// replica does not show it: it may have received and applied for another interval. A MariaDB position with another server in it than the replica
// had counts the survivor's own writes in the same domain, and so cannot be used.
func (m *maker) kept(applied, received rto.Position, receivedKnown bool) (rto.Position, rto.Side) {
	pr := m.d.Promotion
	if pr == nil {
		return applied, rto.Applied
	}
	drained := receivedKnown && pr.After.Contains(received) && !pr.After.Empty()
	switch {
	case drained && pr.After.Holds(received):
		return pr.After, rto.Received
	case drained:
		return received, rto.Received
	case !pr.After.Empty() && pr.After.Holds(applied):
		return pr.After, rto.Applied
	default:
		return applied, rto.Applied
	}
}

func (m *maker) side(side rto.Side, at rto.Position, kept rto.Side) SideLoss {
	s := SideLoss{Position: side, At: at, Window: m.ledger.Loss(at, m.rec.Failed), Commits: m.ledger.CommitLoss(at, m.rec.Failed), Kept: side == kept}
	if newest, _, ok := m.ledger.Newest(); ok {
		s.Transactions = newest.Minus(at).Count()
	}
	return s
}

// drain estimates what draining the relay log would cost, from how fast the replica applied in the last minute before the failure in which it did.
func (m *maker) drain(applied, received rto.Position, receivedKnown bool) {
	if !receivedKnown {
		return
	}
	c := &DrainChoice{Backlog: received.Minus(applied).Count()}
	m.r.RPO.Drain = c
	var looks []rto.ReplicaSample
	for _, r := range m.e.replicas {
		if r.v.Store == m.r.RPO.Store && r.v.Replica == m.r.RPO.Replica && r.v.Outcome == rto.OK && r.v.Send <= m.rec.Failed.Hi {
			looks = append(looks, r.v)
		}
	}
	for len(looks) > 1 && looks[len(looks)-1].Applied.Equal(looks[len(looks)-2].Applied) {
		looks = looks[:len(looks)-1]
	}
	if len(looks) < 2 {
		return
	}
	last := looks[len(looks)-1]
	i := slices.IndexFunc(looks, func(r rto.ReplicaSample) bool { return last.Send.Sub(r.Send) <= time.Minute })
	took := last.Send.Sub(looks[i].Send).Seconds()
	n := last.Applied.Minus(looks[i].Applied).Count()
	if took <= 0 || n == 0 {
		return
	}
	rate := float64(n) / took
	estimate := time.Duration(float64(c.Backlog) / rate * float64(time.Second)).Round(time.Millisecond)
	c.Rate, c.Estimate = &rate, &estimate
}

// canaries adds up what the vantage points found of their own writes. The newest account of each holds all that its earlier ones did.
func (m *maker) canaries() {
	newest := map[string]rto.Canaries{}
	for _, n := range m.e.events {
		c := n.v.Canaries
		if n.v.Kind != rto.EventCanary || c.Store != m.r.RPO.Store {
			continue
		}
		newest[n.vantage] = *c
		m.r.RPO.Refs = append(m.r.RPO.Refs, n.ref)
	}
	for _, vantage := range slices.Sorted(maps.Keys(newest)) {
		c, sum := newest[vantage], m.r.RPO.Canary
		if sum == nil {
			sum = &CanaryLoss{}
			m.r.RPO.Canary = sum
		}
		sum.Acknowledged, sum.Lost, sum.Uncertain = sum.Acknowledged+c.Acknowledged, sum.Lost+c.Lost, sum.Uncertain+c.Uncertain
		if c.OldestLost.Valid() && (!sum.OldestLost.Valid() || c.OldestLost.Hi < sum.OldestLost.Hi) {
			sum.OldestLost = c.OldestLost
		}
	}
}

// exact replaces the ledger's brackets by what the old source's own log says, and compares the two.
func (m *maker) exact() {
	p, man := &m.r.RPO, m.d.Manifest
	if man == nil || man.Store != p.Store || p.Position == "" {
		return
	}
	p.Refs = append(p.Refs, m.e.refsOfKind(rto.EventManifest)...)
	if !man.Kept.Equal(p.Kept) {
		m.reason(Doubt, "RPO", "the manifest was read from another position than the one that was kept")
		return
	}
	x := &Exact{Server: man.Server, Resolution: man.Resolution}
	clock, from := m.sourceClock(man)
	if man.Transactions > 0 && (clock == nil || man.Oldest == 0) {
		m.reason(Limit, "RPO", "the manifest's times cannot be put on the tracker's clock: the bracket stays")
		m.count(man)
		return
	}
	var oldest, commits rto.Bracket
	if man.Transactions > 0 {
		x.Offset, x.Error, x.OffsetFrom = clock.Offset, clock.Error, from
		x.Oldest, x.Newest = x.moment(man.Oldest), x.moment(cmp.Or(man.Newest, man.Oldest))
		oldest, commits = m.rec.Failed.Since(x.Oldest), m.commits(x)
	}
	x.Inside = oldest.Lo <= p.Ledger.Hi && p.Ledger.Lo <= oldest.Hi || p.Ledger.Unbounded && p.Ledger.Lo <= oldest.Hi
	p.Manifest = x
	if !x.Inside {
		m.reason(Doubt, "RPO", fmt.Sprintf("the manifest says %s and the ledger %s: one of them is wrong", showBracket(oldest), showBracket(p.Ledger)))
		m.count(man)
		return
	}
	p.OldestLost, p.Commits, p.Exact = oldest, commits, true
	m.count(man)
}

func (m *maker) count(man *rto.Manifest) {
	n := man.Transactions
	m.r.RPO.Transactions, m.r.RPO.TransactionsExact, m.r.RPO.Tables = &n, true, man.Tables
}

// moment puts one of the source's stamps on the tracker's clock. A stamp stands for all that its resolution does not tell apart.
func (x *Exact) moment(stamp rto.Instant) rto.Moment {
	at := stamp.Add(-x.Offset)
	return rto.Moment{Lo: at.Add(-x.Error), Hi: at.Add(x.Error + x.Resolution)}
}

// sourceClock is the manifest's own clock comparison, or the last that the sampler made.
func (m *maker) sourceClock(man *rto.Manifest) (*rto.ClockOffset, string) {
	if man.Clock != nil {
		return man.Clock, "manifest"
	}
	var last *rto.ClockOffset
	for _, s := range m.e.sources {
		if s.v.Store == man.Store && s.v.Clock != nil && s.v.Send <= m.rec.Failed.Hi {
			last = s.v.Clock
		}
	}
	return last, "sampler"
}

// commits narrows the second definition by the manifest: the last commit is exact, the last kept one lies between what the ledger knows of it and
// the oldest lost one.
func (m *maker) commits(x *Exact) rto.Bracket {
	b := rto.Bracket{Lo: x.Newest.Since(x.Oldest).Lo, Unbounded: true}
	if was := m.r.RPO.Commits; !was.Unbounded {
		keptLo := m.rec.Failed.Hi.Add(-was.Hi)
		b.Hi, b.Unbounded = max(x.Newest.Hi.Sub(keptLo), b.Lo), false
	}
	return b
}
