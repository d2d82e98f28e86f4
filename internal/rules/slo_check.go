package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/promql"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// check judges what the spec says of an objective: its expressions against all series, and whether its alerts make sense
// at the traffic that is expected.
func (o *objective) check(checker *promql.Checker) diag.Problems {
	problems := o.checkIndicator(checker)
	if o.slo.SLI.Composite() {
		problems = o.checkParts()
	}
	if o.slo.Period%time.Hour != 0 {
		problems = append(problems, diag.At(o.slo.Pos, fmt.Sprintf("the period of %q, %s, is not a whole number of hours", o.slo.Name, promDuration(o.slo.Period)),
			"round it: budgets are made of hours"))
	}
	problems = append(problems, o.checkBurns()...)
	problems = append(problems, o.checkTraffic()...)
	if o.source == nil && o.form == nil && !o.slo.SLI.Composite() {
		problems = append(problems, diag.Problem{
			Pos: o.slo.Pos, Warning: true, What: fmt.Sprintf("the alerts of %q come without promtool tests", o.slo.Name),
			Hint: o.untested(),
		})
	}
	return problems
}

// checkIndicator judges the expressions by which events are counted.
func (o *objective) checkIndicator(checker *promql.Checker) diag.Problems {
	sli := o.slo.SLI
	switch sli.Kind {
	case spec.Latency:
		return o.checkLatency(checker)
	case spec.Probe:
		return o.checkProbe(checker)
	case spec.TimeSlice:
		return append(placed(sli.GoodWhen, checker.Check(sli.GoodWhen.Text), 0), placed(sli.Known, checker.Check(sli.Known.Text), 0)...)
	}
	var problems diag.Problems
	for _, e := range []spec.Expr{sli.Errors, sli.Good, sli.Total} {
		if e.Text != "" {
			problems = append(problems, o.checkExpr(checker, e)...)
		}
	}
	if problems.Err() == nil {
		problems = append(problems, o.checkSubset(checker)...)
		problems = append(problems, o.checkSuccess(checker)...)
	}
	return problems
}

// checkLatency judges a histogram and its threshold, which must be the bound of a bucket: between two bounds nobody knows
// how long the events lasted.
func (o *objective) checkLatency(checker *promql.Checker) diag.Problems {
	sli := o.slo.SLI
	if sli.Native {
		const before = "histogram_count(increase("
		return placed(sli.Metric, checker.Check(before+sli.Metric.Text+"[5m]))"), len(before))
	}
	const before = "sum(increase("
	count, err := promql.Suffixed(sli.Metric.Text, "_count", nil)
	if err != nil {
		return diag.Problems{sli.Metric.Problem(0, len(sli.Metric.Text), err.Error(), "")}
	}
	if problems := placed(sli.Metric, checker.Check(before+count+"[5m]))"), len(before)); len(problems) > 0 {
		return problems
	}
	bucket, err := promql.Suffixed(sli.Metric.Text, "_bucket", &sli.Threshold)
	if err != nil {
		return diag.Problems{sli.Metric.Problem(0, len(sli.Metric.Text), err.Error(), "")}
	}
	return placed(sli.ThresholdExpr, checker.Check(before+bucket+"[5m]))"), len(bucket))
}

// placed moves the problems of an expression that is made of a part of the spec to that part. Before is how many bytes
// stand before it.
func placed(e spec.Expr, found []promql.Problem, before int) diag.Problems {
	var problems diag.Problems
	for _, p := range found {
		start := min(max(p.Start-before, 0), len(e.Text))
		end := min(max(p.End-before, start), len(e.Text))
		problem := e.Problem(start, end, p.What, p.Hint)
		problem.Warning = p.Warning
		problems = append(problems, problem)
	}
	return problems
}

// checkExpr judges one expression with each base window in turn, and stops at the first that is wrong: the others would
// say the same.
func (o *objective) checkExpr(checker *promql.Checker, e spec.Expr) diag.Problems {
	for _, w := range o.readWindows(e) {
		var problems diag.Problems
		found, left := checker.JudgeWith(e.Text, promql.Window(w))
		for _, p := range found {
			placed := e.Problem(p.Start, p.End, p.What, p.Hint)
			placed.Warning = p.Warning
			problems = append(problems, placed)
		}
		if len(problems) > 0 {
			return problems
		}
		expanded := promql.Expand(e.Text, promql.Window(w))
		if p := promql.Uncountable(expanded.Text); p != nil {
			problem := e.Problem(expanded.Original(p.Start, false), expanded.Original(p.End, true), p.What, p.Hint)
			problem.Warning = p.Warning
			return diag.Problems{problem}
		}
		if len(left) > 0 {
			return diag.Problems{e.Problem(0, len(e.Text), fmt.Sprintf("the expression yields a series for each %s", left[0]),
				"add up to one series: sum(...)")}
		}
	}
	return openPatterns(checker, e)
}

// readWindows are the windows with which an expression is read. Where the window is only how long its ranges are, all that is said of one holds
// for the other; within the names of records it chooses the series.
func (o *objective) readWindows(e spec.Expr) []time.Duration {
	if !strings.Contains(strings.NewReplacer("[$window]", "", "[${window}]", "").Replace(e.Text), "window") {
		return []time.Duration{tile}
	}
	return []time.Duration{tile, time.Hour}
}

// droppedTiers are the tiers that the period leaves no room for.
func (o *objective) droppedTiers() []slo.Tier {
	return slices.DeleteFunc(slices.Clone(o.slo.BurnTiers()), func(t slo.Tier) bool {
		return slices.ContainsFunc(o.burns, func(b slo.Burn) bool { return b.Name == t.Name })
	})
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
	for _, t := range o.slo.Tiers {
		if pace := slo.Factor(t.Share, o.slo.Period, t.Long); pace < 1 {
			problems = append(problems, diag.At(o.slo.Pos,
				fmt.Sprintf("the %s alert of %q would come at %s times the pace that the objective allows", t.Name, o.slo.Name, slo.FormatNumber(pace)),
				fmt.Sprintf("a share of at least %s for a window of %s", slo.FormatPercent(t.Long.Seconds()/o.slo.Period.Seconds()), promDuration(t.Long))))
		}
	}
	if len(o.burns) == 0 {
		return append(problems, diag.At(o.slo.Pos, fmt.Sprintf("a period of %s has no room for any alert of %q", promDuration(o.slo.Period), o.slo.Name),
			"a quarter of the period must hold the long window of one tier at least: write tiers, or a longer period"))
	}
	for _, t := range o.droppedTiers() {
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
	if len(o.pages()) == 0 {
		return nil // wanted so: a composite has tickets, and other objectives name their tiers
	}
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
func (o *objective) summary(samplesPerMinute int) SLOSummary {
	s := SLOSummary{Name: o.slo.Name, Inputs: o.inputs, SamplesPerMinute: samplesPerMinute}
	if o.probe != nil {
		s.Inputs = []Input{*o.probe}
	}
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
