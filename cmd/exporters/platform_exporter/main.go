// Command platform_exporter shows what nobody else exports of the platform around the telephony to Prometheus: what becomes of RabbitMQ's
// policies, which classes of keys fill a Redis, how old backups are, and what was deployed when. It changes nothing on any server.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/platform"
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
	receiver := platform.NewReceiver()
	return exporter.Program{
		Name:        "platform_exporter",
		System:      "platform",
		About:       "Shows RabbitMQ's policies, Redis' classes of keys, backups and deployments to Prometheus.",
		Port:        9744,
		AddressHelp: platform.AddressHelp,
		Login:       true,
		Families:    metric.Platform(),
		Kit:         metric.PlatformKit,
		Collectors:  platform.Collectors(),
		Module:      platform.ReadModule,
		AlwaysOn:    func(c exporter.TargetConfig) bool { return platform.AlwaysOn(c.Address) },
		Handlers:    map[string]http.Handler{"POST /deploys": receiver},
		NewTarget: func(c exporter.TargetConfig) (*exporter.Target, error) {
			return platform.NewTarget(platform.Options{
				Name: c.Name, Address: c.Address, Credentials: c.Credentials, Collectors: c.Collectors, Module: platform.ModuleOf(c),
				Receiver: receiver, Logger: c.Logger, Now: c.Now,
			})
		},
	}
}
