package amitest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Reply answers an action.
type Reply func(w Writer, r Request)

// Writer writes to the manager who asked.
type Writer struct {
	conn *conn
	id   string
}

// Lines sends one message of these lines with the ActionID of the question after the first.
func (w Writer) Lines(lines ...string) {
	w.Raw(strings.Join(append([]string{lines[0], "ActionID: " + w.id}, lines[1:]...), "\r\n") + "\r\n\r\n")
}

// Raw sends a text as it is.
func (w Writer) Raw(text string) { w.conn.write(text) }

// Close breaks the connection.
func (w Writer) Close() { _ = w.conn.Close() }

// Lines answers with one message.
func Lines(lines ...string) Reply { return func(w Writer, _ Request) { w.Lines(lines...) } }

// Refuse answers with an error.
func Refuse(message string) Reply { return Lines("Response: Error", "Message: "+message) }

// Silent never answers.
func Silent() Reply { return func(Writer, Request) {} }

// Hangup breaks the connection instead of answering.
func Hangup() Reply { return func(w Writer, _ Request) { w.Close() } }

// Text answers with a text in which every line "ActionID: ..." is given the id of the question.
func Text(text string) Reply {
	id := regexp.MustCompile(`(?m)^ActionID: .*?(\r?)$`)
	return func(w Writer, _ Request) { w.Raw(id.ReplaceAllString(text, "ActionID: "+w.id+"$1")) }
}

// Recorded answers with a recording.
func Recorded(t testing.TB, file string) Reply {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return Text(string(text))
}

// Cut answers with the first n bytes of a text and breaks the connection.
func Cut(text string, n int) Reply {
	return func(w Writer, r Request) {
		Text(text[:min(n, len(text))])(w, r)
		w.Close()
	}
}
