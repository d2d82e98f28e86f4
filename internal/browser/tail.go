package browser

import (
	"fmt"
	"strings"
	"sync"
)

// tailBytes bounds what is kept of a browser's output, and tailLines what is quoted of it.
const (
	tailBytes = 4096
	tailLines = 3
)

// tail keeps the end of what a browser said.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps the last bytes. It never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - tailBytes; over > 0 {
		t.text = append([]byte(nil), t.text[over:]...)
	}
	return len(p), nil
}

// lastWords are its last lines, made ready to follow an error text.
func (t *tail) lastWords() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.text))
	if text == "" {
		return ""
	}
	lines := strings.Split(text, "\n")
	return "; it said: " + strings.Join(lines[max(0, len(lines)-tailLines):], " | ")
}

// oneLine is an error in one line: its first, and the last of what the browser said.
func oneLine(err error, said *tail) error {
	first, _, more := strings.Cut(err.Error(), "\n")
	if !more {
		return fmt.Errorf("%w%s", err, said.lastWords())
	}
	return fmt.Errorf("%s%s", strings.TrimSuffix(first, ":"), said.lastWords())
}
