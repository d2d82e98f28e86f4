package jsontree

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
)

// Filler puts trees into structs. It remembers the fields of each type that it has met: one serves many trees, from one goroutine. The zero
// Filler is ready.
type Filler struct {
	plans map[reflect.Type][]slot
}

// slot is a field of a struct and the key that it is found by.
type slot struct {
	index []int // through structs that are embedded
	key   string
}

// misfit is a value of another kind than its field.
type misfit struct {
	path string // of keys and places in lists, joined by dots
	what string
}

// Error implements error: the place of the value, and what it should have been.
func (m *misfit) Error() string { return strings.TrimPrefix(m.path+": "+m.what, ": ") }

// want says which kind a value should have been of.
func want(kind string, v any) error {
	return &misfit{what: fmt.Sprintf("want %s, got %s", kind, kindOf(v))}
}

// within says under which key or place a misfit stands.
func within(key string, err error) error {
	var m *misfit
	if errors.As(err, &m) {
		m.path = strings.TrimSuffix(key+"."+m.path, ".")
	}
	return err
}

// kindOf names the kind of a value of a tree.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}

// Fill puts a tree into what into points to, a struct whose fields have json tags: as encoding/json does, except that a key must be spelled
// as in its tag, and that fields without a tag are passed over, but for structs that are embedded: their fields are those of the one around. Of types there may be what boards are read into: structs, slices, pointers,
// texts, truth values, int, float64, any, and maps of any by text. The error says where a value is of another kind. The tree is one of Read.
func (f *Filler) Fill(into, tree any) error {
	return f.fill(reflect.ValueOf(into).Elem(), tree)
}

func (f *Filler) fill(to reflect.Value, v any) error {
	if v == nil {
		return nil
	}
	switch to.Kind() {
	case reflect.Struct:
		return f.object(to, v)
	case reflect.Slice:
		return f.list(to, v)
	case reflect.Pointer:
		inner := reflect.New(to.Type().Elem())
		if err := f.fill(inner.Elem(), v); err != nil {
			return err
		}
		to.Set(inner)
		return nil
	case reflect.Int:
		n, ok := v.(float64)
		if !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
			return want("a whole number", v)
		}
		to.SetInt(int64(n))
		return nil
	}
	found := reflect.ValueOf(v)
	if !found.Type().AssignableTo(to.Type()) {
		return want(kindOf(reflect.Zero(to.Type()).Interface()), v)
	}
	to.Set(found)
	return nil
}

func (f *Filler) object(to reflect.Value, v any) error {
	o, ok := v.(map[string]any)
	if !ok {
		return want("an object", v)
	}
	for _, s := range f.plan(to.Type()) {
		inner, ok := o[s.key]
		if !ok {
			continue
		}
		if err := f.fill(to.FieldByIndex(s.index), inner); err != nil {
			return within(s.key, err)
		}
	}
	return nil
}

func (f *Filler) list(to reflect.Value, v any) error {
	l, ok := v.([]any)
	if !ok {
		return want("a list", v)
	}
	to.Set(reflect.MakeSlice(to.Type(), len(l), len(l)))
	for i, item := range l {
		if err := f.fill(to.Index(i), item); err != nil {
			return within(fmt.Sprint(i), err)
		}
	}
	return nil
}

// plan lists the fields of a struct that are filled.
func (f *Filler) plan(t reflect.Type) []slot {
	if known, ok := f.plans[t]; ok {
		return known
	}
	var made []slot
	for i := range t.NumField() {
		field := t.Field(i)
		switch key, _, _ := strings.Cut(field.Tag.Get("json"), ","); {
		case key != "" && key != "-":
			made = append(made, slot{field.Index, key})
		case key == "" && field.Anonymous && field.Type.Kind() == reflect.Struct:
			for _, inner := range f.plan(field.Type) {
				made = append(made, slot{append([]int{i}, inner.index...), inner.key})
			}
		}
	}
	if f.plans == nil {
		f.plans = make(map[reflect.Type][]slot)
	}
	f.plans[t] = made
	return made
}
