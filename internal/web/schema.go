package web

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// schemas makes JSON schemas of Go types, by how encoding/json writes them.
type schemas struct {
	defs map[string]any // of structs, by name
}

// of is the schema of a value's type.
func (s *schemas) of(v any) any { return s.schema(reflect.TypeOf(v)) }

func (s *schemas) schema(t reflect.Type) any {
	switch t {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[rto.Instant]():
		return map[string]any{"type": "string", "format": "date-time"}
	case reflect.TypeFor[time.Duration]():
		return map[string]any{"type": "integer", "format": "int64", "description": "nanoseconds"}
	}
	if t.Kind() == reflect.Pointer {
		return map[string]any{"anyOf": []any{s.schema(t.Elem()), map[string]any{"type": "null"}}}
	}
	if writes(t, reflect.TypeFor[json.Marshaler]()) {
		return map[string]any{} // it has a form of its own
	}
	if writes(t, reflect.TypeFor[encoding.TextMarshaler]()) {
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": []string{"array", "null"}, "items": s.schema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": s.schema(t.Elem())}
	case reflect.Struct:
		return s.ref(t)
	}
	return map[string]any{}
}

func writes(t, how reflect.Type) bool {
	return t.Implements(how) || reflect.PointerTo(t).Implements(how)
}

// ref refers to a struct, and describes it where that is not done yet.
func (s *schemas) ref(t reflect.Type) any {
	name := t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:] + "." + t.Name()
	if t.Name() == "" {
		return map[string]any{"type": "object"}
	}
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if _, ok := s.defs[name]; ok {
		return ref
	}
	s.defs[name] = nil // a type that holds itself ends here
	properties := map[string]any{}
	s.fields(t, properties)
	s.defs[name] = map[string]any{"type": "object", "properties": properties}
	return ref
}

// fields adds the fields of a struct. Those of embedded ones are its own, unless it has one of the same name.
func (s *schemas) fields(t reflect.Type, into map[string]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			s.fields(f.Type, into)
			continue
		case name == "":
			name = f.Name
		}
		into[name] = s.schema(f.Type)
	}
}
