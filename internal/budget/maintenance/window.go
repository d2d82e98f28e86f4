// Package maintenance keeps the windows in which events of objectives do not count: once or by a recurrence rule, each with an author and a
// reason, as a row of records that is only ever appended to. It takes nothing out of a sum: rules do, by the series that a tracker exports. A window
// that lies in the past changes no record; it is a correction, shown beside the number as it was recorded.
package maintenance

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of what people may enter.
const (
	maxText       = 500
	maxRule       = 256
	maxObjectives = 2000
	shortest      = time.Minute
	longest       = 366 * 24 * time.Hour
	// latest is how far ahead a first window may be.
	latest = 5 * 366 * 24 * time.Hour
	// seldom is how far ahead the next window of a rule is looked for: one that comes every six years is not over between two.
	seldom = 100 * 366 * 24 * time.Hour
	// oldest is how far back a correction may reach; servers seldom keep records for longer.
	oldest = 400 * 24 * time.Hour
	// pardon is how far in the past the begin of a window may lie, so that "now" can be typed.
	pardon = time.Minute
)

// Span is a stretch of time; To does not belong to it. The zero To is never.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to,omitzero"`
}

// Holds tells whether an instant lies in the span.
func (s Span) Holds(t time.Time) bool { return !t.Before(s.From) && (s.To.IsZero() || t.Before(s.To)) }

// Tile is the length of the pieces in which rules count.
const Tile = 5 * time.Minute

// Late is how long after the end of a tile it is read: rules and remote writers are late.
const Late = 30 * time.Second

// Tiles is the span with what it touches of the pieces in which rules count, of five minutes each: what is taken out with it.
func (s Span) Tiles() Span {
	from, to := s.From.UTC().Truncate(Tile), s.To.UTC().Truncate(Tile)
	if to.Before(s.To) {
		to = to.Add(Tile)
	}
	return Span{from, to}
}

// Touches tells whether two spans have a tile in common.
func (s Span) Touches(o Span) bool {
	s, o = s.Tiles(), o.Tiles()
	return (o.To.IsZero() || s.From.Before(o.To)) && (s.To.IsZero() || o.From.Before(s.To))
}

// Effect is what a correction takes out of the sums of one objective, as they were recorded when it was entered.
type Effect struct {
	Objective string  `json:"objective"`
	Errors    float64 `json:"errors"`
	Events    float64 `json:"events"`
}

// Window is announced maintenance, or a correction.
type Window struct {
	ID         string   `json:"id"`
	Objectives []string `json:"objectives"`
	// Span is the window, the first one of a rule.
	Span
	// Rule is an RRULE of RFC 5545 by which the window comes again; empty for once.
	Rule string `json:"rule,omitempty"`
	// Local is the local time at which a rule begins, where clocks leave it out on the first day: later windows begin at it. Empty where it is that of From.
	Local string `json:"local,omitempty"`
	// Zone is the time zone in which a rule is read, by its IANA name.
	Zone   string    `json:"zone"`
	Reason string    `json:"reason"`
	Author string    `json:"author"`
	Added  time.Time `json:"added"`
	// Correction says that the window was entered when it was over: what is recorded counts its events, for ever.
	Correction bool     `json:"correction,omitempty"`
	Effects    []Effect `json:"effects,omitempty"` // of a correction
	// Ended is when somebody ended it, before its time, or withdrew the correction; the zero time if nobody did.
	Ended     time.Time `json:"ended,omitzero"`
	EndedBy   string    `json:"ended_by,omitempty"`
	EndReason string    `json:"end_reason,omitempty"`
}

// Request is a window as people enter it. Times are RFC 3339, or without an offset local times of the zone.
type Request struct {
	// ID is the name that another tracker gave the same window; empty has one made.
	ID         string   `json:"id"`
	Objectives []string `json:"objectives"`
	From       string   `json:"from"` // empty: now
	To         string   `json:"to"`
	// UntilEnded asks for a window without an end; To is empty then.
	UntilEnded bool   `json:"until_ended"`
	Rule       string `json:"rule"`
	Zone       string `json:"zone"` // empty: UTC
	Reason     string `json:"reason"`
	// Correction says that the window is known to lie in the past.
	Correction bool `json:"correction"`
}

// Refused says what is wrong with a request.
type Refused struct{ Reason, Hint string }

// Error implements error.
func (r *Refused) Error() string { return r.Reason + ": " + r.Hint }

func refuse(hint, format string, args ...any) error {
	return &Refused{fmt.Sprintf(format, args...), hint}
}

// State is how a window stands.
type State string

// The states of a window.
const (
	Active    State = "active"
	Planned   State = "planned"
	Over      State = "over"
	Corrected State = "correction"
	Withdrawn State = "withdrawn"
)

// State is how the window stands at a time.
func (w *Window) State(at time.Time) State {
	switch {
	case w.Correction && w.Ended.IsZero():
		return Corrected
	case w.Correction:
		return Withdrawn
	}
	next, ok := w.Next(at)
	switch {
	case !ok:
		return Over
	case next.Holds(at):
		return Active
	}
	return Planned
}

// Next is the stretch that is under way at a time, or the next one after it; false where none comes.
func (w *Window) Next(at time.Time) (Span, bool) {
	all := w.Spans(at, at.Add(seldom), 1)
	if len(all) == 0 {
		return Span{}, false
	}
	return all[0], true
}

// Words say when the window is, for people.
func (w *Window) Words() string {
	text := w.Span.words(w.location())
	if w.Rule != "" {
		text += ", again by " + w.Rule
	}
	if w.Zone != "UTC" {
		text += " (" + w.Zone + ")"
	}
	return text
}

// Stated says when the window is, in UTC and with its rule: the same whatever is known of zones.
func (w *Window) Stated() string {
	text := w.Span.words(time.UTC) + " UTC"
	if w.Rule != "" {
		text += ", again by " + w.Rule + " in " + w.Zone
	}
	return text
}

func (s Span) words(zone *time.Location) string {
	from := s.From.In(zone).Format("2006-01-02 15:04")
	if s.To.IsZero() {
		return from + " until somebody ends it"
	}
	return from + " to " + s.To.In(zone).Format("2006-01-02 15:04")
}

// Covers tells whether the window is about an objective.
func (w *Window) Covers(objective string) bool { return slices.Contains(w.Objectives, objective) }

// location is the zone; UTC for one that this machine does not know any more.
func (w *Window) location() *time.Location {
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// read checks a request at a time and makes a window of it, without id, author and effects.
func (r Request) read(now time.Time) (Window, error) {
	w := Window{Objectives: slices.Compact(slices.Sorted(slices.Values(r.Objectives))), Rule: strings.ToUpper(strings.TrimSpace(r.Rule)), Zone: r.Zone, Correction: r.Correction, Reason: strings.TrimSpace(r.Reason)}
	if w.Zone == "" {
		w.Zone = "UTC"
	}
	zone, err := time.LoadLocation(w.Zone)
	switch {
	case err != nil || w.Zone == "Local":
		return w, refuse("a name of the IANA database, such as Europe/Berlin", "there is no time zone %q", w.Zone)
	case len(w.Objectives) == 0:
		return w, refuse("name at least one", "no objective is named")
	case len(w.Objectives) > maxObjectives:
		return w, refuse(fmt.Sprintf("at most %d", maxObjectives), "%d objectives are named", len(w.Objectives))
	case w.Reason == "":
		return w, refuse("people will ask for it in a year", "no reason is given")
	case len(w.Reason) > maxText:
		return w, refuse(fmt.Sprintf("at most %d", maxText), "a reason of %d bytes", len(w.Reason))
	}
	if w.From, err = instant(r.From, zone, now); err != nil {
		return w, err
	}
	if local, ok := localTime(r.From); ok && w.Rule != "" && !local.Equal(wall(w.From, zone)) {
		w.Local = local.Format(localSeconds)
	}
	if r.To == "" != r.UntilEnded {
		return w, refuse("give its end, or say that it lasts until somebody ends it, and not both", "it is not clear when the window ends")
	}
	if !r.UntilEnded {
		if w.To, err = instant(r.To, zone, now); err != nil {
			return w, err
		}
	}
	return w, w.check(now)
}

// Instant reads a time as it is entered: RFC 3339, or local in a zone.
func Instant(text, zone string, now time.Time) (time.Time, error) {
	z, err := time.LoadLocation(zone)
	if err != nil {
		return time.Time{}, refuse("a name of the IANA database, such as Europe/Berlin", "there is no time zone %q", zone)
	}
	return instant(text, z, now)
}

// instant reads a time.
func instant(text string, zone *time.Location, now time.Time) (time.Time, error) {
	if text == "" {
		return now.UTC().Truncate(time.Second), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	if local, ok := localTime(text); ok {
		return fromWall(local, zone), nil
	}
	return time.Time{}, refuse("write 2026-03-01T02:00 in the window's zone, or 2026-03-01T02:00:00Z", "%q is no time", text)
}

// localSeconds is how a local time is written down.
const localSeconds = "2006-01-02T15:04:05"

// localTime reads a time without an offset, as if its zone were UTC.
func localTime(text string) (time.Time, bool) {
	for _, layout := range []string{localSeconds, "2006-01-02T15:04", "2006-01-02 15:04"} {
		if local, err := time.Parse(layout, text); err == nil {
			return local, true
		}
	}
	return time.Time{}, false
}

// check refuses windows that cannot be meant.
func (w *Window) check(now time.Time) error {
	length := w.To.Sub(w.From)
	switch {
	case w.To.IsZero() && (w.Rule != "" || w.Correction):
		return refuse("give the end of the first", "a window that comes again, or is over, has an end")
	case !w.To.IsZero() && length < shortest:
		return refuse("rules count by tiles of five minutes; at least a minute", "the window ends %s after it begins", length)
	case !w.To.IsZero() && length > longest:
		return refuse("end it within a year, or leave the objective out of the spec", "the window lasts %d days", int(length.Hours()/24))
	case w.From.After(now.Add(latest)):
		return refuse("at most five years ahead", "the window begins at %s", w.From.Format(time.RFC3339))
	}
	if w.Correction {
		return w.checkPast(now)
	}
	if w.From.Before(now.Add(-pardon)) && w.Rule == "" {
		if !w.To.IsZero() && !w.To.After(now) {
			return refuse("what is recorded cannot be changed; enter it as a correction, which is shown beside the recorded number", "the window is over")
		}
		return refuse("let it begin now, and enter the time before as a correction", "the window began %s ago", now.Sub(w.From).Round(time.Second))
	}
	if w.Rule == "" {
		return nil
	}
	return w.checkRule(now)
}

func (w *Window) checkPast(now time.Time) error {
	switch {
	case w.Rule != "":
		return refuse("enter each window of its own", "a correction does not come again")
	case w.To.After(now):
		return refuse("a correction is about time that is over; what is still to come is maintenance", "the window ends in %s", w.To.Sub(now).Round(time.Second))
	case w.Tiles().To.Add(Late).After(now):
		again := w.Tiles().To.Add(Late).UTC().Format(time.RFC3339)
		return refuse("try again at "+again, "the last five minutes of the correction are not recorded yet")
	case w.From.Before(now.Add(-oldest)):
		return refuse(fmt.Sprintf("at most %d days back", int(oldest.Hours()/24)), "the window began at %s", w.From.Format(time.RFC3339))
	}
	return nil
}
