package rules

import "time"

// tale is stories of one step that are made when they are wanted: they are long, and there is no need to hold those of many
// objectives at once.
type tale struct {
	step time.Duration
	make func() []TestGroup
}

// told returns stories that are made already.
func told(stories ...TestGroup) func() []TestGroup {
	return func() []TestGroup { return stories }
}

// tiled are tales that are evaluated by tiles. There are none for objectives of which nothing can be made up.
func (o *objective) tiled(make func() []TestGroup) []tale {
	if o.data == nil {
		return nil
	}
	return []tale{{tileStep, make}}
}

// alert adds an alert of the objective with its rules, each where its window is recorded, and its tales.
func (o *objective) alert(a Alert, tales ...tale) {
	for i := range a.Rules {
		a.Rules[i].Alert = a.Name
		to := o.home(a.Rules[i])
		to.rules = append(to.rules, a.Rules[i])
	}
	o.events.alerts = append(o.events.alerts, a)
	for _, t := range tales {
		o.tales = append(o.tales, tale{t.step, func() []TestGroup {
			stories := t.make()
			for i := range stories {
				stories[i].Alert = a.Name
			}
			return stories
		}})
	}
}

// tells reports whether there is anything to tell at a step.
func (o *objective) tells(step time.Duration) bool {
	for _, t := range o.tales {
		if t.step == step {
			return true
		}
	}
	return false
}

// tell makes all stories of a step.
func (o *objective) tell(step time.Duration) []TestGroup {
	var stories []TestGroup
	for _, t := range o.tales {
		if t.step == step {
			stories = append(stories, t.make()...)
		}
	}
	return stories
}
