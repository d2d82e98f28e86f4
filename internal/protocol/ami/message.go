package ami

import (
	"iter"
	"strings"
)

// endOfCommand ends what a command printed in the form of Asterisk before 14, which sends it as it is.
const endOfCommand = "--END COMMAND--"

// Message is one message of Asterisk: an event, or the answer to an action. It holds the message's text and looks a value up when
// asked, because most events are asked for two or three of their thirty values.
type Message struct {
	text      string // lines that end in \n
	truncated bool
}

// NewMessage makes a message of lines "Key: Value", for tests and recordings. Lines may end in \r\n or \n.
func NewMessage(text string) Message {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line = trimEnd(line); line != "" {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	return Message{text: b.String()}
}

// trimEnd takes the end of line off, in whichever form.
func trimEnd(line string) string {
	return strings.TrimRight(line, "\r\n")
}

// Lookup returns the first value of a key, and whether there is one. Keys are compared without regard to case, as Asterisk does; a
// value is without the blanks around it.
func (m Message) Lookup(key string) (string, bool) {
	for k, v := range m.Fields() {
		if len(k) == len(key) && strings.EqualFold(k, key) {
			return v, true
		}
	}
	return "", false
}

// Get returns the first value of a key, or the empty string.
func (m Message) Get(key string) string {
	v, _ := m.Lookup(key)
	return v
}

// Fields yields keys and values in order. A line without a colon has no key and is left out.
func (m Message) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for line := range strings.Lines(m.text) {
			k, v, ok := strings.Cut(line, ":")
			if ok && !yield(strings.TrimSpace(k), strings.TrimSpace(v)) {
				return
			}
		}
	}
}

// Event is the name of the event, or the empty string for an answer.
func (m Message) Event() string { return m.first("Event") }

// Response is Success, Error, Follows or Goodbye, or the empty string for an event.
func (m Message) Response() string { return m.first("Response") }

// first is the value of the first line if that has this key: both kinds of message begin with what they are.
func (m Message) first(key string) string {
	line, _, _ := strings.Cut(m.text, "\n")
	k, v, _ := strings.Cut(line, ":")
	if !strings.EqualFold(strings.TrimSpace(k), key) {
		return ""
	}
	return strings.TrimSpace(v)
}

// Truncated tells that the message was longer than the client keeps; its end is missing.
func (m Message) Truncated() bool { return m.truncated }

// Output yields the lines that a command printed, from either form: lines "Output: ..." since Asterisk 14, and before that bare
// lines up to one with "--END COMMAND--".
func (m Message) Output() iter.Seq[string] {
	return func(yield func(string) bool) {
		if strings.EqualFold(m.Response(), "Follows") {
			m.bareOutput(yield)
			return
		}
		for line := range strings.Lines(m.text) {
			k, v, ok := strings.Cut(trimEnd(line), ":")
			if ok && strings.EqualFold(k, "Output") && !yield(strings.TrimPrefix(v, " ")) {
				return
			}
		}
	}
}

// bareOutput leaves out the answer's own lines, which come first.
func (m Message) bareOutput(yield func(string) bool) {
	own := true
	for line := range strings.Lines(m.text) {
		line = trimEnd(line)
		if own && ownLine(line) {
			continue
		}
		own = false
		line, last := strings.CutSuffix(line, endOfCommand)
		if (!last || line != "") && !yield(line) || last {
			return
		}
	}
}

func ownLine(line string) bool {
	for _, key := range []string{"Response:", "Privilege:", "ActionID:"} {
		if strings.HasPrefix(line, key) {
			return true
		}
	}
	return false
}
