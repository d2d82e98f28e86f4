package main

import (
	"io"

	"github.com/voipbin/observability/internal/terminal"
)

// paint colours a word on a terminal, unless NO_COLOR (https://no-color.org) or a terminal without colours forbids it. A colour only repeats what the word says. Painted
// words of one column are longer than they look by the same number of bytes each, so that columns stay aligned.
func (w world) paint(to io.Writer, colour, word string) string {
	if w.getenv("NO_COLOR") != "" || w.getenv("TERM") == "dumb" || !terminal.Is(to) {
		return word
	}
	return painted(colour, word)
}

func painted(colour, word string) string {
	code := map[string]string{"good": "32", "warn": "33", "bad": "31"}[colour]
	if code == "" {
		code = "39" // the terminal's own
	}
	return "\x1b[" + code + "m" + word + "\x1b[0m"
}
