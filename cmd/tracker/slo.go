package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/budget"
	"github.com/voipbin/observability/internal/web"
)

// sloCommands show error budgets in a terminal, and stop a deployment when there is none left.
func sloCommands(app *kingpin.Application) []command {
	s := app.Command("slo", "Error budgets, as a tracker that runs follows them.")
	cl := &client{}
	cl.flags(s, "Address of a tracker; of several the first that answers is asked.")
	return append([]command{cl.budgets(s), cl.show(s), cl.gate(s), cl.report(s), cl.whatIf(s)}, cl.maintenanceCommands(s)...)
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

// find returns what is chosen of budgets and of recovery; an error where a name is none, so that a misspelt gate does not stand open.
func (c *chosen) find(s web.Objectives) (web.Objectives, error) {
	found := s
	found.Objectives, found.Recovery = nil, nil
	for _, o := range s.Objectives {
		if fits(c.names, o.Name) && fits(c.owners, o.Owner) && fits(c.tiers, o.Tier) && c.serves(s.Snapshot, o) {
			found.Objectives = append(found.Objectives, o)
		}
	}
	for _, p := range s.Recovery {
		if fits(c.names, p.Name) && fits(c.owners, p.Owner) && fits(c.tiers, p.Tier) && len(c.services) == 0 {
			found.Recovery = append(found.Recovery, p)
		}
	}
	for _, name := range c.names {
		if !slices.ContainsFunc(web.Lines(s), func(l web.Line) bool { return l.Name == name }) {
			return found, fmt.Errorf("there is no objective %q: \"tracker slo list\" has their names", name)
		}
	}
	if len(found.Objectives)+len(found.Recovery) == 0 {
		return found, errors.New("no objective is chosen by this: \"tracker slo list\" has owners and tiers")
	}
	return found, nil
}

// of returns the chosen objectives that have an error budget.
func (c *chosen) of(s web.Objectives) ([]budget.Objective, error) {
	found, err := c.find(s)
	if err != nil {
		return nil, err
	}
	for _, p := range found.Recovery {
		if slices.Contains(c.names, p.Name) {
			return nil, fmt.Errorf("%q has no error budget: choose another", p.Name)
		}
	}
	if len(found.Objectives) == 0 {
		return nil, errors.New("no objective that has an error budget is chosen by this: \"tracker slo list\" has owners and tiers")
	}
	return found.Objectives, nil
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
func (cl *client) snapshot(ctx context.Context) (web.Objectives, error) {
	var s web.Objectives
	err := cl.first(func(url string) error {
		return cl.do(ctx, http.MethodGet, url+"/api/v1/objectives", nil, &s, clientTimeout)
	})
	return s, err
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
			why := ""
			switch {
			case o.InForce != nil && o.InForce.Step.Freeze:
				why = fmt.Sprintf("the policy freezes releases since %s, at %.4g %% consumed: %s", o.InForce.At.Format("2006-01-02 15:04 UTC"), 100*o.InForce.Consumed, o.InForce.Step.Action)
			case !o.Consumed.Known && !unknown:
				why = fmt.Sprintf("its budget is not known (%s)", o.State)
			case o.Consumed.Known && o.Consumed.Value >= consumed:
				why = strings.TrimSuffix(fmt.Sprintf("%s of its budget is consumed: %s", o.Consumed.Percent(), o.Policy), ": ")
			}
			if why != "" {
				closed = append(closed, w.paint(w.stderr, "bad", o.Name)+": "+why)
			}
		}
		if len(closed) == 0 {
			fmt.Fprintf(w.stdout, "%s: %d objectives have budget left\n", w.paint(w.stdout, "good", "open"), len(list))
			return nil
		}
		for _, line := range closed {
			fmt.Fprintln(w.stderr, line)
		}
		return errReported
	}}
}
