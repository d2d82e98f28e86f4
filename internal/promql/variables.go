package promql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// edit is one variable that was replaced: text[start:end] of the original stands at from:to of the result.
type edit struct {
	start, end int
	from, to   int
	original   string
	value      string
}

// Expansion is a text whose variables were replaced, with the way back to the original.
type Expansion struct {
	Text  string
	edits []edit
}

// Expand replaces variables written $name, ${name} or ${name:format} by value(name). A variable for which value says
// false stays as it is.
func Expand(text string, value func(name string) (string, bool)) Expansion {
	return expand(text, func(_ int, name string) (string, bool) { return value(name) })
}

// expand is Expand with the number of the variable, counted from 0, as it comes.
func expand(text string, value func(n int, name string) (string, bool)) Expansion {
	var out strings.Builder
	var edits []edit
	copied := 0
	for i := strings.IndexByte(text, '$'); i >= 0 && i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		name, end := variableAt(text, i)
		v, ok := "", false
		if name != "" {
			v, ok = value(len(edits), name)
		}
		if !ok {
			continue
		}
		out.WriteString(text[copied:i])
		edits = append(edits, edit{start: i, end: end, from: out.Len(), to: out.Len() + len(v), original: text[i:end], value: v})
		out.WriteString(v)
		copied, i = end, end-1
	}
	if len(edits) == 0 {
		return Expansion{Text: text}
	}
	out.WriteString(text[copied:])
	return Expansion{Text: out.String(), edits: edits}
}

// variableAt returns the name of the variable that begins at i and the offset behind it, or "" when none does.
func variableAt(text string, i int) (name string, end int) {
	if text[i] != '$' || i+1 == len(text) || i > 0 && text[i-1] >= '0' && text[i-1] <= '9' {
		return "", i // behind a digit, a duration would become part of the number
	}
	if text[i+1] == '{' {
		inner, _, closed := strings.Cut(text[i+2:], "}")
		name, _, _ = strings.Cut(inner, ":")
		if !closed || nameLen(name) != len(name) {
			return "", i
		}
		return name, i + 2 + len(inner) + 1
	}
	n := nameLen(text[i+1:])
	return text[i+1 : i+1+n], i + 1 + n
}

// nameLen returns how many bytes at the head of s are a variable's name.
func nameLen(s string) int {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return i
		}
	}
	return len(s)
}

// Original returns the offset in the original text of an offset in the expanded one. Inside a replaced variable it is
// the variable's begin, or its end when atEnd is true.
func (ex Expansion) Original(offset int, atEnd bool) int {
	shift := 0
	for _, e := range ex.edits {
		switch {
		case offset < e.from || offset == e.from && atEnd:
			return offset + shift
		case offset < e.to || offset == e.to && atEnd:
			if atEnd {
				return e.end
			}
			return e.start
		}
		shift = e.end - e.to
	}
	return offset + shift
}

// restore moves problems of the expanded text to where they are in the original.
func (ex Expansion) restore(original string, problems []Problem) []Problem {
	for i, p := range problems {
		problems[i].Start = min(ex.Original(p.Start, false), len(original))
		problems[i].End = min(ex.Original(p.End, true), len(original))
	}
	return problems
}

// placeholderPrefix begins every name that stands for a variable while PromQL is parsed.
const placeholderPrefix = "__variable_"

// durationVariables are the variables that stand for a duration: Grafana's own, and ours in spec/.
func durationVariables() []string {
	return []string{"__rate_interval", "__interval", "__range", "__interval_ms", "__range_s", "__range_ms", "window"}
}

// expandPlaceholders replaces every variable by something that parses and can be told from what people write: a name
// with the variable's number, or, for durations, a length with that many milliseconds.
func expandPlaceholders(text string) Expansion {
	return expand(text, func(n int, name string) (string, bool) {
		if slices.Contains(durationVariables(), name) {
			return placeholderDuration(n).String(), true
		}
		return placeholderPrefix + strconv.Itoa(n) + "_", true
	})
}

// placeholderDuration is a length that nobody writes: a little over 29 hours, told apart by its milliseconds.
func placeholderDuration(n int) model.Duration {
	return model.Duration(29*time.Hour + 5*time.Minute + 29*time.Second + time.Duration(n%999+1)*time.Millisecond)
}

// unexpand puts the variables back into a text that was printed from the expanded one.
func (ex Expansion) unexpand(printed string) string {
	if len(ex.edits) == 1 {
		return strings.ReplaceAll(printed, ex.edits[0].value, ex.edits[0].original)
	}
	var pairs []string
	for _, e := range ex.edits {
		if strings.Contains(printed, e.value) {
			pairs = append(pairs, e.value, e.original)
		}
	}
	if len(pairs) == 0 {
		return printed
	}
	return strings.NewReplacer(pairs...).Replace(printed)
}

// isPlaceholder reports whether a name or label value holds a variable, so that nothing can be said about it.
func isPlaceholder(s string) bool { return strings.Contains(s, placeholderPrefix) }

// Window returns a value function for Expand that knows only $window.
func Window(window time.Duration) func(string) (string, bool) {
	return func(name string) (string, bool) {
		return model.Duration(window).String(), name == "window"
	}
}

// quoteList prints names for a message: "a", "b" and "c".
func quoteList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " and " + quoted[last]
}
