package rto

import (
	"fmt"
	"slices"
)

// State is how far a drill has come.
type State string

// The states of a drill.
const (
	Running     State = "running"
	FailingBack State = "failing back"
	Ended       State = "ended"
	Aborted     State = "aborted"
)

// Drill is a drill, or a real failover, as its events tell it. It is a fold over them: the same events give the same drill.
type Drill struct {
	ID       string
	Start    DrillStart
	Began    Moment
	State    State
	Injected Moment // T0 in a drill; the zero Moment if nobody injected anything
	Declared Moment
	Fenced   Moment
	Ended    Moment
	// WasAborted stays true on the way back, when State no longer says it; FailedBack is when the old region served again.
	WasAborted bool
	FailedBack Moment
	Steps      map[string]StepState
	// Promotion is the first promotion; a second one is a deviation.
	Promotion *Promotion
	Promoted  Moment
	// Restored is the newest restore: one that brought back what was garbled already may be followed by another.
	Restored *Restored
	Manifest *Manifest
	Canaries []Canaries
	People   []Joining
	Findings []Finding
	Events   []DrillEvent
}

// StepState is when a step began and ended. The zero Moment is "not yet".
type StepState struct {
	Begun, Done Moment
	By          string // who marked the end first
}

// Joining is a person and when they joined.
type Joining struct {
	Person Person
	At     Moment
}

// RefusedEvent says why an event cannot follow those before it.
type RefusedEvent struct {
	Drill, Reason, Hint string
}

// Error says what is refused, why, and what to do instead.
func (e *RefusedEvent) Error() string {
	return fmt.Sprintf("drill %s: %s: %s", e.Drill, e.Reason, e.Hint)
}

// NewDrill begins a drill with its first event.
func NewDrill(first DrillEvent) (*Drill, error) {
	if first.Kind != EventStarted || first.Start == nil {
		return nil, &RefusedEvent{first.Drill, "does not begin with its start", "start the drill first"}
	}
	if _, _, err := first.Start.Plan.Critical(); err != nil {
		return nil, &RefusedEvent{first.Drill, err.Error(), "mend the plan"}
	}
	return &Drill{
		ID: first.Drill, Start: *first.Start, Began: first.At, State: Running,
		Steps: map[string]StepState{}, Events: []DrillEvent{first},
	}, nil
}

// Check tells whether the event may follow. It changes nothing, so that an event can be refused before it is written down.
func (d *Drill) Check(e DrillEvent) error {
	refuse := func(reason, hint string) error { return &RefusedEvent{d.ID, reason, hint} }
	if e.Drill != d.ID {
		return refuse("the event is of "+e.Drill, "name the drill that runs")
	}
	if !e.At.Valid() || e.At.Lo > e.Noted {
		return refuse("the event lies in the future", "give a time that has passed")
	}
	afterwards := []EventKind{EventNote, EventFinding, EventFindingDone, EventManifest, EventCanary, EventDeviation, EventFailback, EventFailedBack}
	if d.over() && !slices.Contains(afterwards, e.Kind) {
		return refuse("is over", "only notes, findings, manifests and the way back can follow")
	}
	switch e.Kind {
	case EventStarted:
		return refuse("has been started", "end or abort it before another begins")
	case EventInjected:
		if d.Start.Kind == Real {
			return refuse("is real", "what was not injected has no injection; probes bracket the failure")
		}
		if d.Injected.Valid() {
			return refuse("has its injection", "one drill has one failure; note others")
		}
	case EventStepBegun, EventStepDone:
		return d.checkStep(e)
	case EventPromoted:
		if e.Promotion == nil {
			return refuse("the promotion names no survivor", "give store, replica and positions")
		}
	case EventRestored:
		if e.Restored == nil || e.Restored.Point <= 0 || e.Restored.Point > e.At.Hi {
			return refuse("the restore names no point in time before it", "say of which time the data are")
		}
	case EventHook, EventJoined, EventFinding, EventFindingDone, EventManifest, EventCanary:
		return d.checkContents(e)
	case EventEnded, EventAborted:
		if e.At.Hi < d.Began.Lo {
			return refuse("would end before it began", "give a later time")
		}
	case EventFailback, EventFailedBack:
		return d.checkWayBack(e)
	}
	return nil
}

// checkContents wants the part of the event that its kind is about; a finding is closed by a later measurement, which must be named.
func (d *Drill) checkContents(e DrillEvent) error {
	has := map[EventKind]bool{
		EventHook: e.Hook != nil, EventJoined: e.Joined != nil, EventFinding: e.Finding != nil, EventFindingDone: e.Finding != nil,
		EventManifest: e.Manifest != nil, EventCanary: e.Canaries != nil,
	}
	if !has[e.Kind] {
		return &RefusedEvent{d.ID, string(e.Kind) + " has no contents", "send them along"}
	}
	if e.Kind != EventFindingDone {
		return nil
	}
	if !slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.ID == e.Finding.ID }) {
		return &RefusedEvent{d.ID, "has no finding " + e.Finding.ID, "close one that it has"}
	}
	if e.Finding.ClosedBy == "" || e.Finding.ClosedBy == d.ID {
		return &RefusedEvent{d.ID, "finding " + e.Finding.ID + " names no later measurement", "name the drill or doctor run that showed it"}
	}
	return nil
}

func (d *Drill) checkWayBack(e DrillEvent) error {
	switch {
	case e.Kind == EventFailback && d.State == Running:
		return &RefusedEvent{d.ID, "still runs", "end or abort it before the way back"}
	case e.Kind == EventFailback && d.State == FailingBack:
		return &RefusedEvent{d.ID, "is failing back", "mark when it is done"}
	case e.Kind == EventFailback && d.FailedBack.Valid():
		return &RefusedEvent{d.ID, "has failed back", "another way back is another drill"}
	case e.Kind == EventFailedBack && d.State != FailingBack:
		return &RefusedEvent{d.ID, "is not failing back", "mark the begin of the way back first"}
	}
	return nil
}

func (d *Drill) checkStep(e DrillEvent) error {
	if _, ok := d.Start.Plan.Step(e.Step); !ok {
		return &RefusedEvent{d.ID, "the plan has no step " + e.Step, "its steps are " + fmt.Sprint(d.stepIDs())}
	}
	s := d.Steps[e.Step]
	if e.Kind == EventStepDone && s.Begun.Valid() && e.At.Hi < s.Begun.Lo {
		return &RefusedEvent{d.ID, "step " + e.Step + " would end before it began", "give a later time"}
	}
	if e.Kind == EventStepBegun && s.Done.Valid() && e.At.Lo > s.Done.Hi {
		return &RefusedEvent{d.ID, "step " + e.Step + " would begin after its end", "give an earlier time"}
	}
	return nil
}

func (d *Drill) stepIDs() []string {
	ids := make([]string, len(d.Start.Plan.Steps))
	for i, s := range d.Start.Plan.Steps {
		ids[i] = s.ID
	}
	return ids
}

func (d *Drill) over() bool {
	return d.State == Ended || d.State == Aborted || d.State == FailingBack
}

// Apply takes an event that Check lets pass. Two people who mark the same step both stay in the record; the first begin and the first end count.
func (d *Drill) Apply(e DrillEvent) error {
	if err := d.Check(e); err != nil {
		return err
	}
	d.Events = append(d.Events, e)
	switch e.Kind {
	case EventInjected:
		d.Injected = e.At
	case EventDeclared:
		d.Declared = earliest(d.Declared, e.At)
	case EventFenced:
		d.Fenced = earliest(d.Fenced, e.At)
	case EventStepBegun, EventStepDone:
		d.mark(e)
	case EventPromoted:
		d.promote(e)
	case EventRestored:
		d.Restored = e.Restored
	case EventJoined:
		d.People = append(d.People, Joining{*e.Joined, e.At})
	case EventFinding, EventFindingDone:
		d.find(e)
	case EventManifest:
		d.Manifest = e.Manifest
	case EventCanary:
		d.Canaries = append(d.Canaries, *e.Canaries)
	case EventEnded, EventAborted:
		d.WasAborted, d.Ended = e.Kind == EventAborted, e.At
		d.State = d.atRest()
	case EventFailback:
		d.State = FailingBack
	case EventFailedBack:
		d.State, d.FailedBack = d.atRest(), e.At
	}
	return nil
}

// atRest is the state of a drill that is over and not on its way back.
func (d *Drill) atRest() State {
	if d.WasAborted {
		return Aborted
	}
	return Ended
}

func (d *Drill) mark(e DrillEvent) {
	s := d.Steps[e.Step]
	if e.Kind == EventStepBegun {
		s.Begun = earliest(s.Begun, e.At)
	} else if !s.Done.Valid() || e.At.Hi < s.Done.Hi {
		s.Done, s.By = e.At, e.Author
	}
	d.Steps[e.Step] = s
}

// promote takes the first promotion; the first write through it may become known later.
func (d *Drill) promote(e DrillEvent) {
	if d.Promotion == nil {
		d.Promotion, d.Promoted = e.Promotion, e.At
		return
	}
	if d.Promotion.Replica == e.Promotion.Replica && !d.Promotion.FirstWrite.Valid() {
		known := *d.Promotion
		known.FirstWrite = e.Promotion.FirstWrite
		d.Promotion = &known
	}
}

// find takes a finding down, or what was changed of it. Only EventFindingDone closes one; a finding cannot come closed, and what closed it once
// stays.
func (d *Drill) find(e DrillEvent) {
	i := slices.IndexFunc(d.Findings, func(f Finding) bool { return f.ID == e.Finding.ID })
	if e.Kind == EventFindingDone {
		d.Findings[i].ClosedBy = e.Finding.ClosedBy
		return
	}
	f := *e.Finding
	if f.ClosedBy = ""; i < 0 {
		d.Findings = append(d.Findings, f)
		return
	}
	f.ClosedBy = d.Findings[i].ClosedBy
	d.Findings[i] = f
}

func earliest(a, b Moment) Moment {
	if !a.Valid() || b.Valid() && b.Hi < a.Hi {
		return b
	}
	return a
}

// Fold makes drills of events, in the order in which they were written; events that cannot follow are returned as errors and left out, because
// a record that holds them was not written by a tracker.
func Fold(events []DrillEvent) ([]*Drill, []error) {
	var drills []*Drill
	var wrong []error
	byID := map[string]*Drill{}
	for _, e := range events {
		d, ok := byID[e.Drill]
		if !ok {
			started, err := NewDrill(e)
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			byID[e.Drill], drills = started, append(drills, started)
			continue
		}
		if err := d.Apply(e); err != nil {
			wrong = append(wrong, err)
		}
	}
	return drills, wrong
}
