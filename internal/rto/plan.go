package rto

import (
	"fmt"
	"slices"
	"time"
)

// Phase is a part of a recovery that is measured and budgeted (recovery evidence 2.4).
type Phase string

// The phases, in the order in which they usually end.
const (
	Detect   Phase = "detect"   // failure to the first notification that a person could see
	Decide   Phase = "decide"   // notification to the declaration
	Promote  Phase = "promote"  // promotion called to the first committed write on the survivor
	Repoint  Phase = "repoint"  // to the first write through the application
	Redirect Phase = "redirect" // authoritative change to answers from the surviving region
	Scale    Phase = "scale"    // to the wanted number of replicas that answer
	Verify   Phase = "verify"   // to all critical paths good and stable
)

// Phases lists all phases in order.
func Phases() []Phase {
	return []Phase{Detect, Decide, Promote, Repoint, Redirect, Scale, Verify}
}

// Scenario is a kind of disaster with objectives of its own.
type Scenario struct {
	Name  string        `json:"name"`
	Title string        `json:"title,omitempty"`
	RTO   time.Duration `json:"rto_ns"`
	RPO   time.Duration `json:"rpo_ns"`
	// Restore says that data are brought back from a copy of an earlier time: replicas have followed what was wrong, and prove nothing.
	Restore bool `json:"restore,omitempty"`
}

// Plan is what is to be done in a recovery.
type Plan struct {
	Name     string `json:"name"`
	Version  string `json:"version,omitempty"`
	Scenario string `json:"scenario"`
	Steps    []Step `json:"steps"`
}

// Step is one step of a plan; steps that do not wait for each other run side by side.
type Step struct {
	ID     string        `json:"id"`
	Title  string        `json:"title"`
	Owner  string        `json:"owner"`
	Phase  Phase         `json:"phase"`
	Budget time.Duration `json:"budget_ns"`
	After  []string      `json:"after,omitempty"`
	// Hook is a command that does the step, and its time limit; empty if people do it.
	Hook      []string      `json:"hook,omitempty"`
	HookLimit time.Duration `json:"hook_limit_ns,omitempty"`
	// Runbook tells people how.
	Runbook string `json:"runbook,omitempty"`
}

// Step finds a step by its id.
func (p Plan) Step(id string) (Step, bool) {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.ID == id })
	if i < 0 {
		return Step{}, false
	}
	return p.Steps[i], true
}

// Known tells whether every step that another waits for is in the plan.
func (p Plan) Known() bool {
	for _, s := range p.Steps {
		for _, id := range s.After {
			if _, ok := p.Step(id); !ok {
				return false
			}
		}
	}
	return true
}

// Critical is the longest chain of budgets: what the plan takes if every step takes its budget and parallel steps run side by side. Its
// sum would overstate it. An error names a step that waits for one that does not exist, or for itself.
func (p Plan) Critical() (time.Duration, []string, error) {
	type chain struct {
		length time.Duration
		steps  []string
	}
	done := map[string]chain{}
	var longest chain
	longestOf := func(ids []string) (before chain, ready bool) {
		for _, id := range ids {
			c, ok := done[id]
			if !ok {
				return chain{}, false
			}
			if c.length > before.length {
				before = c
			}
		}
		return before, true
	}
	for len(done) < len(p.Steps) {
		progress := false
		for _, s := range p.Steps {
			if _, ok := done[s.ID]; ok {
				continue
			}
			before, ready := longestOf(s.After)
			if !ready {
				continue
			}
			c := chain{before.length + s.Budget, append(slices.Clone(before.steps), s.ID)}
			done[s.ID], progress = c, true
			if c.length > longest.length {
				longest = c
			}
		}
		if !progress {
			return 0, nil, p.blocked(func(id string) bool { _, ok := done[id]; return ok })
		}
	}
	return longest.length, longest.steps, nil
}

// PhaseBudget is the longest chain of budgets within one phase; 0 if the plan has no step of it.
func (p Plan) PhaseBudget(phase Phase) time.Duration {
	var part Plan
	inside := func(id string) bool { s, ok := p.Step(id); return ok && s.Phase == phase }
	for _, s := range p.Steps {
		if s.Phase != phase {
			continue
		}
		after := s.After
		s.After = nil
		for _, id := range after {
			if inside(id) {
				s.After = append(s.After, id)
			}
		}
		part.Steps = append(part.Steps, s)
	}
	length, _, err := part.Critical()
	if err != nil {
		return 0
	}
	return length
}

func (p Plan) blocked(done func(string) bool) error {
	for _, s := range p.Steps {
		for _, id := range s.After {
			if _, ok := p.Step(id); !ok {
				return fmt.Errorf("step %s waits for %s, which the plan does not have", s.ID, id)
			}
		}
	}
	for _, s := range p.Steps {
		if !done(s.ID) {
			return fmt.Errorf("step %s waits for itself, through %v", s.ID, s.After)
		}
	}
	return fmt.Errorf("two steps have one id")
}
