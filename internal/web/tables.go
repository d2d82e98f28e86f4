package web

import (
	"sync"
)

// maxTables bounds how many orders are kept: each column both ways, and a few owners and tiers.
const maxTables = 48

// tables keeps the lines of objectives as they were rendered from the newest look: a thousand take a tenth of a second to render, and a hundred
// readers want the same. What is promised of recovery changes every second, is little, and is not kept.
type tables struct {
	mu    sync.Mutex      // held while lines are rendered, so that nobody renders the same
	news  <-chan struct{} // of the look: closed by the next one
	lines []*drawn        // of all objectives
	made  map[chosenTable][]*drawn
}

// drawn is a line as it stands on the page.
type drawn struct {
	Line
	html []byte
}

// chosenTable is what a reader chose to see, and in which order.
type chosenTable struct {
	owner, tier, sort string
	down              bool
}

// of are the chosen lines of a look, in their order. The first who asks has them rendered. A look is known by its channel and not by its time, which a
// clock that is set back shows twice. Nobody may change what is returned.
func (t *tables) of(news <-chan struct{}, chosen chosenTable, render func() ([]*drawn, error), choose func([]*drawn) []*drawn) ([]*drawn, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.news != news || t.made == nil {
		lines, err := render()
		if err != nil {
			return nil, err
		}
		t.news, t.lines, t.made = news, lines, map[chosenTable][]*drawn{}
	}
	if len(t.made) >= maxTables {
		t.made = map[chosenTable][]*drawn{}
	}
	if have, ok := t.made[chosen]; ok {
		return have, nil
	}
	t.made[chosen] = choose(t.lines)
	return t.made[chosen], nil
}
