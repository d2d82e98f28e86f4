package report

import (
	"cmp"
	"fmt"

	"github.com/voipbin/observability/internal/rto"
)

// restored computes the recovery point where data came from a copy of an earlier time: what was acknowledged between that time and the failure is
// lost. Of positions nothing follows, for every replica has what was garbled.
func (m *maker) restored() {
	p, r := &m.r.RPO, m.d.Restored
	p.Replica, p.Judged = "", ByRestore
	if r == nil {
		m.reason(Doubt, "RPO", "no restore was taken down: of which time the data are is not known")
		return
	}
	p.Store, p.Restored, p.Refs = cmp.Or(r.Store, p.Store), r.Point, m.e.refsOfKind(rto.EventRestored)
	failed := m.rec.Failed
	if !failed.Valid() {
		return
	}
	if r.Point > failed.Lo {
		m.reason(Doubt, "RPO", "the data are of a time at which they may have been garbled already")
	}
	p.OldestLost = failed.Since(rto.At(r.Point))
	p.Commits, p.Ledger = p.OldestLost, p.OldestLost
	if m.d.Fenced.Valid() {
		m.reason(Limit, "RPO", fmt.Sprintf("what was written in the %s between the failure and the fence is lost too, if nobody carries it over", showBracket(m.d.Fenced.Since(failed))))
		return
	}
	m.reason(Limit, "RPO", "nobody took down when the garbled source was fenced: what was written to it after the failure is lost too, if nobody carries it over")
}
