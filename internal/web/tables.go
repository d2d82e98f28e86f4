package web

import (
	"bytes"
	"sync"
	"time"
)

// maxTables bounds how many tables are kept: each order, and a few owners and tiers.
const maxTables = 16

// tables keeps the table of objectives as it was rendered from the newest look: a thousand objectives take a tenth of a second to render, and a hundred readers
// want the same.
type tables struct {
	mu   sync.Mutex // held while one is rendered, so that nobody renders the same
	at   time.Time  // of the look
	made map[chosenTable][]byte
}

// chosenTable is what a reader chose to see.
type chosenTable struct{ owner, tier, sort, group string }

// of is the table of a look, rendered by the first who asks for it.
func (t *tables) of(at time.Time, chosen chosenTable, render func(*bytes.Buffer) error) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.at.Equal(at) || t.made == nil || len(t.made) >= maxTables {
		t.at, t.made = at, map[chosenTable][]byte{}
	}
	if have, ok := t.made[chosen]; ok {
		return have, nil
	}
	var b bytes.Buffer
	if err := render(&b); err != nil {
		return nil, err
	}
	t.made[chosen] = b.Bytes()
	return b.Bytes(), nil
}
