package maintenance

import (
	"slices"
	"time"
)

// News is closed when the book changes.
func (b *Book) News() <-chan struct{} {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.news
}

// Windows are all windows, in the order in which they were entered.
func (b *Book) Windows() []Window {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]Window, len(b.windows))
	for i, w := range b.windows {
		all[i] = *w
	}
	return all
}

// Window is the window of an id.
func (b *Book) Window(id string) (Window, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i := slices.IndexFunc(b.windows, func(w *Window) bool { return w.ID == id })
	if i < 0 {
		return Window{}, false
	}
	return *b.windows[i], true
}

// Active tells of each objective whether it is in maintenance at a time. It is asked at each scrape and works from a plan of the hours ahead.
func (b *Book) Active(at time.Time) map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if at.Before(b.plan.from) || !at.Before(b.plan.to) {
		b.plan = b.work(at)
	}
	active := make(map[string]bool, len(b.o.Objectives))
	for _, name := range b.o.Objectives {
		active[name] = slices.ContainsFunc(b.plan.spans[name], func(s Span) bool { return s.Holds(at) })
	}
	return active
}

// work makes the plan from a time on. The lock is held.
func (b *Book) work(at time.Time) plan {
	p := plan{at, at.Add(ahead), map[string][]Span{}}
	for _, w := range b.windows {
		spans := w.Spans(p.from, p.to, maxSpans)
		for _, name := range w.Objectives {
			p.spans[name] = append(p.spans[name], spans...)
		}
	}
	return p
}

// Corrections are what stands beside the recorded numbers of an objective: corrections that lie wholly after a time. Of two that have a tile in common the
// later does not count, since that tile would be taken out twice.
func (b *Book) Corrections(objective string, since time.Time) []Window {
	var all []Window
	for _, w := range b.Windows() {
		if w.State(w.Added) != Corrected || !w.Covers(objective) || w.Tiles().From.Before(since) {
			continue
		}
		if !slices.ContainsFunc(all, func(o Window) bool { return w.Touches(o.Span) }) {
			all = append(all, w)
		}
	}
	return all
}

// Correction is what the corrections since a time take out of an objective's sums, and how many they are.
func (b *Book) Correction(objective string, since time.Time) (errors, events float64, n int) {
	for _, w := range b.Corrections(objective, since) {
		for _, e := range w.Effects {
			if e.Objective == objective {
				errors, events, n = errors+e.Errors, events+e.Events, n+1
			}
		}
	}
	return errors, events, n
}

// Taken are the stretches between two times in which an objective was, or will be, in maintenance, joined where they overlap.
func (b *Book) Taken(objective string, from, to time.Time) []Span {
	var all []Span
	for _, w := range b.Windows() {
		if w.Covers(objective) {
			all = append(all, w.Spans(from, to, maxSpans)...)
		}
	}
	slices.SortFunc(all, func(a, c Span) int { return a.From.Compare(c.From) })
	var joined []Span
	for _, s := range all {
		n := len(joined)
		switch {
		case n == 0 || !joined[n-1].To.IsZero() && s.From.After(joined[n-1].To):
			joined = append(joined, s)
		case s.To.IsZero() || joined[n-1].To.IsZero():
			joined[n-1].To = time.Time{}
		case s.To.After(joined[n-1].To):
			joined[n-1].To = s.To
		}
	}
	return joined
}
