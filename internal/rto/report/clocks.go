package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// skew bounds how far the clocks of several vantage points may be apart.
type skew struct {
	needed, known bool
	bound         time.Duration
}

type clockKey struct{ vantage, server string }

// clocks gathers how far each server's clock was off, and what follows for two vantage points that asked the same server.
func (m *maker) clocks() {
	offsets := map[clockKey][]rto.ClockOffset{}
	add := func(vantage, store, server string, c *rto.ClockOffset) {
		if c != nil {
			k := clockKey{vantage, cmp.Or(server, store)}
			offsets[k] = append(offsets[k], *c)
		}
	}
	for _, s := range m.e.sources {
		add(s.vantage, s.v.Store, s.v.Server, s.v.Clock)
	}
	for _, s := range m.e.replicas {
		add(s.vantage, s.v.Store, s.v.Server, s.v.Clock)
	}
	q := &m.r.Clocks
	for k, of := range offsets {
		slices.SortFunc(of, func(a, b rto.ClockOffset) int { return cmp.Compare(a.Offset, b.Offset) })
		line := ServerClock{
			Server: k.server, Vantage: k.vantage, Samples: len(of), Min: of[0].Offset, Median: of[len(of)/2].Offset, Max: of[len(of)-1].Offset,
		}
		for _, o := range of {
			line.MaxError = max(line.MaxError, o.Error)
		}
		q.Servers = append(q.Servers, line)
	}
	slices.SortFunc(q.Servers, func(a, b ServerClock) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Vantage, b.Vantage))
	})
	for _, s := range m.e.steps {
		q.Steps = append(q.Steps, ClockStep{Vantage: s.vantage, At: s.v.At, Offset: s.v.Offset, Ref: s.ref})
	}
	for _, s := range m.e.sessions {
		q.Sessions = append(q.Sessions, SessionLine{
			Vantage: cmp.Or(s.vantage, s.v.Vantage), Version: s.v.Version, Began: s.v.Began, BootID: s.v.BootID, ConfigSHA256: s.v.ConfigSHA256, Ref: s.ref,
		})
	}
	m.between()
}

// between compares the vantage points by the servers that both asked: the server's clock drops out.
func (m *maker) between() {
	chains := m.e.index.Chains
	m.skew.needed, m.skew.known = len(chains) > 1, true
	for i, one := range chains {
		for _, other := range chains[i+1:] {
			best, ok := m.compareClocks(one.Vantage, other.Vantage)
			if !ok {
				m.skew.known = false
				continue
			}
			m.r.Clocks.Between = append(m.r.Clocks.Between, best)
			m.skew.bound = max(m.skew.bound, best.Offset.Abs()+best.Error)
		}
	}
}

// compareClocks takes the server that tells most exactly.
func (m *maker) compareClocks(one, other string) (VantageClock, bool) {
	var best VantageClock
	found := false
	for _, a := range m.r.Clocks.Servers {
		for _, b := range m.r.Clocks.Servers {
			if a.Vantage != one || b.Vantage != other || a.Server != b.Server {
				continue
			}
			c := VantageClock{One: one, Other: other, Offset: b.Median - a.Median, Error: a.MaxError + b.MaxError, By: a.Server}
			if !found || c.Error < best.Error {
				best, found = c, true
			}
		}
	}
	return best, found
}

// continuous doubts durations that span two boots of one vantage point's host: its clock was set anew from the wall clock in between.
func (m *maker) continuous() {
	lo, hi := m.window()
	boots := map[string]string{}
	for _, s := range m.r.Clocks.Sessions {
		before, seen := boots[s.Vantage]
		boots[s.Vantage] = s.BootID
		if !seen || s.Began <= lo || s.Began >= hi {
			continue
		}
		if before == s.BootID && s.BootID != "" {
			m.reason(Limit, "", fmt.Sprintf("the tracker at %s was restarted at %s, on the same boot and so the same clock", place(s.Vantage), s.Began))
			continue
		}
		m.reason(Doubt, "", fmt.Sprintf("the tracker at %s was restarted at %s, and nothing ties its clock to the one before", place(s.Vantage), s.Began))
	}
}

func place(vantage string) string { return cmp.Or(vantage, "its only vantage point") }
