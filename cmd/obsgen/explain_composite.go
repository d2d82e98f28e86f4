package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/voipbin/observability/internal/rules"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// explainParts says what a composite is made of, and what it is when its parts just keep what they promise.
func explainParts(w io.Writer, o spec.SLO, all []spec.SLO) error {
	what := "every step must succeed; what fails is reckoned every five minutes as one less the product of what the steps keep,\n" +
		"  and counts by the events of " + o.SLI.Parts[0].Name
	if o.SLI.Kind == spec.Weighted {
		what = "the weighted mean of the failure ratios of its parts, for each window and for the period"
	}
	fmt.Fprintf(w, "  %s\n", what)
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	head := "  PART\tPROMISED"
	if o.SLI.Kind == spec.Weighted {
		head += "\tWEIGHT"
	}
	fmt.Fprintln(t, head)
	worst, sum := 0.0, 0.0
	for _, p := range o.SLI.Parts {
		for _, part := range all {
			if part.Name != p.Name {
				continue
			}
			line := "  " + p.Name + "\t" + slo.FormatPercent(part.Objective)
			if o.SLI.Kind == spec.Weighted {
				line += "\t" + slo.FormatPercent(p.Weight)
			}
			fmt.Fprintln(t, line)
			worst, sum = max(worst, slo.Budget(part.Objective)), sum+slo.Budget(part.Objective)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	promised, _ := rules.Promised(o, all) // the spec has all of them
	fmt.Fprintf(w, "  when each part just keeps its own, %.4g%% succeed", 100*promised)
	if o.SLI.Kind == spec.AllOf {
		fmt.Fprintf(w, "; in truth from %s to %s, as failures come one by one or together", slo.FormatPercent(1-min(1, sum)), slo.FormatPercent(1-worst))
	}
	fmt.Fprintln(w)
	return nil
}

// explainMeanTiers prints the alerts of a mean of ratios, which has no events of its own that could be counted.
func explainMeanTiers(w io.Writer, o spec.SLO) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "  TIER\tSEVERITY\tWINDOWS\tBURN RATE\tFAILURE RATIO\tBUDGET SPENT\tLASTS\tFULL OUTAGE\tTENFOLD")
	for _, b := range slo.Burns(o.BurnTiers(), o.Objective, o.Period) {
		fmt.Fprintf(t, "  %s\t%s\t%s, %s\t%s\t%s\t%s\t%s\t%s\t%s\n", b.Name, b.Severity, slo.FormatDuration(b.Long), slo.FormatDuration(b.Short),
			slo.FormatNumber(b.Factor), slo.FormatPercent(b.Threshold), slo.FormatPercent(b.ShareAtAlert(o.Period)),
			slo.FormatDuration(slo.Exhaustion(o.Period, b.Factor).Round(time.Minute)), detected(b, 1), detected(b, min(1, 10*slo.Budget(o.Objective))))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	explainPolicy(w, o)
	return nil
}
