package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/tracker"
)

// recoveryTier is the tier of what is promised of recovery, as objectives over it have it.
const recoveryTier = "recovery"

// The states of what is promised of recovery, beside those of budgets.
const (
	inside    budget.State = "inside"
	outside   budget.State = "outside"
	ready     budget.State = "ready"
	notReady  budget.State = "not ready"
	notProven budget.State = "not proven"
)

// Promise is something that is promised of recovery, as it stands: how much may be lost, how soon all has to be back, and that nothing stands
// in the way. It has no error budget. What is not known is left out, and the words say so.
type Promise struct {
	// Name is rpo_STORE_REPLICA_SIDE, rto_SCENARIO or ready_STORE_SERVER.
	Name  string       `json:"name"`
	Kind  string       `json:"kind"` // rpo, rto or readiness
	Title string       `json:"title"`
	Text  string       `json:"objective_text"`
	Owner string       `json:"owner"`
	Tier  string       `json:"tier"`
	State budget.State `json:"state"` // inside, outside, ready, not ready or not proven
	// Achieved and Now say how it was kept so far, and how it stands.
	Achieved string `json:"achieved"`
	Now      string `json:"now"`
	// Limit is the objective in nanoseconds; readiness has none.
	Limit time.Duration `json:"objective_ns,omitempty"`
	// Window is the exposure now, or how long the last rehearsal took.
	Window *rto.Bracket `json:"window,omitempty"`
	// Share is the part of the time that was provably inside, as ratio.
	Share *float64 `json:"share,omitempty"`
}

// Objectives is all that is promised: error budgets as the last look saw them, and recovery as it stands now.
type Objectives struct {
	budget.Snapshot
	Recovery []Promise `json:"recovery"`
}

// promises are those of recovery, in the order of loss, time and readiness.
func promises(s tracker.Snapshot, rpo time.Duration) []Promise {
	all := []Promise{}
	for i, e := range s.Exposures {
		p := lossPromise(e, rpo)
		if i < len(s.Virtual) {
			if share, ok := s.Virtual[i].Tally.Share(); ok {
				p.Share, p.Achieved = &share, showShare(s.Virtual[i].Tally)
			}
		}
		all = append(all, p)
	}
	for _, sc := range s.Scenarios {
		all = append(all, timePromise(s, sc))
	}
	all = append(all, readiness(s)...)
	for i := range all {
		all[i].Owner, all[i].Tier = s.Owner, recoveryTier
	}
	return all
}

func lossPromise(e rto.Exposure, rpo time.Duration) Promise {
	window := e.Window
	p := Promise{
		Name: "rpo_" + e.Store + "_" + e.Replica + "_" + string(e.Side), Kind: "rpo", Title: "Loss of " + e.Store + ", " + e.Replica + " promoted at once",
		Text: "less than " + showLimit(rpo) + " lost", Limit: rpo, Window: &window, Achieved: "nothing counted yet", State: standing(rto.Judge(window, rpo)),
		Now: showBracket(window) + " would be lost now",
	}
	if e.Side != rto.Applied {
		p.Title = "Loss of " + e.Store + ", " + e.Replica + " drained first"
	}
	if window.Unbounded && window.Lo == 0 {
		p.Now = "not known what would be lost now"
	}
	return p
}

// standing is the state that a verdict means.
func standing(v rto.Verdict) budget.State {
	switch v {
	case rto.Pass:
		return inside
	case rto.Fail:
		return outside
	case rto.NotProven:
	}
	return notProven
}

// timePromise is how soon all has to be back: what was not rehearsed of late is not known to work, whatever it once took.
func timePromise(s tracker.Snapshot, sc rto.Scenario) Promise {
	p := Promise{
		Name: "rto_" + sc.Name, Kind: "rto", Title: "Recovery: " + sc.Title, Text: "back in less than " + showLimit(sc.RTO), Limit: sc.RTO, State: notProven,
		Achieved: "never rehearsed", Now: "no drill runs",
	}
	if sc.Title == "" {
		p.Title += sc.Name
	}
	if i := slices.IndexFunc(s.Rehearsed, func(r tracker.Rehearsal) bool { return r.Scenario == sc.Name }); i >= 0 {
		p.rehearsed(s, s.Rehearsed[i])
	}
	if s.Running == nil || s.Running.Scenario.Name != sc.Name {
		return p
	}
	switch d := s.Running; {
	case d.Recovery.Recovered.Valid():
		p.Now = "a drill runs: back after " + showBracket(d.Recovery.RTO)
	case d.Remaining == nil:
		p.Now = "a drill runs: no failure is seen yet"
	case *d.Remaining <= 0:
		p.Now, p.State = "a drill runs: "+showDuration(-*d.Remaining)+" over", outside
	default:
		p.Now = "a drill runs: " + showDuration(*d.Remaining) + " left"
	}
	return p
}

func (p *Promise) rehearsed(s tracker.Snapshot, r tracker.Rehearsal) {
	ago := s.Now.Sub(r.Began)
	p.Now = "rehearsed " + showLong(ago) + " ago"
	if r.Judged == nil {
		p.Achieved = "rehearsed, and not judged yet"
		return
	}
	took := r.Judged.RTO
	p.Window, p.Achieved, p.State = &took, "took "+showBracket(took), standing(r.Judged.RTOVerdict)
	if p.State == inside && r.Scenario == s.Planned && s.DrillEvery > 0 && ago > s.DrillEvery {
		p.State = notProven
		p.Now += ", asked for every " + showLong(s.DrillEvery)
	}
}

// readiness is what an examination found of each server: traps that are set spoil a failover, and what nobody could look at may be one.
func readiness(s tracker.Snapshot) []Promise {
	var all []Promise
	at := map[string]int{}
	of := func(store, server string) int {
		name := "ready_" + store + "_" + server
		i, ok := at[name]
		if !ok {
			i = len(all)
			at[name] = i
			all = append(all, Promise{Name: name, Kind: "readiness", Title: "Readiness of " + store + ", " + server, Text: "nothing that will spoil a failover", State: notProven, Achieved: "never examined", Now: "not known"})
		}
		return i
	}
	for _, st := range s.Stores {
		for _, r := range st.Replicas {
			of(st.Store, r.Server)
		}
	}
	found := map[int]map[tracker.TrapState][]string{}
	for _, t := range s.Traps {
		i := of(t.Store, t.Server)
		if found[i] == nil {
			found[i] = map[tracker.TrapState][]string{}
		}
		found[i][t.State] = append(found[i][t.State], showWords(t.Name))
	}
	for i, by := range found {
		set, dark, clear := by[tracker.TrapSet], by[tracker.TrapUnknown], by[tracker.TrapClear]
		p := &all[i]
		p.Achieved = fmt.Sprintf("%d of %d traps absent", len(clear), len(set)+len(dark)+len(clear))
		switch {
		case len(set) > 0:
			p.State, p.Now = notReady, "set: "+strings.Join(set, ", ")
		case len(dark) > 0:
			p.Now = "not known: " + strings.Join(dark, ", ")
		default:
			p.State, p.Now = ready, "nothing stands in the way"
		}
	}
	return all
}
