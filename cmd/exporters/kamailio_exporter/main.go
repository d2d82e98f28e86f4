// Command kamailio_exporter shows a Kamailio SIP proxy, or a fleet of them, to Prometheus. It asks Kamailio over BINRPC,
// the protocol of kamcmd, and changes nothing there.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/kamailio"
	"github.com/voipbin/observability/internal/metric"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr, hangup)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, hangup <-chan os.Signal) int {
	return exporter.Run(ctx, program(), exporter.Process{
		Args: args, Stdout: stdout, Stderr: stderr, Hangup: hangup, Now: time.Now,
	})
}

func program() exporter.Program {
	settings := new(settings)
	return exporter.Program{
		Name:        "kamailio_exporter",
		System:      "kamailio",
		About:       "Shows a Kamailio SIP proxy to Prometheus.",
		Port:        9494,
		Address:     kamailio.DefaultAddress,
		AddressHelp: kamailio.AddressHelp,
		Families:    metric.Kamailio(),
		Kit:         metric.KamailioKit,
		Collectors:  kamailio.Collectors(),
		Flags: func(app *kingpin.Application) {
			settings.flags(app)
			settings.oldFlags(app)
		},
		NewTarget: settings.target,
	}
}
