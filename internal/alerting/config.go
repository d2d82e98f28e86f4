// Package alerting writes the configuration of Alertmanager: who is told of pages and of tickets, what is told together,
// and what is not told because something else explains it. It sends nothing and holds no credentials: keys, passwords and
// secret addresses stand in files that only Alertmanager reads.
package alerting

import (
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// Config is alertmanager.yml, as far as it is used here (https://prometheus.io/docs/alerting/latest/configuration/).
type Config struct {
	Global        Global         `yaml:"global"`
	Route         Route          `yaml:"route"`
	InhibitRules  []InhibitRule  `yaml:"inhibit_rules"`
	TimeIntervals []TimeInterval `yaml:"time_intervals,omitempty"`
	Receivers     []Receiver     `yaml:"receivers"`
}

// Global holds the defaults of all receivers.
type Global struct {
	ResolveTimeout string `yaml:"resolve_timeout"`
}

// Inputs are what the configuration follows from.
type Inputs struct {
	Alerts spec.Alerts
	// Down are the names of alerts that a node is down, which explain all others about the node.
	Down []string
	// Watchdog is the name of the alert that always fires.
	Watchdog string
	// Webhook, when not empty, is the address of a Slack-format webhook that replaces every way in which people are told; it is meant
	// for laboratories, where the address is no secret.
	Webhook string
}

// Build returns the configuration.
func Build(in Inputs) Config {
	c := Config{
		Global:        Global{ResolveTimeout: config.FormatDuration(in.Alerts.Routes.ResolveTimeout)},
		Route:         root(in),
		InhibitRules:  inhibitRules(in.Down),
		TimeIntervals: timeIntervals(in.Alerts.Mutes),
	}
	for _, r := range in.Alerts.Receivers {
		c.Receivers = append(c.Receivers, receiverOf(r, r.Name != in.Alerts.Routes.Watchdog, in.Webhook))
	}
	return c
}
