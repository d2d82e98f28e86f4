// Command asterisk_exporter shows an Asterisk, or a fleet of them, to Prometheus. It listens to the manager interface (AMI) and asks it, and
// changes nothing there.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/asterisk"
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
		Name:        "asterisk_exporter",
		System:      "asterisk",
		About:       "Shows an Asterisk to Prometheus.",
		Port:        9815,
		Address:     asterisk.DefaultAddress,
		AddressHelp: asterisk.AddressHelp,
		Login:       true,
		Families:    metric.Asterisk(),
		Kit:         metric.AsteriskKit,
		Collectors:  asterisk.Collectors(),
		Flags:       settings.flags,
		NewTarget:   settings.target,
	}
}
