package report

import (
	"cmp"
	"maps"
	"slices"

	"github.com/voipbin/observability/internal/rto"
)

// stores says of each store what can be proven, and what it held at the failure.
func (m *maker) stores() {
	newest := map[string]map[string]noted[rto.StockSample]{}
	for _, s := range m.e.stocks {
		if m.rec.Failed.Valid() && s.v.Recv > m.rec.Failed.Hi || s.v.Outcome != rto.OK {
			continue
		}
		if newest[s.v.Store] == nil {
			newest[s.v.Store] = map[string]noted[rto.StockSample]{}
		}
		newest[s.v.Store][s.v.Node] = s
	}
	covered := map[string]bool{}
	for _, c := range m.d.Start.Coverage {
		covered[c.Store] = true
		m.r.Stores = append(m.r.Stores, StoreLine{
			Store: c.Store, System: c.System, Proven: c.Proven, Statement: c.Statement, Gap: c.Gap, Stocks: m.stock(newest[c.Store]),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(newest)) {
		if !covered[name] {
			m.r.Stores = append(m.r.Stores, StoreLine{Store: name, Proven: "not in the coverage", Stocks: m.stock(newest[name])})
		}
	}
	slices.SortStableFunc(m.r.Stores, func(a, b StoreLine) int { return cmp.Compare(a.Store, b.Store) })
}

func (m *maker) stock(nodes map[string]noted[rto.StockSample]) []StockLine {
	var out []StockLine
	for _, node := range slices.Sorted(maps.Keys(nodes)) {
		s := nodes[node]
		for _, kind := range slices.Sorted(maps.Keys(s.v.AtRisk)) {
			line := StockLine{Node: node, Kind: kind, Count: s.v.AtRisk[kind], OldestAge: s.v.OldestAge, Seen: s.v.Recv, Ref: s.ref}
			if m.rec.Failed.Valid() {
				line.Before = max(m.rec.Failed.Hi.Sub(s.v.Recv), 0)
			}
			out = append(out, line)
		}
	}
	return out
}
