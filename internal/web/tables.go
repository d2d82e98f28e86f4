package web

import (
	"crypto/rand"
	"sync"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/gzipped"
)

const (
	// maxTables bounds how many orders are kept: each column both ways, and a few owners and tiers.
	maxTables = 48
	// maxHeld bounds what is kept compressed of one look, in bytes. A thousand lines take a tenth of a megabyte.
	maxHeld = 4 << 20
)

// tables keeps the newest look as it stands on the page: a thousand lines take a tenth of a second to render, and a hundred readers want the same
// at the same moment. What is promised of recovery changes every second, is little, and is not kept, and no more is what is said to one reader.
type tables struct {
	mu   sync.Mutex // held while lines are rendered, so that nobody renders the same
	last *look
}

// look is what one look at the records came to. Nothing in it is about a reader.
type look struct {
	budgets       budget.Snapshot
	news          <-chan struct{} // closed by the next look
	id            string          // no other look has it, of this process or another
	lines         []*drawn        // of all objectives, the worst first
	owners, tiers []string        // of the objectives

	mu    sync.Mutex // held while something is compressed, so that nobody compresses the same
	views map[chosenTable]*view
	held  int // bytes that are kept compressed
}

// drawn is a line as it stands on the page.
type drawn struct {
	Line
	html []byte
	kept bool // as long as the look
}

// chosenTable is what a reader chose to see, and in which order.
type chosenTable struct {
	owner, tier, sort string
	down              bool
}

// view is what somebody chose to see of a look.
type view struct {
	look  *look
	lines []*drawn // in their order; nobody may change them
	parts map[stretch]gzipped.Part
}

// stretch is a part of a view: the form, or the head of a group where first is nil, or so many lines of it that follow each other. The group is one of
// the kind that was chosen.
type stretch struct {
	kind, group string
	first       *drawn
	lines       int
}

// of is the look of a snapshot, which the first who asks has rendered. A look is known by its channel and not by its time, which a clock that is set back
// shows twice. It returns nil where a newer look came since the channel was asked for: neither is the older one shown then, nor is a snapshot of one
// taken for that of the other.
func (t *tables) of(news <-chan struct{}, seen budget.Snapshot, render func(Line) (*drawn, error)) (*look, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last != nil && t.last.news == news {
		return t.last, nil
	}
	select {
	case <-news:
		return nil, nil
	default:
	}
	l := &look{budgets: seen, news: news, id: rand.Text(), views: map[chosenTable]*view{}}
	before := t.last.byName()
	for _, line := range Lines(Objectives{Snapshot: seen}) {
		d := &drawn{Line: line, kept: true}
		if same := before[line.Name]; same != nil && same.shown() == line.shown() {
			d.html = same.html
		} else {
			fresh, err := render(line)
			if err != nil {
				return nil, err
			}
			d.html = fresh.html
		}
		l.lines, l.owners, l.tiers = append(l.lines, d), append(l.owners, d.Owner), append(l.tiers, d.Tier)
	}
	l.owners, l.tiers = distinct(l.owners), distinct(l.tiers)
	t.last = l
	return l, nil
}

// byName has the lines by their objectives; none of no look.
func (l *look) byName() map[string]*drawn {
	all := map[string]*drawn{}
	if l != nil {
		for _, d := range l.lines {
			all[d.Name] = d
		}
	}
	return all
}

// shown is the line without what only its place in the table follows from: two lines that are equal so look the same. Records change every half minute,
// and looks come more often.
func (l Line) shown() Line {
	l.rank, l.achieved, l.left, l.amount, l.burn, l.ahead = 0, budget.Reading{}, budget.Reading{}, budget.Reading{}, budget.Reading{}, budget.Reading{}
	return l
}

// view is what is chosen of a look, which the first who asks has put in its order.
func (l *look) view(chosen chosenTable, choose func([]*drawn) []*drawn) *view {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.views[chosen]
	if v == nil {
		if len(l.views) >= maxTables {
			l.forget()
		}
		v = &view{look: l, lines: choose(l.lines), parts: map[stretch]gzipped.Part{}}
		l.views[chosen] = v
	}
	return v
}

// forget drops what is kept of views; who reads one goes on with it. The lock is held.
func (l *look) forget() {
	clear(l.views)
	l.held = 0
}

// part is a part of a view, compressed: the first who asks has it made.
func (v *view) part(s stretch, texts func() ([][]byte, error)) (gzipped.Part, error) {
	v.look.mu.Lock()
	defer v.look.mu.Unlock()
	if p, ok := v.parts[s]; ok {
		return p, nil
	}
	all, err := texts()
	if err != nil {
		return gzipped.Part{}, err
	}
	p := gzipped.Pack(all...)
	if v.look.held += p.Held(); v.look.held > maxHeld {
		v.look.forget()
		v.look.held = p.Held()
	}
	v.parts[s] = p
	return p, nil
}
