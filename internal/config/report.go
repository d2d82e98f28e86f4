package config

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/voipbin/observability/internal/diag"
)

// maxProblems is how many problems a report keeps: nobody reads more, and a hostile file could make millions.
const maxProblems = 100

// Report gathers the problems of any number of files. The zero value is ready for use.
type Report struct {
	problems diag.Problems
	// compiled are the expressions that values were matched with: a file of a thousand names asks for one of them a thousand times.
	compiled map[string]*regexp.Regexp
}

// whole returns the regular expression that matches a text from end to end.
func (r *Report) whole(expression string) *regexp.Regexp {
	have, ok := r.compiled[expression]
	if !ok {
		have = regexp.MustCompile(`^(?:` + expression + `)$`)
		if r.compiled == nil {
			r.compiled = make(map[string]*regexp.Regexp)
		}
		r.compiled[expression] = have
	}
	return have
}

// Add adds a problem. Beyond the first hundred, problems are dropped.
func (r *Report) Add(p diag.Problem) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, p)
	}
}

// Problems returns what was found, in the order of files, lines and columns, each once.
func (r *Report) Problems() diag.Problems {
	sorted := slices.Clone(r.problems)
	slices.SortStableFunc(sorted, func(a, b diag.Problem) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
	return slices.Compact(sorted)
}

// Failed reports whether a problem beyond warnings was found so far.
func (r *Report) Failed() bool { return r.problems.Err() != nil }
