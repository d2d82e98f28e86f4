package config

import (
	"encoding"
	"reflect"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"
)

// layout is how values of a type are printed.
type layout struct {
	kind   reflect.Kind
	fields []field // of a struct, in order
	item   *layout // of a slice or map
	usual  bool    // false for what is left to the library
}

// field is one field of a struct.
type field struct {
	index     int
	key       string // with its colon
	omitEmpty bool
	of        *layout
}

// layouts are the layouts of the types that were met, by reflect.Type.
type layouts struct{ known sync.Map }

// of returns the layout of a type.
func (l *layouts) of(t reflect.Type) *layout {
	if have, ok := l.known.Load(t); ok {
		return have.(*layout)
	}
	made := layoutOf(t, map[reflect.Type]*layout{})
	l.known.Store(t, made)
	return made
}

// layoutOf makes a layout; met holds those that are being made, for types that contain themselves.
func layoutOf(t reflect.Type, met map[reflect.Type]*layout) *layout {
	if have, ok := met[t]; ok {
		return have
	}
	l := &layout{kind: t.Kind(), usual: !speaksForItself(t)}
	met[t] = l
	if !l.usual {
		return l
	}
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			l.addField(i, t.Field(i), met)
		}
	case reflect.Map:
		l.usual = t.Key().Kind() == reflect.String && !speaksForItself(t.Key())
		l.item = layoutOf(t.Elem(), met)
	case reflect.Slice, reflect.Pointer:
		l.item = layoutOf(t.Elem(), met)
	case reflect.String, reflect.Bool, reflect.Float64, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
	default:
		l.usual = false
	}
	return l
}

// addField adds a field by its tag; flow and inline are left to the library.
func (l *layout) addField(i int, f reflect.StructField, met map[reflect.Type]*layout) {
	tag := f.Tag.Get("yaml")
	if tag == "-" || !f.IsExported() && !f.Anonymous {
		return
	}
	name, options, _ := strings.Cut(tag, ",")
	if name == "" {
		name = strings.ToLower(f.Name)
	}
	if f.Anonymous || options != "" && options != "omitempty" || !plainKey(name) {
		l.usual = false
		return
	}
	l.fields = append(l.fields, field{index: i, key: name + ":", omitEmpty: options != "", of: layoutOf(f.Type, met)})
}

// speaksForItself reports whether values of a type say themselves what they are in YAML.
func speaksForItself(t reflect.Type) bool {
	for _, own := range []reflect.Type{reflect.TypeFor[yaml.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](), reflect.TypeFor[yaml.IsZeroer]()} {
		if t.Implements(own) || reflect.PointerTo(t).Implements(own) {
			return true
		}
	}
	return t == reflect.TypeFor[time.Duration]() || t == reflect.TypeFor[yaml.Node]()
}

// isZero reports whether a value is left out by omitempty.
func (l *layout) isZero(v reflect.Value) bool {
	switch l.kind {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	}
	return v.IsZero()
}
