package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/spec"
)

// once are the problems of objectives, found objective by objective, without those that the groups of a grouping share: such a mistake was made
// once, and is told once, of the grouping.
func once(slos []spec.SLO, found []diag.Problems) diag.Problems {
	shared := make(map[diag.Problem]int) // by how many objectives, as they would be said of their grouping
	for i, o := range slos {
		for _, p := range found[i] {
			shared[ofGrouping(o, p)]++
		}
	}
	var problems diag.Problems
	for i, o := range slos {
		for _, p := range found[i] {
			if common := ofGrouping(o, p); shared[common] > 1 {
				p = common
			}
			if o.Group.Of == nil || !slices.Contains(problems, p) {
				problems = append(problems, p)
			}
		}
	}
	return problems
}

// ofGrouping is a problem of an objective, said of its grouping.
func ofGrouping(o spec.SLO, p diag.Problem) diag.Problem {
	if g := o.Group.Of; g != nil {
		p.What = strings.ReplaceAll(p.What, fmt.Sprintf("%q", o.Name), fmt.Sprintf("%q", g.Name))
	}
	return p
}
