package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
)

// sloCommands show error budgets in a terminal, and stop a deployment when there is none left.
func sloCommands(app *kingpin.Application) []command {
	s := app.Command("slo", "Error budgets, as a tracker that runs follows them.")
	cl := &client{}
	cl.flags(s, "Address of a tracker; of several the first that answers is asked.")
	return append([]command{cl.budgets(s), cl.gate(s), cl.report(s), cl.whatIf(s)}, cl.maintenanceCommands(s)...)
}

// chosen are the objectives that a command is about; all where nothing is chosen.
type chosen struct {
	names, owners, tiers, services []string
}

func (c *chosen) flags(clause *kingpin.CmdClause) {
	clause.Flag("slo", "Name of an objective; may be given several times.").StringsVar(&c.names)
	clause.Flag("owner", "Objectives of an owner; may be given several times.").StringsVar(&c.owners)
	clause.Flag("tier", "Objectives of a tier of the platform; may be given several times.").StringsVar(&c.tiers)
	clause.Flag("service", "Objectives that a release of a service can hurt: those of its tier, and journeys through them; may be given several times.").StringsVar(&c.services)
}

// of returns the chosen objectives; an error where a name is none, so that a misspelt gate does not stand open.
func (c *chosen) of(s budget.Snapshot) ([]budget.Objective, error) {
	var found []budget.Objective
	for _, o := range s.Objectives {
		if fits(c.names, o.Name) && fits(c.owners, o.Owner) && fits(c.tiers, o.Tier) && c.serves(s, o) {
			found = append(found, o)
		}
	}
	for _, name := range c.names {
		if !slices.ContainsFunc(s.Objectives, func(o budget.Objective) bool { return o.Name == name }) {
			return nil, fmt.Errorf("there is no objective %q: \"tracker slo list\" has their names", name)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no objective is chosen by this: \"tracker slo list\" has owners and tiers")
	}
	return found, nil
}

// serves tells whether an objective is one of the chosen services, or made of one of theirs.
func (c *chosen) serves(s budget.Snapshot, o budget.Objective) bool {
	return fits(c.services, o.Tier) || slices.ContainsFunc(s.Objectives, func(p budget.Objective) bool {
		return slices.Contains(o.Parts, p.Name) && fits(c.services, p.Tier)
	})
}

func fits(wanted []string, have string) bool {
	return len(wanted) == 0 || slices.Contains(wanted, have)
}

// snapshot asks for all objectives.
func (cl *client) snapshot(ctx context.Context) (budget.Snapshot, error) {
	var s budget.Snapshot
	err := cl.first(func(url string) error {
		return cl.do(ctx, http.MethodGet, url+"/api/v1/objectives", nil, &s, clientTimeout)
	})
	return s, err
}

func (cl *client) budgets(parent *kingpin.CmdClause) command {
	var c chosen
	var format string
	clause := parent.Command("list", "How objectives stand, the worst first.")
	c.flags(clause)
	clause.Flag("format", "text or json.").Default("text").EnumVar(&format, "text", "json")
	return command{clause, func(ctx context.Context, w world) error {
		s, err := cl.snapshot(ctx)
		if err != nil {
			return err
		}
		list, err := c.of(s)
		if err != nil {
			return err
		}
		slices.SortStableFunc(list, func(a, b budget.Objective) int { return a.State.Rank() - b.State.Rank() })
		if format == "json" {
			s.Objectives = list
			e := json.NewEncoder(w.stdout)
			e.SetIndent("", "  ")
			return e.Encode(s)
		}
		if s.Problem != "" {
			fmt.Fprintf(w.stderr, "objectives are not known since %s: %s\n", s.Read.UTC().Format("2006-01-02 15:04:05 UTC"), s.Problem)
		}
		return printBudgets(w, list)
	}}
}

func printBudgets(w world, list []budget.Objective) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OBJECTIVE\tSTATE\tPROMISED\tACHIEVED\tBUDGET LEFT\tBURN 1H\tOWNER\tTIER")
	for _, o := range list {
		fmt.Fprintf(t, "%s\t%s\t%s over %s\t%s\t%s\t%s\t%s\t%s\n", o.Name, o.State, o.Text, o.Span(), o.SLI.Percent(), o.Remaining.Percent(), o.Burn["1h"].Text(), o.Owner, o.Tier)
	}
	return t.Flush()
}

// gate fails where a budget is spent, or nobody knows: for a deployment, not to know is no permission.
func (cl *client) gate(parent *kingpin.CmdClause) command {
	var c chosen
	var unknown bool
	var consumed float64
	clause := parent.Command("gate", "Exit 1 where the policy of a chosen objective freezes releases, or its budget is spent or not known: for use before a deployment.")
	c.flags(clause)
	clause.Flag("consumed", "Share of the budget from which nothing is deployed; 1 is all of it.").Default("1").Float64Var(&consumed)
	clause.Flag("allow-unknown", "Let pass what is not known.").BoolVar(&unknown)
	return command{clause, func(ctx context.Context, w world) error {
		s, err := cl.snapshot(ctx)
		if err != nil {
			return err
		}
		list, err := c.of(s)
		if err != nil {
			return err
		}
		var closed []string
		for _, o := range list {
			switch {
			case o.InForce != nil && o.InForce.Step.Freeze:
				closed = append(closed, fmt.Sprintf("%s: the policy freezes releases since %s, at %.4g %% consumed: %s", o.Name, o.InForce.At.Format("2006-01-02 15:04 UTC"), 100*o.InForce.Consumed, o.InForce.Step.Action))
			case !o.Consumed.Known && !unknown:
				closed = append(closed, fmt.Sprintf("%s: its budget is not known (%s)", o.Name, o.State))
			case o.Consumed.Known && o.Consumed.Value >= consumed:
				closed = append(closed, strings.TrimSuffix(fmt.Sprintf("%s: %s of its budget is consumed: %s", o.Name, o.Consumed.Percent(), o.Policy), ": "))
			}
		}
		if len(closed) == 0 {
			fmt.Fprintf(w.stdout, "open: %d objectives have budget left\n", len(list))
			return nil
		}
		for _, line := range closed {
			fmt.Fprintln(w.stderr, line)
		}
		return errReported
	}}
}
