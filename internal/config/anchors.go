package config

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/diag"
)

// anchors ties the bytes of a scalar to the file. Whatever the style, YAML keeps the runes that are not white space in
// their order, so both are walked together: white space is skipped on either side, and an anchor is set wherever the
// next rune does not simply follow the one before.
func (v Value) anchors() diag.Anchors {
	w := &walker{line: v.node.Line, col: v.node.Column, style: v.node.Style}
	w.rest = v.doc.text[v.doc.offset(v.node.Line, v.node.Column):]
	w.enter()
	anchors := diag.Anchors{}
	var line, col int // where the next rune would stand if it simply followed
	for offset, r := range v.node.Value {
		if unicode.IsSpace(r) {
			col++
			continue
		}
		runes, ok := w.find(r)
		if !ok {
			break // a form that this walk does not know: later bytes count from the last anchor
		}
		if len(anchors) == 0 || w.line != line || w.col != col {
			anchors = append(anchors, diag.Anchor{Offset: offset, Pos: diag.Position{File: v.doc.file, Line: w.line, Col: w.col}})
		}
		line, col = w.line, w.col+1
		w.advance(runes)
	}
	if len(anchors) == 0 {
		return diag.Anchors{{Pos: v.Pos()}}
	}
	anchors[0].Pos.Col -= utf8.RuneCountInString(v.node.Value[:anchors[0].Offset])
	anchors[0].Pos.Col = max(anchors[0].Pos.Col, 1)
	anchors[0].Offset = 0
	return anchors
}

// offset is the byte in the file at which a line and column (in runes) stand.
func (d *document) offset(line, col int) int {
	at := d.lines[min(max(line, 1), len(d.lines))-1]
	for ; col > 1 && at < len(d.data); col-- {
		_, size := utf8.DecodeRune(d.data[at:])
		at += size
	}
	return at
}

// walker walks over the source of one scalar.
type walker struct {
	rest      string
	line, col int
	style     yaml.Style
}

// enter moves from where the scalar is said to begin to its content: past an opening quote, or past a block's header line.
func (w *walker) enter() {
	switch {
	case w.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		w.advance(1)
	case w.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		for w.rest != "" && w.rest[0] != '\n' {
			w.advance(1)
		}
	}
}

// find moves to the next rune of the content that is not white space and returns how many runes of source write it, or
// false when that rune is not want.
func (w *walker) find(want rune) (int, bool) {
	for {
		r, _ := utf8.DecodeRuneInString(w.rest)
		if w.rest == "" {
			return 0, false
		}
		if unicode.IsSpace(r) {
			w.advance(1)
			continue
		}
		if r == '\\' && w.style&yaml.DoubleQuotedStyle != 0 {
			length, space := escape(w.rest)
			if space {
				w.advance(length)
				continue
			}
			return length, true
		}
		if r == '\'' && w.style&yaml.SingleQuotedStyle != 0 {
			return len(`''`), want == '\''
		}
		return 1, r == want
	}
}

// escape returns the length of the escape at the head of a double-quoted text, in runes, and whether it writes white
// space (YAML 1.2, 5.7).
func escape(s string) (length int, space bool) {
	if len(s) < 2 {
		return len(s), false
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]
	return 2 + digits, digits == 0 && strings.IndexByte("\n\t nrtvfNLP_", s[1]) >= 0
}

// advance moves over a number of runes.
func (w *walker) advance(runes int) {
	for ; runes > 0 && w.rest != ""; runes-- {
		r, size := utf8.DecodeRuneInString(w.rest)
		w.rest = w.rest[size:]
		w.col++
		if r == '\n' {
			w.line, w.col = w.line+1, 1
		}
	}
}
