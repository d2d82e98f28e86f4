package diag_test

import (
	"strings"
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

// What is put into a text stands where it was written, and what is around it stays where it is.
func TestReplace(t *testing.T) {
	t.Parallel()
	// Two lines of a block; the value stands in another file.
	text := "sum(a{x=\"$x\"})\n+ sum(b{x=\"$x\"})"
	block := diag.Anchors{{Offset: 0, Pos: at(8, 5)}, {Offset: 15, Pos: at(9, 5)}}
	value := diag.Anchors{{Offset: 0, Pos: diag.Position{File: "g", Line: 3, Col: 20}}}
	whole, anchors := text, block
	for _, start := range []int{26, 9} { // from behind, so that the first stays where it is
		whole, anchors = anchors.Replace(whole, start, start+2, "conférence", value)
	}
	if want := "sum(a{x=\"conférence\"})\n+ sum(b{x=\"conférence\"})"; whole != want {
		t.Fatalf("want %q, got %q", want, whole)
	}
	f := func(part string, nth, length int, want diag.Position, wantWidth int) {
		t.Helper()
		start := -1
		for range nth {
			start += 1 + strings.Index(whole[start+1:], part)
		}
		if pos, width := anchors.Span(whole, start, start+length); want != pos || wantWidth != width {
			t.Errorf("%q, %d: want %v width %d, got %v width %d", part, nth, want, wantWidth, pos, width)
		}
	}
	f("sum", 1, 3, at(8, 5), 3)
	f("x=", 1, 1, at(8, 11), 1)
	f("conf", 1, 11, value[0].Pos, 10)                                    // é is two bytes and one rune
	f("rence", 1, 5, diag.Position{File: "g", Line: 3, Col: 25}, 5)       // a part of it
	f("\"})", 1, 3, at(8, 16), 3)                                         // behind it
	f("a{x", 1, len("a{x=\"conférence\"}"), at(8, 9), len("a{x=\"$x\"}")) // around it
	f("a{x", 1, len("a{x=\"conf"), at(8, 9), 5)                           // as far as it stands in the first file
	f("b{x", 1, 3, at(9, 11), 3)
	f("conf", 2, 4, value[0].Pos, 4)
	f("\"})", 2, 3, at(9, 18), 3)
	if _, got := diag.Anchors(nil).Replace("a", 0, 1, "b", value); got != nil {
		t.Errorf("want no place where that of the text is not known, got %v", got)
	}
	if _, got := block.Replace(text, 9, 11, "b", nil); got.Locate("", 0) != at(8, 5) || got[1].Pos != at(8, 14) {
		t.Errorf("a value without a place: %v", got)
	}
}
