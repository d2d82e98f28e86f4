package diag_test

import (
	"testing"

	"github.com/voipbin/observability/internal/diag"
)

// at is a place in the file of these tests.
func at(line, col int) diag.Position { return diag.Position{File: "f", Line: line, Col: col} }

func TestSpan(t *testing.T) {
	t.Parallel()
	// A block of two lines, indented by four: "sum(é)\n/ rate(x)".
	text := "sum(é)\n/ rate(x)"
	block := diag.Anchors{{Offset: 0, Pos: at(8, 5)}, {Offset: 8, Pos: at(9, 5)}}
	f := func(anchors diag.Anchors, start, end int, want diag.Position, wantWidth int) {
		t.Helper()
		pos, width := anchors.Span(text, start, end)
		if want != pos || wantWidth != width {
			t.Errorf("%d to %d: want %v width %d, got %v width %d", start, end, want, wantWidth, pos, width)
		}
	}
	f(block, 0, 3, at(8, 5), 3)     // sum
	f(block, 4, 6, at(8, 9), 1)     // é is two bytes and one rune
	f(block, 6, 7, at(8, 10), 1)    // the bracket behind it
	f(block, 10, 14, at(9, 7), 4)   // rate, on the second line
	f(block, 0, 17, at(8, 5), 6)    // all: as far as the first line goes
	f(block, 17, 17, at(9, 14), 1)  // the end, where something is missing
	f(block, 99, 120, at(9, 14), 1) // outside
	f(block, -3, 3, at(8, 5), 3)    // outside
	f(block, 5, 2, at(8, 10), 1)    // an end before the start
	f(nil, 0, 3, diag.Position{}, 1)
	f(diag.Anchors{{Offset: 4, Pos: at(8, 9)}}, 0, 3, at(8, 9), 1) // before the first anchor
}
