package budget

import (
	"context"
	"slices"
)

// hold takes down the steps of policies that came or went, and shows those in force, also of budgets that are not known at the moment: a step does not go because
// nobody can tell. It goes where the spec has no policy any more.
func (f *Follower) hold(ctx context.Context, s *Snapshot) {
	if f.policies == nil {
		return
	}
	// The record must not be lost because the server took long to answer.
	ctx = context.WithoutCancel(ctx)
	wrong, failed := f.drop(ctx, s), map[string]bool{}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		if !o.Consumed.Known || len(o.Promise.Policy) == 0 {
			continue
		}
		if err := f.policies.See(ctx, o.Name, o.Promise.Policy, o.Consumed.Value, s.At); err != nil {
			wrong, failed[o.Name] = err.Error(), true
		}
	}
	f.show(s, failed)
	if wrong != "" && wrong != f.held {
		f.logger.Error("a step of a policy could not be taken down; it will be tried again", "err", wrong)
	}
	f.held = wrong
}

// Recall shows what is known without the server: steps of policies in force, corrections and maintenance. It is called once the records of earlier runs are read
// again, before Run: a gate must not stand open because nobody looked yet.
func (f *Follower) Recall() {
	next := f.blank(unseen, f.now(), Snapshot{})
	f.entered(&next)
	f.show(&next, nil)
	f.publish(next)
}

// entered puts into a snapshot of which no numbers are known what people entered.
func (f *Follower) entered(s *Snapshot) {
	if f.corrections == nil {
		return
	}
	active := f.corrections.Active(s.At)
	for i := range s.Objectives {
		s.Objectives[i].Maintenance = active[s.Objectives[i].Name]
		s.Objectives[i].correct(f.corrections, s.At)
	}
}

// show puts the steps in force into a snapshot. Of those that could not be taken down the step of the numbers is shown, and tried again.
func (f *Follower) show(s *Snapshot, failed map[string]bool) {
	if f.policies == nil {
		return
	}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		last, ok := f.policies.Now(o.Name)
		if !ok || last.Step == nil || len(o.Promise.Policy) == 0 || failed[o.Name] {
			continue
		}
		o.InForce, o.Policy = &last, last.Step.Action
		if o.State == Fine || o.State == Idle {
			o.State = o.stands()
		}
	}
}

// drop ends the steps of what has no policy any more, and says what went wrong with that last. A step that could not be ended holds nobody up meanwhile.
func (f *Follower) drop(ctx context.Context, s *Snapshot) (wrong string) {
	for _, name := range f.policies.Held() {
		i := slices.IndexFunc(s.Objectives, func(o Objective) bool { return o.Name == name })
		if i >= 0 && len(s.Objectives[i].Promise.Policy) > 0 {
			continue
		}
		if err := f.policies.Drop(ctx, name, s.At); err != nil {
			wrong = err.Error()
		}
	}
	return wrong
}
