package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/web"
)

// sloCommands show error budgets in a terminal, and stop a deployment when there is none left.
func sloCommands(app *kingpin.Application) []command {
	s := app.Command("slo", "Error budgets, as a tracker that runs follows them.")
	cl := &client{}
	cl.flags(s, "Address of a tracker; of several the first that answers is asked.")
	return append([]command{cl.budgets(s), cl.show(s), cl.gate(s), cl.report(s), cl.whatIf(s)}, cl.maintenanceCommands(s)...)
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
			why := o.Freeze()
			switch {
			case why != "":
			case !o.Consumed.Known && !unknown:
				why = fmt.Sprintf("its budget is not known (%s)", o.State)
			case o.Consumed.Known && o.Consumed.Value >= consumed:
				why = strings.TrimSuffix(fmt.Sprintf("%s of its budget is consumed: %s", o.Consumed.Percent(), o.Policy), ": ")
			case o.Missing != "" && !unknown:
				why = "what happens now is not known: " + o.Missing
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
