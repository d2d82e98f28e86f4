package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

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
	fmt.Fprintf(w.stdout, "recomputed from tiles, no recorded numbers: %s to %s UTC; something was counted %.4g %% of the time\n", whenText(a.From), whenText(a.To), 100*a.Counted)
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "RECOMPUTED\tPROMISE\tSPENT\tPAGES\tTICKETS\tPERIODS MET")
	for _, v := range []struct {
		name string
		whatif.Variant
	}{{"as it is", a.AsIs}, {"what if", a.WhatIf}} {
		over := slo.FormatDuration(v.Period)
		if v.Calendar != "" {
			over = "a " + v.Calendar
		}
		fmt.Fprintf(t, "%s\t%s over %s, at least %d failures\t%s\t%d\t%d\t%s\n", v.name, v.Text, over, v.MinFailures, shareText(v.Consumed), len(v.Pages), len(v.Tickets), periodsText(v.Periods))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	sayFirings(w, "as it is", a.AsIs)
	sayFirings(w, "what if", a.WhatIf)
	return nil
}

// sayFirings lists the alerts of a variant.
func sayFirings(w world, name string, v whatif.Variant) {
	for _, f := range slices.Concat(v.Pages, v.Tickets) {
		until := "to " + whenText(f.End)
		if f.Open {
			until = "on, still fires"
		}
		fmt.Fprintf(w.stdout, "%s: %s %s from %s %s\n", name, f.Labels["severity"], f.Labels["burn"], whenText(f.Start), until)
	}
}

// periodsText says of each period whether its promise was met, the newest first.
func periodsText(all []whatif.Past) string {
	var words []string
	for _, p := range all {
		word := "missed"
		if p.Met {
			word = "met"
		}
		if p.Runs {
			word += " so far"
		}
		if p.Consumed == nil {
			word = "no events"
		} else {
			word += " (" + shareText(p.Consumed) + ")"
		}
		words = append(words, word)
	}
	return cmp.Or(strings.Join(words, ", "), "not known")
}

// shareText is a share of a budget, which may not be known.
func shareText(v *float64) string {
	if v == nil {
		return budget.Reading{}.Percent()
	}
	return budget.Reading{Value: *v, Known: true}.Percent()
}

func whenText(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
