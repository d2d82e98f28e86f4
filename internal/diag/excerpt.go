package diag

import (
	"strings"
	"unicode"
)

// tabWidth is how many spaces stand for a tab in an excerpt.
const tabWidth = 4

// Excerpt is the line of a file that a problem is about, made fit for a terminal.
type Excerpt struct {
	Line int
	// Text is the line without its end, tabs as spaces, runes that do not print as U+FFFD, cut to the wanted width.
	Text string
	// Start and Width are the runes of Text to underline, counted from 0; Width 0 means none.
	Start, Width int
}

// ExcerptOf cuts the line of a problem out of its file's content, at most width runes of it around the place that is
// wrong. It returns false when the problem has no line or the content has no such line.
func ExcerptOf(p Problem, content string, width int) (Excerpt, bool) {
	line, ok := lineOf(content, p.Pos.Line)
	if !ok {
		return Excerpt{}, false
	}
	e := Excerpt{Line: p.Pos.Line}
	runes := []rune(line)
	shown := make([]rune, 0, len(runes))
	end := 0
	first, last := p.Pos.Col-1, p.Pos.Col-1+max(p.Width, 1)
	for i, r := range runes {
		if i == first {
			e.Start = len(shown)
		}
		shown = append(shown, printable(r)...)
		if i < last {
			end = len(shown)
		}
	}
	switch {
	case p.Pos.Col == 0:
	case first >= len(runes): // one past the end: something is missing there
		e.Start, e.Width = len(shown), 1
	default:
		e.Width = max(end-e.Start, 1)
	}
	e.Text = string(shown)
	e.cut(width)
	return e, true
}

// lineOf returns line n of content, counted from 1, without its end.
func lineOf(content string, n int) (string, bool) {
	if n < 1 {
		return "", false
	}
	content = strings.TrimPrefix(content, "\ufeff") // a byte order mark takes up no column
	for ; n > 1; n-- {
		_, rest, found := strings.Cut(content, "\n")
		if !found {
			return "", false
		}
		content = rest
	}
	line, _, _ := strings.Cut(content, "\n")
	return strings.TrimSuffix(line, "\r"), true
}

// printable is what to show for a rune: a file must not be able to send control sequences to the reader's terminal.
func printable(r rune) []rune {
	switch {
	case r == '\t':
		return []rune(strings.Repeat(" ", tabWidth))
	case unicode.IsPrint(r):
		return []rune{r}
	}
	return []rune{unicode.ReplacementChar}
}

// cut keeps at most width runes of the text, with the underlined part in them, and marks what was left out by "…".
func (e *Excerpt) cut(width int) {
	runes := []rune(strings.TrimRight(e.Text, " "))
	e.Start = min(e.Start, len(runes))
	if e.Width > 0 {
		e.Width = max(min(e.Width, len(runes)-e.Start), 1)
	}
	if len(runes) <= width {
		e.Text = string(runes)
		return
	}
	from := 0
	if e.Start+e.Width > width-1 { // keep a quarter of the width as context before the place
		from = min(max(e.Start-width/4, 0), len(runes))
	}
	to := min(from+width, len(runes))
	part := append([]rune(nil), runes[from:to]...)
	if from > 0 && len(part) > 0 {
		part[0] = '…'
	}
	if to < len(runes) {
		part[len(part)-1] = '…'
	}
	e.Text = string(part)
	e.Start -= from
	e.Width = min(e.Width, max(width-e.Start, 1))
}
