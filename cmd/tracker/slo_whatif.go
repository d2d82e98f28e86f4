package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/whatif"
)

// whatIf replays an objective with another promise.
func (cl *client) whatIf(parent *kingpin.CmdClause) command {
	var name, format string
	var q whatif.Question
	clause := parent.Command("whatif", "Replay an objective over what was counted, with another promise, period or exclusion: what would be left, and who would have been woken.")
	clause.Flag("slo", "Name of the objective.").Required().StringVar(&name)
	clause.Flag("objective", "Percentage: 99.95.").StringVar(&q.Objective)
	clause.Flag("period", "28d.").StringVar(&q.Period)
	clause.Flag("min-failures", "Failures below which no alert fires.").StringVar(&q.MinFailures)
	clause.Flag("exclude", "Stretch without which is counted, FROM/TO in RFC 3339; may be given several times.").StringsVar(&q.Exclude)
	clause.Flag("days", "How far back the replay goes.").Default("30").StringVar(&q.Days)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		values := url.Values{"objective": {q.Objective}, "period": {q.Period}, "min_failures": {q.MinFailures}, "days": {q.Days}, "exclude": q.Exclude}
		var a whatif.Answer
		err := cl.first(func(u string) error {
			return cl.do(ctx, http.MethodGet, u+"/api/v1/objectives/"+url.PathEscape(name)+"/whatif?"+values.Encode(), nil, &a, 2*clientTimeout)
		})
		if err != nil {
			return err
		}
		if format == "json" {
			e := json.NewEncoder(w.stdout)
			e.SetIndent("", "  ")
			return e.Encode(a)
		}
		return printWhatIf(w, a)
	}}
}

func printWhatIf(w world, a whatif.Answer) error {
	const layout = "2006-01-02 15:04"
	fmt.Fprintf(w.stdout, "recomputed from tiles, %s to %s UTC; something was counted %.4g %% of the time\n", a.From.UTC().Format(layout), a.To.UTC().Format(layout), 100*a.Counted)
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\tPROMISE\tSPENT\tPAGES\tTICKETS")
	for _, v := range []struct {
		name string
		whatif.Variant
	}{{"as it is", a.AsIs}, {"what if", a.WhatIf}} {
		spent := budget.Reading{}
		if v.Consumed != nil {
			spent = budget.Reading{Value: *v.Consumed, Known: true}
		}
		fmt.Fprintf(t, "%s\t%s over %s, at least %d failures\t%s\t%d\t%d\n", v.name, v.Text, slo.FormatDuration(v.Period), v.MinFailures, spent.Percent(), len(v.Pages), len(v.Tickets))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, f := range append(a.WhatIf.Pages, a.WhatIf.Tickets...) {
		fmt.Fprintf(w.stdout, "%s %s from %s to %s\n", f.Labels["severity"], f.Labels["burn"], f.Start.UTC().Format(layout), f.End.UTC().Format(layout))
	}
	return nil
}
