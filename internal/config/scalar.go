package config

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/voipbin/observability/internal/diag"
)

// scalar returns the written form of a scalar. Booleans count only where yes or no is wanted, since a name that YAML
// takes for a boolean (true, false) is a slip more often than a name.
func (v Value) scalar(want string) (string, bool) {
	if !v.isKind(yaml.ScalarNode, want) {
		return "", false
	}
	if v.node.Tag == "!!bool" || v.isNull() {
		v.Reject(fmt.Sprintf("want %s, got %s", want, v.describe()), "put it in quotes if it is meant as text")
		return "", false
	}
	return v.node.Value, true
}

// String returns a text of one line, which must not be empty. A number is taken as it was written.
func (v Value) String() string {
	s, ok := v.scalar("text")
	switch {
	case !ok:
		return ""
	case strings.TrimSpace(s) == "":
		v.Reject("is empty", "")
	case strings.ContainsAny(s, "\n\r"):
		v.Reject("want one line, got several", "")
	}
	return s
}

// Text returns a text of any number of lines, which must not be empty, and ties its bytes to the file.
func (v Value) Text() (string, diag.Anchors) {
	s, ok := v.scalar("text")
	if !ok {
		return "", nil
	}
	if strings.TrimSpace(s) == "" {
		v.Reject("is empty", "")
	}
	return s, v.anchors()
}

// Match returns a text of one line that a regular expression matches from end to end; form says in words what is wanted.
func (v Value) Match(expression, form string) string {
	s := v.String()
	if v.node == nil || s == "" {
		return s
	}
	if !v.doc.report.whole(expression).MatchString(s) {
		v.Reject(fmt.Sprintf("%s is not %s", quote(s), form), "")
	}
	return s
}

// Enum returns one of several words.
func (v Value) Enum(words ...string) string {
	s, ok := v.scalar("one of " + strings.Join(words, ", "))
	if !ok || slices.Contains(words, s) {
		return s
	}
	hint := diag.DidYouMean(s, words)
	if hint == "" {
		hint = "one of: " + strings.Join(words, ", ")
	}
	v.Reject(fmt.Sprintf("%s is not known here", quote(s)), hint)
	return ""
}

// Bool returns true or false, or what is given for an absent value.
func (v Value) Bool(absent bool) bool {
	if v.node == nil {
		return absent
	}
	if v.node.Kind != yaml.ScalarNode || v.node.Tag != "!!bool" {
		v.Reject(fmt.Sprintf("want true or false, got %s", v.describe()), "")
		return absent
	}
	return strings.EqualFold(v.node.Value, "true")
}

// Int returns a whole number from low to high, both included.
func (v Value) Int(low, high int) int {
	s, ok := v.scalar("a whole number")
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		v.Reject(quote(s)+" is not a whole number", "digits only, without separators or units")
		return 0
	}
	if n < low || n > high {
		v.Reject(fmt.Sprintf("%d is outside %d to %d", n, low, high), "")
		return 0
	}
	return n
}

// Float returns a number from low to high, both included.
func (v Value) Float(low, high float64) float64 {
	s, ok := v.scalar("a number")
	if !ok {
		return 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		v.Reject(quote(s)+" is not a number", "digits and a decimal point, without separators or units")
		return 0
	}
	if f < low || f > high {
		v.Reject(fmt.Sprintf("%v is outside %v to %v", f, low, high), "")
		return 0
	}
	return f
}
