package main

import (
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/sip"
)

// settings are the values of the flags that only this exporter has. They say how the one target of --sip.address is probed; in
// a configuration file the modules do.
type settings struct{ method, transport, call string }

func (s *settings) flags(app *kingpin.Application) {
	app.Flag("sip.method", "How to probe --sip.address: options, register, or invite, which calls --sip.call and wants audio back.").
		Default("options").EnumVar(&s.method, "options", "register", "invite")
	app.Flag("sip.transport", "Transport to --sip.address: udp, tcp, tls, wss, or auto, which asks the DNS and else takes udp.").
		Default("auto").EnumVar(&s.transport, "auto", "udp", "tcp", "tls", "wss")
	app.Flag("sip.call", "Extension of an echo, for --sip.method=invite.").StringVar(&s.call)
}

func (s *settings) target(c exporter.TargetConfig) (*exporter.Target, error) {
	return sip.NewTarget(sip.Options{
		Name: c.Name, Address: c.Address, Account: c.Credentials, Collectors: c.Collectors, Timeout: c.Timeout, Logger: c.Logger, Now: c.Now,
		Module: sip.ModuleOf(c, strings.ToUpper(s.method), strings.TrimPrefix(s.transport, "auto"), s.call),
	})
}
