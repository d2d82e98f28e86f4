package binrpc

import "fmt"

// record is one record as it stands on the wire.
type record struct {
	at   int    // its first byte, counted from the start of the packet
	kind byte   // its type nibble
	end  bool   // the mark that ends a struct or array
	body string // its value
}

// list is a struct or array whose end mark has not come yet.
type list struct {
	at    int
	kind  byte
	name  string
	start int // where on the pile its members begin
}

// decoder turns a payload into values, in two passes: the first counts them, so that the second allocates once for all.
//
// A value in a list first goes on a pile, which grows from the left end of slab. When its list ends, the list's members are
// on top of the pile together, and move to the left edge of what is stored at the right end. Each value takes one place at
// a time, so the two ends never meet.
type decoder struct {
	data    string
	base    int // size of the packet's header, for the offsets of errors
	pos     int
	slab    []Member
	pile    int // how much of slab the pile takes
	stored  int // where in slab the stored members begin
	open    []list
	name    string // of the value to come, if named
	named   bool
	namedAt int
}

func newDecoder(payload string, base int) *decoder {
	return &decoder{data: payload, base: base}
}

// records reads all records up to the end of the payload.
func (d *decoder) records() ([]Member, error) {
	n, err := d.count()
	if err != nil {
		return nil, err
	}
	d.slab, d.stored, d.pos = make([]Member, n), n, 0
	for d.pos < len(d.data) {
		if err := d.step(); err != nil {
			return nil, err
		}
	}
	if d.named {
		return nil, d.errorAt(d.namedAt, "a name without a value")
	}
	if n := len(d.open); n > 0 {
		return nil, d.errorAt(d.open[n-1].at, "a struct or array that never ends")
	}
	return d.slab[:d.pile:d.pile], nil
}

// count returns how many values the payload holds, those in lists and the lists themselves included.
func (d *decoder) count() (int, error) {
	n, most := 0, maxValues(len(d.data))
	for d.pos < len(d.data) {
		rec, err := d.next()
		if err != nil {
			return 0, err
		}
		if rec.kind == recordAVP || rec.end {
			continue
		}
		if n++; n > most {
			return 0, d.errorAt(rec.at, "more than %d values in %d bytes", most, len(d.data))
		}
	}
	return n, nil
}

// step reads one record.
func (d *decoder) step() error {
	rec, err := d.next()
	if err != nil {
		return err
	}
	if rec.kind == recordAVP {
		return d.takeName(rec)
	}
	if rec.end {
		return d.endList(rec)
	}
	if rec.kind == recordStruct || rec.kind == recordArray {
		return d.startList(rec)
	}
	value, err := d.scalar(rec)
	if err != nil {
		return err
	}
	d.add(value)
	return nil
}

// takeName keeps the name of the value to come. Kamailio names values in structs; older releases did so in arrays too.
func (d *decoder) takeName(rec record) error {
	if len(d.open) == 0 {
		return d.errorAt(rec.at, "a name outside of a struct")
	}
	if d.named {
		return d.errorAt(d.namedAt, "a name without a value")
	}
	name, err := d.terminated(rec)
	if err != nil {
		return err
	}
	d.name, d.named, d.namedAt = name, true, rec.at
	return nil
}

func (d *decoder) startList(rec record) error {
	if len(d.open) == MaxDepth {
		return d.errorAt(rec.at, "nested deeper than %d", MaxDepth)
	}
	d.open = append(d.open, list{at: rec.at, kind: rec.kind, name: d.name, start: d.pile})
	d.name, d.named = "", false
	return nil
}

func (d *decoder) endList(rec record) error {
	if d.named {
		return d.errorAt(d.namedAt, "a name without a value")
	}
	n := len(d.open) - 1
	if n < 0 || d.open[n].kind != rec.kind {
		return d.errorAt(rec.at, "an end mark with nothing of its kind to end")
	}
	top := d.open[n]
	d.open = d.open[:n]
	d.name = top.name
	d.add(Value{kind: Kind(top.kind) + 1, list: d.store(top.start)})
	return nil
}

// add puts a value on the pile under the name read before it.
func (d *decoder) add(v Value) {
	d.slab[d.pile] = Member{Name: d.name, Value: v}
	d.pile++
	d.name, d.named = "", false
}

// store moves the members from start on from the pile to where they stay.
func (d *decoder) store(start int) []Member {
	n := d.pile - start
	if n == 0 {
		return nil
	}
	end := d.stored
	d.stored -= n
	copy(d.slab[d.stored:end], d.slab[start:d.pile]) // the two may overlap
	d.pile = start
	return d.slab[d.stored:end:end]
}

// scalar reads the value of a record that is no list.
func (d *decoder) scalar(rec record) (Value, error) {
	switch rec.kind {
	case recordInt:
		if len(rec.body) > 4 {
			return Value{}, d.errorAt(rec.at, "an int of %d bytes, at most 4 are known", len(rec.body))
		}
		return Value{kind: Int, num: int64(bigEndian(rec.body))}, nil
	case recordDouble:
		return Value{kind: Double, num: int64(bigEndian(rec.body))}, nil
	case recordString:
		if rec.body == "" { // a null string, which binrpc.h allows and Kamailio does not send
			return Value{kind: String}, nil
		}
		text, err := d.terminated(rec)
		return Value{kind: String, text: text}, err
	case recordBytes:
		return Value{kind: Bytes, text: rec.body}, nil
	default:
		return Value{}, d.errorAt(rec.at, "record type %d is not known", rec.kind)
	}
}

// terminated returns the text of a string or name without the NUL that ends it.
func (d *decoder) terminated(rec record) (string, error) {
	n := len(rec.body) - 1
	if n < 0 || rec.body[n] != 0 {
		return "", d.errorAt(rec.at, "a text that does not end in NUL")
	}
	return rec.body[:n], nil
}

// next cuts one record off the payload.
func (d *decoder) next() (record, error) {
	at := d.pos
	mark := d.data[at]
	d.pos++
	rec := record{at: at, kind: mark & 0x0F}
	size := int(mark >> 4)
	isList := rec.kind == recordStruct || rec.kind == recordArray
	switch {
	case rec.kind == recordDouble:
		if size > 8 {
			return rec, d.errorAt(at, "a double of %d bytes, at most 8 are known", size)
		}
	case isList && size != 0 && size != longSize:
		return rec, d.errorAt(at, "a struct or array mark with a size")
	case isList:
		rec.end = size == longSize
		size = 0
	case size&longSize != 0:
		length, err := d.cut(at, size&^longSize)
		if err != nil {
			return rec, err
		}
		if len(length) == 0 || len(length) > 4 {
			return rec, d.errorAt(at, "a length of %d bytes, 1 to 4 are known", len(length))
		}
		size = int(bigEndian(length))
	}
	var err error
	rec.body, err = d.cut(at, size)
	return rec, err
}

// cut takes the next size bytes of the record that began at at.
func (d *decoder) cut(at, size int) (string, error) {
	if size > len(d.data)-d.pos {
		return "", d.errorAt(at, "a record of %d bytes where %d are left", size, len(d.data)-d.pos)
	}
	body := d.data[d.pos : d.pos+size]
	d.pos += size
	return body, nil
}

// errorAt makes an error at an offset within the payload.
func (d *decoder) errorAt(at int, format string, args ...any) error {
	return &DecodeError{Offset: d.base + at, What: fmt.Sprintf(format, args...)}
}

// fault reads the payload of a fault packet: an int, a text, nothing else. The text is taken even without its NUL.
func (d *decoder) fault() (*Fault, error) {
	var recs [2]record
	for i, want := range [...]byte{recordInt, recordString} {
		if d.pos == len(d.data) {
			return nil, d.errorAt(d.pos, "a fault without code and reason")
		}
		rec, err := d.next()
		if err != nil {
			return nil, err
		}
		if rec.kind != want {
			return nil, d.errorAt(rec.at, "a fault with a record of type %d in place of %d", rec.kind, want)
		}
		recs[i] = rec
	}
	if d.pos != len(d.data) {
		return nil, d.errorAt(d.pos, "more than code and reason in a fault")
	}
	code, err := d.scalar(recs[0])
	if err != nil {
		return nil, err
	}
	return newFault(int(code.Int()), recs[1].body), nil
}

// bigEndian reads a number of up to eight bytes. A double is signed in eight bytes and positive in fewer, because leading
// zero bytes are left out and leading ones are not.
func bigEndian(s string) uint64 {
	var n uint64
	for i := range len(s) {
		n = n<<8 | uint64(s[i])
	}
	return n
}
