package budget

import (
	"math"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/slo"
)

// windows are the long windows of the objective's alerts, of which burn rates and events are recorded, the shortest first. Of an objective for which there is
// no alert that is the last hour, which is recorded of all.
func (p Promise) windows() []time.Duration {
	if len(p.longs) == 0 {
		return []time.Duration{time.Hour}
	}
	all := slices.Clone(p.longs)
	slices.Sort(all)
	return slices.Compact(all)
}

// pace is the window that tells how it goes of late: a day, or what is longest below that, or else the shortest.
func (p Promise) pace() time.Duration {
	all := p.windows()
	late := all[0]
	for _, w := range all {
		if w <= oneDay {
			late = w
		}
	}
	return late
}

// never is a time that does not come: the budget lasts at this pace.
const never = time.Duration(math.MaxInt64)

// spent is how long what is left of the budget lasts at a burn rate, as the rules record it for that of the last hour.
func (o *Objective) spent(burn float64) time.Duration {
	remaining := o.Remaining.Value
	if remaining <= 0 {
		return 0
	}
	span, end, excess := o.Period, never, burn
	if o.Promise.Calendar != "" {
		// The period has begun and grows: the events to come may fail at the rate of 1 and spend nothing of what is left, and what comes after its end
		// has a budget of its own.
		span, end = o.gone(o.Seen)
		excess = burn - 1
	}
	if excess <= 0 {
		return never
	}
	if d := remaining / excess * float64(span); d < float64(end) {
		return time.Duration(d)
	}
	return never
}

// settling is how long the counts are still of the old period after a turn of the calendar.
const settling = time.Hour

// gone is how much of the calendar's period the counts are of at a time, and how long it is until that ends.
func (p Promise) gone(at time.Time) (elapsed, left time.Duration) {
	begin := p.Since(at.Add(-settling))
	end := p.Since(begin.Add(p.Period + p.Period/2)) // the middle of the next is after the end of the longest
	return at.Sub(begin), max(end.Sub(at), 0)
}

// Forecast is when the budget is spent, if it goes on as in one of the long windows of the objective's alerts: the soonest and the latest of them,
// since nobody knows which of them goes on. In a period of the calendar, what would be spent after its end lasts.
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
	for _, w := range o.windows() {
		window := slo.FormatDuration(w)
		burn := o.Burn[window]
		if !burn.Known {
			continue
		}
		d := o.spent(burn.Value)
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

// Left is what remains of the budget in events, and in minutes of a full outage at the traffic of the last day, or of what is recorded instead of it: see
// pace. Below 0 it is overspent.
func (o *Objective) Left() (events, minutes Reading) {
	if !o.Remaining.Known || !o.Events.Known {
		return Reading{}, Reading{}
	}
	left := o.Remaining.Value * (1 - o.Promise.Objective) * o.Events.Value
	traffic, window := o.LastDay, oneDay
	if !traffic.Known {
		traffic, window = o.lately, o.pace()
	}
	if traffic.Known && traffic.Value > 0 {
		minutes = known(left / (traffic.Value / window.Minutes()))
	}
	return known(left), minutes
}
