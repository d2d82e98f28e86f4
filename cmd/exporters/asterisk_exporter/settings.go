package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kingpin/v2"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/asterisk"
)

// settings are the values of the flags that only this exporter has. They hold for all targets.
type settings struct {
	plain        bool
	caFile       string
	serverName   string
	skipVerify   bool
	modules      string
	ari          string
	credentials  exporter.Credentials
	applications string
}

func (s *settings) flags(app *kingpin.Application) {
	app.Flag("asterisk.plain-login", "Send the password as it is instead of its MD5 digest with a challenge; for an Asterisk that has no MD5.").
		BoolVar(&s.plain)
	app.Flag("asterisk.tls-ca-file", "PEM file with the authorities that are believed for tls addresses and ARI over https, instead of the system's.").
		PlaceHolder("FILE").StringVar(&s.caFile)
	app.Flag("asterisk.tls-server-name", "Name that the certificate has to have, instead of the address' host.").
		PlaceHolder("NAME").StringVar(&s.serverName)
	app.Flag("asterisk.tls-insecure-skip-verify", "Believe any certificate: whoever is on the way can then read and log in.").
		BoolVar(&s.skipVerify)
	app.Flag("asterisk.required-modules", "Modules, with commas between, whose presence collector modules shows, such as res_pjsip,app_queue.").
		PlaceHolder("NAMES").StringVar(&s.modules)
	app.Flag("asterisk.ari", "Address of the REST interface for collector stasis, such as http://{host}:8088/ari; {host} stands for the host of the manager interface.").
		PlaceHolder("URL").StringVar(&s.ari)
	app.Flag("asterisk.ari-username", "User of the REST interface, if it is not that of the manager interface.").
		PlaceHolder("USER").StringVar(&s.credentials.Username)
	app.Flag("asterisk.ari-password-file", "File whose first line is the password of that user.").
		PlaceHolder("FILE").StringVar(&s.credentials.PasswordFile)
	app.Flag("asterisk.stasis-applications", "Stasis applications, with commas between, that ought to be there: collector stasis shows 0 for one that is not.").
		PlaceHolder("NAMES").StringVar(&s.applications)
}

func (s *settings) target(c exporter.TargetConfig) (*exporter.Target, error) {
	config, err := s.tls()
	if err != nil {
		return nil, err
	}
	return asterisk.NewTarget(asterisk.Options{
		Address: c.Address, Credentials: c.Credentials, Collectors: c.Collectors, PlainLogin: s.plain, TLS: config,
		RequiredModules: names(s.modules), ARI: s.ari, ARICredentials: s.credentials, Applications: names(s.applications),
		Logger: c.Logger.With("target", c.Name), Now: c.Now,
	})
}

// tls makes the TLS configuration; nil is the usual one.
func (s *settings) tls() (*tls.Config, error) {
	if s.caFile == "" && s.serverName == "" && !s.skipVerify {
		return nil, nil // the zero value of the option
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.serverName, InsecureSkipVerify: s.skipVerify}
	if s.caFile == "" {
		return config, nil
	}
	text, err := os.ReadFile(s.caFile)
	if err != nil {
		return nil, fmt.Errorf("--asterisk.tls-ca-file: %w", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("--asterisk.tls-ca-file: %q holds no certificate in PEM form", s.caFile)
	}
	return config, nil
}

// names takes a list apart; an empty one has no names.
func names(list string) []string {
	if list == "" {
		return nil
	}
	parts := strings.Split(list, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}
