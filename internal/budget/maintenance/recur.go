package maintenance

import (
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// maxSpans bounds how many stretches are worked out at once.
const maxSpans = 10_000

// Spans are the stretches of the window that touch the time between from and to, in order, at most limit of them. A rule's windows begin at the same
// local time and last equally long, whatever clocks do in between (RFC 5545, 3.8.5.3).
func (w *Window) Spans(from, to time.Time, limit int) []Span {
	if w.Correction {
		return nil
	}
	var all []Span
	for s := range w.stretches(from, to) {
		if !w.Ended.IsZero() {
			if !s.From.Before(w.Ended) {
				break
			}
			if s.To.IsZero() || s.To.After(w.Ended) {
				s.To = w.Ended
			}
		}
		if (s.To.IsZero() || s.To.After(from)) && s.From.Before(to) {
			all = append(all, s)
		}
		if len(all) == limit {
			break
		}
	}
	return all
}

// stretches yields the window, or those of its rule, from the one that may still last at from on, until to.
func (w *Window) stretches(from, to time.Time) func(yield func(Span) bool) {
	return func(yield func(Span) bool) {
		if w.Rule == "" {
			yield(w.Span)
			return
		}
		zone, length := w.location(), w.To.Sub(w.From)
		// Where clocks go back, what begins before to may have a later local time.
		r, err := w.rule(wall(to.Add(24*time.Hour), zone))
		if err != nil {
			return // it was read when it was entered
		}
		next := r.Iterator()
		for n := 0; n < maxSpans; {
			local, ok := next()
			if !ok {
				return
			}
			begin := w.begin(local, zone)
			if !begin.Before(to) {
				return
			}
			if !begin.Add(length).After(from) {
				continue
			}
			if n++; !yield(Span{begin, begin.Add(length)}) {
				return
			}
		}
	}
}

// local is the local time at which the rule's windows begin.
func (w *Window) local(zone *time.Location) time.Time {
	if entered, ok := localTime(w.Local); ok {
		return entered
	}
	return wall(w.From, zone)
}

// begin is the instant at which one of the rule's windows begins: of the first the one that was entered, though its local time comes twice, or not at all.
func (w *Window) begin(local time.Time, zone *time.Location) time.Time {
	if local.Equal(w.local(zone)) {
		return w.From
	}
	return fromWall(local, zone)
}

// rule reads the rule with its times as local ones: what clocks do is none of its business. It ends at a local time, so that a rule which never comes
// true ends as well.
func (w *Window) rule(end time.Time) (*rrule.RRule, error) {
	if len(w.Rule) > maxRule {
		return nil, refuse("write a shorter one", "a rule of %d bytes", len(w.Rule))
	}
	if strings.ContainsAny(w.Rule, "\n\r:") {
		return nil, refuse("RRULE alone, such as FREQ=WEEKLY;BYDAY=SU; begin and zone stand beside it", "%q is no rule", w.Rule)
	}
	zone := w.location()
	option, err := rrule.StrToROptionInLocation(w.Rule, zone)
	if err != nil {
		return nil, refuse("RFC 5545, 3.3.10: FREQ=WEEKLY;BYDAY=SU, say", "the rule cannot be read: %s", err)
	}
	if !slices.Contains([]rrule.Frequency{rrule.YEARLY, rrule.MONTHLY, rrule.WEEKLY, rrule.DAILY}, option.Freq) || len(option.Byhour)+len(option.Byminute)+len(option.Bysecond) > 0 {
		return nil, refuse("YEARLY, MONTHLY, WEEKLY or DAILY, at the time of day at which the first one begins", "maintenance comes once a day at most")
	}
	option.Dtstart = w.local(zone)
	until := end
	if !option.Until.IsZero() {
		until = wall(option.Until, zone)
	}
	if until.After(end) {
		until = end
	}
	option.Until = until
	r, err := rrule.NewRRule(*option)
	if err != nil {
		return nil, refuse("RFC 5545, 3.3.10", "the rule cannot be read: %s", err)
	}
	return r, nil
}

// checkRule refuses rules that never come true, begin elsewhere than their window, or leave no time in which anything counts.
func (w *Window) checkRule(now time.Time) error {
	zone, length := w.location(), w.To.Sub(w.From)
	r, err := w.rule(wall(max2(w.From, now).Add(latest), zone))
	if err != nil {
		return err
	}
	next := r.Iterator()
	first, ok := next()
	switch {
	case !ok:
		return refuse("read it aloud", "the rule %s yields no window within five years", w.Rule)
	case !first.Equal(w.local(zone)):
		return refuse("let the first window begin at one of the rule's times, such as "+first.Format("2006-01-02T15:04"), "the first window does not follow from the rule %s", w.Rule)
	}
	last := w.begin(first, zone)
	for range 400 {
		local, ok := next()
		if !ok {
			break
		}
		begin := fromWall(local, zone)
		if !begin.After(last.Add(length)) {
			return refuse("make them shorter or rarer: between them something has to count", "the windows of the rule run into each other at %s", begin.Format(time.RFC3339))
		}
		last = begin
	}
	if !last.Add(length).After(now) && len(w.Spans(now, now.Add(latest), 1)) == 0 {
		return refuse("what is recorded cannot be changed; enter each as a correction", "all windows of the rule are over")
	}
	if w.From.Before(now.Add(-pardon)) {
		return refuse("let the first one lie ahead, and enter those before as corrections", "the first window of the rule began %s ago", now.Sub(w.From).Round(time.Second))
	}
	return nil
}

func max2(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// wall is the local time of an instant, as if the zone were UTC.
func wall(t time.Time, zone *time.Location) time.Time {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), 0, time.UTC)
}

// fromWall is the instant of a local time. One that comes twice, because clocks go back, is the first; one that does not come, because clocks go forward,
// is read with the offset from before (RFC 5545, 3.3.5).
func fromWall(local time.Time, zone *time.Location) time.Time {
	with := func(near time.Time) time.Time {
		_, offset := near.In(zone).Zone()
		return local.Add(-time.Duration(offset) * time.Second)
	}
	before, after := with(local.Add(-24*time.Hour)), with(local.Add(24*time.Hour))
	isBefore, isAfter := wall(before, zone).Equal(local), wall(after, zone).Equal(local)
	switch {
	case isBefore && isAfter && after.Before(before):
		return after
	case isBefore || !isAfter:
		return before
	}
	return after
}
