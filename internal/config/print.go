package config

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strconv"
)

// errUnusual says that a value is left to the library as a whole.
var errUnusual = errors.New("unusual value")

// printer prints the values of which generated files are made with the same bytes as the library, and several times as
// fast: that reads every scalar anew, event by event, for what it might be taken for. What is not seen at a glance is left to
// the library: a scalar by itself, or the value as a whole.
type printer struct{ out *bytes.Buffer }

// print prints a value; the error is errUnusual when it is left to the library.
func (e *Encoder) print(out *bytes.Buffer, value any) error {
	v := reflect.ValueOf(value)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() != reflect.Struct && v.Kind() != reflect.Map && v.Kind() != reflect.Slice {
		return errUnusual
	}
	p := printer{out: out}
	l := e.layouts.of(v.Type())
	if l.usual && l.isEmpty(v) {
		out.WriteString(l.empty() + "\n")
		return nil
	}
	return p.block(l, v, 0, false)
}

// isEmpty reports whether a collection has nothing in it.
func (l *layout) isEmpty(v reflect.Value) bool {
	switch l.kind {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Struct:
		for _, f := range l.fields {
			if !f.omitEmpty || !f.of.isZero(v.Field(f.index)) {
				return false
			}
		}
		return true
	}
	return false
}

// empty is how an empty collection is written.
func (l *layout) empty() string {
	if l.kind == reflect.Slice {
		return "[]"
	}
	return "{}"
}

// block prints a collection that is not empty, a line an entry, indented by so many spaces. The first line is not indented
// when it stands behind something, such as the dash of a list.
func (p *printer) block(l *layout, v reflect.Value, indent int, behind bool) error {
	if !l.usual {
		return errUnusual
	}
	switch l.kind {
	case reflect.Struct:
		for _, f := range l.fields {
			value := v.Field(f.index)
			if f.omitEmpty && f.of.isZero(value) {
				continue
			}
			if err := p.entry(f.key, f.of, value, indent, behind); err != nil {
				return err
			}
			behind = false
		}
		return nil
	case reflect.Map:
		return p.pairs(l, v, indent, behind)
	case reflect.Slice:
		return p.items(l, v, indent)
	}
	return errUnusual
}

// pairs prints a map in the order of its keys. The library puts 2 before 10 and upper case where it pleases; keys of
// small letters it sorts as anybody would.
func (p *printer) pairs(l *layout, v reflect.Value, indent int, behind bool) error {
	if texts, ok := v.Interface().(map[string]string); ok {
		return p.texts(texts, indent, behind)
	}
	keys := make([]string, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		keys = append(keys, it.Key().String())
	}
	if !sorted(keys) {
		return errUnusual
	}
	for _, k := range keys {
		if err := p.entry(k+":", l.item, v.MapIndex(reflect.ValueOf(k).Convert(v.Type().Key())), indent, behind); err != nil {
			return err
		}
		behind = false
	}
	return nil
}

// texts is pairs for the map that is met most.
func (p *printer) texts(of map[string]string, indent int, behind bool) error {
	const usual = 8
	var room [usual]string
	keys := room[:0]
	for k := range of {
		keys = append(keys, k)
	}
	if !sorted(keys) {
		return errUnusual
	}
	for _, k := range keys {
		if !behind {
			p.indent(indent)
		}
		behind = false
		p.out.WriteString(k)
		p.out.WriteString(": ")
		if err := p.text(of[k], indent); err != nil {
			return err
		}
	}
	return nil
}

// sorted sorts keys; false where one of them is not plain.
func sorted(keys []string) bool {
	for _, k := range keys {
		if !plainKey(k) {
			return false
		}
	}
	slices.Sort(keys)
	return true
}

// entry prints a key and its value.
func (p *printer) entry(key string, l *layout, v reflect.Value, indent int, behind bool) error {
	if !behind {
		p.indent(indent)
	}
	p.out.WriteString(key)
	return p.value(l, v, indent)
}

// items prints a list.
func (p *printer) items(l *layout, v reflect.Value, indent int) error {
	for i := range v.Len() {
		p.indent(indent)
		p.out.WriteByte('-')
		if err := p.item(l.item, v.Index(i), indent); err != nil {
			return err
		}
	}
	return nil
}

// item prints what stands behind the dash of a list.
func (p *printer) item(l *layout, v reflect.Value, indent int) error {
	switch {
	case l.kind == reflect.Pointer && !v.IsNil():
		return p.item(l.item, v.Elem(), indent)
	case l.kind == reflect.Slice && v.Len() > 0:
		return errUnusual // a list in a list
	case (l.kind == reflect.Struct || l.kind == reflect.Map) && !l.isEmpty(v):
		p.out.WriteByte(' ')
		return p.block(l, v, indent+2, true)
	}
	return p.value(l, v, indent)
}

// value prints what stands behind a key or a dash at an indentation, and ends the line.
func (p *printer) value(l *layout, v reflect.Value, indent int) error {
	if !l.usual {
		return errUnusual
	}
	switch l.kind {
	case reflect.Pointer:
		if v.IsNil() {
			p.out.WriteString(" null\n")
			return nil
		}
		return p.value(l.item, v.Elem(), indent)
	case reflect.Struct, reflect.Map, reflect.Slice:
		if l.isEmpty(v) {
			p.out.WriteString(" " + l.empty() + "\n")
			return nil
		}
		p.out.WriteByte('\n')
		return p.block(l, v, indent+2, false)
	case reflect.String:
		p.out.WriteByte(' ')
		return p.text(v.String(), indent)
	}
	p.out.WriteByte(' ')
	p.number(l, v)
	p.out.WriteByte('\n')
	return nil
}

// number prints a number or a truth value.
func (p *printer) number(l *layout, v reflect.Value) {
	var b []byte
	switch l.kind {
	case reflect.Bool:
		b = strconv.AppendBool(p.out.AvailableBuffer(), v.Bool())
	case reflect.Float64:
		b = appendFloat(p.out.AvailableBuffer(), v.Float())
	default:
		b = strconv.AppendInt(p.out.AvailableBuffer(), v.Int(), 10)
	}
	p.out.Write(b)
}

// appendFloat prints a number as YAML knows it.
func appendFloat(b []byte, v float64) []byte {
	switch {
	case v != v:
		return append(b, ".nan"...)
	case v > 0 && v/2 == v:
		return append(b, ".inf"...)
	case v < 0 && v/2 == v:
		return append(b, "-.inf"...)
	}
	return strconv.AppendFloat(b, v, 'g', -1, 64)
}

// indent begins a line.
func (p *printer) indent(n int) {
	const spaces = "                                "
	for ; n > len(spaces); n -= len(spaces) {
		p.out.WriteString(spaces)
	}
	p.out.WriteString(spaces[:n])
}
