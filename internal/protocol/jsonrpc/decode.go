package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/voipbin/observability/internal/protocol/peer"
)

// DecodeReply reads the body of an HTTP reply as the answer to the call with the given id. It returns the result, or a
// *[Fault] if the body holds an error, or a *[DecodeError] if it is no answer to that call.
func DecodeReply(body []byte, id uint64) (Value, error) {
	reply, err := decode(body)
	if err != nil {
		return Value{}, err
	}
	if reply.kind != Object {
		return Value{}, &DecodeError{What: "not an object"}
	}
	if version, _ := reply.Lookup("jsonrpc"); version.Text() != "2.0" {
		return Value{}, &DecodeError{What: "not JSON-RPC version 2.0"}
	}
	if got, _ := reply.Lookup("id"); got.Number().String() != strconv.FormatUint(id, 10) {
		return Value{}, &DecodeError{What: "not the id of this call"}
	}
	result, hasResult := reply.Lookup("result")
	failure, hasError := reply.Lookup("error")
	if hasResult == hasError {
		return Value{}, &DecodeError{What: "want either a result or an error"}
	}
	if hasResult {
		return result, nil
	}
	return Value{}, faultOf(failure)
}

// faultOf reads the error member of a reply.
func faultOf(failure Value) error {
	number, _ := failure.Lookup("code")
	code, err := strconv.ParseInt(number.Number().String(), 10, 32)
	if err != nil {
		return &DecodeError{What: "an error without a code"}
	}
	message, _ := failure.Lookup("message")
	return &Fault{Code: int(code), Reason: peer.Printable(message.Text())}
}

// decoder walks a document that is known to be JSON, and keeps its order and the spelling of its numbers. The members of
// all open lists lie on one pile, the innermost on top, and are copied off in one piece when their list ends.
type decoder struct {
	data string
	pos  int
	room int // how many more values may come
	pile []Member
}

// decode reads body as one JSON value and nothing else.
func decode(body []byte) (Value, error) {
	if !json.Valid(body) {
		return Value{}, syntaxError(body)
	}
	d := &decoder{data: string(body), room: maxValues(len(body))}
	return d.value(0)
}

// syntaxError tells where body ceases to be one JSON value. The library's own text is not passed on: it quotes what was
// received.
func syntaxError(body []byte) error {
	source := json.NewDecoder(bytes.NewReader(body))
	var first json.RawMessage
	var bad *json.SyntaxError
	switch err := source.Decode(&first); {
	case err == nil:
		return &DecodeError{Offset: source.InputOffset(), What: "something after the end of the reply"}
	case errors.As(err, &bad):
		return &DecodeError{Offset: bad.Offset - 1, What: "not JSON"}
	default:
		return &DecodeError{Offset: int64(len(body)), What: "the reply ends too early"}
	}
}

// value reads the next value, at a depth of so many open lists.
func (d *decoder) value(depth int) (Value, error) {
	if d.room--; d.room < 0 {
		return Value{}, d.errorf("more than %d values in %d bytes", maxValues(len(d.data)), len(d.data))
	}
	d.skipSpace()
	switch first := d.data[d.pos]; first {
	case '{', '[':
		if depth == MaxDepth {
			return Value{}, d.errorf("nested deeper than %d", MaxDepth)
		}
		return d.list(first, depth+1)
	case '"':
		s, err := d.text()
		return Value{kind: String, text: s}, err
	case 'n':
		d.literal()
		return Value{kind: Null}, nil
	case 't', 'f':
		return Value{kind: Bool, text: d.literal()}, nil
	default:
		return Value{kind: Number, text: d.literal()}, nil
	}
}

// list reads an object or array, at whose opening bracket it stands, up to its end.
func (d *decoder) list(opening byte, depth int) (Value, error) {
	closing := opening + 2 // so it is in ASCII for both kinds
	start := len(d.pile)
	for d.pos++; ; {
		d.skipSpace()
		switch d.data[d.pos] {
		case closing:
			d.pos++
			return d.take(opening, start), nil
		case ',':
			d.pos++
		default:
			if err := d.member(opening == '{', depth); err != nil {
				return Value{}, err
			}
		}
	}
}

// member reads a value, and its name in an object, and puts them on the pile.
func (d *decoder) member(named bool, depth int) error {
	var m Member
	var err error
	if named {
		if m.Name, err = d.text(); err != nil {
			return err
		}
		d.skipSpace()
		d.pos++ // the colon
	}
	if m.Value, err = d.value(depth); err != nil {
		return err
	}
	d.pile = append(d.pile, m)
	return nil
}

// take copies the members from start on off the pile.
func (d *decoder) take(opening byte, start int) Value {
	members := d.pile[start:]
	d.pile = d.pile[:start]
	if opening == '{' {
		return Value{kind: Object, members: slices.Clone(members)}
	}
	items := make([]Value, len(members))
	for i, m := range members {
		items[i] = m.Value
	}
	return Value{kind: Array, items: items}
}

// text reads a string. Only one that needs it is copied.
func (d *decoder) text() (string, error) {
	start := d.pos
	plain := true
	for d.pos++; d.data[d.pos] != '"'; d.pos++ {
		if d.data[d.pos] == '\\' {
			plain = false
			d.pos++
		}
	}
	d.pos++
	quoted := d.data[start:d.pos]
	if plain && utf8.ValidString(quoted) {
		return quoted[1 : len(quoted)-1], nil
	}
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return "", d.errorf("not a string")
	}
	return s, nil
}

// literal reads a number, true, false or null.
func (d *decoder) literal() string {
	start := d.pos
	for d.pos < len(d.data) && strings.IndexByte(",]} \t\r\n", d.data[d.pos]) < 0 {
		d.pos++
	}
	return d.data[start:d.pos]
}

func (d *decoder) skipSpace() {
	for strings.IndexByte(" \t\r\n", d.data[d.pos]) >= 0 {
		d.pos++
	}
}

func (d *decoder) errorf(format string, args ...any) error {
	return &DecodeError{Offset: int64(d.pos), What: fmt.Sprintf(format, args...)}
}
