package report

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/budget/maintenance"
	"github.com/voipbin/observability/internal/budget/policy"
)

// Bounds of a report.
const (
	trendLength  = 6
	maxIncidents = 50
	// telling is the share of a period's budget from which an hour is part of an incident.
	telling = 0.01
	// join is how far apart hours may be that belong to one incident.
	join = time.Hour
)

// Make makes the report of a period from days, in order, and from what else is asked of rest once the days were read. With the same inputs it is the same.
func Make(p Period, days iter.Seq[Day], rest func() ([]maintenance.Window, []policy.Change)) Model {
	m := Model{
		Version: 1, Period: p, Unread: []Unread{}, Objectives: []Line{}, Incidents: []Incident{}, Maintenance: []Taken{}, Corrections: []Corrected{},
		Policy: []policy.Change{},
	}
	before := periods(p)
	for d := range days {
		for _, s := range before {
			s.take(d)
		}
	}
	for _, s := range before {
		s.end()
	}
	now := before[0]
	windows, changes := rest()
	m.Days, m.Of, m.Unread = now.read, len(p.days()), append(m.Unread, now.unread...)
	m.Until = now.until
	m.Final = now.newest == p.To.Add(-day).Format(time.DateOnly)
	for _, name := range now.names {
		m.line(name, now, before, windows)
	}
	slices.SortStableFunc(m.Objectives, func(a, b Line) int { return cmp.Or(cmp.Compare(spentOf(b), spentOf(a)), cmp.Compare(a.Name, b.Name)) })
	slices.SortStableFunc(m.Incidents, func(a, b Incident) int { return cmp.Or(cmp.Compare(b.Share, a.Share), a.From.Compare(b.From)) })
	m.Incidents = m.Incidents[:min(len(m.Incidents), maxIncidents)]
	for _, f := range now.fired {
		if f.Burn == "" {
			continue
		}
		if f.Severity == "page" {
			m.Summary.Pages++
		} else {
			m.Summary.Tickets++
		}
	}
	m.windows(now, windows)
	for _, c := range changes {
		if in := now.within(c.Objective); !c.At.Before(in.From) && c.At.Before(in.To) {
			m.Policy = append(m.Policy, c)
		}
	}
	return m
}

// periods are the period and those before it, newest first, empty.
func periods(p Period) []*sums {
	all := []*sums{closely(p)}
	for len(all) < trendLength {
		p = p.Before()
		all = append(all, newSums(p))
	}
	return all
}

// spentOf orders lines: what is not known comes before what is fine.
func spentOf(l Line) float64 {
	switch {
	case l.Consumed != nil:
		return *l.Consumed
	case l.Verdict == NotKnown:
		return 0.999
	}
	return -1
}

// line adds an objective and its incidents.
func (m *Model) line(name string, now *sums, before []*sums, windows []maintenance.Window) {
	c := now.counts[name]
	l := Line{Name: name, Title: c.Title, Owner: c.Owner, Tier: c.Tier, Text: c.Text, Objective: c.Objective, Trend: []Past{}}
	l.Zone = strings.Join(now.zoned[name].names, ", then ")
	if c.Tiles+c.Taken > 0 {
		l.Events, l.Errors = number(c.Events), number(c.Errors)
	}
	var failed float64
	l.Verdict, failed = now.verdict(name)
	if l.Verdict == Met || l.Verdict == Missed {
		l.SLI, l.Consumed = number(1-failed), number(failed/budgetOf(c))
	}
	if all := float64(now.possible(name)); all > 0 && len(c.Weights) == 0 {
		l.Taken = clean(float64(c.Taken) / all)
		l.Unknown = clean(max(0, 1-float64(c.Tiles+c.Taken)/all))
	}
	for _, inc := range now.incidents(name) {
		m.Incidents = append(m.Incidents, inc)
		l.Incidents = clean(l.Incidents + inc.Share)
	}
	l.Corrected = corrected(l, now.within(name), windows)
	for _, s := range slices.Backward(before) {
		past := Past{Period: s.period.Name}
		past.Verdict, failed = s.verdict(name)
		if past.Verdict == Met || past.Verdict == Missed {
			past.Consumed = number(failed / budgetOf(s.counts[name]))
		}
		l.Trend = append(l.Trend, past)
	}
	switch l.Verdict {
	case Met:
		m.Summary.Met++
	case Missed:
		m.Summary.Missed++
	case NoEvents:
		m.Summary.NoEvents++
	case NotKnown:
		m.Summary.NotKnown++
	}
	m.Objectives = append(m.Objectives, l)
}

// corrected is the consumption without corrections that lie in the period.
func corrected(l Line, p Period, windows []maintenance.Window) *float64 {
	errors, events, n := 0.0, 0.0, 0
	for _, w := range counting(windows, p, l.Name) {
		for _, e := range w.Effects {
			if e.Objective == l.Name {
				errors, events, n = errors+e.Errors, events+e.Events, n+1
			}
		}
	}
	if n == 0 || l.Events == nil || *l.Events-events <= 0 {
		return nil
	}
	return number(max(*l.Errors-errors, 0) / (*l.Events - events) / (1 - l.Objective))
}

// counting are the corrections of an objective that lie in a period and were not withdrawn; of two that have a tile in common the first, as both took it out.
func counting(windows []maintenance.Window, p Period, name string) []maintenance.Window {
	var all []maintenance.Window
	for _, w := range windows {
		if !w.Correction || !w.Ended.IsZero() || !w.Covers(name) || !inside(w, p) {
			continue
		}
		if !slices.ContainsFunc(all, func(o maintenance.Window) bool { return w.Touches(o.Span) }) {
			all = append(all, w)
		}
	}
	return all
}

// inside tells whether all that a correction takes out is of a period.
func inside(w maintenance.Window, p Period) bool {
	out := w.Tiles()
	return !out.From.Before(p.From) && !out.To.After(p.To)
}

// windows lists what touched the period, as the objectives have it that a window is about.
func (m *Model) windows(now *sums, all []maintenance.Window) {
	for _, w := range all {
		t := Taken{ID: w.ID, When: w.Stated(), Objectives: w.Objectives, Author: w.Author, Reason: w.Reason}
		if !w.Ended.IsZero() {
			t.Ended = &Ended{w.Ended, w.EndedBy, w.EndReason}
		}
		whole, touches := false, false
		for _, in := range now.periodsOf(w) {
			whole = whole || inside(w, in)
			touches = touches || len(w.Spans(in.From, in.To, 1)) > 0 || w.Correction && w.From.Before(in.To) && in.From.Before(w.To)
		}
		switch {
		case w.Correction && w.Ended.IsZero() && touches:
			m.Corrections = append(m.Corrections, Corrected{t, w.Effects, !whole})
		case !w.Correction && touches:
			m.Maintenance = append(m.Maintenance, t)
		}
	}
}

// periodsOf is the period as each objective has it that a window is about; as UTC has it where nothing was counted of any.
func (s *sums) periodsOf(w maintenance.Window) []Period {
	var all []Period
	for _, name := range s.names {
		if in := s.within(name); w.Covers(name) && !slices.Contains(all, in) {
			all = append(all, in)
		}
	}
	if len(all) == 0 {
		return []Period{s.period}
	}
	return all
}

// budgetOf is the share of events that may fail, without the noise of a difference.
func budgetOf(c *Count) float64 { return math.Round((1-c.Objective)*1e12) / 1e12 }

// number is a figure as reports have it.
func number(v float64) *float64 {
	v = clean(v)
	return &v
}

// clean leaves twelve decimals, so that the order in which days were added up is not to be seen.
func clean(v float64) float64 { return math.Round(v*1e12) / 1e12 }
