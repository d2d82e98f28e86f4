package report

import (
	"fmt"

	"github.com/voipbin/observability/internal/rto"
)

// findings lists this drill's findings and those that earlier drills left open, with what this drill measured of them.
func (m *maker) findings() {
	for _, f := range m.d.Findings {
		m.r.Findings = append(m.r.Findings, FindingLine{Finding: f, From: m.d.ID, State: stateOf(f)})
	}
	for _, s := range m.in.Earlier {
		for _, f := range s.Findings {
			if f.ClosedBy != "" {
				continue
			}
			m.r.Findings = append(m.r.Findings, FindingLine{Finding: f, From: s.Drill, State: m.remeasured(f)})
		}
	}
}

func stateOf(f rto.Finding) string {
	if f.ClosedBy != "" {
		return "closed by " + f.ClosedBy
	}
	return "open"
}

// remeasured says what this drill shows of an earlier finding that names a phase.
func (m *maker) remeasured(f rto.Finding) string {
	for _, p := range m.r.Phases {
		if string(p.Phase) != f.Measure || p.Judged == "" {
			continue
		}
		switch p.Judged {
		case rto.Pass:
			return fmt.Sprintf("open; this drill measured %s, within its budget: it may be closed by %s", showBracket(p.Took), m.d.ID)
		case rto.Fail:
			return fmt.Sprintf("open; this drill measured %s, over its budget again", showBracket(p.Took))
		case rto.NotProven:
		}
	}
	return "open; not measured by this drill"
}
