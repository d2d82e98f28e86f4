package bencode

import (
	"fmt"
	"strings"
)

// DecodeError says that what was read is not bencoding, or exceeds a bound.
type DecodeError struct {
	// Offset is where, in bytes from the start.
	Offset int
	// What is wrong, without any of the bytes read.
	What string
}

// Error returns place and reason.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("bad bencoding at byte %d: %s", e.Offset, e.What)
}

// Decode reads data, which must be one value and nothing else. The error is a *[DecodeError].
func Decode(data string) (Value, error) {
	d := decoder{data: data, left: maxValues(len(data))}
	v, err := d.value(0)
	if err != nil {
		return Value{}, err
	}
	if d.pos < len(data) {
		return Value{}, d.errorf(d.pos, "%d bytes after the end of the value", len(data)-d.pos)
	}
	return v, nil
}

// decoder reads values off a text from left to right.
type decoder struct {
	data string
	pos  int
	left int // how many more values are allowed
}

func (d *decoder) value(depth int) (Value, error) {
	if d.pos == len(d.data) {
		return Value{}, d.errorf(d.pos, "it ends where a value is due")
	}
	if d.left--; d.left < 0 {
		return Value{}, d.errorf(d.pos, "more than %d values in %d bytes", maxValues(len(d.data)), len(d.data))
	}
	switch mark := d.data[d.pos]; {
	case mark == 'i':
		return d.integer()
	case mark == 'l':
		return d.list(Value{kind: List}, depth+1)
	case mark == 'd':
		return d.list(Value{kind: Dict}, depth+1)
	case isDigit(mark):
		text, err := d.text()
		return Value{kind: String, text: text}, err
	default:
		return Value{}, d.errorf(d.pos, "neither integer, string, list nor dictionary")
	}
}

func (d *decoder) integer() (Value, error) {
	at := d.pos
	end := strings.IndexByte(d.data[at:min(len(d.data), at+maxDigits+3)], 'e')
	if end < 0 {
		return Value{}, d.errorf(at, "an integer without its end")
	}
	v, ok := ParseInt(d.data[at+1 : at+end])
	if !ok {
		return Value{}, d.errorf(at, "an integer that is not written in the one way")
	}
	d.pos = at + end + 1
	return v, nil
}

// list reads the members of a list or dictionary into v up to its end mark.
func (d *decoder) list(v Value, depth int) (Value, error) {
	at := d.pos
	if depth > MaxDepth {
		return Value{}, d.errorf(at, "nested deeper than %d", MaxDepth)
	}
	d.pos++
	for {
		if d.pos == len(d.data) {
			return Value{}, d.errorf(at, "a list or dictionary without its end")
		}
		if d.data[d.pos] == 'e' {
			d.pos++
			return v, nil
		}
		var m Member
		var err error
		if v.kind == Dict {
			if m.Key, err = d.key(); err != nil {
				return Value{}, err
			}
		}
		if m.Value, err = d.value(depth); err != nil {
			return Value{}, err
		}
		v.list = append(v.list, m)
	}
}

func (d *decoder) key() (string, error) {
	if !isDigit(d.data[d.pos]) {
		return "", d.errorf(d.pos, "a key that is no string")
	}
	return d.text()
}

// text reads a string. The decoder stands at its first digit.
func (d *decoder) text() (string, error) {
	at := d.pos
	size, digits, err := length(d.data[at:])
	switch {
	case err != "":
		return "", d.errorf(at, "%s", err)
	case digits == 0:
		return "", d.errorf(at, "a string without its length")
	}
	start := at + digits + 1
	if size > len(d.data)-start {
		return "", d.errorf(at, "a string of %d bytes where %d are left", size, len(d.data)-start)
	}
	d.pos = start + size
	return d.data[start:d.pos], nil
}

// length reads the number before a string's colon: its value and how many digits it has, 0 if data ends before the colon.
// wrong says what makes it no length.
func length(data string) (size, digits int, wrong string) {
	for i := range min(len(data), maxLengthDigits+1) {
		switch b := data[i]; {
		case b == ':' && i > 1 && data[0] == '0':
			return 0, 0, "a length with a leading zero"
		case b == ':':
			return size, i, ""
		case !isDigit(b):
			return 0, 0, "a length that is no number"
		}
		size = size*10 + int(data[i]-'0')
	}
	if len(data) > maxLengthDigits {
		return 0, 0, "a length of too many digits"
	}
	return 0, 0, ""
}

func (d *decoder) errorf(at int, format string, args ...any) error {
	return &DecodeError{Offset: at, What: fmt.Sprintf(format, args...)}
}
