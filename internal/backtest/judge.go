package backtest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

// settling is how long after a fault an alert about it may begin: the longest short window of the usual tiers.
const settling = 6 * time.Hour

// Verdict is how the alerts of an objective did in one course.
type Verdict struct {
	Course  string        `json:"course"`
	Title   string        `json:"title"`
	Length  time.Duration `json:"-"`
	Begin   time.Time     `json:"begin"`
	Days    float64       `json:"days"`
	Pages   []Firing      `json:"pages"`
	Tickets []Firing      `json:"tickets"`
	// Page and Ticket are the first ones about the fault; nil when there was none.
	Page   *Detection `json:"page,omitempty"`
	Ticket *Detection `json:"ticket,omitempty"`
	// FalsePages counts those that began where nothing was wrong, FalsePagesPerWeek relates them to the length.
	FalsePages        int     `json:"false_pages"`
	FalsePagesPerWeek float64 `json:"false_pages_per_week"`
	// Consumed is the share of the budget that is spent at the end, as the rules say; nil when they do not know it, as of recorded data.
	Consumed *float64 `json:"budget_consumed,omitempty"`
	bad      []Span
}

// Detection is the first alert about a fault.
type Detection struct {
	Tier string `json:"tier"`
	// After is the time in seconds from the begin of the fault; in recorded data from that which the alert's own tier had, unless somebody named it.
	After float64 `json:"after_seconds"`
	// Spent is the share of the period's budget that the fault has used up by then; nil when that is not known, as of recorded data without counts.
	Spent *float64 `json:"budget_spent,omitempty"`
	at    time.Time
}

// Objective is what a replay needs to know of the objective that it judges.
type Objective struct {
	Name    string
	Allowed float64 // share of events that may fail
	Period  time.Duration
	Burns   []slo.Burn // the tiers of its alerts; for recorded data
}

// Try replays one course for an objective and judges its alerts.
func Try(ctx context.Context, c Course, counters []Counter, files []rules.RuleFile, o Objective, begin time.Time) (Verdict, error) {
	store, truth, outages := c.Make(begin, counters, 1)
	fired, err := Replay(ctx, store, files, Options{Start: begin, End: begin.Add(c.Length), Phase: 37 * time.Second, Down: outages})
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Course: c.Name, Title: c.Title, Length: c.Length, Begin: begin, Days: c.Length.Hours() / 24}
	for _, f := range c.Bad {
		v.bad = append(v.bad, Span{From: begin.Add(f.At), To: begin.Add(f.At + f.Length)})
	}
	v.sort(fired, o.Name)
	v.Page, v.Ticket = v.first(v.Pages, truth, o), v.first(v.Tickets, truth, o)
	for _, p := range v.Pages {
		if !v.aboutFault(p) {
			v.FalsePages++
		}
	}
	v.FalsePagesPerWeek = slo.Clean(float64(v.FalsePages) / (v.Days / 7))
	consumed, known, err := Value(ctx, store, `last_over_time(slo:error_budget_consumed:ratio{slo="`+o.Name+`"}[15m])`, begin.Add(c.Length))
	if err == nil && !known {
		return Verdict{}, fmt.Errorf("course %s: no event that was made up reached the objective %s: its expressions ask for something else", c.Name, o.Name)
	}
	v.Consumed = &consumed
	return v, err
}

// sort keeps the alerts of the objective, or all of them when it has no name.
func (v *Verdict) sort(fired []Firing, name string) {
	for _, f := range fired {
		switch {
		case name != "" && f.Labels["slo"] != name:
		case f.Labels["severity"] == slo.Page || f.Labels["severity"] == "critical":
			v.Pages = append(v.Pages, f)
		default:
			v.Tickets = append(v.Tickets, f)
		}
	}
}

// aboutFault reports whether an alert began during a fault, or soon enough afterwards.
func (v *Verdict) aboutFault(f Firing) bool {
	return slices.ContainsFunc(v.bad, func(s Span) bool { return s.about(f) })
}

// about reports whether an alert began in a stretch, or soon enough afterwards.
func (s Span) about(f Firing) bool {
	return !f.Start.Before(s.From) && f.Start.Before(s.To.Add(settling))
}

// first is the first alert about the first fault.
func (v *Verdict) first(alerts []Firing, truth *Truth, o Objective) *Detection {
	for _, f := range alerts {
		if !v.aboutFault(f) {
			continue
		}
		fault := v.bad[0]
		_, failed := truth.Between(fault.From, f.Start)
		total, _ := truth.Between(v.Begin, v.Begin.Add(v.Length))
		budget := total / v.Length.Seconds() * o.Period.Seconds() * o.Allowed
		spent := slo.Clean(failed / budget)
		return &Detection{Tier: cmp.Or(f.Labels["burn"], f.Alert), After: f.Start.Sub(fault.From).Seconds(), Spent: &spent, at: f.Start}
	}
	return nil
}
