// Package diagtest finds the messages that a package's source has for wrong input, and reads the files that show what is said of which, so that a test can
// demand a file for each. It runs none of the code that it reads, and judges no message.
package diagtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Message is one message as it stands in the source.
type Message struct {
	// Text has an ellipsis where something varies.
	Text string
	// At is file:line.
	At string
	// pattern matches the text as it is printed.
	pattern *regexp.Regexp
}

// In reports whether one of some printed messages is this one.
func (m Message) In(shown []string) bool {
	for _, s := range shown {
		if m.pattern.MatchString(s) {
			return true
		}
	}
	return false
}

// places are the functions that take a message, by the number of their argument that holds it.
func places() map[string]int {
	return map[string]int{
		"Reject": 0, "Rejectf": 0, "Warn": 0, "refused": 0, "warning": 0, "Match": 1, "reject": 1, "fault": 1, "At": 1, "refuse": 1,
		"Problem": 2, "report": 2, "warn": 2, "doubt": 2, "wrong": 0,
		// Of package lint, where it has four arguments and not three.
		"fault/4": 2,
	}
}

// befores are what functions print before the messages that they take.
func befores() map[string]string {
	return map[string]string{"Match": " is not ", "wrong": "signal " + varies + ": " + varies + " "}
}

// placeIn is the number of the argument of a call that holds a message, and what is printed before it; false for a function that takes none.
func placeIn(call *ast.CallExpr) (at int, before string, ok bool) {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	at, ok = places()[fmt.Sprintf("%s/%d", name, len(call.Args))]
	if !ok {
		at, ok = places()[name]
	}
	return at, befores()[name], ok && at < len(call.Args)
}

// Messages returns the messages of the Go files of a folder, tests aside, in the order in which they stand: what is given to a function that
// reports, and what the field What, or a variable of that name, is set to. A message that the source does not hold, as it comes from elsewhere,
// is left out. It fails on what is no Go.
func Messages(folder fs.FS) ([]Message, error) {
	names, err := fs.Glob(folder, "*.go")
	if err != nil {
		return nil, err
	}
	var found []Message
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("read messages: %w", err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if e, before := message(n); e != nil {
				if m, ok := newMessage(before, e); ok {
					m.At = fmt.Sprintf("%s:%d", path.Base(name), set.Position(e.Pos()).Line)
					found = append(found, m)
				}
			}
			return true
		})
	}
	return found, nil
}

// message returns the expression of a message, and what is printed before it; nil for a node that has none.
func message(n ast.Node) (e ast.Expr, before string) {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "What" {
			return n.Value, ""
		}
	case *ast.AssignStmt: // of a message that two calls report
		if name, ok := n.Lhs[0].(*ast.Ident); ok && name.Name == "what" && len(n.Rhs) == 1 {
			return n.Rhs[0], ""
		}
	case *ast.CallExpr:
		if at, before, ok := placeIn(n); ok {
			return n.Args[at], before
		}
	}
	return nil, ""
}

// varies stands for what is not known of a text.
const varies = "\x00"

// newMessage makes a message of an expression; false when nothing of it is known.
func newMessage(before string, e ast.Expr) (Message, bool) {
	text := textOf(e)
	if strings.Trim(strings.ReplaceAll(text, varies, ""), " :,.()%") == "" {
		return Message{}, false
	}
	parts := strings.Split(before+text, varies)
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = regexp.QuoteMeta(p)
	}
	return Message{Text: strings.TrimSpace(strings.Join(parts, "…")), pattern: regexp.MustCompile(strings.Join(quoted, ".*"))}, true
}

// textOf is a text as far as the source holds it: a literal, a format without its verbs, or several of these in a row.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return withoutVerbs(text)
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return textOf(e.X) + textOf(e.Y)
		}
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" && len(e.Args) > 0 {
			return textOf(e.Args[0])
		}
	}
	return varies
}

// withoutVerbs puts the mark of what varies in the place of a format's verbs.
func withoutVerbs(format string) string {
	return regexp.MustCompile(`%[-+#.0-9]*[a-zA-Z%]`).ReplaceAllStringFunc(format, func(verb string) string {
		if strings.HasSuffix(verb, "%") {
			return "%"
		}
		return varies
	})
}
