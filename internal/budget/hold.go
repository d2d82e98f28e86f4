package budget

import "context"

// hold takes down the steps of policies that came or went, and shows those in force, also of budgets that are not known at the moment: a step does not go because
// nobody can tell.
func (f *Follower) hold(ctx context.Context, s *Snapshot) {
	if f.policies == nil {
		return
	}
	wrong := ""
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if o.Consumed.Known && len(o.Promise.Policy) > 0 {
			// The record must not be lost because the server took long to answer.
			if err := f.policies.See(context.WithoutCancel(ctx), o.Name, o.Promise.Policy, o.Consumed.Value, s.At); err != nil {
				wrong = err.Error()
				continue // the step of the numbers is shown, and tried again
			}
		}
		last, ok := f.policies.Now(o.Name)
		if !ok || last.Step == nil {
			continue
		}
		o.InForce, o.Policy = &last, last.Step.Action
		if o.State == Fine || o.State == Idle {
			o.State = o.stands()
		}
	}
	if wrong != "" && wrong != f.held {
		f.logger.Error("a step of a policy could not be taken down; it will be tried again", "err", wrong)
	}
	f.held = wrong
}
