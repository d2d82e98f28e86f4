package budget

import (
	"math"
	"time"
)

// Where an objective begins to be at risk, unless its own policy says so before: with a quarter of the budget left, and at a pace that spends
// the rest within a quarter of the period.
const (
	lowBudget  = 0.25
	soonPeriod = 0.25
)

// judge says how an objective stands, after its numbers and alerts were read.
func (o *Objective) judge(at time.Time) {
	if o.Consumed.Known {
		for _, step := range o.Promise.Policy {
			if o.Consumed.Value >= step.Consumed {
				o.Policy = step.Action
			}
		}
	}
	if o.recorded() {
		o.Seen = at
	}
	o.State = o.stands()
}

func (o *Objective) stands() State {
	switch {
	case o.Remaining.Known && o.Remaining.Value <= 0:
		return Exhausted
	case o.burns():
		return Burning
	case !o.recorded():
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
	day, ok := o.Burn["1d"]
	return ok && day.Known && spent(o.Remaining.Value, o.Period, day.Value) < time.Duration(soonPeriod*float64(o.Period))
}

// never is a time that does not come: the budget lasts at this pace.
const never = time.Duration(math.MaxInt64)

// spent is how long a budget lasts at a burn rate.
func spent(remaining float64, period time.Duration, burn float64) time.Duration {
	if remaining <= 0 {
		return 0
	}
	if burn <= 0 {
		return never
	}
	d := remaining / burn * float64(period)
	if d >= float64(never) {
		return never
	}
	return time.Duration(d)
}

// Forecast is when the budget is spent, if it goes on as in one of the windows of the last hour, six hours, day and three days: the soonest and the
// latest of them, since nobody knows which of them goes on.
type Forecast struct {
	Soonest time.Duration
	Latest  time.Duration
	// Lasts says that at the calmest window's pace the budget is never spent: Latest has no meaning.
	Lasts bool
	// Pressing is the window with the highest burn rate.
	Pressing string
	// Known is false where no budget or no burn rate is.
	Known bool
}

// Forecast looks ahead from the burn rates now.
func (o *Objective) Forecast() Forecast {
	f := Forecast{Soonest: never}
	if !o.Remaining.Known {
		return f
	}
	for _, window := range []string{"1h", "6h", "1d", "3d"} {
		burn, ok := o.Burn[window]
		if !ok || !burn.Known {
			continue
		}
		d := spent(o.Remaining.Value, o.Period, burn.Value)
		if d == never {
			f.Lasts = true
		} else {
			f.Latest = max(f.Latest, d)
		}
		if d < f.Soonest {
			f.Soonest, f.Pressing = d, window
		}
		f.Known = true
	}
	return f
}

// Never says that the budget lasts at the pace of every window.
func (f Forecast) Never() bool { return f.Known && f.Soonest == never }

// Left is what remains of the budget in events, and in minutes of a full outage at the traffic of the last day. Below 0 it is overspent.
func (o *Objective) Left() (events, minutes Reading) {
	if !o.Remaining.Known || !o.Events.Known {
		return Reading{}, Reading{}
	}
	left := o.Remaining.Value * (1 - o.Promise.Objective) * o.Events.Value
	if o.LastDay.Known && o.LastDay.Value > 0 {
		minutes = known(left / (o.LastDay.Value / (24 * 60)))
	}
	return known(left), minutes
}
