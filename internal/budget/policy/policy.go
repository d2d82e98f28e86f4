// Package policy keeps which step of an error budget's policy is in force, since when, and what was consumed when it came. A step comes the moment its share is
// consumed, and goes when a little more than that has come back, so that a budget at the edge opens and closes no gate by the minute. It decides
// nothing: people wrote the steps, and pipelines ask.
package policy

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"
)

// RecordChange is the kind of a book's records; their body is a Change.
const RecordChange = "policy"

// relief is how much has to come back before a step goes, as a share of the budget.
const relief = 0.01

// Step is what is done from a share of the consumed budget on.
type Step struct {
	Consumed float64 `json:"consumed"` // ratio
	Action   string  `json:"action"`
	// Freeze says that nothing is released meanwhile.
	Freeze bool `json:"freeze,omitempty"`
}

// Percent is the share from which the step is in force.
func (s Step) Percent() float64 { return 100 * s.Consumed }

// Change is a step that came into force, or the end of all steps.
type Change struct {
	Objective string    `json:"objective"`
	At        time.Time `json:"at"`
	// Step is nil where no step is in force any more.
	Step *Step `json:"step,omitempty"`
	// Consumed is what was consumed of the budget then. Where Removed, it is what was when the step came: nothing newer need be known.
	Consumed float64 `json:"consumed"`
	// Removed says that the step ended since the spec has no policy of the objective any more, or not the objective.
	Removed bool `json:"removed,omitempty"`
}

// Words say what is in force from then on.
func (c Change) Words() string {
	switch {
	case c.Step != nil:
		return c.Step.Action
	case c.Removed:
		return "no step any more: it is gone from the spec"
	}
	return "no step any more"
}

// Journal is where changes are written. Append returns when the record is safe.
type Journal interface {
	Append(ctx context.Context, kind string, at time.Time, body any) error
}

// kept bounds how many changes of one objective are kept in memory; the records have all.
const kept = 200

// Book is what is in force. Its methods may be called from many goroutines.
type Book struct {
	journal Journal
	write   sync.Mutex // held while changes are written and applied

	mu      sync.RWMutex
	changes map[string][]Change // by objective, oldest first
}

// New is a book in which nothing is in force.
func New(j Journal) *Book { return &Book{journal: j, changes: map[string][]Change{}} }

// Restore takes a record of an earlier run, in order. Other kinds are left alone.
func (b *Book) Restore(kind string, body []byte) error {
	if kind != RecordChange {
		return nil
	}
	var c Change
	if err := json.Unmarshal(body, &c); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	b.add(c)
	return nil
}

// See takes what is consumed of a budget now, and writes down a step that comes or goes.
func (b *Book) See(ctx context.Context, objective string, steps []Step, consumed float64, at time.Time) error {
	b.write.Lock()
	defer b.write.Unlock()
	last, some := b.Now(objective)
	want := inForce(steps, consumed, last.Step)
	if !some && want == nil || some && same(want, last.Step) {
		return nil
	}
	c := Change{Objective: objective, At: at.UTC(), Step: want, Consumed: consumed}
	if err := b.journal.Append(ctx, RecordChange, at, c); err != nil {
		return fmt.Errorf("policy of %s: %w", objective, err)
	}
	b.add(c)
	return nil
}

// Drop writes down that an objective has no policy any more; nothing where no step is in force.
func (b *Book) Drop(ctx context.Context, objective string, at time.Time) error {
	b.write.Lock()
	defer b.write.Unlock()
	last, _ := b.Now(objective)
	if last.Step == nil {
		return nil
	}
	c := Change{Objective: objective, At: at.UTC(), Consumed: last.Consumed, Removed: true}
	if err := b.journal.Append(ctx, RecordChange, at, c); err != nil {
		return fmt.Errorf("policy of %s: %w", objective, err)
	}
	b.add(c)
	return nil
}

// Held are the names of the objectives of which a step is in force, in order.
func (b *Book) Held() []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var names []string
	for name, all := range b.changes {
		if all[len(all)-1].Step != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// inForce is the step for a consumption, the least consumption coming first, given the one that is in force.
func inForce(steps []Step, consumed float64, now *Step) *Step {
	var want *Step
	for i := range steps {
		if consumed >= steps[i].Consumed {
			want = &steps[i]
		}
	}
	if now == nil || want != nil && want.Consumed >= now.Consumed {
		return want
	}
	for i := range steps { // a lower one, or none: only with relief, and if the spec still has the one in force
		if steps[i] == *now && consumed > now.Consumed-relief {
			return &steps[i]
		}
	}
	return want
}

func same(a, b *Step) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func (b *Book) add(c Change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := append(b.changes[c.Objective], c)
	b.changes[c.Objective] = all[max(len(all)-kept, 0):]
}

// Now is the newest change of an objective; false where there never was one.
func (b *Book) Now(objective string) (Change, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := b.changes[objective]
	if len(all) == 0 {
		return Change{}, false
	}
	return all[len(all)-1], true
}

// History is what changed for an objective, oldest first.
func (b *Book) History(objective string) []Change {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return append([]Change(nil), b.changes[objective]...)
}
