package report

import (
	"slices"

	"github.com/voipbin/observability/internal/rto"
)

// phases measures the phases and the critical path, and refuses what cannot have happened in that order.
func (m *maker) phases() {
	times := m.d.PhaseTimes(rto.Measured{Recovery: m.rec, Notified: m.r.Alerts.Notified})
	for _, t := range times {
		line := PhaseLine{PhaseTime: t}
		if t.Budget > 0 {
			line.Judged = rto.Judge(t.Took, t.Budget)
		}
		m.r.Phases = append(m.r.Phases, line)
	}
	for _, text := range m.d.Disorder(times, m.rec) {
		m.reason(Refusal, "", text)
	}
	m.criticalPath()
}

// criticalPath follows the plan's longest chain, and the chain that really took longest: from the step that ended last back to the one it waited
// for longest.
func (m *maker) criticalPath() {
	plan := m.d.Start.Plan
	c := &m.r.CriticalPath
	c.Planned, c.PlannedSteps, _ = plan.Critical() // NewDrill refuses a plan without one
	c.Took = rto.Bracket{Unbounded: true}
	c.TookSteps = m.realChain()
	for _, s := range plan.Steps {
		state := m.d.Steps[s.ID]
		line := StepLine{
			ID: s.ID, Title: s.Title, Owner: s.Owner, Phase: s.Phase, Budget: s.Budget, Begun: state.Begun, Done: state.Done, By: state.By,
			Took: rto.Bracket{Unbounded: true}, Planned: slices.Contains(c.PlannedSteps, s.ID), Real: slices.Contains(c.TookSteps, s.ID),
		}
		if state.Begun.Valid() && state.Done.Valid() {
			line.Took = state.Done.Since(state.Begun)
		}
		c.Steps = append(c.Steps, line)
	}
	if n := len(c.TookSteps); n > 0 && m.rec.Failed.Valid() {
		c.Took = m.d.Steps[c.TookSteps[n-1]].Done.Since(m.rec.Failed)
	}
}

func (m *maker) realChain() []string {
	plan := m.d.Start.Plan
	latest := func(ids []string) (rto.Step, bool) {
		var best rto.Step
		found := false
		for _, id := range ids {
			s, ok := plan.Step(id)
			done := m.d.Steps[id].Done
			if ok && done.Valid() && (!found || done.Hi > m.d.Steps[best.ID].Done.Hi) {
				best, found = s, true
			}
		}
		return best, found
	}
	var all, chain []string
	for _, s := range plan.Steps {
		all = append(all, s.ID)
	}
	for s, ok := latest(all); ok && len(chain) < len(all); s, ok = latest(s.After) {
		chain = append(chain, s.ID)
	}
	slices.Reverse(chain)
	return chain
}
