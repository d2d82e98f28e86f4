package report

import (
	"cmp"
	"slices"

	"github.com/voipbin/observability/internal/rto"
)

// probeMatrix counts each path's results before, during and after the outage.
func (m *maker) probeMatrix() {
	lines := map[string]*ProbeLine{}
	for _, k := range m.keys {
		lines[k.name()] = &ProbeLine{Path: k.path.Name, Vantage: k.vantage, Want: k.path.Want, Region: k.path.Region}
	}
	for _, p := range m.probes {
		l := lines[p.v.Path+"\x00"+p.vantage]
		cell := &l.During
		switch {
		case m.rec.Failed.Valid() && p.v.Send <= m.rec.Failed.Hi:
			cell = &l.Before
		case !m.rec.Failed.Valid() || m.rec.Recovered.Valid() && p.v.Send > m.rec.Recovered.Hi:
			cell = &l.After
		}
		cell.count(p.v)
		if cell != &l.Before && p.v.Outcome == rto.OK && p.v.Grade >= l.Want && l.Region != "" && p.v.Region != l.Region {
			l.Elsewhere++
		}
	}
	for _, k := range m.keys {
		l := lines[k.name()]
		for _, c := range []*ProbeCell{&l.Before, &l.During, &l.After} {
			slices.SortFunc(c.Regions, func(a, b Region) int {
				return cmp.Or(cmp.Compare(b.Results, a.Results), cmp.Compare(a.Name, b.Name))
			})
		}
		m.r.Probes = append(m.r.Probes, *l)
	}
}

func (c *ProbeCell) count(p rto.ProbeResult) {
	c.Results++
	if p.Good {
		c.Good++
	}
	if p.Grade >= 0 && int(p.Grade) < len(c.Grades) {
		c.Grades[p.Grade]++
	}
	if p.Region == "" {
		return
	}
	i := slices.IndexFunc(c.Regions, func(r Region) bool { return r.Name == p.Region })
	if i < 0 {
		c.Regions = append(c.Regions, Region{Name: p.Region})
		i = len(c.Regions) - 1
	}
	c.Regions[i].Results++
}
