// Command sip_exporter probes SIP servers, from OPTIONS to a call with audio both ways, and shows the results to Prometheus. It
// probes what is configured and nothing else.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/sip"
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
		Name:        "sip_exporter",
		System:      "sip",
		About:       "Probes SIP servers for Prometheus.",
		Port:        9743,
		AddressHelp: sip.AddressHelp,
		Login:       true,
		Families:    metric.SIP(),
		Kit:         metric.SIPKit,
		Collectors:  sip.Collectors(),
		Flags:       settings.flags,
		Module:      sip.ReadModule,
		AlwaysOn:    sip.AlwaysOn,
		NewTarget:   settings.target,
	}
}
