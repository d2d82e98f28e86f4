package rto

import "time"

// PhaseTime is one measured phase. Took is unbounded while its end is not known.
type PhaseTime struct {
	Phase  Phase         `json:"phase"`
	Begun  Moment        `json:"begun,omitzero"`
	Done   Moment        `json:"done,omitzero"`
	Took   Bracket       `json:"took"`
	Budget time.Duration `json:"budget_ns"`
	// Evidence says what the edges rest on: probe, alert, declaration, mark, hook.
	Evidence string `json:"evidence,omitempty"`
}

// Measured are the things that phases are measured by, besides the marks of the drill itself.
type Measured struct {
	Recovery Recovery
	// Notified is the first notification that reached a person (a webhook's arrival), the zero Moment if none did.
	Notified Moment
}

// PhaseTimes measures the phases of a drill (recovery evidence 2.4). A phase begins with the first of its steps, or where its evidence says so, and
// ends with the last of them; a phase of which nothing was recorded has no times, and its duration is unbounded.
func (d *Drill) PhaseTimes(m Measured) []PhaseTime {
	out := make([]PhaseTime, 0, len(Phases()))
	for _, p := range Phases() {
		t := d.stepsOf(p)
		switch p {
		case Detect:
			d.detect(&t, m)
		case Decide:
			t.Begun = out[0].Done // of detection; without it the decision is charged from the failure
			if !t.Begun.Valid() {
				t.Begun = m.Recovery.Failed
			}
			if d.Declared.Valid() {
				t.Done, t.Evidence = d.Declared, "declaration"
			}
		case Promote:
			if d.Promotion != nil && d.Promotion.FirstWrite.Valid() {
				t.Done, t.Evidence = d.Promotion.FirstWrite, "first write"
			}
		case Verify:
			verify(&t, m.Recovery)
		}
		t.Took = Bracket{Unbounded: true}
		if t.Begun.Valid() && t.Done.Valid() {
			t.Took = t.Done.Since(t.Begun)
		}
		out = append(out, t)
	}
	return out
}

// detect ends with the first notification, or with the mark of somebody who saw it without; at the latest with the declaration, which nobody makes
// of what they have not seen.
func (d *Drill) detect(t *PhaseTime, m Measured) {
	t.Begun, t.Evidence = m.Recovery.Failed, "probe"
	if d.Injected.Valid() {
		t.Evidence = "injection"
	}
	switch {
	case m.Notified.Valid():
		t.Done = m.Notified
		t.Evidence += ", notification"
	case t.Done.Valid():
		t.Evidence += ", mark"
	}
	if d.Declared.Valid() && t.Done.Valid() && d.Declared.Hi < t.Done.Lo {
		t.Done = d.Declared
		t.Evidence += ", declared before it"
	}
}

// verify ends when the probes call the recovery stable, or when the people who verify are done, whichever is later: people may well begin to
// look after the probes are content. Nobody having marked its begin, it begins with the recovery.
func verify(t *PhaseTime, r Recovery) {
	if !r.Recovered.Valid() {
		t.Done = Moment{}
		return
	}
	if !t.Begun.Valid() {
		t.Begun = r.Recovered
	}
	marked := t.Done.Valid()
	t.Evidence = "probe"
	if marked {
		t.Evidence = "probe, mark"
	}
	if begun := t.Begun.Hi; r.Stable < begun && !marked {
		t.Done = t.Begun // the probes had proven it before people began
		return
	}
	t.Done = t.Done.Later(At(r.Stable))
}

// stepsOf joins the steps of a phase. Its budget is the longest chain of its steps' budgets: steps side by side do not add, steps that wait for
// each other do.
func (d *Drill) stepsOf(p Phase) PhaseTime {
	t := PhaseTime{Phase: p, Budget: d.Start.Plan.PhaseBudget(p)}
	complete := true
	for _, s := range d.Start.Plan.Steps {
		if s.Phase != p {
			continue
		}
		state := d.Steps[s.ID]
		if state.Begun.Valid() {
			t.Begun, t.Evidence = earliest(t.Begun, state.Begun), "mark"
		}
		if !state.Done.Valid() {
			complete = false
			continue
		}
		t.Done = t.Done.Later(state.Done)
	}
	if !complete {
		t.Done = Moment{}
	}
	return t
}

// Disorder names what cannot be: a phase that ends before it begins, a step that ends before the failure, or a recovery before it. A report
// that has any is refused, because its numbers would be nonsense (START after END made every drill of one reporter take 0 s).
func (d *Drill) Disorder(times []PhaseTime, r Recovery) []string {
	var out []string
	for _, t := range times {
		if t.Begun.Valid() && t.Done.Valid() && t.Done.Hi < t.Begun.Lo {
			out = append(out, "phase "+string(t.Phase)+" ends before it begins")
		}
	}
	if r.Failed.Valid() && r.Recovered.Valid() && r.Recovered.Hi < r.Failed.Lo {
		out = append(out, "the recovery comes before the failure")
	}
	for _, s := range d.Start.Plan.Steps {
		if done := d.Steps[s.ID].Done; done.Valid() && r.Failed.Valid() && done.Hi < r.Failed.Lo {
			out = append(out, "step "+s.ID+" ended before the failure")
		}
	}
	if d.Promoted.Valid() && r.Failed.Valid() && d.Promoted.Hi < r.Failed.Lo {
		out = append(out, "the promotion comes before the failure")
	}
	return out
}
