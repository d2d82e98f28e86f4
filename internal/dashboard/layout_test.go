package dashboard

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/grafana"
)

func TestFlow(t *testing.T) {
	t.Parallel()
	number, graph, table := slot{3, 4, 1}, slot{8, 8, 1}, slot{12, 8, 1}
	f := func(slots []slot, want ...grafana.Grid) {
		t.Helper()
		got, bottom := flow(slots, 10)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", slots, diff)
		}
		if last := got[len(got)-1]; bottom != last.Y+last.H {
			t.Errorf("%v: want the next line at %d, got %d", slots, last.Y+last.H, bottom)
		}
	}
	at := func(x, y, w, h int) grafana.Grid { return grafana.Grid{X: x, Y: y, W: w, H: h} }
	f([]slot{graph}, at(0, 10, 24, 8))
	f([]slot{graph, graph, graph}, at(0, 10, 8, 8), at(8, 10, 8, 8), at(16, 10, 8, 8))
	f([]slot{graph, graph, graph, graph}, at(0, 10, 12, 8), at(12, 10, 12, 8), at(0, 18, 12, 8), at(12, 18, 12, 8))
	f([]slot{number, number, number, number, number}, at(0, 10, 5, 4), at(5, 10, 5, 4), at(10, 10, 5, 4), at(15, 10, 5, 4), at(20, 10, 4, 4))
	f([]slot{{8, 8, 2}, graph}, at(0, 10, 16, 8), at(16, 10, 8, 8))
	f([]slot{number, table}, at(0, 10, 12, 8), at(12, 10, 12, 8))
	f([]slot{{99, 2, 0}, number}, at(0, 10, 24, 2), at(0, 12, 24, 4))
}

func TestFlowOfNothing(t *testing.T) {
	t.Parallel()
	if places, bottom := flow(nil, 7); len(places) != 0 || bottom != 7 {
		t.Errorf("want no place and line 7, got %v and %d", places, bottom)
	}
}

// TestFlowProperties lays out random rows and looks at every cell: none is taken twice, none between top and bottom is
// free, panels keep their order, width and height, and no layout with fewer lines exists.
func TestFlowProperties(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		slots := make([]slot, 1+r.IntN(20))
		for i := range slots {
			slots[i] = slot{minWidth: r.IntN(27), height: 1 + r.IntN(9), weight: r.IntN(5)}
		}
		top := r.IntN(50)
		places, bottom := flow(slots, top)
		if len(places) != len(slots) {
			t.Fatalf("%v: want %d places, got %d", slots, len(slots), len(places))
		}
		checkCells(t, slots, places, top, bottom)
		checkLines(t, slots, places)
	}
}

// checkCells counts how often each cell of the grid is covered.
func checkCells(t *testing.T, slots []slot, places []grafana.Grid, top, bottom int) {
	t.Helper()
	covered := make(map[[2]int]int)
	for i, g := range places {
		if g.W < least(slots[i]) || g.H < slots[i].height {
			t.Fatalf("%v: want at least %d columns and %d lines, got %+v", slots, least(slots[i]), slots[i].height, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				covered[[2]int{x, y}]++
			}
		}
	}
	for x := range grafana.Columns {
		for y := top; y < bottom; y++ {
			if covered[[2]int{x, y}] != 1 {
				t.Fatalf("%v: want the cell %d,%d covered once, got %d times in %v", slots, x, y, covered[[2]int{x, y}], places)
			}
		}
	}
	if len(covered) != grafana.Columns*(bottom-top) {
		t.Fatalf("%v: want every cell within 24 columns and lines %d to %d, got %v", slots, top, bottom, places)
	}
}

// checkLines compares the number of lines with that of filling each line as far as it goes, which is the smallest.
func checkLines(t *testing.T, slots []slot, places []grafana.Grid) {
	t.Helper()
	want, width := 1, 0
	for _, s := range slots {
		if width += least(s); width > grafana.Columns {
			want, width = want+1, least(s)
		}
	}
	got := 0
	for i, g := range places {
		if g.X == 0 {
			got++
		} else if before := places[i-1]; before.Y != g.Y || before.X+before.W != g.X {
			t.Fatalf("%v: want reading order, got %+v after %+v", slots, g, before)
		}
	}
	if got != want {
		t.Fatalf("%v: want %d lines, got %d", slots, want, got)
	}
}
