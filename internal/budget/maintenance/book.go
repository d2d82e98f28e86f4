package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The kinds of records that a book is made of, with their bodies.
const (
	RecordAdded = "maintenance_added" // Window
	RecordEnded = "maintenance_ended" // Ended
)

// Ended is the record of a window that somebody ended.
type Ended struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Journal is where a book is written. Append returns when the record is safe.
type Journal interface {
	Append(ctx context.Context, kind string, at time.Time, body any) error
}

// Past reads what was recorded.
type Past interface {
	// Counted is what was counted of an objective between two times, errors and all events.
	Counted(ctx context.Context, objective string, in Span) (Effect, error)
}

// Options are what a book is made of.
type Options struct {
	// Objectives are the names of those that may have windows of their own.
	Objectives []string
	// Parts are the parts of composites, whose maintenance is that of their parts.
	Parts   map[string][]string
	Journal Journal
	Past    Past
	Now     func() time.Time
}

// ErrNone says that there is no window of an id.
var ErrNone = errors.New("there is no such window")

// most bounds how many windows there may be that are not over.
const most = 2000

// patience is for how long a correction is measured, all its objectives together.
const patience = 20 * time.Second

// Book is all windows. Its methods may be called from many goroutines.
type Book struct {
	o     Options
	write sync.Mutex // held while a change is checked, written and applied, so that the records have the order in which they count

	mu      sync.RWMutex
	windows []*Window // never changed in place
	news    chan struct{}
	plan    plan
}

// plan is what is active in the hours around a time.
type plan struct {
	from, to time.Time
	spans    map[string][]Span
}

// ahead is for how long a plan is worked out.
const ahead = 12 * time.Hour

// New is a book without windows.
func New(o Options) *Book { return &Book{o: o, news: make(chan struct{})} }

// Restore takes a record of an earlier run, in order. Kinds that are not a book's are left alone.
func (b *Book) Restore(kind string, body []byte) error {
	switch kind {
	case RecordAdded:
		var w Window
		if err := json.Unmarshal(body, &w); err != nil {
			return fmt.Errorf("maintenance: %w", err)
		}
		b.add(w)
	case RecordEnded:
		var e Ended
		if err := json.Unmarshal(body, &e); err != nil {
			return fmt.Errorf("maintenance: %w", err)
		}
		b.end(e)
	}
	return nil
}

// Add checks a request, writes it down, and returns the window with those that overlap it. What a correction takes out is asked of a server, which may hang: nobody
// who enters or ends another window waits for that, and what may have changed meanwhile is checked again.
func (b *Book) Add(ctx context.Context, r Request, author string) (Window, []string, error) {
	var effects []Effect
	if r.Correction {
		w, err := b.draft(r, b.o.Now().UTC())
		if err != nil {
			return Window{}, nil, err
		}
		if effects, err = b.measure(ctx, &w); err != nil {
			return Window{}, nil, err
		}
	}
	b.write.Lock()
	defer b.write.Unlock()
	now := b.o.Now().UTC()
	w, err := b.draft(r, now)
	if err != nil {
		return Window{}, nil, err
	}
	w.Author, w.Added, w.Effects = author, now, effects
	if err := b.o.Journal.Append(ctx, RecordAdded, now, w); err != nil {
		return Window{}, nil, fmt.Errorf("maintenance: %w", err)
	}
	overlaps := b.overlapping(&w, now)
	b.add(w)
	return w, overlaps, nil
}

// draft is the window of a request as it may be entered now, with its id.
func (b *Book) draft(r Request, now time.Time) (Window, error) {
	w, err := r.read(now)
	if err == nil {
		err = b.known(&w)
	}
	if err == nil {
		err = b.room(now)
	}
	if err == nil {
		w.ID, err = b.name(r.ID, w.From)
	}
	return w, err
}

// End ends a window now; a correction is withdrawn.
func (b *Book) End(ctx context.Context, id, reason, author string) (Window, error) {
	b.write.Lock()
	defer b.write.Unlock()
	now := b.o.Now().UTC()
	w, ok := b.Window(id)
	switch {
	case !ok:
		return Window{}, fmt.Errorf("%w: %q", ErrNone, id)
	case !w.Ended.IsZero():
		return Window{}, refuse("it stays as it is", "%s was ended by %s at %s", id, w.EndedBy, w.Ended.Format(time.RFC3339))
	case w.State(now) == Over:
		return Window{}, refuse("what it took out stays out", "%s is over", id)
	case len(reason) > maxText:
		return Window{}, refuse(fmt.Sprintf("at most %d", maxText), "a reason of %d bytes", len(reason))
	}
	e := Ended{ID: id, At: now, By: author, Reason: strings.TrimSpace(reason)}
	if err := b.o.Journal.Append(ctx, RecordEnded, now, e); err != nil {
		return Window{}, fmt.Errorf("maintenance: %w", err)
	}
	b.end(e)
	w, _ = b.Window(id)
	return w, nil
}

// known refuses objectives that the spec does not have, and composites.
func (b *Book) known(w *Window) error {
	for _, name := range w.Objectives {
		if parts, composite := b.o.Parts[name]; composite {
			return refuse("name its parts: "+strings.Join(parts, ", "), "%s is made of other objectives, and its maintenance is theirs", name)
		}
		if !slices.Contains(b.o.Objectives, name) {
			return refuse("\"tracker slo list\" has their names", "there is no objective %q", name)
		}
	}
	return nil
}

// room refuses windows without end.
func (b *Book) room(now time.Time) error {
	open := 0
	for _, w := range b.Windows() {
		if s := w.State(now); s == Active || s == Planned {
			open++
		}
	}
	if open >= most {
		return refuse("end some first", "there are %d windows that are not over", open)
	}
	return nil
}

// name makes an id, or takes that of another tracker.
func (b *Book) name(wanted string, from time.Time) (string, error) {
	if wanted != "" {
		if !regexp.MustCompile(`^\d{4}-\d\d-\d\d-[1-9]\d{0,5}$`).MatchString(wanted) {
			return "", refuse("leave it out", "%q is no id of a window", wanted)
		}
		if _, taken := b.Window(wanted); taken {
			return "", refuse("leave it out", "there is another window %s", wanted)
		}
		return wanted, nil
	}
	for n := 1; ; n++ {
		id := fmt.Sprintf("%s-%d", from.Format(time.DateOnly), n)
		if _, taken := b.Window(id); !taken {
			return id, nil
		}
	}
}

// measure reads what a correction takes out of each objective, as long as patience lasts.
func (b *Book) measure(ctx context.Context, w *Window) ([]Effect, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var all []Effect
	for _, name := range w.Objectives {
		e, err := b.o.Past.Counted(ctx, name, w.Span)
		if err != nil {
			return nil, refuse("a correction needs the records of its time: try again when they can be read", "what it corrects is not known: %s", err)
		}
		all = append(all, Effect{Objective: name, Errors: e.Errors, Events: e.Events})
	}
	return all, nil
}

// Overlapping are the windows of a same objective that lie at the same time as one; false where there is none of its id.
func (b *Book) Overlapping(id string) ([]string, bool) {
	w, ok := b.Window(id)
	if !ok {
		return nil, false
	}
	return slices.DeleteFunc(b.overlapping(&w, b.o.Now().UTC()), func(o string) bool { return o == id }), true
}

// overlapping are the ids of windows of a same objective that lie at the same time. What is out twice is out once.
func (b *Book) overlapping(w *Window, now time.Time) []string {
	var ids []string
	for _, o := range b.Windows() {
		if slices.ContainsFunc(w.Objectives, o.Covers) && touch(w, &o, now) {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// compared is for how long ahead windows by rules are compared.
const compared = 400 * 24 * time.Hour

func touch(a, b *Window, now time.Time) bool {
	for _, s := range a.plain(now) {
		for _, o := range b.plain(now) {
			if s.Touches(o) {
				return true
			}
		}
	}
	return false
}

// plain are the stretches of the coming year, or the one that is corrected.
func (w *Window) plain(now time.Time) []Span {
	if w.Correction {
		if !w.Ended.IsZero() {
			return nil
		}
		return []Span{w.Span}
	}
	return w.Spans(min2(w.From, now), now.Add(compared), maxSpans)
}

func min2(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func (b *Book) add(w Window) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.windows = append(b.windows, &w)
	b.changed()
}

func (b *Book) end(e Ended) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.windows {
		if w.ID == e.ID {
			ended := *w
			ended.Ended, ended.EndedBy, ended.EndReason = e.At, e.By, e.Reason
			b.windows[i] = &ended
		}
	}
	b.changed()
}

// changed forgets the plan and tells those who wait. The lock is held.
func (b *Book) changed() {
	b.plan = plan{}
	close(b.news)
	b.news = make(chan struct{})
}
