package budget

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// When days are taken down.
const (
	oneDay = 24 * time.Hour
	// grace is how long after midnight a day is read: rules and remote writers are late.
	grace = 30 * time.Minute
	// reach is how far back the first start looks for days that the server still has.
	reach = 31
	// patience is how long it is tried to read a day before nothing is known of it. Servers keep two weeks at least.
	patience    = 14 * oneDay
	closeEvery  = time.Minute
	closeWithin = 5 * time.Minute
)

// Ledger is where days are taken down and periods closed.
type Ledger interface {
	Newest() time.Time
	// Ends is until when objectives were counted by the newest day.
	Ends() (map[string]time.Time, error)
	Take(ctx context.Context, d report.Day, at time.Time) error
	Close(ctx context.Context, at time.Time) error
}

// Closer reads each day when it is over, takes it down for good, and closes periods with their last day.
type Closer struct {
	api      API
	ledger   Ledger
	now      func() time.Time
	logger   *slog.Logger
	counts   []report.Count // promises, without numbers
	zones    []zone         // in which days of these begin; one at least
	troubled string
}

// NewCloser is a closer of the objectives of a spec.
func NewCloser(objectives []spec.SLO, api API, l Ledger, now func() time.Time, logger *slog.Logger) *Closer {
	c := &Closer{api: api, ledger: l, now: now, logger: logger}
	for _, o := range objectives {
		n := report.Count{Name: o.Name, Title: o.Title, Owner: o.Owner, Tier: o.Tier, Text: percentText(o), Objective: o.Objective}
		if o.SLI.Kind == spec.Weighted {
			n.Weights = map[string]float64{}
			for _, p := range o.SLI.Parts {
				n.Weights[p.Name] = p.Weight
			}
		}
		c.counts = append(c.counts, n)
	}
	c.zones = zonesOf(objectives)
	return c
}

// Run closes what is to be closed until ctx ends.
func (c *Closer) Run(ctx context.Context) error {
	tick := time.NewTicker(closeEvery)
	defer tick.Stop()
	for {
		limited, cancel := context.WithTimeout(ctx, closeWithin)
		err := c.Look(limited)
		cancel()
		c.tell(ctx, err)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tell logs the first of a row of the same errors.
func (c *Closer) tell(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != c.troubled && ctx.Err() == nil {
		c.logger.Warn("a day of objectives could not be taken down", "err", err)
	}
	c.troubled = text
}

// Look takes down the days that are over, oldest first, and closes periods.
func (c *Closer) Look(ctx context.Context) error {
	now := c.now().UTC()
	last := c.oldest(now.Add(-grace)).Add(-oneDay) // the newest day that is over everywhere
	from, first := c.ledger.Newest().Add(oneDay), false
	if c.ledger.Newest().IsZero() {
		from, first = last.Add(-(reach-1)*oneDay), true
	}
	// A crash may have come between a period's last day and its report.
	if err := c.ledger.Close(ctx, now); err != nil {
		return err
	}
	for at := from; !at.After(last); at = at.Add(oneDay) {
		d, err := c.read(ctx, at, time.Time{})
		if err != nil {
			if first || now.Sub(at) < patience {
				return err
			}
			if d, err = c.unread(at, "the server could not be read for two weeks: "+err.Error()); err != nil {
				return err
			}
		}
		if first && empty(d) && !at.Equal(last) {
			continue // before the first day of which there are records
		}
		first = false
		if err := c.ledger.Take(ctx, d, now); err != nil {
			return err
		}
		if err := c.ledger.Close(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// empty tells whether nothing was counted on a day.
func empty(d report.Day) bool {
	return d.Unread == "" && !slices.ContainsFunc(d.Objectives, func(c report.Count) bool { return c.Tiles+c.Taken > 0 })
}

// The tiles of a period, as rules count them: of objectives over counters with what came back later, of journeys as they are. A tile counts while both of its
// numbers are known, and are numbers: events of which nobody knows whether they failed are not good ones.
const (
	errorsOf   = `(slo:sli_errors_counted:increase5m or slo:sli_errors:increase5m) >= 0`
	eventsOf   = `(slo:sli_events_counted:increase5m or slo:sli_events:increase5m) >= 0`
	errorTiles = `(` + errorsOf + ` and on (slo) ` + eventsOf + `)`
	eventTiles = `(` + eventsOf + ` and on (slo) ` + errorsOf + `)`
)

// read asks for everything of a day until a moment, which is the end of a tile; the zero time for the whole day. Each stretch of time that is the day of some
// objectives has its own questions, as many for a thousand objectives as for one.
func (c *Closer) read(ctx context.Context, date, until time.Time) (report.Day, error) {
	d := report.Day{Day: date.Format(time.DateOnly), Objectives: slices.Clone(c.counts)}
	all, err := c.stretches(date)
	if err != nil {
		return d, err
	}
	for _, s := range all {
		of := make(map[string]*report.Count, len(s.objectives))
		for _, i := range s.objectives {
			n := &d.Objectives[i]
			s.frame(n)
			of[n.Name] = n
		}
		to := s.to
		if !until.IsZero() && until.Before(to) {
			to = until
		}
		if !to.After(s.from) {
			continue
		}
		fired, err := c.fill(ctx, s.from, to, of)
		if err != nil {
			return d, fmt.Errorf("%s: %w", d.Day, err)
		}
		d.Alerts = append(d.Alerts, fired...)
	}
	slices.SortStableFunc(d.Alerts, func(a, b report.Fired) int {
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Objective, b.Objective), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Burn, b.Burn))
	})
	return d, nil
}

// unread is a day of which nothing is known, but for where it begins and ends.
func (c *Closer) unread(date time.Time, why string) (report.Day, error) {
	d := report.Day{Day: date.Format(time.DateOnly), Unread: why}
	all, err := c.stretches(date)
	for _, s := range all {
		for _, i := range s.objectives {
			n := c.counts[i]
			if s.frame(&n); !n.From.IsZero() {
				d.Objectives = append(d.Objectives, n)
			}
		}
	}
	return d, err
}

// fill reads the numbers of objectives between two times, and returns what fired of them.
func (c *Closer) fill(ctx context.Context, from, to time.Time, of map[string]*report.Count) ([]report.Fired, error) {
	window := "[" + slo.FormatDuration(to.Sub(from)) + ":5m]"
	for _, q := range []struct {
		expr string
		take func(*report.Count, float64)
	}{
		{"sum_over_time(" + eventTiles + window + ")", func(n *report.Count, v float64) { n.Events = v }},
		{"count_over_time(" + eventTiles + window + ")", func(n *report.Count, v float64) { n.Tiles = int(v) }},
		{"count_over_time(slo:maintenance:active" + window + ")", func(n *report.Count, v float64) { n.Taken = int(v) }},
	} {
		found, err := c.api.Query(ctx, q.expr, to)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			if n := of[s.Labels["slo"]]; n != nil && usable(s.Value) {
				q.take(n, s.Value)
			}
		}
	}
	hours, err := c.hours(ctx, from, to)
	if err != nil {
		return nil, err
	}
	for name, points := range hours {
		if n := of[name]; n != nil {
			takeHours(n, points, from, to)
		}
	}
	return c.alerts(ctx, from, to, of)
}

// hours are the errors of each hour, by objective. What there is of an hour that still runs is a point at its end.
func (c *Closer) hours(ctx context.Context, from, to time.Time) (map[string][]promapi.Point, error) {
	all := map[string][]promapi.Point{}
	last := to.Truncate(time.Hour)
	if last.After(from) {
		found, err := c.api.Range(ctx, "sum_over_time("+errorTiles+"[1h:5m])", from.Add(time.Hour), last, time.Hour)
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			all[s.Labels["slo"]] = append(all[s.Labels["slo"]], s.Points...)
		}
	}
	if !to.After(last) {
		return all, nil
	}
	found, err := c.api.Query(ctx, "sum_over_time("+errorTiles+"["+slo.FormatDuration(to.Sub(last))+":5m])", to)
	if err != nil {
		return nil, err
	}
	for _, s := range found {
		all[s.Labels["slo"]] = append(all[s.Labels["slo"]], promapi.Point{Time: last.Add(time.Hour), Value: s.Value})
	}
	return all, nil
}

// takeHours adds up the errors of a day's hours, and keeps them one by one where there are some. The day on which clocks change has one more, or one less.
func takeHours(n *report.Count, points []promapi.Point, from, to time.Time) {
	hours := make([]float64, max(24, int((to.Sub(from)+time.Hour-1)/time.Hour)))
	for _, p := range points {
		i := int(p.Time.Sub(from)/time.Hour) - 1
		if i < 0 || i >= len(hours) || !usable(p.Value) {
			continue
		}
		hours[i] = p.Value
		n.Errors += p.Value
	}
	if n.Errors > 0 {
		n.Hours = hours
	}
}

// alerts are what fired of objectives between two times.
func (c *Closer) alerts(ctx context.Context, from, to time.Time, of map[string]*report.Count) ([]report.Fired, error) {
	series, err := c.api.Range(ctx, `max_over_time(ALERTS{alertstate="firing",slo!=""}[5m])`, from.Add(tile), to, tile)
	if err != nil {
		return nil, fmt.Errorf("alerts: %w", err)
	}
	var all []report.Fired
	for _, s := range series {
		if of[s.Labels["slo"]] == nil {
			continue
		}
		for _, span := range spans(s.Points, tile, "", "") {
			all = append(all, report.Fired{Objective: s.Labels["slo"], Name: s.Labels["alertname"], Severity: s.Labels["severity"], Burn: s.Labels["burn"], From: span.From, To: span.To})
		}
	}
	return all, nil
}
