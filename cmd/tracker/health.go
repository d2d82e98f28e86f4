package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/httpserver"
)

// healthCommand is the health check of a container, which has no other program that could ask.
func healthCommand(app *kingpin.Application) []command {
	c := app.Command("health", "Ask the tracker that listens on this machine whether it is well: the health check of a container.")
	var address string
	c.Flag("web.listen-address", "Where it listens.").Default(":9745").StringVar(&address)
	return []command{{c, func(ctx context.Context, _ world) error { return httpserver.CheckHealth(ctx, address) }}}
}
