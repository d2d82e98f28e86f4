package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// explain says what objectives mean in numbers.
func explain(ctx context.Context, p *program, args []string) error {
	var dir, name string
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.StringVar(&dir, "spec", "spec", "`folder` that describes the platform")
	flags.StringVar(&name, "slo", "", "`name` of the objective; all when empty")
	about := "Says what each objective allows, what its alerts need to fire, and how fast they do, at the expected traffic."
	wanted, err := p.parseOperands(flags, about, "[SLO...]", args)
	if err != nil {
		return err
	}
	if name != "" {
		wanted = append(wanted, name)
	}
	s, err := p.load(dir, "")
	if err != nil {
		return err
	}
	chosen := s.SLOs
	if len(wanted) > 0 {
		chosen = nil
	}
	for _, name := range wanted {
		called := slices.DeleteFunc(slices.Clone(s.SLOs), func(o spec.SLO) bool { return !o.Called(name) })
		if len(called) == 0 {
			return noSuchObjective(s, name)
		}
		chosen = append(chosen, called...)
	}
	told := map[*spec.Grouping]bool{}
	for i, o := range chosen {
		if i > 0 {
			fmt.Fprintln(p.stdout)
		}
		if g := o.Group.Of; g != nil && !told[g] {
			told[g] = true
			explainGroups(p.stdout, g, s.Called(g.Name))
		}
		if err := explainOne(p.stdout, o, s.SLOs); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// explainGroups says which objectives a grouping stands for.
func explainGroups(w io.Writer, g *spec.Grouping, names []string) {
	fmt.Fprintf(w, "%s (%s, owner %s) has an objective for each listed %s: %s\n", g.Name, g.Title, g.Owner, g.Label, strings.Join(names, ", "))
	fmt.Fprintf(w, "  events of any other %s count for none of them, and %s tells of them\n\n", g.Label, rules.UnlistedAlert(g))
}

// explainOne prints one objective of all.
func explainOne(w io.Writer, o spec.SLO, all []spec.SLO) error {
	allowed := slo.Budget(o.Objective)
	period := slo.FormatDuration(o.Period)
	if o.Calendar != spec.Rolling {
		period = "a " + string(o.Calendar)
		if o.TimeZone != "" {
			period += " in " + o.TimeZone
		}
	}
	fmt.Fprintf(w, "%s (%s, owner %s)\n", o.Name, o.Title, o.Owner)
	fmt.Fprintf(w, "  %s of events must succeed over %s: %s may fail\n", slo.FormatPercent(o.Objective), period, slo.FormatPercent(allowed))
	if o.SLI.Composite() {
		if err := explainParts(w, o, all); err != nil {
			return err
		}
	}
	if o.SLI.Kind == spec.Weighted {
		return explainMeanTiers(w, o)
	}
	low, high := o.Traffic.TroughPerHour*o.Period.Hours(), o.Traffic.PeakPerHour*o.Period.Hours()
	fmt.Fprintf(w, "  at the expected traffic that is %.0f to %.0f failures, or %s of a full outage\n", low*allowed, high*allowed,
		time.Duration(float64(o.Period)*allowed).Round(time.Second))
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  TIER\tSEVERITY\tWINDOWS\tBURN RATE\tFAILURE RATIO\tBUDGET SPENT\tLASTS\tFULL OUTAGE\tTENFOLD\tFAILURES AT TROUGH\tAT PEAK")
	for _, b := range slo.Burns(o.BurnTiers(), o.Objective, o.Period) {
		fmt.Fprintf(t, "  %s\t%s\t%s, %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", b.Name, b.Severity, slo.FormatDuration(b.Long), slo.FormatDuration(b.Short),
			slo.FormatNumber(b.Factor), slo.FormatPercent(b.Threshold), slo.FormatPercent(b.ShareAtAlert(o.Period)), slo.FormatDuration(slo.Exhaustion(o.Period, b.Factor).Round(time.Minute)),
			detected(b, 1), detected(b, min(1, 10*allowed)), needed(b, o, o.Traffic.TroughPerHour), needed(b, o, o.Traffic.PeakPerHour))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	explainPolicy(w, o)
	return nil
}

func explainPolicy(w io.Writer, o spec.SLO) {
	for _, step := range o.Policy {
		fmt.Fprintf(w, "  from %s of the budget on: %s\n", slo.FormatPercent(step.Consumed), strings.TrimSuffix(step.Action, "."))
	}
}

// detected is how long a steady failure ratio takes to alert.
func detected(b slo.Burn, ratio float64) string {
	d, ok := b.TimeToDetect(ratio)
	if !ok {
		return "never"
	}
	return d.Round(time.Second).String()
}

// needed is how many failures in the long window alert.
func needed(b slo.Burn, o spec.SLO, perHour float64) string {
	n, ok := b.FailuresToFire(perHour, o.MinFailures)
	if !ok {
		return "never"
	}
	return fmt.Sprint(n)
}
