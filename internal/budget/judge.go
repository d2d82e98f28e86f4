package budget

import (
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// Where an objective begins to be at risk, unless its own policy says so before: with a quarter of the budget left, and at a pace that spends
// the rest within a quarter of the period.
const (
	lowBudget  = 0.25
	soonPeriod = 0.25
)

// judge says how an objective stands, after its numbers and alerts were read.
func (o *Objective) judge(at time.Time) {
	if step := o.demanded(); step != nil {
		o.Policy = step.Action
	}
	if o.recorded() {
		o.Seen = at
	}
	o.State = o.stands()
}

// demanded is the step that the numbers demand, whether it is taken down or not; nil for none, and where nothing is known.
func (o *Objective) demanded() *PolicyStep {
	var step *PolicyStep
	for i := range o.Promise.Policy {
		if o.Consumed.Known && o.Consumed.Value >= o.Promise.Policy[i].Consumed {
			step = &o.Promise.Policy[i]
		}
	}
	return step
}

// Freeze says why the policy lets nothing be released now, empty where it does not say so: by the step that was taken down, and by the numbers where that could
// not be, as on a full disk.
func (o *Objective) Freeze() string {
	if o.InForce != nil && o.InForce.Step != nil && o.InForce.Step.Freeze {
		return fmt.Sprintf("the policy freezes releases since %s, at %.4g %% consumed: %s", o.InForce.At.UTC().Format("2006-01-02 15:04 UTC"), 100*o.InForce.Consumed, o.InForce.Step.Action)
	}
	if step := o.demanded(); step != nil && step.Freeze {
		return fmt.Sprintf("the policy freezes releases from %.4g %% consumed on, and %s is: %s", step.Percent(), o.Consumed.Percent(), step.Action)
	}
	return ""
}

func (o *Objective) stands() State {
	switch {
	case o.Remaining.Known && o.Remaining.Value <= 0:
		return Exhausted
	case o.burns():
		return Burning
	case o.Missing != "":
		return NoData
	case o.atRisk():
		return AtRisk
	case o.LastHour.Known && o.LastHour.Value == 0:
		return Idle
	case !o.Remaining.Known:
		// Events are recorded, but the period's budget is not: no statement about it is a good one.
		return NoData
	}
	return Fine
}

// missing says why what happens now is not known, though records of the past may be there; empty where it is known. A budget lives on for its whole
// period after its events ended, so it cannot tell. Without traffic zero events are recorded, which is known; in maintenance none may be.
func (o *Objective) missing(paused bool) string {
	if !o.recorded() {
		return "nothing of it is recorded"
	}
	for _, a := range o.Alerts {
		if a.Name == dataMissing(o.Name) {
			return "alert " + a.Name + " fires: its expressions yield nothing"
		}
	}
	if !o.LastHour.Known && !o.Weighted && !paused {
		return "of the last hour it is not recorded whether there were events"
	}
	return ""
}

// dataMissing is the name of the alert of an objective's missing data. internal/rules makes it; a test compares.
func dataMissing(objective string) string { return camel(objective) + "DataMissing" }

// missing finds the objectives of which it is not known what happens now. A composite has no alert of missing data, and a weighted one no events of its own:
// its parts tell. Its events also end with the maintenance of a part.
func (s *Snapshot) missing(index map[string]*Objective) {
	for i := range s.Objectives {
		o := &s.Objectives[i]
		o.Missing = o.missing(o.Maintenance || slices.ContainsFunc(o.Parts, func(part string) bool { return index[part] != nil && index[part].Maintenance }))
	}
	for i := range s.Objectives {
		o := &s.Objectives[i]
		for _, name := range o.Parts {
			// Parts are no composites.
			if part := index[name]; part != nil && part.Missing != "" && o.Missing == "" {
				o.Missing = "of its part " + name + ": " + part.Missing
			}
		}
		switch {
		case o.Missing == "":
			o.MissingSince = time.Time{}
		case o.MissingSince.IsZero():
			o.MissingSince = s.At
		}
	}
}

// recorded tells whether there is any record of it now.
func (o *Objective) recorded() bool { return o.Remaining.Known || o.LastHour.Known || len(o.Burn) > 0 }

func (o *Objective) burns() bool {
	for _, a := range o.Alerts {
		if a.Burn != "" {
			return true
		}
	}
	return false
}

func (o *Objective) atRisk() bool {
	if !o.Remaining.Known {
		return false
	}
	if o.Policy != "" || o.Remaining.Value < lowBudget {
		return true
	}
	late := o.Burn[slo.FormatDuration(o.pace())]
	return late.Known && o.spent(late.Value) < time.Duration(soonPeriod*float64(o.Period))
}
