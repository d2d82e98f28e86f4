package main

import (
	"context"
	"net/http"

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
