// Command rtpengine_exporter shows an RTPEngine media relay, or a fleet of them, to Prometheus. It asks RTPEngine over ng, the
// protocol of Kamailio's rtpengine module, and changes nothing there.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/rtpengine"
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
		Name:        "rtpengine_exporter",
		System:      "rtpengine",
		About:       "Shows an RTPEngine media relay to Prometheus.",
		Port:        9742,
		Address:     rtpengine.DefaultAddress,
		AddressHelp: rtpengine.AddressHelp,
		Families:    metric.RTPEngine(),
		Kit:         metric.RTPEngineKit,
		Collectors:  rtpengine.Collectors(),
		Flags:       settings.flags,
		NewTarget:   settings.target,
	}
}
