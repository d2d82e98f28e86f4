package web

import (
	"crypto/rand"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"testing"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/gzipped"
)

// drawnAtOnce renders a line as its name.
func drawnAtOnce(l Line) (*drawn, error) { return &drawn{Line: l, html: []byte(l.Name)}, nil }

// TestHeldIsBounded: however many views and groups readers ask for, what is kept compressed of a look stays small; and what is dropped is made again.
func TestHeldIsBounded(t *testing.T) {
	t.Parallel()
	l, err := new(tables).of(make(chan struct{}), budget.Snapshot{}, drawnAtOnce)
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 100<<10)
	_, _ = rand.Read(text) // it never fails, and what it gives cannot be compressed
	made := 0
	held := func() (n int) {
		for _, v := range l.views {
			for _, p := range v.parts {
				n += p.Held()
			}
		}
		return n
	}
	for i := range maxTables + 12 {
		v := l.view(chosenTable{owner: fmt.Sprint(i)}, slices.Clone)
		for group := range 2 {
			p, err := v.part(stretch{group: fmt.Sprint(group)}, func() ([][]byte, error) { made++; return [][]byte{text}, nil })
			if err != nil || gzipped.PlainSize([]gzipped.Part{p}) != len(text) {
				t.Fatalf("a part of %d bytes: %v", gzipped.PlainSize([]gzipped.Part{p}), err)
			}
		}
		if n := held(); n > maxHeld || n > l.held || len(l.views) > maxTables {
			t.Fatalf("%d bytes of %d views are held", n, len(l.views))
		}
	}
	v := l.view(chosenTable{owner: "0"}, slices.Clone)
	if _, err := v.part(stretch{group: "0"}, func() ([][]byte, error) { made++; return [][]byte{text}, nil }); err != nil || made != 2*(maxTables+12)+1 {
		t.Errorf("%d parts were made: what was dropped is made again: %v", made, err)
	}
}

// TestNewestLookOnly: a look that is over is neither shown nor put in the place of a newer one, and of its lines only those are kept that are the same.
func TestNewestLookOnly(t *testing.T) {
	t.Parallel()
	var kept tables
	rendered := 0
	render := func(l Line) (*drawn, error) { rendered++; return drawnAtOnce(l) }
	seen := func(left float64) budget.Snapshot {
		var s budget.Snapshot
		for i := range 3 {
			o := budget.Objective{Promise: budget.Promise{Name: fmt.Sprint(i)}, Numbers: budget.Numbers{Remaining: budget.Reading{Value: 0.5, Known: true}}}
			if i == 0 {
				o.Remaining.Value = left
			}
			s.Objectives = append(s.Objectives, o)
		}
		return s
	}
	first, second := make(chan struct{}), make(chan struct{})
	for _, c := range []struct {
		news chan struct{}
		left float64
		want int // lines that had to be rendered
	}{{first, 0.5, 3}, {first, 0.5, 3}, {second, 0.25, 4}} {
		l, err := kept.of(c.news, seen(c.left), render)
		if err != nil || l == nil || l.news != c.news || rendered != c.want {
			t.Fatalf("%d lines were rendered, want %d: %v", rendered, c.want, err)
		}
		if i := slices.IndexFunc(l.lines, func(d *drawn) bool { return d.Name == "0" }); math.Abs(l.lines[i].left.Value-c.left) > 0 {
			t.Errorf("%g is left of the first, want %g", l.lines[i].left.Value, c.left)
		}
	}
	close(first)
	if l, err := kept.of(first, seen(1), render); l != nil || err != nil || kept.last.news != (<-chan struct{})(second) {
		t.Errorf("a look that is over was taken: %v", err)
	}
}

// TestJoinedIsSorted: two tables that are in their order are one in its order, by each column.
func TestJoinedIsSorted(t *testing.T) {
	t.Parallel()
	r := mathrand.New(mathrand.NewPCG(1, 2))
	reading := func() budget.Reading { return budget.Reading{Value: float64(r.IntN(4)), Known: r.IntN(3) > 0} }
	lines := func(n int, prefix string) (all []*drawn) {
		for i := range n {
			all = append(all, &drawn{Line: Line{
				Name: fmt.Sprint(prefix, i), Owner: fmt.Sprint(r.IntN(3)), Tier: fmt.Sprint(r.IntN(3)), rank: r.IntN(4),
				achieved: reading(), left: reading(), amount: reading(), burn: reading(), ahead: reading(),
			}})
		}
		return all
	}
	for _, by := range columns() {
		for _, down := range []bool{true, false} {
			ch, budgets, recovery := choice{Sort: by.Name, Down: down}, lines(50, "b"), lines(7, "r")
			want := ch.of(append(slices.Clone(budgets), recovery...))
			if got := ch.joined(ch.of(budgets), ch.of(recovery)); !slices.Equal(got, want) {
				t.Errorf("by %s, descending %t, the order is another", by.Name, down)
			}
		}
	}
}
