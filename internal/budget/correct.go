package budget

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/slo"
)

// tile is the length of the pieces in which rules count.
const tile = maintenance.Tile

// Corrected are numbers of the period without what was corrected.
type Corrected struct {
	Windows   int     `json:"windows"` // corrections that lie within the period
	Errors    float64 `json:"errors"`  // that they take out
	Events    float64 `json:"events"`
	SLI       Reading `json:"sli"`
	Consumed  Reading `json:"consumed"`
	Remaining Reading `json:"remaining"`
}

// correct reckons the numbers without what was corrected since the period began. A correction that the period's begin cuts does not count any more:
// how much of it lies before is not known.
func (o *Objective) correct(by Corrections, at time.Time) {
	errors, events, n := by.Correction(o.Name, o.Since(at))
	if n == 0 {
		return
	}
	o.Corrected = &Corrected{Windows: n, Errors: errors, Events: events}
	left := o.Numbers.Events.Value - events
	if !o.Numbers.Events.Known || !o.Numbers.Errors.Known || left <= 0 {
		return
	}
	failed := max(o.Numbers.Errors.Value-errors, 0) / left
	o.Corrected.SLI = known(1 - failed)
	o.Corrected.Consumed = known(failed / slo.Budget(o.Promise.Objective))
	o.Corrected.Remaining = known(1 - o.Corrected.Consumed.Value)
}

// Since is when the period began that an instant belongs to.
func (p Promise) Since(at time.Time) time.Time {
	if begin, ok := p.Clock.Begin(p.Calendar, at); ok {
		return begin
	}
	return at.Add(-p.Period)
}

// Counted is what rules counted of an objective between two times, by the tiles that they touch: as many as maintenance would have taken out.
func (f *Follower) Counted(ctx context.Context, name string, in maintenance.Span) (maintenance.Effect, error) {
	in = in.Tiles()
	from, to := in.From, in.To
	e := maintenance.Effect{Objective: name}
	for _, side := range []struct {
		record string
		to     *float64
	}{{"slo:sli_errors_counted:increase5m", &e.Errors}, {"slo:sli_events_counted:increase5m", &e.Events}} {
		expr := fmt.Sprintf("sum_over_time(%s{slo=%s}[%s:5m] @ %d)", side.record, strconv.Quote(name), seconds(to.Sub(from)), to.Unix())
		found, err := f.api.Query(ctx, expr, time.Time{})
		if err != nil {
			return e, fmt.Errorf("records of %s: %w", name, err)
		}
		if len(found) == 0 || !usable(found[0].Value) {
			return e, fmt.Errorf("nothing of %s was counted from %s to %s", name, from.Format(time.RFC3339), to.Format(time.RFC3339))
		}
		*side.to = found[0].Value
	}
	return e, nil
}
