package report

import (
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/rto"
)

// control is a requirement and how this report's evidence is looked up for it.
type control struct {
	standard, control, asks string
	look                    func(*maker) shown
}

// shown is what was found: what is missing makes the line "not shown".
type shown struct {
	refs          []string
	shows, misses []string
}

func (s *shown) want(ok bool, shows, missing string, refs ...string) {
	if !ok {
		s.misses = append(s.misses, missing)
		return
	}
	s.shows = append(s.shows, shows)
	for _, r := range refs {
		if len(s.refs) < maxRefs {
			s.refs = append(s.refs, r)
		}
	}
}

// controls maps the evidence to what assessors ask for (recovery evidence 1.3). A line with anything missing is not shown.
func (m *maker) controls() {
	for _, c := range []control{
		{"SOC 2", "A1.2", "Recovery arrangements are in operation and watched", (*maker).watched},
		{"SOC 2", "A1.3", "Recovery was tested: time and loss measured, gaps followed up", (*maker).tested},
		{"ISO 22301", "8.5", "Exercise from a scenario with objectives, and a formal report with outcomes and actions", (*maker).exercised},
		{"ISO 22301", "8.5", "Exercises at planned intervals", (*maker).repeated},
		{"NIST SP 800-53", "CP-4", "The contingency plan was tested, results reviewed, corrective action begun", (*maker).corrected},
		{"NIST SP 800-84", "after action", "Background, scope, objectives, participants, observations, recommendations", (*maker).afterAction},
		{"PCI DSS", "12.10.2", "The plan was tested within twelve months with roles, contacts, recovery and backups", (*maker).incident},
	} {
		s := c.look(m)
		m.r.Controls = append(m.r.Controls, ControlLine{
			Standard: c.standard, Control: c.control, Asks: c.asks, Shown: len(s.misses) == 0 && len(s.shows) > 0,
			Shows: strings.Join(s.shows, "; "), Missing: strings.Join(s.misses, "; "), Refs: s.refs,
		})
	}
}

func (m *maker) watched() (s shown) {
	n := m.r.Evidence.Samples
	s.want(n.Source > 0 && n.Replica > 0, fmt.Sprintf("%d looks at the source and %d at replicas", n.Source, n.Replica), "no looks at source and replica")
	s.want(len(m.r.Stores) > 0, fmt.Sprintf("coverage of %d stores", len(m.r.Stores)), "no statement of coverage")
	received := 0
	for _, a := range m.r.Alerts.Expected {
		if a.Outcome == AlertReceived {
			received++
			s.refs = append(s.refs, a.Refs...)
		}
	}
	s.want(received > 0, fmt.Sprintf("%d expected alerts received", received), "no expected alert was received")
	return s
}

func (m *maker) tested() (s shown) {
	m.measured(&s)
	m.followed(&s)
	return s
}

func (m *maker) measured(s *shown) {
	s.want(!m.r.Refused && !m.r.RTO.Took.Unbounded, "recovery time "+showBracket(m.r.RTO.Took), "the recovery time is not bounded", m.r.RTO.Refs...)
	s.want(!m.r.Refused && !m.r.RPO.Bracket().Unbounded, "data loss "+showBracket(m.r.RPO.Bracket()), "the data loss is not bounded", m.r.RPO.Refs...)
}

// followed wants an owner and a date for each finding, and a finding for each objective that was not met.
func (m *maker) followed(s *shown) {
	without, own := 0, 0
	for _, f := range m.r.Findings {
		if f.From != m.d.ID {
			continue
		}
		own++
		if f.Owner == "" || f.Due == 0 {
			without++
		}
	}
	s.want(without == 0, "every finding has an owner and a date", fmt.Sprintf("%d findings lack an owner or a date", without))
	s.want(own > 0 || m.r.Verdict == rto.Pass, fmt.Sprintf("%d findings", own), "the verdict is "+string(m.r.Verdict)+" and nothing was found to mend", m.e.refsOfKind(rto.EventFinding)...)
}

func (m *maker) exercised() (s shown) {
	i := m.r.Identity
	s.want(i.Scenario.Name != "" && i.Scenario.RTO > 0 && i.Scenario.RPO > 0, "scenario "+i.Scenario.Name+" with objectives", "no scenario with objectives", m.started()...)
	s.want(i.Kind != rto.Real, "an exercise ("+string(i.Kind)+")", "a real failover is no exercise")
	m.measured(&s)
	m.followed(&s)
	return s
}

func (m *maker) repeated() (s shown) {
	n := len(m.in.Earlier)
	s.want(n > 0, fmt.Sprintf("%d earlier drills were compared with", n), "no earlier drill was given")
	return s
}

func (m *maker) corrected() (s shown) {
	i := m.r.Identity
	s.want(i.Plan != "" && i.PlanSHA256 != "", "plan "+i.Plan+" "+i.PlanVersion+", by its hash", "the plan's version is not fixed by a hash", m.started()...)
	s.want(len(m.r.Approvals) > 0, fmt.Sprintf("%d approvals", len(m.r.Approvals)), "no approval on record", m.e.refsOfKind(rto.EventApproved)...)
	m.followed(&s)
	return s
}

func (m *maker) afterAction() (s shown) {
	i := m.r.Identity
	s.want(i.Scope != "", "scope stated", "no scope stated", m.started()...)
	s.want(len(m.r.People) > 0, fmt.Sprintf("%d participants with the times at which they joined", len(m.r.People)), "no participants on record", m.e.refsOfKind(rto.EventJoined)...)
	stated := 0
	for _, q := range m.r.Realism {
		if q.Answer != "not stated" {
			stated++
		}
	}
	s.want(stated > 0, fmt.Sprintf("%d of %d questions of realism answered", stated, len(m.r.Realism)), "realism not stated")
	m.followed(&s)
	return s
}

func (m *maker) incident() (s shown) {
	s.want(m.r.Identity.Kind != rto.Tabletop, "tested on "+showDay(m.r.Identity.Began), "only talked through", m.started()...)
	s.want(len(m.r.People) > 0, "roles and people on record", "no roles on record", m.e.refsOfKind(rto.EventJoined)...)
	m.measured(&s)
	s.want(false, "", "restoring from backups is not part of this report")
	return s
}

func (m *maker) started() []string { return m.e.refsOfKind(rto.EventStarted) }
