package config

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/diag"
)

// Map is a mapping whose keys are fixed. The decoder asks for each key it knows; what it did not ask for is reported as
// unknown when it returns.
type Map struct {
	value   Value
	known   []string
	missing []string
	fields  map[string]Value
}

// Object decodes a mapping with fixed keys. An absent value, or one of another kind, yields the zero value of T.
func Object[T any](v Value, decode func(*Map) T) T {
	var zero T
	if !v.isKind(yaml.MappingNode, "a mapping") {
		return zero
	}
	m := &Map{value: v, fields: make(map[string]Value)}
	for _, e := range v.entries() {
		m.fields[e.Key.Raw()] = e.Value
	}
	result := decode(m)
	m.rejectUnknown()
	for _, key := range m.missing {
		m.value.Reject(fmt.Sprintf("key %q is missing", key), "")
	}
	return result
}

// Objects decodes a list of mappings with fixed keys, as List does.
func Objects[T any](v Value, decode func(*Map) T) []T {
	return List(v, func(item Value) T { return Object(item, decode) })
}

// List decodes a list. An absent value, or one of another kind, yields nil; an empty list does not.
func List[T any](v Value, decode func(Value) T) []T {
	if !v.isKind(yaml.SequenceNode, "a list") {
		return nil
	}
	items := make([]T, len(v.node.Content))
	for i, n := range v.node.Content {
		items[i] = decode(Value{doc: v.doc, node: n, path: fmt.Sprintf("%s[%d]", v.path, i)})
	}
	return items
}

// Entry is one key of a mapping whose keys are free, and its value.
type Entry struct{ Key, Value Value }

// Entries returns the keys and values of a mapping whose keys are free, in the file's order.
func (v Value) Entries() []Entry {
	if !v.isKind(yaml.MappingNode, "a mapping") {
		return nil
	}
	return v.entries()
}

// entries reads a mapping node and reports keys that are repeated or not plain text.
func (v Value) entries() []Entry {
	var entries []Entry
	first := make(map[string]int)
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := Value{doc: v.doc, node: v.node.Content[i], path: v.path}
		if key.node.Kind != yaml.ScalarNode || key.isNull() || key.node.Tag == "!!merge" {
			key.Reject("a key must be plain text", "")
			continue
		}
		name := key.node.Value
		if line, repeated := first[name]; repeated {
			key.Reject(fmt.Sprintf("key %s is repeated", quote(name)), fmt.Sprintf("it stands in line %d already", line))
			continue
		}
		first[name] = key.node.Line
		value := Value{doc: v.doc, node: v.node.Content[i+1], path: join(v.path, name)}
		entries = append(entries, Entry{Key: key, Value: value})
	}
	return entries
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// isKind reports whether the value is of a kind, and adds a problem when it is of another.
func (v Value) isKind(kind yaml.Kind, want string) bool {
	if v.node == nil {
		return false
	}
	if v.node.Kind != kind {
		v.Rejectf("want %s, got %s", want, v.describe())
		return false
	}
	return true
}

// Pos is where the mapping begins: its first key, or its opening brace.
func (m *Map) Pos() diag.Position { return m.value.Pos() }

// Reject reports that the mapping as a whole cannot be used.
func (m *Map) Reject(what, hint string) { m.value.Reject(what, hint) }

// Required returns the value of a key and reports when it is missing or empty.
func (m *Map) Required(key string) Value {
	v, ok := m.field(key)
	if !ok {
		m.missing = append(m.missing, key)
	}
	return v
}

// Optional returns the value of a key, which may be absent. A key that is there must not be empty.
func (m *Map) Optional(key string) Value {
	v, _ := m.field(key)
	return v
}

// field looks a key up and notes that it is known. An empty value counts as absent once it has been reported.
func (m *Map) field(key string) (v Value, ok bool) {
	m.known = append(m.known, key)
	v, ok = m.fields[key]
	if ok && v.isNull() {
		v.Reject("has no value", "write a value, or leave the key out if it is optional")
		return Value{}, true
	}
	return v, ok
}

// rejectUnknown reports every key that the decoder did not ask for. A missing key that was surely meant by an unknown one is
// not reported a second time.
func (m *Map) rejectUnknown() {
	for _, e := range m.value.entriesQuietly() {
		name := e.node.Value
		if slices.Contains(m.known, name) {
			continue
		}
		meant := diag.Closest(name, m.known)
		m.missing = slices.DeleteFunc(m.missing, func(key string) bool { return key == meant })
		hint := diag.DidYouMean(name, m.known)
		if hint == "" {
			hint = "known keys: " + strings.Join(slices.Compact(slices.Sorted(slices.Values(m.known))), ", ")
		}
		e.Reject("unknown key "+quote(name), hint)
	}
}

// entriesQuietly returns the mapping's keys that are plain text, whatever else is wrong with them.
func (v Value) entriesQuietly() []Value {
	var keys []Value
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := Value{doc: v.doc, node: v.node.Content[i], path: v.path}
		if key.node.Kind == yaml.ScalarNode && !key.isNull() && key.node.Tag != "!!merge" {
			keys = append(keys, key)
		}
	}
	return keys
}
