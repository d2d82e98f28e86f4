package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Summary is a drill in a list, and what later drills compare themselves with.
type Summary struct {
	Drill    string        `json:"drill"`
	Title    string        `json:"title,omitempty"`
	Scenario string        `json:"scenario"`
	Kind     rto.DrillKind `json:"kind"`
	State    rto.State     `json:"state"`
	Began    rto.Moment    `json:"began"`
	Failed   rto.Moment    `json:"failed,omitzero"`
	Verdict  rto.Verdict   `json:"verdict"`
	RTO      rto.Bracket   `json:"rto"`
	RPO      rto.Bracket   `json:"rpo"`
	Phases   []PhaseTook   `json:"phases,omitempty"`
	Findings []rto.Finding `json:"findings,omitempty"`
	// Seal is that of the report it was taken from.
	Seal string `json:"seal,omitempty"`
}

// PhaseTook is how long a phase took.
type PhaseTook struct {
	Phase rto.Phase   `json:"phase"`
	Took  rto.Bracket `json:"took"`
}

// Summary is the report in short.
func (r Report) Summary() Summary {
	s := Summary{
		Drill: r.Drill, Title: r.Title, Scenario: r.Identity.Scenario.Name, Kind: r.Identity.Kind, State: r.Identity.State, Began: r.Identity.Began,
		Failed: r.RTO.Failed, Verdict: r.Verdict, RTO: r.RTO.Took, RPO: r.RPO.Bracket(), Seal: r.Seal,
	}
	for _, p := range r.Phases {
		s.Phases = append(s.Phases, PhaseTook{p.Phase, p.Took})
	}
	for _, f := range r.Findings {
		if f.From == r.Drill {
			s.Findings = append(s.Findings, f.Finding)
		}
	}
	return s
}

// Bracket is the recovery point that the verdict goes by.
func (p Point) Bracket() rto.Bracket {
	if p.Judged == ByCommits {
		return p.Commits
	}
	return p.OldestLost
}

// compare sets each phase beside the earlier drills'. A refused report measured nothing and so is not compared with.
func (m *maker) compare() {
	for _, p := range m.r.Phases {
		t := PhaseTrend{Phase: p.Phase, Now: p.Took}
		for _, s := range m.in.Earlier {
			if took, ok := s.phase(p.Phase); ok {
				t.Earlier = append(t.Earlier, TrendItem{Drill: s.Drill, Took: took})
			}
		}
		if len(t.Earlier) == 0 {
			continue
		}
		known := uppers(m.in.Earlier, p.Phase)
		t.P50, t.P90 = quantile(known, 0.5), quantile(known, 0.9)
		m.r.Comparison = append(m.r.Comparison, t)
	}
	for _, s := range m.in.Earlier {
		if s.Drill == m.d.ID {
			m.reason(Limit, "", fmt.Sprintf("drill %s was given as an earlier one of itself", s.Drill))
		}
	}
}

func (s Summary) phase(p rto.Phase) (rto.Bracket, bool) {
	i := slices.IndexFunc(s.Phases, func(t PhaseTook) bool { return t.Phase == p })
	if i < 0 {
		return rto.Bracket{}, false
	}
	return s.Phases[i].Took, true
}

// uppers are the upper edges of a phase in earlier drills, in order of length: the side on which a forecast must not err.
func uppers(earlier []Summary, p rto.Phase) []time.Duration {
	var out []time.Duration
	for _, s := range earlier {
		if b, ok := s.phase(p); ok && !b.Unbounded {
			out = append(out, b.Hi)
		}
	}
	slices.Sort(out)
	return out
}

// quantile is the nearest rank: with few drills nothing between two of them is known.
func quantile(sorted []time.Duration, q float64) *time.Duration {
	if len(sorted) == 0 {
		return nil
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	d := sorted[min(max(rank, 1), len(sorted))-1]
	return &d
}
