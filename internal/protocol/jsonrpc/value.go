package jsonrpc

import (
	"encoding/json"
	"slices"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds of RFC 8259.
const (
	// Invalid is the kind of the zero Value.
	Invalid Kind = iota
	// Null is the literal null, which newer Kamailio sends for a text that is not set.
	Null
	// Bool is true or false.
	Bool
	// Number is a number, kept as it was written.
	Number
	// String is text.
	String
	// Array is a list of values.
	Array
	// Object is a list of named values. Names may repeat.
	Object
)

// Value is one value of a reply. It is immutable; copying it is cheap. Its texts share the memory of the whole reply: use
// strings.Clone on one that outlives it.
type Value struct {
	kind    Kind
	text    string // String; Number as written; Bool as "true" or "false"
	items   []Value
	members []Member
}

// Member is one entry of an object, in the order of the reply.
type Member struct {
	Name  string
	Value Value
}

// Kind tells which of the accessors has something to give.
func (v Value) Kind() Kind { return v.kind }

// Text returns the text of a String; "" for other kinds. It is what the daemon sent: it may hold credentials (uac.reg_dump).
func (v Value) Text() string {
	if v.kind != String {
		return ""
	}
	return v.text
}

// Number returns a Number as it was written, so that no digit of a large counter is lost; "" for other kinds.
func (v Value) Number() json.Number {
	if v.kind != Number {
		return ""
	}
	return json.Number(v.text)
}

// Bool returns whether a Bool is true; false for other kinds.
func (v Value) Bool() bool { return v.kind == Bool && v.text == "true" }

// Items returns the values of an Array; nil for other kinds. The caller must not change the slice.
func (v Value) Items() []Value { return v.items }

// Members returns the members of an Object; nil for other kinds. The caller must not change the slice.
func (v Value) Members() []Member { return v.members }

// Lookup returns the value of the first member called name, and whether there is one.
func (v Value) Lookup(name string) (Value, bool) {
	for _, m := range v.members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// Equal tells whether both are of one kind and content, the order of members and the spelling of numbers included.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.text == w.text && slices.EqualFunc(v.items, w.items, Value.Equal) &&
		slices.EqualFunc(v.members, w.members, Member.Equal)
}

// Equal tells whether both have one name and equal values.
func (m Member) Equal(n Member) bool { return m.Name == n.Name && m.Value.Equal(n.Value) }
