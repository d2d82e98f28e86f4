// Package alerting writes the configuration of Alertmanager: who is told of pages and of tickets, what is told together,
// and what is not told because something else explains it. It sends nothing and holds no credentials: the address of a
// webhook stands in a file that only Alertmanager reads.
package alerting

import (
	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// Config is alertmanager.yml, as far as it is used here (https://prometheus.io/docs/alerting/latest/configuration/).
type Config struct {
	Global       Global        `yaml:"global"`
	Route        Route         `yaml:"route"`
	InhibitRules []InhibitRule `yaml:"inhibit_rules"`
	Receivers    []Receiver    `yaml:"receivers"`
}

// Global holds the defaults of all receivers.
type Global struct {
	ResolveTimeout string `yaml:"resolve_timeout"`
}

// Route is a node of the routing tree. What is empty is taken from the node above.
type Route struct {
	Matchers       []string `yaml:"matchers,omitempty"`
	Receiver       string   `yaml:"receiver"`
	GroupBy        []string `yaml:"group_by,omitempty"`
	GroupWait      string   `yaml:"group_wait,omitempty"`
	GroupInterval  string   `yaml:"group_interval,omitempty"`
	RepeatInterval string   `yaml:"repeat_interval,omitempty"`
	Routes         []Route  `yaml:"routes,omitempty"`
}

// Build returns the configuration. webhook, when not empty, is the address that replaces every receiver's file; it is meant
// for laboratories, where the address is no secret.
func Build(a spec.Alerts, webhook string) Config {
	r := a.Routes
	c := Config{
		Global: Global{ResolveTimeout: config.FormatDuration(r.ResolveTimeout)},
		Route: Route{
			// What carries no severity is still told, but wakes nobody.
			Receiver:       r.Ticket,
			GroupBy:        []string{"alertname", "slo"},
			GroupWait:      config.FormatDuration(r.GroupWait),
			GroupInterval:  config.FormatDuration(r.GroupInterval),
			RepeatInterval: config.FormatDuration(r.TicketRepeat),
			Routes: []Route{
				{Matchers: []string{`severity="page"`}, Receiver: r.Page, RepeatInterval: config.FormatDuration(r.PageRepeat)},
				{Matchers: []string{`severity="ticket"`}, Receiver: r.Ticket},
			},
		},
		InhibitRules: inhibitRules(),
	}
	for _, receiver := range a.Receivers {
		c.Receivers = append(c.Receivers, slackReceiver(receiver, webhook))
	}
	return c
}
