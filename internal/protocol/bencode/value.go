package bencode

import (
	"slices"
	"strconv"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds. Invalid is that of the zero Value, which no encoder accepts.
const (
	Invalid Kind = iota
	Int
	String
	List
	Dict
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Int:
		return "int"
	case String:
		return "string"
	case List:
		return "list"
	case Dict:
		return "dict"
	default:
		return "invalid"
	}
}

// Value is one value. It is immutable; copying it is cheap. The texts of a decoded Value share the memory of the whole
// message: use strings.Clone on one that outlives it.
type Value struct {
	kind Kind
	text string // a String's bytes, or an Int's digits with a sign if negative
	list []Member
}

// Member is one entry of a dictionary: order is kept, and keys may repeat.
type Member struct {
	Key   string
	Value Value
}

// IntOf returns an Int.
func IntOf(n int64) Value { return Value{kind: Int, text: strconv.FormatInt(n, 10)} }

// ParseInt returns the Int that has these digits, which may be too many for 64 bits, and whether they are the one way to
// write it: no leading zeros, no plus sign, no minus before zero, at most 20 digits.
func ParseInt(digits string) (Value, bool) {
	if !canonical(digits) {
		return Value{}, false
	}
	return Value{kind: Int, text: digits}, true
}

func canonical(digits string) bool {
	number := digits
	if digits != "" && digits[0] == '-' {
		number = digits[1:]
	}
	if number == "" || len(number) > maxDigits {
		return false
	}
	for i := range len(number) {
		if !isDigit(number[i]) {
			return false
		}
	}
	return number[0] != '0' || digits == "0"
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// StringOf returns a String.
func StringOf(s string) Value { return Value{kind: String, text: s} }

// ListOf returns a List of the items, in their order.
func ListOf(items ...Value) Value {
	v := Value{kind: List}
	for _, item := range items {
		v.list = append(v.list, Member{Value: item})
	}
	return v
}

// DictOf returns a Dict of the members, in their order.
func DictOf(members ...Member) Value { return Value{kind: Dict, list: slices.Clone(members)} }

// Kind tells which of the accessors have something to give.
func (v Value) Kind() Kind { return v.kind }

// Int returns an Int that fits 64 bits with a sign, and whether it is one.
func (v Value) Int() (int64, bool) {
	if v.kind != Int {
		return 0, false
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	return n, err == nil
}

// Text returns the bytes of a String or the digits of an Int; "" for other kinds. It is what the sender sent: it may hold
// bytes that are not printable.
func (v Value) Text() string { return v.text }

// Members returns the members of a Dict, or the items of a List as members without keys; nil for other kinds. The caller
// must not change the slice.
func (v Value) Members() []Member { return v.list }

// Lookup returns the value of the first member of a Dict under key, and whether there is one.
func (v Value) Lookup(key string) (Value, bool) {
	if v.kind != Dict {
		return Value{}, false
	}
	for _, m := range v.list {
		if m.Key == key {
			return m.Value, true
		}
	}
	return Value{}, false
}

// Equal tells whether both are of one kind and content, the keys and order of members included.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.text == w.text && slices.EqualFunc(v.list, w.list, Member.Equal)
}

// Equal tells whether both have one key and equal values.
func (m Member) Equal(n Member) bool { return m.Key == n.Key && m.Value.Equal(n.Value) }
