package rules

import (
	"slices"
	"strings"
	"sync"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// judged remembers of which shapes there was nothing to say: then there is nothing to say of others of that shape, if they ask for the same values
// wherever a value is judged. They may be used by several goroutines.
type judged struct {
	checker *promql.Checker
	free    []string // labels of which no value is judged
	mu      sync.Mutex
	fine    map[judgement]bool
}

// judgement is what decides of an objective.
type judgement struct {
	shape  *shape
	values string
}

// newJudged takes the places of targets for free: what they are called is a matter of the scrape configuration.
func newJudged(checker *promql.Checker) *judged {
	return &judged{checker: checker, free: slices.DeleteFunc([]string{"instance", "node", "region"}, checker.Closed), fine: make(map[judgement]bool)}
}

// check is that of an objective, which is judged once.
func (j *judged) check(o *objective) diag.Problems {
	if o.shape == nil {
		return o.check(j.checker)
	}
	key := judgement{o.shape, j.values(o.slo.SLI)}
	o.shape = nil // nobody else asks for it, and its records would be kept for as long as the objective's files can be made
	j.mu.Lock()
	fine := j.fine[key]
	j.mu.Unlock()
	if fine {
		return nil
	}
	problems := o.check(j.checker)
	if len(problems) == 0 {
		j.mu.Lock()
		j.fine[key] = true
		j.mu.Unlock()
	}
	return problems
}

// values are the values of an objective's expressions that are judged: all but those that a free label has to be equal to, as long as nothing
// else is asked of that label.
func (j *judged) values(s spec.SLI) string {
	var asked []string // label, operator and value
	for _, e := range []spec.Expr{s.Errors, s.Good, s.Total, s.Metric} {
		between, values := matched(e.Text, nil, nil)
		for i, v := range values {
			label, operator := matcherBefore(between[i])
			asked = append(asked, label, operator, v)
		}
	}
	var text strings.Builder
	for i := 0; i < len(asked); i += 3 {
		label, operator, value := asked[i], asked[i+1], asked[i+2]
		if !slices.Contains(j.free, label) || operator != "=" || askedOtherwise(asked, label) || value == "" || strings.ContainsFunc(value, unusual) {
			text.WriteString(label + operator + value + "\n")
		}
	}
	return text.String()
}

// askedOtherwise reports whether anything but equality is asked of a label.
func askedOtherwise(asked []string, label string) bool {
	for i := 0; i < len(asked); i += 3 {
		if asked[i] == label && asked[i+1] != "=" {
			return true
		}
	}
	return false
}

// unusual reports whether a rune does not stand in names of hosts and addresses.
func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' && r != ':' && r != '_'
}

// matcherBefore returns the label and the operator of the matcher whose value a text ends before.
func matcherBefore(text string) (label, operator string) {
	text = strings.TrimSuffix(text, `"`)
	label = strings.TrimRight(text, "=~!")
	operator = text[len(label):]
	label = strings.TrimRight(label, " \t\n")
	return label[strings.LastIndexAny(label, "{, \t\n")+1:], operator
}
