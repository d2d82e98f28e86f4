package report

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Forecast is the burn-down of a running drill.
type Forecast struct {
	Now       rto.Instant   `json:"now"`
	Objective time.Duration `json:"objective_ns"`
	// Spent is since the failure; Remaining what the objective leaves by Spent's upper edge, negative once it is over. Both are nil before T0 is known.
	Spent     *rto.Bracket   `json:"spent,omitempty"`
	Remaining *time.Duration `json:"remaining_ns,omitempty"`
	// End is when it will be over, by the median and by the 90th percentile of earlier drills; a phase without any takes its budget.
	End rto.Moment `json:"end,omitzero"`
	// Expected is the verdict that End would give.
	Expected rto.Verdict     `json:"expected,omitempty"`
	Phases   []PhaseForecast `json:"phases"`
	// Next are the steps that run or can begin, first those that have waited longest.
	Next []NextStep `json:"next,omitempty"`
	// Recovered says that the paths are good and only verification remains.
	Recovered bool `json:"recovered"`
}

// PhaseForecast is what remains of one phase.
type PhaseForecast struct {
	Phase rto.Phase `json:"phase"`
	State string    `json:"state"` // done, running or to come
	// Spent is what it took, or has taken.
	Spent rto.Bracket `json:"spent"`
	// P50 and P90 are how long it took in earlier drills, or its budget if Basis says so.
	P50   time.Duration `json:"p50_ns"`
	P90   time.Duration `json:"p90_ns"`
	Basis string        `json:"basis"` // drills, budget or nothing
	// Drills is how many the percentiles rest on.
	Drills int `json:"drills"`
	// Over says that it has run longer than its 90th percentile: nothing is known of when it ends.
	Over bool `json:"over"`
}

// NextStep is a step that waits for nobody but its owner.
type NextStep struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Owner string `json:"owner"`
	// Running says that it has begun, Since when it did or could.
	Running bool        `json:"running"`
	Since   rto.Instant `json:"since"`
	Runbook string      `json:"runbook,omitempty"`
}

// The states and bases of a forecast.
const (
	PhaseDone    = "done"
	PhaseRunning = "running"
	PhaseToCome  = "to come"

	BasisDrills  = "drills"
	BasisBudget  = "budget"
	BasisNothing = "nothing"
)

// Predict computes what remains of a running drill at now, from what was measured of it so far and from earlier drills' phases.
func Predict(earlier []Summary, d *rto.Drill, m rto.Measured, now rto.Instant) Forecast {
	f := Forecast{Now: now, Objective: d.Start.Scenario.RTO, Recovered: m.Recovery.Recovered.Valid()}
	failed := m.Recovery.Failed
	if !failed.Valid() {
		failed = d.Injected
		m.Recovery.Failed = failed
	}
	if failed.Valid() {
		spent := rto.At(now).Since(failed)
		if f.Recovered {
			spent = m.Recovery.RTO
		}
		left := f.Objective - spent.Hi
		f.Spent, f.Remaining = &spent, &left
	}
	for _, t := range d.PhaseTimes(m) {
		f.Phases = append(f.Phases, predictPhase(earlier, t, now))
	}
	f.Next = nextSteps(d)
	if !failed.Valid() || d.State != rto.Running {
		return f
	}
	if f.Recovered {
		f.End, f.Expected = m.Recovery.Recovered, rto.Judge(m.Recovery.RTO, f.Objective)
		return f
	}
	f.End = rto.Moment{Lo: now.Add(f.remaining(d.Start.Plan, p50)), Hi: now.Add(f.remaining(d.Start.Plan, p90))}
	f.Expected = rto.Judge(f.End.Since(failed), f.Objective)
	return f
}

func predictPhase(earlier []Summary, t rto.PhaseTime, now rto.Instant) PhaseForecast {
	p := PhaseForecast{Phase: t.Phase, State: PhaseToCome, Basis: BasisNothing}
	known := uppers(earlier, t.Phase)
	p.Drills = len(known)
	switch {
	case len(known) > 0:
		p.P50, p.P90, p.Basis = *quantile(known, 0.5), *quantile(known, 0.9), BasisDrills
	case t.Budget > 0:
		p.P50, p.P90, p.Basis = t.Budget, t.Budget, BasisBudget
	}
	switch {
	case t.Begun.Valid() && t.Done.Valid():
		p.State, p.Spent = PhaseDone, t.Took
	case t.Begun.Valid():
		p.State, p.Spent = PhaseRunning, rto.At(now).Since(t.Begun)
		p.Over = p.Basis != BasisNothing && p.Spent.Lo > p.P90
	}
	return p
}

func p50(p PhaseForecast) time.Duration { return p.P50 }
func p90(p PhaseForecast) time.Duration { return p.P90 }

// left is what remains of a phase if it takes the given time. Verification is not part of it: the clock stops where the recovery begins.
func (p PhaseForecast) left(takes time.Duration) time.Duration {
	switch {
	case p.State == PhaseDone || p.Phase == rto.Verify:
		return 0
	case p.State == PhaseRunning:
		return max(takes-p.Spent.Lo, 0)
	default:
		return takes
	}
}

// remaining is the longest chain of phases that are not done: phases run side by side where the plan's steps do. Detection and decision come before
// all others. Where two phases wait for each other, through different steps, the arrow that closes the circle does not count.
func (f Forecast) remaining(plan rto.Plan, take func(PhaseForecast) time.Duration) time.Duration {
	end, known := map[rto.Phase]time.Duration{}, map[rto.Phase]bool{}
	var finish func(p PhaseForecast) time.Duration
	finish = func(p PhaseForecast) time.Duration {
		if known[p.Phase] {
			return end[p.Phase]
		}
		known[p.Phase] = true
		var from time.Duration
		for _, q := range f.Phases {
			if slices.Contains(preceding(plan, p.Phase), q.Phase) {
				from = max(from, finish(q))
			}
		}
		end[p.Phase] = from + p.left(take(p))
		return end[p.Phase]
	}
	var longest time.Duration
	for _, p := range f.Phases { // detection and decision are the first two
		longest = max(longest, finish(p))
	}
	return longest
}

// preceding are the phases with a step that some step of the phase waits for.
func preceding(plan rto.Plan, phase rto.Phase) []rto.Phase {
	var out []rto.Phase
	switch phase {
	case rto.Detect:
		return nil
	case rto.Decide:
		return []rto.Phase{rto.Detect}
	case rto.Promote, rto.Repoint, rto.Redirect, rto.Scale, rto.Verify:
		out = append(out, rto.Decide)
	}
	for _, s := range plan.Steps {
		if s.Phase != phase {
			continue
		}
		for _, id := range s.After {
			if b, ok := plan.Step(id); ok && b.Phase != phase && !slices.Contains(out, b.Phase) {
				out = append(out, b.Phase)
			}
		}
	}
	return out
}

func nextSteps(d *rto.Drill) []NextStep {
	if d.State != rto.Running {
		return nil
	}
	var out []NextStep
	for _, s := range d.Start.Plan.Steps {
		state := d.Steps[s.ID]
		if state.Done.Valid() {
			continue
		}
		ready, since := true, d.Began.Hi
		for _, id := range s.After {
			done := d.Steps[id].Done
			ready = ready && done.Valid()
			since = max(since, done.Hi)
		}
		if state.Begun.Valid() {
			ready, since = true, state.Begun.Hi
		}
		if ready {
			out = append(out, NextStep{ID: s.ID, Title: s.Title, Owner: s.Owner, Running: state.Begun.Valid(), Since: since, Runbook: s.Runbook})
		}
	}
	slices.SortStableFunc(out, func(a, b NextStep) int { return int(min(max(a.Since.Sub(b.Since), -1), 1)) })
	return out
}
