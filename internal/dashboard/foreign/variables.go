package foreign

import (
	"regexp"
	"strings"

	"github.com/voipbin/observability/internal/promql"
)

// inBrackets finds variables that stand for a duration: [$x], [${x}:], [5m:$x], offset $x.
var inBrackets = regexp.MustCompile(`(?:\[\s*|\[[^\[\]]*:\s*|\boffset\s+)\$\{?([A-Za-z_][A-Za-z0-9_]*)`)

// The values that are tried for a variable of which nothing is known but where it stands.
const (
	someDuration = "5m"
	someNumber   = "5"
)

// durations returns a value for each variable that stands for a duration.
func durations(expr string) map[string]string {
	found := map[string]string{}
	for _, m := range inBrackets.FindAllStringSubmatch(expr, -1) {
		found[m[1]] = someDuration
	}
	return found
}

// check judges an expression. A variable may stand for a name, a label or a value, which the checker knows how to leave open; if the expression
// does not parse in this way, some of them stand for numbers, such as the k of topk.
func (j *judge) check(expr string) []promql.Problem {
	lengths := durations(expr)
	value := func(name string) (string, bool) {
		v, ok := lengths[name]
		return v, ok && !strings.HasPrefix(name, "__")
	}
	problems := j.CheckWith(expr, value)
	if !unreadable(problems) || !strings.Contains(expr, "$") {
		return problems
	}
	numbers := func(name string) (string, bool) {
		if v, ok := value(name); ok || strings.HasPrefix(name, "__") {
			return v, ok
		}
		return someNumber, true
	}
	if again := j.CheckWith(expr, numbers); !unreadable(again) {
		// The values in quotes were replaced as well: what is said about them is not meant.
		var kept []promql.Problem
		for _, p := range again {
			if !strings.Contains(p.What, `"`+someNumber+`"`) {
				kept = append(kept, p)
			}
		}
		return kept
	}
	return problems
}

// unreadable reports whether an expression did not parse.
func unreadable(problems []promql.Problem) bool {
	return len(problems) > 0 && strings.HasPrefix(problems[0].What, "PromQL syntax")
}

// readable is an expression in which durations stand instead of their variables.
func (j *judge) readable(expr string) string {
	lengths := durations(expr)
	return promql.Expand(expr, func(name string) (string, bool) {
		v, ok := lengths[name]
		return v, ok && !strings.HasPrefix(name, "__")
	}).Text
}
