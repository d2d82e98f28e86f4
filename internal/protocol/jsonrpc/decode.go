package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// DecodeReply reads the body of an HTTP reply as the answer to the call with the given id. It returns the result, or a
// *[Fault] if the body holds an error, or a *[DecodeError] if it is no answer to that call.
func DecodeReply(body []byte, id uint64) (Value, error) {
	d := newDecoder(body)
	reply, err := d.document()
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
	return &Fault{Code: int(code), Reason: printable(message.Text())}
}

// decoder reads one JSON document with its order and the spelling of its numbers.
type decoder struct {
	tokens *json.Decoder
	size   int
	room   int // how many more values may come
}

func newDecoder(body []byte) *decoder {
	tokens := json.NewDecoder(bytes.NewReader(body))
	tokens.UseNumber()
	return &decoder{tokens: tokens, size: len(body), room: maxValues(len(body))}
}

// document reads a value and makes sure that nothing follows it.
func (d *decoder) document() (Value, error) {
	token, err := d.next()
	if err != nil {
		return Value{}, err
	}
	value, err := d.value(token, 0)
	if err != nil {
		return Value{}, err
	}
	if _, err := d.tokens.Token(); !errors.Is(err, io.EOF) {
		return Value{}, d.errorf("something after the end of the reply")
	}
	return value, nil
}

// value makes a value of token and, if that opens a list, of those up to its end.
func (d *decoder) value(token json.Token, depth int) (Value, error) {
	if d.room--; d.room < 0 {
		return Value{}, d.errorf("more than %d values in %d bytes", maxValues(d.size), d.size)
	}
	switch token := token.(type) {
	case nil:
		return Value{kind: Null}, nil
	case bool:
		return Value{kind: Bool, text: strconv.FormatBool(token)}, nil
	case json.Number:
		return Value{kind: Number, text: token.String()}, nil
	case string:
		return Value{kind: String, text: token}, nil
	case json.Delim:
		if depth == MaxDepth {
			return Value{}, d.errorf("nested deeper than %d", MaxDepth)
		}
		if token == '[' {
			return d.array(depth + 1)
		}
		return d.object(depth + 1)
	default:
		return Value{}, d.errorf("a token of type %T", token)
	}
}

// array reads items up to the closing bracket.
func (d *decoder) array(depth int) (Value, error) {
	var items []Value
	for {
		token, err := d.next()
		if err != nil {
			return Value{}, err
		}
		if token == json.Delim(']') {
			return Value{kind: Array, items: items}, nil
		}
		item, err := d.value(token, depth)
		if err != nil {
			return Value{}, err
		}
		items = append(items, item)
	}
}

// object reads members up to the closing brace.
func (d *decoder) object(depth int) (Value, error) {
	var members []Member
	for {
		token, err := d.next()
		if err != nil {
			return Value{}, err
		}
		if token == json.Delim('}') {
			return Value{kind: Object, members: members}, nil
		}
		name, ok := token.(string)
		if !ok {
			return Value{}, d.errorf("a member without a name")
		}
		if token, err = d.next(); err != nil {
			return Value{}, err
		}
		value, err := d.value(token, depth)
		if err != nil {
			return Value{}, err
		}
		members = append(members, Member{Name: name, Value: value})
	}
}

// next returns the next token. The library's own errors are replaced: they quote what was received.
func (d *decoder) next() (json.Token, error) {
	token, err := d.tokens.Token()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, d.errorf("the reply ends too early")
	default:
		return nil, d.errorf("not JSON")
	}
}

func (d *decoder) errorf(format string, args ...any) error {
	return &DecodeError{Offset: d.tokens.InputOffset(), What: fmt.Sprintf(format, args...)}
}
