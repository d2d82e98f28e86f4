package diag_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/diag"
)

func TestExcerptOf(t *testing.T) {
	t.Parallel()
	f := func(content string, p diag.Problem, want diag.Excerpt) {
		t.Helper()
		got, ok := diag.ExcerptOf(p, content, 20)
		if !ok {
			t.Errorf("%q %v: want an excerpt, got none", content, p.Pos)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q %v (-want +got):\n%s", content, p.Pos, diff)
		}
	}
	place := func(line, col, width int) diag.Problem {
		return diag.Problem{Pos: diag.Position{Line: line, Col: col}, Width: width}
	}
	f("a: 1\nb: 2\n", place(2, 4, 1), diag.Excerpt{Line: 2, Text: "b: 2", Start: 3, Width: 1})
	f("a: 1\r\nb: 2", place(1, 4, 0), diag.Excerpt{Line: 1, Text: "a: 1", Start: 3, Width: 1})
	f("ä: ö", place(1, 4, 1), diag.Excerpt{Line: 1, Text: "ä: ö", Start: 3, Width: 1})
	f("\ta: 1", place(1, 5, 1), diag.Excerpt{Line: 1, Text: "    a: 1", Start: 7, Width: 1})
	f("\ta: 1", place(1, 1, 1), diag.Excerpt{Line: 1, Text: "    a: 1", Start: 0, Width: 4})
	f("a\tb", place(1, 1, 3), diag.Excerpt{Line: 1, Text: "a    b", Start: 0, Width: 6})
	f("a: \x1b[31m", place(1, 4, 1), diag.Excerpt{Line: 1, Text: "a: \uFFFD[31m", Start: 3, Width: 1})
	f("\ufeffa: 1", place(1, 4, 1), diag.Excerpt{Line: 1, Text: "a: 1", Start: 3, Width: 1})
	f("a: 1", place(1, 0, 0), diag.Excerpt{Line: 1, Text: "a: 1"})
	f("a:", place(1, 9, 3), diag.Excerpt{Line: 1, Text: "a:", Start: 2, Width: 1})
	f("a: 1", place(1, 4, 50), diag.Excerpt{Line: 1, Text: "a: 1", Start: 3, Width: 1})
	long := strings.Repeat("x", 30) + "HERE" + strings.Repeat("y", 30)
	f(long, place(1, 31, 4), diag.Excerpt{Line: 1, Text: "…xxxxHEREyyyyyyyyyy…", Start: 5, Width: 4})
	f(long, place(1, 2, 3), diag.Excerpt{Line: 1, Text: strings.Repeat("x", 19) + "…", Start: 1, Width: 3})
	f(long, place(1, 31, 60), diag.Excerpt{Line: 1, Text: "…xxxxHEREyyyyyyyyyy…", Start: 5, Width: 15})
	f(long, place(1, 64, 1), diag.Excerpt{Line: 1, Text: "…yyyyy", Start: 5, Width: 1})
}

func TestExcerptOfMissingLine(t *testing.T) {
	t.Parallel()
	for _, line := range []int{-1, 0, 3} {
		if e, ok := diag.ExcerptOf(diag.Problem{Pos: diag.Position{Line: line, Col: 1}}, "a\nb", 20); ok {
			t.Errorf("line %d: want none, got %v", line, e)
		}
	}
}

func FuzzExcerptOf(f *testing.F) {
	f.Add("a: 1\n\tb: 2", 2, 3, 4, 20)
	f.Add(strings.Repeat("é\t", 90), 1, 90, 40, 108)
	f.Fuzz(func(t *testing.T, content string, line, col, runes, width int) {
		if col < 0 || runes < 0 || col > 1<<20 || runes > 1<<20 || width < 8 || width > 1<<10 {
			t.Skip("no position or terminal is like that")
		}
		e, ok := diag.ExcerptOf(diag.Problem{Pos: diag.Position{Line: line, Col: col}, Width: runes}, content, width)
		if !ok {
			return
		}
		shown := []rune(e.Text)
		if len(shown) > width {
			t.Errorf("%d runes, at most %d", len(shown), width)
		}
		if e.Start < 0 || e.Start > width || e.Width < 0 || e.Start+e.Width > width+1 {
			t.Errorf("carets at %d, %d wide, in a width of %d", e.Start, e.Width, width)
		}
		if strings.ContainsFunc(e.Text, func(r rune) bool { return r < ' ' }) {
			t.Errorf("control characters in %q", e.Text)
		}
	})
}
