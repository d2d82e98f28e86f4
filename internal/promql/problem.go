package promql

import (
	"cmp"
	"errors"
	"slices"
)

// Problem is one thing wrong in one expression.
type Problem struct {
	// Start and End are byte offsets into the text that was given, before any variable was replaced.
	Start, End int
	What       string // lower case, without a final period
	Hint       string // what to try, may be empty
	// Warning is true for what Prometheus accepts and may be meant, such as a lifetime total.
	Warning bool
}

// String is the problem on one line.
func (p Problem) String() string {
	if p.Hint == "" {
		return p.What
	}
	return p.What + ": " + p.Hint
}

// problemsError joins problems into one error.
func problemsError(problems []Problem) error {
	errs := make([]error, len(problems))
	for i, p := range problems {
		errs[i] = errors.New(p.String())
	}
	return errors.Join(errs...)
}

// tidy sorts problems by place, drops repeated ones, and drops warnings inside what is wrong anyway: a counter read as
// a level needs no warning when the sum around it is refused.
func tidy(problems []Problem) []Problem {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.What, b.What))
	})
	problems = slices.Compact(problems)
	covered := func(w Problem) bool {
		return w.Warning && slices.ContainsFunc(problems, func(p Problem) bool {
			return !p.Warning && p.Start <= w.Start && w.End <= p.End
		})
	}
	kept := make([]Problem, 0, len(problems))
	for _, p := range problems {
		if !covered(p) {
			kept = append(kept, p)
		}
	}
	return kept
}
