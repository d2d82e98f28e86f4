package binrpc

import (
	"math"
	"slices"
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds. Except for [Invalid] each is one more than its record type on the wire.
const (
	// Invalid is the kind of the zero Value and of one built from something that BINRPC cannot carry.
	Invalid Kind = iota
	// Int is a number of 32 bits; whether they are signed depends on the command and field.
	Int
	// String is text; the NUL that ends it on the wire is not part of it.
	String
	// Double is a fixed-point number with three decimals in 64 bits.
	Double
	// Struct is a list of named values. Names may repeat, and a value may lack a name.
	Struct
	// Array is a list of values.
	Array
	// AVP is the record that names the member after it; it never is the kind of a decoded Value.
	AVP
	// Bytes is a string of bytes without an end mark.
	Bytes
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	switch k {
	case Int:
		return "int"
	case String:
		return "string"
	case Double:
		return "double"
	case Struct:
		return "struct"
	case Array:
		return "array"
	case AVP:
		return "avp"
	case Bytes:
		return "bytes"
	default:
		return "invalid"
	}
}

// Value is one value of a request or reply. It is immutable; copying it is cheap. The texts of a decoded Value share the
// memory of the whole reply: use strings.Clone on one that outlives it.
type Value struct {
	kind Kind
	num  int64 // Int: the 32 bits, zero-extended; Double: thousandths
	text string
	list []Member
}

// Member is one entry of a struct: order is kept, and names may repeat (SET and DEST of dispatcher.list).
type Member struct {
	// Name is empty for a value that the sender put into a struct without naming it.
	Name  string
	Value Value
}

// IntOf returns an Int. A number outside [-2^31, 2^32) gives a Value of kind [Invalid], which no encoder accepts.
func IntOf(n int64) Value {
	if n < math.MinInt32 || n > math.MaxUint32 {
		return Value{}
	}
	return Value{kind: Int, num: int64(uint32(n))}
}

// DoubleOf returns a Double, rounded to thousandths. A number that does not fit 63 bits of thousandths, an infinity or NaN
// gives a Value of kind [Invalid], which no encoder accepts.
func DoubleOf(f float64) Value {
	const limit = 1 << 63
	thousandths := math.Round(f * 1000)
	if !(thousandths >= -limit && thousandths < limit) {
		return Value{}
	}
	return Value{kind: Double, num: int64(thousandths)}
}

// StringOf returns a String.
func StringOf(s string) Value { return Value{kind: String, text: s} }

// BytesOf returns a Bytes that holds a copy of b.
func BytesOf(b []byte) Value { return Value{kind: Bytes, text: string(b)} }

// StructOf returns a Struct of the members, in their order.
func StructOf(members ...Member) Value {
	return Value{kind: Struct, list: slices.Clone(members)}
}

// ArrayOf returns an Array of the values, in their order.
func ArrayOf(items ...Value) Value {
	list := make([]Member, len(items))
	for i, item := range items {
		list[i].Value = item
	}
	return Value{kind: Array, list: list}
}

// Adopt returns a Struct or an Array made of the slice itself, which must not be changed any more. For other kinds it returns the
// zero Value.
func Adopt(kind Kind, list []Member) Value {
	if kind != Struct && kind != Array {
		return Value{}
	}
	return Value{kind: kind, list: list}
}

// Kind tells which of the accessors have something to give.
func (v Value) Kind() Kind { return v.kind }

// Int returns an Int read as signed, or a Double cut to its whole part; 0 for other kinds.
func (v Value) Int() int64 {
	switch v.kind {
	case Int:
		return int64(int32(v.num))
	case Double:
		return v.num / 1000
	default:
		return 0
	}
}

// Uint returns an Int read as unsigned, or a Double cut to its whole part (a negative one in two's complement); 0 for other
// kinds. Kamailio encodes signed and unsigned fields alike, so the reader decides for each field.
func (v Value) Uint() uint64 {
	if v.kind == Int {
		return uint64(v.num)
	}
	return uint64(v.Int())
}

// Float returns a Double, or an Int read as signed; 0 for other kinds.
func (v Value) Float() float64 {
	if v.kind == Double {
		return float64(v.num) / 1000
	}
	return float64(v.Int())
}

// Text returns the text of a String or the content of a Bytes; "" for other kinds. It is what the daemon sent: it may hold
// credentials (uac.reg_dump) and bytes that are not printable.
func (v Value) Text() string { return v.text }

// Members returns the members of a Struct, or the items of an Array as members (without names, as a rule); nil for other
// kinds. The caller must not change the slice.
func (v Value) Members() []Member { return v.list }

// Items returns a copy of the values in an Array or Struct without their names; nil for other kinds.
func (v Value) Items() []Value { return valuesOf(v.list) }

// Lookup returns the value of the first member called name, and whether there is one.
func (v Value) Lookup(name string) (Value, bool) {
	for _, m := range v.list {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// Equal tells whether both are of one kind and content, the names and order of members included.
func (v Value) Equal(w Value) bool {
	return v.kind == w.kind && v.num == w.num && v.text == w.text &&
		slices.EqualFunc(v.list, w.list, Member.Equal)
}

// Equal tells whether both have one name and equal values.
func (m Member) Equal(n Member) bool { return m.Name == n.Name && m.Value.Equal(n.Value) }

func valuesOf(list []Member) []Value {
	if len(list) == 0 {
		return nil
	}
	values := make([]Value, len(list))
	for i, m := range list {
		values[i] = m.Value
	}
	return values
}
