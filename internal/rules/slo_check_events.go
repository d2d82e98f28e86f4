package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/spec"
)

// checkProbe judges the gauge of a probe, whose samples are counted as they are: one that is anything but 1 or 0 would make more or fewer good
// events than there are.
func (o *objective) checkProbe(checker *promql.Checker) diag.Problems {
	gauge := o.slo.SLI.Metric
	const before = "sum(sum_over_time("
	if problems := placed(gauge, checker.Check(before+gauge.Text+"[5m]))"), len(before)); problems.Err() != nil {
		return problems
	}
	refused := func(what, hint string) diag.Problems {
		return diag.Problems{gauge.Problem(0, len(gauge.Text), what, hint)}
	}
	switch {
	case !checker.Gauge(gauge.Text):
		return refused(gauge.Text+" is not a gauge", "a probe is a gauge that is 1 or 0; count counters by errors and total")
	case !checker.Boolean(gauge.Text):
		return refused(gauge.Text+" is not 1 or 0", "judge a level by time_slice, such as good_when: "+gauge.Text+" < 5")
	}
	return openPatterns(checker, gauge)
}

// countedBy are the selectors of an expression of the spec whose events are added up; nil for what was reported already.
func countedBy(e spec.Expr) []promql.Selection {
	if e.Text == "" {
		return nil
	}
	found, err := promql.Counted(overWindow(e.Text, tile))
	if err != nil {
		return nil
	}
	return found
}

// checkSubset refuses failed or good events that are no part of all events: both sides read one counter, or one histogram, and the part leaves
// out a condition of the whole. It warns when the part counts a further series that the whole does not.
func (o *objective) checkSubset(checker *promql.Checker) diag.Problems {
	part, name := o.slo.SLI.Errors, "errors"
	if part.Text == "" {
		part, name = o.slo.SLI.Good, "good"
	}
	whole := countedBy(o.slo.SLI.Total)
	var problems diag.Problems
	shared, strange := false, ""
	for _, p := range countedBy(part) {
		alike := slices.DeleteFunc(slices.Clone(whole), func(w promql.Selection) bool { return checker.Counts(w.Name) != checker.Counts(p.Name) })
		if len(alike) == 0 {
			strange = p.Name
			continue
		}
		shared = true
		missing := p.Beyond(alike, func(label string) []string { return checker.Values(p.Name, label) })
		if missing != "" {
			problems = append(problems, part.Problem(0, len(part.Text),
				fmt.Sprintf("%s selects events that the total leaves out: it lacks the condition %s", p.Name, missing), "put the same condition into both expressions"))
		}
	}
	if shared && strange != "" {
		problem := part.Problem(0, len(part.Text), fmt.Sprintf("%s is counted in %s and not in total", strange, name), "add it to the total, or leave it out here")
		problem.Warning = true
		problems = append(problems, problem)
	}
	return problems
}

// successes are the values by which labels of outcomes name a success, in SIP, HTTP and in words.
func successes() []string { return []string{"2xx", "200", "success", "ok", "answered", "completed"} }

// noOutcomes are labels that tell where something was counted, or up to which bound, and never how it ended.
func noOutcomes() []string { return append([]string{"job", "instance", "le"}, TargetLabels()...) }

// checkSuccess warns when a value that names a success is counted as an error: by name, by a pattern, or because nothing else is left out.
func (o *objective) checkSuccess(checker *promql.Checker) diag.Problems {
	e := o.slo.SLI.Errors
	for _, s := range countedBy(e) {
		for _, label := range s.Labels() {
			if slices.Contains(noOutcomes(), label) {
				continue
			}
			if value, ok := s.Takes(label, successes(), checker.Values(s.Name, label)); ok {
				problem := e.Problem(0, len(e.Text), fmt.Sprintf("%q of %s is a success, and is counted as an error", value, label), "count what failed, or write good instead of errors")
				problem.Warning = true
				return diag.Problems{problem}
			}
		}
	}
	return nil
}

// openPatterns warns of patterns without end over labels whose values are known: a value that is added one day would be counted unseen.
func openPatterns(checker *promql.Checker, e spec.Expr) diag.Problems {
	for _, s := range countedBy(e) {
		for _, open := range s.OpenPatterns(func(label string) []string { return checker.Values(s.Name, label) }) {
			at := max(strings.Index(e.Text, open.Text), 0)
			problem := e.Problem(at, at+max(len(open.Text), 1), fmt.Sprintf("the pattern %s is open, and the values are known", open.Text),
				fmt.Sprintf("name those that are meant: %s", strings.Join(open.Values, "|")))
			problem.Warning = true
			return diag.Problems{problem}
		}
	}
	return nil
}
