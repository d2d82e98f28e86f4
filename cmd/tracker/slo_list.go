package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/web"
)

// budgets is the page's table in a terminal.
func (cl *client) budgets(parent *kingpin.CmdClause) command {
	var c chosen
	var format string
	clause := parent.Command("list", "How objectives stand, of budgets and of recovery, the worst first.")
	c.flags(clause)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		s, err := cl.snapshot(ctx)
		if err != nil {
			return err
		}
		found, err := c.find(s)
		if err != nil {
			return err
		}
		if format == "json" {
			return w.json(found)
		}
		w.sayProblem(s.Snapshot)
		return printLines(w, web.Lines(found))
	}}
}

func (w world) json(v any) error {
	e := json.NewEncoder(w.stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// sayProblem says since when budgets are not known.
func (w world) sayProblem(s budget.Snapshot) {
	switch {
	case s.Problem == "":
	case s.Read.IsZero():
		fmt.Fprintf(w.stderr, "objectives are not known, and were never read: %s\n", s.Problem)
	default:
		fmt.Fprintf(w.stderr, "objectives are not known since %s: %s\n", s.Read.UTC().Format("2006-01-02 15:04:05 UTC"), s.Problem)
	}
}

func printLines(w world, lines []web.Line) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "OBJECTIVE\t%s\tPROMISED\tACHIEVED\tBUDGET LEFT\tTHAT IS\tBURN 1H\tSPENT\tOWNER\tTIER\n", w.paint(w.stdout, "", "STATE"))
	for _, l := range lines {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Name, w.paint(w.stdout, l.Colour, stateOf(l)), l.Promised, l.Achieved, leftOf(l), amountOf(l), l.Burn, l.Ahead, l.Owner, l.Tier)
	}
	return t.Flush()
}

func stateOf(l web.Line) string {
	state := string(l.State)
	if l.Before != "" {
		state += ", numbers of before " + l.Before
	}
	if l.Maintenance {
		state += ", maintenance"
	}
	return state
}

func leftOf(l web.Line) string {
	if l.Corrected != "" {
		return l.Left + ", " + l.Corrected + " corrected"
	}
	return l.Left
}

func amountOf(l web.Line) string {
	if l.Minutes != "" {
		return l.Amount + ", " + l.Minutes
	}
	return l.Amount
}

// show is one objective with what its numbers rest on.
func (cl *client) show(parent *kingpin.CmdClause) command {
	var name, format string
	clause := parent.Command("show", "One objective: what is left, how fast it goes in each window, what fires, what its policy demands.")
	clause.Arg("objective", "Its name.").Required().StringVar(&name)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		s, err := cl.snapshot(ctx)
		if err != nil {
			return err
		}
		found, err := (&chosen{names: []string{name}}).find(s)
		if err != nil {
			return err
		}
		if len(found.Objectives) > 1 {
			return fmt.Errorf("%q is a grouping: show one of its %d objectives, as \"tracker slo list --slo=%s\" names them", name, len(found.Objectives), name)
		}
		if format == "json" {
			if len(found.Recovery) > 0 {
				return w.json(found.Recovery[0])
			}
			return w.json(found.Objectives[0])
		}
		w.sayProblem(s.Snapshot)
		return printOne(w, found)
	}}
}

func printOne(w world, found web.Objectives) error {
	l := web.Lines(found)[0]
	fmt.Fprintf(w.stdout, "%s: %s\n", l.Name, l.Title)
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) { fmt.Fprintf(t, "  %s\t%s\n", name, value) }
	row("state", w.paint(w.stdout, l.Colour, stateOf(l)))
	row("promised", l.Promised)
	row("owner", l.Owner+", tier "+l.Tier)
	row("achieved", l.Achieved)
	row("budget left", leftOf(l))
	row("that is", amountOf(l))
	row("spent", l.Ahead)
	if len(found.Objectives) == 0 {
		return t.Flush()
	}
	o := found.Objectives[0]
	if o.Missing != "" {
		row("not known", o.Missing)
	}
	for _, b := range o.Burns {
		row("burn "+b.Long, fmt.Sprintf("%s, and %s in %s: %s %s above %.4g in both", o.Burn[b.Long].Text(), o.Burn[b.Short].Text(), b.Short, b.Severity, b.Tier, b.Factor))
	}
	var firing []string
	for _, a := range o.Alerts {
		firing = append(firing, strings.TrimSpace(a.Severity+" "+a.Name+" "+a.Burn))
	}
	row("fires", cmp.Or(strings.Join(firing, ", "), "nothing"))
	policy := cmp.Or(o.Policy, "nothing")
	if o.InForce != nil {
		policy = fmt.Sprintf("%s, since %s at %.4g %% consumed", o.InForce.Step.Action, o.InForce.At.UTC().Format("2006-01-02 15:04 UTC"), 100*o.InForce.Consumed)
	}
	row("policy", policy)
	row("promised in", cmp.Or(o.Spec, "not known"))
	row("runbook", cmp.Or(o.Links.Runbook, "not known"))
	row("board", cmp.Or(o.Links.Board, "none"))
	row("record", cmp.Or(o.Links.Query, "not known"))
	return t.Flush()
}
