package rto

import "time"

// Tally is the virtual drill: of each stretch of time, had the region died then, would the loss have been inside the objective?
type Tally struct {
	// Inside is time in which the upper edge was within the objective.
	Inside time.Duration `json:"inside_ns"`
	// Outside is time in which the lower edge was beyond it.
	Outside time.Duration `json:"outside_ns"`
	// Unprovable is everything else, the tracker's own absence included: it counts as bad.
	Unprovable time.Duration `json:"unprovable_ns"`
}

// Add counts d of time with the given exposure.
func (t *Tally) Add(window Bracket, objective, d time.Duration) {
	switch Judge(window, objective) {
	case Pass:
		t.Inside += d
	case Fail:
		t.Outside += d
	default:
		t.Unprovable += d
	}
}

// Absent counts d of time in which nobody looked.
func (t *Tally) Absent(d time.Duration) { t.Unprovable += d }

// Plus is the tally of both.
func (t Tally) Plus(o Tally) Tally {
	return Tally{Inside: t.Inside + o.Inside, Outside: t.Outside + o.Outside, Unprovable: t.Unprovable + o.Unprovable}
}

// Total is all the time that was counted.
func (t Tally) Total() time.Duration { return t.Inside + t.Outside + t.Unprovable }

// Share is the part of the time that was provably inside; false if no time was counted.
func (t Tally) Share() (float64, bool) {
	if t.Total() <= 0 {
		return 0, false
	}
	return t.Inside.Seconds() / t.Total().Seconds(), true
}
