package diag

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Anchor says that a text, from a byte offset on, stands rune by rune in a file from a place on.
type Anchor struct {
	Offset int // in bytes, in the text as the program sees it
	Pos    Position
}

// Anchors tie a text to the file in which it was written in another form: indented, folded over lines, or with escapes.
// They are sorted by Offset. Nil means that the place is unknown.
type Anchors []Anchor

// Locate returns the place in the file of the byte at an offset of text. Offsets outside the text are moved to its ends.
func (as Anchors) Locate(text string, offset int) Position {
	if len(as) == 0 {
		return Position{}
	}
	offset = min(max(offset, 0), len(text))
	i, found := slices.BinarySearchFunc(as, offset, func(a Anchor, o int) int { return a.Offset - o })
	if !found {
		i = max(i-1, 0)
	}
	pos := as[i].Pos
	if offset > as[i].Offset {
		pos.Col += utf8.RuneCountInString(text[as[i].Offset:offset])
	}
	return pos
}

// Span returns where text[start:end] begins in the file, and how many runes of that one line it covers, at least 1.
func (as Anchors) Span(text string, start, end int) (Position, int) {
	pos := as.Locate(text, start)
	start = min(max(start, 0), len(text))
	end = min(max(end, start), len(text))
	for end > start {
		part := strings.TrimRight(text[start:end], " \t\n")
		_, size := utf8.DecodeLastRuneInString(part)
		last := as.Locate(text, start+len(part)-size)
		if len(part) > 0 && last.Line == pos.Line && last.File == pos.File {
			return pos, max(last.Col-pos.Col+1, 1)
		}
		end = start + max(len(part)-size, 0)
	}
	return pos, 1
}

// Replace puts another text, which stands in a file by itself, in the place of text[start:end], and returns the whole with its anchors. Each part
// keeps its own place: what is wrong with the part that was put in is shown where that was written. Places stay unknown where those of text are.
func (as Anchors) Replace(text string, start, end int, with string, at Anchors) (string, Anchors) {
	whole := text[:start] + with + text[end:]
	if len(as) == 0 {
		return whole, nil
	}
	var out Anchors
	for _, a := range as {
		if a.Offset < start {
			out = append(out, a)
		}
	}
	for _, a := range at {
		if a.Offset < len(with) {
			out = append(out, Anchor{Offset: start + a.Offset, Pos: a.Pos})
		}
	}
	if len(at) == 0 {
		out = append(out, Anchor{Offset: start, Pos: as.Locate(text, start)})
	}
	out = append(out, Anchor{Offset: start + len(with), Pos: as.Locate(text, end)})
	for _, a := range as {
		if a.Offset > end {
			out = append(out, Anchor{Offset: a.Offset - end + start + len(with), Pos: a.Pos})
		}
	}
	return whole, out
}
