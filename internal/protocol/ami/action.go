package ami

import (
	"fmt"
	"strings"
)

// Action is a question, or an order.
type Action struct {
	// Name is the action's, such as CoreStatus.
	Name string
	// Fields are keys and values in order.
	Fields []Field
}

// Field is one line of an action.
type Field struct{ Key, Value string }

// NewAction makes an action of its name and of keys and values in turn. A key without a value has an empty one.
func NewAction(name string, keysAndValues ...string) Action {
	a := Action{Name: name}
	for i := 0; i < len(keysAndValues); i += 2 {
		f := Field{Key: keysAndValues[i]}
		if i+1 < len(keysAndValues) {
			f.Value = keysAndValues[i+1]
		}
		a.Fields = append(a.Fields, f)
	}
	return a
}

// encode writes the action with its id. It refuses what Asterisk would read as something else: an end of line within a value would
// begin a line, or an action, of its own.
func (a Action) encode(id string) ([]byte, error) {
	fields := append([]Field{{"Action", a.Name}, {"ActionID", id}}, a.Fields...)
	if len(fields) > maxActionLines {
		return nil, fmt.Errorf("action %s: %d lines, at most %d", a.Name, len(fields), maxActionLines)
	}
	var b strings.Builder
	for _, f := range fields {
		if f.Key == "" || strings.ContainsAny(f.Key, ":\r\n\x00") || strings.ContainsAny(f.Value, "\r\n\x00") {
			return nil, fmt.Errorf("action %s: field %q: want a key without colon and no end of line in key or value", a.Name, f.Key)
		}
		if n := len(f.Key) + 2 + len(f.Value); n > maxActionLine {
			return nil, fmt.Errorf("action %s: field %s: line of %d bytes, at most %d", a.Name, f.Key, n, maxActionLine)
		}
		b.WriteString(f.Key + ": " + f.Value + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String()), nil
}
