package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/backtest"
	"github.com/voipbin/observability/internal/diag"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// backtestOptions are the flags of backtest.
type backtestOptions struct {
	specDir, slo, scenario, format, svg, whatIf string
	rules                                       []string
	data                                        recordedOptions
	days                                        int
}

// The bounds of a replay in days: shorter than a window of three days nothing can be said, longer than a year nobody waits.
const (
	fewestDays = 4
	mostDays   = 400
)

// backtestBegin is when made-up scenarios begin: any Sunday will do, but it must always be the same one.
func backtestBegin() time.Time { return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC) }

// replayAlerts says which alerts would have come when.
func replayAlerts(ctx context.Context, p *program, args []string) error {
	o := backtestOptions{}
	flags := flag.NewFlagSet("backtest", flag.ContinueOnError)
	flags.StringVar(&o.specDir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&o.slo, "slo", "", "`name` of the objective; all when empty")
	flags.StringVar(&o.scenario, "scenario", "", "`names` of built-in scenarios, separated by commas; all when empty")
	flags.IntVar(&o.days, "days", 30, "length of the built-in scenarios in `days`")
	flags.StringVar(&o.whatIf, "what-if", "", "compare with other `settings`, such as objective=99.5,min_failures=10,period=28d, or windows of tiers:\n"+
		"page_fast.long=2h,page_fast.short=15m; a short window follows a long one as a twelfth of it")
	flags.StringVar(&o.format, "format", "table", "`table` or json")
	flags.StringVar(&o.svg, "svg", "", "draw a timeline of the scenarios, or of the recorded data, into this `file`")
	flags.Func("rules", "replay the rules of this `file` instead of those of the spec; may be repeated; needs -data or\n-prometheus", func(s string) error {
		o.rules = append(o.rules, s)
		return nil
	})
	o.data.register(flags)
	about := "Runs the rules of the objectives through Prometheus' own engine: over built-in scenarios at the objective's own traffic,\n" +
		"or over recorded data. It says which alerts come when, how much of the budget is spent by then, and which are false.\n\n" +
		"In recorded data an outage begins for an alert when the failure ratio of five minutes first exceeds the threshold of the alert's\n" +
		"tier, and is over when it last does; times are counted from there, unless -outage names it. The budget is that of a period at\n" +
		"the traffic of the data. Pages are called false only where outages are named."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	switch {
	case o.format != "table" && o.format != "json":
		return usageError{what: fmt.Sprintf("backtest: there is no format %q", o.format), hint: "table or json"}
	case o.days < fewestDays || o.days > mostDays:
		return usageError{what: fmt.Sprintf("backtest: %d days", o.days), hint: fmt.Sprintf("from %d to %d", fewestDays, mostDays)}
	case len(o.rules) > 0 && !o.data.given():
		return usageError{what: "backtest: -rules needs data to replay", hint: "add -data FILE or -prometheus URL: scenarios are made up for the spec's objectives"}
	case len(o.rules) > 0 && o.whatIf != "":
		return usageError{what: "backtest: -what-if is about objectives of the spec", hint: "leave out -rules"}
	case len(o.data.outages) > 0 && !o.data.given():
		return usageError{what: "backtest: -outage is about recorded data", hint: "add -data FILE or -prometheus URL; -scenario names what is made up"}
	case o.data.given():
		return p.replayRecorded(ctx, o)
	}
	return p.replayScenarios(ctx, o)
}

// replayScenarios tries the objectives of the spec in the built-in scenarios.
func (p *program) replayScenarios(ctx context.Context, o backtestOptions) error {
	s, err := p.load(o.specDir, "")
	if err != nil {
		return err
	}
	var all []backtest.Verdict
	for _, objective := range s.SLOs {
		if o.slo != "" && !objective.Called(o.slo) || o.slo == "" && objective.SLI.Composite() {
			continue
		}
		verdicts, err := p.tryVariants(ctx, s, objective, o)
		if err != nil {
			return err
		}
		all = append(all, verdicts...)
	}
	if len(all) == 0 {
		return noSuchObjective(s, o.slo)
	}
	if o.svg != "" {
		if err := writeTo(o.svg, func(w io.Writer) error { return backtest.WriteSVG(w, all) }); err != nil {
			return err
		}
	}
	if o.format == "json" {
		return backtest.WriteJSON(p.stdout, all)
	}
	return nil
}

// tryVariants tries an objective as it is and, if that is asked for, as it might be.
func (p *program) tryVariants(ctx context.Context, s *spec.Spec, objective spec.SLO, o backtestOptions) ([]backtest.Verdict, error) {
	variants := []spec.SLO{objective}
	if o.whatIf != "" {
		changed, err := withSettings(objective, o.whatIf)
		if err != nil {
			return nil, err
		}
		variants = append(variants, changed)
	}
	var all []backtest.Verdict
	for i, v := range variants {
		verdicts, err := tryObjective(ctx, s, v, o)
		if err != nil {
			return nil, err
		}
		all = append(all, verdicts...)
		if o.format != "table" {
			continue
		}
		fmt.Fprintf(p.stdout, "%s\n", heading(v, i > 0))
		if err := backtest.WriteTable(p.stdout, verdicts); err != nil {
			return nil, err
		}
		fmt.Fprintln(p.stdout)
	}
	return all, nil
}

// heading says what was tried.
func heading(o spec.SLO, changed bool) string {
	text := fmt.Sprintf("%s: %s over %s, at least %d failures", o.Name, slo.FormatPercent(o.Objective), slo.FormatDuration(o.Period), o.MinFailures)
	if changed {
		return "what if: " + text
	}
	return text
}

func noSuchObjective(s *spec.Spec, name string) error {
	names := spec.Names(s.SLOs)
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "there are: " + strings.Join(names, ", ")
	}
	return usageError{what: fmt.Sprintf("there is no objective %q", name), hint: hint}
}

// tryObjective replays the scenarios for one objective.
func tryObjective(ctx context.Context, s *spec.Spec, o spec.SLO, opts backtestOptions) ([]backtest.Verdict, error) {
	if o.SLI.Composite() {
		return nil, usageError{what: fmt.Sprintf("backtest: %q is made of other objectives, of which no scenario is made up at once", o.Name), hint: "try its parts, or replay recorded data with -data or -prometheus"}
	}
	one := *s
	one.SLOs = []spec.SLO{o}
	made, err := rules.Build(&one, metric.NewCatalogue(metric.All()))
	if err != nil {
		return nil, err
	}
	inputs := made.SLOs[0].Inputs
	if inputs == nil {
		return nil, fmt.Errorf("no events can be made up for %q: replay recorded data, with -data or -prometheus", o.Name)
	}
	files := backtest.Needed(ruleFiles(made), o.Name)
	courses, err := chosenCourses(o, opts)
	if err != nil {
		return nil, err
	}
	verdicts := make([]backtest.Verdict, len(courses))
	about := toJudge(o)
	for i, c := range courses {
		if verdicts[i], err = backtest.Try(ctx, c, backtest.CountersOf(inputs), files, about, backtestBegin()); err != nil {
			return nil, err
		}
	}
	return verdicts, nil
}

// toJudge is what a replay has to know of an objective.
func toJudge(o spec.SLO) backtest.Objective {
	return backtest.Objective{Name: o.Name, Allowed: slo.Budget(o.Objective), Period: o.Period, Burns: slo.Burns(o.BurnTiers(), o.Objective, o.Period)}
}

// ruleFiles are the contents of the rule files.
func ruleFiles(made *rules.Output) []rules.RuleFile {
	var files []rules.RuleFile
	for _, f := range made.Files {
		files = append(files, f.Make())
	}
	return files
}

// chosenCourses are the scenarios that were asked for.
func chosenCourses(o spec.SLO, opts backtestOptions) ([]backtest.Course, error) {
	all := backtest.Courses(slo.Budget(o.Objective), o.Traffic.PeakPerHour, o.Traffic.TroughPerHour, time.Duration(opts.days)*24*time.Hour)
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = c.Name
	}
	wanted := strings.FieldsFunc(opts.scenario, func(r rune) bool { return r == ',' })
	for _, w := range wanted {
		if !slices.Contains(names, w) {
			return nil, usageError{what: fmt.Sprintf("there is no scenario %q", w), hint: "there are: " + strings.Join(names, ", ")}
		}
	}
	return slices.DeleteFunc(all, func(c backtest.Course) bool { return len(wanted) > 0 && !slices.Contains(wanted, c.Name) }), nil
}

// writeTo writes a file.
func writeTo(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
