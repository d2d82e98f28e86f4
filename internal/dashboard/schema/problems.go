package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that the compiler refuses.
type Problem struct {
	// Path is that of the board, or the file's name where the board has no part in it.
	Path string
	// Where is the piece and the key in it, empty for the board itself.
	Where string
	What  string
}

// String is the problem on one line.
func (p Problem) String() string {
	if p.Where == "" {
		return p.Path + ": " + p.What
	}
	return p.Path + ": " + p.Where + ": " + p.What
}

// complaint is the first line of one of the compiler's messages; what explains it follows, indented.
var complaint = regexp.MustCompile(`^(\S+?)\((\d+),\d+\): error (TS\d+): (.*)$`)

// Problems reads what the compiler printed about the files. A line that is no message, such as one about its own options, is a problem too:
// nothing was held to anything then.
func Problems(files []File, output string) []Problem {
	var problems []Problem
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, " ") || line == "" {
			continue // it explains what the first line says already
		}
		m := complaint.FindStringSubmatch(line)
		if m == nil {
			problems = append(problems, Problem{Path: "tsc", What: line})
			continue
		}
		what := wide.ReplaceAllString(m[4], "$1...'")
		problems = append(problems, locate(files, m[1], m[2], what+" ("+m[3]+")"))
	}
	return withoutConsequences(problems)
}

// wide is a type that the compiler wrote out at length.
var wide = regexp.MustCompile(`('[^']{100})[^']{20,}'`)

// ofKind ends the place of a panel's kind.
const ofKind = ": type"

// withoutConsequences drops what is said of a panel because its kind is not known.
func withoutConsequences(problems []Problem) []Problem {
	return slices.DeleteFunc(problems, func(p Problem) bool {
		return slices.ContainsFunc(problems, func(q Problem) bool {
			panel, isKind := strings.CutSuffix(q.Where, ofKind)
			return isKind && p.Path == q.Path && p.Where != q.Where && strings.HasPrefix(p.Where, panel)
		})
	})
}

// locate finds the piece of a board that stands at a line.
func locate(files []File, name, line, what string) Problem {
	n, err := strconv.Atoi(line)
	for _, f := range files {
		if f.Name != name || f.Board == "" || err != nil {
			continue
		}
		p := Problem{Path: f.Board, What: what}
		for _, at := range f.places {
			if at.line <= n {
				p.Where = strings.TrimSuffix(at.what, ":")
			}
		}
		return p
	}
	return Problem{Path: name, Where: "line " + line, What: what}
}
