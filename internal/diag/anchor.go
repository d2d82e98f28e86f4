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
		if len(part) > 0 && last.Line == pos.Line {
			return pos, max(last.Col-pos.Col+1, 1)
		}
		end = start + max(len(part)-size, 0)
	}
	return pos, 1
}
