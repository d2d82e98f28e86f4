// Package jsontree reads JSON into maps, lists, texts and numbers, and these into structs: what encoding/json would make of them, in a
// fraction of its time, as boards are large and read on every run. It writes no JSON, and knows no board.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Read reads one document as encoding/json reads it into any: objects are map[string]any, lists []any, numbers float64. The error is that of
// encoding/json.
func Read(data []byte) (any, error) { return read(data, false) }

// ReadNumbers is Read with numbers as they are written, as json.Number.
func ReadNumbers(data []byte) (any, error) { return read(data, true) }

// read leaves to encoding/json what is wrong, and what generated documents do not have.
func read(data []byte, numbers bool) (any, error) {
	r := reader{text: string(data), numbers: numbers}
	if v, ok := r.value(0); ok && r.next() == 0 && r.at == len(r.text) {
		return v, nil
	}
	var v any
	dec := json.NewDecoder(bytes.NewReader(data))
	if numbers {
		dec.UseNumber()
	}
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the document")
	}
	return v, nil
}

// maxDepth is how deep lists and objects may stand in each other; deeper ones are left to encoding/json, which has a bound of its own.
const maxDepth = 1000

// reader reads one document from the front. Its methods return false where they leave the document to encoding/json.
type reader struct {
	text    string // what is read shares its memory
	at      int
	numbers bool
}

// next passes over white space and returns the byte behind it, which is not passed; 0 at the end.
func (r *reader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\n', '\r', '\t':
		default:
			return c
		}
	}
	return 0
}

// pass passes over a byte, if it comes next.
func (r *reader) pass(c byte) bool {
	if r.next() != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) value(depth int) (any, bool) {
	switch c := r.next(); {
	case depth > maxDepth:
		return nil, false
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.list(depth)
	case c == '"':
		return r.string()
	case c == 't':
		return true, r.word("true")
	case c == 'f':
		return false, r.word("false")
	case c == 'n':
		return nil, r.word("null")
	}
	return r.number()
}

// word passes over a word.
func (r *reader) word(w string) bool {
	found := strings.HasPrefix(r.text[r.at:], w)
	r.at += len(w)
	return found
}

func (r *reader) object(depth int) (any, bool) {
	r.at++
	o := make(map[string]any)
	if r.pass('}') {
		return o, true
	}
	for {
		if r.next() != '"' {
			return nil, false
		}
		key, ok := r.string()
		if !ok || !r.pass(':') {
			return nil, false
		}
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		o[key] = v
		if r.pass('}') {
			return o, true
		}
		if !r.pass(',') {
			return nil, false
		}
	}
}

func (r *reader) list(depth int) (any, bool) {
	r.at++
	l := []any{}
	if r.pass(']') {
		return l, true
	}
	for {
		v, ok := r.value(depth + 1)
		if !ok {
			return nil, false
		}
		l = append(l, v)
		if r.pass(']') {
			return l, true
		}
		if !r.pass(',') {
			return nil, false
		}
	}
}

// string reads a text in quotes.
func (r *reader) string() (string, bool) {
	rest := r.text[r.at+1:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case c == '"':
			r.at += i + 2
			return rest[:i], utf8.ValidString(rest[:i])
		case c == '\\':
			return r.escaped(i)
		case c < ' ':
			return "", false
		}
	}
	return "", false
}

// escaped is string for a text with an escape behind its first bytes.
func (r *reader) escaped(plain int) (string, bool) {
	rest := r.text[r.at+1:]
	out := append(make([]byte, 0, 2*plain), rest[:plain]...)
	for i := plain; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '"':
			r.at += i + 2
			return string(out), utf8.Valid(out)
		case c < ' ':
			return "", false
		case c != '\\':
			out = append(out, c)
		default:
			size := 0
			if out, size = unescape(out, rest[i+1:]); size == 0 {
				return "", false
			}
			i += size
		}
	}
	return "", false
}

// unescape adds what an escape stands for, and returns how many bytes it has behind the backslash; 0 for what is left to encoding/json.
func unescape(out []byte, text string) ([]byte, int) {
	if text == "" {
		return out, 0
	}
	if i := strings.IndexByte(`"\/bfnrt`, text[0]); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), 1
	}
	if text[0] != 'u' || len(text) < 5 {
		return out, 0
	}
	code, err := strconv.ParseUint(text[1:5], 16, 16)
	if err != nil || code >= 0xd800 && code < 0xe000 { // half of a pair
		return out, 0
	}
	return utf8.AppendRune(out, rune(code)), 5
}

func (r *reader) number() (any, bool) {
	size := numberSize(r.text[r.at:])
	text := r.text[r.at : r.at+size]
	r.at += size
	if r.numbers {
		return json.Number(text), size > 0
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// numberSize returns how many bytes at the head of a text are a number; 0 for none.
func numberSize(text string) int {
	i := 0
	digits := func() bool {
		from := i
		for i < len(text) && text[i] >= '0' && text[i] <= '9' {
			i++
		}
		return i > from
	}
	one := func(of string) bool {
		if i < len(text) && strings.IndexByte(of, text[i]) >= 0 {
			i++
			return true
		}
		return false
	}
	one("-")
	if !one("0") && !digits() {
		return 0
	}
	if one(".") && !digits() {
		return 0
	}
	if one("eE") {
		one("+-")
		if !digits() {
			return 0
		}
	}
	return i
}
