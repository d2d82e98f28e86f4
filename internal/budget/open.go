package budget

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/report"
)

// OpenReports are the reports of a ledger, those of open periods with the hours that were not taken down yet and with how objectives stand now: who reads the
// report of a month on the day of an outage reads of the outage. A report that stays has neither.
type OpenReports struct {
	*report.Ledger

	closer   *Closer
	follower *Follower

	// making holds one token: one report is made at a time, as it reads years of days, and nobody asks the server the same meanwhile. It guards the rest.
	making chan struct{}
	at     time.Time // end of the newest tile in days
	days   []report.Day
	made   map[string]*made // by period
}

// made is a report with when it was made, and its forms as far as somebody wanted them.
type made struct {
	at      time.Time
	model   report.Model
	written map[string][]byte
}

// shared is how long readers have a report that was made and written for another.
const shared = 5 * time.Second

// NewOpenReports are the reports of a ledger whose days a closer takes down.
func NewOpenReports(l *report.Ledger, c *Closer, f *Follower) *OpenReports {
	return &OpenReports{Ledger: l, closer: c, follower: f, making: make(chan struct{}, 1), made: map[string]*made{}}
}

// Periods are those of the ledger and those that run, newest first within each kind.
func (o *OpenReports) Periods() []report.Period {
	all := o.Ledger.Periods()
	now := o.closer.now().UTC()
	for date := o.closer.oldest(now); !date.After(o.closer.newest(now)); date = date.Add(oneDay) {
		for _, p := range []report.Period{report.Week(date), report.Quarter(date), report.Month(date)} {
			i := slices.IndexFunc(all, p.Alike)
			if i < 0 || all[i].From.Before(p.From) {
				all = slices.Insert(all, max(i, 0), p)
			}
		}
	}
	return all
}

// Report is the report of a period. Where the server cannot be read, an open one says so and has what was taken down.
func (o *OpenReports) Report(ctx context.Context, p report.Period) (report.Model, error) {
	if err := o.begin(ctx, p); err != nil {
		return report.Model{}, err
	}
	defer o.end()
	m, err := o.have(ctx, p)
	if err != nil {
		return report.Model{}, err
	}
	return m.model, nil
}

// Written is the report of a period in one of report.Formats. A hundred readers of one have it made and written once.
func (o *OpenReports) Written(ctx context.Context, p report.Period, format string) ([]byte, error) {
	if err := o.begin(ctx, p); err != nil {
		return nil, err
	}
	defer o.end()
	m, err := o.have(ctx, p)
	if err != nil || m.written[format] != nil {
		return m.written[format], err
	}
	var text bytes.Buffer
	if err := report.Write(&text, m.model, format); err != nil {
		return nil, err
	}
	m.written[format] = text.Bytes()
	return m.written[format], nil
}

// begin waits for the token.
func (o *OpenReports) begin(ctx context.Context, p report.Period) error {
	select {
	case o.making <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("report of %s: %w", p.Name, ctx.Err())
	}
}

func (o *OpenReports) end() { <-o.making }

// have finds a report that was made just now, or makes it. One that lacks what could not be read now is not kept.
func (o *OpenReports) have(ctx context.Context, p report.Period) (*made, error) {
	now := o.closer.now().UTC()
	maps.DeleteFunc(o.made, func(_ string, m *made) bool { return now.Sub(m.at).Abs() >= shared })
	if m, ok := o.made[p.Name]; ok {
		return m, nil
	}
	from, _ := o.closer.span(p.From)
	_, to := o.closer.span(p.To.Add(-oneDay))
	m := &made{at: now, written: map[string][]byte{}}
	var err error
	whole := o.Closed(p.Name) || now.Before(from) || !now.Before(to.Add(grace))
	if whole {
		m.model, err = o.Ledger.Report(p)
	} else {
		m.model, err = o.Open(p, o.since(ctx, now))
		if now.Before(to) {
			m.model.Now = standing(o.follower.Snapshot())
		}
	}
	if err == nil && (whole || !o.failed()) {
		o.made[p.Name] = m
	}
	return m, err
}

// failed tells whether a day that was not taken down yet could not be read.
func (o *OpenReports) failed() bool {
	return slices.ContainsFunc(o.days, func(d report.Day) bool { return d.Unread != "" })
}

// since are the days after the newest that was taken down: yesterday for the half hour after midnight, and today until the newest tile. In zones that are far
// apart, today is two dates or three.
func (o *OpenReports) since(ctx context.Context, now time.Time) []report.Day {
	tileEnd := now.Add(-maintenance.Late).Truncate(tile)
	if tileEnd.Equal(o.at) && len(o.days) > 0 && !o.failed() && o.days[0].Day > o.Newest().Format(time.DateOnly) {
		return o.days
	}
	o.at, o.days = tileEnd, nil
	today := o.closer.oldest(now)
	for date := today.Add(-oneDay); !date.After(o.closer.newest(now)); date = date.Add(oneDay) {
		from, to := o.closer.span(date)
		if !date.After(o.Newest()) || !tileEnd.After(from) || date.Before(today) && o.Newest().IsZero() {
			continue
		}
		if to.After(tileEnd) {
			to = tileEnd
		}
		d, err := o.closer.read(ctx, date, to)
		if err != nil {
			d, _ = o.closer.unread(date, "not taken down yet, and cannot be read now: "+err.Error()) // what the log says of its begin, if it says that
		}
		d.Through = to
		o.days = append(o.days, d)
	}
	return o.days
}

// standing is what a snapshot says of the objectives that are not well.
func standing(s Snapshot) *report.Now {
	now := &report.Now{Read: s.Read, Problem: s.Problem, Standing: []report.Standing{}}
	all := slices.Clone(s.Objectives)
	slices.SortStableFunc(all, func(a, b Objective) int {
		return cmp.Or(cmp.Compare(a.State.Rank(), b.State.Rank()), cmp.Compare(a.Name, b.Name))
	})
	for _, o := range all {
		if o.State == Fine || o.State == Idle {
			now.Well++
			continue
		}
		st := report.Standing{
			Name: o.Name, Title: o.Title, Text: o.Text + " over " + o.Span(), State: string(o.State), Policy: o.Policy, Alerts: []string{},
			Consumed: o.Consumed.pointer(), Remaining: o.Remaining.pointer(), Errors: o.Errors.pointer(), Events: o.Events.pointer(),
		}
		for _, a := range o.Alerts {
			st.Alerts = append(st.Alerts, strings.TrimSpace(a.Severity+": "+a.Name+" "+a.Burn))
		}
		now.Standing = append(now.Standing, st)
	}
	return now
}

// pointer is the number, nil where it is not known.
func (r Reading) pointer() *float64 {
	if !r.Known {
		return nil
	}
	return &r.Value
}
