package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// late is how long after an event its mark may come and still count as made at the time.
const late = time.Minute

// maxRefs bounds how many records a line names; what rests on more is in the index.
const maxRefs = 12

// timeline lists what happened, by whomever it was taken down, in the order of time.
func (m *maker) timeline() {
	joined := m.r.People
	for _, n := range m.e.events {
		entry := entryOf(n)
		m.r.Timeline = append(m.r.Timeline, entry)
		switch n.v.Kind {
		case rto.EventApproved:
			m.r.Approvals = append(m.r.Approvals, entry)
		case rto.EventDeviation:
			m.r.Deviations = append(m.r.Deviations, entry)
		case rto.EventJoined:
			a := Attendance{Name: n.v.Joined.Name, Role: n.v.Joined.Role, Joined: n.v.At, After: rto.Bracket{Unbounded: true}, Refs: entry.Refs}
			if m.rec.Failed.Valid() && n.v.At.Lo >= m.rec.Failed.Hi {
				a.After = n.v.At.Since(m.rec.Failed)
			}
			joined = append(joined, a)
		}
	}
	m.r.People = joined
	m.observed()
	m.noticed()
	byTime := func(a, b Entry) int { return cmp.Or(cmp.Compare(a.At.Lo, b.At.Lo), cmp.Compare(a.At.Hi, b.At.Hi)) }
	slices.SortStableFunc(m.r.Timeline, byTime)
	slices.SortStableFunc(m.r.Deviations, byTime)
}

func entryOf(n noted[rto.DrillEvent]) Entry {
	v := n.v
	what := strings.ReplaceAll(string(v.Kind), "_", " ")
	if v.Step != "" {
		what += ": " + v.Step
	}
	text := v.Text
	switch {
	case v.Joined != nil:
		text = cmp.Or(text, v.Joined.Name+", "+v.Joined.Role)
	case v.Finding != nil:
		text = cmp.Or(text, v.Finding.Title)
	case v.Promotion != nil:
		text = cmp.Or(text, v.Promotion.Replica+" of "+v.Promotion.Store)
	case v.Restored != nil:
		text = cmp.Or(text, "as of "+v.Restored.Point.String())
	case v.Hook != nil:
		text = cmp.Or(text, hookText(*v.Hook))
	case v.Manifest != nil:
		text = cmp.Or(text, fmt.Sprintf("%d transactions lost of %s", v.Manifest.Transactions, v.Manifest.Store))
	case v.Canaries != nil:
		text = cmp.Or(text, fmt.Sprintf("%d of %d canary writes lost, %d uncertain", v.Canaries.Lost, v.Canaries.Acknowledged, v.Canaries.Uncertain))
	}
	return Entry{
		At: v.At, Noted: v.Noted, What: what, Text: text, Author: v.Author, Source: string(v.Source), Refs: []string{n.ref}, Late: v.Noted.Sub(v.At.Hi) > late,
	}
}

func hookText(h rto.HookRun) string {
	name := "a command"
	if len(h.Command) > 0 {
		name = h.Command[0] // its arguments may hold what is nobody's business
	}
	if h.TimedOut {
		return name + " was stopped after " + span(h.Took)
	}
	return fmt.Sprintf("%s ended with %d after %s", name, h.Exit, span(h.Took))
}

// observed adds what nobody marked.
func (m *maker) observed() {
	add := func(at rto.Moment, what, text string, refs []string) {
		if at.Valid() {
			m.r.Timeline = append(m.r.Timeline, Entry{At: at, What: what, Text: text, Source: string(rto.ByProbe), Refs: refs})
		}
	}
	if !m.d.Injected.Valid() {
		add(m.rec.Failed, "failure", "the first critical path stopped serving", m.r.RTO.Refs)
	}
	for _, p := range m.r.RTO.Paths {
		add(p.Failed, "path failed: "+p.Path, p.Vantage, nil)
		add(p.Recovered, "path recovered: "+p.Path, p.Vantage, nil)
	}
	add(m.rec.Partial, "first partial service", "", nil)
	add(m.rec.Recovered, "recovered", "every critical path serves, and went on to", nil)
	if m.rec.Stable != 0 {
		add(rto.At(m.rec.Stable), "end of verification", "the recovery has lasted", nil)
	}
	for _, a := range m.r.Alerts.Expected {
		if a.Received != 0 {
			m.r.Timeline = append(m.r.Timeline, Entry{At: rto.At(a.Received), What: "alert received: " + a.Name, Source: string(rto.ByAlertmanager), Refs: a.Refs})
		}
	}
}

// noticed adds deviations that nobody wrote down but the record shows.
func (m *maker) noticed() {
	add := func(at rto.Moment, text string, refs []string) {
		m.r.Deviations = append(m.r.Deviations, Entry{At: at, What: "noticed", Text: text, Source: string(rto.ByTracker), Refs: refs})
	}
	if refs := m.e.refsOfKind(rto.EventPromoted); len(refs) > 1 {
		add(m.d.Promoted, fmt.Sprintf("%d promotions were marked; the first counts", len(refs)), refs)
	}
	for _, s := range m.d.Start.Plan.Steps {
		m.stepDeviations(s, add)
	}
	for _, n := range m.e.events {
		if h := n.v.Hook; h != nil && (h.TimedOut || h.Exit != 0) {
			add(n.v.At, hookText(*h), []string{n.ref})
		}
	}
	if n := len(m.e.refsOf(func(v rto.DrillEvent) bool { return v.Noted.Sub(v.At.Hi) > late })); n > 0 {
		add(m.d.Began, fmt.Sprintf("%d events were taken down more than %s after they happened", n, span(late)), nil)
	}
}

func (m *maker) stepDeviations(s rto.Step, add func(rto.Moment, string, []string)) {
	state := m.d.Steps[s.ID]
	refs := m.e.refsOf(func(v rto.DrillEvent) bool { return v.Step == s.ID })
	marks := m.e.refsOf(func(v rto.DrillEvent) bool { return v.Step == s.ID && v.Kind == rto.EventStepDone })
	if len(marks) > 1 {
		add(state.Done, fmt.Sprintf("the end of step %s was marked %d times; the earliest counts", s.ID, len(marks)), marks)
	}
	if !state.Done.Valid() {
		if m.d.Ended.Valid() {
			add(m.d.Ended, "step "+s.ID+" was never marked as done", refs)
		}
		return
	}
	for _, id := range s.After {
		before := m.d.Steps[id].Done
		if state.Begun.Valid() && (!before.Valid() || before.Lo > state.Begun.Hi) {
			add(state.Begun, "step "+s.ID+" began before "+id+", which it waits for, was done", refs)
		}
	}
}
