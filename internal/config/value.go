package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/diag"
)

// Value is one value of a file, or the absence of an optional one. Its methods report what is wrong and return the zero
// value; on an absent value they return the zero value and report nothing.
type Value struct {
	doc  *document
	node *yaml.Node // nil when absent
	path string     // for example prometheus.scrape_interval; empty for the whole file
}

// Present reports whether the file has the value.
func (v Value) Present() bool { return v.node != nil }

// Pos is where the value begins, or the empty position when it is absent.
func (v Value) Pos() diag.Position {
	if v.node == nil {
		return diag.Position{}
	}
	return v.doc.at(v.node)
}

// Raw is the scalar as it was written, without quotes; "" for a mapping or a list.
func (v Value) Raw() string {
	if v.node == nil || v.node.Kind != yaml.ScalarNode {
		return ""
	}
	return v.node.Value
}

// Reject reports that the value cannot be used. It does nothing for an absent value.
func (v Value) Reject(what, hint string) {
	if v.node == nil {
		return
	}
	v.doc.problem(v.Pos(), v.width(), v.prefixed(what), hint)
}

// Warn reports that the value can be used and is probably not meant. It does nothing for an absent value.
func (v Value) Warn(what, hint string) {
	if v.node == nil {
		return
	}
	v.doc.report.Add(diag.Problem{Pos: v.Pos(), Width: v.width(), What: v.prefixed(what), Hint: hint, Warning: true})
}

// Rejectf is Reject with a formatted message and no hint.
func (v Value) Rejectf(format string, args ...any) { v.Reject(fmt.Sprintf(format, args...), "") }

// prefixed puts the value's path before a message.
func (v Value) prefixed(what string) string {
	if v.path == "" {
		return what
	}
	return v.path + ": " + what
}

// width is how many runes of the value's first line to underline.
func (v Value) width() int {
	if v.node.Kind != yaml.ScalarNode {
		return 1
	}
	first, _, _ := strings.Cut(v.node.Value, "\n")
	switch width := utf8.RuneCountInString(first); {
	case v.node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 1
	case v.node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		return width + len(`""`)
	default:
		return max(width, 1)
	}
}

// isNull reports whether the value is there but empty.
func (v Value) isNull() bool { return v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null" }

// describe says in a few words what kind of value was found.
func (v Value) describe() string {
	switch {
	case v.node.Kind == yaml.MappingNode:
		return "a mapping"
	case v.node.Kind == yaml.SequenceNode:
		return "a list"
	case v.isNull():
		return "nothing"
	}
	return quote(v.node.Value)
}

// quote quotes a text for a message and cuts a long one.
func quote(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
