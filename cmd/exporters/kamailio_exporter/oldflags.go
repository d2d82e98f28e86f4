package main

import (
	"errors"

	"github.com/alecthomas/kingpin/v2"
)

// oldExporter is how --compat.names calls the exporter that this one can replace.
const oldExporter = "kamailio_exporter-1"

// deprecation is a flag of the old exporter that was given.
type deprecation struct{ flag, instead string }

// oldFlags accepts the command line of kamailio_exporter 1.x: -l, -u, -m and -t and the long forms. Who gives one of the
// last three has queries for its names, so they switch these on.
func (s *settings) oldFlags(app *kingpin.Application) {
	app.GetFlag("web.listen-address").Short('l')
	for _, old := range []struct {
		name    string
		short   rune
		instead string
	}{
		{"kamailio.scrape-uri", 'u', "kamailio.address"},
		{"kamailio.methods", 'm', "compat.methods"},
		{"kamailio.timeout", 't', "web.max-scrape-timeout"},
	} {
		value := app.GetFlag(old.instead).Model().Value
		app.Flag(old.name, "Old form of --"+old.instead+".").Short(old.short).Hidden().PlaceHolder("VALUE").
			PreAction(func(*kingpin.ParseContext) error { return s.noFleet(app, old.name) }).
			SetValue(once{func(v string) error {
				s.deprecated = append(s.deprecated, deprecation{"--" + old.name, "--" + old.instead})
				if err := switchCompatOn(app); err != nil {
					return err
				}
				return value.Set(v)
			}})
	}
}

// noFleet refuses the old exporter's address beside a list of them.
func (s *settings) noFleet(app *kingpin.Application, flag string) error {
	if flag == "kamailio.scrape-uri" && app.GetFlag("config.file").Model().Value.String() != "" {
		return errors.New("--config.file and --" + flag + " exclude each other: name the address in the file")
	}
	return nil
}

// switchCompatOn is --collector.compat by another name.
func switchCompatOn(app *kingpin.Application) error {
	return app.GetFlag("collector.compat").Model().Value.Set("true")
}
