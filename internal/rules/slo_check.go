package rules

import (
	"fmt"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// check judges what the spec says of an objective: its expressions against all series, and whether its alerts make sense
// at the traffic that is expected.
func (o *objective) check(checker *promql.Checker) diag.Problems {
	problems := o.checkExpr(checker, o.slo.SLI.Errors)
	problems = append(problems, o.checkExpr(checker, o.slo.SLI.Total)...)
	if o.slo.Period%time.Hour != 0 {
		problems = append(problems, diag.At(o.slo.Pos, fmt.Sprintf("the period of %q, %s, is not a whole number of hours", o.slo.Name, promDuration(o.slo.Period)),
			"round it: budgets are made of half hours"))
	}
	problems = append(problems, o.checkBurns()...)
	problems = append(problems, o.checkTraffic()...)
	if o.source == nil {
		problems = append(problems, diag.Problem{
			Pos: o.slo.Pos, Warning: true, What: fmt.Sprintf("the alerts of %q come without promtool tests", o.slo.Name),
			Hint: "events can be made up for objectives over the records voipbin:call_setup_*, on Prometheus 3.16 or newer",
		})
	}
	return problems
}

// checkExpr judges one expression with each base window in turn, and stops at the first that is wrong: the others would
// say the same.
func (o *objective) checkExpr(checker *promql.Checker, e spec.Expr) diag.Problems {
	for _, w := range BaseWindows() {
		var problems diag.Problems
		for _, p := range checker.CheckWith(e.Text, promql.Window(w)) {
			placed := e.Problem(p.Start, p.End, p.What, p.Hint)
			placed.Warning = p.Warning
			problems = append(problems, placed)
		}
		if len(problems) > 0 {
			return problems
		}
		if left := checker.Labels(promql.Expand(e.Text, promql.Window(w)).Text); len(left) > 0 {
			return diag.Problems{e.Problem(0, len(e.Text), fmt.Sprintf("the expression yields a series for each %s", left[0]),
				"add up to one series: sum(...)")}
		}
	}
	return nil
}

// checkBurns refuses tiers that can never fire, and tells of tiers that the period leaves no room for.
func (o *objective) checkBurns() diag.Problems {
	var problems diag.Problems
	for _, b := range o.burns {
		if b.CanFire() {
			continue
		}
		problems = append(problems, diag.At(o.slo.Pos,
			fmt.Sprintf("the %s alert of %q can never fire: it needs a burn rate of %s, and when everything fails the rate is %s",
				b.Name, o.slo.Name, slo.FormatNumber(b.Factor), slo.FormatNumber(1/o.allowed())),
			fmt.Sprintf("raise the objective above %.4g%%", 100*(1-1/b.Factor))))
	}
	for _, t := range slo.Tiers()[len(o.burns):] {
		problems = append(problems, diag.Problem{
			Pos: o.slo.Pos, Warning: true,
			What: fmt.Sprintf("%q gets no %s alert: its window of %s is too long for a period of %s", o.slo.Name, t.Name, promDuration(t.Long), promDuration(o.slo.Period)),
			Hint: "a longer period has room for it",
		})
	}
	return problems
}

// checkTraffic warns when single failures page in the quietest hour, or when nothing can page then.
func (o *objective) checkTraffic() diag.Problems {
	trough := o.slo.Traffic.TroughPerHour
	if trough <= 0 || slices.ContainsFunc(o.burns, func(b slo.Burn) bool { return !b.CanFire() }) {
		return nil // without events there is nothing to page about; what can never fire is refused above
	}
	warning := func(what, hint string) diag.Problems {
		return diag.Problems{{Pos: o.slo.Traffic.Pos, Warning: true, What: what, Hint: hint}}
	}
	possible := false
	for _, b := range o.pages() {
		needed, ok := b.FailuresToFire(trough, o.slo.MinFailures)
		possible = possible || ok
		if ok && needed == 1 {
			return warning(fmt.Sprintf("a single failure pages when %q has %s events an hour", o.slo.Name, slo.FormatNumber(trough)),
				"set min_failures to 2 or more")
		}
	}
	if !possible {
		return warning(fmt.Sprintf("nothing can page when %q has %s events an hour: there are fewer than min_failures", o.slo.Name, slo.FormatNumber(trough)),
			"lower min_failures, or watch the quiet hours by probes")
	}
	return nil
}

// pages are the tiers that page.
func (o *objective) pages() []slo.Burn {
	var pages []slo.Burn
	for _, b := range o.burns {
		if b.Severity == slo.Page {
			pages = append(pages, b)
		}
	}
	return pages
}

// summary is what the objective means in numbers.
func (o *objective) summary() SLOSummary {
	s := SLOSummary{Name: o.slo.Name}
	for _, b := range o.pages() {
		if n, ok := b.FailuresToFire(o.slo.Traffic.TroughPerHour, o.slo.MinFailures); ok && (s.FailuresThatPage == 0 || n < s.FailuresThatPage) {
			s.FailuresThatPage = n
		}
		s.PageInOutage = sooner(s.PageInOutage, b, 1)
		s.PageAtTenfold = sooner(s.PageAtTenfold, b, min(10*o.allowed(), 1))
	}
	return s
}

// sooner returns the earlier of a time to detect and that of another tier; 0 is never.
func sooner(have Span, b slo.Burn, errorRatio float64) Span {
	d, ok := b.TimeToDetect(errorRatio)
	if !ok || have != 0 && time.Duration(have) <= d {
		return have
	}
	return Span(d)
}
