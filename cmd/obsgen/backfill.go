package main

import (
	"context"
	"flag"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/backfill"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
)

// backfillOptions are the flags of backfill.
type backfillOptions struct {
	specDir, slo, server, dataDir, promtool string
	from, to                                time.Time
	level                                   int
	within                                  time.Duration
	dry                                     bool
}

func (o *backfillOptions) register(flags *flag.FlagSet) {
	flags.StringVar(&o.specDir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&o.slo, "slo", "", "`name` of the objective; may come first, without the flag")
	flags.StringVar(&o.server, "prometheus", "http://localhost:9090", "`server` that has the data")
	flags.Func("from", "begin of what is filled, as 2026-01-31T22:00:00Z", moment(&o.from))
	flags.Func("to", "end of what is filled: when the rules were loaded, at least three hours ago", moment(&o.to))
	flags.StringVar(&o.dataDir, "data-dir", "", "`folder` in which the server keeps its data (--storage.tsdb.path)")
	flags.StringVar(&o.promtool, "promtool", "promtool", "`program` that evaluates and writes")
	flags.IntVar(&o.level, "level", 1, "`number` of the level to begin with, after a run that was cut short")
	flags.DurationVar(&o.within, "load-within", 10*time.Minute, "how `long` the server may take to load what is written")
	flags.BoolVar(&o.dry, "dry-run", false, "print what would be done, in its order, and do nothing")
}

// backfillRecords gives a new objective a past.
func backfillRecords(ctx context.Context, p *program, args []string) error {
	o := backfillOptions{}
	flags := flag.NewFlagSet("backfill", flag.ContinueOnError)
	o.register(flags)
	if len(args) > 0 && args[0] != "" && args[0][0] != '-' {
		o.slo, args = args[0], args[1:]
	}
	about := "Computes the records of an objective for a time before its rules were loaded, so that its budget is known from the first day.\n" +
		"Records read each other: level after level is evaluated by promtool, written as blocks into the server's own folder, and\n" +
		"loaded by the server, which looks for blocks once a minute. A month takes about a quarter of an hour."
	if err := p.parse(flags, about, args); err != nil {
		return err
	}
	if err := o.judge(p.now()); err != nil {
		return err
	}
	return p.backfill(ctx, o)
}

// judge says what of the command line makes no sense.
func (o *backfillOptions) judge(now time.Time) error {
	const example = "obsgen backfill call_setup -prometheus http://localhost:9090 -from 2026-01-01T00:00:00Z -to 2026-01-31T00:00:00Z -data-dir /var/lib/prometheus"
	switch {
	case o.slo == "":
		return usageError{what: "backfill: which objective?", hint: example}
	case o.from.IsZero() || o.to.IsZero() || !o.from.Before(o.to):
		return usageError{what: "backfill: -from and -to are needed, in this order", hint: example}
	case o.to.After(now.Add(-backfill.Young)):
		return usageError{what: "backfill: -to is less than three hours ago", hint: "what is younger is still in the server's memory, which takes no blocks: the rules themselves have it soon"}
	case o.dataDir == "" && !o.dry:
		return usageError{what: "backfill: -data-dir is needed", hint: "the folder in which the server keeps its data; the server loads what is written there"}
	}
	return nil
}

// backfill plans, and fills unless it is asked for the plan alone.
func (p *program) backfill(ctx context.Context, o backfillOptions) error {
	s, err := p.load(o.specDir, "")
	if err != nil {
		return err
	}
	if s.Grouping(o.slo) != nil {
		return usageError{what: fmt.Sprintf("backfill: %q stands for several objectives", o.slo), hint: "one at a time: " + strings.Join(s.Called(o.slo), ", ")}
	}
	if _, ok := s.Objective(o.slo); !ok {
		return noSuchObjective(s, o.slo)
	}
	if kept := s.Platform.Prometheus.Retention; kept > 0 && p.now().Sub(o.from) > kept {
		return usageError{
			what: fmt.Sprintf("backfill: -from is longer ago than Prometheus keeps data (%s)", slo.FormatDuration(kept)),
			hint: "the server would delete what is written for so long ago",
		}
	}
	made, err := rules.Build(s, metric.NewCatalogue(metric.All()))
	if err != nil {
		return err
	}
	client, err := promapi.New(o.server)
	if err != nil {
		return err
	}
	plan, err := backfill.Plan(ctx, ruleFiles(made), o.slo, func(ctx context.Context, series rules.Series) (bool, error) {
		return backfill.Has(ctx, client, series, o.from, o.to)
	})
	if err != nil {
		return err
	}
	if o.level < 1 || o.level > len(plan) {
		return usageError{what: fmt.Sprintf("backfill: there is no level %d", o.level), hint: fmt.Sprintf("from 1 to %d", len(plan))}
	}
	if o.dry {
		p.printPlan(plan, o.level)
		return nil
	}
	return p.fill(ctx, o, client, plan)
}

// printPlan prints the records of each level.
func (p *program) printPlan(plan []backfill.Level, first int) {
	for i, level := range plan[first-1:] {
		fmt.Fprintf(p.stdout, "level %d\n", first+i)
		for _, s := range level.Made() {
			fmt.Fprintf(p.stdout, "  %s\n", s)
		}
	}
}

// fill runs a plan.
func (p *program) fill(ctx context.Context, o backfillOptions, client *promapi.Client, plan []backfill.Level) error {
	tool, err := exec.LookPath(o.promtool)
	if err != nil {
		return usageError{what: fmt.Sprintf("backfill: %q was not found", o.promtool), hint: "name the program with -promtool; it comes with Prometheus"}
	}
	job := backfill.Job{
		Server: client, URL: o.server, DataDir: o.dataDir, Promtool: tool, From: o.from, To: o.to, LoadWithin: o.within,
		Say: func(line string) { fmt.Fprintln(p.stderr, line) },
	}
	var made []rules.Series
	if o.level == 1 { // what was cut short has made some already, and makes the same again
		for _, l := range plan {
			made = append(made, l.Made()...)
		}
	}
	if err := job.Check(ctx, made); err != nil {
		return err
	}
	if err := job.Run(ctx, plan[o.level-1:], o.level, len(plan)); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "filled %s from %s to %s\n", o.slo, o.from.Format(time.RFC3339), o.to.Format(time.RFC3339))
	return nil
}
